"""The lines of a text file from any byte on, decoded, with where each ends: what CSV and JSON lines
stand on.

A line ends with what ends the file's first one: "\n" (after "\r" or not) or "\r" alone. Nothing here
guesses at letters: a line with bytes that are not in the file's encoding is given with replacement
characters *and* a `fault`, by which the row is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Protocol

from monitor.datasets.tables.encodings import Encoding, foreign
from monitor.messages import Message

MAX_ROW_BYTES = 10_000_000
"""The longest row that is read."""
BLOCK = 1 << 18

_CUT = b"\xff"  # in UTF-8 there is no such byte
_FIRST_END = re.compile(rb'(?:"[^"]*"|[^"\r\n])*+(\r\n|\n|\r)')


class Readable(Protocol):
    """Gives its bytes, at most so many at a time; b"" at the end."""

    def read(self, size: int, /) -> bytes: ...


class Bytes(Readable, Protocol):
    """What is read from: a file, or a gzip file as what it holds."""

    def seek(self, offset: int, /) -> int: ...


class TooLong(Exception):
    """The row at hand is longer than `MAX_ROW_BYTES`; `Lines.skip` goes on after it."""


class Lines(Iterator[str]):
    """The decoded lines of `file` from byte `offset`, of which line `number` was the last before.

    `offset` and `number` then tell where the last line given ended; `ended` whether it had a line end.
    """

    def __init__(
        self, file: Bytes, encoding: Encoding, offset: int = 0, number: int = 0, end: bytes = b"\n"
    ) -> None:
        self.encoding = encoding
        self.codec = encoding.codec or "utf-8"
        self.offset = max(offset, encoding.mark)
        self.number = number
        self.end = end
        self.ended = True
        self.fault: Message | None = None
        self.zeros = 0
        self.zeros_line = 0
        file.seek(self.offset)
        self._file: Readable = file if encoding.width == 1 else Narrowed(file, self.codec)
        self._legacy = encoding.width == 1 and self.codec not in ("utf-8", "ascii")
        self._buffer = b""
        self._start = 0
        self._row = 0  # bytes of the row at hand

    def __next__(self) -> str:
        raw = self._raw()
        if not raw:
            raise StopIteration
        self._row += len(raw)
        if self._row > MAX_ROW_BYTES:
            raise TooLong
        if raw.isascii():
            text = raw.decode("ascii")
            self._passed(raw)
        else:
            text = self._decoded(raw)
        if "\x00" in text:
            self.zeros_line = self.zeros_line or self.number
            self.zeros += text.count("\x00")
            text = text.replace("\x00", "")
        return text

    def begin(self) -> None:
        """A row begins with the next line."""
        self._row = 0
        self.fault = None

    def skip(self, *, quoted: bool, cells: bool) -> None:
        """Go past the row that was too long: of cells, to the line end that is in no quotes.

        `quoted` is whether the line at hand begins inside quotes.
        """
        while True:
            quotes, ended = 0, False
            while not ended:
                raw = self._raw()
                if not raw:
                    return
                quotes += raw.count(b'"')
                ended = raw.endswith(self.end)
                self._passed(raw, whole=ended)
            quoted = cells and quoted != bool(quotes % 2)
            if not quoted:
                return

    def _raw(self) -> bytes:
        """The bytes of the next line, or of as much of it as may be held; b"" at the end."""
        at = self._buffer.find(self.end, self._start)
        while at < 0 and len(self._buffer) - self._start <= MAX_ROW_BYTES:
            block = self._file.read(BLOCK)
            if not block:
                break
            searched = len(self._buffer) - self._start
            self._buffer = self._buffer[self._start :] + block
            self._start = 0
            at = self._buffer.find(self.end, searched)
        stop = len(self._buffer) if at < 0 else at + 1
        return self._buffer[self._start : stop]

    def _passed(self, raw: bytes, *, whole: bool = True) -> None:
        self._start += len(raw)
        self.number += whole
        self.ended = raw.endswith(self.end)
        if self.encoding.width == 1:
            self.offset += len(raw)
        else:
            text = raw.rstrip(_CUT).decode("utf-8", "surrogatepass")
            self.offset += len(text.encode(self.codec, "surrogatepass"))

    def _decoded(self, raw: bytes) -> str:
        before = self.offset
        self._passed(raw)
        codec = self.codec if self.encoding.width == 1 else "utf-8"
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError as error:
            at = error.start
            if self.encoding.width > 1:
                at = len(raw[:at].decode("utf-8", "replace").encode(self.codec))
            self.fault = self.fault or Message("table.bytes", byte=before + at + 1, encoding=self.codec)
            return raw.decode(codec, "replace")
        if self._legacy and foreign(raw):
            self.fault = self.fault or Message("table.foreign", encoding=self.codec)
        return text


class Narrowed:
    """A file in UTF-16 or UTF-32 as UTF-8. Half a character at its end becomes a byte that is none."""

    def __init__(self, file: Bytes, codec: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(codec)("surrogatepass")

    def read(self, size: int, /) -> bytes:
        while block := self._file.read(size):
            if text := self._decoder.decode(block):
                return text.encode("utf-8", "surrogatepass")
        cut = self._decoder.getstate()[0]
        self._decoder.reset()
        return _CUT if cut else b""


class Upto:
    """A file as far as byte `stop`: what is written behind it meanwhile is left to the next reading."""

    def __init__(self, file: Bytes, stop: int) -> None:
        self._file = file
        self._stop = stop
        self._at = 0

    def seek(self, offset: int, /) -> int:
        self._at = self._file.seek(offset)
        return self._at

    def read(self, size: int, /) -> bytes:
        block = self._file.read(min(size, max(self._stop - self._at, 0)))
        self._at += len(block)
        return block


def line_end(begun: bytes, codec: str) -> bytes:
    r"""What ends the lines of a file that begins so: b"\r" where it ends the first line alone, else b"\n"."""
    text = begun
    if codec.startswith(("utf-16", "utf-32")):
        text = codecs.getincrementaldecoder(codec)("replace").decode(begun).encode("utf-8", "replace")
    first = _FIRST_END.match(text)
    at_the_edge = first is not None and first.end() == len(text)  # "\n" may follow
    return b"\r" if first and first[1] == b"\r" and not at_the_edge else b"\n"
