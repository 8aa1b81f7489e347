"""When a job is due: after an interval, or at the times of a timetable (cron). Pure.

An interval is a length on the store's clock, which no wall clock steps. A timetable is about the wall
of the desk's zone, which steps: somebody sets it, and daylight saving moves it by an hour twice a year.
So a timetable is read on that wall as it stands, without its zone, where both are the same thing, and
two rules hold whatever the wall does:

- a time that a step skips (or that passed while nobody was there) runs once;
- a time that a step repeats does not run again, unless about as much time has really passed, on the
  store's clock, as lies between the timetable's times: so a wall that was a year ahead costs a daily
  job at most a day, and a job of every five minutes goes on through the repeated hour.

Vixie cron decides likewise (`cron(8)`, "Daylight Saving Time and other time changes").
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

ENOUGH = 0.9
"""Of the time between two of a timetable's times: after so much a repeated one runs again."""

MOST_SLOTS = 101
"""Of a longer absence so many slots count."""

MOST_TIMES = 10_000
"""More times than a timetable has between a gap and four times its length."""

LONGEST_GAP = timedelta(days=4000)
"""Between two times of any timetable: 29 February comes every eight years at the most."""

_NEXT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Last:
    """The run before: when it began on the store's clock, and the timetable's time that it served
    (naive, as the wall showed it; None where it served none)."""

    seconds: float
    served: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """`slots` have come up since the last run, the last of which runs now (0: not due). `served` is the
    timetable's time that it serves."""

    slots: int
    served: datetime | None = None


def after(every: timedelta, last: Last | None, seconds: float) -> Due:
    """What is due of a job of this interval, when the store's clock says `seconds`."""
    if last is None:
        return Due(1)
    return Due(max(0, int((seconds - last.seconds) / every.total_seconds() + 1e-9)))


class Timetable:
    """A timetable in cron's five fields. Raises ValueError for what cron does not know."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        # UTC has no steps: the trigger is asked about walls, as if they were in it.
        self._trigger = CronTrigger.from_crontab(expression, timezone=UTC)

    def after(self, last: Last | None, seconds: float, wall: datetime) -> Due:
        """What is due, when the store's clock says `seconds` and the wall (naive) shows `wall`.

        A job that never ran waits for the timetable's next time, from where the watching began.
        """
        newest = self._newest(wall)
        if newest is None:
            return Due(0)
        began = last.seconds if last else seconds
        passed = timedelta(seconds=max(seconds - began, 0.0))
        served = last.served if last and last.served is not None else wall - passed
        if newest > served:
            return Due(sum(1 for _ in self._times(served, wall, MOST_SLOTS)), newest)
        repeated = newest > wall - passed
        before = self._newest(newest - _NEXT)
        gap = newest - before if before else LONGEST_GAP
        if repeated and passed - (wall - newest) >= gap * ENOUGH:
            return Due(1, newest)
        return Due(0)

    def _times(self, start: datetime, end: datetime, most: int) -> Iterator[datetime]:
        """The timetable's times in (start, end], at most the first so many."""
        moment = start
        for _ in range(most):
            found = self._trigger.get_next_fire_time(None, (moment + _NEXT).replace(tzinfo=UTC))
            if found is None or found.replace(tzinfo=None) > end:
                return
            moment = found.replace(tzinfo=None)
            yield moment

    def _newest(self, wall: datetime) -> datetime | None:
        """The newest of the timetable's times up to `wall`, of the last years."""
        reach = timedelta(minutes=1)
        while reach < LONGEST_GAP:
            times = deque(self._times(wall - reach, wall, MOST_TIMES), maxlen=1)
            if times:
                return times[0]
            reach *= 4
        return None
