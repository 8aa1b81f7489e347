"""JSON: one object a line, or an array of objects (RFC 8259), read one by one.

`NaN` as Python writes it is taken, and is a missing value wherever a cell is asked for. A name that an
object has twice is refused, for which of the two is meant?
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.datasets.tables.encodings import Encoding
from monitor.datasets.tables.lines import BLOCK, MAX_ROW_BYTES, Bytes, Lines, TooLong
from monitor.datasets.tables.table import BadRow, Row, folded, noted, twice
from monitor.errors import DataError
from monitor.messages import Message

_KINDS = {list: "list", str: "text", bool: "boolean", int: "number", float: "number", type(None): "null"}
_SPACE = re.compile(r"[ \t\n\r]*")
_BETWEEN = re.compile(r"[ \t\n\r]*(,?)[ \t\n\r]*")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_COLUMNS = 200  # of the first row, that are remembered


class LinesTable:
    """One JSON object per line. `growing` as in `DelimitedTable`; a whole object is taken without a line
    end, because nothing of it can be missing."""

    classes: Mapping[str, Sequence[str]] = {}

    def __init__(self, lines: Lines, *, growing: bool, columns: Sequence[str] = (), waited: int = -1) -> None:
        self.columns = list(columns)
        self._lines = lines
        self._growing = growing
        self._notes: Counter[str] = Counter()
        self._waited = waited  # where an earlier reading found a line unfinished, and how far that went
        self._waits = -1
        self._told: Message | None = None

    def rows(self) -> Iterator[Row | BadRow]:
        lines = self._lines
        while True:
            lines.begin()
            offset, before = lines.offset, lines.number
            where = Message("table.line", line=before + 1)
            try:
                line = next(lines)
            except StopIteration:
                return
            except TooLong:
                lines.skip(quoted=False, cells=False)
                yield BadRow(where, Message("table.too_long", limit=MAX_ROW_BYTES))
                continue
            if not line.strip():
                continue
            row = parsed(line) if lines.fault is None else BadRow(where, lines.fault)
            if isinstance(row, str) and lines.ended and line.strip() == "{":
                raise DataError(Message("table.pretty"))
            if isinstance(row, (BadRow, str)) and self._growing and not lines.ended:
                self._waits = lines.offset
                if self._waited == self._waits:  # as it was the last time: perhaps nobody goes on
                    self._told = Message("table.waits", line=before + 1)
                lines.offset, lines.number = offset, before
                return
            if isinstance(row, str):
                yield BadRow(where, row)
            elif isinstance(row, BadRow):
                yield row
            else:
                self.columns = self.columns or list(row)[:_COLUMNS]
                yield Row(row, where, names=folded(row), notes=self._notes)

    def state(self) -> dict[str, Any]:
        return {"columns": self.columns, "waits": self._waits}

    def warnings(self) -> list[str]:
        return [*noted(self._notes), *([self._told] if self._told else [])]


class ArrayTable:
    """The objects of one JSON array, wherever its lines end. `skip` is where to begin: the byte after an
    element, the line it is on and the elements before; `closed` is whether it ended there."""

    classes: Mapping[str, Sequence[str]] = {}

    def __init__(
        self,
        file: Bytes,
        encoding: Encoding,
        *,
        growing: bool,
        skip: tuple[int, int, int] = (0, 1, 0),
        closed: bool = False,
        columns: Sequence[str] = (),
    ) -> None:
        self.columns = list(columns)
        self.offset, self.line, self.done = skip
        self._codec = encoding.codec or "utf-8"
        self._growing = growing
        self._begun = self.offset > 0
        self._closed = closed
        self.offset = self.offset or encoding.mark
        self._file = file
        self._errors = "surrogatepass" if self._codec.startswith("utf") else "strict"
        self._decoder = codecs.getincrementaldecoder(self._codec)()
        self._text = ""
        self._at = 0  # the first character that was not given
        self._notes: Counter[str] = Counter()
        self._waits: Message | None = None
        self._taken = file.seek(self.offset)

    def rows(self) -> Iterator[Row | BadRow]:
        if self._closed:
            return
        if not self._begun:
            if not self._more_than(_SPACE):
                return
            self._pass(self._at + 1)  # the bracket, which is why this is read as an array
            self._begun = True
        while True:
            if not self._more_than(_BETWEEN):
                self._cut()
                return
            if self._text[self._at] == "]":
                self._pass(self._at + 1)
                self._closed = True
                if self._more_than(_SPACE):
                    raise DataError(self._here("table.array_goes_on"))
                return
            found = self._element()
            if found is None:
                self._cut()
                return
            yield found

    def state(self) -> dict[str, Any]:
        reached = {"offset": self.offset, "line": self.line, "rows": self.done}
        return {"columns": self.columns, **reached, "closed": self._closed}

    def warnings(self) -> list[str]:
        return [*noted(self._notes), *([self._waits] if self._waits else [])]

    def _element(self) -> Row | BadRow | None:
        """The next element; None where the file ends within it. Raises DataError for one that is not JSON:
        where the next begins cannot be known."""
        where = Message("table.row_on_line", row=self.done + 1, line=self.line)
        while True:
            try:
                value, stop = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if isinstance(error, NameTwice):
                    raise DataError(Message("table.bad", where=where, why=error.args[0])) from None
                if len(self._text) - self._at > MAX_ROW_BYTES:
                    why = Message("table.too_long", limit=MAX_ROW_BYTES)
                    raise DataError(Message("table.bad", where=where, why=why)) from None
                if self._read():
                    continue
                if _unfinished(self._text[self._at :]):
                    return None
                why = Message("table.not_json", reason=str(error))
                raise DataError(Message("table.bad", where=where, why=why)) from None
            if stop == len(self._text) and self._read():
                continue  # a number may go on
            break
        self.done += 1
        self._pass(stop)
        if not isinstance(value, dict):
            return BadRow(where, Message("table.not_object", kind=_KINDS.get(type(value), "value")))
        if name := twice(list(value)):
            return BadRow(where, Message("table.name_twice", name=name))
        self.columns = self.columns or list(value)[:_COLUMNS]
        return Row(value, where, names=folded(value), notes=self._notes)

    def _cut(self) -> None:
        """The file ends within the array."""
        if not self._growing:
            raise DataError(self._here("table.array_ends"))
        self._waits = Message("table.waits_array")

    def _here(self, key: str) -> Message:
        return Message("table.bad", where=Message("table.line", line=self.line), why=Message(key))

    def _more_than(self, pattern: re.Pattern[str]) -> bool:
        """Pass what `pattern` matches; whether anything follows."""
        while True:
            match = pattern.match(self._text, self._at)
            stop = match.end() if match else self._at
            if stop < len(self._text):
                self._pass(stop)
                return True
            if not self._read():
                self._pass(stop)
                return False

    def _pass(self, stop: int) -> None:
        given = self._text[self._at : stop]
        self.line += given.count("\n")
        self.offset += len(given.encode(self._codec, self._errors))
        self._at = stop

    def _read(self) -> bool:
        """Take in another block, as large as what is held already; whether there was one."""
        block = self._file.read(max(BLOCK, len(self._text) - self._at))
        held = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(block, final=not block and not self._growing)
        except UnicodeDecodeError as error:
            why = Message("table.bytes", byte=self._taken - len(held) + error.start + 1, encoding=self._codec)
            raise DataError(why) from None
        self._taken += len(block)
        kept = self._decoder.getstate()[0]
        if text.encode(self._codec, self._errors) != (held + block)[: len(held) + len(block) - len(kept)]:
            raise DataError(Message("table.array_resumed", encoding=self._codec))
        self._text = self._text[self._at :] + text
        self._at = 0
        return bool(block)


class NameTwice(ValueError):
    """An object has a name twice; `args[0]` says which."""


def parsed(line: str) -> dict[str, Any] | str:
    """The object on a line, or in words why there is none."""
    try:
        value = _DECODER.decode(line)
    except NameTwice as error:
        return str(error.args[0])
    except (ValueError, RecursionError) as error:
        return Message("table.not_json", reason=str(error))
    if not isinstance(value, dict):
        return Message("table.not_object", kind=_KINDS.get(type(value), "value"))
    if name := twice(list(value)):
        return Message("table.name_twice", name=name)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise NameTwice(Message("table.name_twice", name=next(name for name, n in counts.items() if n > 1)))
    return found


def _unfinished(text: str) -> bool:
    """Whether a JSON value that `text` begins ends after it."""
    rest = _STRINGS.sub("", text)
    return '"' in rest or sum(map(rest.count, "{[")) > sum(map(rest.count, "}]"))


_DECODER = json.JSONDecoder(object_pairs_hook=_object)
