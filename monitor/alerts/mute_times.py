"""Mute times: hours and days in which receivers of a route are not told.

A mute time is about the wall of one time zone: hours of the day, days of the week or of the month, months,
and holidays; what it leaves out may be any, and all that it says must hold, as in Alertmanager's time
intervals (https://prometheus.io/docs/alerting/latest/configuration/#time_interval). Hours that go past
midnight belong to the day that they begin on: nights of weekdays `mon-fri` end on Saturday morning.

Every moment has one time on that wall, so no change of the clocks makes an hour that is neither muted nor
not: of an hour that is skipped nothing is muted, and an hour that comes twice is muted twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.detection.holidays import holidays
from monitor.settings import MuteTimeSettings
from monitor.settings.routes import DAYS, WEEKDAYS

DAY = 24 * 60
LONGEST = timedelta(days=62)
"""No end that lies further ahead is looked for."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MuteTime:
    """`times` are minutes of the day, from the first to before the second, which is less where midnight lies
    between; `weekdays` begin with Monday as 0; `days` are first and last of the month, -1 its last one.
    Whatever is empty may be any."""

    name: str
    zone: str
    times: tuple[tuple[int, int], ...] = ()
    weekdays: frozenset[int] = frozenset()
    days: tuple[tuple[int, int], ...] = ()
    months: frozenset[int] = frozenset()
    holidays: str = ""

    def covers(self, at: datetime) -> bool:
        """Whether nobody is told at this moment (in UTC)."""
        wall = at.astimezone(ZoneInfo(self.zone))
        minute, today = 60 * wall.hour + wall.minute, wall.date()
        for begin, end in self.times or ((0, DAY),):
            if begin < end:
                if begin <= minute < end and self._of(today):
                    return True
            elif (minute >= begin and self._of(today)) or (minute < end and self._of(today - _ONE)):
                return True
        return False

    def ends_at(self, at: datetime) -> datetime | None:
        """The first full minute after `at` that is not muted; None where that is not within `LONGEST`."""
        moment = at.replace(second=0, microsecond=0)
        last = moment + LONGEST
        while moment < last:
            moment += _MINUTE
            if not self.covers(moment):
                return moment
        return None

    def _of(self, day: date) -> bool:
        """Whether hours that begin on this day count."""
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        if self.months and day.month not in self.months:
            return False
        if self.days and not any(_within(day, first, last) for first, last in self.days):
            return False
        return not self.holidays or day in _holidays(self.holidays, day.year)


def mute_time(name: str, said: MuteTimeSettings) -> MuteTime:
    """The mute time that a table of the settings says."""
    weekdays: set[int] = set()
    for one in said.weekdays:
        first, _, last = one.partition("-")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        weekdays |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return MuteTime(
        name,
        said.zone or "UTC",
        tuple((_minutes(one[:5]), _minutes(one[6:])) for one in said.times),
        frozenset(weekdays),
        tuple(_ends(one) for one in said.days),
        frozenset(said.months),
        said.holidays,
    )


def mistake(calendar: str) -> str:
    """What is wrong with the holidays that a table names; "" where nothing is."""
    try:
        if calendar:
            _holidays(calendar, _SOME_YEAR)
    except ValueError as error:
        return str(error)
    return ""


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return 60 * int(hours) + int(minutes)


def _ends(said: str) -> tuple[int, int]:
    found = DAYS.fullmatch(said)
    assert found is not None, said
    first, last = found.groups()
    return int(first), int(last or first)


def _within(day: date, first: int, last: int) -> bool:
    """Whether a day lies between two days of its month, each counted from the end where it is negative."""
    length = ((day.replace(day=28) + 4 * _ONE).replace(day=1) - _ONE).day
    begin, end = (one if one > 0 else length + 1 + one for one in (first, last))
    return begin <= day.day <= end


@lru_cache(maxsize=32)
def _holidays(calendar: str, year: int) -> frozenset[date]:
    return holidays(calendar, date(year, 1, 1), date(year, 12, 31)).days


_ONE = timedelta(days=1)
_SOME_YEAR = datetime(2025, 1, 1, tzinfo=UTC).year
