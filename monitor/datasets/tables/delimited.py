"""CSV and its kin: cells under a header, separated by a comma, a semicolon or a tab (RFC 4180).

Strict, for what a lenient reader makes of a stray quote is another text: a row that breaks the rules is
refused with its lines, and the next begins on the line after it. A row longer than the header is refused
unless the rest is empty; a shorter one is filled up, and counted.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.datasets.tables.lines import MAX_ROW_BYTES, Lines, TooLong
from monitor.datasets.tables.table import BadRow, Row, folded, noted, twice
from monitor.errors import DataError
from monitor.messages import Message

DELIMITERS = (",", ";", "\t")
_HEADER_LINES = 20  # at most: a name may hold a line end


class DelimitedTable:
    """Rows of cells. `growing` is whether somebody may still be writing the file: its last line then waits
    until it has an end, and an open quote until it is closed."""

    classes: Mapping[str, Sequence[str]] = {}

    def __init__(
        self, lines: Lines, *, tabs: bool, growing: bool, columns: Sequence[str] = (), delimiter: str = ""
    ) -> None:
        self.columns = list(columns)
        self._lines = lines
        self._delimiter = delimiter
        self._default = "\t" if tabs else ","
        self._growing = growing
        self._notes: Counter[str] = Counter()
        self._short = self._short_line = 0
        self._waits: Message | None = None

    def rows(self) -> Iterator[Row | BadRow]:
        lines = self._lines
        csv.field_size_limit(MAX_ROW_BYTES)  # the module's own limit, of 131,072, is for all of the process
        if not self.columns and not self._header():
            return
        names = folded(self.columns)
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            lines.begin()
            offset, before = lines.offset, lines.number
            why: Message | None = None
            cells: list[str] = []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                unclosed = not lines.ended or "unexpected end" in str(error)
                why = Message("table.open_quote" if unclosed else "table.not_cells", reason=str(error))
            except TooLong:
                lines.skip(quoted=lines.number > before, cells=True)
                why = Message("table.too_long", limit=MAX_ROW_BYTES)
                yield BadRow(_place(before + 1, lines.number), why)
                continue
            if self._growing and not (lines.ended and not (why and why.key == "table.open_quote")):
                self._wait(offset, before, why)
                return
            if why or lines.fault:
                yield BadRow(_place(before + 1, lines.number), why or lines.fault or "")
            elif cells:
                yield self._row(cells, before + 1, names)

    def state(self) -> dict[str, Any]:
        return {"columns": self.columns, "delimiter": self._delimiter}

    def warnings(self) -> list[str]:
        found = noted(self._notes)
        if self._short:
            found.append(Message("table.few_cells", count=self._short, line=self._short_line))
        return [*found, self._waits] if self._waits else found

    def _row(self, cells: list[str], line: int, names: Mapping[str, str]) -> Row | BadRow:
        more = len(cells) - len(self.columns)
        if more > 0 and any(cells[-more:]):
            return BadRow(
                _place(line, line), Message("table.many_cells", cells=len(cells), columns=len(self.columns))
            )
        if more < 0:
            self._short += 1
            self._short_line = self._short_line or line
            cells = cells + [""] * -more
        row = dict(zip(self.columns, cells, strict=False))
        return Row(row, Message("table.line", line=line), typed=False, names=names, notes=self._notes)

    def _wait(self, offset: int, number: int, why: Message | None) -> None:
        """Leave the row that begins here to the next reading."""
        self._lines.offset, self._lines.number = offset, number
        self._waits = Message("table.waits_quote" if why else "table.waits", line=number + 1)

    def _header(self) -> bool:
        """Read the names of the columns; whether they are there, all of them. Raises DataError."""
        lines = self._lines
        offset, number = lines.offset, lines.number
        text = ""
        for line in lines:
            if not text and not line.strip():
                continue
            if not text and (told := line.strip().strip('"').lower()).startswith("sep=") and len(told) == 5:
                self._delimiter = told[4]  # what Excel writes above a header
                continue
            text += line
            if text.count('"') % 2 == 0 or lines.number - number > _HEADER_LINES:
                break
        if self._growing and not lines.ended:
            if text:
                self._wait(offset, number, None)
            return False
        if lines.fault:
            raise DataError(Message("table.bad", where=_place(number + 1, lines.number), why=lines.fault))
        if not text:
            return False
        try:
            self._delimiter = self._delimiter or self._chosen(text)
            cells = _cells(text, self._delimiter)
        except csv.Error as error:
            why = Message("table.not_cells", reason=str(error))
            raise DataError(Message("table.bad", where=_place(number + 1, lines.number), why=why)) from None
        self.columns = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, 1)]
        if name := twice(self.columns):
            why = Message("table.twice", name=name)
            raise DataError(Message("table.bad", where=_place(number + 1, lines.number), why=why))
        return True

    def _chosen(self, header: str) -> str:
        """The delimiter that makes most columns of a header; that of the file's ending where none does."""
        some = sorted(DELIMITERS, key=lambda one: one != self._default)
        return max(some, key=lambda one: _count(header, one))


def _cells(text: str, delimiter: str) -> list[str]:
    """The cells of a row that takes up all of `text`. Raises csv.Error."""
    lines = re.findall(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+", text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    cells = next(reader, [])
    if reader.line_num < len(lines):
        raise csv.Error("a quote within a name")
    return cells


def _count(header: str, delimiter: str) -> int:
    try:
        return len(_cells(header, delimiter))
    except csv.Error:  # names in quotes, with another delimiter between them
        return 0


def _place(first: int, last: int) -> Message:
    if last <= first:
        return Message("table.line", line=first)
    return Message("table.lines", first=first, last=last)
