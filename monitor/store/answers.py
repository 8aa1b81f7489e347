"""Answers: what an analyst said of a task, a label or that they leave it, and taking it back.

A sender gives each answer a `key` of its own. The same key again is the same answer again, whatever
became of the connection that carried it: it is answered as the first time, and stored once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, delete, insert, or_, select, update

from monitor.errors import ConflictError, NotFoundError, TakenError
from monitor.messages import Message
from monitor.records import MEASURING, Decision, Label, Lane, Route, Task, TaskState
from monitor.store import duels, labels, predictions
from monitor.store import tasks as queue
from monitor.store.dialect import Tx
from monitor.store.schema import answers, claims, tasks
from monitor.store.standing import LABEL, TRUSTED

SKIP = "skip"
HELD = "held"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How an answer came about: see `Label`. `key` is the sender's ("" where it has none)."""

    suggested: bool = False
    seconds: float | None = None
    key: str = ""
    note: str = ""
    guideline: int = 0


_UNKNOWN = Circumstances()


@dataclass(frozen=True, slots=True)
class _Said:
    """The content of an answer."""

    outcome: str
    sentiment: str = ""
    topics: Sequence[str] | None = None
    companies: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "sentiment": self.sentiment,
            "topics": None if self.topics is None else list(self.topics),
            "companies": dict(self.companies),
        }


def answer(
    tx: Tx,
    task_id: int,
    user: str,
    sentiment: str,
    topics: Sequence[str] | None,
    now: datetime,
    gold: bool = False,
    *,
    companies: Mapping[str, str] | None = None,
    how: Circumstances = _UNKNOWN,
) -> Label:
    """Answer the task with a label, which from now on counts for every article with its text.

    Raises NotFoundError, TakenError where the task is closed (a second click, a second analyst), held
    by another analyst, or answered by this one, and ConflictError where the key was another answer's.
    """
    said = _Said(LABEL, sentiment, topics, companies or {})
    return labels.get(tx, _give(tx, task_id, user, said, now, gold, how)["id"])


def on_request(
    tx: Tx,
    article_id: int,
    user: str,
    sentiment: str,
    topics: Sequence[str] | None,
    now: datetime,
    *,
    reason: str,
    priority: float = 0.0,
    companies: Mapping[str, str] | None = None,
    gold: bool = False,
    how: Circumstances = _UNKNOWN,
) -> Label:
    """Label the text of an article that nobody handed out: a request of one's own, asked and answered at
    once. With the key of an answer that was given before, that one is given again.

    `priority` is its place among others, should the answer be taken back. Raises as `answer` does.
    """
    task_id = task_of(tx, user, how.key)
    if task_id is None:
        asked = Decision(Route.REVIEW, reason)
        task = queue.ask(tx, article_id, Lane.REQUEST, asked, priority, now, wanted=1)
        assert task is not None  # a text may be asked about on request any number of times
        task_id = task.id
    return answer(tx, task_id, user, sentiment, topics, now, gold, companies=companies, how=how)


def skip(tx: Tx, task_id: int, user: str, now: datetime, *, how: Circumstances = _UNKNOWN) -> None:
    """Leave the task without a label; one that measures goes to another analyst, see `tasks.MISSES`. Raises
    as `answer` does."""
    _give(tx, task_id, user, _Said(SKIP), now, False, how)


def undo(tx: Tx, user: str, now: datetime, key: str = "", *, of: str = "", answer_id: int = 0) -> Task | None:
    """Take back what `user` answered last, or the answer that was given under the key `of` or has the
    number `answer_id`, and hand them the task again, without the model's opinion where that was not in view.

    Its label is withdrawn. Called again it goes one further back; None at the end. With a `key` that
    took an answer back before, or where the answer `of` is taken back already, that task is handed
    again and nothing else happens. Raises NotFoundError where `user` gave no such answer.
    """
    if key:
        known = tx.scalar(
            select(answers.c.task_id).where(answers.c.user == user, answers.c.withdrawn_key == key)
        )
        if known is not None:
            return _handed(tx, known, user)
    mine = select(answers).where(answers.c.user == user).order_by(answers.c.id.desc()).limit(1)
    named = answers.c.id == answer_id if answer_id else answers.c.key == of
    mine = mine.where(named if answer_id or of else answers.c.withdrawn_at.is_(None))
    row = tx.execute(mine.with_for_update(key_share=True)).first()
    if row is None:
        if of or answer_id:
            raise NotFoundError(Message("queue.no_answer", key=of or answer_id))
        return None
    if row.withdrawn_at is not None:
        return _handed(tx, row.task_id, user)
    tx.execute(
        update(answers).where(answers.c.id == row.id).values(withdrawn_at=now, withdrawn_key=key or None)
    )
    tx.execute(
        update(tasks).where(tasks.c.id == row.task_id).values(state=TaskState.OPEN.value, closed_at=None)
    )
    queue.claim(tx, user, [row.task_id], now, blind=not row.suggested)
    predictions.settle_text(tx, row.text_id, now)
    duels.answered(tx, row.task_id, now)
    return _handed(tx, row.task_id, user)


def known(tx: Tx, user: str, key: str) -> bool:
    """Whether `user` gave or took back an answer under this key before: sent again, it is done already."""
    ours = and_(answers.c.user == user, or_(answers.c.key == key, answers.c.withdrawn_key == key))
    return bool(key) and tx.scalar(select(answers.c.id).where(ours)) is not None


def task_of(tx: Tx, user: str, key: str) -> int | None:
    """The task that `user` answered under this key."""
    ours = (answers.c.user == user, answers.c.key == key)
    return tx.scalar(select(answers.c.task_id).where(*ours)) if key else None


def withdrawn(tx: Tx, user: str, key: str) -> bool:
    """Whether `user` took the answer given under this key back."""
    ours = (answers.c.user == user, answers.c.key == key, answers.c.withdrawn_at.is_not(None))
    return bool(key) and tx.scalar(select(answers.c.id).where(*ours)) is not None


def _give(
    tx: Tx, task_id: int, user: str, said: _Said, now: datetime, gold: bool, how: Circumstances
) -> RowMapping:
    # The task's row is locked first: two answers to it, or two sendings of one, come in line.
    tx.execute(select(tasks.c.id).where(tasks.c.id == task_id).with_for_update())
    task = queue.get(tx, task_id)
    again = _sent_before(tx, task_id, user, said, how.key)
    if again is not None:
        return again
    if task.state is not TaskState.OPEN:
        raise _closed(tx, task_id)
    own = (answers.c.task_id == task_id, answers.c.user == user, answers.c.withdrawn_at.is_(None))
    given = tx.execute(select(answers.c.outcome, answers.c.sentiment).where(*own)).first()
    if given is not None:
        message = Message("queue.answered", task=task_id)
        raise TakenError(message, user=user, outcome=given.outcome, sentiment=given.sentiment)
    if task.lane in MEASURING and queue.has_said(tx, task, user):
        raise TakenError(Message("queue.said_before", task=task_id), user=user, outcome=HELD)
    if other := queue.claimant(tx, task_id, user):
        raise TakenError(Message("queue.held", task=task_id, user=other), user=other, outcome=HELD)
    mine = (claims.c.task_id == task_id, claims.c.user == user)
    sent = tx.scalar(select(claims.c.suggested).where(*mine))
    values = {
        **said.values(),
        "task_id": task_id,
        "text_id": task.text_id,
        "article_id": task.article_id,
        "user": user,
        "suggested": how.suggested and (not task.blind if sent is None else sent),
        "seconds": how.seconds,
        "gold": gold,
        "guideline": how.guideline,
        "note": how.note,
        "key": how.key or None,
        "created_at": now,
    }
    row = tx.execute(insert(answers).values(values).returning(*answers.c)).mappings().one()
    tx.execute(delete(claims).where(*mine))
    _close_if_done(tx, task, now)
    if said.outcome == LABEL:
        predictions.settle_text(tx, task.text_id, now)
    if task.lane is Lane.DUEL:
        duels.answered(tx, task_id, now)
    return row


def _sent_before(tx: Tx, task_id: int, user: str, said: _Said, key: str) -> RowMapping | None:
    """The answer with this key, if the sender sent it before."""
    if not key:
        return None
    row = tx.execute(select(answers).where(answers.c.user == user, answers.c.key == key)).mappings().first()
    if row is None:
        return None
    same = {name: row[name] for name in said.values()} == said.values() and row["task_id"] == task_id
    if not same:
        raise ConflictError(Message("queue.key_reused", key=key))
    return row


def _close_if_done(tx: Tx, task: Task, now: datetime) -> None:
    standing = (answers.c.task_id == task.id, answers.c.withdrawn_at.is_(None), TRUSTED)
    rows = tx.execute(select(answers.c.outcome, answers.c.sentiment).where(*standing)).all()
    given = Counter(row.outcome for row in rows)
    labelled, skipped = given[LABEL], given[SKIP]
    if task.lane in MEASURING:
        apart = task.lane is Lane.AUDIT and labelled == task.wanted == queue.THIRD - 1
        apart = apart and len({row.sentiment for row in rows if row.outcome == LABEL}) > 1
        done = labelled >= task.wanted or skipped >= queue.MISSES
        done = done and not (apart and queue.ask_third(tx, task))
    else:
        done = labelled + skipped >= task.wanted
    if done:
        state = TaskState.DONE if labelled else TaskState.SKIPPED
        tx.execute(update(tasks).where(tasks.c.id == task.id).values(state=state.value, closed_at=now))
        tx.execute(delete(claims).where(claims.c.task_id == task.id))


def _closed(tx: Tx, task_id: int) -> TakenError:
    """What became of a closed task: who said what last."""
    last = tx.execute(
        select(answers.c.user, answers.c.outcome, answers.c.sentiment)
        .where(answers.c.task_id == task_id, answers.c.withdrawn_at.is_(None))
        .order_by(answers.c.id.desc())
        .limit(1)
    ).first()
    if last is None:
        withdrawn = queue.get(tx, task_id).state is TaskState.WITHDRAWN
        return TakenError(Message("queue.edited" if withdrawn else "queue.closed", task=task_id))
    if last.outcome == SKIP:
        said = Message("queue.closed_skipped", task=task_id, user=last.user)
    else:
        sentiment = Message(f"sentiment.{last.sentiment}")
        said = Message("queue.closed_labelled", task=task_id, user=last.user, sentiment=sentiment)
    return TakenError(said, user=last.user, outcome=last.outcome, sentiment=last.sentiment)


def _handed(tx: Tx, task_id: int, user: str) -> Task:
    """The task as `user` has it on the screen."""
    task = queue.get(tx, task_id)
    blind = tx.scalar(select(claims.c.blind).where(claims.c.task_id == task_id, claims.c.user == user))
    return replace(task, blind=task.blind or bool(blind))
