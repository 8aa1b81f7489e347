"""Claims: who has which task on the screen, and who may have it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update

from monitor.records import Task
from monitor.store import clock, dialect
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, claims, handed, tasks
from monitor.store.standing import LABEL, TRUSTED
from monitor.store.tasks.rows import MEASURES, OPEN

CLAIM_SECONDS = 900.0
"""How long a claimed task is kept for an analyst who does nothing (seconds of the store's clock)."""


def claim(tx: Tx, user: str, task_ids: Collection[int], now: datetime, *, blind: bool = False) -> None:
    """Claim these tasks for `user`, or claim them for longer; a claim that was blind stays it, and one
    under which the model's opinion was sent remembers that."""
    if not task_ids:
        return
    until = clock.seconds(tx) + CLAIM_SECONDS
    before = tx.scalar(select(handed.c.tasks).where(handed.c.user == user)) or 0
    always = set(tx.scalars(select(tasks.c.id).where(tasks.c.id.in_(task_ids), tasks.c.blind)))
    rows = [
        {
            "task_id": id,
            "user": user,
            "claimed_at": now,
            "until": until,
            "blind": blind or id in always,
            "suggested": not (blind or id in always),
            "place": before + number,
        }
        for number, id in enumerate(task_ids)
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


def hold(tx: Tx, user: str, task_ids: Collection[int]) -> list[int]:
    """Claim for longer what `user` has on the screen, and nothing else; those that are still theirs.

    A claim that ran out goes on where nobody has taken the task since; one whose task is closed, or is
    somebody else's by now, does not come back by it.
    """
    seconds = clock.seconds(tx)
    mine = (claims.c.user == user, claims.c.task_id.in_(task_ids))
    theirs = select(tasks.c.id).join(claims, claims.c.task_id == tasks.c.id).where(*mine, OPEN)
    theirs = theirs.where(open_to(user, seconds)).order_by(tasks.c.id)
    kept = list(tx.scalars(theirs.with_for_update(key_share=True, of=tasks)))
    longer = update(claims).where(claims.c.user == user, claims.c.task_id.in_(kept))
    tx.execute(longer.values(until=seconds + CLAIM_SECONDS))
    return kept


def release(tx: Tx, user: str, task_ids: Collection[int]) -> None:
    """Give claimed tasks back, for others to take."""
    tx.execute(delete(claims).where(claims.c.user == user, claims.c.task_id.in_(task_ids)))


def claimant(tx: Tx, task_id: int, user: str) -> str:
    """Who else has the task on the screen so that `user` cannot have it; "" where nobody has."""
    task = select(tasks.c.id).where(tasks.c.id == task_id, open_to(user, clock.seconds(tx)))
    if tx.scalar(task) is not None:
        return ""
    others = select(claims.c.user).where(claims.c.task_id == task_id, claims.c.user != user)
    return tx.scalar(others.order_by(claims.c.until.desc()).limit(1)) or ""


def has_said(tx: Tx, task: Task, user: str) -> bool:
    """Whether `user` labelled the task's text anywhere else: what measures is asked of somebody else."""
    return tx.scalar(select(tasks.c.id).where(tasks.c.id == task.id, _said_elsewhere(user))) is not None


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
            OPEN,
        )
    )
    return set(tx.scalars(held))


def open_to(user: str, seconds: float) -> ColumnElement[bool]:
    """Whether `user` may have the task: they have not answered it, and the others whose answers count, or who
    have it on the screen, leave an answer to give. What measures needs labels, and of analysts who have not
    said of the text what they think; so does a second reading."""
    others = _count(
        select(func.count()).where(
            claims.c.task_id == tasks.c.id, claims.c.user != user, claims.c.until > seconds
        )
    )
    standing = and_(answers.c.task_id == tasks.c.id, answers.c.withdrawn_at.is_(None))
    trusted = and_(standing, TRUSTED)
    counts = or_(~MEASURES, answers.c.outcome == LABEL)
    given = _count(select(func.count()).where(trusted, counts))
    own = select(answers.c.id).where(standing, answers.c.user == user).exists()
    independent = or_(MEASURES, tasks.c.wanted > 1)
    return and_(others + given < tasks.c.wanted, ~own, ~and_(independent, _said_elsewhere(user)))


def _said_elsewhere(user: str) -> ColumnElement[bool]:
    """Whether `user` labelled the task's text in another task, and be it that they took it back."""
    return (
        select(answers.c.id)
        .where(
            answers.c.text_id == tasks.c.text_id,
            answers.c.task_id != tasks.c.id,
            answers.c.user == user,
            answers.c.outcome == LABEL,
        )
        .exists()
    )


def _count(statement: Select[Any]) -> ColumnElement[int]:
    return statement.correlate(tasks).scalar_subquery()
