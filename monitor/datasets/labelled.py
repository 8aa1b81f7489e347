"""Labelled files for `monitor train --data FILE` and `monitor evaluate FILE`, and texts to judge or read.

Every kind of file that `monitor.datasets.tables` reads. Columns: `text` (or `content`, `body`, ...; a
`title` is put before it, and may stand alone), and `label` (or `sentiment`) or `topics`, or both. With a name
in `entity`, `label` is the sentiment towards that company: one row per company, so that a text repeats.
Labels in other shapes are put into these by `shapes`, and read by `sentiments`. Other columns are ignored.

What `monitor labels export` wrote is marked by `normalised`: its texts are taken as they are, and its
`companies` are names with a sentiment each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from monitor.datasets import sentiments, shapes, writers
from monitor.datasets.tables import (
    TEXT_COLUMNS,
    TITLE_COLUMNS,
    CellError,
    Row,
    Table,
    as_text,
    open_table,
    refused,
    shown,
)
from monitor.datasets.tables.table import BadRow
from monitor.errors import DataError
from monitor.messages import Message
from monitor.news.normalize import content
from monitor.records import Example

TASKS = ("sentiment", "topics", "company")
_SENTIMENT = ("label", "sentiment", "labels")
_IDS = ("id", "guid", "url")


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a file held. `blank` counts the rows left out: without text, or without a label
    for what was asked. `warnings` say what was assumed of the file."""

    path: Path
    examples: tuple[Example, ...]
    blank: int
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """A row with a text; `sentiment` is a number where the whole file must say what it means."""

    where: str
    text: str
    sentiment: str | int | None
    topics: tuple[str, ...] | None
    entity: str = ""
    companies: tuple[tuple[str, str], ...] = ()
    column: str = ""  # that the sentiment stands in


@dataclass(slots=True)
class _File:
    """What becomes of a file while its rows are read."""

    path: Path
    allowed: Mapping[str, str]
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    disagreed: list[str] = field(default_factory=list)  # where those who labelled a text do not agree


def read(path: Path, topics: Sequence[str], task: str | None = None, *, encoding: str = "") -> Labelled:
    """The labelled texts of a file.

    `topics` are the names that may occur. With `task` ("sentiment", "topics" or "company") only
    rows with that label are kept; without it, rows with any. For "company" the rows of one text
    become one example, in which every row is a pair. Without a task they do too: it has the
    text's sentiment where all its companies agree, and leaves out a company that its rows
    contradict each other about. To measure "sentiment", `entity` is not looked at. `encoding` as in
    `open_table`. Raises DataError naming the file and the columns found and expected, or the row, the
    column, the label and the allowed ones.
    """
    if task is not None and task not in TASKS:
        raise DataError(f"task {task!r} is unknown: expected {' or '.join(TASKS)}")
    file = _File(path, {name.lower(): name for name in topics})
    found: list[_Found] = []
    blank = 0
    columns: dict[str, None] = {}
    with open_table(path, encoding=encoding) as table:
        for row, cells in _plain(path, table):
            columns |= dict.fromkeys(cells)
            file.classes = table.classes
            try:
                shapes.whole(_folded(row))
                one = _found(file, row, cells, task)
            except CellError as error:
                raise _at(path, row.where, error.args[0]) from None
            if one.text.strip() and (one.sentiment is not None or one.topics or one.companies):
                found.append(one)
            else:
                blank += 1
        warnings = table.warnings()
        nothing = Message("table.no_rows" if table.columns else "table.empty")
    warnings += _scaled(path, found)
    if file.disagreed:
        warnings.append(Message("labels.disagree", count=len(file.disagreed), where=file.disagreed[0]))
    examples, contradicted = _examples(found, path.name, task)
    blank += contradicted
    if not examples:
        why = _nothing(columns, blank, task) if columns else nothing
        raise DataError(Message("table.of", path=str(path), why=why))
    return Labelled(path, tuple(examples), blank, tuple(warnings))


def texts(path: Path, *, encoding: str = "") -> Iterator[tuple[str, str]]:
    """The `id` (or `guid`, or `url`; "" without) and the text of every row, blank ones too, in order.

    Raises DataError where the file cannot be read or has no column with text.
    """
    with open_table(path, encoding=encoding) as table:
        for row, cells in _plain(path, table):
            yield _judged(path, row, cells)


def judged(path: Path, table: Table) -> Iterator[tuple[Row, str, str]]:
    """Every row of an open table with its id and its text, as `texts` has them."""
    for row, cells in _plain(path, table):
        yield row, *_judged(path, row, cells)


def _judged(path: Path, row: Row, cells: Mapping[str, Any]) -> tuple[str, str]:
    plain = Row(cells, row.where, row.typed, notes=row.notes)
    if {*TEXT_COLUMNS, *TITLE_COLUMNS}.isdisjoint(cells):
        why = Message("labels.columns", where=row.where, columns=list(row.cells), expected="text")
        raise DataError(Message("table.of", path=str(path), why=why))
    try:
        return plain.text(*_IDS), _text(plain)
    except CellError as error:
        raise _at(path, row.where, error.args[0]) from None


def passages(path: Path, *, encoding: str = "") -> Iterator[str]:
    """Everything that the rows of a file say in words (all columns of titles and texts), to read
    and not to judge. Raises DataError where the file cannot be read or has no such column."""
    words = (*TITLE_COLUMNS, *TEXT_COLUMNS)
    with open_table(path, encoding=encoding) as table:
        for row, cells in _plain(path, table):
            named = [name for name in words if name in cells]
            if not named:
                why = Message(
                    "labels.columns", where=row.where, columns=list(row.cells), expected=list(words)
                )
                raise DataError(Message("table.of", path=str(path), why=why))
            plain = Row(cells, row.where, row.typed)
            try:
                text = content("", "\n".join(plain.text(name) for name in named))
            except CellError as error:
                raise _at(path, row.where, error.args[0]) from None
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


# --- rows ---------------------------------------------------------------------------------


def _plain(path: Path, table: Table) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    """The rows, and their cells by the names that are asked for. Raises DataError."""
    for row in table.rows():
        if isinstance(row, BadRow):
            raise _at(path, row.where, row.why)
        yield row, shapes.plain(_folded(row))


def _folded(row: Row) -> dict[str, Any]:
    return writers.unguarded({str(name).strip().lower(): value for name, value in row.cells.items()})


def _at(path: Path, where: str, why: str) -> DataError:
    return DataError(Message("table.at", path=str(path), where=where, why=why))


def _found(file: _File, row: Row, cells: Mapping[str, Any], task: str | None) -> _Found:
    plain = Row(cells, row.where, row.typed, notes=row.notes)
    found = _Found(row.where, _text(plain), None, None)
    if task != "topics":
        found.column, found.sentiment = _sentiment(file, plain)
    if task in (None, "topics"):
        found.topics = _topics(file, plain)
    if task in (None, "company"):
        found.entity = _entity(plain)
        found.companies = _companies(plain)
    if task == "company" and not found.entity:
        found.sentiment = None
    return found


def _text(row: Row) -> str:
    """A row's text as the model sees it; what we wrote is taken as it is."""
    if _ours(row) and isinstance(text := row.cells.get("text"), str):
        return text
    return content(row.text(*TITLE_COLUMNS), row.text(*TEXT_COLUMNS))


def _ours(row: Row) -> bool:
    """Whether the row says that its words are normalised already."""
    return row.value("normalised") in (True, "true", "True", "TRUE")


def _sentiment(file: _File, row: Row) -> tuple[str, str | int | None]:
    column, value = next(((name, v) for name in _SENTIMENT if (v := row.value(name)) is not None), ("", None))
    read: set[str | int] = set()
    for answer in shapes.answers(_named(file, column, value), column):
        try:
            labels = {label for one in answer if (label := sentiments.read(one)) is not None}
        except ValueError as error:
            wrong = {"value": shown(error.args[0]), "expected": sentiments.expected()}
            raise CellError(Message("labels.unknown", column=column, **wrong)) from None
        if len(labels) > 1:
            raise CellError(Message("labels.several", column=column, value=shown(value)))
        read |= labels
    if len(read) > 1:
        file.disagreed.append(row.where)
        return column, None
    return column, next(iter(read), None)


def _named(file: _File, column: str, value: Any) -> Any:
    """A cell of numbers with the names that the file itself has for them."""
    names = file.classes.get(column)
    if names is None:
        return value
    if isinstance(value, list):
        return [_named(file, column, one) for one in value]
    if isinstance(value, int) and value == -1:  # what `datasets` writes for none
        return None
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _topics(file: _File, row: Row) -> tuple[str, ...] | None:
    value = row.value("topics")
    if value is None:
        return None
    whole = isinstance(value, str) and value.strip().lower() in file.allowed
    named = _named(file, "topics", value)
    some = [[value]] if whole else shapes.answers(named, "topics", several=True)
    read: set[tuple[str, ...]] = set()
    chosen: tuple[str, ...] = ()
    for answer in some:
        names = [as_text(one, "topics") for one in answer]
        for name in names:
            if name.lower() not in file.allowed and name.lower() not in sentiments.NOTHING:
                expected = list(file.allowed.values())
                raise CellError(Message("labels.topic", column="topics", value=repr(name), expected=expected))
        chosen = tuple(
            dict.fromkeys(file.allowed[name.lower()] for name in names if name.lower() in file.allowed)
        )
        read.add(tuple(sorted(chosen)))
    if len(read) > 1:
        file.disagreed.append(row.where)
        return None
    return chosen or (() if _ours(row) else None)


def _entity(row: Row) -> str:
    """A company's name as it stands in the text, which is normalised."""
    value = row.value("entity")
    if isinstance(value, list | Mapping):
        raise refused("entity", value, Message("labels.name"))
    return content("", row.text("entity"))


def _companies(row: Row) -> tuple[tuple[str, str], ...]:
    """Names with a sentiment each, of a row that we wrote; what else is called so is not ours to read."""
    value = row.value("companies") if _ours(row) else None
    if value is None:
        return ()
    found = []
    for name, label in shapes.pairs(value, "companies"):
        try:
            sentiment = sentiments.read(label)
        except ValueError:
            sentiment = None
        if not isinstance(sentiment, str):
            wrong = {"value": shown(label), "expected": sentiments.expected()}
            raise CellError(Message("labels.unknown", column="companies", **wrong))
        found.append((name, sentiment))
    return tuple(found)


# --- what the whole file says -------------------------------------------------------------


def _scaled(path: Path, found: Sequence[_Found]) -> list[str]:
    """Give labels that are numbers the sentiment they mean; what there is to say of it. Raises DataError."""
    numbered = [one for one in found if isinstance(one.sentiment, int)]
    if not numbered:
        return []
    if not sentiments.is_scale(one.sentiment for one in numbered if isinstance(one.sentiment, int)):
        first = numbered[0]
        why = Message(
            "labels.number", column=first.column, value=first.sentiment, expected=sentiments.expected()
        )
        raise _at(path, first.where, why)
    for one in numbered:
        one.sentiment = sentiments.SCALE[int(one.sentiment or 0)]
    return [Message("labels.scale")]


def _examples(found: Sequence[_Found], origin: str, task: str | None) -> tuple[list[Example], int]:
    """The examples of the rows, and how many pairs of a company and a sentiment contradict each other."""
    examples: list[Example] = []
    places: dict[str, int] = {}  # of the texts with rows by company, among the examples
    for one in found:
        sentiment = one.sentiment if isinstance(one.sentiment, str) else None
        if not (one.entity and sentiment):
            examples.append(Example(one.text, sentiment, one.topics, origin, companies=one.companies))
            continue
        place = places.setdefault(one.text, len(examples))
        if place == len(examples):
            examples.append(Example(one.text, origin=origin))
        was = examples[place]
        both = tuple(dict.fromkeys((*(was.topics or ()), *(one.topics or ()))))
        companies = (*was.companies, (one.entity, sentiment), *one.companies)
        examples[place] = replace(was, topics=both or None, companies=companies)
    if task is not None:
        return examples, 0
    pairs = sum(len(set(one.companies)) for one in examples)
    for place in places.values():
        examples[place] = _agreed(examples[place])
    examples = keep(examples, TASKS)
    return examples, pairs - sum(len(set(one.companies)) for one in examples)


def _agreed(example: Example) -> Example:
    """The example with the companies that have one label, and the sentiment that all labels share."""
    labels: dict[str, set[str]] = {}
    for name, label in example.companies:
        labels.setdefault(name, set()).add(label)
    companies = tuple((name, some.pop()) for name, some in labels.items() if len(some) == 1)
    shared = {label for _, label in example.companies}
    return replace(example, sentiment=shared.pop() if len(shared) == 1 else None, companies=companies)


def _nothing(columns: Collection[str], blank: int, task: str | None) -> Message:
    text = not {*TEXT_COLUMNS, *TITLE_COLUMNS}.isdisjoint(columns)
    label = not {*_SENTIMENT}.isdisjoint(columns)
    enough, expected = {
        "sentiment": (label, "text and label"),
        "topics": ("topics" in columns, "text and topics"),
        "company": (label and "entity" in columns, "text, entity and label"),
        None: (label or "topics" in columns, "text and label or topics"),
    }[task]
    if not (text and enough):
        return Message(
            "labels.columns", where=Message("labels.file"), columns=list(columns), expected=expected
        )
    return Message("labels.none_towards" if task == "company" else "labels.none", count=blank)
