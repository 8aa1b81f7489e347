"""Which watched companies an article names, and where."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from monitor.records import Mention
from monitor.store.dialect import Tx
from monitor.store.schema import mentions


def replace(tx: Tx, article_id: int, found: Sequence[Mention]) -> None:
    """Make `found` the article's mentions."""
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


def of(tx: Tx, article_id: int) -> list[Mention]:
    """The article's mentions, in reading order."""
    rows = tx.execute(
        select(mentions)
        .where(mentions.c.article_id == article_id)
        .order_by(mentions.c.start, mentions.c.company_id)
    )
    return [Mention(row.company_id, row.alias, row.start, row.end) for row in rows]


def companies(tx: Tx, article_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The ids of the companies named in each article, sorted; articles that name none are left out."""
    rows = tx.execute(
        select(mentions.c.article_id, mentions.c.company_id)
        .where(mentions.c.article_id.in_(article_ids))
        .distinct()
        .order_by(mentions.c.company_id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for row in rows:
        found[row.article_id] = (*found.get(row.article_id, ()), row.company_id)
    return found
