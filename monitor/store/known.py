"""Which of a source's items the store has already, looked up many at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from monitor.records import Article
from monitor.store.articles import record
from monitor.store.dialect import Tx
from monitor.store.schema import articles

BATCH = 1000  # keys in one query


def by_key(tx: Tx, source: str, keys: Sequence[str]) -> dict[str, Article]:
    """The source's articles under these identity keys, by key."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Article] = {}
    for first in range(0, len(wanted), BATCH):
        rows = tx.execute(
            select(articles).where(
                articles.c.source == source, articles.c.identity_key.in_(wanted[first : first + BATCH])
            )
        )
        found.update((row["identity_key"], record(row)) for row in rows.mappings())
    return found


def by_content(tx: Tx, source: str, hashes: Sequence[str]) -> dict[str, list[Article]]:
    """The source's articles with exactly this content, by content hash, newest first."""
    wanted = list(dict.fromkeys(hashes))
    found: dict[str, list[Article]] = {}
    for first in range(0, len(wanted), BATCH):
        rows = tx.execute(
            select(articles)
            .where(articles.c.source == source, articles.c.content_hash.in_(wanted[first : first + BATCH]))
            .order_by(articles.c.id.desc())
        )
        for row in rows.mappings():
            found.setdefault(row["content_hash"], []).append(record(row))
    return found
