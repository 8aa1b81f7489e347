"""Labelled files for `monitor train --data FILE` and `monitor evaluate FILE`.

CSV, TSV, JSON lines and Parquet, by the file's ending. Columns: `text` (or `content`; a
`title` is put before it, and may stand alone), and `label` (or `sentiment`) or `topics`,
joined by a bar, or both. With a name in `entity`, `label` is the sentiment towards that company:
one row per company, so that a text repeats. Other columns are ignored.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from monitor.errors import DataError
from monitor.news.normalize import content
from monitor.records import SENTIMENTS, Example

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
TASKS = ("sentiment", "topics", "company")
_TEXT = ("text", "content")
_SENTIMENT = ("label", "sentiment")
_WORDS = ("title", "text", "content", "body")

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

    `topics` are the names that may occur. With `task` ("sentiment", "topics" or "company") only
    rows with that label are kept; without it, rows with any. For "company" the rows of one text
    become one example, in which every row is a pair. Without a task they do too: it has the
    text's sentiment where all its companies agree, and leaves out a company that its rows
    contradict each other about. To measure "sentiment", `entity` is not looked at. Raises
    DataError naming the file and the columns found and expected, or the row, the label and the
    allowed ones.
    """
    if task is not None and task not in TASKS:
        raise DataError(f"task {task!r} is unknown: expected {' or '.join(TASKS)}")
    examples: list[Example] = []
    blank = 0
    places: dict[str, int] = {}  # of the texts with companies, among the examples
    allowed = {name.lower(): name for name in topics}
    columns: dict[str, None] = {}
    for where, row in _rows(path):
        columns |= dict.fromkeys(row)
        text = content(_cell(row, "title"), _cell(row, *_TEXT))
        sentiment = None if task == "topics" else _sentiment(path, where, _cell(row, *_SENTIMENT))
        chosen = _topics(path, where, row.get("topics"), allowed) if task in (None, "topics") else None
        entity = _entity(path, where, row.get("entity")) if task in (None, "company") else ""
        if task == "company" and not entity:
            sentiment = None
        if not text.strip() or not (sentiment or chosen):
            blank += 1
        elif entity and sentiment:
            place = places.setdefault(text, len(examples))
            if place == len(examples):
                examples.append(Example(text, origin=path.name))
            one = examples[place]
            both = tuple(dict.fromkeys((*(one.topics or ()), *(chosen or ()))))
            examples[place] = replace(
                one, topics=both or None, companies=(*one.companies, (entity, sentiment))
            )
        else:
            examples.append(Example(text, sentiment, chosen, origin=path.name))
    if task is None:
        pairs = sum(len(set(one.companies)) for one in examples)
        examples = keep((_agreed(one) if one.companies else one for one in examples), TASKS)
        blank += pairs - sum(len(one.companies) for one in examples)
    if not examples:
        raise DataError(_nothing(path, columns, blank, task))
    return Labelled(path, tuple(examples), blank)


def _agreed(example: Example) -> Example:
    """The example with the companies that have one label, and the sentiment that all labels share."""
    labels: dict[str, set[str]] = {}
    for name, label in example.companies:
        labels.setdefault(name, set()).add(label)
    companies = tuple((name, some.pop()) for name, some in labels.items() if len(some) == 1)
    shared = {label for _, label in example.companies}
    return replace(example, sentiment=shared.pop() if len(shared) == 1 else None, companies=companies)


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """The `id` (or `guid`, or `url`; "" without) and the text of every row, blank ones too, in order.

    Raises DataError where the file cannot be read or has no column with text.
    """
    for where, row in _rows(path):
        if {*_TEXT, "title"}.isdisjoint(row):
            raise DataError(f"{path}: {where} has the columns {', '.join(row)}; expected text")
        yield _cell(row, "id", "guid", "url"), content(_cell(row, "title"), _cell(row, *_TEXT))


def passages(path: Path) -> Iterator[str]:
    """Everything that the rows of a file say in words (columns title, text, content and body), to read
    and not to judge. Raises DataError where the file cannot be read or has no such column."""
    for where, row in _rows(path):
        named = [name for name in _WORDS if name in row]
        if not named:
            raise DataError(f"{path}: {where} has the columns {', '.join(row)}; expected {', '.join(_WORDS)}")
        text = content("", "\n".join(_cell(row, name) for name in named))
        if text:
            yield text


def keep(examples: Iterable[Example], tasks: Collection[str]) -> list[Example]:
    """What the examples say of `tasks`; those that say nothing of them are left out."""
    kept = (
        replace(
            example,
            sentiment=example.sentiment if "sentiment" in tasks else None,
            topics=example.topics if "topics" in tasks else None,
            companies=example.companies if "company" in tasks else (),
        )
        for example in examples
    )
    return [one for one in kept if one.sentiment or one.topics or one.companies]


def _nothing(path: Path, columns: Collection[str], blank: int, task: str | None) -> str:
    text = not {*_TEXT, "title"}.isdisjoint(columns)
    label = not {*_SENTIMENT}.isdisjoint(columns)
    enough, expected = {
        "sentiment": (label, "text and label"),
        "topics": ("topics" in columns, "text and topics"),
        "company": (label and "entity" in columns, "text, entity and label"),
        None: (label or "topics" in columns, "text and label or topics"),
    }[task]
    if columns and not (text and enough):
        return f"{path} has the columns {', '.join(columns)}; expected {expected}"
    if task == "company":
        return f"{path}: none of its {blank} rows has a text, an entity and a label for it"
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


def _entity(path: Path, where: str, cell: Any) -> str:
    """A company's name as it stands in the text, which is normalised."""
    if isinstance(cell, list | dict):
        raise DataError(
            f"{path}: {where}: entity is a {type(cell).__name__}; expected one name, in a row of its own"
        )
    return content("", "" if cell is None else str(cell))


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
