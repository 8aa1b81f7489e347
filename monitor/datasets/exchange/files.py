"""A path and a format -> a file or folder of labels, and back.

What is read says itself what it is: a folder by its files, a file by its ending and its rows (a row with
`data` is a task of Label Studio, one with `fields` a record of Argilla, any other a row with a label).
Nothing is written over: a folder must be new or empty. A row that no label can be made of is a `BadRow`, and
the next one is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from monitor.datasets.exchange import argilla, hugging_face, label_studio, rows
from monitor.datasets.exchange.exchanged import Exchanged
from monitor.datasets.tables import BadRow, CellError, Row, open_table
from monitor.datasets.writers import GUARDED, guarded, whole
from monitor.datasets.writers import cells as csv_cells
from monitor.errors import DataError, UserError
from monitor.messages import Message
from monitor.premises import ownership

CONFIG = "label-studio.xml"
"""What the labelling configuration is called, beside a file of Label Studio's tasks."""

Warn = Callable[[str], None]


def write(
    format: str, path: Path, labels: Iterable[Exchanged], topics: Sequence[str], warn: Warn = lambda _: None
) -> int:
    """Write labels to a file, or for `huggingface` and `argilla` to a folder; how many there were.

    `topics` are all there are: other tools ask for a choice among them. Labels of one text follow one
    another. Raises UserError for an unknown format or a folder with something in it, OSError.
    """
    if format not in FORMATS:
        raise UserError(Message("exchange.format", format=format, known=list(FORMATS)))
    return FORMATS[format](path, labels, topics, warn)


def read(
    path: Path, topics: Sequence[str], *, encoding: str = "", warn: Warn = lambda _: None
) -> Iterator[tuple[str, Exchanged] | BadRow]:
    """The labels of a file or folder, each with where it stands; `topics` are the names that may occur.

    `warn` is told at the end what was assumed of the file. Raises DataError, naming it, for one that cannot
    be read.
    """
    if not path.is_dir():
        yield from _file(path, topics, encoding, warn)
    elif hugging_face.is_one(path):
        for where, cells in hugging_face.read(path):
            yield from _labels(Row(cells, where), topics)
    elif (path / argilla.RECORDS).is_file():
        yield from _file(path / argilla.RECORDS, topics, encoding, warn)
    else:
        raise DataError(Message("table.of", path=str(path), why=Message("exchange.folder")))


def lines(labels: Iterable[Exchanged]) -> Iterator[str]:
    """The labels as JSON lines, each with its end."""
    for label in labels:
        yield json.dumps(whole(rows.row(label)), ensure_ascii=False) + "\n"


def _file(path: Path, topics: Sequence[str], encoding: str, warn: Warn) -> Iterator[Any]:
    # What nobody says the encoding of is ours, in UTF-8: no guess is needed, and none is told.
    with open_table(path, encoding=encoding or "utf-8") as table:
        for row in table.rows():
            if isinstance(row, BadRow):
                yield row
                continue
            yield from _labels(_classed(row, table.classes), topics)
        for warning in table.warnings():
            warn(warning)


def _classed(row: Row, classes: Mapping[str, Sequence[str]]) -> Row:
    """A row with the names that its file has for numbered classes."""
    named = {
        name: names[row.cells[name]]
        for name, names in classes.items()
        if isinstance(row.cells.get(name), int) and 0 <= row.cells[name] < len(names)
    }
    return Row({**row.cells, **named}, row.where, row.typed) if named else row


def _labels(row: Row, topics: Sequence[str]) -> Iterator[tuple[str, Exchanged] | BadRow]:
    cells = row.cells
    try:
        if isinstance(cells.get("data"), Mapping):
            found = label_studio.labels(cells, topics)
        elif isinstance(cells.get("fields"), Mapping):
            found = argilla.labels(cells, topics)
        else:
            found = [rows.label(row, topics)]
    except CellError as error:
        yield BadRow(row.where, error.args[0])
        return
    for label in found:
        yield row.where, label


# --- formats --------------------------------------------------------------------------------


def _jsonl(path: Path, labels: Iterable[Exchanged], topics: Sequence[str], warn: Warn) -> int:
    count = 0
    with _opened(path) as file:
        for line in lines(labels):
            file.write(line)
            count += 1
    return count


def _csv(path: Path, labels: Iterable[Exchanged], topics: Sequence[str], warn: Warn) -> int:
    count = 0
    columns = (*rows.COLUMNS, GUARDED)
    _opened(path).close()  # its owner's alone, from the start
    with csv_cells(path, dict.fromkeys(columns), lambda _: None) as wrote:
        for label in labels:
            wrote([guarded(rows.row(label), rows.COLUMNS)], None)
            count += 1
    return count


def _label_studio(path: Path, labels: Iterable[Exchanged], topics: Sequence[str], warn: Warn) -> int:
    count = _array(path, labels, label_studio.task)
    with _opened(path.with_name(CONFIG)) as file:
        file.write(label_studio.config(topics))
    return count


def _argilla(path: Path, labels: Iterable[Exchanged], topics: Sequence[str], warn: Warn) -> int:
    _new(path)
    ownership.folder((path / argilla.SETTINGS).parent)
    for name, value in ((argilla.SETTINGS, argilla.settings(topics)), (argilla.DATASET, argilla.dataset())):
        with _opened(path / name) as file:
            json.dump(value, file, ensure_ascii=False)
    return _array(path / argilla.RECORDS, labels, argilla.record)


def _hugging_face(path: Path, labels: Iterable[Exchanged], topics: Sequence[str], warn: Warn) -> int:
    _new(path)
    return hugging_face.write(path, labels)


Writer = Callable[[Path, Iterable[Exchanged], Sequence[str], Warn], int]

FORMATS: Mapping[str, Writer] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "huggingface": _hugging_face,
    "label-studio": _label_studio,
    "argilla": _argilla,
}
"""By name; the last three are other tools'."""


def _array(
    path: Path, labels: Iterable[Exchanged], made: Callable[[Sequence[Exchanged], int], dict[str, Any]]
) -> int:
    """A JSON array with an element for each text."""
    count = 0
    with _opened(path) as file:
        file.write("[")
        for number, (_, some) in enumerate(groupby(labels, key=_text), 1):
            of_one = list(some)
            count += len(of_one)
            element = json.dumps(whole(made(of_one, number)), ensure_ascii=False)
            file.write(("\n" if number == 1 else ",\n") + element)
        file.write("\n]\n")
    return count


def _text(label: Exchanged) -> tuple[str, str, str, int]:
    return label.text, label.source, label.identity_key, label.article_id


def _opened(path: Path) -> TextIO:
    """A file to write to, its owner's alone."""
    return open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n", opener=ownership.opener)


def _new(folder: Path) -> None:
    """Make a folder that is to be written. Raises UserError."""
    ownership.folder(folder)
    if any(folder.iterdir()):
        raise UserError(Message("table.of", path=str(folder), why=Message("exchange.not_empty")))
