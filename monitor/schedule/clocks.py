"""What time it is, by two clocks, because one of them may step.

The wall clock says a date. It is what people and files are told, and it may be wrong, stop, or step by
a minute or a year when somebody or NTP sets it. The steady clock says no date. It only counts seconds,
never goes back, and goes on while the machine is suspended (CLOCK_BOOTTIME, `clock_gettime(2)`): every
wait within a process is measured on it. What several processes wait for together is measured on the
store's own clock (`monitor.store.clock`), which the steady clock of one of them drives.

Pure but for `steady`, which reads the machine's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STEP = timedelta(seconds=2)
"""How far the wall clock must leave the steady one, between two looks, to have stepped: NTP slews by at
most 500 parts per million (`adjtimex(2)`), which is 3 milliseconds in a beat, and a leap second is one."""

Now = Callable[[], datetime]
Steady = Callable[[], float]


def utcnow() -> datetime:
    """The wall clock: the present, aware."""
    return datetime.now(UTC)


def steady() -> float:
    """The steady clock: seconds since some moment, suspended time included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Look:
    """What both clocks said at one moment."""

    wall: datetime
    steady: float


def stepped(before: Look, after: Look) -> timedelta | None:
    """By how much the wall clock was set between two looks (back: negative); None where it was not."""
    passed = timedelta(seconds=after.steady - before.steady)
    by = (after.wall - before.wall) - passed
    return by if abs(by) >= STEP else None
