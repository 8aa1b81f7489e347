"""How dates are written: a text as the day, the time of day and the zone that it states.

Enters: a text, as a feed, a page or a file has it. Leaves: `Written`, or None where the text is none
of these spellings *from its first character to its last*, or is one that may mean two days. That a
spelling must fit whole is the point: parsers that search a text for what they know (dateutil,
dateparser, feedparser's) drop the rest, be it "PM", an offset or the month, and fill what is missing
from today. Nothing is filled in here: a text with no year, no month or no day is not read.

    standards     RFC 822/2822/5322, RFC 850, RFC 3339, ISO 8601 (calendar, week and ordinal dates,
                  extended and basic), asctime, HTTP
    programs      JavaScript, Go, Java, C#, Ruby, Python, Twitter, Apache logs, Exif
    people        14 March 2026 9.30pm; March 14th, 2026 at 9:30 PM ET; 9:30 AM, 14/03/2026
    Chinese       2026年3月14日 星期六 下午9时30分; 二〇二六年三月十四日; 民国115年3月14日; 北京时间
    relative      昨天 09:30, 今晚8点半, 3小时前, 刚刚; yesterday at 9:30 pm, 3 hours ago, just now

Two figures and a year (01/02/2026) are read where only one of the two can be a month, or both are the
same; else only in an `order` that the settings name. A year of two figures is read in the forms of
RFC 822 and RFC 850, by RFC 5322 section 4.3, if the day of the week does not speak against it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from monitor.news.zones import CHINESE, ENGLISH

LONGEST = 120
"""Characters of the longest text that is read."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day. `days` is 1 for 24:00; `leap` marks second 60, kept as 59."""

    hour: int
    minute: int = 0
    second: int = 0
    microsecond: int = 0
    days: int = 0
    leap: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What a text states: a `day`, or one so many `days_ago`, and a time of that day where it has a
    `clock`; or how long `ago` it was. `zone` and `also` are the names of its zone, "" for none."""

    day: date | None = None
    days_ago: int = 0
    ago: timedelta | None = None
    clock: Clock | None = None
    zone: str = ""
    also: str = ""


def spelled(text: str, order: str = "") -> Written | None:
    """What a text states; None where it cannot be read or means several things.

    `order` is "dmy", "mdy" or "ymd" for texts whose figures are ambiguous, "" where it is not known.
    """
    if len(text) > LONGEST:
        return None
    text = _plain(text)
    try:
        ago = _ago(text)
        if ago is not None:
            return ago
        for pattern in _patterns():
            match = pattern.fullmatch(text)
            if match:
                return _written(match.groupdict(), order)
    except (ValueError, OverflowError):  # the 30th of February, an hour 25
        return None
    return None


# --- the text --------------------------------------------------------------------------------

_DASHES = str.maketrans("−–‐‑—", "-----")
_FIGURE = "〇一二三四五六七八九"
_CHINESE_NUMBER = re.compile(
    r"[〇零一二两兩三四五六七八九十]+(?=\s?(?:年|月|日|号|號|时|時|点|點|分|秒|个|小|天|钟))"
)


def _plain(text: str) -> str:
    """One width, one kind of dash and blank, no invisible characters, figures for Chinese numbers."""
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = re.sub(r" m=[+-]\d+\.\d+$", "", " ".join(text.split()))  # Go's monotonic clock
    return _CHINESE_NUMBER.sub(lambda match: _figures(match[0]), text).strip(" ,;")


def _figures(number: str) -> str:
    """二〇二六 is 2026, 十四 is 14, 二十 is 20; what is no number stays."""
    number = number.replace("零", "〇").replace("两", "二").replace("兩", "二")
    if "十" not in number:
        return "".join(str(_FIGURE.index(char)) for char in number)
    tens, _, ones = number.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "〇" in number:
        return number
    return str(10 * (_FIGURE.index(tens) if tens else 1) + (_FIGURE.index(ones) if ones else 0))


# --- so long ago -----------------------------------------------------------------------------

_UNITS: Mapping[str, str] = {
    "days": r"天|日|days?|d",
    "hours": r"个?小时|個?小時|个?钟头|個?鐘頭|hours?|hrs?|h",
    "minutes": r"分钟?|分鐘?|minutes?|mins?|m",
    "seconds": r"秒钟?|秒鐘?|seconds?|secs?|s",
}
_SPAN = " ?,? ?".join(rf"(?:(?P<{name}>\d{{1,4}}|an?) ?(?:{words}))?" for name, words in _UNITS.items())
_AGO = re.compile(rf"{_SPAN} ?(?:之?前|以前|ago)", re.IGNORECASE)
_NOW = re.compile(r"刚刚|剛剛|刚才|剛才|just now|moments ago", re.IGNORECASE)
_HALF_AN_HOUR = re.compile(r"半个?小时前|半個?小時前|half an hour ago", re.IGNORECASE)


def _ago(text: str) -> Written | None:
    if _NOW.fullmatch(text):
        return Written(ago=timedelta())
    if _HALF_AN_HOUR.fullmatch(text):
        return Written(ago=timedelta(minutes=30))
    match = _AGO.fullmatch(text)
    if not match or not any(match.groups()):
        return None
    spans = {name: 1 if value.lower().startswith("a") else int(value) for name, value in _said(match).items()}
    if set(spans) == {"days"}:
        return Written(days_ago=spans["days"])
    return Written(ago=timedelta(**spans))


def _said(match: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in match.groupdict().items() if value is not None}


# --- a day, a time, a zone -------------------------------------------------------------------

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)"
)
_CHINESE_WEEKDAY = "(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]"
_BRACKETED = rf"\((?:{_WEEKDAY}|{_CHINESE_WEEKDAY}|[一二三四五六天月火水木金土日])\)"
_ANY_WEEKDAY = rf"(?:{_WEEKDAY}\.?|{_CHINESE_WEEKDAY}|{_BRACKETED})"

# Parts of the day, and the hours that a clock of twelve shows in each with what they are in 24.
_PERIODS: Mapping[str, Mapping[int, int]] = {
    name: hours
    for names, hours in (
        ("am 上午 午前", {12: 0} | {hour: hour for hour in range(12)}),
        ("凌晨", {12: 0} | {hour: hour for hour in range(7)}),
        ("清晨 早晨 早上 早", {hour: hour for hour in range(4, 12)}),
        ("中午", {11: 11, 12: 12, 1: 13, 2: 14}),
        (
            "pm 下午 午后 午後",
            {12: 12} | {hour: hour + 12 for hour in range(12)},
        ),  # 0:30 PM: clocks of 0 to 11
        ("傍晚", {hour: hour + 12 for hour in range(4, 9)}),
        ("晚上 晚间 晚間 晚", {hour: hour + 12 for hour in range(5, 12)}),
    )
    for name in names.split()
}
_AM_PM = r"[ap]\.? ?m(?![a-z])\.?"
_PERIOD = "|".join(
    [_AM_PM, *sorted((name for name in _PERIODS if not name.isascii()), key=len, reverse=True)]
)

_TIME = (
    rf"(?:(?P<before>{_PERIOD}) ?)?(?P<h>\d{{1,2}})"
    r"(?:(?P<colon>[:.])(?P<mi>\d{1,2})(?:(?P=colon)(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,12}))?)?"
    r"|(?P<oclock> ?[时時点點]) ?(?:(?P<cmi>\d{1,2}) ?分?(?: ?(?P<cs>\d{1,2}) ?秒)?|(?P<half>半)|整|钟|鐘)?)?"
    rf"(?: ?(?P<after>{_PERIOD}))?"
)
_NAMES = "|".join(sorted((re.escape(name) for name in (*CHINESE, *ENGLISH)), key=len, reverse=True))
_OFFSET = r"(?:(?:utc|gmt|ut) ?)?[+-](?:\d{1,2}:\d\d(?::\d\d)?|\d{4}|\d{1,2})"
_PLACE = r"[a-z]{2,}(?:/[a-z_+-]+[0-9]{0,2}){1,2}"
_ZONE = rf"(?:(?P<apart> ?)(?P<zone>{_OFFSET}|{_NAMES}|{_PLACE}|[a-z]{{1,5}}))?"
_COMMENT = r"(?: ?\((?P<comment>[^()]{1,60})\))?"
_END = (
    rf"{_ZONE}(?: (?P<also>{_OFFSET}|[a-z]{{2,5}}))?(?: ?\[(?P<place>{_PLACE}|[a-z]{{1,5}})\])?"
    rf"{_COMMENT}"
)
_LEAD = rf"(?:(?P<lead>{_NAMES}) ?,? ?)?(?:(?P<weekday>{_ANY_WEEKDAY}) ?,? ?)?"
_TRAIL = rf"(?: ?,? ?{_ANY_WEEKDAY})?"
_GAP = r"(?P<gap> ?, ?(?:at )?| at | on | ?[t_|·•] ?| - | )"

_ISO = r"(?P<y>\d{4})(?P<q>[-/.:])(?P<m>\d{1,2})(?P=q)(?P<d>\d{1,2})"
_CJK = (
    r"(?:(?P<y>\d{4})|(?:中华|中華)?民[国國] ?(?P<roc>\d{1,3}))"
    r" ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号號]"
)
_TH = r"(?:st|nd|rd|th)?"
_NUMBERS = r"(?P<a>\d{1,2})(?P<q>[-/.])(?P<b>\d{1,2})(?P=q)"
_NUMERIC = rf"{_NUMBERS}(?P<y>\d{{4}})"
_DAY_FIRST = rf"(?P<d>\d{{1,2}}){_TH}(?: of |, | ?[-/.]? ?){_MONTH},?[-/ ]?(?P<y>\d{{4}})"
_MONTH_FIRST = rf"{_MONTH}[-/ ]?(?P<d>\d{{1,2}}){_TH}(?:, ?|[-/ ])(?P<y>\d{{4}})"
_WEEK = r"(?P<y>\d{4})-?w(?P<w>\d\d)-?(?P<wd>[1-7])"
_ORDINAL = r"(?P<y>\d{4})-(?P<yd>\d{3})"
_DATES = (
    _ISO,
    _CJK,
    _DAY_FIRST,
    _MONTH_FIRST,
    rf"(?P<y>\d{{4}})[-/., ]{{1,2}}{_MONTH}[-/. ]?(?P<d>\d{{1,2}})",
    _NUMERIC,
    rf"{_NUMBERS}(?P<yy>\d\d)",
    _WEEK,
    _ORDINAL,
)
_BASIC_TIME = r"(?P<h>\d\d)(?:(?P<mi>\d\d)(?:(?P<s>\d\d)(?:[.,](?P<f>\d{1,12}))?)?)?"
_RFC_822 = rf"(?P<d>\d{{1,2}})(?P<q>[ -]){_MONTH}(?P=q)(?P<yy>\d\d) {_TIME}{_END}"
_RELATIVE: Mapping[str, tuple[int, str]] = {
    **dict.fromkeys(("今天", "今日", "today"), (0, "")),
    **dict.fromkeys(("昨天", "昨日", "yesterday"), (1, "")),
    **dict.fromkeys(("前天", "前日", "the day before yesterday"), (2, "")),
    "大前天": (3, ""),
    **{"今早": (0, "早上"), "今晨": (0, "凌晨"), "今晚": (0, "晚上"), "昨晚": (1, "晚上")},
}
_ADAY = "|".join(sorted(_RELATIVE, key=len, reverse=True))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Every spelling of a day with or without a time, the likely ones first."""
    gapped = rf"(?:{_GAP}(?:(?P<middle>{_NAMES}) ?)?{_TIME}{_END})?"
    close = rf"(?:(?:{_GAP}|(?P<none>))(?:(?P<middle>{_NAMES}) ?)?{_TIME}{_END})?"
    spellings = [
        *(_LEAD + one + _TRAIL + (close if one is _CJK else gapped) for one in _DATES),
        _LEAD + _RFC_822,
        rf"{_LEAD}{_MONTH} (?P<d>\d{{1,2}}) {_TIME}{_ZONE}{_COMMENT} (?P<y>\d{{4}})",
        rf"(?P<y>\d{{4}})(?P<m>\d\d)(?P<d>\d\d)(?P<gap>[t_ ]?){_BASIC_TIME}{_END}",
        rf"(?P<y>\d{{4}})(?P<m>\d\d)(?P<d>\d\d)(?P<gap>[t_ ]){_TIME}{_END}",
        *(rf"{one}(?P<gap>t){_BASIC_TIME}{_END}" for one in (_ISO, _WEEK, _ORDINAL.replace("-", "-?"))),
        rf"(?P<d>\d{{1,2}})/{_MONTH}/(?P<y>\d{{4}}):{_TIME}{_END}",
        rf"{_ISO}(?P<zone>z|[+-]\d\d:\d\d)",  # a day of XML Schema
        *(
            rf"{_TIME}{_END}{_GAP}(?:{_ANY_WEEKDAY} ?,? ?)?{one}{_TRAIL}"
            for one in (_ISO, _CJK, _DAY_FIRST, _MONTH_FIRST, _NUMERIC)
        ),
        rf"(?P<aday>{_ADAY})(?:(?:{_GAP}|(?P<none>)){_TIME}{_END})?",
    ]
    return tuple(re.compile(one, re.IGNORECASE) for one in spellings)


def _written(found: dict[str, str | None], order: str) -> Written | None:
    clock = None
    aday = _RELATIVE.get((found.get("aday") or "").lower())
    if found.get("h"):
        clock = _clock(found, aday[1] if aday else "")
        if clock is None:
            return None
    elif aday and aday[1]:
        return None  # a night has no hour of its own
    zones = _zones(found)
    if zones is None or _is_span(found):
        return None
    if aday:
        return Written(days_ago=aday[0], clock=clock, zone=zones[0], also=zones[1])
    day = _day(found, order, in_full=clock is not None)
    return None if day is None else Written(day=day, clock=clock, zone=zones[0], also=zones[1])


def _is_span(found: dict[str, str | None]) -> bool:
    """Whether what could be an offset is the end of a span of time: "14 March 2026, 09:30-11:00". Only the
    forms of ISO 8601 have an offset there."""
    zone = found.get("zone") or ""
    mixed = any(found.get(name) for name in ("mon", "a", "aday", "oclock")) or "roc" in found
    return mixed and not found.get("apart") and zone.startswith("-") and ":" in zone


def _zones(found: dict[str, str | None]) -> tuple[str, str] | None:
    """The zone, and another name that is to mean the same; None where there are more."""
    stated = [found.get(name) or "" for name in ("lead", "middle", "zone", "also", "place")]
    names = list(dict.fromkeys(name for name in stated if name))
    comment = found.get("comment") or ""
    if not names and comment:
        names = [comment]
    if len(names) > 2:
        return None
    return (names[0] if names else "", names[1] if len(names) > 1 else "")


def _day(found: dict[str, str | None], order: str, in_full: bool) -> date | None:
    """The day; raises ValueError where there is none such."""

    def number(name: str) -> int:
        return int(found.get(name) or 0)

    if found.get("w"):
        return date.fromisocalendar(number("y"), number("w"), number("wd"))
    if found.get("yd"):
        first = date(number("y"), 1, 1)
        day = first + timedelta(days=number("yd") - 1)
        return day if number("yd") and day.year == first.year else None
    if found.get("a"):
        return _in_order(number("a"), number("b"), found, order)
    month = _MONTHS.index(str(found["mon"])[:3].lower()) + 1 if found.get("mon") else number("m")
    if found.get("yy"):
        return _with_century(number("yy"), month, number("d"), found)
    year = number("roc") + 1911 if found.get("roc") else number("y")
    return date(year, month, number("d"))


def _in_order(first: int, second: int, found: dict[str, str | None], order: str) -> date | None:
    """A day of three figures, the last of them the year if it has four."""
    if found.get("yy"):
        last = int(found["yy"] or 0)
        if order == "ymd":
            return date(_century(first), second, last)
        if not order:
            return None
        year = _century(last)
    else:
        year = int(found["y"] or 0)
    days = {
        name: day
        for name, (day, month) in {"dmy": (first, second), "mdy": (second, first)}.items()
        if 1 <= month <= 12
    }
    if len(days) == 2 and first != second:
        days = {name: day for name, day in days.items() if name == order}
    return next((date(year, second if name == "dmy" else first, day) for name, day in days.items()), None)


def _with_century(year: int, month: int, day: int, found: dict[str, str | None]) -> date | None:
    """A day of RFC 822 or RFC 850: with a weekday that fits or with a zone, else it is another form."""
    whole = date(_century(year), month, day)
    weekday = (found.get("weekday") or "")[:3].lower()
    if weekday in _DAYS:
        return whole if _DAYS[whole.weekday()] == weekday else None
    return whole if found.get("zone") and not weekday else None


def _century(year: int) -> int:
    return year + (2000 if year < 50 else 1900)  # RFC 5322, section 4.3


def _clock(found: dict[str, str | None], period: str) -> Clock | None:
    """The time of day; None where its parts contradict each other or leave the hour open."""
    hour = int(found["h"] or 0)
    minutes = found.get("mi") or found.get("cmi")
    seconds = found.get("s") or found.get("cs")
    words = [_word(found.get(name)) for name in ("before", "after")] + [period]
    named = [word for word in words if word]
    if len(named) > 1:
        return None
    if found.get("colon") == "." and any(part is not None and len(part) != 2 for part in (minutes, seconds)):
        return None
    told = minutes or found.get("oclock") or named or (found.get("gap") or "").strip(" ,").lower() == "t"
    if not told:
        return None
    if named:
        hours = _PERIODS[named[0]]
        late = max(hours.values()) >= 12
        if hour > 12:  # "15:30 PM" says the same twice, "15:30 AM" contradicts itself
            if not late or hour not in hours.values():
                return None
        elif hour not in hours:
            return None
        else:
            hour = hours[hour]
    minute = 30 if found.get("half") else int(minutes or 0)
    second = int(seconds or 0)
    microsecond = int((found.get("f") or "").ljust(6, "0")[:6])
    days = 0
    if hour == 24 and not minute and not second and not microsecond:
        hour, days = 0, 1
    leap = second == 60 and minute == 59
    if hour > 23 or minute > 59 or second > 59 + leap:
        return None
    return Clock(hour, minute, second - leap, microsecond, days, leap)


def _word(period: str | None) -> str:
    return re.sub(r"[. ]", "", period or "").lower()
