"""Retaining: what is older than `[retention]` says is removed, a little at a time.

    settings -> edge (how old is old) -> guard (is the clock to be believed?) -> part by part, batch by batch

A batch is a transaction, and as large as `batch_seconds` allow on this machine: its size follows how long the
last one took. Between two the store is left alone for as long as one takes, so that others write in between.
Nothing has to be taken up again: a run that was stopped, or killed, left whole batches behind, and the next
one finds what is left.

Ages are by the wall clock, because articles are dated by it, and a clock that is set forward by a year makes
everything old at once. So it is believed only where the store's own clock, which no wall clock steps, counted
about as much since the last run (`believed`). After a long stop of all processes it did not, and a person is
asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from monitor.errors import ConflictError
from monitor.messages import Message
from monitor.operation.parts import Parts
from monitor.store import Tx, audit, clock, expired, leases, processes, prunings, sizes
from monitor.store.expired import KINDS, Edge, Key, Oldest, Part, Sum
from monitor.store.prunings import Pruning

LEASE = "retention"
STEP = timedelta(days=2)
"""By so much the wall clock may leave the store's between two runs: a machine's battery, daylight saving, a
night without power are less."""
STILL = timedelta(days=9)
"""So old may the newest thing in the store be at the first run: a week's stop and two days."""
FIRST, LEAST = 50, 10
"""Rows in the first batch, and in any."""
REST = 1.0
"""How long the store is left alone after a batch, in units of what that took."""
DAY = timedelta(days=1)
log = structlog.get_logger(__name__)
Told = Callable[[str, int], None]
"""Told of a kind and how many rows of it went so far."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of a kind of data that is kept for `days` (None: for ever). What is before `until_at`
    goes: so many `rows` and `bytes`, the oldest of `since_at`; `kept` counts what stays although it is that
    old, by the reason (`store.spared`; one row may have several)."""

    kind: str
    days: float | None
    until_at: datetime | None = None
    since_at: datetime | None = None
    rows: int = 0
    bytes: int = 0
    kept: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What the wall clock, and the store's, said of one moment."""

    at: datetime
    seconds: float


def believed(last: Look | None, now: Look, newest: datetime | None) -> Message | None:
    """None where the wall clock is to be believed, by the last run and, before there was any, by the `newest`
    thing that is stored; else what to say."""
    if last is not None:
        by = (now.at - last.at) - timedelta(seconds=now.seconds - last.seconds)
        if abs(by) <= STEP:
            return None
        return Message("retention.clock", now=_day(now.at), last=_day(last.at), days=f"{by / DAY:.1f}")
    if newest is None or now.at - newest <= STILL:
        return None
    days = f"{(now.at - newest) / DAY:.1f}"
    return Message("retention.still", now=_day(now.at), last=_day(newest), days=days)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


class Retaining(Parts):
    """Removes what is old, and says what it would remove."""

    def plan(self) -> list[Plan]:
        """What `prune` would remove now of every kind, and what stays and why. Changes nothing."""
        with self.store.read() as tx:
            now = self._look(tx)
            return [self._plan(tx, kind, now) for kind in KINDS]

    def prune(self, *, clock_is_right: bool = False, told: Told = lambda kind, rows: None) -> list[Plan]:
        """Remove what is old, until nothing is or this process is told to stop; what went.

        Raises ConflictError while another process does it, and where the clock is not to be believed, unless
        somebody says that it is right.
        """
        holder = self.heart.holder
        with self.store.begin() as tx:
            if leases.take(tx, LEASE, holder, anew=True) is None:
                who = leases.holder(tx, LEASE)
                alive = next((one for one in processes.all(tx) if one.holder == who), None)
                raise ConflictError(
                    Message("retention.busy", who=f"{alive.role}, {alive.host}" if alive else who)
                )
        try:
            return self._prune(told, clock_is_right=clock_is_right)
        finally:
            with self.store.begin() as tx:
                leases.release(tx, LEASE, holder)

    def pruned_lately(self) -> str:
        """`prune`, said in a few words."""
        found = [f"{one.rows:,} {one.kind}" for one in self.prune() if one.rows]
        return ", ".join(found) or "nothing is old"

    def vacuum(self) -> sizes.Vacuumed:
        """Give the space of what was removed back, and say so in the store; see `sizes.vacuum`."""
        found = sizes.vacuum(self.store)
        with self.store.begin() as tx:
            gone = Sum(0, max(found.before - found.after, 0))
            prunings.note(tx, sizes.VACUUM, self.now(), clock.seconds(tx), gone)
        return found

    # --- one run ------------------------------------------------------------------------------

    def _prune(self, told: Told, *, clock_is_right: bool) -> list[Plan]:
        with self.store.read() as tx:
            now = self._look(tx)
            known = prunings.all(tx)
            last = max((known[kind] for kind in KINDS if kind in known), key=_seconds, default=None)
            doubt = believed(Look(last.at, last.seconds) if last else None, now, prunings.stirred(tx))
        if doubt is not None and not clock_is_right:
            raise ConflictError(doubt)
        found = []
        for kind in KINDS:
            edge = self._edge(kind, now)
            gone = Sum() if edge is None else self._kind(kind, edge, now, told)
            with self.store.begin() as tx:
                prunings.note(tx, kind, now.at, now.seconds)
                if gone.rows:
                    detail = {
                        "rows": gone.rows,
                        "bytes": gone.bytes,
                        "before": edge.at.isoformat() if edge else "",
                    }
                    audit.write(tx, now.at, audit.SYSTEM, "db.prune", kind, detail)
            if gone.rows:
                log.info("retention.pruned", kind=kind, rows=gone.rows, bytes=gone.bytes)
            found.append(_plan(kind, self._days(kind), edge, gone))
        return found

    def _kind(self, kind: str, edge: Edge, now: Look, told: Told) -> Sum:
        gone = Sum()
        for part in KINDS[kind]:
            for some in self._batches(kind, part, edge, now):
                gone += some
                told(kind, gone.rows)
        return gone

    def _batches(self, kind: str, part: Part | Oldest, edge: Edge, now: Look) -> Iterator[Sum]:
        """What each transaction removed."""
        aim, size = self.settings.retention.batch_seconds, FIRST
        after: Key | None = None
        while not self._stopping.is_set():
            with self.store.read() as tx:
                keys = part.keys(tx, edge, after, size)
            if not keys:
                return
            with self.store.begin() as tx:
                began = self.steady()  # not while it waited for others
                gone = part.remove(tx, edge, keys, now.at)
                if gone.rows:
                    prunings.note(tx, kind, now.at, now.seconds, gone, edge.at)
            took = self.steady() - began
            yield gone
            after = keys[-1]
            size = paced(size, took, aim)
            if len(keys) >= LEAST:
                self._stopping.wait(took * REST)

    # --- what is old --------------------------------------------------------------------------

    def _look(self, tx: Tx) -> Look:
        return Look(self.now(), clock.seconds(tx))

    def _days(self, kind: str) -> float | None:
        kept = self.settings.retention.kept(kind)
        return None if kept is None else kept / DAY

    def _edge(self, kind: str, now: Look) -> Edge | None:
        kept = self.settings.retention.kept(kind)
        return None if kept is None else Edge(now.at - kept, now.seconds - kept.total_seconds())

    def _plan(self, tx: Tx, kind: str, now: Look) -> Plan:
        edge = self._edge(kind, now)
        if edge is None:
            return Plan(kind, None)
        gone = sum((part.sum(tx, edge) for part in KINDS[kind]), Sum())
        return _plan(kind, self._days(kind), edge, gone, expired.kept(tx, kind, edge))


def paced(size: int, took: float, aim: float) -> int:
    """How many rows the next batch has, so that it takes about as long as is aimed at; at most twice as many,
    at least a quarter."""
    factor = aim / took if took > 0 else 2.0
    return min(max(int(size * min(max(factor, 0.25), 2.0)), LEAST), expired.MOST)


def _plan(
    kind: str, days: float | None, edge: Edge | None, gone: Sum, kept: dict[str, int] | None = None
) -> Plan:
    until = None if edge is None else edge.at
    return Plan(kind, days, until, gone.since_at, gone.rows, gone.bytes, kept or {})


def _seconds(one: Pruning) -> float:
    return one.seconds
