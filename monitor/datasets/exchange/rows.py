"""One label a row, in the columns that `monitor train --data` reads too.

`normalised` marks a row of ours: its text is taken as it is. `label`, `topics` and `companies` (names in the
text, with a sentiment each) are what is learnt from; `towards` and `named` hold companies by their id. Where
cells have types a list is a list and an unknown value null. In CSV a list or an object is JSON text, an
unknown value is empty, and `guarded` names the columns to whose cell an apostrophe was given, so that no
spreadsheet takes it for a formula; it is taken back here.

A row that another tool or a person wrote needs `text` (or a title, or `source` and `identity_key`) and
`label`; everything else may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.datasets import shapes, writers
from monitor.datasets.exchange import exchanged as cell
from monitor.datasets.exchange.exchanged import Exchanged, Suggestion
from monitor.datasets.tables import TEXT_COLUMNS, TITLE_COLUMNS, CellError, Row, refused
from monitor.messages import Message
from monitor.news.normalize import content

COLUMNS = (
    *("article_id", "text", "normalised", "label", "topics", "companies"),
    *("title", "language", "source", "url", "identity_key"),
    *("user", "suggested", "gold", "labelled_at"),
    *("seconds", "lane", "inclusion", "guideline", "note", "towards", "named"),
    *("model", "model_label", "model_confidence"),
)
"""In the order they are written."""


def row(label: Exchanged) -> dict[str, Any]:
    """A label as JSON values, by column."""
    said = label.suggestion
    return {
        "article_id": label.article_id,
        "text": label.text,
        "normalised": True,
        "label": label.sentiment,
        "topics": None if label.topics is None else list(label.topics),
        "companies": [list(pair) for pair in label.pairs],
        "title": label.title,
        "language": label.language,
        "source": label.source,
        "url": label.url,
        "identity_key": label.identity_key,
        "user": label.user,
        "suggested": label.suggested,
        "gold": label.gold,
        "labelled_at": label.labelled_at.isoformat() if label.labelled_at else None,
        "seconds": label.seconds,
        "lane": label.lane,
        "inclusion": label.inclusion,
        "guideline": label.guideline,
        "note": label.note,
        "towards": dict(label.companies),
        "named": dict(label.named),
        "model": said.model if said else "",
        "model_label": said.sentiment if said else "",
        "model_confidence": said.confidence if said else None,
    }


def label(given: Row, topics: Sequence[str]) -> Exchanged:
    """The label in a row; `topics` are the names that may occur. Raises CellError."""
    cells = writers.unguarded({str(name).strip().lower(): value for name, value in given.cells.items()})
    plain = Row(cells, given.where, given.typed)
    name, value = _first(cells, ("label", "sentiment"))
    if value in (None, ""):
        raise CellError(Message("exchange.no_label"))
    ours = cell.flag(cells.get("normalised"), "normalised")
    text = cell.text(cells.get("text"), "text") if ours else _content(plain)
    found = Exchanged(
        text=text,
        sentiment=cell.sentiment(value, name),
        user=cell.text(cells.get("user"), "user"),
        topics=_topics(cells.get("topics"), topics),
        companies=cell.towards(_object(cells.get("towards"), "towards", "sentiment"), "towards"),
        labelled_at=cell.moment(cells.get("labelled_at"), "labelled_at"),
        suggested=cell.flag(cells.get("suggested"), "suggested"),
        seconds=cell.seconds(cells.get("seconds")),
        gold=cell.flag(cells.get("gold"), "gold"),
        lane=cell.lane(cells.get("lane")),
        inclusion=cell.inclusion(cells.get("inclusion")),
        guideline=cell.whole(cells.get("guideline"), "guideline"),
        note=cell.text(cells.get("note"), "note"),
        article_id=cell.whole(cells.get("article_id"), "article_id"),
        source=cell.text(cells.get("source"), "source"),
        identity_key=cell.text(cells.get("identity_key"), "identity_key"),
        title=cell.text(cells.get("title"), "title"),
        language=cell.text(cells.get("language"), "language"),
        url=cell.text(cells.get("url"), "url"),
        named={
            id: cell.text(one, "named") for id, one in _object(cells.get("named"), "named", "name").items()
        },
        suggestion=_suggestion(cells),
    )
    if not found.text.strip() and not (found.source and found.identity_key) and not found.article_id:
        raise CellError(Message("exchange.no_text"))
    return found


def _first(cells: Mapping[str, Any], names: Sequence[str]) -> tuple[str, Any]:
    return next(((name, cells[name]) for name in names if cells.get(name) not in (None, "")), ("label", None))


def _content(given: Row) -> str:
    """The text of a row that is not ours, normalised as every article's is."""
    return content(given.text(*TITLE_COLUMNS), given.text(*TEXT_COLUMNS))


def _topics(value: Any, allowed: Sequence[str]) -> tuple[str, ...] | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and value.strip().startswith("["):
        value = _json(value, "topics")
    if not isinstance(value, list | tuple):
        several = shapes.answers(value, "topics", several=True)
        value = [one for answer in several for one in answer]
    return cell.chosen(value, allowed, "topics")


def _object(value: Any, column: str, inner: str) -> Mapping[str, Any]:
    """A cell of values by a company's id: an object, its JSON text, or, as Arrow holds it, a list of
    objects with `company` and `inner`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return {}
    if isinstance(value, str):
        value = _json(value, column)
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, list) or not all(
        isinstance(one, Mapping) and {"company", inner} <= one.keys() for one in value
    ):
        raise refused(column, value, Message("exchange.by_id"))
    return {str(one["company"]): one[inner] for one in value}


def _json(value: str, column: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise refused(column, value, Message("table.not_json", reason=str(error))) from None


def _suggestion(cells: Mapping[str, Any]) -> Suggestion | None:
    model = cell.text(cells.get("model"), "model")
    confidence = cell.number(cells.get("model_confidence"), "model_confidence", 0.0, 1.0)
    if confidence is None or not cells.get("model_label"):
        return None
    return Suggestion(model, cell.sentiment(cells["model_label"], "model_label"), confidence)
