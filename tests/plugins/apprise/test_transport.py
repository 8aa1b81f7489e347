"""What is read of a body, and what of it may be told."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from monitor_plugins.apprise import sending, transport

TEXT = b'{"errcode": 0}' * 10


def deflated(data: bytes, bits: int) -> bytes:
    maker = zlib.compressobj(wbits=bits)
    return maker.compress(data) + maker.flush()


@pytest.mark.parametrize(
    ("raw", "coding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), "x-gzip"),
        (deflated(TEXT, 15), "deflate"),
        (deflated(TEXT, -15), "deflate"),
    ],
)
def test_a_body_is_decoded(raw: bytes, coding: str) -> None:
    assert transport._decoded(raw, coding) == TEXT


def test_a_bomb_is_cut_off() -> None:
    bomb = gzip.compress(b"x" * 50_000_000, mtime=0)
    assert len(bomb) < 60_000
    assert transport._decoded(bomb, "gzip") == b"x" * transport.BODY_BYTES


def test_a_body_cut_short_is_read_as_far_as_it_goes() -> None:
    assert TEXT.startswith(transport._decoded(gzip.compress(TEXT, mtime=0)[:-12], "gzip"))


@given(
    st.binary(max_size=200), st.sampled_from(["", "gzip", "deflate", "br", "zstd", "gzip, gzip", "nonsense"])
)
def test_no_body_is_an_error(raw: bytes, coding: str) -> None:
    assert len(transport._decoded(raw, coding)) <= transport.BODY_BYTES
    transport._word(transport._told(raw))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=3))
def test_a_word_is_short_and_plain_or_none(value: object) -> None:
    word = transport._word(transport._told(json.dumps({"error": value}).encode()))
    assert (
        word == ""
        or (len(word) <= 40 and word.replace("_", "a").isalpha() and word.isascii())
        or (len(word) <= 8 and int(word) == value)
    )


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, "45009"),
        ({"ok": False, "error": "channel_not_found"}, "channel_not_found"),
        ({"code": -1}, "-1"),
        ({"error": "Invalid token T0K3N"}, ""),
        ({"error": {"code": 1}}, ""),
        ({"error": True}, ""),
        ({"errcode": 10**12, "error": "late"}, "late"),
        ({}, ""),
    ],
)
def test_the_word_for_what_went_wrong(told: dict[str, object], word: str) -> None:
    assert transport._word(told) == word


@pytest.mark.parametrize(
    ("word", "repeats"),
    [("canary", True), ("canarytoken", True), ("my_canarytoken_is", True), ("fine", False), ("", True)],
)
def test_a_word_that_the_url_holds_or_that_holds_a_part_of_it_is_not_told(word: str, repeats: bool) -> None:
    assert sending._repeats("json://user:pw@host.example/CanaryToken?key=%C3%A4", word) is repeats


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (requests.exceptions.ReadTimeout("x"), "late"),
        (requests.exceptions.ConnectTimeout("x"), "late"),
        (requests.exceptions.SSLError("x"), "tls"),
        (requests.exceptions.ConnectionError("x"), "unreached"),
        (requests.exceptions.InvalidURL("x"), "unreached"),
    ],
)
def test_a_failure_has_a_name(error: requests.exceptions.RequestException, failure: str) -> None:
    assert transport._failure(error) == failure


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7), (" 120 ", 120), ("", None), ("soon", None), ("-1", None)]
)
def test_the_wish_to_wait(value: str, seconds: int | None) -> None:
    assert transport._seconds(value) == seconds
