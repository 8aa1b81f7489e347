"""The processes that work on this store, alive until somebody saw them silent for a lease's length.

A process counts its beats into its row. Others watch the counters, each on its own steady clock, and
bury whoever's counter stood still: its row goes, and with it everything it held, in one transaction.
What a process holds (a lease, a run, claimed messages) it holds as long as its row is there, so nothing
held has a date of its own that could be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, delete, select, update

from monitor.messages import Message
from monitor.store import clock, dialect
from monitor.store.dialect import Tx
from monitor.store.schema import (
    deliveries,
    judging,
    leases,
    processes,
    reclassifications,
    runs,
    trainings,
)


@dataclass(frozen=True, slots=True)
class Process:
    """A process at work. `machine` names one boot of one machine, and with `pid` and `pid_started` (clock
    ticks after boot) exactly one process there; `host` and `role` are for people."""

    holder: str
    host: str
    role: str
    machine: str
    pid: int
    pid_started: int
    beats: int
    started_at: datetime
    wall_at: datetime


def enter(tx: Tx, process: Process) -> None:
    """Count a process among the living; one that is counted already is so anew."""
    values = {name: getattr(process, name) for name in Process.__slots__}
    statement = dialect.insert(tx, processes).values(**values)
    tx.execute(statement.on_conflict_do_update(index_elements=["holder"], set_=values))


def beat(tx: Tx, holder: str, wall_at: datetime) -> bool:
    """Count one beat; False where the process was buried meanwhile."""
    moved = tx.execute(
        update(processes)
        .where(processes.c.holder == holder)
        .values(beats=processes.c.beats + 1, wall_at=wall_at)
    )
    return bool(moved.rowcount)


def all(tx: Tx) -> list[Process]:
    """The processes counted as living, the longest there first."""
    rows = tx.execute(select(processes).order_by(processes.c.started_at, processes.c.holder)).mappings()
    return [Process(**row) for row in rows]


def living() -> ScalarSelect[str]:
    """The holders that live, for a condition: what somebody else holds is free."""
    return select(processes.c.holder).scalar_subquery()


def leave(tx: Tx, holder: str, now: datetime) -> None:
    """The process ends in order: it holds nothing any more, and what it still ran is closed."""
    tx.execute(delete(processes).where(processes.c.holder == holder))
    _free(tx, holder)
    close_orphans(tx, now)


def bury(tx: Tx, process: Process, now: datetime) -> bool:
    """Free what a dead process held, and close its runs; False where it beat since it was seen."""
    gone = tx.execute(
        delete(processes).where(processes.c.holder == process.holder, processes.c.beats == process.beats)
    )
    if not gone.rowcount:
        return False
    _free(tx, process.holder)
    close_orphans(tx, now)
    return True


def close_orphans(tx: Tx, now: datetime) -> None:
    """Close the runs of processes that are not among the living, and leave their trainings and
    reclassifications to be resumed; a training that was told to stop has."""
    orphaned = (runs.c.state == "running", runs.c.holder.not_in(living()))
    for holder in tx.scalars(select(runs.c.holder).where(*orphaned).distinct()).all():
        tx.execute(
            update(runs)
            .where(runs.c.holder == holder, runs.c.state == "running")
            .values(state="failed", detail=Message("jobs.died", holder=holder), finished_at=now)
        )

    values = {"active": None, "ended_at": now, "minutes_left": None}
    for before, after in (
        ("running", {"state": "interrupted", "outcome": Message("training.died")}),
        ("cancelling", {"state": "cancelled"}),
    ):
        lost = (trainings.c.state == before, trainings.c.holder.not_in(living()))
        tx.execute(update(trainings).where(*lost).values(**values, **after))
    lost = (reclassifications.c.state == "running", reclassifications.c.holder.not_in(living()))
    died = {"state": "interrupted", "outcome": Message("reclassify.died")}
    tx.execute(update(reclassifications).where(*lost).values(active=None, ended_at=now, **died))


def _free(tx: Tx, holder: str) -> None:
    clock.release(tx, holder)
    tx.execute(update(leases).where(leases.c.holder == holder).values(holder=""))
    tx.execute(delete(judging).where(judging.c.holder == holder))
    tx.execute(update(deliveries).where(deliveries.c.claimed_by == holder).values(claimed_by=""))
