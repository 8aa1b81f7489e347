"""The one reader of dates: every spelling comes back as it was written, or not at all."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from monitor.news.dates import NOTHING, DateReader, Dates, Stated, summed

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FIGURES = "〇一二三四五六七八九"

moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31))
offsets = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


def read(value: object, now: datetime = NOW, **settings: Any) -> datetime | date | None:
    return Dates(**settings).read(value, now).at


def chinese(number: int) -> str:
    """Below 100, as it is said: 3 is 三, 14 is 十四, 30 is 三十."""
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else FIGURES[tens] + "十") + (FIGURES[ones] if ones else "")


def parts(at: datetime) -> dict[str, Any]:
    """Everything that a spelling below may name of a moment."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds() // 60)
    sign, hours, rest = "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
    hour12 = at.hour % 12 or 12
    names = SimpleNamespace(month=MONTHS[at.month - 1], day=WEEKDAYS[at.weekday()])
    return {
        **{"Y": at.year, "y": at.year % 100, "m": at.month, "d": at.day, "H": at.hour, "h": hour12},
        **{"M": at.minute, "S": at.second, "us": at.microsecond, "ms": at.microsecond // 1000},
        **{"Mon": names.month[:3], "Month": names.month, "Ddd": names.day[:3], "Day": names.day},
        **{"pm": "PM" if at.hour >= 12 else "AM", "dotted": "p.m." if at.hour >= 12 else "a.m."},
        **{"下午": "下午" if at.hour >= 12 else "上午", "roc": at.year - 1911},
        **{"周": "一二三四五六日"[at.weekday()], "th": {1: "st", 2: "nd", 3: "rd"}.get(at.day, "th")},
        **{"z": f"{sign}{hours:02}{rest:02}", "zz": f"{sign}{hours:02}:{rest:02}"},
        **{"minus": f"{sign}{hours:02}:{rest:02}".replace("-", "−")},
        **{"W": at.isocalendar()[1], "G": at.isocalendar()[0], "u": at.isoweekday()},
        **{"j": at.timetuple().tm_yday},
        "Y年": "".join(FIGURES[int(figure)] for figure in str(at.year)),
        **{"m月": chinese(at.month), "d日": chinese(at.day), "H时": chinese(at.hour) or "零"},
    }


ZONED = """
{Ddd}, {d:02} {Mon} {Y} {H:02}:{M:02}:{S:02} {z}
{Ddd}, {d} {Mon} {Y} {H}:{M:02}:{S:02} {z}
{Ddd},{d} {Mon} {Y} {H}:{M:02}:{S:02} {zz}
{Ddd}, {d:02} {Mon} {Y} {H:02}:{M:02}:{S:02} GMT{z}
{Ddd}, {d:02} {Mon} {Y} {H:02}:{M:02}:{S:02} UTC{zz}
{Ddd}, {d:02} {Mon} {Y} {h}:{M:02}:{S:02} {pm} {z}
{Ddd}, {d:02} {Mon} {y:02} {H:02}:{M:02}:{S:02} {z}
{d:02} {Month} {Y} {H:02}:{M:02}:{S:02} {z}
{Day}, {d:02}-{Mon}-{Y} {H:02}:{M:02}:{S:02} {z}
{Ddd}, {d:02} {Mon} {Y} {H:02}:{M:02}:{S:02} {z} (local time)
{Ddd} {Mon} {d:02} {Y} {H:02}:{M:02}:{S:02} GMT{z} (China Standard Time)
{Ddd} {Mon} {d:02} {Y} {H:02}:{M:02}:{S:02} GMT{z} (中国标准时间)
{Ddd} {Mon} {d:02} {H:02}:{M:02}:{S:02} {z} {Y}
{Y}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}{zz}
{Y}-{m:02}-{d:02}t{H:02}:{M:02}:{S:02}{zz}
{Y}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}.{us:06}{zz}
{Y}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02},{us:06}{zz}
{Y}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}.{us:06}000{zz}
{Y}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}.{ms:03}{z}
{Y}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}{minus}
{Y}-{m:02}-{d:02}T{H:02}:{M:02}{zz}
{Y}-{m:02}-{d:02}T{H:02}{zz}
{Y}-{m:02}-{d:02}T{H}:{M:02}:{S:02}{zz}
{Y}-{m:02}-{d:02} {H:02}:{M:02}:{S:02} {z}
{Y}-{m:02}-{d:02} {H:02}:{M:02}:{S:02}{zz}
{Y}-{m:02}-{d:02} {H:02}:{M:02}:{S:02} {z} CST
{Y}-{m:02}-{d:02} {H:02}:{M:02}:{S:02}.{us:06}000 {z} CST m=+0.012345
{Y}-W{W:02}-{u}T{H:02}:{M:02}:{S:02}{zz}
{Y}-{j:03}T{H:02}:{M:02}{zz}
{Y}{m:02}{d:02}T{H:02}{M:02}{S:02}{z}
{Y}{m:02}{d:02}T{H:02}{M:02}{z}
{Y}{m:02}{d:02}{H:02}{M:02}{S:02}{z}
{Y}{m:02}{d:02}T{H:02}{M:02}{S:02}.{us:06}{zz}
{d:02}/{Mon}/{Y}:{H:02}:{M:02}:{S:02} {z}
{Y}/{m}/{d} {H}:{M:02}:{S:02} {zz}
{Month} {d}, {Y} at {h}:{M:02} {pm} UTC{zz}
{h}:{M:02} {pm} {zz}, {Month} {d}, {Y}
{Y}年{m}月{d}日 {H:02}:{M:02}:{S:02} UTC{zz}
{Y}年{m}月{d}日 {下午}{h}:{M:02}:{S:02} GMT{zz}
""".strip().split("\n")

BARE = """
{Y}-{m:02}-{d:02} {H:02}:{M:02}:{S:02}
{Y}-{m}-{d} {H}:{M}:{S}
{Y}-{m:02}-{d:02} {H:02}:{M:02}
{Y}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}.{us:06}
{Y}/{m:02}/{d:02} {H:02}:{M:02}:{S:02}
{Y}.{m:02}.{d:02} {H:02}:{M:02}
{Y}:{m:02}:{d:02} {H:02}:{M:02}:{S:02}
{Y}-{m:02}-{d:02}, {h}:{M:02} {pm}
{Y}/{m}/{d} {下午}{h}:{M:02}:{S:02}
{Y}/{m}/{d} {pm} {h}:{M:02}:{S:02}
{Y}-{m:02}-{d:02} 星期{周} {H:02}:{M:02}
{Y}/{m:02}/{d:02} ({周}) {H:02}:{M:02}
{Y}年{m}月{d}日 {H:02}:{M:02}
{Y}年{m:02}月{d:02}日{H:02}:{M:02}:{S:02}
{Y}年{m}月{d}日{H}时{M}分{S}秒
{Y}年{m}月{d}日 周{周} {下午} {h}点{M:02}分
{Y} 年 {m} 月 {d} 日 {H:02}：{M:02}
{Y}年{m}月{d}号{H}时
{Y年}年{m月}月{d日}日{H时}时{M}分
民国{roc}年{m}月{d}日 {H:02}:{M:02}
{Ddd}, {d:02} {Mon} {Y} {H:02}:{M:02}:{S:02}
{Ddd} {Mon} {d} {H:02}:{M:02}:{S:02} {Y}
{Ddd}, {d} {Mon} {Y} {h}:{M:02} {pm}
{d} {Month} {Y} {H:02}:{M:02}
{d}{th} {Month} {Y}, {h}.{M:02}{pm}
{Mon} {d}, {Y} {h}:{M:02}:{S:02} {pm}
{Month} {d}{th}, {Y} at {h}:{M:02} {dotted}
{Mon} {d} {Y} {h}:{M:02}{pm}
{Mon}. {d}, {Y}, {h} {pm}
{d:02}-{Mon}-{Y} {H:02}:{M:02}:{S:02}
{h}:{M:02} {pm}, {Month} {d}, {Y}
{H:02}:{M:02} {Y}-{m:02}-{d:02}
{Y}{m:02}{d:02} {H:02}:{M:02}:{S:02}
{Y}{m:02}{d:02}T{H:02}{M:02}{S:02}
{Y}{m:02}{d:02}{H:02}{M:02}{S:02}
{Y}{m:02}{d:02}{H:02}{M:02}
{Y}{m:02}{d:02}{H:02}
{Y}{m:02}{d:02}{H:02}{M:02}{S:02}{ms:03}
{Y}{m:02}{d:02}{H:02}{M:02}{S:02}{us:06}
{Y}-{m:02}-{d:02}T24:00
""".strip().split("\n")

DAYS = """
{Y}-{m:02}-{d:02}
{Y}/{m}/{d}
{Y}.{m:02}.{d:02}
{Y}{m:02}{d:02}
{Y}年{m}月{d}日
{Y}年{m:02}月{d:02}日 星期{周}
{Y年}年{m月}月{d日}日
民國{roc}年{m}月{d}日
{d} {Mon} {Y}
{Ddd}, {d:02} {Month} {Y}
{d}{th} of {Month}, {Y}
{d:02}-{Mon}-{Y}
{d:02}{Mon}{Y}
{Month} {d}, {Y}
{Day}, {Month} {d}, {Y}
{Mon}. {d}{th}, {Y}
{Y} {Mon} {d}
{Y}-{Mon}-{d:02}
{G}-W{W:02}-{u}
{Y}-{j:03}
{Y}-{m:02}-{d:02}Z
{Y}-{m:02}-{d:02}+08:00
""".strip().split("\n")


def precision(spelling: str, at: datetime) -> datetime:
    """A moment as far as a spelling writes it."""
    if "24:00" in spelling:
        return datetime.combine(at.date(), time(), at.tzinfo) + timedelta(days=1)
    if "{us" in spelling:
        return at
    if "{ms" in spelling:
        return at.replace(microsecond=at.microsecond // 1000 * 1000)
    fields: Mapping[str, Any] = {"minute": 0, "second": 0, "microsecond": 0}
    if "{S" in spelling:
        fields = {"microsecond": 0}
    elif "{M:" in spelling or "{M}" in spelling:
        fields = {"second": 0, "microsecond": 0}
    return at.replace(**fields)


@pytest.mark.parametrize("spelling", ZONED)
@settings(max_examples=40)
@given(at=moments, place=offsets)
def test_a_moment_with_an_offset_comes_back(spelling: str, at: datetime, place: timezone) -> None:
    at = at.replace(tzinfo=place)
    assume("{W" not in spelling or at.isocalendar()[0] == at.year)
    assume("{y" not in spelling or 1950 <= at.year < 2050)
    stated = Dates(timezone="Asia/Tokyo").read(spelling.format_map(parts(at)), NOW)
    assert stated == Stated(precision(spelling, at).astimezone(UTC), False)
    assert isinstance(stated.at, datetime) and stated.at.tzinfo is UTC


@pytest.mark.parametrize("spelling", BARE)
@settings(max_examples=40)
@given(at=moments, place=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "+05:30"]))
def test_a_time_without_a_zone_is_read_in_the_source_s_and_counted(
    spelling: str, at: datetime, place: str
) -> None:
    assume("roc" not in spelling or at.year > 1911)
    text = spelling.format_map(parts(at))
    reader = DateReader(Dates(timezone=place), NOW)
    local = precision(spelling, at)
    possible = readings(local, place)
    if len(possible) == 1:
        assert reader.read(text) == possible.pop()
        assert reader.assumed == 1
    else:  # the clocks skipped it, or showed it twice
        assert reader.read(text) is None
        assert reader.unreadable == [text]


def readings(local: datetime, place: str) -> set[datetime]:
    """Every moment at which a clock in `place` shows `local`."""
    zone: tzinfo = timezone(timedelta(hours=5, minutes=30)) if place == "+05:30" else ZoneInfo(place)
    hours = [local.replace(tzinfo=UTC) + timedelta(hours=h / 2) for h in range(-30, 31)]
    return {at for at in hours if at.astimezone(zone).replace(tzinfo=None) == local}


@pytest.mark.parametrize("spelling", DAYS)
@settings(max_examples=40)
@given(day=st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_a_day_without_a_time_stays_a_day(spelling: str, day: date) -> None:
    at = datetime(day.year, day.month, day.day)
    stated = read(spelling.format_map(parts(at)), timezone="America/New_York")
    assert stated == day and type(stated) is date


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
@given(at=st.datetimes(datetime(2002, 1, 1), datetime(2032, 12, 31)))
def test_an_epoch_is_read_by_its_length(unit: int, at: datetime) -> None:
    moment = at.replace(tzinfo=UTC, microsecond=at.microsecond if unit > 1_000 else 0)
    micro = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    number = micro * unit // 1_000_000
    for value in (number, str(number), Decimal(number), f"{number}.0", np.int64(number)):
        assert Dates().read(value, NOW) == Stated(moment, False), value


@pytest.mark.parametrize(
    ("number", "at"),
    [
        (1773480600.25, datetime(2026, 3, 14, 9, 30, 0, 250_000, tzinfo=UTC)),
        ("1773480600.25", datetime(2026, 3, 14, 9, 30, 0, 250_000, tzinfo=UTC)),
        (1.7734806e12, datetime(2026, 3, 14, 9, 30, tzinfo=UTC)),
        (20260314.0, date(2026, 3, 14)),
        (20260314093000.0, datetime(2026, 3, 14, 9, 30, tzinfo=UTC)),
        ("20260314093000.5", datetime(2026, 3, 14, 9, 30, 0, 500_000, tzinfo=UTC)),
        ("/Date(1773480600000+0800)/", datetime(2026, 3, 14, 9, 30, tzinfo=UTC)),
        (631152000, datetime(1990, 1, 1, tzinfo=UTC)),
        (20261314, None),  # no month 13, and too few figures for an epoch
        (20260230, None),
        (21010101, None),
        (202603140960, datetime(1976, 6, 2, 22, 39, 0, 960_000, tzinfo=UTC)),  # no minute 60: an epoch
        (0, None),
        (7, None),
        (2026, None),
        (-1773480600, None),
        ("1.77348E+12", None),  # figures are lost
        ("1,773,480,600", None),
        (17734806000, None),
        (True, None),
        (math.nan, None),
        (math.inf, None),
        (1e300, None),
        (Decimal("NaN"), None),
    ],
)
def test_numbers(number: object, at: datetime | date | None) -> None:
    assert read(number) == at


@pytest.mark.parametrize(
    ("value", "stated"),
    [
        (
            datetime(2026, 3, 14, 9, 30, tzinfo=timezone(timedelta(hours=8))),
            (datetime(2026, 3, 14, 1, 30), False),
        ),
        (datetime(2026, 3, 14, 9, 30), (datetime(2026, 3, 14, 1, 30), True)),
        (pd.Timestamp("2026-03-14 09:30", tz="Asia/Tokyo"), (datetime(2026, 3, 14, 0, 30), False)),
        (pd.Timestamp("2026-03-14 09:30"), (datetime(2026, 3, 14, 1, 30), True)),
    ],
)
def test_what_a_program_gives_as_a_moment_is_one(value: object, stated: tuple[datetime, bool]) -> None:
    found = Dates(timezone="Asia/Shanghai").read(value, NOW)
    assert found == Stated(stated[0].replace(tzinfo=UTC), stated[1])
    assert type(found.at) is datetime


@pytest.mark.parametrize("value", [None, [], {}, b"2026-03-14", object(), time(9, 30), pd.NaT, timedelta(1)])
def test_what_is_no_date_states_nothing(value: object) -> None:
    assert Dates().read(value, NOW) == NOTHING


# --- what is not read ------------------------------------------------------------------------

AMBIGUOUS = [
    *(
        "01/02/2026",
        "1-2-2026",
        "03.04.2026 09:30",
        "9:30 AM, 01/02/2026",
        "14/03/26",
        "01/02/03",
        "26-03-14",
    ),
    *(f"14 Mar 2026 09:30:00 {zone}" for zone in ("CST", "IST", "BST", "AST", "GST", "SST", "A", "M", "XYZ")),
    *("14 Mar 26", "14 Mar 26 09:30", "Sun, 14 Mar 26 09:30:00 GMT", "26年3月14日"),
    *("2026-03-14 晚上1:30", "2026-03-14 昨天"),
]
SPANS = [
    "14 March 2026, 09:30-11:00",
    "2026年3月14日09:30-11:00",
    "昨天 09:30-11:00",
    "14/03/2026 09:30-11:00",
]
LACKING = [
    *(
        "2026",
        "2026-03",
        "March 2026",
        "Mar 14",
        "14 March",
        "03-14",
        "3月14日",
        "3月14日 09:30",
        "Mar 14, 09:30",
    ),
    *(
        "09:30",
        "9:30 PM",
        "Saturday",
        "Sat, 09:30",
        "星期六",
        "上午9时",
        "2026年3月",
        "3月",
        "2026-03-14 9",
        "昨晚",
    ),
    *("last week", "2 weeks ago", "3个月前", "a year ago", "几天前", "recently", "不久前", "soon", "now"),
]
IMPOSSIBLE = [
    *(
        "2026-02-30",
        "2026-13-01",
        "2026-00-10",
        "0000-00-00 00:00:00",
        "31 Apr 2026",
        "2025-02-29",
        "2026年2月30日",
    ),
    *(
        "2026-03-14 25:00",
        "2026-03-14 24:01",
        "2026-03-14 09:60",
        "2026-03-14T09:30:61Z",
        "2026-W54-1",
        "2026-366",
    ),
    *(
        "2026-03-14T09:30:00+25:00",
        "2026-03-14 21:30 AM",
        "下午2026年3月14日",
        "2026-03-14 13:30 上午",
        "2026-000",
    ),
    *(
        "32/01/2026",
        "13/13/2026",
        "2026-03-14T12:00:60Z",
        "2026-03-14 09:30:00 -0800 EST",
        "14 Mar 2026 09:30 Z JST",
    ),
    *(
        "10000-01-01",
        "Mon, 02 Mar 99999 08:00:00 GMT",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
    ),
]
UNKNOWN = [
    *(
        "",
        " ",
        "-",
        "N/A",
        "null",
        "today's news",
        "2026-03-14 to 2026-03-15",
        "2026-03-14 09:30 or so",
        "令和8年3月14日",
    ),
    *(
        "14 März 2026",
        "14 mars 2026",
        "Published 2026-03-14",
        "2026-03-14T09:30:00Z2026",
        "Sat, 14 Mar 2026 09:30 PM AM",
    ),
    *(
        "2026-03-14 09:30 Mars/Olympus",
        "2026-03-14 09:30 ../etc/passwd",
        "x" * 10_000,
        "2" * 10_000,
        "\ud800",
        "\x00",
    ),
    *("2026-03-14 " * 20, "(" * 119, "2026-03-14 09:30 (((", "2026-03-14 09:30 +08:00 +09:00"),
]


@pytest.mark.parametrize("text", [*AMBIGUOUS, *SPANS, *LACKING, *IMPOSSIBLE, *UNKNOWN])
def test_what_is_ambiguous_incomplete_or_impossible_is_not_read(text: str) -> None:
    assert Dates().read(text, NOW) == NOTHING


@pytest.mark.parametrize(
    ("text", "settings", "at"),
    [
        ("01/02/2026", {"order": "dmy"}, date(2026, 2, 1)),
        ("01/02/2026", {"order": "mdy"}, date(2026, 1, 2)),
        ("1.2.2026 09:30", {"order": "dmy"}, datetime(2026, 2, 1, 9, 30, tzinfo=UTC)),
        ("14/03/26", {"order": "dmy"}, date(2026, 3, 14)),
        ("03/14/99", {"order": "mdy"}, date(1999, 3, 14)),
        ("26-03-14 09:30", {"order": "ymd"}, datetime(2026, 3, 14, 9, 30, tzinfo=UTC)),
        ("01/02/2026", {"order": "ymd"}, None),
        (
            "14 Mar 2026 09:30 IST",
            {"zones": {"IST": "Asia/Kolkata"}},
            datetime(2026, 3, 14, 4, 0, tzinfo=UTC),
        ),
        ("14 Mar 2026 09:30 ist", {"zones": {"IST": "+02:00"}}, datetime(2026, 3, 14, 7, 30, tzinfo=UTC)),
        (
            "14 Mar 2026 09:30 CST",
            {"zones": {"CST": "Asia/Shanghai"}},
            datetime(2026, 3, 14, 1, 30, tzinfo=UTC),
        ),
        (
            "Sat Mar 14 09:30:00 CST 2026",
            {"zones": {"cst": "UTC+8"}},
            datetime(2026, 3, 14, 1, 30, tzinfo=UTC),
        ),
        (
            "14 Jul 2026 09:30 BST",
            {"zones": {"BST": "Europe/London"}},
            datetime(2026, 7, 14, 8, 30, tzinfo=UTC),
        ),
        ("14 Mar 2026 09:30 XYZ", {"zones": {"XYZ": "+01:00"}}, datetime(2026, 3, 14, 8, 30, tzinfo=UTC)),
        (
            "14 Mar 2026 09:30 EST",
            {"zones": {"EST": "Australia/Sydney"}},
            datetime(2026, 3, 13, 22, 30, tzinfo=UTC),
        ),
    ],
)
def test_what_is_ambiguous_is_read_as_configured(
    text: str, settings: dict[str, Any], at: datetime | date | None
) -> None:
    assert read(text, **settings) == at


@pytest.mark.parametrize(
    "settings", [{"timezone": "Mars/Olympus"}, {"zones": {"IST": "India"}}, {"order": "ydm"}]
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Dates(**settings)


@given(day=st.dates(date(1990, 1, 1), date(2100, 12, 31)), mark=st.sampled_from("/.-"))
def test_figures_are_read_only_where_they_cannot_mean_another_day(day: date, mark: str) -> None:
    text = f"{day.day:02}{mark}{day.month:02}{mark}{day.year}"
    other = f"{day.month:02}{mark}{day.day:02}{mark}{day.year}"
    only = day if day.day > 12 or day.day == day.month else None
    assert read(text) == read(other) == only
    assert read(text, order="dmy") == read(other, order="mdy") == day


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("0:30 PM", time(12, 30)),
        ("下午0时30分", time(12, 30)),
        ("12:30 PM", time(12, 30)),
        ("12:30 a.m.", time(0, 30)),
        ("15:30 PM", time(15, 30)),
        ("凌晨12点半", time(0, 30)),
        ("中午12点", time(12)),
        ("中午1点20分", time(13, 20)),
        ("晚8点", time(20)),
        ("傍晚6:05", time(18, 5)),
        ("早上8:00", time(8)),
        ("零时", time(0)),
        ("二十一点整", time(21)),
    ],
)
def test_parts_of_the_day(text: str, clock: time) -> None:
    at = datetime.combine(date(2026, 3, 14), clock, UTC)
    assert read(f"2026年3月14日{text}") == read(f"2026-03-14 {text}") == at


# --- names of zones --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        *(("JST", 9), ("HKT", 8), ("SGT", 8), ("KST", 9), ("CET", 1), ("CEST", 2), ("MEST", 2), ("MESZ", 2)),
        *(("EST", -5), ("EDT", -4), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7)),
        *(("AEDT", 11), ("AEST", 10), ("NZDT", 13), ("MSK", 3), ("EET", 2), ("EEST", 3), ("WEST", 1)),
        *(
            ("UTC", 0),
            ("GMT", 0),
            ("UT", 0),
            ("Z", 0),
            ("z", 0),
            ("GMT+8", 8),
            ("UTC-5", -5),
            ("GMT +0100", 1),
        ),
        *(("-0000", 0), ("+5:30", 5.5), ("Asia/Kolkata", 5.5), ("America/New_York", -4), ("Etc/GMT+8", -8)),
        *(
            ("北京时间", 8),
            ("（北京时间）", 8),
            ("美东时间", -4),
            ("Beijing Time", 8),
            ("ET", -4),
            ("NPT", 5.75),
        ),
        *(("Eastern Daylight Time", -4), ("+08:00[Asia/Shanghai]", 8), ("(JST)", 9), ("-0500 (EST)", -5)),
    ],
)
def test_named_zones(zone: str, hours: float) -> None:
    at = datetime(2026, 3, 14, 9, 30, tzinfo=UTC) - timedelta(hours=hours)
    assert Dates().read(f"14 Mar 2026 09:30 {zone}", NOW) == Stated(at, False)


def test_a_zone_may_stand_before_the_date() -> None:
    at = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
    assert read("北京时间2026年3月14日09:30") == read("2026年3月14日 北京时间 09:30") == at


def test_an_hour_that_clocks_showed_twice_is_told_by_the_name_of_its_zone() -> None:
    twice = "2026-11-01 01:30:00"
    assert read(twice, timezone="America/New_York") is None
    assert read(f"{twice} America/New_York") is None
    zones = {"EST": "America/New_York", "EDT": "America/New_York"}
    assert read(f"{twice} EDT", zones=zones) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert read(f"{twice} EST", zones=zones) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert read("2026-03-08 02:30", timezone="America/New_York") is None, "clocks skipped it"


# --- relative to the fetch -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("刚刚", {}),
        ("just now", {}),
        ("30秒前", {"seconds": 30}),
        ("5分钟前", {"minutes": 5}),
        ("3小时前", {"hours": 3}),
        ("３ 个小时 前", {"hours": 3}),
        ("三小时前", {"hours": 3}),
        ("二十分钟前", {"minutes": 20}),
        ("半小时前", {"minutes": 30}),
        ("1小时20分钟前", {"hours": 1, "minutes": 20}),
        ("2天3小时前", {"days": 2, "hours": 3}),
        ("3 hours ago", {"hours": 3}),
        ("an hour ago", {"hours": 1}),
        ("1 hr, 5 mins ago", {"hours": 1, "minutes": 5}),
        ("10 Minutes Ago", {"minutes": 10}),
    ],
)
def test_how_long_ago_is_counted_from_the_fetch(text: str, back: dict[str, int]) -> None:
    assert Dates(timezone="Asia/Tokyo").read(text, NOW) == Stated(NOW - timedelta(**back), False)


@pytest.mark.parametrize(
    ("text", "days", "clock"),
    [
        ("今天", 0, None),
        ("昨天", 1, None),
        ("昨日", 1, None),
        ("前天", 2, None),
        ("yesterday", 1, None),
        ("3天前", 3, None),
        ("两天前", 2, None),
        ("a day ago", 1, None),
        ("今天 09:30", 0, time(9, 30)),
        ("昨天09:30", 1, time(9, 30)),
        ("昨天下午3点20分", 1, time(15, 20)),
        ("前天 晚上8:05", 2, time(20, 5)),
        ("今晚8点半", 0, time(20, 30)),
        ("今早7点", 0, time(7)),
        ("Yesterday at 9:30 pm", 1, time(21, 30)),
        ("today, 09:30", 0, time(9, 30)),
    ],
)
@given(now=moments)
def test_days_are_counted_back_from_the_day_at_the_source(
    text: str, days: int, clock: time | None, now: datetime
) -> None:
    place = timezone(timedelta(hours=8))
    day = now.replace(tzinfo=UTC).astimezone(place).date() - timedelta(days=days)
    stated = Dates(timezone="+08:00").read(text, now.replace(tzinfo=UTC))
    if clock is None:
        assert stated == Stated(day, True) and not isinstance(stated.at, datetime)
    else:
        assert stated == Stated(datetime.combine(day, clock, place).astimezone(UTC), True)


WORDS = [
    *(
        "14",
        "3",
        "2026",
        "26",
        "09",
        "30",
        "Mar",
        "March",
        "Sat",
        "PM",
        "at",
        ",",
        "/",
        "-",
        ":",
        ".",
        " ",
        " ",
    ),
    *(
        "年",
        "月",
        "日",
        "时",
        "分",
        "上午",
        "下午",
        "星期六",
        "T",
        "Z",
        "+08:00",
        "+0800",
        "CST",
        "JST",
        "GMT",
        "th",
    ),
    *("09:30", "09:30:00", "2026-03-14", "14 Mar 2026", "20260314", "(", ")", "北京时间", "十四", "of"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=9).map("".join))
@example("14 Mar 2026 09:30")
def test_nothing_is_filled_in_from_today(text: str) -> None:
    """Whatever is read of a text is read of it on any other day too."""
    later = datetime(2031, 10, 27, 22, 41, 7, tzinfo=UTC)
    assert Dates().read(text, NOW) == Dates().read(text, later)


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    DateReader(Dates(), NOW).read(text)


# --- oracles ---------------------------------------------------------------------------------


@given(
    st.datetimes(timezones=offsets), st.sampled_from(["hours", "minutes", "seconds", "milliseconds", "auto"])
)
def test_iso_texts_are_read_as_the_standard_library_reads_them(at: datetime, timespec: str) -> None:
    text = at.isoformat(timespec=timespec)
    try:
        known = datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        known = None
    assert read(text) == known


@given(moments, offsets)
def test_mail_dates_are_read_as_the_standard_library_writes_them(at: datetime, place: timezone) -> None:
    at = at.replace(tzinfo=place, microsecond=0)
    assert read(format_datetime(at)) == at


def test_every_zone_agrees_with_the_tz_database() -> None:
    """No abbreviation that is known is used for another offset by any zone since 2000, but for Manila's
    PST, Havana's CDT and Pyongyang's KST, which RFC 822 or common use overrule."""
    from zoneinfo import available_timezones

    from monitor.news.zones import ABBREVIATIONS, SHARED, named

    overruled = {
        ("PST", "Asia/Manila"),
        ("CDT", "America/Havana"),
        ("CDT", "Cuba"),
        ("KST", "Asia/Pyongyang"),
    }
    meanings: dict[str, set[timedelta]] = {}
    for key in available_timezones() - {"Factory", "localtime"}:
        place = ZoneInfo(key)
        for months in range(12 * 26):
            at = datetime(2000 + months // 12, months % 12 + 1, 15, 12)
            name = at.replace(tzinfo=place).tzname() or ""
            offset = at.replace(tzinfo=place).utcoffset() or timedelta()
            if name in ABBREVIATIONS and (name, key) not in overruled:
                known = named(name, {})
                assert known is not None and at.replace(tzinfo=known).utcoffset() == offset, (name, key, at)
            elif name.isalpha() and name.isupper():
                meanings.setdefault(name, set()).add(offset)
    assert {name for name, known in meanings.items() if len(known) > 1} - SHARED <= {"PST", "CDT", "KST"}
    assert not SHARED & set(ABBREVIATIONS)


# --- the reader of a fetch -------------------------------------------------------------------


def test_a_reader_keeps_account_of_what_it_read() -> None:
    reader = DateReader(Dates(timezone="Asia/Shanghai"), NOW)
    texts = [
        "2026-03-14 09:30",
        "2026-03-14",
        "2026-03-14T09:30Z",
        "01/02/2026",
        "",
        None,
        "01/02/2026",
        "soon\n\x00",
    ]
    found = [reader.read(text) for text in texts]
    assert found[:3] == [
        datetime(2026, 3, 14, 1, 30, tzinfo=UTC),
        date(2026, 3, 14),
        datetime(2026, 3, 14, 9, 30, tzinfo=UTC),
    ]
    assert found[3:] == [None] * 5
    first, second = reader.warnings()
    assert first.startswith("3 dates could not be read and were left out: 01/02/2026, soon; ")
    assert second == "2 dates had no time zone and were read in Asia/Shanghai"


def test_a_reader_leaves_out_what_cannot_be_true_where_it_is_told_the_bounds() -> None:
    reader = DateReader(
        Dates(timezone="Asia/Shanghai"),
        NOW,
        earliest=datetime(1990, 1, 1, tzinfo=UTC),
        latest=NOW + timedelta(days=1),
    )
    assert [reader.read(text) for text in ("2041-01-01", "1970-01-01T00:00:00Z", date.min, "x" * 500)] == [
        None
    ] * 4
    assert reader.read("2026-03-15 12:00") is not None
    unread, untrue, assumed = reader.warnings()
    assert "x" * 59 + "…" in unread
    assert (
        untrue.startswith("3 dates cannot be true")
        and "2041-01-01, 1970-01-01T00:00:00Z, 0001-01-01" in untrue
    )
    assert assumed.startswith("1 dates had no time zone")


def test_what_several_fetches_of_a_file_tell_is_added_up() -> None:
    told: list[str] = ["line 3: not JSON"]
    for texts in (["2026-03-14", "soon"], ["2026-03-14", "later", "soon"], ["2026-03-14T00:00Z"]):
        reader = DateReader(Dates(), NOW)
        for text in texts:
            reader.read(text)
        told += reader.warnings()
    other, unreadable, assumed = summed(told)
    assert other == "line 3: not JSON"
    assert unreadable.startswith("3 dates could not be read and were left out: soon, later;")
    assert assumed == "2 dates had no time zone and were read in UTC"


def test_a_day_begins_at_the_source() -> None:
    assert Dates(timezone="Asia/Shanghai").start(date(2026, 3, 14)) == datetime(2026, 3, 13, 16, tzinfo=UTC)
    assert Dates().start(date(2026, 3, 14)) == datetime(2026, 3, 14, tzinfo=UTC)


def test_settings_travel_to_a_child_process() -> None:
    dates = Dates(timezone="Asia/Shanghai", zones={"IST": "Asia/Kolkata"})
    assert pickle.loads(pickle.dumps(dates)) == dates


@pytest.mark.parametrize("unit", ["0:", " - ", "星期", "(", "1 ", "+08:00", "十", "a", "年"])
def test_no_text_takes_long(unit: str) -> None:
    read: Callable[[object, datetime], Stated] = Dates().read
    for length in (40, 60, 100_000):
        read(unit * length, NOW)


def test_what_a_command_says_goes_before_what_the_source_says() -> None:
    source = Dates("Asia/Tokyo", "dmy", {"IST": "Asia/Kolkata"})
    assert source.instead("", "") == source
    assert source.instead("Europe/Paris", "mdy") == Dates("Europe/Paris", "mdy", {"IST": "Asia/Kolkata"})
    with pytest.raises(ValueError, match="Nowhere"):
        source.instead("Nowhere/Land", "")
