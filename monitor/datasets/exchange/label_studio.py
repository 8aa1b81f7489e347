"""Label Studio's JSON: an array of tasks, one for each text, and the labelling configuration beside it.

https://labelstud.io/guide/task_format and /guide/export, as the SDK 2.1 reads it. A sentiment and topics are
choices, companies lines of a text area ("acme=negative"), what the model says is a prediction. A region's
`meta` is kept by Label Studio as it is, so that the sentiment's holds who labelled and how it came about:
`completed_by` can only name its own users by number, and without one the importing user is taken. A text
that has no topics has no choice of any: Label Studio knows no choice of none, so that `meta` says whether
they were judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import quoteattr

from monitor.datasets.exchange import exchanged as cell
from monitor.datasets.exchange.exchanged import Exchanged, Suggestion
from monitor.datasets.tables import CellError, refused
from monitor.messages import Message
from monitor.news.normalize import content
from monitor.records import SENTIMENTS

SENTIMENT, TOPICS, COMPANIES = "sentiment", "topics", "companies"
"""The names of the configuration's questions."""


def config(topics: Sequence[str]) -> str:
    """The labelling configuration that these tasks are for."""
    choices = "".join(f"\n      <Choice value={quoteattr(name)}/>" for name in SENTIMENTS)
    many = "".join(f"\n      <Choice value={quoteattr(name)}/>" for name in topics)
    return f"""<View>
    <Text name="text" value="$text"/>
    <Choices name="{SENTIMENT}" toName="text" choice="single" required="true">{choices}
    </Choices>
    <Choices name="{TOPICS}" toName="text" choice="multiple">{many}
    </Choices>
    <TextArea name="{COMPANIES}" toName="text" placeholder="acme=negative"/>
</View>
"""


def task(labels: Sequence[Exchanged], number: int) -> dict[str, Any]:
    """The task of one text, of which these are the labels; `number` is its id in the file."""
    first = labels[0]
    data = {
        "text": first.text,
        "normalised": True,
        **{name: getattr(first, name) for name in cell.ABOUT},
        "named": dict(first.named),
    }
    return {
        "id": number,
        "data": data,
        "annotations": [_annotation(one) for one in labels],
        "predictions": [] if first.suggestion is None else [_prediction(first.suggestion)],
    }


def labels(cells: Mapping[str, Any], topics: Sequence[str]) -> list[Exchanged]:
    """The labels of a task as `task` or Label Studio's export wrote it; none of one that was skipped.
    Raises CellError."""
    data = cells.get("data")
    if not isinstance(data, Mapping):
        raise refused("data", data, Message("exchange.object"))
    about = _about(data, _suggestion(cells.get("predictions")))
    found = []
    for annotation in _objects(cells.get("annotations"), "annotations"):
        if not annotation.get("was_cancelled"):
            found.append(_label(annotation, about, topics))
    return found


def _annotation(label: Exchanged) -> dict[str, Any]:
    result = [_choices(SENTIMENT, [label.sentiment]) | {"meta": label.circumstances}]
    if label.topics:
        result.append(_choices(TOPICS, list(label.topics)))
    if label.companies:
        lines = [f"{id}={towards}" for id, towards in label.companies.items()]
        result.append(_region(COMPANIES, "textarea", {"text": lines}))
    return {
        "result": result,
        "was_cancelled": False,
        "ground_truth": label.gold,
        "lead_time": label.seconds,
        "created_at": label.labelled_at.isoformat() if label.labelled_at else None,
    }


def _prediction(said: Suggestion) -> dict[str, Any]:
    return {
        "model_version": said.model,
        "score": said.confidence,
        "result": [_choices(SENTIMENT, [said.sentiment])],
    }


def _choices(name: str, chosen: list[str]) -> dict[str, Any]:
    return _region(name, "choices", {"choices": chosen})


def _region(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "from_name": name, "to_name": "text", "type": kind, "value": value}


def _about(data: Mapping[str, Any], suggestion: Suggestion | None) -> Exchanged:
    """What a task says of its text, as a label that says nothing yet."""
    words = cell.text(data.get("text"), "text")
    if not cell.flag(data.get("normalised"), "normalised"):
        words = content(cell.text(data.get("title"), "title"), words)
    named = data.get("named") or {}
    if not isinstance(named, Mapping):
        raise refused("named", named, Message("exchange.object"))
    return cell.unlabelled(words, data, named, suggestion)


def _label(annotation: Mapping[str, Any], about: Exchanged, topics: Sequence[str]) -> Exchanged:
    said: dict[str, Mapping[str, Any]] = {}
    for region in _objects(annotation.get("result"), "result"):
        name = str(region.get("from_name"))
        said[SENTIMENT if name == "label" else name] = region
    if SENTIMENT not in said:
        raise CellError(Message("exchange.no_label"))
    sentiments = _values(said[SENTIMENT], "choices")
    if len(sentiments) != 1:
        raise refused(SENTIMENT, sentiments, Message("labels.expected", sentiments=list(SENTIMENTS)))
    many = _values(said[TOPICS], "choices") if TOPICS in said else []
    lines = _values(said[COMPANIES], "text") if COMPANIES in said else []
    found = replace(
        about,
        sentiment=cell.sentiment(sentiments[0], SENTIMENT),
        topics=cell.chosen(many, topics, TOPICS) or None,
        companies=dict(_company(line) for line in lines),
        user=_user(annotation.get("completed_by")),
    )
    meta = said[SENTIMENT].get("meta")
    if isinstance(meta, Mapping) and "topics_judged" in meta:
        return found.with_circumstances(meta)
    return replace(
        found,
        gold=cell.flag(annotation.get("ground_truth"), "ground_truth"),
        seconds=cell.number(annotation.get("lead_time"), "lead_time", 0.0, float("inf")),
        labelled_at=cell.moment(annotation.get("created_at"), "created_at"),
    )


def _company(line: Any) -> tuple[str, str]:
    """A line of the text area. An id may hold "=" itself; a sentiment does not."""
    id, equals, towards = cell.text(line, COMPANIES).rpartition("=")
    if not equals or not id.strip():
        raise refused(COMPANIES, line, Message("exchange.lines"))
    return id.strip(), cell.sentiment(towards, COMPANIES)


def _user(value: Any) -> str:
    """Who completed an annotation: an address where the export says it; a number says nothing here."""
    return str(value["email"]) if isinstance(value, Mapping) and value.get("email") else ""


def _suggestion(value: Any) -> Suggestion | None:
    for prediction in _objects(value, "predictions"):
        for region in _objects(prediction.get("result"), "result"):
            if region.get("from_name") == SENTIMENT and prediction.get("score") is not None:
                score = cell.number(prediction["score"], "score", 0.0, 1.0)
                (said,) = _values(region, "choices") or [""]
                model = str(prediction.get("model_version") or "")
                return Suggestion(model, cell.sentiment(said, SENTIMENT), score or 0.0)
    return None


def _values(region: Mapping[str, Any], name: str) -> list[Any]:
    value = region.get("value")
    found = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(found, list):
        raise refused(str(region.get("from_name")), value, Message("exchange.objects"))
    return found


def _objects(value: Any, column: str) -> Iterator[Mapping[str, Any]]:
    some: Iterable[Any] = value or ()
    if not isinstance(some, Sequence) or isinstance(some, str):
        raise refused(column, value, Message("exchange.objects"))
    for one in some:
        if not isinstance(one, Mapping):  # exports without predictions name them by number
            if column == "predictions":
                continue
            raise refused(column, value, Message("exchange.objects"))
        yield one
