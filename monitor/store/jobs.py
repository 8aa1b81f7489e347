"""Scheduled jobs: who leads, and which (job, slot) ran. Clocks are the callers'."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, or_, select, update

from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import leases, runs


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job. `state`: running, done, failed, or missed (nobody was there to run it)."""

    job: str
    slot: datetime
    state: str
    holder: str
    started_at: datetime | None
    finished_at: datetime | None
    detail: str


def lease(tx: Tx, name: str, holder: str, now: datetime, seconds: float) -> int | None:
    """Take or renew the lease `name` until `now` + `seconds`; None while another holder has it.

    The number returned is a fencing token: it grows with every new holder, so that work done
    under a smaller one than the lease's is of a holder that lost it.
    """
    expires_at = now + timedelta(seconds=seconds)
    # In an upsert a bare column is the stored row's.
    token = case((leases.c.holder == holder, leases.c.token), else_=leases.c.token + 1)
    statement = dialect.insert(tx, leases).values(name=name, holder=holder, token=1, expires_at=expires_at)
    fencing: int | None = tx.scalar(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "token": token, "expires_at": expires_at},
            where=or_(leases.c.holder.in_([holder, ""]), leases.c.expires_at <= now),
        ).returning(leases.c.token)
    )
    return fencing


def holds(tx: Tx, name: str, token: int) -> bool:
    """Whether `token` is still the lease's: nobody else has taken it since."""
    return tx.scalar(select(leases.c.token).where(leases.c.name == name, leases.c.holder != "")) == token


def release(tx: Tx, name: str, holder: str) -> None:
    """Give the lease back, if `holder` still has it. The row stays: its token must keep growing."""
    tx.execute(update(leases).where(leases.c.name == name, leases.c.holder == holder).values(holder=""))


def claim(tx: Tx, job: str, slot: datetime, holder: str, now: datetime) -> bool:
    """Claim the run of `job` at `slot`; False where it was claimed or missed before, by anybody."""
    return _add(tx, job=job, slot=slot, state="running", holder=holder, started_at=now)


def missed(tx: Tx, job: str, slot: datetime, now: datetime) -> bool:
    """Record that nobody ran `job` at `slot`; False where somebody did."""
    return _add(tx, job=job, slot=slot, state="missed", holder="", finished_at=now)


def finish(tx: Tx, job: str, slot: datetime, state: str, detail: str, now: datetime) -> bool:
    """Close a running run as `state` (done, failed); False where it is not running (any more)."""
    closed = tx.execute(
        update(runs)
        .where(runs.c.job == job, runs.c.slot == slot, runs.c.state == "running")
        .values(state=state, detail=detail, finished_at=now)
    )
    return bool(closed.rowcount)


def last(tx: Tx, job: str) -> Run | None:
    """The newest run of `job`, by slot, in whatever state."""
    found = _select(tx, runs.c.job == job, limit=1)
    return found[0] if found else None


def recent(tx: Tx, limit: int = 50) -> list[Run]:
    """The newest runs of all jobs."""
    return _select(tx, limit=limit)


def _add(tx: Tx, **values: str | datetime) -> bool:
    # RETURNING tells, on both databases, whether there is a new row; `rowcount` of an insert does not.
    statement = dialect.insert(tx, runs).values(**values).on_conflict_do_nothing()
    return tx.execute(statement.returning(runs.c.job)).first() is not None


def _select(tx: Tx, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Run]:
    rows = tx.execute(select(runs).where(*conditions).order_by(runs.c.slot.desc(), runs.c.job).limit(limit))
    return [
        Run(row.job, row.slot, row.state, row.holder, row.started_at, row.finished_at, row.detail)
        for row in rows
    ]
