"""Files of rows, read from where the last fetch stopped: JSON lines, CSV, TSV, Parquet."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from monitor import DataError
from monitor_plugins.jsonl.rows import Table, usable

MAX_LINE_BYTES = 10_000_000
_HEAD_BYTES = 1024  # of the beginning, to notice that a file was replaced by another
_JSON = (".jsonl", ".ndjson", ".json")
_CELLS = {".csv": ",", ".tsv": "\t"}
_PARQUET = (".parquet", ".pq")


@contextmanager
def open_table(path: Path, state: Mapping[str, Any]) -> Iterator[Table]:
    """The file's rows after those that `state` says were read; all where it is another file."""
    kind = path.suffix.lower()
    if kind in _PARQUET:
        yield ParquetTable(path, state)
    elif kind in _JSON or kind in _CELLS:
        with path.open("rb") as file:
            lines = Lines(path, file, state)
            yield CellTable(path, lines, _CELLS[kind]) if kind in _CELLS else JsonTable(path, lines)
    else:
        known = ", ".join([*_JSON, *_CELLS, *_PARQUET])
        raise DataError(f"{path}: of no known kind ({path.suffix or 'no ending'}); known: {known}")


class Lines:
    """The lines of a file as text, and how far they were read, in bytes and in lines.

    UTF-8, with or without a byte order mark; a line that is not is read as GB 18030.
    """

    def __init__(self, path: Path, file: IO[bytes], state: Mapping[str, Any]) -> None:
        self.file = file
        self.size = path.stat().st_size
        self.first = not self._same_file(path, state)
        self.offset = 0 if self.first else int(state["offset"])
        self.number = 0 if self.first else int(state["line"])
        self.columns: list[str] = [] if self.first else list(state.get("columns", ()))
        file.seek(self.offset)

    def _same_file(self, path: Path, state: Mapping[str, Any]) -> bool:
        offset = state.get("offset", 0)
        if not isinstance(offset, int) or not 0 < offset <= self.size or state.get("path") != str(path):
            return False
        return self._head(offset) == state.get("head") and isinstance(state.get("line"), int)

    def _head(self, offset: int) -> str:
        self.file.seek(0)
        return hashlib.sha256(self.file.read(min(offset, _HEAD_BYTES))).hexdigest()

    def __iter__(self) -> Iterator[str]:
        while raw := self.file.readline(MAX_LINE_BYTES):
            self.offset += len(raw)
            self.number += 1
            yield _decoded(raw)

    def at_end(self) -> bool:
        return self.offset >= self.size

    def step_back(self, text_bytes: int) -> None:
        """Leave the last line, which is still being written, to the next fetch."""
        self.offset -= text_bytes
        self.number -= 1

    def state(self, path: Path) -> dict[str, Any]:
        head = self._head(self.offset)
        known = {"path": str(path), "offset": self.offset, "size": self.size, "line": self.number}
        return {**known, "head": head, "columns": self.columns}


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


class JsonTable:
    """One JSON object per line."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self._path = path
        self._lines = lines

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        checked = bool(self._lines.columns)
        start = self._lines.offset
        for line in self._lines:
            begun, start = start, self._lines.offset
            if not line.strip():
                continue
            where = f"line {self._lines.number}"
            if not checked and line.lstrip().startswith("["):
                raise DataError(f"{self._path}: {where}: a JSON array; write one object per line instead")
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                if self._lines.at_end() and not line.endswith("\n"):
                    self._lines.step_back(self._lines.offset - begun)
                    return
                yield where, f"not valid JSON ({error})"
                continue
            if not isinstance(row, dict):
                yield where, f"a JSON {type(row).__name__}, not an object"
                continue
            if not checked:
                usable(list(row), f"{self._path}: {where}")
                self._lines.columns = [str(name) for name in row][:50]
                checked = True
            yield where, row

    def state(self) -> dict[str, Any]:
        return self._lines.state(self._path)


class CellTable:
    """Comma- or tab-separated cells under a header."""

    def __init__(self, path: Path, lines: Lines, delimiter: str) -> None:
        self._path = path
        self._lines = lines
        self._delimiter = delimiter

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        csv.field_size_limit(MAX_LINE_BYTES)
        reader = csv.reader(_without_nul(self._lines), delimiter=self._delimiter)
        columns = self._lines.columns
        while True:
            where = f"line {self._lines.number + 1}"
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield where, f"not readable as cells ({error})"
                continue
            if not columns:
                usable(cells, f"{self._path}: line 1")
                columns = self._lines.columns = cells
            elif len(cells) > len(columns):
                yield where, f"{len(cells)} cells under {len(columns)} columns"
            elif cells:
                yield where, dict(zip(columns, cells, strict=False))

    def state(self) -> dict[str, Any]:
        return self._lines.state(self._path)


def _without_nul(lines: Lines) -> Iterator[str]:
    for line in lines:
        yield line.replace("\x00", "")


class ParquetTable:
    """A Parquet file. It cannot grow, so a changed one is read from its beginning."""

    def __init__(self, path: Path, state: Mapping[str, Any]) -> None:
        stat = path.stat()
        self._known = {"path": str(path), "bytes": stat.st_size, "changed": stat.st_mtime_ns}
        same = all(state.get(name) == value for name, value in self._known.items())
        self._done = int(state.get("offset", 0)) if same else 0
        self._path = path
        self._size = 0

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        import pyarrow.lib
        import pyarrow.parquet

        try:
            file = pyarrow.parquet.ParquetFile(self._path)
        except pyarrow.lib.ArrowException as error:
            raise DataError(f"{self._path}: not a Parquet file ({error})") from None
        with file:
            self._size = file.metadata.num_rows
            usable(file.schema_arrow.names, str(self._path))
            before = 0
            for group in range(file.num_row_groups):
                length = file.metadata.row_group(group).num_rows
                if before + length > self._done:
                    yield from self._group(file, group, self._done - before)
                before += length

    def _group(self, file: Any, group: int, skip: int) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        for batch in file.iter_batches(batch_size=1024, row_groups=[group]):
            rows = batch.to_pylist()
            for row in rows[max(skip, 0) :]:
                self._done += 1
                yield f"row {self._done}", row
            skip -= len(rows)

    def state(self) -> dict[str, Any]:
        return {**self._known, "offset": self._done, "size": self._size}
