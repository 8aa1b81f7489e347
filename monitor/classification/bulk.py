"""Judge every row of a file and write what the model says of it. Nothing is stored.

In: every file of rows that `monitor.datasets.tables` reads, without labels. Out: Parquet, JSON lines
or CSV, by the ending; one row per row read, in order, complete or not there at all. First the columns
below; then those of the file in their order, name and type, but for the title and the text that were
judged and the id. One with a name of ours is called `input_` and its name. In Parquet and CSV
`topics` is joined by a bar, and `topic_probabilities` and `companies` are JSON objects.

The file is read twice: before anything is judged, to find its columns and whatever cannot be read.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from monitor.datasets import labelled, writers
from monitor.datasets.tables import TEXT_COLUMNS, TITLE_COLUMNS, Row, open_table
from monitor.errors import DataError
from monitor.executor import cut
from monitor.hookspecs import Progress, silent
from monitor.messages import Message
from monitor.premises import locks
from monitor.records import SENTIMENTS, Decision, Prediction

Judge = Callable[
    [Iterable[Sequence[str]]], AbstractContextManager[Iterator[Sequence[tuple[Prediction, Decision]]]]
]
"""What the model says of chunks of texts, and where they would go: for each chunk in order one for each text.
It may take the next chunks before it says anything of the first."""

CHUNK = 1024
"""Rows judged at a time: enough for batches of equal length."""
COLUMNS = (
    "row",
    "id",
    "label",
    "confidence",
    *SENTIMENTS,
    "topics",
    "topic_probabilities",
    "companies",
    "route",
    "reason",
    "model",
    "unsupported",
)
_NUMBERS = ("confidence", *SENTIMENTS)
_OBJECTS = ("topic_probabilities", "companies")
_PARQUET = (".parquet", ".pq")


@dataclass(slots=True)
class _Plan:
    """What a file holds: `kept` are its columns that are written too, by what they are called then; `types`
    the pyarrow types of all columns for Parquet, from the file itself where `arrow` says so."""

    rows: int = 0
    kept: dict[str, str] = field(default_factory=dict)
    types: dict[str, Any] = field(default_factory=dict)
    arrow: bool = False
    id: bool = False  # whether there is a column of that name
    warnings: list[str] = field(default_factory=list)


def classify_file(
    file: Path,
    out: Path,
    judge: Judge,
    progress: Progress = silent,
    *,
    encoding: str = "",
    warn: Callable[[str], None] = lambda warning: None,
) -> int:
    """Judge the texts of `file` and write `out`; how many rows there were.

    `encoding` as in `open_table`; `warn` is told what was assumed of the file. Raises DataError where `file`
    cannot be read or has no column with text, or `out` has an unknown ending, exists, or cannot be written.
    """
    ending = out.suffix.lower()
    if ending not in writers.WRITERS:
        known = list(writers.WRITERS)
        raise DataError(_of(out, Message("written.ending", ending=out.suffix, known=known)))
    if out.exists():
        raise DataError(_of(out, Message("written.exists")))
    done = 0
    try:
        with locks.finished(out) as part:  # what cannot be written is told before anything is read
            plan = _planned(file, encoding, parquet=ending == ".parquet")
            for warning in plan.warnings:
                warn(warning)
            with (
                open_table(file, encoding=encoding) as table,
                _beside(file, plan) as beside,
                writers.WRITERS[ending](part, plan.types, warn) as write,
            ):
                rows = enumerate(islice(labelled.judged(file, table), plan.rows), start=1)
                ahead: deque[list[tuple[int, tuple[Row, str, str]]]] = deque()

                def texts() -> Iterator[list[str]]:
                    for chunk in cut(rows, CHUNK):
                        ahead.append(chunk)
                        yield [text for _, (_, _, text) in chunk]

                with judge(texts()) as results:
                    for found in results:
                        chunk = ahead.popleft()
                        judged = (
                            _row(n, row.value("id") if plan.id else id, *one)
                            for (n, (row, id, _)), one in zip(chunk, found, strict=True)
                        )
                        ours = judged if ending == ".jsonl" else _flat(judged)
                        kept = (_kept(row, plan) for _, (row, _, _) in chunk)
                        written = [{**one, **more} for one, more in zip(ours, kept, strict=True)]
                        write(written, beside(len(chunk)))
                        done += len(chunk)
                        progress("classify", done, plan.rows)
    except OSError as error:
        raise DataError(_of(out, Message("written.failed", reason=error.strerror or str(error)))) from error
    return done


def _planned(file: Path, encoding: str, *, parquet: bool) -> _Plan:
    """Read the file to its end, to know what it holds. Raises DataError."""
    plan = _Plan(arrow=parquet and file.suffix.lower() in _PARQUET)
    types = writers.Types()
    columns: dict[str, None] = {}
    typed = True
    with open_table(file, encoding=encoding) as table:
        rows = labelled.judged(file, table)
        while chunk := [row for row, _, _ in islice(rows, CHUNK)]:
            plan.rows += len(chunk)
            typed = chunk[0].typed
            for row in chunk:
                columns |= dict.fromkeys(row.cells)
            if parquet and typed and file.suffix.lower() not in _PARQUET:
                types.see([row.cells for row in chunk], list(columns))
            elif not parquet:
                _refuse_bytes(file, chunk)
        plan.warnings = table.warnings()
    left = _judged_columns(columns)
    plan.kept = _names([name for name in columns if name not in left])
    plan.types = dict.fromkeys((*COLUMNS, *plan.kept.values()))
    plan.arrow = plan.arrow and bool(plan.kept)
    own = next((name for name in columns if name.strip().lower() == "id"), None)
    plan.id = own is not None
    if parquet:
        import pyarrow

        ours = {"row": pyarrow.int64()} | dict.fromkeys(_NUMBERS, pyarrow.float64())
        plan.types |= {name: ours.get(name, pyarrow.string()) for name in COLUMNS}
        seen = types.found if typed else dict.fromkeys(columns, pyarrow.string())
        if file.suffix.lower() in _PARQUET:
            from pyarrow.parquet import read_schema

            seen = {one.name: one.type for one in read_schema(file)}
        plan.types |= {called: seen.get(name) for name, called in plan.kept.items()}
        plan.warnings += [
            Message("written.mixed", column=name) for name in plan.kept if seen.get(name) is None
        ]
        if own is not None:
            plan.types["id"] = seen.get(own)
    return plan


def _judged_columns(columns: Iterable[str]) -> set[str]:
    """The columns whose words are judged, and the id, which stands among ours."""
    named = {name.strip().lower(): name for name in columns}
    first = (
        next((named[one] for one in some if one in named), None) for some in (TITLE_COLUMNS, TEXT_COLUMNS)
    )
    return {name for name in (*first, named.get("id")) if name is not None}


def _names(columns: Sequence[str]) -> dict[str, str]:
    """What the columns are called in what is written: a name that is ours is told apart."""
    called: dict[str, str] = {}
    taken = {*COLUMNS, *(name.lower() for name in columns if name.lower() not in COLUMNS)}
    for name in columns:
        called[name] = name
        if name.lower() in COLUMNS:
            while called[name].lower() in taken:
                called[name] = f"input_{called[name]}"
            taken.add(called[name].lower())
    return called


def _kept(row: Row, plan: _Plan) -> dict[str, Any]:
    if plan.arrow:
        return {}
    return {called: row.cells[name] for name, called in plan.kept.items() if name in row.cells}


@contextmanager
def _beside(file: Path, plan: _Plan) -> Iterator[Callable[[int], Any]]:
    """Gives the kept columns of the next so many rows of a Parquet file, as they are; else None."""
    if not plan.arrow:
        yield lambda count: None
        return
    import pyarrow
    from pyarrow.parquet import ParquetFile

    held: list[Any] = []

    def take(count: int) -> Any:
        while sum(batch.num_rows for batch in held) < count:
            held.append(next(batches).select(list(plan.kept)))
        whole = pyarrow.Table.from_batches(held)
        held[:] = whole.slice(count).to_batches()
        return whole.slice(0, count).rename_columns(list(plan.kept.values()))

    with file.open("rb") as raw, ParquetFile(raw) as opened:
        batches: Iterator[Any] = opened.iter_batches(batch_size=CHUNK)
        yield take


def _refuse_bytes(file: Path, rows: Sequence[Row]) -> None:
    for row in rows:
        for name, value in row.cells.items():
            if isinstance(value, bytes):
                why = Message("written.bytes", column=name)
                raise DataError(Message("table.at", path=str(file), where=row.where, why=why))


def _row(number: int, id: Any, prediction: Prediction, decision: Decision) -> dict[str, Any]:
    return {
        "row": number,
        "id": id,
        "label": prediction.label,
        "confidence": prediction.confidence,
        **{name: prediction.sentiment[name] for name in SENTIMENTS},
        "topics": list(prediction.chosen_topics()),
        "topic_probabilities": dict(prediction.topics),
        "companies": {name: dict(towards) for name, towards in prediction.companies.items()},
        "route": decision.route.value,
        "reason": decision.reason,
        "model": prediction.model,
        "unsupported": prediction.unsupported,
    }


def _flat(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        objects = {name: json.dumps(row[name], ensure_ascii=False) for name in _OBJECTS}
        yield {**row, "topics": "|".join(row["topics"]), **objects}


def _of(path: Path, why: Message) -> Message:
    return Message("table.of", path=str(path), why=why)
