"""Where articles came from: what the watch asks of those behind a count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import articles


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article came from. One that is not `dated` counts when it was first seen; one of `history` was
    news before the monitor was there."""

    source: str
    dated: bool
    history: bool = False


def of(tx: Tx, ids: Sequence[int]) -> dict[int, Origin]:
    """By article, who published it, whether it has a date of its own, and whether an archive brought it."""
    names = ("id", "source", "published_at", "first_seen_at", "history")
    chosen = select(*(articles.c[name] for name in names))
    return {
        row.id: Origin(row.source, row.published_at < row.first_seen_at, row.history)
        for some in dialect.parts(ids)
        for row in tx.execute(chosen.where(articles.c.id.in_(some)))
    }
