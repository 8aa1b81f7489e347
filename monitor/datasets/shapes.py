"""Rows as other tools export them, as rows with our columns: text, title, label, topics, entity.

    doccano        label or labels: a list; data for text; a span [start, end, name] is refused
    Label Studio   JSON: data, annotations[].result[].value.choices; JSON_MIN and CSV: a choice, or the
                   JSON text {"choices": [...]}
    Argilla        records flattened ("label.responses") or not (fields, responses); 1.x: annotation
    Prodigy        answer (accept, reject, ignore), accept: the chosen options
    Hugging Face   numbers with their names beside them (label_text, label_name), or in the file (Parquet)
    ours           `monitor labels export`: marked by `normalised`

An answer is what one person chose: a list, of one for a sentiment. A cell holds the answers of one or
several. What a machine suggested (predictions, suggestions) is no label. Pure.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.datasets.tables import CellError, refused
from monitor.messages import Message

Answers = list[list[Any]]
"""What each of the people asked chose."""

_OURS = frozenset({"label", "labels", "sentiment", "topics", "entity"})
_NAMED = ("label_text", "label_name")
_SPANS = ("spans", "entities")


def whole(cells: Mapping[str, Any]) -> None:
    """Raise CellError for a row, as another tool wrote it, whose labels are of parts of its text only."""
    kinds = {str(result.get("type")) for result in _results(cells)} if _is_task(cells) else set()
    if kinds and "choices" not in kinds:
        raise CellError(Message("labels.parts", kinds=sorted(kinds)))
    for name in _SPANS:
        if cells.get(name) and isinstance(cells[name], list) and not {*_OURS, "accept"} & cells.keys():
            raise refused(name, cells[name], Message("labels.whole"))
    if any("start_offset" in one for one in _objects(cells.get("annotations"))):
        raise refused("annotations", cells["annotations"], Message("labels.whole"))


def plain(cells: Mapping[str, Any]) -> Mapping[str, Any]:
    """The cells of a row, by lower-case name, with those of other tools under our names."""
    if _is_task(cells):
        return _label_studio(cells)
    if isinstance(cells.get("fields"), Mapping) and isinstance(cells.get("responses"), Mapping):
        return _argilla(cells)
    found = dict(cells)
    if isinstance(found.get("data"), str) and "text" not in found:
        found["text"] = found["data"]
    for name in [name for name in found if name.endswith(".responses")]:
        found[name.removesuffix(".responses")] = _submitted(found[name], found.get(f"{name}.status"))
    if isinstance(found.get("annotations"), list) and not _OURS & found.keys():
        found["label"] = _numbered(found["annotations"])
    if "annotation" in found and "label" not in found and ("prediction" in found or "inputs" in found):
        found["label"] = None if found.get("status") == "Discarded" else found["annotation"]
        if isinstance(inputs := found.get("inputs"), Mapping):
            found = {**inputs, **found}
    if found.get("answer") in ("accept", "reject", "ignore"):
        chosen = found["accept"] if isinstance(found.get("accept"), list) else found.get("label")
        found["label"] = chosen if found["answer"] == "accept" else None
    for name in _NAMED:
        if found.get(name) not in (None, "", []):
            found["label"] = found[name]
    return found


def answers(value: Any, column: str, *, several: bool = False) -> Answers:
    """The answers in a cell, empty ones left out; `several` is whether one person may choose several.

    A list, the JSON (or Python) text of one, an object with `choices`, and for several names joined by bars
    or commas. Raises CellError for spans and for objects that hold no answer.
    """
    if isinstance(value, _People):
        return [one for some in value for one in answers(some, column, several=several)]
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        value = _written(value.strip())
    if isinstance(value, Mapping):
        value = _chosen(value, column)
    if isinstance(value, list | tuple):
        people = [one for one in value if isinstance(one, Mapping) and "value" in one]
        if people and len(people) == len(value):  # Argilla's, one object a person
            return answers(_People(_valid(people)), column, several=several)
        if any(isinstance(one, list | tuple | Mapping) for one in value):
            raise refused(column, value, Message("labels.whole"))
        return [kept] if (kept := [one for one in value if _said(one)]) else []
    if several and isinstance(value, str):
        return answers(_SEPARATORS.split(value), column)
    return [[value]] if _said(value) else []


def pairs(value: Any, column: str) -> list[tuple[str, Any]]:
    """The names and labels in a cell: a list of pairs, or the text of one. Raises CellError."""
    if isinstance(value, str):
        value = _written(value.strip())
    found = [tuple(one) for one in value if isinstance(one, list)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(found) < len(value) or any(len(one) != 2 for one in found):
        raise refused(column, value, Message("labels.pairs"))
    return [(str(name), label) for name, label in found]


class _People(list[Any]):
    """Answers of several people, one in each place."""


_SEPARATORS = re.compile(r"[|,;#，；、\n]")


def _said(value: Any) -> bool:
    return value is not None and value == value and (not isinstance(value, str) or bool(value.strip()))


def _written(text: str) -> Any:
    """A list or an object that was written as text, in JSON or, as pandas writes lists, in Python."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return text


def _chosen(value: Mapping[str, Any], column: str) -> list[Any]:
    if isinstance(value.get("choices"), list):
        return list(value["choices"])
    if value and all(one in (0, 1) for one in value.values()):  # {"positive": 1, "negative": 0}
        return [name for name, one in value.items() if one == 1]
    raise refused(column, value, Message("labels.whole"))


def _is_task(cells: Mapping[str, Any]) -> bool:
    """Whether the row is a task of Label Studio with what people said of it."""
    return isinstance(cells.get("data"), Mapping) and ("annotations" in cells or "completions" in cells)


def _results(task: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What people said of a task, one choice or region each."""
    for annotation in _objects(task.get("annotations", task.get("completions"))):
        if not (annotation.get("was_cancelled") or annotation.get("skipped")):
            yield from _objects(annotation.get("result"))


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in a list; nothing where there is none."""
    return (one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else iter(())


def _label_studio(task: Mapping[str, Any]) -> dict[str, Any]:
    found = {str(name).strip().lower(): value for name, value in task["data"].items()}
    found.setdefault("id", task.get("id"))
    people: dict[str, _People] = {}
    for result in _results(task):
        if result.get("type") == "choices":
            value = result.get("value")
            chosen = value.get("choices") if isinstance(value, Mapping) else None
            people.setdefault(str(result.get("from_name", "label")).lower(), _People()).append(chosen or [])
    if len(people) == 1 and not _OURS & people.keys():
        (only,) = people.values()
        people = {"label": only}
    return {**found, **people}


def _numbered(annotations: Sequence[Any]) -> _People:
    """doccano's before 2020: one object a label, and who gave it."""
    return _People(one.get("label") for one in _objects(annotations))


def _argilla(record: Mapping[str, Any]) -> dict[str, Any]:
    found = {str(name).strip().lower(): value for name, value in record["fields"].items()}
    found["id"] = record.get("id")
    for question, responses in record["responses"].items():
        some = responses if isinstance(responses, list) else [responses]
        found[str(question).strip().lower()] = _People(
            _valid(one for one in some if isinstance(one, Mapping))
        )
    return found


def _valid(people: Iterator[Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> list[Any]:
    return [one.get("value") for one in people if one.get("status", "submitted") == "submitted"]


def _submitted(values: Any, status: Any) -> Any:
    if not isinstance(values, list):
        return values
    if isinstance(status, list) and len(status) == len(values):
        values = [value for value, one in zip(values, status, strict=True) if one == "submitted"]
    return _People(values)
