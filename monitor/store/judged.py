"""What model versions said of texts, as columns, beside what was drawn for them. One row for each text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, or_, select

from monitor.records import SENTIMENTS, Label, Lane, TaskState, reading_of, softer
from monitor.store import labels
from monitor.store import models as versions
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, models, predictions, tasks, texts
from monitor.store.standing import COUNTS


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Columns of one length, in the order of arrival: the text, its first article, its story, when it was
    first seen, its language and source, and the probabilities of SENTIMENTS (N x C)."""

    text_ids: NDArray[np.int64]
    article_ids: NDArray[np.int64]
    story_ids: NDArray[np.int64]
    seen_at: tuple[datetime, ...]
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    probabilities: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.text_ids)

    @property
    def places(self) -> Mapping[int, int]:
        """Row by text."""
        return {text_id: row for row, text_id in enumerate(self.text_ids.tolist())}


def since(tx: Tx, model: str, start: datetime) -> Judged:
    """The texts of real articles first seen from `start` on that `model` judged; of copies the first
    counts. All probabilities are those at the temperature that is in force, whichever was when they were
    stored."""
    columns = (texts.c.id, articles.c.id.label("article_id"), texts.c.story_id, articles.c.first_seen_at)
    statement = (
        select(
            *columns,
            articles.c.language,
            articles.c.source,
            predictions.c.sentiment,
            predictions.c.temperature,
        )
        .join(articles, articles.c.id == predictions.c.article_id)
        .join(texts, texts.c.id == articles.c.text_id)
        .where(predictions.c.model == model, articles.c.first_seen_at >= start)
        .where(~articles.c.sample, ~articles.c.history)
        .order_by(articles.c.id)
    )
    seen: set[int] = set()
    rows = []
    for row in tx.execute(statement):
        if row.id not in seen:
            seen.add(row.id)
            rows.append(row)
    present = versions.temperatures(tx).get(model, 1.0)
    told = [softer(row.sentiment, row.temperature / present) for row in rows]
    chances = [[one.get(name, 0.0) for name in SENTIMENTS] for one in told]
    return Judged(
        np.array([row.id for row in rows], np.int64),
        np.array([row.article_id for row in rows], np.int64),
        np.array([row.story_id for row in rows], np.int64),
        tuple(row.first_seen_at for row in rows),
        tuple(row.language for row in rows),
        tuple(row.source for row in rows),
        np.array(chances, np.float64).reshape(len(rows), len(SENTIMENTS)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Audited:
    """Columns of the audits that a version judged: what it says of each (n x C), its label as a place in
    SENTIMENTS (-1: two analysts skipped it), the share it was drawn with, and its story."""

    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]
    shares: NDArray[np.float64]
    stories: NDArray[np.int64]


def audited(tx: Tx, model_ids: Collection[str] = ()) -> dict[str, Audited]:
    """By version (of these alone, where any are named): the audits drawn since it was made, read or missing,
    that it judged.

    It cannot have learnt from these, and no gate chose it by them. Of a text that several articles carry the
    first counts that the version judged; a text that none carries any more is no news, and left out.
    Probabilities are at the temperature in force, as in `since`.
    """
    asked = and_(tasks.c.text_id == texts.c.id, tasks.c.lane == Lane.AUDIT.value)
    standing = select(answers.c.id).where(answers.c.task_id == tasks.c.id, COUNTS).exists()
    statement = (
        select(
            *(predictions.c.model, texts.c.id, texts.c.story_id, texts.c.share),
            *(predictions.c.sentiment, predictions.c.temperature),
        )
        .join(articles, articles.c.id == predictions.c.article_id)
        .join(texts, texts.c.id == articles.c.text_id)
        .join(tasks, asked)
        .join(models, models.c.id == predictions.c.model)
        .where(texts.c.audited, ~texts.c.sample, texts.c.drawn_at >= models.c.created_at)
        .where(or_(standing, tasks.c.state == TaskState.SKIPPED.value))
        .order_by(predictions.c.model, texts.c.id, articles.c.id)
    )
    if model_ids:
        statement = statement.where(predictions.c.model.in_(model_ids))
    truth, present = _read(tx), versions.temperatures(tx)
    rows: dict[str, dict[int, tuple[list[float], int, float, int]]] = defaultdict(dict)
    for row in tx.execute(statement):
        told = softer(row.sentiment, row.temperature / present.get(row.model, 1.0))
        chances = [told.get(name, 0.0) for name in SENTIMENTS]
        label = truth.get(row.id, "")
        place = SENTIMENTS.index(label) if label else -1
        rows[row.model].setdefault(row.id, (chances, place, row.share, row.story_id))
    return {name: _audited(list(some.values())) for name, some in rows.items()}


def _read(tx: Tx) -> dict[int, str]:
    """What was read of each audited text (`records.reading_of`)."""
    given: dict[int, list[Label]] = defaultdict(list)
    for row in tx.execute(labels.counting(Lane.AUDIT)).mappings():
        given[row["text_id"]].append(labels.record(row))
    read = {text_id: reading_of(some) for text_id, some in given.items()}
    return {text_id: one.sentiment for text_id, one in read.items() if one is not None}


def _audited(rows: list[tuple[list[float], int, float, int]]) -> Audited:
    chances, places, shares, stories = zip(*rows, strict=True)
    return Audited(
        np.array(chances, np.float64),
        np.array(places, np.int64),
        np.array(shares, np.float64),
        np.array(stories, np.int64),
    )
