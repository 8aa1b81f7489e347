"""What a reader of files gives: rows, rows that cannot be read, and what it assumed on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from monitor.messages import Message

TITLE_COLUMNS = ("title", "headline", "标题")
"""The names that a column with titles goes by, the best one first."""
TEXT_COLUMNS = ("text", "content", "body", "summary", "description", "正文", "内容")
"""The names that a column with texts goes by, the best one first."""

ARTEFACTS = frozenset({"nan", "NaN", "NAN", "-nan", "-NaN", "<NA>", "NaT"})
"""What programs write for a missing number or time, in every kind of file; never the text of an article."""
NOTHINGS = frozenset({"None", "null", "NULL", "#N/A"})
"""What they write beside it where cells have no types, that is in CSV. "NA", "N/A" and "none" stay text: a
headline or a ticker may be one."""

_LONGEST = max(map(len, ARTEFACTS | NOTHINGS))
_ENDLESS = (float("inf"), float("-inf"))
_SHOWN = 60  # characters of a value in a message


class CellError(ValueError):
    """A cell holds what it cannot be used for; `args[0]` is a Message with the column, the value and what
    was expected."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column name as the file has it, and where it stands in words.

    Columns are asked for by lower-case name, whatever the case in the file. `typed` is whether cells have
    types (JSON, Parquet); in CSV all are text. `notes` counts, by column, cells taken for empty by what
    they say; the rows of a table share it.
    """

    cells: Mapping[str, Any]  # by column name, as the file has it
    where: str = ""  # in words: line 7
    typed: bool = True  # whether cells have types; in CSV all are text
    names: Mapping[str, str] = field(default_factory=dict, repr=False)  # lower-case -> as in `cells`
    notes: Counter[str] = field(default_factory=Counter, repr=False, compare=False)  # cells taken for empty

    def value(self, *columns: str) -> Any:
        """The first cell of these columns that is not empty (nothing, blanks, NaN); else None."""
        names = self.names or folded(self.cells)
        for column in columns:
            value = self.cells.get(names.get(column, ""))
            if not self._empty(column, value):
                return value
        return None

    def text(self, *columns: str) -> str:
        """`value` as text, without blanks at its ends; "" for none. Raises CellError for a list, an object,
        or bytes that are not text."""
        names = self.names or folded(self.cells)
        for column in columns:
            value = self.cells.get(names.get(column, ""))
            if not self._empty(column, value):
                return as_text(value, names[column])
        return ""

    def _empty(self, column: str, value: Any) -> bool:
        if value is None or value != value:  # NaN, and NaT, are not themselves
            return True
        if not isinstance(value, str):
            return False
        said = value.strip()
        if not said:
            return True
        if len(said) > _LONGEST or not (said in ARTEFACTS or (not self.typed and said in NOTHINGS)):
            return False
        self.notes[column] += 1
        return True


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: where it stands, and why."""

    where: str  # in words: line 7
    why: str  # a sentence

    def __str__(self) -> str:
        return Message("table.bad", where=self.where, why=self.why)


class Table(Protocol):
    """A file being read, from where an earlier reading stopped or from its beginning."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns; of JSON, those of its first row. Empty before that is read."""
        ...

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """The names of a column's classes where its cells number them and the file says which is which."""
        ...

    def rows(self) -> Iterator[Row | BadRow]:
        """The rows, in order. Raises DataError for a file that cannot be gone on with."""
        ...

    def state(self) -> dict[str, Any]:
        """What continues after the last row given; a JSON object."""
        ...

    def warnings(self) -> list[str]:
        """What was assumed of the file and of the rows given so far."""
        ...


def folded(columns: Mapping[str, Any] | Sequence[str]) -> dict[str, str]:
    """The columns by the name they are asked for."""
    return {str(name).strip().lower(): name for name in columns}


def twice(columns: Sequence[str]) -> str | None:
    """A name that two columns have, but for case and blanks."""
    counts = Counter(str(name).strip().lower() for name in columns)
    return next((str(name) for name in columns if counts[str(name).strip().lower()] > 1), None)


def as_text(value: Any, column: str) -> str:
    """A cell as text, without blanks at its ends. Raises CellError."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list | tuple | Mapping | bytes | bytearray) or value in _ENDLESS:
        raise refused(column, value, Message("table.cell_text"))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # an id that a table of numbers with gaps made a float of
    return str(value).strip()


def refused(column: str, value: Any, expected: str) -> CellError:
    """The error for a value that cannot be used in this column."""
    kinds = (("list", (list, tuple)), ("object", (Mapping,)), ("bytes", (bytes, bytearray)), ("text", (str,)))
    kind = next((name for name, types in kinds if isinstance(value, types)), "other")
    return CellError(
        Message(
            "table.cell",
            column=column,
            value=shown(value),
            kind=Message(f"table.cell_{kind}"),
            expected=expected,
        )
    )


def shown(value: Any) -> str:
    """A value in a message: as Python would write it, cut to a length to read."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def noted(notes: Mapping[str, int]) -> list[str]:
    """What there is to say of cells that were taken for empty."""
    return [Message("table.said_missing", column=column, count=count) for column, count in notes.items()]
