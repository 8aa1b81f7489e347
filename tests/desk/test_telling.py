from __future__ import annotations

import re

import structlog

from monitor.desk.telling import kept, told
from monitor.errors import ConflictError, StoreBusyError
from monitor.messages import Message, said

HELD = Message("queue.held", task=7, user="ann")


def test_what_says_everything_is_told_without_a_line_in_the_log() -> None:
    with structlog.testing.capture_logs() as lines:
        assert told(ConflictError(HELD)) is HELD
    assert lines == []


def test_the_rest_goes_to_the_log_under_the_id_that_is_told() -> None:
    with structlog.testing.capture_logs() as lines:
        sentence = told(StoreBusyError("sqlite:////srv/m.db: locked by process 7"))
    (line,) = lines
    assert line["error"] == "sqlite:////srv/m.db: locked by process 7" and line["kind"] == "StoreBusyError"
    assert re.fullmatch(r"the database is busy.* \(the log says more under \w{8}\)", sentence)
    assert line["id"] in sentence and line["id"] in said(sentence, "zh")
    assert "数据库正忙" in said(sentence, "zh")


def test_of_what_nobody_expected_the_log_has_the_traceback() -> None:
    error = KeyError("/srv/secret/path")
    with structlog.testing.capture_logs() as lines:
        sentence = told(error)
    assert lines[0]["exc_info"] is error and lines[0]["id"] in sentence
    assert "srv" not in sentence and "KeyError" not in sentence


def test_what_was_kept_is_shown_without_places_and_messages_as_they_are() -> None:
    assert kept("cannot read /srv/lists/names.csv") == "cannot read names.csv"
    assert kept(HELD) is HELD
