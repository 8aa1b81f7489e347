from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from monitor.web import exchange
from monitor.web.guard import Guard


def test_a_body_of_untold_length_is_413_whatever_the_application_makes_of_it(
    ask: Callable[..., Any],
    guarded: Callable[..., Guard],
) -> None:
    asked = ask("/healthz", *[b"x" * 300] * 9, transfer_encoding="chunked")
    status, headers, body = asked.through(guarded())
    assert status == 413 and headers["connection"] == "close" and "larger than 1000 bytes" in body
    assert asked.reads == 9, "the rest is read before closing, or the client is reset before it sees why"
    asked = ask("/healthz", *[b"x" * 250] * 4, transfer_encoding="chunked")
    assert asked.through(guarded())[::2] == (200, "read 1000")


def test_what_is_read_before_closing_has_a_bound(
    ask: Callable[..., Any], guarded: Callable[..., Guard], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LINGER_BYTES", 3000)
    asked = ask("/healthz", *[b"x" * 1000] * 500, transfer_encoding="chunked")
    assert asked.through(guarded())[0] == 413
    assert asked.reads < 10


@pytest.mark.parametrize("status", [413, 405, 303, 200])
def test_an_answer_before_the_body_was_read_closes_the_connection(
    ask: Callable[..., Any], guarded: Callable[..., Guard], status: int
) -> None:
    for headers in ({"transfer_encoding": "chunked"}, {"content_length": "500"}):
        asked = ask("/healthz", *[b"x" * 100] * 5, **headers)
        found, answered, body = asked.through(guarded(PlainTextResponse("not read", status)))
        assert (found, answered["connection"], body) == (status, "close", "not read")
        assert asked.reads == 5
    for headers in ({}, {"content_length": "0"}):
        answered = ask("/healthz", **headers).through(guarded(PlainTextResponse("no body")))[1]
        assert "connection" not in answered
    whole = ask("/healthz", b"x" * 100, content_length="100")
    assert "connection" not in whole.through(guarded())[1], "what was read to its end goes on"


def test_a_refusal_of_the_door_closes_it_too(ask: Callable[..., Any], guarded: Callable[..., Guard]) -> None:
    asked = ask("/api/me", *[b"x" * 100] * 5, transfer_encoding="chunked")
    status, answered, _ = asked.through(guarded())
    assert (status, answered["connection"], asked.reads) == (401, "close", 5)
