"""Labelled files for `monitor train --data FILE` and `monitor evaluate FILE`.

CSV, TSV, JSON lines and Parquet, by the file's ending. Columns: `text` (or `content`; a
`title` is put before it, and may stand alone), and `label` (or `sentiment`) or `topics`,
joined by a bar, or both. Other columns are ignored.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.errors import DataError
from monitor.normalize import content
from monitor.records import SENTIMENTS, Example

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
TASKS = ("sentiment", "topics")
_TEXT = ("text", "content")
_SENTIMENT = ("label", "sentiment")

Row = tuple[str, Mapping[str, Any]]
"""Where the row stands ("row 3"), and its cells by lower-case column name."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a file held. `blank` counts the rows left out: without text, or without a label
    for what was asked."""

    path: Path
    examples: tuple[Example, ...]
    blank: int


def read(path: Path, topics: Sequence[str], task: str | None = None) -> Labelled:
    """The labelled texts of a file.

    `topics` are the names that may occur. With `task` ("sentiment" or "topics") only rows
    with that label are kept; without it, rows with either. Raises DataError naming the
    file and the columns found and expected, or the row, the label and the allowed ones.
    """
    if task is not None and task not in TASKS:
        raise DataError(f"task {task!r} is unknown: expected {' or '.join(TASKS)}")
    examples, blank = [], 0
    allowed = {name.lower(): name for name in topics}
    columns: dict[str, None] = {}
    for where, row in _rows(path):
        columns |= dict.fromkeys(row)
        text = content(_cell(row, "title"), _cell(row, *_TEXT))
        sentiment = None if task == "topics" else _sentiment(path, where, _cell(row, *_SENTIMENT))
        chosen = None if task == "sentiment" else _topics(path, where, row.get("topics"), allowed)
        if text.strip() and (sentiment or chosen):
            examples.append(Example(text, sentiment, chosen, origin=path.name))
        else:
            blank += 1
    if not examples:
        raise DataError(_nothing(path, columns, blank, task))
    return Labelled(path, tuple(examples), blank)


def _nothing(path: Path, columns: Collection[str], blank: int, task: str | None) -> str:
    labels = {"sentiment": ("label",), "topics": ("topics",), None: ("label", "topics")}[task]
    known = {"text": {*_TEXT, "title"}, "label": {*_SENTIMENT}, "topics": {"topics"}}
    if columns and (
        known["text"].isdisjoint(columns) or all(known[one].isdisjoint(columns) for one in labels)
    ):
        return f"{path} has the columns {', '.join(columns)}; expected text and {' or '.join(labels)}"
    return f"{path}: none of its {blank} rows has a text and a label for it"


def _cell(row: Mapping[str, Any], *names: str) -> str:
    """The first of the named cells that is not empty, as text."""
    values = (row.get(name) for name in names)
    return next((str(value).strip() for value in values if value is not None and str(value).strip()), "")


def _sentiment(path: Path, where: str, label: str) -> str | None:
    if not label:
        return None
    if label.lower() not in SENTIMENTS:
        raise DataError(f"{path}: {where}: label {label!r} is unknown; allowed: {', '.join(SENTIMENTS)}")
    return label.lower()


def _topics(path: Path, where: str, cell: Any, allowed: Mapping[str, str]) -> tuple[str, ...] | None:
    parts = cell if isinstance(cell, list) else str(cell or "").split("|")
    names = [str(part).strip() for part in parts if part is not None and str(part).strip()]
    for name in names:
        if name.lower() not in allowed:
            raise DataError(
                f"{path}: {where}: topic {name!r} is unknown; allowed: {', '.join(allowed.values())}"
            )
    return tuple(dict.fromkeys(allowed[name.lower()] for name in names)) or None


# --- formats ------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[Row]:
    readers = {".csv": _csv, ".tsv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: the ending {path.suffix!r} is unknown; expected {', '.join(SUFFIXES)}")
    try:
        for where, row in reader(path):
            yield where, {str(name).strip().lower(): value for name, value in row.items()}
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 (byte {error.object[error.start]:#04x}): save it as UTF-8 and try again"
        ) from error


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True)
        number = 0
        try:
            for number, row in enumerate(reader, start=1):
                where = f"row {number} (line {reader.line_num})"
                if None in row:
                    raise DataError(
                        f"{path}: {where} has more cells than the header names: "
                        "put texts that hold the separator in double quotes"
                    )
                yield where, row
        except csv.Error as error:
            raise DataError(f"{path}: row {number + 1} (line {reader.line_num}): {error}") from error


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}: row {number} is not JSON: {error}") from error
            if not isinstance(row, dict):
                raise DataError(f"{path}: row {number} is a {type(row).__name__}, expected an object")
            yield f"row {number}", row


def _parquet(path: Path) -> Iterator[Row]:
    from pyarrow import ArrowInvalid
    from pyarrow.parquet import ParquetFile

    try:
        with path.open("rb") as raw, ParquetFile(raw) as file:
            number = 0
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", row
    except ArrowInvalid as error:
        raise DataError(f"{path} is not Parquet: {error}") from error
