"""Closing tasks that are answered, decided or outdated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from monitor.records import Lane, TaskState
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import articles, claims, tasks
from monitor.store.tasks.asking import THIRD
from monitor.store.tasks.rows import OPEN

MISSES = 2
"""Skips by different analysts that make a measuring task missing."""


def need_no_third(tx: Tx, text_id: int, now: datetime) -> None:
    """Close the third reading of a text: somebody decided between the two."""
    asked = (tasks.c.lane == Lane.AUDIT.value, tasks.c.wanted >= THIRD, OPEN)
    ids = list(tx.scalars(select(tasks.c.id).where(tasks.c.text_id == text_id, *asked)))
    close(tx, ids, TaskState.DONE, now)


def close(tx: Tx, task_ids: Sequence[int], state: TaskState, now: datetime) -> None:
    """Close these tasks, in this state, whoever has them on the screen."""
    for some in dialect.parts(task_ids):
        closed = {"state": state.value, "closed_at": now}
        tx.execute(update(tasks).where(tasks.c.id.in_(some)).values(closed))
        tx.execute(delete(claims).where(claims.c.task_id.in_(some)))


def outdated(tx: Tx, text_id: int, now: datetime) -> int:
    """Withdraw the open tasks about a text that no article carries any more; how many. What is asked
    instead is decided by what the articles say now."""
    carried = select(articles.c.id).where(articles.c.text_id == text_id)
    if tx.scalar(select(carried.exists())):
        return 0
    gone = list(tx.scalars(select(tasks.c.id).where(tasks.c.text_id == text_id, OPEN).with_for_update()))
    if gone:
        closed = {"state": TaskState.WITHDRAWN.value, "closed_at": now}
        tx.execute(update(tasks).where(tasks.c.id.in_(gone)).values(closed))
        tx.execute(delete(claims).where(claims.c.task_id.in_(gone)))
    return len(gone)
