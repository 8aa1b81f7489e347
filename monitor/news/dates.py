"""The one reader of dates: every date of every source, feed and file is read here.

    Dates       how one source writes its dates: its zone, its order of figures, its abbreviations
    Stated      what a value states: a moment in UTC, a day, or nothing; and whether a zone was assumed
    DateReader  reads the dates of one fetch and keeps account, for the warnings beside the source

The law: the moment comes back to the precision in which it was written, or nothing does. What a text
lacks is never filled in from today; what may mean two moments is not read (see `monitor.news.spellings`
for texts, `monitor.news.zones` for zones). A time that the source's clocks skipped or showed twice is
such a one, where the text names no zone.

A bare number is a calendar time (20260314, 2026031409, 202603140930, 20260314093000, and with a part of
a second behind it) where its figures are one from 1990 to 2100; else an epoch by its length: seconds
(9, 10 figures), milliseconds (12, 13), microseconds (15, 16), nanoseconds (18, 19).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from numbers import Integral, Real

from monitor.fields import checked
from monitor.messages import Message
from monitor.news import zones
from monitor.news.spellings import Written, spelled

ORDERS = ("", "dmy", "mdy", "ymd")
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""The years in which the figures of a bare number are a calendar time."""
MAX_TOLD = 3
"""Unreadable texts that a warning quotes."""
_QUOTED = 60  # characters of each

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS: Mapping[int, Decimal] = {
    **dict.fromkeys((9, 10), Decimal(1_000_000)),
    **dict.fromkeys((12, 13), Decimal(1_000)),
    **dict.fromkeys((15, 16), Decimal(1)),
    **dict.fromkeys((18, 19), Decimal("0.001")),
}
"""Figures of an epoch -> microseconds in one of its units."""
_FIGURES = re.compile(r"\d{1,20}(?:\.\d{0,12})?")
_CALENDAR = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d{3}(?:\d{3})?)?)?)?)?")
_DOT_NET = re.compile(r"/Date\((\d{9,14})(?:[+-]\d{4})?\)/")  # milliseconds, whatever zone is told


@dataclass(frozen=True, slots=True)
class Stated:
    """What a value states of a time.

    `at` is an aware datetime in UTC; a `date` where the value has a day and no time; None where it
    cannot be read or says nothing. `assumed`: the text has no zone, and the source's was taken. A `date`
    that a program gives is one: nothing is assumed of it.
    """

    at: datetime | date | None = None  # in UTC; a date where no time is stated; None: unread or unsaid
    assumed: bool = False  # whether the source's time zone was taken, for want of one


NOTHING = Stated()


@dataclass(frozen=True, slots=True)
@checked
class Dates:
    """How a source writes its dates, where its texts do not say.

    `timezone` (a tz database name, or an offset) is that of texts without one. `order` is "dmy", "mdy"
    or "ymd": how 01/02/2026 is read ("" leaves it unread). `zones` says what abbreviations mean that
    several countries use: {"IST": "Asia/Kolkata"}. Raises ValueError for a zone or order that is none.
    """

    timezone: str = "UTC"  # of texts without one: a tz database name, or an offset
    order: str = ""  # how 01/02/2026 is read: dmy, mdy, ymd; unread if empty
    zones: Mapping[str, str] = field(default_factory=dict)  # what IST and the like mean

    def __post_init__(self) -> None:
        for name in (self.timezone, *self.zones.values()):
            zones.zone(name)
        if self.order not in ORDERS:
            raise ValueError(
                f"expected an order of dates such as 'dmy', 'mdy' or 'ymd', found {self.order!r}"
            )

    def read(self, value: object, now: datetime) -> Stated:
        """What a value states: text, a number, a datetime, a date. Never raises.

        `now`, aware, is when it was fetched: what "3 hours ago" and 昨天 are relative to.
        """
        try:
            if isinstance(value, datetime):
                return self._datetime(value)
            if isinstance(value, date):
                return Stated(value)
            if isinstance(value, str):
                return self._text(value.strip(), now)
            if isinstance(value, Decimal | Real) and not isinstance(value, bool):
                return self._number(_figures(value))
        except (ValueError, OverflowError, ArithmeticError):
            pass
        return NOTHING

    def instead(self, timezone: str, order: str) -> Dates:
        """These, with another time zone and order where they are not empty. Raises ValueError."""
        return replace(self, timezone=timezone or self.timezone, order=order or self.order)

    def start(self, day: date) -> datetime:
        """When a day begins in the source's zone, in UTC (the first hour that its clocks show).

        Raises OverflowError for the first and the last day there is.
        """
        place = zones.zone(self.timezone)
        midnight = datetime(day.year, day.month, day.day, tzinfo=place)
        return midnight.astimezone(UTC)

    def _datetime(self, value: datetime) -> Stated:
        if value != value:  # pandas' NaT, which calls itself a datetime
            return NOTHING
        plain = datetime(*value.timetuple()[:6], value.microsecond)
        if value.utcoffset() is not None:
            offset = value.utcoffset() or timedelta()
            return Stated((plain - offset).replace(tzinfo=UTC))
        return self._local(plain)

    def _local(self, local: datetime) -> Stated:
        at = zones.moment(local, zones.zone(self.timezone))
        return Stated(at, at is not None)

    def _text(self, text: str, now: datetime) -> Stated:
        if _FIGURES.fullmatch(text):
            return self._number(text)
        milliseconds = _DOT_NET.fullmatch(text)
        if milliseconds:
            return Stated(_EPOCH + timedelta(milliseconds=int(milliseconds[1])))
        written = spelled(text, self.order)
        return NOTHING if written is None else self._written(written, now)

    def _written(self, written: Written, now: datetime) -> Stated:
        if written.ago is not None:
            return Stated((now - written.ago).astimezone(UTC))
        place = zones.zone(self.timezone)
        if written.zone:
            stated = zones.named(written.zone, self.zones)
            if stated is None:
                return NOTHING
            place = stated
        day = written.day or now.astimezone(place).date() - timedelta(days=written.days_ago)
        clock = written.clock
        if clock is None:
            return Stated(day, not written.zone)
        local = datetime(day.year, day.month, day.day, clock.hour, clock.minute, clock.second)
        local = local.replace(microsecond=clock.microsecond) + timedelta(days=clock.days)
        at = zones.moment(local, place, written.zone)
        if at is None or (written.also and not self._agrees(written.also, local, at)):
            return NOTHING
        if clock.leap:
            if (at.month, at.day, at.hour, at.minute) not in ((6, 30, 23, 59), (12, 31, 23, 59)):
                return NOTHING  # there is none but at the end of a half-year
            at = at.replace(microsecond=0) + timedelta(seconds=1)
        return Stated(at, not written.zone)

    def _agrees(self, name: str, local: datetime, at: datetime) -> bool:
        """Whether a second name of the zone ("+0800 CST") speaks of the same moment, or of several zones."""
        place = zones.named(name, self.zones)
        if place is None:
            return name.upper() in zones.SHARED
        return zones.moment(local, place, name) == at

    def _number(self, figures: str) -> Stated:
        """A number without a sign, as it is written."""
        whole, _, part = figures.partition(".")
        calendar = _CALENDAR.fullmatch(whole)
        if calendar and FIRST_YEAR <= int(calendar[1]) <= LAST_YEAR:
            try:
                return self._calendar(calendar, part)
            except ValueError:
                pass  # an epoch, then
        unit = _MICROSECONDS.get(len(whole))
        if unit is None or whole.startswith("0"):
            return NOTHING
        return Stated(_EPOCH + timedelta(microseconds=int(Decimal(figures.rstrip(".")) * unit)))

    def _calendar(self, match: re.Match[str], part: str) -> Stated:
        year, month, day, hour, minute, second, fraction = match.groups()
        if part.strip("0") and second is None:
            raise ValueError("half a minute is not written so")
        whole = date(int(year), int(month), int(day))
        if hour is None:
            return Stated(whole, True)
        microsecond = int((fraction or part or "").ljust(6, "0")[:6])
        time = (int(hour), int(minute or 0), int(second or 0), microsecond)
        return self._local(datetime(whole.year, whole.month, whole.day, *time))


DEFAULT = Dates()
"""Of a source that says nothing of its dates."""


def _figures(value: Decimal | Real) -> str:
    """A number as it would be written out; raises ValueError where it is none, negative, or not exact."""
    if isinstance(value, Integral):
        number = Decimal(int(value))
    else:
        number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    if not number.is_finite() or number < 0 or (isinstance(value, float) and number >= 2**53):
        raise ValueError("no time")
    return f"{number:f}"


class DateReader:
    """Reads the dates of one fetch, and keeps account of those that could not be read or had no zone.

    `earliest` and `latest`, where they are given, bound what can be true; a date outside is left out.
    """

    def __init__(
        self,
        dates: Dates,
        now: datetime,
        *,
        earliest: datetime | None = None,
        latest: datetime | None = None,
    ) -> None:
        self.dates = dates
        self.now = now
        self.assumed = 0
        self.unreadable: list[str] = []
        self.untrue: list[str] = []
        self._earliest = earliest
        self._latest = latest

    def read(self, value: object) -> datetime | date | None:
        """The moment or the day that a value states; None where it cannot be read or says nothing."""
        if value is None or value != value or (isinstance(value, str) and not value.strip()):
            return None
        stated = self.dates.read(value, self.now)
        if stated.at is None:
            self.unreadable.append(_quoted(value))
            return None
        if not self._can_be(stated.at):
            self.untrue.append(_quoted(value))
            return None
        self.assumed += stated.assumed
        return stated.at

    def warnings(self) -> list[str]:
        """What the operator should know of the dates read so far."""
        told: list[str] = []
        for key, texts in (("dates.unreadable", self.unreadable), ("dates.untrue", self.untrue)):
            if texts:
                told.append(Message(key, count=len(texts), texts=list(dict.fromkeys(texts))[:MAX_TOLD]))
        if self.assumed:
            told.append(Message("dates.assumed", count=self.assumed, zone=self.dates.timezone))
        return told

    def _can_be(self, at: datetime | date) -> bool:
        try:
            moment = at if isinstance(at, datetime) else self.dates.start(at)
        except OverflowError:
            return False
        early = self._earliest is not None and moment < self._earliest
        return not early and (self._latest is None or moment <= self._latest)


def summed(warnings: Sequence[str]) -> list[str]:
    """The warnings of several fetches of one file as those of one: what was counted of dates is added up."""
    counted: dict[tuple[str, str], Message] = {}
    others: list[str] = []
    for warning in warnings:
        if not isinstance(warning, Message) or not warning.key.startswith("dates."):
            others.append(warning)
            continue
        place = (warning.key, warning.values.get("zone", ""))
        values = dict(warning.values)
        if place in counted:
            before = counted[place].values
            values["count"] += before["count"]
            if "texts" in values:
                values["texts"] = list(dict.fromkeys([*before["texts"], *values["texts"]]))[:MAX_TOLD]
        counted[place] = Message(warning.key, **values)
    return [*others, *counted.values()]


def _quoted(value: object) -> str:
    text = " ".join("".join(char if char.isprintable() else " " for char in str(value)[:1_000]).split())
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
