"""Time in tests: the store's clock moves when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.app import Monitor
from monitor.store import Tx, clock
from monitor.testing import Clock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def pass_time(tx: Tx, seconds: float) -> None:
    """Move the store's clock, as a living process does while so many seconds pass."""
    driven = clock.look(tx)
    if driven.holder:
        assert clock.beat(tx, driven.token, seconds, driven.wall_at or START)
    else:
        assert clock.take(tx, "", driven, seconds, START) is not None


def elapse(monitor: Monitor, **duration: float) -> datetime:
    """Let time pass for a monitor with a fake clock, on every clock; the new time."""
    assert isinstance(monitor.now, Clock)
    before = monitor.now.at
    with monitor.store.begin() as tx:
        pass_time(tx, (monitor.now.advance(**duration) - before).total_seconds())
    return monitor.now.at
