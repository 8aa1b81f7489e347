"""Trainings: one row each, from its being asked for to its end, whoever asked and wherever it runs.

    queued ── claim ──> running ── finish ──> done
                          ├─ end ───────────> failed
                          ├─ cancel ────────> cancelling ── its process looks, or ends ──> cancelled
                          └─ its process ends (`processes.close_orphans`) ──> interrupted
    interrupted ── resume ──> queued, or claim ──> running; and queued or interrupted ── cancel ──> cancelled

Of queued, running and cancelling ones there is at most one: a unique column says so to the database. What a
process writes of the one it runs counts only while the row is its own (`Claim`): a process that was taken
for dead and wakes up finds another attempt's number there, and changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update

from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.records import ACTIVE, Training, TrainingState, Trigger
from monitor.store import dialect, processes
from monitor.store.dialect import Tx
from monitor.store.schema import trainings

MOST_ATTEMPTS = 3
"""So often a training is begun by itself; a person may resume it after that, too."""

_ENDED = {"active": None, "minutes_left": None}
_OURS = (TrainingState.RUNNING, TrainingState.CANCELLING)


@dataclass(frozen=True, slots=True)
class Claim:
    """A training that a process runs, by its number of attempts: nobody else's writes have the same."""

    id: str
    holder: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a training is asked for with: see `Training`, and the classifier's `options`. `files`: its folder
    holds texts of files to learn from."""

    id: str
    trigger: Trigger
    why: str
    user: str
    via: str
    address: str = ""
    options: Mapping[str, Any] | None = None
    files: bool = False


def ask(tx: Tx, asked: Asked, now: datetime, seconds: float) -> Training:
    """Put a training in line; what was interrupted before is given up for it.

    Raises ConflictError, naming it, where another is queued or runs.
    """
    processes.close_orphans(tx, now)
    told = Message("training.superseded", training=asked.id)
    gone = {**_ENDED, "state": TrainingState.CANCELLED.value, "outcome": told, "ended_at": now}
    statement = dialect.insert(tx, trainings).values(
        id=asked.id,
        asked_at=now,
        asked=seconds,
        asked_by=asked.user,
        address=asked.address,
        via=asked.via,
        trigger=asked.trigger.value,
        why=asked.why,
        options=dict(asked.options or {}),
        files=asked.files,
        state=TrainingState.QUEUED.value,
        active=True,
    )
    added = statement.on_conflict_do_nothing(index_elements=["active"]).returning(trainings.c.id)
    if tx.execute(added).first() is None:
        other = active(tx)
        raise ConflictError(Message("learning.running", training=other.id if other else ""))
    tx.execute(update(trainings).where(_is(TrainingState.INTERRUPTED)).values(**gone))
    return get(tx, asked.id)


def claim(tx: Tx, id: str, holder: str, now: datetime) -> Claim:
    """Run a queued training, or an interrupted one again. Raises NotFoundError, and ConflictError where it
    runs or has ended, or another one is in line."""
    processes.close_orphans(tx, now)
    training = get(tx, id)
    other = active(tx)
    if other is not None and other.id != id:
        raise ConflictError(Message("learning.running", training=other.id))
    taken = tx.execute(
        update(trainings)
        .where(trainings.c.id == id, _is(TrainingState.QUEUED, TrainingState.INTERRUPTED))
        .values(
            state=TrainingState.RUNNING.value,
            active=True,
            holder=holder,
            attempts=trainings.c.attempts + 1,
            started_at=training.started_at or now,
            reported_at=now,
            ended_at=None,
            stage="",
            done=0.0,
            total=0.0,
            outcome="",
        )
        .returning(trainings.c.attempts)
    ).first()
    if taken is None:
        state = Message(f"training.state.{training.state}")
        raise ConflictError(Message("training.not_open", training=id, state=state))
    return Claim(id, holder, taken.attempts)


def report(
    tx: Tx, claim: Claim, stage: str, done: float, total: float, minutes_left: float | None, now: datetime
) -> TrainingState | None:
    """Say how far it is; its state (running, or cancelling), None where it is not this process's any more."""
    row = tx.execute(
        update(trainings)
        .where(_own(claim))
        .values(stage=stage, done=done, total=total, minutes_left=minutes_left, reported_at=now)
        .returning(trainings.c.state)
    ).first()
    return None if row is None else TrainingState(row.state)


def freeze(tx: Tx, claim: Claim, snapshot: str, parent: str) -> bool:
    """Record what it learns from and starts from, which its folder holds; False where it is not ours."""
    frozen = update(trainings).where(_own(claim)).values(snapshot=snapshot, parent=parent)
    return bool(tx.execute(frozen).rowcount)


def finish(tx: Tx, claim: Claim, model: str, verdict: str, outcome: str, now: datetime) -> bool:
    """Record that it made a version; False where it was told to stop meanwhile, or is not ours."""
    values = {"state": TrainingState.DONE.value, "model": model, "verdict": verdict, "outcome": outcome}
    done = update(trainings).where(_own(claim), _is(TrainingState.RUNNING))
    return bool(tx.execute(done.values(**_ENDED, **values, ended_at=now)).rowcount)


def end(tx: Tx, claim: Claim, state: TrainingState, outcome: str, now: datetime) -> bool:
    """Record that it ended without a version (cancelled, failed, interrupted); what was told to stop is
    cancelled however it ends. False where it is not ours."""
    current = tx.execute(select(trainings.c.state, trainings.c.outcome).where(_own(claim))).first()
    if current is not None and current.state == TrainingState.CANCELLING.value:
        state, outcome = TrainingState.CANCELLED, current.outcome
    values = {**_ENDED, "state": state.value, "outcome": outcome, "ended_at": now}
    return bool(tx.execute(update(trainings).where(_own(claim)).values(**values)).rowcount)


def cancel(tx: Tx, id: str, outcome: str, now: datetime) -> Training:
    """Give a training up: one that nobody runs is cancelled, one that runs is told to stop.

    Raises NotFoundError, and ConflictError where it has ended.
    """
    processes.close_orphans(tx, now)
    waiting = update(trainings).where(
        trainings.c.id == id, _is(TrainingState.QUEUED, TrainingState.INTERRUPTED)
    )
    cancelled = {"state": TrainingState.CANCELLED.value, "outcome": outcome, "ended_at": now}
    if not tx.execute(waiting.values(**_ENDED, **cancelled)).rowcount:
        running = update(trainings).where(trainings.c.id == id, _is(*_OURS))
        told = {"state": TrainingState.CANCELLING.value, "outcome": outcome}
        if not tx.execute(running.values(**told)).rowcount:
            state = Message(f"training.state.{get(tx, id).state}")
            raise ConflictError(Message("training.not_open", training=id, state=state))
    return get(tx, id)


def resume(tx: Tx, id: str, now: datetime) -> Training:
    """Put an interrupted training in line again. Raises NotFoundError, and ConflictError where it was not
    interrupted, or another one is in line."""
    processes.close_orphans(tx, now)
    training, other = get(tx, id), active(tx)
    if training.state is not TrainingState.INTERRUPTED:
        state = Message(f"training.state.{training.state}")
        raise ConflictError(Message("training.not_open", training=id, state=state))
    if other is not None:
        raise ConflictError(Message("learning.running", training=other.id))
    again = {"state": TrainingState.QUEUED.value, "active": True, "ended_at": None, "outcome": ""}
    tx.execute(update(trainings).where(trainings.c.id == id).values(**again))
    return get(tx, id)


def untold(tx: Tx, holder: str, running: Sequence[str], now: datetime) -> None:
    """Leave to be resumed what a process held and runs no more, because the store could not be told."""
    lost = and_(trainings.c.holder == holder, trainings.c.id.not_in(running))
    died = {"state": TrainingState.INTERRUPTED.value, "outcome": Message("training.died")}
    for before, after in (
        (TrainingState.RUNNING, died),
        (TrainingState.CANCELLING, {"state": TrainingState.CANCELLED.value}),
    ):
        tx.execute(update(trainings).where(lost, _is(before)).values(**_ENDED, **after, ended_at=now))


def get(tx: Tx, id: str) -> Training:
    """The training with this id. Raises NotFoundError."""
    found = _select(tx, trainings.c.id == id)
    if not found:
        raise NotFoundError(Message("training.none", training=id))
    return found[0]


def options(tx: Tx, id: str) -> tuple[Mapping[str, Any], bool]:
    """The classifier's options that a training was asked for with, and whether its folder holds files'
    texts."""
    row = tx.execute(select(trainings.c.options, trainings.c.files).where(trainings.c.id == id)).one()
    return row.options, row.files


def all(tx: Tx, limit: int = 50) -> list[Training]:
    """The latest trainings, newest first."""
    return _select(tx, limit=limit)


def active(tx: Tx) -> Training | None:
    """The one that is queued, runs, or was told to stop."""
    found = _select(tx, trainings.c.active)
    return found[0] if found else None


def resumable(tx: Tx) -> Training | None:
    """The newest interrupted one."""
    found = _select(tx, _is(TrainingState.INTERRUPTED), limit=1)
    return found[0] if found else None


def last_asked(tx: Tx) -> float:
    """When the newest training was asked for, on the store's clock; minus infinity where none ever was."""
    found: float | None = tx.scalar(select(func.max(trainings.c.asked)))
    return -math.inf if found is None else found


def open_ids(tx: Tx) -> set[str]:
    """The trainings whose folders are needed still."""
    return set(tx.scalars(select(trainings.c.id).where(_is(*ACTIVE, TrainingState.INTERRUPTED))))


def _is(*states: TrainingState) -> ColumnElement[bool]:
    return trainings.c.state.in_([state.value for state in states])


def _own(claim: Claim) -> ColumnElement[bool]:
    return and_(
        trainings.c.id == claim.id,
        trainings.c.holder == claim.holder,
        trainings.c.attempts == claim.attempt,
        _is(*_OURS),
    )


_COLUMNS = [column for column in trainings.c if column.name in Training.__slots__]


def _select(tx: Tx, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Training]:
    order = (trainings.c.asked.desc(), trainings.c.asked_at.desc(), trainings.c.id.desc())
    rows = tx.execute(select(*_COLUMNS).where(*conditions).order_by(*order).limit(limit)).mappings()
    return [
        Training(**{**row, "state": TrainingState(row["state"]), "trigger": Trigger(row["trigger"])})
        for row in rows
    ]
