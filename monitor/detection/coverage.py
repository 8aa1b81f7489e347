"""Who was reading when: is a window quiet because nothing happened, or because nobody looked?

The store keeps every poll (`store.polls`). While polls succeed, silence is quiet, however deep. Where they
stopped, what was published meanwhile arrives at once, and what has no date of its own counts then. Such a
catch-up is no surge, nor is what a source brings when it is read for the first time: both are **backlog**,
which is counted and never tested, and says nothing of what is usual.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from monitor.detection import cells

PATIENCE = timedelta(hours=1)
"""A source that was read so long ago was not read meanwhile, however often it is polled."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Since when a source is read (None: it never answered before), when it last answered (None: only an
    archive of it was brought), and how often it is to be asked."""

    first_at: datetime | None
    last_at: datetime | None
    interval: timedelta

    def backlog(self, counts_at: datetime, now: datetime, *, dated: bool) -> bool:
        """Whether what arrives `now` comes with what had piled up, so that it is no news.

        What a first answer brings, or was published before it, is that. So is what counts at the very edge of
        how far back anything may count (`cells.LATEST`), for it may be older; and what has no date of its own
        and arrives after three intervals, and at least `PATIENCE`, in which nobody asked.
        """
        if self.first_at is None or counts_at < self.first_at or counts_at <= now - cells.LATEST:
            return True
        if dated:
            return False
        return self.last_at is None or now - self.last_at > max(3 * self.interval, PATIENCE)


KNOWN = timedelta(days=28)
"""How far back a source's own rhythm is known by."""
FEW = 10
"""Arrivals under which it is not known."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Silent:
    """A source that is silent `since` then. `longest` is the longest it ever was in `KNOWN`; None where it
    does not answer at all."""

    since: datetime
    longest: timedelta | None = None


def silent(reading: Reading, failures: int, arrivals: Sequence[datetime], now: datetime) -> Silent | None:
    """Whether a source is silent: it has failed to answer (`failures` times) for three intervals and at least
    `PATIENCE`; or it answers and has brought nothing for a day at least and twice as long as ever.
    `arrivals` are when it brought something new in the last `KNOWN`, in order."""
    if reading.last_at is None:
        return None
    patience = max(3 * reading.interval, PATIENCE)
    if now - reading.last_at > patience:
        return Silent(reading.last_at) if failures > 1 else None
    if len(arrivals) < FEW:
        return None
    longest = max(later - earlier for earlier, later in pairwise(arrivals))
    if now - arrivals[-1] > max(2 * longest, DAY):
        return Silent(arrivals[-1], longest)
    return None


def gaps(read_at: Sequence[datetime], first: int, end: int) -> list[tuple[int, int]]:
    """The hours from `first` to before `end` in which nobody was reading, as (from, to) of each gap.

    `read_at` are the times of successful polls, in order. An hour was read if a poll is no further from it
    than twice the usual time between two, and at least an hour. Where there never was a poll, as where
    everything is imported, all of it counts as read.
    """
    if not read_at:
        return []
    between = [(later - earlier).total_seconds() for earlier, later in pairwise(read_at)]
    reach = max(2 * median(between) if between else 0.0, cells.HOUR.total_seconds())
    near = round(reach / cells.HOUR.total_seconds() + 0.5)
    found: list[tuple[int, int]] = []
    covered = first
    for at in read_at:
        hour = cells.hour(at)
        if hour - near > covered:
            found.append((covered, hour - near))
        covered = max(covered, hour + near + 1)
    if covered < end:
        found.append((covered, end))
    return [(max(start, first), min(stop, end)) for start, stop in found if start < end and stop > first]


@dataclass(frozen=True, slots=True)
class Polls:
    """The times of successful polls, in order: a call tells the `gaps` between two hours, by the polls
    between them alone. Those of the last five minutes are left out: who asks by then may not know them
    yet."""

    read_at: Sequence[datetime]

    def __call__(self, start: int, end: int) -> Sequence[tuple[int, int]]:
        first = bisect_left(self.read_at, cells.begins(start, cells.HOUR))
        last = bisect_left(self.read_at, cells.begins(end, cells.HOUR) - cells.FINE)
        return gaps(self.read_at[first:last], start, end)
