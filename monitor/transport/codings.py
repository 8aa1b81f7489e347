"""What was done to a body on its way (RFC 9110, section 8.4), undone within bounds.

Servers get the label wrong in every way: it names a charset ("utf-8"), nothing ("none"), a way of
transfer ("aws-chunked"); it is missing before a gzip file; "deflate" is sent unasked, as zlib
(RFC 1950) or without its header (RFC 1951), and the body of a label may be plain after all. The label is
therefore a hint, and the first bytes decide. Brotli and zstd are asked for by nobody here and not read.

However a body was packed, every layer of it stops at `max_bytes`, and there are at most MAX_LAYERS: a
few hundred bytes of gzip in gzip in gzip become hundreds of megabytes otherwise.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from monitor.errors import FetchError
from monitor.messages import Message

MAX_LAYERS = 3
"""How many times over a body may be packed."""
ACCEPTED = "gzip"
"""What is asked for (`Accept-Encoding`)."""

_READ = frozenset({"gzip", "x-gzip", "deflate"})
_UNREAD = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
_CHUNK_BYTES = 65_536
_GZIP_START = b"\x1f\x8b\x08"
_ZLIB_STARTS = (b"\x78\x01", b"\x78\x9c", b"\x78\xda")  # no text begins so
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<[?!A-Za-z]|[{\[]\s*[\"{\[\]}])")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TEXT_BYTES = 64  # so many bytes of packed data never are text
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's names for them (wbits)


def decoded(body: bytes, label: str, max_bytes: int, check: Callable[[], object] = lambda: None) -> bytes:
    """A body as it was before it was packed. `label` is its `Content-Encoding`, "" where there is none.

    `check` is called between pieces, and may raise. Raises FetchError for a body that is longer than
    `max_bytes` in any of its layers, packed too often, damaged, or packed in a way that is not read.
    """
    names = [name.strip().lower() for name in label.split(",")]
    if _is_plain(body) and not ("deflate" in names and _is_raw(body)):
        return body
    if unread := [name for name in names if name in _UNREAD]:
        raise FetchError(Message("codings.unread", coding=", ".join(unread)))
    expected = [name for name in names if name in _READ]
    if len(expected) > MAX_LAYERS:
        raise FetchError(Message("codings.layers", most=MAX_LAYERS))
    for _ in range(MAX_LAYERS):
        name = expected.pop() if expected else ""
        form = _form(body, bool(name))
        if form is None:
            return body
        body = _unpacked(body, form, name, max_bytes, check)
    if body.startswith(_GZIP_START):
        raise FetchError(Message("codings.layers", most=MAX_LAYERS))
    return body


def _is_plain(body: bytes) -> bool:
    """Whether a body is text as it stands: markup or JSON by its first bytes, or enough of any text."""
    if not body or _MARKUP.match(body):
        return True
    start = body[:_TEXT_BYTES]
    if len(start) < _TEXT_BYTES or _CONTROLS.search(start):
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4  # a character cut in two
    return True


def _form(body: bytes, expected: bool) -> int | None:
    """How a body is packed, by its first bytes; None where it is not, or nothing says so."""
    if body.startswith(_GZIP_START):
        return _GZIP
    if body.startswith(_ZLIB_STARTS):
        return _ZLIB
    return _RAW if expected and (not _is_plain(body) or _is_raw(body)) else None


def _is_raw(body: bytes) -> bool:
    """Whether a short body is one whole deflated stream without a header: a few bytes of it may look like
    the beginning of JSON, but no JSON ends as a stream does."""
    if len(body) > _TEXT_BYTES:
        return False
    decoder = zlib.decompressobj(wbits=_RAW)
    try:
        decoder.decompress(body, _CHUNK_BYTES)
    except zlib.error:
        return False
    return decoder.eof and not decoder.unused_data


def _unpacked(body: bytes, form: int, name: str, max_bytes: int, check: Callable[[], object]) -> bytes:
    """A body less one layer; `name` is what the label calls it, "" where it says nothing."""
    told = name or ("gzip" if form == _GZIP else "deflate")
    try:
        return _inflated(body, form, told, max_bytes, check)
    except zlib.error as error:
        if form == _ZLIB and not name:
            return body  # two bytes of something else
        if form == _ZLIB:
            return _unpacked(body, _RAW, name, max_bytes, check)
        raise FetchError(Message("codings.damaged", coding=told, reason=str(error))) from None


def _inflated(body: bytes, form: int, told: str, max_bytes: int, check: Callable[[], object]) -> bytes:
    """One layer off; a gzip file may hold several members, and padding behind them."""
    plain = bytearray()
    decoder = zlib.decompressobj(wbits=form)
    pending = body
    while True:
        check()
        piece = decoder.decompress(pending, _CHUNK_BYTES)
        plain += piece
        if len(plain) > max_bytes:
            raise too_long(max_bytes)
        pending = decoder.unconsumed_tail
        if decoder.eof:
            pending = decoder.unused_data
            if form != _GZIP or not pending.startswith(_GZIP_START):
                return bytes(plain)
            decoder = zlib.decompressobj(wbits=form)
        elif not pending and len(piece) < _CHUNK_BYTES:
            raise FetchError(Message("codings.cut", coding=told))


def too_long(max_bytes: int) -> FetchError:
    """What is said of a body that is longer than it may be."""
    return FetchError(Message("codings.long", most=max_bytes))
