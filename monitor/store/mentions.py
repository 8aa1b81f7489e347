"""Which watched companies an article names, where, and what the article says of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, insert, select

from monitor.records import Mention
from monitor.store import predictions
from monitor.store.dialect import Tx
from monitor.store.schema import company_sentiments, mentions

BATCH = 1000  # ids in one query


@dataclass(frozen=True, slots=True)
class Towards:
    """What counts as the sentiment of an article towards a company that it names: "" where
    nothing is known yet. `confidence` is 1 where an analyst decided; see `predictions.settle`."""

    sentiment: str
    confidence: float


def replace(tx: Tx, article_id: int, found: Sequence[Mention], now: datetime) -> None:
    """Make `found` the article's mentions, and settle what is said of the companies."""
    tx.execute(delete(mentions).where(mentions.c.article_id == article_id))
    rows = [
        {
            "article_id": article_id,
            "company_id": mention.company_id,
            "alias": mention.alias,
            "start": mention.start,
            "end": mention.end,
        }
        for mention in {(mention.company_id, mention.start): mention for mention in found}.values()
    ]
    if rows:
        tx.execute(insert(mentions), rows)
    predictions.settle(tx, article_id, now)


def of(tx: Tx, article_ids: Sequence[int]) -> dict[int, tuple[Mention, ...]]:
    """The mentions in each article, in reading order; articles without one are left out."""
    found: dict[int, list[Mention]] = {}
    for first in range(0, len(article_ids), BATCH):
        rows = tx.execute(
            select(mentions)
            .where(mentions.c.article_id.in_(article_ids[first : first + BATCH]))
            .order_by(mentions.c.start, mentions.c.company_id)
        )
        for row in rows:
            mention = Mention(row.company_id, row.alias, row.start, row.end)
            found.setdefault(row.article_id, []).append(mention)
    return {article_id: tuple(some) for article_id, some in found.items()}


def companies(tx: Tx, article_ids: Sequence[int]) -> dict[int, dict[str, Towards]]:
    """The companies named in each article, by id and sorted by it, with what counts as said of them;
    articles that name none are left out."""
    judged = and_(
        company_sentiments.c.article_id == mentions.c.article_id,
        company_sentiments.c.company_id == mentions.c.company_id,
    )
    rows = tx.execute(
        select(
            mentions.c.article_id,
            mentions.c.company_id,
            company_sentiments.c.sentiment,
            company_sentiments.c.confidence,
        )
        .distinct()
        .outerjoin(company_sentiments, judged)
        .where(mentions.c.article_id.in_(article_ids))
        .order_by(mentions.c.company_id)
    )
    found: dict[int, dict[str, Towards]] = {}
    for row in rows:
        towards = Towards(row.sentiment or "", row.confidence or 0.0)
        found.setdefault(row.article_id, {})[row.company_id] = towards
    return found
