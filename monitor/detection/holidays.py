"""Days on which a market's week is none: holidays, from libraries that know them.

A calendar is named by the code of an exchange (`XNYS`, `XSHG`, `XHKG`: ISO 10383), as exchange-calendars
names it, or `CN` for China's public holidays, as chinese-calendar has them. A holiday is a working day of the
week on which nobody works; a weekend on which one does, which China has, is not told.

Libraries know some years. exchange-calendars is asked from the first day that is wanted, because by itself it
begins twenty years ago; it has no plans for more than a year ahead. chinese-calendar ends with the year that
the State Council published last. A year that is not known has no holidays here: weekdays and weekends are all
there is to go by. It is among the years returned, so that who asks can say so once.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date, timedelta

CHINA = "CN"


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days, and the years of those asked for that the calendar does not know."""

    days: frozenset[date]
    unknown: tuple[int, ...]


def holidays(calendar: str, first: date, last: date) -> Holidays:
    """The calendar's holidays from `first` to `last`. Raises ValueError for a calendar that nobody knows."""
    wanted = [first + timedelta(days=one) for one in range((last - first).days + 1)]
    weekdays = [day for day in wanted if day.weekday() < 5]
    known = _china(weekdays) if calendar == CHINA else _exchange(calendar, weekdays)
    days = frozenset(day for day, off in known.items() if off)
    unknown = sorted({day.year for day in weekdays if day not in known})
    return Holidays(days, tuple(unknown))


def _china(weekdays: list[date]) -> dict[date, bool]:
    """Whether nobody works, of each of these days that is known."""
    import chinese_calendar

    known = {}
    for day in weekdays:
        try:
            known[day] = bool(chinese_calendar.is_holiday(day))
        except NotImplementedError:  # a year of which nothing was published
            continue
    return known


def _exchange(name: str, weekdays: list[date]) -> dict[date, bool]:
    """Whether the exchange is closed, of each of these days that is known."""
    if not weekdays:
        return {}
    with warnings.catch_warnings():
        # The library's own use of pandas is deprecated there; nobody here can mend it.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _sessions(name, weekdays)


def _sessions(name: str, weekdays: list[date]) -> dict[date, bool]:
    import exchange_calendars
    from exchange_calendars.errors import InvalidCalendarName

    try:
        bounds = exchange_calendars.get_calendar(name)
    except InvalidCalendarName as error:
        raise ValueError(f"holidays: no calendar is named {name!r}; {CHINA} or an exchange's code") from error
    earliest, latest = bounds.bound_min(), bounds.bound_max()
    first = max([weekdays[0], *([earliest.date()] if earliest is not None else [])])
    last = min([weekdays[-1], bounds.last_session.date(), *([latest.date()] if latest is not None else [])])
    if first >= last:
        return {}
    open_on = set(exchange_calendars.get_calendar(name, start=first, end=last).sessions.date)
    return {day: day not in open_on for day in weekdays if first <= day <= last}
