"""Stories: articles telling one development. Reach counts articles, voices those who say it independently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, case, delete, func, insert, select, update

from monitor.errors import NotFoundError
from monitor.store import dialect, newest
from monitor.store.dialect import Tx
from monitor.store.predictions import of as predictions_of
from monitor.store.schema import articles, memberships, mentions, signatures, stories, story_bands, story_keys

MOST = 30
"""Articles looked at for a band, the newest: of a form that thousands are printed in, the latest suffice."""


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story and the article that leads it.

    `label` is the leading article's sentiment ("" before it is classified) and `negative` the
    probability that it is negative: 0 or 1 where an analyst decided.
    """

    id: int
    title: str
    first_seen_at: datetime
    last_seen_at: datetime
    reach: int
    voices: int
    label: str
    negative: float
    article_id: int
    sample: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A remembered article that a new one may repeat: its story now, the block it came in, its voice, what
    it is compared by, when it was seen, whom it names (ids)."""

    story_id: int
    block_id: int
    voice: str
    signature: tuple[int, ...]
    seen_at: datetime
    companies: frozenset[str] = frozenset()


def create(tx: Tx, now: datetime) -> int:
    """A new story, first seen `now`; its id."""
    values = {"first_seen_at": now, "last_seen_at": now, "reach": 0, "voices": 0}
    return int(tx.execute(insert(stories).values(values).returning(stories.c.id)).scalar_one())


def join(tx: Tx, story_id: int, source: str, now: datetime) -> None:
    """Count the story again after one of its articles, of `source`, was stored at `now`; see `memberships`.

    To be called after `articles.insert`. Raises NotFoundError.
    """
    told = select(func.count(), func.count(memberships.c.voice.distinct())).where(
        memberships.c.story_id == story_id, memberships.c.superseded_at.is_(None)
    )
    # The lock puts two processes that add to one story in line, so that the last one counts all.
    # `key_share` lets it pass the lock that an article's reference to the story takes: each would
    # wait for the other's.
    if (
        tx.scalar(select(stories.c.id).where(stories.c.id == story_id).with_for_update(key_share=True))
        is None
    ):
        raise NotFoundError(f"story {story_id}, told by {source}: no such story in the store")
    reach, voices = tx.execute(told).one()
    later = case((stories.c.last_seen_at < now, now), else_=stories.c.last_seen_at)
    tx.execute(
        update(stories).where(stories.c.id == story_id).values(reach=reach, voices=voices, last_seen_at=later)
    )


def sharing(tx: Tx, bands: Sequence[str], since: datetime, until: datetime) -> dict[str, list[int]]:
    """The articles remembered under these bands that were seen from `since` to `until`, by band: the newest
    MOST of each."""
    found: dict[str, list[int]] = {}
    if bands:
        for band, id in tx.execute(newest.under(tx, story_bands, bands, since, until, MOST)).all():
            found.setdefault(band, []).append(id)
    return found


def candidates(tx: Tx, article_ids: Sequence[int]) -> dict[int, Candidate]:
    """Remembered articles as new ones are compared with them, by id; one that is not remembered is left
    out."""
    found: dict[int, Candidate] = {}
    named = named_in(tx, article_ids)
    rows = tx.execute(
        select(
            *(signatures.c.article_id, signatures.c.signature, signatures.c.seen_at),
            *(articles.c.block_id, memberships.c.story_id, memberships.c.voice),
        )
        .join(articles, articles.c.id == signatures.c.article_id)
        .join(memberships, memberships.c.article_id == signatures.c.article_id)
        .where(
            memberships.c.superseded_at.is_(None),
            dialect.among(tx, signatures.c.article_id, article_ids),
        )
    )
    for id, signature, seen_at, block_id, story_id, voice in rows.all():
        read = tuple(np.frombuffer(signature, "<u8").tolist())
        found[id] = Candidate(story_id, block_id, voice, read, seen_at, named.get(id, frozenset()))
    return found


def named_in(tx: Tx, article_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The companies (ids) that articles name; those that name none are left out."""
    found: dict[int, set[str]] = {}
    named = select(mentions.c.article_id, mentions.c.company_id)
    for id, company in tx.execute(named.where(dialect.among(tx, mentions.c.article_id, article_ids))).all():
        found.setdefault(id, set()).add(company)
    return {article_id: frozenset(named) for article_id, named in found.items()}


def remember(tx: Tx, article_id: int, signature: Sequence[int], bands: Sequence[str], now: datetime) -> None:
    """Keep an article's MinHash signature and bands for later articles to be compared with."""
    tx.execute(delete(story_bands).where(story_bands.c.article_id == article_id))
    values = {"signature": packed(signature), "seen_at": now}
    statement = dialect.insert(tx, signatures).values(article_id=article_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["article_id"], set_=values))
    rows = [{"band": band, "article_id": article_id, "seen_at": now} for band in dict.fromkeys(bands)]
    if rows:
        tx.execute(insert(story_bands), rows)


def packed(signature: Sequence[int]) -> bytes:
    """A signature as it is kept: 64-bit numbers, little-endian."""
    return np.array(signature, "<u8").tobytes()


def forget(tx: Tx, before: datetime) -> None:
    """Drop the signatures and keys remembered before `before`, which bounds what a comparison costs."""
    tx.execute(delete(story_keys).where(story_keys.c.seen_at < before))
    tx.execute(delete(story_bands).where(story_bands.c.seen_at < before))
    tx.execute(delete(signatures).where(signatures.c.seen_at < before))


def top(
    tx: Tx, since: datetime, limit: int, negative_only: bool = False, *, include_sample: bool = True
) -> list[StoryView]:
    """The stories first seen since `since` that most articles tell, the newest first among equals."""
    conditions = [stories.c.first_seen_at >= since]
    if negative_only:
        conditions.append(stories.c.sentiment == "negative")
    if not include_sample:
        conditions.append(~stories.c.sample)
    newest = (stories.c.first_seen_at.desc(), stories.c.id.desc())
    return views(tx, conditions, (stories.c.reach.desc(), *newest), limit)


def views(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], order: Sequence[ColumnElement[Any]], limit: int
) -> list[StoryView]:
    """The first stories, in an order, that meet all conditions."""
    rows = tx.execute(
        select(stories, articles.c.title)
        .join(articles, articles.c.id == stories.c.article_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
    ).all()
    predicted = predictions_of(tx, [row.article_id for row in rows])
    found = []
    for row in rows:
        negative = float(row.sentiment == "negative")
        if row.confidence < 1 and row.article_id in predicted:
            negative = predicted[row.article_id][0].sentiment.get("negative", 0.0)
        found.append(
            StoryView(
                id=row.id,
                title=row.title,
                first_seen_at=row.first_seen_at,
                last_seen_at=row.last_seen_at,
                reach=row.reach,
                voices=row.voices,
                label=row.sentiment,
                negative=negative,
                article_id=row.article_id,
                sample=row.sample,
            )
        )
    return found
