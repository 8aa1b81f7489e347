"""Argilla 2's records, in the folder that its `Dataset.to_disk` writes and `Dataset.from_disk` reads.

`records.json` holds one record a text: a response to each question by each user, what the model says as a
suggestion; `.argilla/` holds the questions. https://docs.argilla.io/latest/how_to_guides/import_export, as
the SDK 2.8 writes it. Argilla knows users by UUID: ours have the UUID (version 5, RFC 9562) of their name,
and the record's metadata says, by it, who that is and how the label came about, one JSON text a label.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitor.datasets.exchange import exchanged as cell
from monitor.datasets.exchange.exchanged import Exchanged, Suggestion
from monitor.datasets.tables import CellError, refused
from monitor.messages import Message
from monitor.news.normalize import content
from monitor.records import SENTIMENTS

SENTIMENT, TOPICS, COMPANIES = "sentiment", "topics", "companies"
"""The names of the questions."""
RECORDS, SETTINGS, DATASET = "records.json", ".argilla/settings.json", ".argilla/dataset.json"
"""The folder's files."""
NAMESPACE = uuid.UUID("5f0c2c5e-6f0b-5a52-9d5b-2f6c7f3c9a11")
"""What users' names are made UUIDs in."""


def settings(topics: Sequence[str]) -> dict[str, Any]:
    """The questions that these records answer, as the SDK's `Settings.to_json` writes them."""
    return {
        "guidelines": None,
        "questions": [
            _question(SENTIMENT, "label_selection", SENTIMENTS, required=True),
            _question(TOPICS, "multi_label_selection", topics, required=False),
            {
                **_named(COMPANIES, required=False),
                "settings": {"type": "text", "use_markdown": False},
                "description": "acme=negative",
                "type": "text",
            },
        ],
        "fields": [
            {
                **_named("text", required=True),
                "settings": {"type": "text", "use_markdown": False},
                "description": None,
                "type": "text",
            }
        ],
        "vectors": [],
        "metadata": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "mapping": None,
    }


def dataset() -> dict[str, Any]:
    """The data set's own record."""
    return {
        "id": None,
        "inserted_at": None,
        "updated_at": None,
        "name": "labels",
        "status": "ready",
        "guidelines": None,
        "allow_extra_metadata": True,
        "distribution": None,
        "workspace_id": None,
        "last_activity_at": None,
    }


def user_id(user: str) -> str:
    """The UUID that stands for a user of ours."""
    return str(uuid.uuid5(NAMESPACE, user))


def record(labels: Sequence[Exchanged], number: int) -> dict[str, Any]:
    """The record of one text, of which these are the labels, each of another user; `number` is its id in
    the file."""
    first, said = labels[0], labels[0].suggestion
    responses: dict[str, list[dict[str, Any]]] = {}
    for label in labels:
        answers: dict[str, Any] = {SENTIMENT: label.sentiment}
        if label.topics:
            answers[TOPICS] = list(label.topics)
        if label.companies:
            answers[COMPANIES] = "\n".join(f"{id}={towards}" for id, towards in label.companies.items())
        for question, value in answers.items():
            responses.setdefault(question, []).append({"value": value, "user_id": user_id(label.user)})
    how = [
        json.dumps({"user_id": user_id(label.user), **label.circumstances}, ensure_ascii=False)
        for label in labels
    ]
    about = {name: getattr(first, name) for name in cell.ABOUT}
    named = json.dumps(dict(first.named), ensure_ascii=False)
    return {
        "id": str(number),
        "fields": {"text": first.text},
        "metadata": {**about, "named": named, "labels": how},
        "suggestions": {}
        if said is None
        else {SENTIMENT: {"value": said.sentiment, "score": said.confidence, "agent": said.model}},
        "responses": responses,
        "vectors": {},
        "status": "completed",
        "_server_id": None,
    }


def labels(cells: Mapping[str, Any], topics: Sequence[str]) -> list[Exchanged]:
    """The labels of a record as `record` or Argilla's SDK wrote it, in the order that users answered.
    Raises CellError."""
    fields, metadata = _mapping(cells, "fields"), _mapping(cells, "metadata")
    how = {one["user_id"]: one for one in _circumstances(metadata.get("labels"))}
    about = _about(fields, metadata, _suggestion(_mapping(cells, "suggestions")), ours=bool(how))
    answers: dict[str, dict[str, Any]] = {}
    for question, some in _mapping(cells, "responses").items():
        for response in some if isinstance(some, list) else [some]:
            if not isinstance(response, Mapping):
                raise refused("responses", some, Message("exchange.objects"))
            if response.get("status", "submitted") in (None, "submitted"):
                name = SENTIMENT if question == "label" else str(question)
                answers.setdefault(str(response.get("user_id")), {})[name] = response.get("value")
    found = []
    for who, said in answers.items():
        if SENTIMENT not in said:
            raise CellError(Message("exchange.no_label"))
        label = replace(
            about,
            sentiment=cell.sentiment(said[SENTIMENT], SENTIMENT),
            topics=cell.chosen(said.get(TOPICS) or [], topics, TOPICS) or None,
            companies=dict(_companies(said.get(COMPANIES))),
        )
        found.append(label.with_circumstances(how[who]) if who in how else label)
    return found


def _question(name: str, kind: str, options: Sequence[str], *, required: bool) -> dict[str, Any]:
    chosen = [{"text": one, "value": one} for one in options]
    settings: dict[str, Any] = {"type": kind, "options": chosen, "visible_options": None}
    if kind == "multi_label_selection":
        settings["options_order"] = "natural"
    return {**_named(name, required=required), "settings": settings, "description": None, "type": kind}


def _named(name: str, *, required: bool) -> dict[str, Any]:
    return {
        "id": None,
        "inserted_at": None,
        "updated_at": None,
        "name": name,
        "title": name.capitalize(),
        "required": required,
        "dataset_id": None,
    }


def _about(
    fields: Mapping[str, Any], metadata: Mapping[str, Any], suggestion: Suggestion | None, *, ours: bool
) -> Exchanged:
    """What a record says of its text, as a label that says nothing yet."""
    words = cell.text(fields.get("text"), "text")
    if not ours:
        words = content(cell.text(fields.get("title"), "title"), words)
    return cell.unlabelled(words, metadata, _read(metadata.get("named"), "named"), suggestion)


def _circumstances(value: Any) -> Iterator[Mapping[str, Any]]:
    if value is None:
        return
    if not isinstance(value, list):
        raise refused("labels", value, Message("exchange.objects"))
    for one in value:
        found = _read(one, "labels")
        if "user_id" in found:
            yield found


def _companies(value: Any) -> Iterator[tuple[str, str]]:
    for line in cell.text(value, COMPANIES).split("\n"):
        if line.strip():
            id, equals, towards = line.rpartition("=")
            if not equals or not id.strip():
                raise refused(COMPANIES, line, Message("exchange.lines"))
            yield id.strip(), cell.sentiment(towards, COMPANIES)


def _suggestion(suggestions: Mapping[str, Any]) -> Suggestion | None:
    said = suggestions.get(SENTIMENT)
    if not isinstance(said, Mapping) or said.get("score") is None:
        return None
    score = cell.number(said["score"], "score", 0.0, 1.0)
    sentiment = cell.sentiment(said.get("value"), SENTIMENT)
    return Suggestion(str(said.get("agent") or ""), sentiment, score or 0.0)


def _read(value: Any, column: str) -> Mapping[str, Any]:
    """An object from its JSON text; {} for none. Raises CellError."""
    if value is None:
        return {}
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise refused(column, value, Message("table.not_json", reason=str(error))) from None
    if not isinstance(found, Mapping):
        raise refused(column, value, Message("exchange.object"))
    return found


def _mapping(cells: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = cells.get(name) or {}
    if not isinstance(value, Mapping):
        raise refused(name, value, Message("exchange.object"))
    return value
