"""[[routes]] and [mute_times.NAME]: who is told of which alerts, and when nobody is.

What a route leaves out is as it is above it: in the route that holds it, and at the top in [alerts].
`alerts.routing` makes the tree of them, and says what in it names nothing.
"""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from monitor.settings.rules import SEVERITIES
from monitor.settings.tables import Table, Timetabled, Zone

TIMES = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)")
DAYS = re.compile(r"(-?\d{1,2})(?:\.\.(-?\d{1,2}))?")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class LevelSettings(Table):
    after_minutes: float = Field(gt=0, description="Told so long after those of the route (minutes).")
    receivers: tuple[str, ...] = Field(description="Notifiers to tell then.")


class RouteSettings(Table):
    name: str = Field(default="", max_length=100, description="What people call it; its number if empty.")
    rules: tuple[str, ...] = Field(
        default=(),
        description="Alerts of these rules (`*` and `?` as in names of files; operation is what does not "
        "work); empty: of any.",
    )
    severities: tuple[str, ...] = Field(default=(), description="As grave as one of these; empty: any.")
    scopes: tuple[str, ...] = Field(
        default=(),
        description="About one of these: all, topic, company, both, or of what does not work source, "
        "notifiers, strategies, detectors, models, rule; empty: anything.",
    )
    companies: tuple[str, ...] = Field(
        default=(), description="About one of these companies (ids, `*` and `?`); empty: any, or none."
    )
    topics: tuple[str, ...] = Field(
        default=(), description="About one of these topics (names, `*` and `?`); empty: any, or none."
    )
    receivers: tuple[str, ...] | None = Field(
        default=None, description="Notifiers that hear; [] is nobody; absent: those above."
    )
    goes_on: bool = Field(
        default=False, alias="continue", description="true: the routes after it are tried as well."
    )
    wait_minutes: float | None = Field(
        default=None, ge=0, description="An alert gathers so long before they are told; absent: as above."
    )
    repeat_hours: float | None = Field(
        default=None, gt=0, description="Sent again while nobody acknowledges it; absent: as above."
    )
    mute: tuple[str, ...] | None = Field(
        default=None, description="Mute times in which they are not told; absent: those above."
    )
    through: tuple[str, ...] | None = Field(
        default=None, description="Severities that go through mute times; absent: those above."
    )
    until_worse: bool | None = Field(
        default=None, description="true: what gets much worse goes through mute times; absent: as above."
    )
    digest: Timetabled | None = Field(
        default=None,
        description="One message with all that happened, at these times, as cron has it ('0 8 * * *' is "
        "every day at eight); '' is each at once; absent: as above.",
    )
    escalate: tuple[LevelSettings, ...] | None = Field(
        default=None,
        description="Who is told of what nobody has acknowledged, and when: tables of `after_minutes` and "
        "`receivers`; absent: those above.",
    )
    routes: tuple[RouteSettings, ...] = Field(
        default=(), description="Routes within this one, tried first: tables as these."
    )

    @field_validator("severities", "through")
    @classmethod
    def _known(cls, named: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for one in named or ():
            if one not in SEVERITIES:
                raise ValueError(f"expected one of {', '.join(SEVERITIES)}, found {one!r}")
        return named


class MuteTimeSettings(Table):
    times: tuple[str, ...] = Field(
        default=(),
        description="Such as '22:00-07:00', which belongs to the day it begins on; empty: all day.",
    )
    weekdays: tuple[str, ...] = Field(
        default=(), description="Such as 'sat' or 'mon-fri'; empty: every day of the week."
    )
    days: tuple[str, ...] = Field(
        default=(), description="Of the month, such as '1', '1..7' or '-1' (the last); empty: every day."
    )
    months: tuple[int, ...] = Field(default=(), description="1 to 12; empty: every month.")
    holidays: str = Field(
        default="",
        description="Only on the holidays of this calendar: 'CN', or an exchange's code such as 'XNYS'.",
    )
    zone: Zone = Field(description="The time zone of its hours and days, such as 'Asia/Shanghai'.")

    @field_validator("times")
    @classmethod
    def _times(cls, times: tuple[str, ...]) -> tuple[str, ...]:
        for one in times:
            if not TIMES.fullmatch(one) or one[:5] == one[6:]:
                raise ValueError(f"expected times such as '22:00-07:00', found {one!r}")
        return times

    @field_validator("weekdays")
    @classmethod
    def _weekdays(cls, named: tuple[str, ...]) -> tuple[str, ...]:
        for one in named:
            if not all(day in WEEKDAYS for day in one.split("-", 1)):
                raise ValueError(f"expected {', '.join(WEEKDAYS)}, or two with a dash, found {one!r}")
        return named

    @field_validator("days")
    @classmethod
    def _days(cls, named: tuple[str, ...]) -> tuple[str, ...]:
        for one in named:
            found = DAYS.fullmatch(one)
            ends = [int(end) for end in found.groups() if end is not None] if found else [0]
            if not all(1 <= abs(end) <= 31 for end in ends):
                raise ValueError(f"expected days of the month such as '1', '1..7' or '-1', found {one!r}")
        return named

    @field_validator("months")
    @classmethod
    def _months(cls, months: tuple[int, ...]) -> tuple[int, ...]:
        for one in months:
            if not 1 <= one <= 12:
                raise ValueError(f"expected 1 to 12, found {one}")
        return months
