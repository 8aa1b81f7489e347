"""Judge every row of a file and write what the model says of it. Nothing is stored.

In: what `monitor train` reads (`monitor.datasets.labelled`), without labels. Out: Parquet, JSON lines
or CSV, by the ending; one row per row read, in order, complete or not there at all. In Parquet and
CSV `topics` is joined by a bar, and `topic_probabilities` and `companies` are JSON objects.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from monitor import locks
from monitor.datasets import labelled
from monitor.errors import DataError
from monitor.hookspecs import Progress, silent
from monitor.records import SENTIMENTS, Decision, Prediction

Judge = Callable[[Sequence[str]], Sequence[tuple[Prediction, Decision]]]
"""What the model says of texts, and where they would go; one for each, in order."""

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


def classify_file(file: Path, out: Path, judge: Judge, progress: Progress = silent) -> int:
    """Judge the texts of `file` and write `out`; how many rows there were.

    Raises DataError where `file` cannot be read or has no column with text, or `out` has an unknown ending,
    exists, or cannot be written.
    """
    if out.suffix.lower() not in _WRITERS:
        raise DataError(f"{out}: the ending {out.suffix!r} is unknown; expected {', '.join(_WRITERS)}")
    if out.exists():
        raise DataError(f"{out}: exists already; remove it first, or name another file")
    done = 0
    try:
        with locks.finished(out) as part, _WRITERS[out.suffix.lower()](part) as write:
            texts = enumerate(labelled.texts(file), start=1)
            while chunk := list(islice(texts, CHUNK)):
                found = judge([text for _, (_, text) in chunk])
                write([_row(n, id, *one) for (n, (id, _)), one in zip(chunk, found, strict=True)])
                done += len(chunk)
                progress("classify", done, 0)
    except OSError as error:
        raise DataError(f"{out} cannot be written: {error.strerror or error}") from error
    return done


def _row(number: int, id: str, prediction: Prediction, decision: Decision) -> dict[str, Any]:
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


# --- formats --------------------------------------------------------------------------------

Write = Callable[[Sequence[dict[str, Any]]], None]


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    kinds = {"row": pyarrow.int64()} | dict.fromkeys(_NUMBERS, pyarrow.float64())
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])
    with ParquetWriter(path, schema) as writer:
        yield lambda rows: writer.write_table(pyarrow.Table.from_pylist(list(_flat(rows)), schema))


@contextmanager
def _lines(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as file:
        yield lambda rows: file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        yield lambda rows: writer.writerows(_flat(rows))


def _flat(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        objects = {name: json.dumps(row[name], ensure_ascii=False) for name in _OBJECTS}
        yield {**row, "topics": "|".join(row["topics"]), **objects}


_WRITERS: dict[str, Callable[[Path], AbstractContextManager[Write]]] = {
    ".parquet": _parquet,
    ".jsonl": _lines,
    ".csv": _csv,
}
