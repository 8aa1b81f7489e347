"""Tasks as the store keeps them, and as records."""

from __future__ import annotations

from sqlalchemy import RowMapping, select

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import MEASURING, Lane, Task, TaskState
from monitor.store.dialect import Tx
from monitor.store.schema import articles, tasks

MEASURES = tasks.c.lane.in_([lane.value for lane in MEASURING])
"""Of the tasks that measure models."""
OPEN = tasks.c.state == TaskState.OPEN.value
"""Of the tasks that wait for answers."""


def get(tx: Tx, task_id: int) -> Task:
    """The task with this id. Raises NotFoundError."""
    row = tx.execute(select(tasks).where(tasks.c.id == task_id)).mappings().first()
    if row is None:
        raise NotFoundError(Message("queue.no_task", task=task_id))
    return record(row)


def of(tx: Tx, article_id: int) -> Task | None:
    """The newest task about the text of an article, whatever its state."""
    about = select(articles.c.text_id).where(articles.c.id == article_id).scalar_subquery()
    newest = select(tasks).where(tasks.c.text_id == about).order_by(tasks.c.id.desc()).limit(1)
    row = tx.execute(newest).mappings().first()
    return None if row is None else record(row)


def record(row: RowMapping, blind: bool = False) -> Task:
    """A row as a record; `blind` where this analyst is to judge it without the model's opinion."""
    return Task(
        id=row["id"],
        article_id=row["article_id"],
        lane=Lane(row["lane"]),
        reason=row["reason"],
        priority=row["priority"],
        state=TaskState(row["state"]),
        created_at=row["created_at"],
        blind=row["blind"] or blind,
        wanted=row["wanted"],
        text_id=row["text_id"],
        inclusion=row["inclusion"],
    )
