"""Which watched companies an article names, where, and what the article says of each; and which it named
before, by the text or the watch list that was then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, and_, delete, insert, select, union_all

from monitor.records import Mention, Part
from monitor.store import dialect, predictions
from monitor.store.dialect import Tx
from monitor.store.schema import company_sentiments, mentions, past_mentions

BATCH = 1000  # ids in one query


@dataclass(frozen=True, slots=True)
class Towards:
    """What counts as the sentiment of an article towards a company that it names: "" where
    nothing is known yet. `confidence` is 1 where an analyst decided; see `predictions.settle`."""

    sentiment: str
    confidence: float


def replace(tx: Tx, article_id: int, found: Sequence[Mention], now: datetime) -> None:
    """Make `found` the article's mentions from `now` on, keep those that go with the time that they went,
    and settle what is said of the companies."""
    wanted = {_key(mention): mention for mention in found}
    stored = tx.execute(select(mentions).where(mentions.c.article_id == article_id)).mappings().all()
    same = {key for row in stored if _mention(row) == wanted.get(key := (row["company_id"], row["start"]))}
    gone = [row for row in stored if (row["company_id"], row["start"]) not in same]
    past = [{**row, "superseded_at": now} for row in gone if row["found_at"] < now]
    if past:
        tx.execute(insert(past_mentions), past)
    for row in gone:
        of_row = (mentions.c.company_id == row["company_id"], mentions.c.start == row["start"])
        tx.execute(delete(mentions).where(mentions.c.article_id == article_id, *of_row))
    new = [values(article_id, mention, now) for key, mention in wanted.items() if key not in same]
    if new:
        tx.execute(insert(mentions), new)
    predictions.settle(tx, article_id, now)


def values(article_id: int, mention: Mention, now: datetime) -> dict[str, object]:
    """The row of a mention that was found at `now`."""
    return {
        "article_id": article_id,
        "company_id": mention.company_id,
        "alias": mention.alias,
        "start": mention.start,
        "end": mention.end,
        "role": mention.role.value,
        "found_at": now,
    }


def as_of(tx: Tx, article_ids: Sequence[int], at: datetime) -> dict[int, tuple[Mention, ...]]:
    """The mentions that each article had at a time, in reading order; articles without one are left out."""
    found: dict[int, list[Mention]] = {}
    columns = ("article_id", "company_id", "alias", "start", "end", "role")
    for some in dialect.parts(article_ids):
        current = select(*(mentions.c[name] for name in columns)).where(
            mentions.c.article_id.in_(some), mentions.c.found_at <= at
        )
        past = select(*(past_mentions.c[name] for name in columns)).where(
            past_mentions.c.article_id.in_(some),
            past_mentions.c.found_at <= at,
            past_mentions.c.superseded_at > at,
        )
        for row in tx.execute(union_all(current, past)).mappings():
            found.setdefault(row["article_id"], []).append(_mention(row))
    return {
        article_id: tuple(sorted(found[article_id], key=lambda one: (one.start, one.company_id)))
        for article_id in sorted(found)
    }


def _key(mention: Mention) -> tuple[str, int]:
    return mention.company_id, mention.start


def _mention(row: RowMapping) -> Mention:
    return Mention(row["company_id"], row["alias"], row["start"], row["end"], Part(row["role"]))


def of(tx: Tx, article_ids: Sequence[int]) -> dict[int, tuple[Mention, ...]]:
    """The mentions in each article, in reading order; articles without one are left out."""
    found: dict[int, list[Mention]] = {}
    for first in range(0, len(article_ids), BATCH):
        rows = tx.execute(
            select(mentions)
            .where(mentions.c.article_id.in_(article_ids[first : first + BATCH]))
            .order_by(mentions.c.start, mentions.c.company_id)
        ).mappings()
        for row in rows:
            found.setdefault(row["article_id"], []).append(_mention(row))
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
