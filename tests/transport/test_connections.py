"""What the first bytes of an answer tell, and how long is waited for the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FetchError
from monitor.messages import Message
from monitor.transport.connections import Deadline, Head, headers_of

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def head(data: bytes) -> Head:
    found = Head()
    found.note(data)
    return found


@pytest.mark.parametrize(
    ("data", "status", "headers"),
    [
        (b"HTTP/1.1 200 OK\r\n", 200, {}),
        (b"HTTP/1.1 200\r\n\r\n", 200, {}),
        (b"\r\nHTTP/1.0 503 Busy\nRetry-After: 7\n\nx", 503, {"retry-after": "7"}),
        (
            b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nX: 1\r\nX: 2\r\n\r\nY: 3",
            429,
            {"retry-after": "7", "x": "1, 2"},
        ),
        (b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nX-Cut: 1", 429, {"retry-after": "7"}),
        (b"HTTP/1.1 429 No\r\nno colon\r\n : 1\r\nRetry-After: 7\r\n\r\n", 429, {"retry-after": "7"}),
        (HINTS * 3 + b"HTTP/1.1 202 Accepted\r\n", 202, {}),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", 200, {}),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n", 101, {}),
    ],
)
def test_a_status_line_and_whole_headers_are_an_answer(
    data: bytes, status: int, headers: dict[str, str]
) -> None:
    found = head(data).answer("http://desk.example/")
    assert found is not None
    assert (found.status, found.headers, found.body, found.url) == (
        status,
        headers,
        b"",
        "http://desk.example/",
    )


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"HTTP/1.1 200 OK", b"HTTP/1.1 20 OK\r\n", b"HTTP/1.1 2000 OK\r\n", b"HTTP/2 200\r\n"),
        *(b"x HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", HINTS[:-2], HINTS + b"HTTP/1.1 200"),
    ],
)
def test_less_is_none(data: bytes) -> None:
    assert head(data).answer("") is None


@given(st.binary(max_size=200), st.integers(200, 999), st.integers(0, 3))
def test_the_status_is_what_its_line_says_whatever_is_around_it(
    behind: bytes, status: int, hints: int
) -> None:
    found = head(HINTS * hints + f"HTTP/1.1 {status} x\r\n".encode() + behind).answer("")
    assert found is not None and found.status == status


@given(st.lists(st.binary(max_size=100_000), max_size=5))
def test_no_more_is_kept_than_a_head_may_have(pieces: list[bytes]) -> None:
    kept = Head()
    for piece in pieces:
        kept.note(piece)
    assert bytes(kept.data) == b"".join(pieces)[: len(kept.data)]
    assert len(kept.data) == min(len(b"".join(pieces)), 262_144)


def test_headers_are_lower_case_and_joined() -> None:
    pairs = [(b"X-A", b"1"), (b"x-a", b"2"), (b"B", "ä".encode("latin-1"))]
    assert headers_of(pairs) == {"x-a": "1, 2", "b": "ä"}


def test_a_deadline_that_has_passed_is_told_with_its_length() -> None:
    deadline = Deadline(60)
    assert 0 < deadline.left() <= 60
    deadline.shorten(600)
    assert deadline.left() <= 60, "it is never put off"
    deadline.shorten(0)
    with pytest.raises(FetchError, match="no complete answer within 60 seconds") as caught:
        deadline.left()
    assert isinstance(caught.value.args[0], Message)
