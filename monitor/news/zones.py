"""Time zones as texts name them: offsets, abbreviations, names of cities and of countries' times.

A name is known only where it means one thing. An abbreviation that several countries use is nobody's
(CST is Chicago's, Shanghai's and Havana's; IST India's, Ireland's and Israel's; BST Britain's and
Bangladesh's; AST, GST, SST, AMT, WST and others have two owners each), unless the settings say whose
it is. RFC 822 section 5 defines the American ones but CST, and so they are known although Manila
has a PST too. The letters A to Y are not: RFC 5322 section 4.3 says why.

The table is checked by the tests against the tz database (https://www.iana.org/time-zones).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

ABBREVIATIONS: Mapping[str, str] = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET"), "+00:00"),
    **{"EST": "-05:00", "EDT": "-04:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00"},
    **{"PST": "-08:00", "PDT": "-07:00", "AKST": "-09:00", "AKDT": "-08:00", "HST": "-10:00"},
    **dict.fromkeys(("CET", "MET", "MEZ", "WEST", "WAT"), "+01:00"),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "EET", "CAT", "SAST"), "+02:00"),
    **dict.fromkeys(("EEST", "EAT", "IDT", "TRT"), "+03:00"),
    **{"MSK": "Europe/Moscow", "MSD": "+04:00", "PKT": "+05:00", "NPT": "+05:45"},
    **dict.fromkeys(("ICT", "WIB"), "+07:00"),
    **dict.fromkeys(("HKT", "SGT", "MYT", "PHT", "WITA", "AWST"), "+08:00"),
    **dict.fromkeys(("JST", "KST", "WIT"), "+09:00"),
    **{"ACST": "+09:30", "ACDT": "+10:30", "AEST": "+10:00", "AEDT": "+11:00"},
    **{"NZST": "+12:00", "NZDT": "+13:00", "BRT": "-03:00", "ART": "-03:00"},
    **{"ET": "America/New_York", "PT": "America/Los_Angeles"},
}
"""What each abbreviation means: an offset, or a zone whose time it is, whatever it is called there."""

SHARED = frozenset({"CST", "IST", "BST", "AST", "ADT", "AMT", "ECT", "GST", "NST", "SST", "WST"})
"""Abbreviations that several countries use. Behind an offset they say nothing new."""

CHINESE: Mapping[str, str] = {
    **dict.fromkeys(("北京时间", "北京時間", "中国标准时间", "中國標準時間"), "Asia/Shanghai"),
    **dict.fromkeys(("香港时间", "香港時間"), "Asia/Hong_Kong"),
    **dict.fromkeys(("台北时间", "台北時間", "臺北時間"), "Asia/Taipei"),
    **dict.fromkeys(("东京时间", "東京時間", "日本时间"), "Asia/Tokyo"),
    **dict.fromkeys(("首尔时间", "韩国时间"), "Asia/Seoul"),
    **dict.fromkeys(("新加坡时间",), "Asia/Singapore"),
    **dict.fromkeys(("伦敦时间", "倫敦時間", "英国时间"), "Europe/London"),
    **dict.fromkeys(("纽约时间", "紐約時間", "美东时间", "美東時間", "美国东部时间"), "America/New_York"),
    **dict.fromkeys(("格林尼治时间", "格林威治时间", "世界标准时间", "协调世界时"), "+00:00"),
}
ENGLISH: Mapping[str, str] = {
    **dict.fromkeys(("beijing time", "china standard time"), "Asia/Shanghai"),
    **dict.fromkeys(("hong kong time", "hong kong standard time"), "Asia/Hong_Kong"),
    **dict.fromkeys(("tokyo time", "japan standard time"), "Asia/Tokyo"),
    **dict.fromkeys(("singapore time", "singapore standard time"), "Asia/Singapore"),
    **{"india standard time": "+05:30", "korean standard time": "+09:00", "london time": "Europe/London"},
    **dict.fromkeys(("coordinated universal time", "greenwich mean time"), "+00:00"),
    **dict.fromkeys(("british summer time", "central european standard time"), "+01:00"),
    **dict.fromkeys(("central european time",), "+01:00"),
    **dict.fromkeys(("central european summer time",), "+02:00"),
    **dict.fromkeys(("new york time", "eastern time"), "America/New_York"),
    **{"eastern standard time": "-05:00", "eastern daylight time": "-04:00"},
    **{"central standard time": "-06:00", "central daylight time": "-05:00"},
    **{"mountain standard time": "-07:00", "mountain daylight time": "-06:00"},
    **{"pacific standard time": "-08:00", "pacific daylight time": "-07:00"},
    "pacific time": "America/Los_Angeles",
}
"""Names written out, as programs and press releases have them."""

_OFFSET = re.compile(r"(?:UTC|GMT|UT)? ?([+-])(?:(\d{1,2}):(\d\d)(?::(\d\d))?|(\d\d)(\d\d)|(\d{1,2}))", re.I)


@lru_cache(1_024)
def zone(name: str) -> tzinfo:
    """The zone of a tz database name ("Asia/Shanghai") or an offset ("+08:00", "UTC+8", "UTC").

    Raises ValueError for anything else.
    """
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    fixed = _offset(name)
    if fixed is not None:
        return fixed
    if name in _known():
        return ZoneInfo(name)
    raise ValueError(f"expected a time zone such as 'Asia/Shanghai' or '+08:00', found {name!r}")


def named(name: str, configured: Mapping[str, str]) -> tzinfo | None:
    """The zone that a text calls `name`, None where it is no zone's name or several zones'.

    `configured` says what abbreviations mean, and goes before what is known.
    """
    upper = name.upper()
    for abbreviation, meant in configured.items():
        if abbreviation.upper() == upper:
            return zone(meant)
    meant = ABBREVIATIONS.get(upper) or CHINESE.get(name) or ENGLISH.get(name.lower()) or name
    try:
        return zone(meant)
    except ValueError:
        return None


def moment(local: datetime, place: tzinfo, name: str = "") -> datetime | None:
    """A clock's reading in a zone, in UTC; None where clocks skipped it, or showed it twice.

    Of two, `name` chooses the one that the zone calls so ("EST" after the clocks went back).
    Raises OverflowError outside the years 1 to 9999.
    """
    found: dict[datetime, bool] = {}
    for fold in (0, 1):
        there = local.replace(tzinfo=place, fold=fold)
        at = there.astimezone(UTC)
        if at.astimezone(place).replace(tzinfo=None) == local:
            found[at] = there.tzname() == name.upper()
    chosen = [at for at, called in found.items() if called] if len(found) > 1 else list(found)
    return chosen[0] if len(chosen) == 1 else None


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def _offset(name: str) -> timezone | None:
    match = _OFFSET.fullmatch(name)
    if not match:
        return None
    sign, hours, minutes, seconds, four, last, alone = match.groups(default="0")
    hour, minute = int(hours) or int(four) or int(alone), int(minutes) or int(last)
    if hour > 23 or minute > 59 or int(seconds) > 59:
        return None
    offset = timedelta(hours=hour, minutes=minute, seconds=int(seconds))
    return timezone(-offset if sign == "-" else offset)
