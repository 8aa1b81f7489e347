"""The labelling queue: one task per article, handed to analysts, each claim a row of its own.

A claim keeps a task for the analyst who has it on the screen, for CLAIM_SECONDS on the store's clock,
so that no wall clock can end it early or keep it for ever. A task whose `wanted` answers are given, or
being given, is handed to nobody else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, delete, func, select, update

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import Decision, Lane, Task, TaskState
from monitor.store import clock, dialect, labels, samples
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, claims, tasks

CLAIM_SECONDS = 900.0
"""How long a claimed task is kept for an analyst who does nothing (seconds of the store's clock)."""


def open_task(
    tx: Tx, article_id: int, decision: Decision, priority: float, now: datetime, *, wanted: int = 1
) -> Task | None:
    """Queue an article; None where it was queued before, whatever became of that task.

    What was drawn to check the model is asked without the model's opinion.
    """
    lane = Lane(decision.route.value)
    statement = (
        dialect.insert(tx, tasks)
        .values(
            article_id=article_id,
            lane=lane.value,
            reason=decision.reason,
            priority=priority,
            state=TaskState.OPEN.value,
            blind=lane is Lane.AUDIT,
            wanted=wanted,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["article_id"])
        .returning(tasks.c.id)
    )
    task_id = tx.scalar(statement)
    return None if task_id is None else get(tx, task_id)


def next_tasks(tx: Tx, user: str, n: int, now: datetime, *, blind: bool = False) -> list[Task]:
    """Hand up to `n` tasks to `user`: those already theirs, then those of highest priority.

    Called again it gives the same tasks and claims them for longer. With `blind`, or where the task
    is, a new claim is without the model's opinion, and stays so; `Task.blind` tells.
    """
    seconds = clock.seconds(tx)
    counts = samples.of_counted(tx, tasks.c.article_id)
    open_tasks = select(tasks.c.id).where(tasks.c.state == TaskState.OPEN.value, counts)
    first = (tasks.c.priority.desc(), tasks.c.id)
    held = select(claims.c.task_id).where(claims.c.user == user)
    mine = open_tasks.where(tasks.c.id.in_(held), _room(user, seconds)).order_by(*first).limit(n)
    ids = list(tx.scalars(mine.with_for_update(key_share=True, of=tasks)))
    if len(ids) < n:
        free = open_tasks.where(tasks.c.id.not_in(held), _room(user, seconds)).order_by(*first)
        # Rows that another process is handing out at this moment are passed over, not waited for.
        free = free.limit(n - len(ids)).with_for_update(skip_locked=True, key_share=True, of=tasks)
        ids += tx.scalars(free)
    claim(tx, user, ids, now, blind=blind)
    sent_blind = {
        row.task_id: row.blind
        for row in tx.execute(
            select(claims.c.task_id, claims.c.blind).where(claims.c.user == user, claims.c.task_id.in_(ids))
        )
    }
    found = {row["id"]: row for row in tx.execute(select(tasks).where(tasks.c.id.in_(ids))).mappings()}
    return [_record(found[task_id], blind=sent_blind[task_id]) for task_id in ids]


def claim(tx: Tx, user: str, task_ids: Collection[int], now: datetime, *, blind: bool = False) -> None:
    """Claim these tasks for `user`, or claim them for longer; a claim that was blind stays it, and one
    under which the model's opinion was sent remembers that."""
    if not task_ids:
        return
    until = clock.seconds(tx) + CLAIM_SECONDS
    always = set(tx.scalars(select(tasks.c.id).where(tasks.c.id.in_(task_ids), tasks.c.blind)))
    rows = [
        {
            "task_id": id,
            "user": user,
            "claimed_at": now,
            "until": until,
            "blind": blind or id in always,
            "suggested": not (blind or id in always),
        }
        for id in task_ids
    ]
    statement = dialect.insert(tx, claims).values(rows)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["task_id", "user"],
            set_={
                "claimed_at": now,
                "until": until,
                "blind": claims.c.blind | statement.excluded.blind,
                "suggested": claims.c.suggested | (statement.excluded.suggested & ~claims.c.blind),
            },
        )
    )


def release(tx: Tx, user: str, task_ids: Collection[int]) -> None:
    """Give claimed tasks back, for others to take."""
    tx.execute(delete(claims).where(claims.c.user == user, claims.c.task_id.in_(task_ids)))


def claimant(tx: Tx, task_id: int, user: str) -> str:
    """Who else has the task on the screen so that `user` cannot have it; "" where nobody has."""
    task = select(tasks.c.id).where(tasks.c.id == task_id, _room(user, clock.seconds(tx)))
    if tx.scalar(task) is not None:
        return ""
    others = select(claims.c.user).where(claims.c.task_id == task_id, claims.c.user != user)
    return tx.scalar(others.order_by(claims.c.until.desc()).limit(1)) or ""


def blinded(tx: Tx, user: str) -> set[int]:
    """The stories of which `user` has an article on the screen without the model's opinion: what the
    model says of that story must not reach them from anywhere else."""
    held = (
        select(articles.c.story_id)
        .join(tasks, tasks.c.article_id == articles.c.id)
        .join(claims, claims.c.task_id == tasks.c.id)
        .where(
            claims.c.user == user,
            claims.c.blind,
            claims.c.until > clock.seconds(tx),
            tasks.c.state == TaskState.OPEN.value,
        )
    )
    return set(tx.scalars(held))


def get(tx: Tx, task_id: int) -> Task:
    """The task with this id. Raises NotFoundError."""
    row = tx.execute(select(tasks).where(tasks.c.id == task_id)).mappings().first()
    if row is None:
        raise NotFoundError(Message("queue.no_task", task=task_id))
    return _record(row)


def of(tx: Tx, article_id: int) -> Task | None:
    """The task of an article, whatever its state."""
    row = tx.execute(select(tasks).where(tasks.c.article_id == article_id)).mappings().first()
    return None if row is None else _record(row)


def waiting(tx: Tx) -> list[int]:
    """The articles whose task is open, claimed or not, in the order they will be served."""
    counts = samples.of_counted(tx, tasks.c.article_id)
    statement = select(tasks.c.article_id).where(tasks.c.state == TaskState.OPEN.value, counts)
    return list(tx.scalars(statement.order_by(tasks.c.priority.desc(), tasks.c.id)))


def open_count(tx: Tx) -> int:
    """How many tasks wait. The sample's count as `samples` says, here and in what follows."""
    waiting = tasks.c.state == TaskState.OPEN.value
    counts = samples.of_counted(tx, tasks.c.article_id)
    return tx.scalar(select(func.count()).select_from(tasks).where(waiting, counts)) or 0


def stats(tx: Tx) -> dict[str, Any]:
    """Counts of tasks: open, and the open ones by lane; done, skipped; of labels: labels, gold, by_user."""
    counted = {state.value: 0 for state in TaskState} | {lane.value: 0 for lane in Lane}
    for row in tx.execute(
        select(tasks.c.state, tasks.c.lane, func.count().label("n"))
        .where(samples.of_counted(tx, tasks.c.article_id))
        .group_by(tasks.c.state, tasks.c.lane)
    ):
        counted[row.state] += row.n
        if row.state == TaskState.OPEN.value:
            counted[row.lane] += row.n
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


def _room(user: str, seconds: float) -> ColumnElement[bool]:
    """Whether `user` may have the task: they have not answered it, and the others who did, or who have
    it on the screen, leave an answer to give."""
    others = _count(
        select(func.count()).where(
            claims.c.task_id == tasks.c.id, claims.c.user != user, claims.c.until > seconds
        )
    )
    standing = and_(answers.c.task_id == tasks.c.id, answers.c.withdrawn_at.is_(None))
    given = _count(select(func.count()).where(standing))
    own = select(answers.c.id).where(standing, answers.c.user == user).exists()
    return and_(others + given < tasks.c.wanted, ~own)


def _count(statement: Select[Any]) -> ColumnElement[int]:
    return statement.correlate(tasks).scalar_subquery()


def _record(row: RowMapping, blind: bool = False) -> Task:
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
    )
