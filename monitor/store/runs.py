"""Runs of scheduled jobs. A run's slot is the next number of its job, which one process only can claim:
whatever clocks say, nothing runs twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import runs

KEPT = 1000
"""Runs of a job that housekeeping leaves, the newest."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job. `state`: running, done, failed, or missed (nobody was there to run it).

    `seconds` is when it began on the store's clock; `started_at` and `finished_at` are what the wall
    clock claimed, for people. `served` is the time of the timetable that it ran for, as the wall of the
    desk's zone shows it ("" where the job has an interval).
    """

    job: str
    slot: int
    state: str
    holder: str
    started_at: datetime | None
    finished_at: datetime | None
    detail: str
    seconds: float = 0.0
    served: str = ""


def claim(tx: Tx, job: str, slot: int, holder: str, now: datetime, seconds: float, served: str = "") -> bool:
    """Claim the run of `job` at `slot`; False where it was claimed or missed before, by anybody."""
    return _add(
        tx,
        job=job,
        slot=slot,
        state="running",
        holder=holder,
        started_at=now,
        seconds=seconds,
        served=served,
    )


def missed(tx: Tx, job: str, slot: int, now: datetime, seconds: float) -> bool:
    """Record that nobody ran `job` at `slot`; False where somebody did."""
    return _add(tx, job=job, slot=slot, state="missed", holder="", finished_at=now, seconds=seconds)


def finish(tx: Tx, job: str, slot: int, state: str, detail: str, now: datetime) -> bool:
    """Close a running run as `state` (done, failed); False where it is not running (any more)."""
    closed = tx.execute(
        update(runs)
        .where(runs.c.job == job, runs.c.slot == slot, runs.c.state == "running")
        .values(state=state, detail=detail, finished_at=now)
    )
    return bool(closed.rowcount)


def last(tx: Tx, job: str, holder: str = "") -> Run | None:
    """The newest run of `job` (by `holder`, if one is named), in whatever state."""
    whose = (runs.c.holder == holder,) if holder else ()
    found = _select(tx, runs.c.job == job, *whose, limit=1)
    return found[0] if found else None


def next_slot(tx: Tx, job: str) -> int:
    """The first slot of `job` that nobody has claimed yet, nor missed."""
    return (tx.scalar(select(func.max(runs.c.slot)).where(runs.c.job == job)) or 0) + 1


def ended(tx: Tx, job: str, state: str) -> Run | None:
    """The newest run of `job` that ended as `state` (done, failed)."""
    found = _select(tx, runs.c.job == job, runs.c.state == state, limit=1)
    return found[0] if found else None


def recent(tx: Tx, limit: int = 50) -> list[Run]:
    """The newest runs of all jobs."""
    return _select(tx, limit=limit)


def forget(tx: Tx, kept: int = KEPT) -> int:
    """Remove all but the newest `kept` runs of each job; how many went."""
    newest = select(runs.c.job, func.max(runs.c.slot).label("slot")).group_by(runs.c.job)
    ends = tx.execute(newest).all()
    if not ends:
        return 0
    old = or_(*(and_(runs.c.job == row.job, runs.c.slot <= row.slot - kept) for row in ends))
    return int(tx.execute(delete(runs).where(old, runs.c.state != "running")).rowcount)


def _add(tx: Tx, **values: str | int | float | datetime) -> bool:
    # RETURNING tells, on both databases, whether there is a new row; `rowcount` of an insert does not.
    statement = dialect.insert(tx, runs).values(**values).on_conflict_do_nothing()
    return tx.execute(statement.returning(runs.c.job)).first() is not None


def _select(tx: Tx, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Run]:
    order = (runs.c.seconds.desc(), runs.c.slot.desc(), runs.c.job)
    rows = tx.execute(select(runs).where(*conditions).order_by(*order).limit(limit)).mappings()
    return [Run(**row) for row in rows]
