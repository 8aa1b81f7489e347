"""A folder that Hugging Face's `datasets.load_from_disk` reads: one label a row, in Arrow, with a README.

`datasets` itself is no dependency: what it saves is an Arrow stream, the features of its columns as JSON (in
the schema's metadata and in `dataset_info.json`) and a list of the files (`state.json`), as version 5.2
writes them (https://huggingface.co/docs/datasets). The sentiment is a ClassLabel, numbered as SENTIMENTS are.
Arrow has no objects with any keys: what is by company is a list of (company, value).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from monitor.datasets.exchange import rows
from monitor.datasets.exchange.exchanged import Exchanged
from monitor.datasets.writers import sound
from monitor.errors import DataError
from monitor.messages import Message
from monitor.premises import ownership
from monitor.records import SENTIMENTS

DATA, INFO, STATE, README = "data-00000-of-00001.arrow", "dataset_info.json", "state.json", "README.md"
BATCH = 1000

_WORDS, _FLAG = {"dtype": "string", "_type": "Value"}, {"dtype": "bool", "_type": "Value"}
_REAL, _WHOLE = {"dtype": "float64", "_type": "Value"}, {"dtype": "int64", "_type": "Value"}


def _list(feature: Any) -> dict[str, Any]:
    return {"feature": feature, "_type": "List"}


FEATURES: Mapping[str, Any] = {
    **dict.fromkeys(rows.COLUMNS, _WORDS),
    "article_id": _WHOLE,
    "normalised": _FLAG,
    "label": {"names": list(SENTIMENTS), "_type": "ClassLabel"},
    "topics": _list(_WORDS),
    "companies": _list(_list(_WORDS)),
    "suggested": _FLAG,
    "gold": _FLAG,
    "labelled_at": {"dtype": "timestamp[us, tz=UTC]", "_type": "Value"},
    "seconds": _REAL,
    "inclusion": _REAL,
    "guideline": _WHOLE,
    "towards": _list({"company": _WORDS, "sentiment": _WORDS}),
    "named": _list({"company": _WORDS, "name": _WORDS}),
    "model_confidence": _REAL,
}
"""What `datasets` calls the columns' types."""

CARD = """---
pretty_name: Labels of News Monitor
task_categories: [text-classification]
---
# Labels of News Monitor

{count} labels: one analyst's answer to one text a row, `datasets.load_from_disk` reads them.

- `text` is the text as the model reads it, `label` its sentiment, `topics` its topics (null: not judged)
- `towards` is the sentiment towards companies that were judged by themselves, `named` how the text has them
- `user`, `labelled_at`, `seconds` (in view), `suggested` (the model's opinion was in view), `lane` (why it
  was asked), `inclusion` (the probability of the draw; null where it was none), `gold`, `note` (why),
  `guideline` (the version of the labelling rules)
- `model`, `model_label`, `model_confidence`: what the model said
"""


def write(folder: Path, labels: Iterable[Exchanged]) -> int:
    """Write the folder; how many labels there were. Raises OSError."""
    import pyarrow

    schema = _schema()
    count = 0
    fingerprint = hashlib.sha256()
    _write(folder / DATA, "")  # its owner's alone, from the start
    with (
        pyarrow.OSFile(str(folder / DATA), "wb") as file,
        pyarrow.ipc.new_stream(file, schema) as stream,
    ):
        for batch in _batches(labels):
            cells = [_cells(label) for label in batch]
            count += len(cells)
            fingerprint.update(json.dumps(cells, default=str).encode())
            stream.write_batch(pyarrow.RecordBatch.from_pylist(cells, schema))
    info = {"citation": "", "description": "", "features": dict(FEATURES), "homepage": "", "license": ""}
    state: dict[str, Any] = {
        "_data_files": [{"filename": DATA}],
        "_fingerprint": fingerprint.hexdigest()[:16],
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }
    _write(folder / INFO, json.dumps(info, ensure_ascii=False, indent=2) + "\n")
    _write(folder / STATE, json.dumps(state, ensure_ascii=False, indent=2) + "\n")
    _write(folder / README, CARD.format(count=count))
    return count


def _write(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8", opener=ownership.opener) as file:
        file.write(text)


def is_one(folder: Path) -> bool:
    """Whether `datasets` saved this folder, or one of its splits."""
    return (folder / STATE).is_file() or (folder / "dataset_dict.json").is_file()


def read(folder: Path) -> Iterator[tuple[Message, dict[str, Any]]]:
    """The cells of every row, and where it stands. Raises DataError for a folder that is damaged."""
    import pyarrow

    for state in [folder / STATE] if (folder / STATE).is_file() else sorted(folder.glob(f"*/{STATE}")):
        number = 0
        try:
            names = [str(one["filename"]) for one in json.loads(state.read_text("utf-8"))["_data_files"]]
        except (ValueError, KeyError, TypeError) as error:
            why = Message("table.not_json", reason=str(error))
            raise DataError(Message("table.of", path=str(state), why=why)) from None
        for name in names:
            path = state.parent / Path(name).name
            try:
                with pyarrow.OSFile(str(path), "rb") as file, pyarrow.ipc.open_stream(file) as stream:
                    classes = _classes(stream.schema)
                    for batch in stream:
                        for cells in batch.to_pylist():
                            number += 1
                            for column, found in classes.items():
                                cells[column] = _name(cells.get(column), found)
                            yield Message("table.row", row=number), cells
            except (pyarrow.ArrowException, OSError) as error:
                why = Message("exchange.arrow", reason=str(error).partition("\n")[0])
                raise DataError(Message("table.of", path=str(path), why=why)) from None


def _schema() -> Any:
    import pyarrow

    text, pair = pyarrow.string(), pyarrow.list_
    kinds = {
        "string": text,
        "bool": pyarrow.bool_(),
        "float64": pyarrow.float64(),
        "int64": pyarrow.int64(),
        "timestamp[us, tz=UTC]": pyarrow.timestamp("us", tz="UTC"),
    }

    def kind(feature: Any) -> Any:
        match feature:
            case {"_type": "ClassLabel"}:
                return pyarrow.int64()
            case {"_type": "List", "feature": inner}:
                return pair(kind(inner))
            case {"_type": "Value", "dtype": name}:
                return kinds[name]
            case _:
                return pyarrow.struct([(name, kind(inner)) for name, inner in feature.items()])

    metadata = {"huggingface": json.dumps({"info": {"features": dict(FEATURES)}})}
    return pyarrow.schema([(name, kind(feature)) for name, feature in FEATURES.items()], metadata=metadata)


def _cells(label: Exchanged) -> dict[str, Any]:
    cells = rows.row(label)
    cells["label"] = SENTIMENTS.index(label.sentiment)
    cells["labelled_at"] = label.labelled_at
    cells["towards"] = [{"company": id, "sentiment": one} for id, one in label.companies.items()]
    cells["named"] = [{"company": id, "name": one} for id, one in label.named.items()]
    found: dict[str, Any] = sound(cells)
    return found


def _classes(schema: Any) -> dict[str, list[str]]:
    """The names of a column's numbered classes, as the schema's metadata has them."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {name: list(one["names"]) for name, one in features.items() if "names" in one}
    except (KeyError, TypeError, ValueError):
        return {}


def _name(value: Any, names: list[str]) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return names[value] if 0 <= value < len(names) else None if value == -1 else value
    return value


def _batches(labels: Iterable[Exchanged]) -> Iterator[list[Exchanged]]:
    batch: list[Exchanged] = []
    for label in labels:
        batch.append(label)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
