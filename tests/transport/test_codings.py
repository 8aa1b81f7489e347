"""Bodies as they were before they were packed, whatever their label says."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import FetchError
from monitor.messages import said
from monitor.transport.codings import MAX_LAYERS, decoded

FEED = '<?xml version="1.0"?><rss><channel><title>银河证券</title></channel></rss>'.encode()
LONG = FEED * 2_000


def raw(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zlib": zlib.compress, "raw": raw}


@pytest.mark.parametrize("body", [FEED, LONG, b'{"items": []}', b"title,date\nprofit,2026-03-14\n" * 4])
@pytest.mark.parametrize(
    ("label", "packing"),
    [
        *(
            (label, "")
            for label in ("", "identity", "UTF-8", "none", "aws-chunked", "binary", "gzip", "deflate", "br")
        ),
        *(
            (label, "gzip")
            for label in ("", "gzip", "x-gzip", "GZIP", "deflate", "utf-8", "gzip, utf-8", "none, gzip")
        ),
        *((label, "zlib") for label in ("", "deflate", "gzip", "Deflate, identity")),
        *((label, "raw") for label in ("deflate", "gzip")),
        *(
            ("gzip, gzip", "gzip gzip"),
            ("gzip", "gzip gzip"),
            ("", "gzip gzip"),
            ("deflate, gzip", "zlib gzip"),
        ),
        *(("gzip, deflate", "gzip raw"), ("gzip, gzip, gzip", "gzip gzip gzip"), ("gzip, gzip", "gzip")),
    ],
)
def test_a_body_is_unpacked_whatever_the_label(body: bytes, label: str, packing: str) -> None:
    packed = body
    for name in packing.split():
        packed = PACKED[name](packed)
    assert decoded(packed, label, len(LONG)) == body


@given(st.binary(max_size=2_000), st.sampled_from(sorted(PACKED)))
@example(b"\xeb\xc0", "raw")  # packed, it begins as JSON does
def test_any_bytes_come_back(body: bytes, name: str) -> None:
    label = "gzip" if name == "gzip" else "deflate"
    assume_plain = not body.startswith((b"\x1f\x8b\x08", b"\x78"))
    if assume_plain:
        assert decoded(PACKED[name](body), label, 10_000) == body


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "gzip", "deflate", "br", "utf-8", "gzip, deflate, gzip, gzip"]),
)
def test_whatever_comes_is_bytes_or_a_fetch_error(body: bytes, label: str) -> None:
    try:
        assert len(decoded(body, label, 1_000)) <= 1_000
    except FetchError as error:
        assert said(error, "zh") != str(error)


@pytest.mark.parametrize(
    ("label", "name"), [("gzip", "gzip"), ("", "gzip"), ("deflate", "zlib"), ("deflate", "raw")]
)
def test_every_layer_of_a_bomb_is_cut_off(label: str, name: str) -> None:
    bomb = PACKED[name](b"\x00" * 30_000_000)
    for packed in (bomb, gzip.compress(bomb, mtime=0), gzip.compress(gzip.compress(bomb), mtime=0)):
        if name == "raw" and packed is not bomb:
            continue  # nothing says that there is something more to unpack
        with pytest.raises(FetchError, match="longer than 100,000 bytes"):
            decoded(packed, label, 100_000)


def test_a_body_is_packed_three_times_at_most() -> None:
    body = FEED
    for _ in range(MAX_LAYERS + 1):
        body = gzip.compress(body, mtime=0)
    for label in ("", "gzip", "gzip, gzip, gzip, gzip"):
        with pytest.raises(FetchError, match="more than 3 times"):
            decoded(body, label, 100_000)


@pytest.mark.parametrize(
    ("body", "label", "reason"),
    [
        (gzip.compress(LONG, mtime=0)[:-20], "gzip", "in the middle of its gzip data"),
        (gzip.compress(LONG, mtime=0)[:-20], "", "in the middle of its gzip data"),
        (zlib.compress(LONG)[:-9], "deflate", "in the middle of its deflate data"),
        (b"\x1f\x8b\x08" + b"\xff" * 40, "gzip", "says that it is gzip, and is not"),
        (b"plainly not", "gzip", "says that it is gzip, and is not"),
        (b"\x0b\x02\x80x", "br", "coded as br, which was not asked for"),
        (b"\x28\xb5\x2f\xfd", "zstd", "coded as zstd, which was not asked for"),
        (gzip.compress(b"\x0b\x02\x80x", mtime=0), "br, gzip", "coded as br, which was not asked for"),
    ],
)
def test_what_cannot_be_unpacked_is_told(body: bytes, label: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        decoded(body, label, 1_000_000)


def test_padding_and_further_members_are_what_they_are() -> None:
    assert (
        decoded(
            gzip.compress(b"first ", mtime=0) + gzip.compress(b"second", mtime=0) + b"\x00" * 10, "gzip", 100
        )
        == b"first second"
    )
    assert decoded(b"\x78\x9c of a text", "", 100) == b"\x78\x9c of a text"


def test_the_clock_is_asked_between_pieces() -> None:
    def late() -> None:
        raise FetchError("no complete answer within 1 seconds")

    with pytest.raises(FetchError, match="no complete answer"):
        decoded(gzip.compress(LONG, mtime=0), "gzip", len(LONG), late)
