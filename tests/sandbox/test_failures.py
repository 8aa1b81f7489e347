"""What a child tells of an error, as an error here."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.errors import BlockedError, DataError, FetchError, LimitError, PluginError
from monitor.messages import said
from monitor.sandbox.failures import failure
from monitor.sandbox.limits import Limits


@pytest.mark.parametrize(
    ("told", "kind", "text"),
    [
        (
            {"name": "raised", "kind": "ValueError", "text": "bad luck"},
            PluginError,
            "it raised ValueError: bad luck",
        ),
        (
            {"name": "raised", "kind": "KeyboardInterrupt", "text": ""},
            PluginError,
            "it raised KeyboardInterrupt",
        ),
        ({"name": "items"}, LimitError, "more than 7 items"),
        ({"name": "memory"}, LimitError, "more than 50 MB of memory"),
        ({"name": "DataError", "text": "no such file"}, DataError, "no such file"),
        ({"name": "BlockedError", "text": "not public"}, BlockedError, "not public"),
        ({"name": "SystemExit", "text": "what is no error of ours"}, PluginError, "what is no error of ours"),
        ({}, PluginError, ""),
    ],
)
def test_what_a_child_tells_is_an_error_of_its_kind(
    told: dict[str, Any], kind: type[Exception], text: str
) -> None:
    error = failure(told, Limits(memory_bytes=50_000_000, items=7))
    assert type(error) is kind
    assert text in str(error) and not str(error).endswith(":")


def test_what_a_server_wished_comes_through_and_nothing_else() -> None:
    error = failure({"name": "FetchError", "text": "busy", "status": 503, "retry_after": 60}, Limits())
    assert isinstance(error, FetchError) and (error.status, error.retry_after) == (503, 60)
    error = failure({"name": "FetchError", "text": "busy", "status": "x", "retry_after": []}, Limits())
    assert isinstance(error, FetchError) and (error.status, error.retry_after) == (None, None)


def test_it_is_said_in_the_reader_s_language() -> None:
    bare = failure({"name": "raised", "kind": "SystemExit", "text": " "}, Limits())
    assert said(bare.told, "zh") == "它引发了 SystemExit"
