"""Claims: which process judges which article that waits to be judged.

Judging costs seconds and goes on outside of any transaction, so a process first claims a batch. A claim
stands as long as its holder lives (`monitor.store.processes`); what a dead one claimed is anybody's. Whoever
settles a batch takes its claims back in the same transaction: what it has no claim on any more is
another's to settle.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, exists, select

from monitor.store import articles as stored
from monitor.store import dialect, processes
from monitor.store.dialect import Tx
from monitor.store.schema import articles, judging


def take(tx: Tx, holder: str, limit: int) -> list[int]:
    """Claim articles that wait for a prediction, those never tried first, then in order of arrival; the ids
    of those that are `holder`'s now."""
    taken = exists().where(judging.c.article_id == articles.c.id, judging.c.holder.in_(processes.living()))
    waiting = (
        select(articles.c.id)
        .where(articles.c.pending, ~taken)
        .order_by(*stored.IN_TURN)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True, of=articles)
    )
    rows = [{"article_id": id, "holder": holder} for id in tx.scalars(waiting)]
    if not rows:
        return []
    statement = dialect.insert(tx, judging).values(rows)
    free = judging.c.holder.not_in(processes.living())
    claimed = statement.on_conflict_do_update(
        index_elements=["article_id"], set_={"holder": holder}, where=free
    )
    ours = set(tx.scalars(claimed.returning(judging.c.article_id)))
    return [row["article_id"] for row in rows if row["article_id"] in ours]


def give_back(tx: Tx, holder: str, article_ids: Sequence[int]) -> Collection[int]:
    """End the claims of `holder` on these articles; on which of them it still had one."""
    ours = (judging.c.article_id.in_(article_ids), judging.c.holder == holder)
    return set(tx.scalars(delete(judging).where(*ours).returning(judging.c.article_id)))
