"""What one model version said of texts, as columns, beside what was drawn for them. One row for each text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from monitor.records import SENTIMENTS, softer
from monitor.store import models
from monitor.store.dialect import Tx
from monitor.store.schema import articles, predictions, texts


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
        .where(predictions.c.model == model, articles.c.first_seen_at >= start, ~articles.c.sample)
        .order_by(articles.c.id)
    )
    seen: set[int] = set()
    rows = []
    for row in tx.execute(statement):
        if row.id not in seen:
            seen.add(row.id)
            rows.append(row)
    present = models.temperatures(tx).get(model, 1.0)
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
