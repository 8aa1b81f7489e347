"""Passages: articles as names are looked for in them, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from monitor.store.dialect import Tx
from monitor.store.schema import articles


@dataclass(frozen=True, slots=True)
class Passage:
    """An article as names are looked for in it."""

    id: int
    title: str
    content: str
    published_at: datetime


def recent(tx: Tx, since: datetime, limit: int, *, before_id: int = 0, lock: bool = False) -> list[Passage]:
    """The newest `limit` articles first seen since then, newest first, the sample's too; the next ones
    start `before_id` the last. What lost its text to retention is left out: it names nobody any more. With
    `lock` nobody changes them before this transaction ends."""
    columns = (articles.c.id, articles.c.title, articles.c.content, articles.c.published_at)
    readable = (articles.c.first_seen_at >= since, articles.c.body_removed_at.is_(None))
    chosen = select(*columns).where(*readable).order_by(articles.c.id.desc())
    if before_id:
        chosen = chosen.where(articles.c.id < before_id)
    rows = tx.execute((chosen.with_for_update() if lock else chosen).limit(limit))
    return [Passage(*row) for row in rows]
