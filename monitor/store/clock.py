"""The store's own clock: seconds that every process agrees on and that no wall clock can step.

It is one row. One process drives it: at every beat it adds what its steady clock (`monitor.schedule.clocks`)
counted since the beat before. So the clock never goes back, goes on at the speed of time while any
process is alive, and stands while none is. A process that starts when none was alive adds the time
that the wall clock says has passed, at most LONGEST_CREDIT: that is a claim, and all that a wrong one
can do is to make due what would have waited.

Whatever waits, waits on this clock: a source for its next poll, a message for its next attempt, a
claimed task for its analyst, a job for its next slot. Nothing compares dates of two clocks.

Who drives is judged by movement: `beats` counts the beats, and a watcher takes over when it saw no beat
for a lease's length on its own steady clock (so do Kubernetes' leader elections,
https://pkg.go.dev/k8s.io/client-go/tools/leaderelection). `token` grows with every driver: a driver
that was stopped and wakes up finds another token, and drives no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import clock, clock_steps

LONGEST_CREDIT = timedelta(days=7)
"""The most that a start after an outage moves the clock, whatever the wall clock says."""

KEPT_STEPS = 100
"""Steps of wall clocks that are remembered, the newest."""


@dataclass(frozen=True, slots=True)
class Driven:
    """The clock's row: who drives it ("" where nobody does), and what their wall clock said last."""

    seconds: float
    beats: int
    holder: str
    token: int
    wall_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """A wall clock was set by `by` seconds (back: negative), to `wall_at`, when this clock said `seconds`."""

    seconds: float
    host: str
    by: float
    wall_at: datetime


def seconds(tx: Tx) -> float:
    """What the clock says: as of the last beat, so at most a beat late."""
    return float(tx.scalar(select(clock.c.seconds)) or 0.0)


def look(tx: Tx) -> Driven:
    """The clock, and who drives it."""
    row = tx.execute(select(clock)).first()
    if row is None:
        return Driven(0.0, 0, "", 0, None)
    return Driven(row.seconds, row.beats, row.holder, row.token, row.wall_at)


def take(tx: Tx, holder: str, seen: Driven, add: float, wall_at: datetime) -> int | None:
    """Drive the clock from now on, after moving it by `add` seconds; the token. None where somebody
    else moved it since it was `seen`."""
    values = {
        "seconds": seen.seconds + max(add, 0.0),
        "beats": seen.beats + 1,
        "holder": holder,
        "token": seen.token + 1,
        "wall_at": wall_at,
    }
    if seen.token == 0:
        made = dialect.insert(tx, clock).values(id=1, **values).on_conflict_do_nothing()
        token: int | None = tx.scalar(made.returning(clock.c.token))
        return token
    unmoved = (clock.c.beats == seen.beats, clock.c.token == seen.token)
    token = tx.scalar(update(clock).where(*unmoved).values(**values).returning(clock.c.token))
    return token


def beat(tx: Tx, token: int, add: float, wall_at: datetime) -> bool:
    """Move the clock by `add` seconds; False where another process drives it now."""
    moved = tx.execute(
        update(clock)
        .where(clock.c.token == token, clock.c.holder != "")
        .values(seconds=clock.c.seconds + max(add, 0.0), beats=clock.c.beats + 1, wall_at=wall_at)
    )
    return bool(moved.rowcount)


def release(tx: Tx, holder: str) -> None:
    """Drive no more, if it is `holder` who does: the next process that looks takes over at once."""
    tx.execute(update(clock).where(clock.c.holder == holder).values(holder=""))


def note_step(tx: Tx, host: str, by: timedelta, wall_at: datetime, within: float) -> bool:
    """Remember a step of the wall clock of `host`; False where another process of that host told the
    same one within so many seconds."""
    at = seconds(tx)
    known = tx.execute(
        select(clock_steps.c.by).where(clock_steps.c.host == host, clock_steps.c.seconds >= at - within)
    )
    if any(abs(row.by - by.total_seconds()) < 2 * within for row in known):
        return False
    tx.execute(insert(clock_steps).values(seconds=at, host=host, by=by.total_seconds(), wall_at=wall_at))
    oldest = select(clock_steps.c.id).order_by(clock_steps.c.id.desc()).offset(KEPT_STEPS)
    tx.execute(delete(clock_steps).where(clock_steps.c.id.in_(oldest)))
    return True


def told(tx: Tx) -> int:
    """How many steps were ever noted; the oldest are forgotten, and count."""
    return tx.scalar(select(func.max(clock_steps.c.id))) or 0


def steps(tx: Tx, since: float = 0.0) -> list[Step]:
    """The steps noted since the clock said `since`, oldest first."""
    rows = tx.execute(select(clock_steps).where(clock_steps.c.seconds >= since).order_by(clock_steps.c.id))
    return [Step(row.seconds, row.host, row.by, row.wall_at) for row in rows]
