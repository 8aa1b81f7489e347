"""Asking: what puts a text into the queue, once or once more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, text, update

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import MEASURING, Decision, Lane, Task, TaskState
from monitor.store import dialect, users
from monitor.store.dialect import Tx
from monitor.store.schema import ASKED_ONCE, answers, articles, tasks, texts
from monitor.store.schema import users as users_
from monitor.store.standing import LABEL, STANDS
from monitor.store.tasks.rows import OPEN, get

THIRD = 3
"""Readings of an audit that was to be read twice and on which the two differ."""
ONCE = (Lane.REVIEW, Lane.AUDIT, Lane.EXPLORE)
"""The lanes that ask about a text once, all together: those of `schema.ASKED_ONCE`."""


def open_task(
    tx: Tx, article_id: int, decision: Decision, priority: float, now: datetime, *, wanted: int | None = None
) -> Task | None:
    """Queue the text of an article; None where it was queued before, whatever became of that task.

    What was drawn to measure the model is asked without the model's opinion, by `wanted` analysts (None:
    as was drawn for the text), in the place that was drawn for it, whatever its `priority`.
    """
    return ask(tx, article_id, Lane(decision.route.value), decision, priority, now, wanted=wanted)


def ask(
    tx: Tx,
    article_id: int,
    lane: Lane,
    decision: Decision,
    priority: float,
    now: datetime,
    *,
    wanted: int | None = None,
) -> Task | None:
    """`open_task` in any lane; a text may be in those that are not of ONCE any number of times.

    Raises NotFoundError for an unknown article.
    """
    about = select(texts.c.id, texts.c.twice, texts.c.place)
    about = about.join(articles, articles.c.text_id == texts.c.id).where(articles.c.id == article_id)
    drawn = tx.execute(about).first()
    if drawn is None:
        raise NotFoundError(Message("articles.none", article=article_id))
    measures = lane in MEASURING
    twice = lane is Lane.AUDIT and drawn.twice
    statement = dialect.insert(tx, tasks).values(
        text_id=drawn.id,
        article_id=article_id,
        lane=lane.value,
        inclusion=decision.inclusion,
        reason=decision.reason,
        priority=drawn.place if measures else priority,
        state=TaskState.OPEN.value,
        blind=measures,
        wanted=wanted or (2 if twice else 1),
        created_at=now,
    )
    if lane in ONCE:
        statement = statement.on_conflict_do_nothing(
            index_elements=["text_id"],
            index_where=text(ASKED_ONCE),  # written out: PostgreSQL does not prove it of parameters
        )
    task_id = tx.scalar(statement.returning(tasks.c.id))
    return None if task_id is None else get(tx, task_id)


def ask_again(tx: Tx, article_ids: Collection[int]) -> int:
    """Open the tasks of these articles once more, for one more analyst than has labelled them; how many.
    Their labels stand meanwhile. What measures models has a rule of its own, and stays closed."""
    some = (tasks.c.article_id.in_(article_ids), tasks.c.lane.in_([Lane.REVIEW.value, Lane.EXPLORE.value]))
    closed = (tasks.c.state == TaskState.DONE.value, tasks.c.wanted == 1)
    opened = {"state": TaskState.OPEN.value, "closed_at": None, "wanted": 2}
    return tx.execute(update(tasks).where(*some, *closed).values(opened)).rowcount


def ask_third(tx: Tx, task: Task) -> bool:
    """Have an audit on which two readers differ read a third time, blind, by somebody else; False where
    there is nobody else."""
    said = select(answers.c.user).where(answers.c.text_id == task.text_id, answers.c.outcome == LABEL)
    others = select(users_.c.id).where(users.MAY_LABEL, users_.c.name.not_in(said))
    if not tx.scalar(select(others.exists())):
        return False
    tx.execute(update(tasks).where(tasks.c.id == task.id).values(wanted=THIRD))
    return True


def awaiting_third(tx: Tx, text_ids: Collection[int], since: datetime) -> set[int]:
    """Those of these texts that somebody is to read a third time, the second reading being from `since` on:
    what was said of them is kept from who could be asked."""
    found: set[int] = set()
    for part in dialect.parts(list(text_ids)):
        some = tasks.c.text_id.in_(part)
        late = select(answers.c.id).where(
            answers.c.task_id == tasks.c.id, STANDS, answers.c.created_at >= since
        )
        asked = (tasks.c.lane == Lane.AUDIT.value, tasks.c.wanted >= THIRD, OPEN, late.exists())
        found |= set(tx.scalars(select(tasks.c.text_id).where(some, *asked)))
    return found


def requested(tx: Tx, text_id: int) -> bool:
    """Whether somebody asked about this text and nobody has answered yet."""
    asked = select(tasks.c.id).where(tasks.c.text_id == text_id, tasks.c.lane == Lane.REQUEST.value, OPEN)
    return tx.scalar(asked) is not None
