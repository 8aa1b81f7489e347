"""Which of a source's items the store has already, looked up many at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from monitor.records import Article
from monitor.store.articles import records
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
        found.update((article.identity_key, article) for article in records(tx, rows.mappings()))
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
        for article in records(tx, rows.mappings()):
            found.setdefault(article.content_hash, []).append(article)
    return found
