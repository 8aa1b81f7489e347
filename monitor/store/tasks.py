"""The labelling queue: one task per article, each claimed by one analyst at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, or_, select, update

from monitor.errors import ConflictError, NotFoundError
from monitor.records import Decision, Label, Route, Task, TaskState
from monitor.store import dialect, labels, predictions
from monitor.store.dialect import Tx
from monitor.store.schema import tasks

CLAIM_MINUTES = 15
"""How long a claimed task is kept for the analyst who has it on the screen."""


def open_task(tx: Tx, article_id: int, decision: Decision, priority: float, now: datetime) -> Task | None:
    """Queue an article; None where it was queued before, whatever became of that task."""
    statement = (
        dialect.insert(tx, tasks)
        .values(
            article_id=article_id,
            route=decision.route.value,
            reason=decision.reason,
            priority=priority,
            state=TaskState.OPEN.value,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["article_id"])
        .returning(tasks.c.id)
    )
    task_id = tx.scalar(statement)
    return None if task_id is None else get(tx, task_id)


def next_tasks(tx: Tx, user: str, n: int, now: datetime, claim_minutes: float = CLAIM_MINUTES) -> list[Task]:
    """Claim up to `n` tasks for `user`: those already theirs, then those of highest priority.

    No two users hold the same task; a claim that `claim_minutes` passed over is free again.
    Called again it gives the same tasks and renews their claim.
    """
    expired = now - timedelta(minutes=claim_minutes)
    open_tasks = select(tasks.c.id).where(tasks.c.state == TaskState.OPEN.value)
    first = (tasks.c.priority.desc(), tasks.c.id)
    mine = open_tasks.where(tasks.c.claimed_by == user).order_by(*first).limit(n)
    ids = list(tx.scalars(mine.with_for_update(key_share=True)))
    if len(ids) < n:
        free = open_tasks.where(tasks.c.claimed_by != user, _free(expired)).order_by(*first)
        # Rows that another process is claiming at this moment are passed over, not waited for.
        ids += tx.scalars(free.limit(n - len(ids)).with_for_update(skip_locked=True, key_share=True))
    tx.execute(update(tasks).where(tasks.c.id.in_(ids)).values(claimed_by=user, claimed_at=now))
    rows = tx.execute(select(tasks).where(tasks.c.id.in_(ids))).mappings()
    found = {row["id"]: _record(row) for row in rows}
    return [found[task_id] for task_id in ids]


def get(tx: Tx, task_id: int) -> Task:
    """The task with this id. Raises NotFoundError."""
    row = tx.execute(select(tasks).where(tasks.c.id == task_id)).mappings().first()
    if row is None:
        raise NotFoundError(f"task {task_id}: no such task in the queue")
    return _record(row)


def of(tx: Tx, article_id: int) -> Task | None:
    """The task of an article, whatever its state."""
    row = tx.execute(select(tasks).where(tasks.c.article_id == article_id)).mappings().first()
    return None if row is None else _record(row)


def answer(
    tx: Tx,
    task_id: int,
    user: str,
    sentiment: str,
    topics: Sequence[str] | None,
    now: datetime,
    gold: bool = False,
) -> Label:
    """Close the task with a label, which from now on counts for its article.

    Raises NotFoundError, and ConflictError where the task is closed (a second click, a second
    analyst) or held by another analyst.
    """
    task = _close(tx, task_id, user, TaskState.DONE, now)
    label = labels.add(
        tx,
        Label(
            article_id=task.article_id,
            task_id=task_id,
            user=user,
            sentiment=sentiment,
            topics=None if topics is None else tuple(topics),
            created_at=now,
            gold=gold,
        ),
    )
    predictions.settle(tx, task.article_id)
    return label


def skip(tx: Tx, task_id: int, user: str, now: datetime) -> None:
    """Close the task without a label, for everybody. Raises as `answer` does."""
    _close(tx, task_id, user, TaskState.SKIPPED, now)


def undo(tx: Tx, user: str, now: datetime) -> Task | None:
    """Reopen the task that `user` answered or skipped last, and claim it for them again.

    Its label is withdrawn. Called again it goes one further back; None at the end.
    """
    row = tx.execute(
        select(tasks.c.id, tasks.c.article_id)
        .where(tasks.c.claimed_by == user, tasks.c.closed_at.is_not(None))
        .order_by(tasks.c.closed_at.desc(), tasks.c.id.desc())
        .limit(1)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        return None
    tx.execute(
        update(tasks)
        .where(tasks.c.id == row.id)
        .values(state=TaskState.OPEN.value, claimed_at=now, closed_at=None)
    )
    labels.withdraw(tx, row.id, now)
    predictions.settle(tx, row.article_id)
    return get(tx, row.id)


def waiting(tx: Tx) -> list[int]:
    """The articles whose task is open, claimed or not, in the order they will be served."""
    statement = select(tasks.c.article_id).where(tasks.c.state == TaskState.OPEN.value)
    return list(tx.scalars(statement.order_by(tasks.c.priority.desc(), tasks.c.id)))


def open_count(tx: Tx) -> int:
    """How many tasks wait."""
    waiting = tasks.c.state == TaskState.OPEN.value
    return tx.scalar(select(func.count()).select_from(tasks).where(waiting)) or 0


def stats(tx: Tx) -> dict[str, Any]:
    """Counts of tasks: open (of them review and audit), done, skipped; of labels: labels, gold, by_user."""
    counted = {state.value: 0 for state in TaskState} | {Route.REVIEW.value: 0, Route.AUDIT.value: 0}
    for row in tx.execute(
        select(tasks.c.state, tasks.c.route, func.count().label("n")).group_by(tasks.c.state, tasks.c.route)
    ):
        counted[row.state] += row.n
        if row.state == TaskState.OPEN.value:
            counted[row.route] = counted.get(row.route, 0) + row.n
    return {**counted, **labels.stats(tx)}


def reprioritise(tx: Tx, ordered_article_ids: Sequence[int]) -> None:
    """Serve the open tasks of these articles in this order, before all other tasks.

    Other tasks keep the order they have among themselves.
    """
    waiting = tasks.c.state == TaskState.OPEN.value
    # Priorities that routing gives lie in [0, 1]; an order given lies above them, and an older
    # one returns to below it.
    tx.execute(update(tasks).where(waiting, tasks.c.priority > 1).values(priority=1.0))
    for place, article_id in enumerate(ordered_article_ids):
        tx.execute(
            update(tasks)
            .where(tasks.c.article_id == article_id, waiting)
            .values(priority=float(1 + len(ordered_article_ids) - place))
        )


def _free(expired: datetime) -> ColumnElement[bool]:
    return or_(tasks.c.claimed_by == "", tasks.c.claimed_at <= expired)


def _close(tx: Tx, task_id: int, user: str, state: TaskState, now: datetime) -> Task:
    closed = tx.execute(
        update(tasks)
        .where(
            tasks.c.id == task_id,
            tasks.c.state == TaskState.OPEN.value,
            or_(tasks.c.claimed_by == user, _free(now - timedelta(minutes=CLAIM_MINUTES))),
        )
        .values(state=state.value, claimed_by=user, claimed_at=now, closed_at=now)
    )
    task = get(tx, task_id)
    if closed.rowcount:
        return task
    if task.state is TaskState.OPEN:
        raise ConflictError(f"task {task_id}: {task.claimed_by} is working on it; take the next one")
    raise ConflictError(
        f"task {task_id}: {task.claimed_by} closed it already ({task.state}); undo reopens it"
    )


def _record(row: RowMapping) -> Task:
    return Task(
        id=row["id"],
        article_id=row["article_id"],
        route=Route(row["route"]),
        reason=row["reason"],
        priority=row["priority"],
        state=TaskState(row["state"]),
        created_at=row["created_at"],
        claimed_by=row["claimed_by"],
        claimed_at=row["claimed_at"],
    )
