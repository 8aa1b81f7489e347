"""The week's shape: how much of the news falls into which hour.

One shape is shared by all series of a group (a language, some sources), because one series alone has too few
counts to show 168 hours. It is a shape of the market's own week: hours are told in its time zone, so that a
change to summer time moves nothing, and a holiday has a Sunday's shape.

Each hour of the week is shrunk to a smooth week (the day's profile of working days or of weekends, times the
weekday's part) by empirical Bayes: by as much as chance explains of how hours differ from it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells

Floats = NDArray[np.float64]

WEEK = 168
"""Hours."""
SUNDAY = 6
_AHEAD = 6 * WEEK  # hours after a panel that a calendar is laid out for
_PRIOR = 2.0  # voices by which an hour that was never seen is held to be like the others


def week_hours(start: int, count: int, zone: str, holidays: Collection[date] = ()) -> NDArray[np.int64]:
    """Which hour of the market's week (0: Monday, 0:00) each of `count` hours is, from hour `start` on.

    Raises ValueError (ZoneInfoNotFoundError) for a zone that nobody knows.
    """
    market = ZoneInfo(zone)
    found = np.empty(count, dtype=np.int64)
    at = cells.begins(start, cells.HOUR)
    for place in range(count):
        local = (at + timedelta(hours=place)).astimezone(market)
        day = SUNDAY if local.date() in holidays else local.weekday()
        found[place] = day * 24 + local.hour
    return found


def shape(volume: Floats, read: NDArray[np.bool_], hours: NDArray[np.int64]) -> Floats:
    """How busy each of the 168 hours of the week is, 1 in the mean; `hours` are those of `volume`."""
    seen = np.bincount(hours[read], minlength=WEEK).astype(float)
    total = np.bincount(hours[read], volume[read], minlength=WEEK).astype(float)
    mean = total.sum() / max(seen.sum(), 1.0)
    if not mean:
        return np.ones(WEEK)
    smooth = _smooth(total, seen * mean)
    expected = smooth * seen * mean
    # How much hours differ from the smooth week beyond chance: a gamma's strength, in voices.
    excess = float(((total - expected) ** 2 - expected).sum())
    strength = float((expected**2).sum()) / excess if excess > 0 else np.inf
    found = smooth if np.isinf(strength) else smooth * (strength + total) / (strength + expected)
    return np.asarray(found / found.mean(), dtype=np.float64)


def _smooth(total: Floats, expected: Floats) -> Floats:
    """The weekday's part times the day's profile, of working days and of weekends; (168,)."""
    days, exposed = total.reshape(7, 24), expected.reshape(7, 24)
    part = (days.sum(axis=1) + _PRIOR) / (exposed.sum(axis=1) + _PRIOR)
    found = np.empty((7, 24))
    for some in (slice(0, 5), slice(5, 7)):
        counted, due = days[some].sum(axis=0), (exposed[some] * part[some, None]).sum(axis=0)
        profile = (_blurred(counted) + _PRIOR) / (_blurred(due) + _PRIOR)
        found[some] = part[some, None] * profile
    return found.reshape(-1)


def _blurred(day: Floats) -> Floats:
    """Each hour with a quarter of both its neighbours."""
    return (np.roll(day, 1) + 2 * day + np.roll(day, -1)) / 4


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The week's shape laid out over hours: how much of an average hour's news is due until when."""

    start: int  # hour of the first
    due: Floats  # (hours + 1,) the shape summed up to the beginning of each hour
    week: Floats  # (168,) the shape
    zone: str
    holidays: frozenset[date]

    @classmethod
    def of(
        cls,
        volume: Floats,
        read: NDArray[np.bool_],
        start: int,
        zone: str = "UTC",
        holidays: frozenset[date] = frozenset(),
    ) -> Calendar:
        """The shape that these hours have, laid out over them and the six weeks after them."""
        hours = week_hours(start, len(volume) + _AHEAD, zone, holidays)
        week = shape(volume, read, hours[: len(volume)])
        return cls(start, _summed(week[hours]), week, zone, holidays)

    def hourly(self, count: int) -> Floats:
        """The shape in each of the first `count` hours."""
        return np.diff(self.due[: count + 1])

    def between(self, end: int, lengths: tuple[int, ...]) -> Floats:
        """How much is due in the windows of these lengths in hours that end before cell `end`."""
        until = end / cells.IN_HOUR - self.start
        edges = np.array([until, *(until - length for length in lengths)])
        if edges.min() < 0 or until > len(self.due) - 1:  # years away from the panel: laid out anew
            first = int(np.floor(edges.min()))
            hours = week_hours(self.start + first, int(np.ceil(until)) - first, self.zone, self.holidays)
            due, edges = _summed(self.week[hours]), edges - first
        else:
            due = self.due
        at = np.interp(edges, np.arange(len(due)), due)
        return np.asarray(at[0] - at[1:], dtype=np.float64)


def _summed(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])
