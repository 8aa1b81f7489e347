"""The labelling queue: one task per distinct text, handed to analysts, each claim a row of its own.

Why a text is asked about is its lane. Review, explore and request are served by priority, which the query
strategy sets (`monitor.acquisition.ordering`); audits and duels measure models, so they are served blind,
in an order that was drawn, at a share of what every analyst is handed: a sample that is finished measures,
one that waits behind a strategy's wishes does not. Only skipped twice, by different analysts, an audit is
missing. An audit that two read and on which they differ is read a third time. No task is dropped,
however long the queue.

A claim keeps a task for the analyst who has it on the screen, for CLAIM_SECONDS on the store's clock,
so that no wall clock can end it early or keep it for ever. A task whose `wanted` answers are given, or
being given, is handed to nobody else.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import floor
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    text,
    true,
    update,
)

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import MEASURING, Decision, Lane, Task, TaskState
from monitor.store import clock, dialect, labels, samples, users
from monitor.store.dialect import Tx
from monitor.store.schema import (
    ASKED_ONCE,
    answers,
    article_topics,
    articles,
    claims,
    handed,
    tasks,
    texts,
)
from monitor.store.schema import users as users_
from monitor.store.standing import LABEL, STANDS, TRUSTED
from monitor.store.users import Skills

CLAIM_SECONDS = 900.0
"""How long a claimed task is kept for an analyst who does nothing (seconds of the store's clock)."""
BLIND_SHARE = 0.2
"""The share of audits and duels among what an analyst is handed, while any is open."""
MISSES = 2
"""Skips by different analysts that make a measuring task missing."""
THIRD = 3
"""Readings of an audit that was to be read twice and on which the two differ."""
ONCE = (Lane.REVIEW, Lane.AUDIT, Lane.EXPLORE)
"""The lanes that ask about a text once, all together: those of `schema.ASKED_ONCE`."""

_MEASURES = tasks.c.lane.in_([lane.value for lane in MEASURING])
_OPEN = tasks.c.state == TaskState.OPEN.value


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
    room = select(tasks.c.id).where(_OPEN, counts, _room(user, seconds))
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
    return [_record(found[task_id], blind=sent_blind[task_id]) for task_id in ids]


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

    drawn = free.where(_MEASURES).order_by(tasks.c.priority, tasks.c.id)
    known = [_about(skills.topics).desc()] if skills.topics else []
    wanted = free.where(~_MEASURES).order_by(*known, tasks.c.priority.desc(), tasks.c.id)
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
    theirs = select(tasks.c.id).join(claims, claims.c.task_id == tasks.c.id).where(*mine, _OPEN)
    theirs = theirs.where(_room(user, seconds)).order_by(tasks.c.id)
    kept = list(tx.scalars(theirs.with_for_update(key_share=True, of=tasks)))
    longer = update(claims).where(claims.c.user == user, claims.c.task_id.in_(kept))
    tx.execute(longer.values(until=seconds + CLAIM_SECONDS))
    return kept


def _count_handed(tx: Tx, user: str, n: int) -> None:
    if n:
        statement = dialect.insert(tx, handed).values(user=user, tasks=n)
        more = handed.c.tasks + statement.excluded.tasks
        tx.execute(statement.on_conflict_do_update(index_elements=["user"], set_={"tasks": more}))


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


def has_said(tx: Tx, task: Task, user: str) -> bool:
    """Whether `user` labelled the task's text anywhere else: what measures is asked of somebody else."""
    return tx.scalar(select(tasks.c.id).where(tasks.c.id == task.id, _said_elsewhere(user))) is not None


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
        asked = (tasks.c.lane == Lane.AUDIT.value, tasks.c.wanted >= THIRD, _OPEN, late.exists())
        found |= set(tx.scalars(select(tasks.c.text_id).where(some, *asked)))
    return found


def need_no_third(tx: Tx, text_id: int, now: datetime) -> None:
    """Close the third reading of a text: somebody decided between the two."""
    asked = (tasks.c.lane == Lane.AUDIT.value, tasks.c.wanted >= THIRD, _OPEN)
    ids = list(tx.scalars(select(tasks.c.id).where(tasks.c.text_id == text_id, *asked)))
    close(tx, ids, TaskState.DONE, now)


def close(tx: Tx, task_ids: Sequence[int], state: TaskState, now: datetime) -> None:
    """Close these tasks, in this state, whoever has them on the screen."""
    for some in dialect.parts(task_ids):
        closed = {"state": state.value, "closed_at": now}
        tx.execute(update(tasks).where(tasks.c.id.in_(some)).values(closed))
        tx.execute(delete(claims).where(claims.c.task_id.in_(some)))


def requested(tx: Tx, text_id: int) -> bool:
    """Whether somebody asked about this text and nobody has answered yet."""
    asked = select(tasks.c.id).where(tasks.c.text_id == text_id, tasks.c.lane == Lane.REQUEST.value, _OPEN)
    return tx.scalar(asked) is not None


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
            _OPEN,
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
    """The newest task about the text of an article, whatever its state."""
    about = select(articles.c.text_id).where(articles.c.id == article_id).scalar_subquery()
    newest = select(tasks).where(tasks.c.text_id == about).order_by(tasks.c.id.desc()).limit(1)
    row = tx.execute(newest).mappings().first()
    return None if row is None else _record(row)


def waiting(tx: Tx, limit: int | None = None) -> list[int]:
    """The articles of the open tasks that a strategy orders, claimed or not, in the order they will be
    served; the first `limit`."""
    counts = samples.of_counted(tx, tasks.c.article_id)
    statement = select(tasks.c.article_id).where(_OPEN, ~_MEASURES, counts)
    return list(tx.scalars(statement.order_by(tasks.c.priority.desc(), tasks.c.id).limit(limit)))


def outdated(tx: Tx, text_id: int, now: datetime) -> int:
    """Withdraw the open tasks about a text that no article carries any more; how many. What is asked
    instead is decided by what the articles say now."""
    carried = select(articles.c.id).where(articles.c.text_id == text_id)
    if tx.scalar(select(carried.exists())):
        return 0
    gone = list(tx.scalars(select(tasks.c.id).where(tasks.c.text_id == text_id, _OPEN).with_for_update()))
    if gone:
        closed = {"state": TaskState.WITHDRAWN.value, "closed_at": now}
        tx.execute(update(tasks).where(tasks.c.id.in_(gone)).values(closed))
        tx.execute(delete(claims).where(claims.c.task_id.in_(gone)))
    return len(gone)


def open_count(tx: Tx) -> int:
    """How many tasks wait. The sample's count as `samples` says, here and in what follows."""
    counts = samples.of_counted(tx, tasks.c.article_id)
    return tx.scalar(select(func.count()).select_from(tasks).where(_OPEN, counts)) or 0


def stats(tx: Tx) -> dict[str, Any]:
    """Counts of tasks: open, and the open ones by lane; done, skipped, withdrawn; `lanes`, which holds all of
    these for each lane with the smallest and largest `inclusion`; of labels: labels, gold, by_user."""
    counted: dict[str, Any] = {state.value: 0 for state in TaskState} | {lane.value: 0 for lane in Lane}
    lanes: dict[str, dict[str, Any]] = {
        lane.value: {**{state.value: 0 for state in TaskState}, "inclusion": None} for lane in Lane
    }
    for row in tx.execute(
        select(
            tasks.c.state,
            tasks.c.lane,
            func.count().label("n"),
            func.min(tasks.c.inclusion).label("least"),
            func.max(tasks.c.inclusion).label("most"),
        )
        .where(samples.of_counted(tx, tasks.c.article_id))
        .group_by(tasks.c.state, tasks.c.lane)
    ):
        counted[row.state] += row.n
        lane = lanes[row.lane]
        lane[row.state] += row.n
        if row.least is not None:
            least, most = lane["inclusion"] or (row.least, row.most)
            lane["inclusion"] = [min(least, row.least), max(most, row.most)]
        if row.state == TaskState.OPEN.value:
            counted[row.lane] += row.n
    return {**counted, "lanes": lanes, **labels.stats(tx)}


def reprioritise(
    tx: Tx, ordered_article_ids: Sequence[int], reasons: Mapping[int, str] | None = None
) -> None:
    """Serve the open tasks of these articles in this order, before all others that a strategy orders, and
    tell why by `reasons`, by article; what routing said of it stays with the prediction.

    Other tasks keep the order they have among themselves; those that measure keep the place drawn for them.
    """
    waiting = and_(_OPEN, ~_MEASURES)
    # Priorities that routing gives lie in [0, 1]; an order given lies above them, and an older
    # one returns to below it.
    tx.execute(update(tasks).where(waiting, tasks.c.priority > 1).values(priority=1.0))
    for place, article_id in enumerate(ordered_article_ids):
        tx.execute(
            update(tasks)
            .where(tasks.c.article_id == article_id, waiting)
            .values(
                priority=float(1 + len(ordered_article_ids) - place),
                **({"reason": reasons[article_id]} if reasons and article_id in reasons else {}),
            )
        )


def _room(user: str, seconds: float) -> ColumnElement[bool]:
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
    counts = or_(~_MEASURES, answers.c.outcome == LABEL)
    given = _count(select(func.count()).where(trusted, counts))
    own = select(answers.c.id).where(standing, answers.c.user == user).exists()
    independent = or_(_MEASURES, tasks.c.wanted > 1)
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
        text_id=row["text_id"],
        inclusion=row["inclusion"],
    )
