"""Handing tasks to an analyst: which come next, and where among them those that measure."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import floor

from sqlalchemy import ColumnElement, Select, and_, case, select, true

from monitor.records import Task
from monitor.store import clock, dialect, samples, users
from monitor.store.dialect import Tx
from monitor.store.schema import article_topics, articles, claims, handed, tasks
from monitor.store.tasks.claims import claim, open_to
from monitor.store.tasks.rows import MEASURES, OPEN, record
from monitor.store.users import Skills

BLIND_SHARE = 0.2
"""The share of audits and duels among what an analyst is handed, while any is open."""


def next_tasks(
    tx: Tx, user: str, n: int, now: datetime, *, blind: bool = False, blind_share: float = BLIND_SHARE
) -> list[Task]:
    """Hand up to `n` tasks to `user`: those already theirs in the order they got them, then new ones, of
    which `blind_share` measure models, while there are any.

    Called again it gives the same tasks and claims them for longer. With `blind`, or where the task
    is, a new claim is without the model's opinion, and stays so; `Task.blind` tells. New ones are such as
    the user has the skills for, see `users.Skills`.
    """
    seconds = clock.seconds(tx)
    counts = samples.of_counted(tx, tasks.c.article_id)
    held = select(claims.c.task_id).where(claims.c.user == user)
    room = select(tasks.c.id).where(OPEN, counts, open_to(user, seconds))
    mine = room.join(claims, and_(claims.c.task_id == tasks.c.id, claims.c.user == user))
    mine = mine.order_by(claims.c.place, tasks.c.id).limit(n)
    ids = list(tx.scalars(mine.with_for_update(key_share=True, of=tasks)))
    skills = users.skills(tx, user)
    free = room.where(tasks.c.id.not_in(held), _readable(skills))
    new = _new(tx, user, n - len(ids), free, blind_share, skills)
    ids += new
    claim(tx, user, ids, now, blind=blind)
    _count_handed(tx, user, len(new))
    sent_blind = {
        row.task_id: row.blind
        for row in tx.execute(
            select(claims.c.task_id, claims.c.blind).where(claims.c.user == user, claims.c.task_id.in_(ids))
        )
    }
    found = {row["id"]: row for row in tx.execute(select(tasks).where(tasks.c.id.in_(ids))).mappings()}
    return [record(found[task_id], blind=sent_blind[task_id]) for task_id in ids]


def _new(tx: Tx, user: str, n: int, free: Select[tuple[int]], share: float, skills: Skills) -> list[int]:
    """`n` tasks that are handed to `user` now, with those that measure in their places among them. What
    measures keeps its order, whoever reads it."""
    if n <= 0:
        return []
    before = tx.scalar(select(handed.c.tasks).where(handed.c.user == user)) or 0
    places = measuring_places(user, before, n, share)

    def taken(some: Select[tuple[int]], limit: int) -> list[int]:
        # Rows that another process is handing out at this moment are passed over, not waited for.
        return list(tx.scalars(some.limit(limit).with_for_update(skip_locked=True, key_share=True, of=tasks)))

    drawn = free.where(MEASURES).order_by(tasks.c.priority, tasks.c.id)
    known = [_about(skills.topics).desc()] if skills.topics else []
    wanted = free.where(~MEASURES).order_by(*known, tasks.c.priority.desc(), tasks.c.id)
    measuring = taken(drawn, sum(places)) if any(places) else []
    ordinary = taken(wanted, n - len(measuring))
    if missing := n - len(measuring) - len(ordinary):
        measuring += taken(drawn.where(tasks.c.id.not_in(measuring)), missing)
    order: list[int] = []
    for measures in (*places, *[False] * n):
        source, other = (measuring, ordinary) if measures else (ordinary, measuring)
        if source or other:
            order.append((source or other).pop(0))
    return order[:n]


def _readable(skills: Skills) -> ColumnElement[bool]:
    """Whether a task's text is in a language that the analyst reads, or in one that is not known."""
    if not skills.languages:
        return true()
    spoken = articles.c.language.in_(["", *skills.languages])
    return select(articles.c.id).where(articles.c.id == tasks.c.article_id, spoken).exists()


def _about(topics: Sequence[str]) -> ColumnElement[int]:
    """1 where a task's text is of one of these topics, as far as anybody knows; else 0."""
    named = (article_topics.c.article_id == tasks.c.article_id, article_topics.c.topic.in_(topics))
    return case((select(article_topics.c.topic).where(*named).exists(), 1), else_=0)


def measuring_places(user: str, before: int, n: int, share: float) -> list[bool]:
    """Which of the next `n` tasks of an analyst, who was handed `before` so far, measure models.

    Of any number of tasks in a row the `share` does, to less than one: systematic sampling, which begins
    at another place for every analyst.
    """
    start = zlib.crc32(user.encode("utf-8", "surrogatepass")) / 2**32
    steps = [floor((before + place) * share + start) for place in range(n + 1)]
    return [later > earlier for earlier, later in pairwise(steps)]


def _count_handed(tx: Tx, user: str, n: int) -> None:
    if n:
        statement = dialect.insert(tx, handed).values(user=user, tasks=n)
        more = handed.c.tasks + statement.excluded.tasks
        tx.execute(statement.on_conflict_do_update(index_elements=["user"], set_={"tasks": more}))
