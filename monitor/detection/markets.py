"""Whose week the news have: the market's time zone, and the days that are none of its week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from monitor.detection import cells
from monitor.detection.holidays import holidays

AHEAD = timedelta(weeks=7)
"""How long after a panel its holidays are told: baselines are laid out for six weeks."""


@dataclass(frozen=True, slots=True)
class Market:
    """A time zone, so that summer time moves nothing, and a calendar of holidays (`holidays`; "" is none)."""

    zone: str = "UTC"
    calendar: str = ""

    def days(self, start: int, end: int) -> frozenset[date]:
        """The holidays from the hour `start` to some weeks after the hour `end`; none of years that nobody
        knows. Raises ValueError for a calendar that nobody knows."""
        if not self.calendar:
            return frozenset()
        first = cells.begins(start, cells.HOUR) - timedelta(days=1)
        last = cells.begins(end, cells.HOUR) + AHEAD
        return holidays(self.calendar, first.date(), last.date()).days

    def unknown(self, year: int) -> bool:
        """Whether its calendar does not know a year, so that weekdays are all there is to go by."""
        if not self.calendar:
            return False
        return bool(holidays(self.calendar, date(year, 1, 1), date(year, 12, 31)).unknown)


UTC = Market()
"""Of no market."""
