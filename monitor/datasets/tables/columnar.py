"""Parquet: rows of typed columns.

Text written without saying so (BYTE_ARRAY without the UTF8 annotation, as Impala and old Spark do) is
read as the text it is; bytes that are none stay bytes, and are refused by name where a text is wanted.
A time that Python cannot hold is left empty and counted. Labels that Hugging Face's `datasets` stored as
numbers have their names in the file (https://huggingface.co/docs/datasets, ClassLabel): see `classes`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor.datasets.tables.table import BadRow, Row, folded, noted, twice
from monitor.errors import DataError
from monitor.messages import Message

BATCH = 1024


class ParquetTable:
    """The rows of the file after the first `done`. It cannot grow: it ends with what says where all is."""

    def __init__(self, path: Path, *, done: int = 0) -> None:
        self.columns: Sequence[str] = ()
        self.classes: Mapping[str, Sequence[str]] = {}
        self.done = done
        self.size = 0
        self._path = path
        self._notes: Counter[str] = Counter()
        self._range: dict[str, tuple[int, int]] = {}  # column -> values out of range, row of the first

    def rows(self) -> Iterator[Row | BadRow]:
        import pyarrow.lib
        import pyarrow.parquet

        try:
            with self._path.open("rb") as raw, pyarrow.parquet.ParquetFile(raw) as file:
                yield from self._rows(file)
        except pyarrow.lib.ArrowException as error:
            raise DataError(_broken(error)) from None
        except OSError as error:
            if error.errno is not None:
                raise
            raise DataError(_broken(error)) from None  # how pyarrow tells of a damaged footer

    def state(self) -> dict[str, Any]:
        return {"offset": self.done, "size": self.size}

    def warnings(self) -> list[str]:
        return [
            *noted(self._notes),
            *(
                Message("table.out_of_range", column=column, count=count, row=row)
                for column, (count, row) in self._range.items()
            ),
        ]

    def _rows(self, file: Any) -> Iterator[Row | BadRow]:
        self.size = file.metadata.num_rows
        self.columns = list(file.schema_arrow.names)
        self.classes = _classes(file.schema_arrow.metadata or {})
        if name := twice(self.columns):
            raise DataError(Message("table.twice", name=name))
        names = folded(self.columns)
        before = 0
        for group in range(file.num_row_groups):
            length = file.metadata.row_group(group).num_rows
            if before + length <= self.done:
                before += length
                continue
            for batch in file.iter_batches(batch_size=BATCH, row_groups=[group]):
                skip = max(self.done - before, 0)
                before += batch.num_rows
                if skip >= batch.num_rows:
                    continue
                part = batch.slice(skip)
                values = [self._values(name, column) for name, column in zip(self.columns, part, strict=True)]
                for cells in zip(*values, strict=True):
                    self.done += 1
                    row = dict(zip(self.columns, cells, strict=True))
                    yield Row(row, Message("table.row", row=self.done), names=names, notes=self._notes)

    def _values(self, name: str, column: Any) -> list[Any]:
        import pyarrow

        kind = column.type
        if pyarrow.types.is_dictionary(kind):
            column = column.dictionary_decode()
            kind = column.type
        if (
            pyarrow.types.is_binary(kind)
            or pyarrow.types.is_large_binary(kind)
            or pyarrow.types.is_fixed_size_binary(kind)
        ):
            return [_text(value) for value in column.to_pylist()]
        try:
            values: list[Any] = column.to_pylist()
        except (ValueError, OverflowError):
            values = [self._value(name, one, place) for place, one in enumerate(column, self.done + 1)]
        return values

    def _value(self, name: str, scalar: Any, row: int) -> Any:
        try:
            return scalar.as_py()
        except (ValueError, OverflowError):
            count, first = self._range.get(name, (0, row))
            self._range[name] = (count + 1, first)
            return None


def _text(value: bytes | None) -> str | bytes | None:
    try:
        return None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        return value


def _broken(error: Exception) -> Message:
    return Message("table.not_parquet", reason=str(error).splitlines()[0] if str(error) else "")


def _classes(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Names of the classes by column, as `datasets` writes them beside the schema."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        items = list(features.items())
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
    found = {}
    for column, feature in items:
        inner = feature.get("feature", feature) if isinstance(feature, dict) else None
        names = inner.get("names") if isinstance(inner, dict) else None
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            found[str(column)] = names
    return found
