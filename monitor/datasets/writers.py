"""Tables to write: Parquet, JSON lines or CSV, by the ending of the file.

Enters: rows as mappings. Leaves: a file. JSON lines and Parquet keep the type of every cell; in CSV, which
has none, a list or an object is JSON text, and a cell that a spreadsheet would run is given an apostrophe
before it (OWASP ASVS 5.0, 1.2.10; https://owasp.org/www-community/attacks/CSV_Injection). That is taken back
only where the row says which cells were given one (`GUARDED`), because a text may begin so of itself: what
must come back the same says so, or is written as JSON lines or Parquet.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from monitor.errors import DataError
from monitor.messages import Message

Write = Callable[[Sequence[Mapping[str, Any]], Any], None]
"""Takes rows, and of Parquet a pyarrow table of the columns that came from Parquet (None without)."""

Warn = Callable[[str], None]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?")
_RUN = "=+-@\t\r\n\x00＝＋－＠"


GUARDED = "guarded"
"""The column, of a row that must come back the same, that names those given an apostrophe, joined by bars."""


def safe(cell: str) -> str:
    """A cell of CSV that no spreadsheet takes for a formula; a plain number is none."""
    if cell[:1] and cell[0] in _RUN and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def guarded(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """A row for CSV that says which of its cells will be given an apostrophe, so that `unguarded` takes it
    back."""
    changed = [name for name in columns if (cell := flat(row.get(name))) != safe(cell)]
    return {**row, GUARDED: "|".join(changed)}


def unguarded(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it was before its cells were made safe; the same one where it says nothing of that."""
    names = row.get(GUARDED)
    changed = names.split("|") if isinstance(names, str) else ()
    return {
        name: value[1:] if name in changed and isinstance(value, str) and value[:1] == "'" else value
        for name, value in row.items()
        if name != GUARDED
    }


def flat(value: Any) -> str:
    """A value as a cell of CSV, before it is made safe."""
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | Mapping):
        return json.dumps(value, ensure_ascii=False, default=plain)
    return str(plain(value))


def plain(value: Any) -> Any:
    """What JSON has no type for, as text: times in ISO 8601, decimals in digits."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        raise TypeError("bytes")
    return str(value)


def whole(value: Any) -> Any:
    """`value` as JSON can say it: NaN is null, and infinity a word."""
    if isinstance(value, float):
        return None if value != value else value if abs(value) != float("inf") else str(value)
    if isinstance(value, Mapping):
        return {str(name): whole(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [whole(one) for one in value]
    return value


def sound(value: Any) -> Any:
    """`value` without lone surrogates, which no file in UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {sound(name): sound(inner) for name, inner in value.items()}
    return [sound(one) for one in value] if isinstance(value, list | tuple) else value


@contextmanager
def parquet(path: Path, types: Mapping[str, Any], warn: Warn) -> Iterator[Write]:
    """`types` are pyarrow types by column, in order; None is JSON text."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema([(name, kind or pyarrow.string()) for name, kind in types.items()])

    def write(rows: Sequence[Mapping[str, Any]], beside: Any) -> None:
        arrays = []
        for name, kind in types.items():
            if beside is not None and name in beside.column_names:
                arrays.append(beside.column(name))
                continue
            values = [row.get(name) for row in rows]
            if kind is None:
                values = [None if value is None else _json(value) for value in values]
            try:
                arrays.append(pyarrow.array([sound(value) for value in values], schema.field(name).type))
            except (pyarrow.ArrowException, ValueError, TypeError, OverflowError) as error:
                raise DataError(Message("written.column", column=name, reason=str(error))) from None
        writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))

    with ParquetWriter(path, schema) as writer:
        yield write


@contextmanager
def lines(path: Path, types: Mapping[str, Any], warn: Warn) -> Iterator[Write]:
    """A row has the cells it has; a lone surrogate is written as JSON escapes it."""

    def write(rows: Sequence[Mapping[str, Any]], beside: Any) -> None:
        file.writelines(_json(row) + "\n" for row in rows)

    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        yield write


@contextmanager
def cells(path: Path, types: Mapping[str, Any], warn: Warn) -> Iterator[Write]:
    """Comma-separated, in UTF-8, under a header; `warn` is told how many cells were made safe."""
    made = 0

    def write(rows: Sequence[Mapping[str, Any]], beside: Any) -> None:
        nonlocal made
        for row in rows:
            cells = [flat(row.get(name)) for name in types]
            kept = [safe(cell) for cell in cells]
            made += sum(before != after for before, after in zip(cells, kept, strict=True))
            writer.writerow(kept)

    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe(name) for name in types])
        yield write
    if made:
        warn(Message("written.apostrophes", count=made))


WRITERS: Mapping[str, Callable[[Path, Mapping[str, Any], Warn], AbstractContextManager[Write]]] = {
    ".parquet": parquet,
    ".jsonl": lines,
    ".csv": cells,
}
"""By ending."""


class Types:
    """The pyarrow types of columns, from the values seen; None where they have no type in common, so that
    JSON text must hold them."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def see(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """Take in some rows."""
        for name in columns:
            values = [value for row in rows if (value := row.get(name)) is not None]
            if name not in self.found:
                self.found[name] = _null()
            if self.found[name] is not None and values:
                self.found[name] = _common(self.found[name], values)


def _null() -> Any:
    import pyarrow

    return pyarrow.null()


def _common(before: Any, values: Sequence[Any]) -> Any:
    """The type of `values` and of those before; None without."""
    import io

    import pyarrow
    from pyarrow.parquet import write_table

    try:
        kind = pyarrow.array([sound(value) for value in values]).type
        some = [pyarrow.schema([("it", one)]) for one in (before, kind)]
        schema = pyarrow.unify_schemas(some, promote_options="permissive")
        if schema != some[0]:
            write_table(schema.empty_table(), io.BytesIO())
        return schema.field("it").type
    except (pyarrow.ArrowException, ValueError, TypeError, OverflowError):
        return None


def _json(value: Any) -> str:
    return json.dumps(whole(value), ensure_ascii=False, default=plain)
