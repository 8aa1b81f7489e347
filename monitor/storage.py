"""What `monitor doctor` says of how large the store is, what went because it was old, and what is free."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.messages import Message
from monitor.operation.retaining import DAY, Look, believed
from monitor.settings import Settings
from monitor.store import Store, clock, prunings, sizes
from monitor.store.expired import KINDS
from monitor.store.prunings import Pruning

LATE = timedelta(days=3)
"""So long ago the last pruning may be, of a store that is pruned every night."""
MUCH = 0.3
"""Share of dead space from which on a vacuum is worth its while."""
SMALL = 100_000_000
"""Bytes of dead space that are not worth a word."""

Finding = tuple[str, str, str]
"""The state of a check, what was found, and what to do."""


def data(store: Store) -> Iterator[Finding]:
    """How large each kind of data is, and how much space is dead."""
    with store.read() as tx:
        found, known = sizes.whole(tx), prunings.all(tx)
    parts = ", ".join(f"{one.kind} {_mb(one.bytes)}" for one in found.sizes if one.bytes)
    dead = f"{_mb(found.dead)} of it {'free' if store.dialect == 'sqlite' else 'dead'}"
    by_hand = known[sizes.VACUUM].at if sizes.VACUUM in known else None
    last = max((one for one in (found.vacuumed_at, by_hand) if one is not None), default=None)
    vacuumed = f"vacuumed on {last:%Y-%m-%d}" if last else "never vacuumed"
    much = found.dead > SMALL and found.dead > MUCH * found.bytes
    todo = "`monitor db vacuum` gives it back to the disk; new rows fill it in any case" if much else ""
    yield "warn" if much else "ok", f"{_mb(found.bytes)}, {dead}, {vacuumed}: {parts}", todo


def retention(store: Store, settings: Settings, now: datetime) -> Iterator[Finding]:
    """What is kept for how long, what went, and whether that goes on."""
    with store.read() as tx:
        known, seconds, stirred = prunings.all(tx), clock.seconds(tx), prunings.stirred(tx)
    looked = [known[kind] for kind in KINDS if kind in known]
    last = max(looked, key=lambda one: one.seconds, default=None)
    doubt: Message | None = None
    if stirred is not None:
        look = Look(last.at, last.seconds) if last else None
        doubt = believed(look, Look(now, seconds), stirred)
    if doubt is not None:
        yield "warn", str(doubt), "set the clock, or say that it is right"
        return
    bounded = [kind for kind in KINDS if settings.retention.kept(kind) is not None]
    days = ", ".join(f"{kind} {(settings.retention.kept(kind) or DAY) / DAY:g} days" for kind in bounded)
    ever = ", ".join(kind for kind in KINDS if kind not in bounded)
    went = ", ".join(_went(one) for one in looked if one.rows) or "nothing went yet"
    when = f"last looked at on {last.at:%Y-%m-%d %H:%M}" if last else "not looked at yet"
    what = f"{days or 'nothing is bounded'}; for ever {ever or 'nothing'}; {when}; {went}"
    late = last is not None and seconds - last.seconds > LATE.total_seconds()
    todo = "see why the job `prune` does not run: the log says so, and the dashboard" if late else ""
    yield "warn" if late else "ok", what, todo


def _went(one: Pruning) -> str:
    until = f" of before {one.until_at:%Y-%m-%d}" if one.until_at else ""
    return f"{one.rows:,} {one.kind}{until} went"


def _mb(bytes: int) -> str:
    return f"{bytes / 1e6:,.1f} MB"
