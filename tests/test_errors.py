"""What an error tells to whom: all of it to the log, and to clients nothing of files, hosts and databases."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import errors
from monitor.errors import MonitorError, UserError, without_places
from monitor.messages import MESSAGES, Message, said

SECRET = "postgresql+psycopg://watch:hunter2@db7.lan/news: /srv/watch/data/store.db is locked"
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, MonitorError)]
HELD = Message("queue.held", task=7, user="ann")


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_tells_a_place(kind: type[MonitorError]) -> None:
    error = kind(SECRET)
    assert str(error) == SECRET and error.withheld
    for word in ("watch", "hunter2", "db7", "srv", "news:"):
        assert word not in error.public
    assert kind.sentence in MESSAGES


PUBLIC = {
    *("UserError", "NotFoundError", "BusyError", "ConflictError", "AccessError", "AttemptsError"),
    *("StoppedError", "CancelledError", "TakenError", "OtherUserError", "LostError"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_tells_its_text_only_where_it_is_marked_public(kind: type[MonitorError]) -> None:
    """Of what no pattern knows, nothing is told either: a table, a host's bare name, a user."""
    error = kind("SELECT secret FROM tokens: db7 says no to zoe7")
    assert kind.is_public == (kind.__name__ in PUBLIC)
    assert ("zoe7" in error.public) == kind.is_public and error.withheld != kind.is_public


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_to_be_read_is_told_by_every_kind(kind: type[MonitorError]) -> None:
    assert kind(HELD).public is HELD and not kind(HELD).withheld
    if kind not in (errors.AttemptsError, errors.TakenError, errors.OtherUserError):  # they say it themselves
        assert kind(SECRET, public=HELD).public is HELD


def test_a_user_s_mistake_is_told_as_it_is() -> None:
    error = UserError("topic 'weather': expected one of earnings, legal")
    assert error.public == str(error) and not error.withheld
    assert not UserError("").withheld and UserError().public == ""


@pytest.mark.parametrize("error", [errors.StoreError(SECRET), UserError(HELD), UserError("x", public=HELD)])
def test_an_error_is_the_same_after_a_journey(error: MonitorError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (str(again), again.public, type(again)) == (str(error), error.public, type(error))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot read /srv/desk/lists/names.csv: gone", "cannot read names.csv: gone"),
        ("[Errno 2] No such file: '/srv/my desk/a b.jsonl'", "[Errno 2] No such file: 'a b.jsonl'"),
        ("~/desk/config.toml and file:///etc/desk/x.pem", "config.toml and x.pem"),
        ("unix:/run/desk/classifier.sock answers", "unix:classifier.sock answers"),
        ("sqlite:////srv/desk/m.db: malformed", "the database malformed"),
        ("postgresql://ann:pw@10.0.0.7:5432/m refused", "the database refused"),
        ("http://ann:pw@feeds.example/a/b.xml gave 404", "http://feeds.example/a/b.xml gave 404"),
        ("https://feeds.example/news/rss?x=/a/b answered HTTP 500", None),
        ("3/4 of the rows, and/or none; 读取/写入 at 12:00/13:00", None),
        ("see docs/api.md, a/b/c.py line 3", None),
        ("/healthz answers", None),
    ],
)
def test_places_are_left_out_and_other_words_stay(text: str, shown: str | None) -> None:
    assert without_places(text) == (text if shown is None else shown)


def test_a_message_stays_one_and_its_values_are_cleaned() -> None:
    reason = Message("queue.held", task=1, user="/srv/desk/a.txt")
    inner = Message("routing.unjudged", why=reason)
    listed = Message("queue.unknown", what="x", value="y", known=["/srv/desk/b.txt", "c"])
    assert (
        without_places(inner) == "not judged by the model: task 1: a.txt is working on it; take the next one"
    )
    assert "a.txt 正在处理" in said(without_places(inner), "zh")
    assert without_places(listed).endswith("b.txt, c")
    assert without_places(HELD) is HELD


FOLDER = st.text("abz01_-. 数据", min_size=1, max_size=8).filter(lambda name: name.strip(". ") == name)


@given(st.lists(FOLDER, min_size=1, max_size=5), FOLDER)
def test_no_folder_survives_in_quotes(folders: list[str], name: str) -> None:
    path = "/".join(["", *folders, name])
    assert (
        without_places(f"[Errno 13] Permission denied: '{path}'") == f"[Errno 13] Permission denied: '{name}'"
    )
