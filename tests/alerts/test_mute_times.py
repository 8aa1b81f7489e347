"""A mute time is about a wall: its hours, days and holidays, at changes of the clocks too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.mute_times import MuteTime, mistake, mute_time
from monitor.settings import MuteTimeSettings

MINUTE = timedelta(minutes=1)
NIGHTS = MuteTime("nights", "Asia/Shanghai", ((22 * 60, 7 * 60),))


def said(**fields: object) -> MuteTime:
    return mute_time("x", MuteTimeSettings.model_validate({"zone": "UTC", **fields}))


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("wall", "covered"),
    [
        ("2026-03-02T21:59", False),
        ("2026-03-02T22:00", True),
        ("2026-03-03T00:00", True),
        ("2026-03-03T06:59:59", True),
        ("2026-03-03T07:00", False),
    ],
)
def test_a_night_goes_past_midnight_on_its_own_wall(wall: str, covered: bool) -> None:
    assert NIGHTS.covers(at(wall, "Asia/Shanghai")) is covered


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    weeknights = said(times=["22:00-07:00"], weekdays=["mon-thu", "sun"])
    friday_night, sunday_night = at("2026-03-06T23:00"), at("2026-03-08T23:00")
    assert not weeknights.covers(friday_night) and not weeknights.covers(friday_night + 7 * 60 * MINUTE)
    assert weeknights.covers(sunday_night) and weeknights.covers(sunday_night + 7 * 60 * MINUTE)
    assert weeknights.covers(at("2026-03-06T06:00")), "Thursday's night ends on Friday"


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"days": ["1..3"]}, [1, 2, 3]),
        ({"days": ["-1"]}, [28]),
        ({"days": ["-2..-1", "5"]}, [5, 27, 28]),
        ({"days": ["1..7"], "weekdays": ["mon"]}, [2]),
        ({"weekdays": ["sat-sun"]}, [1, 7, 8, 14, 15, 21, 22, 28]),
        ({"weekdays": ["fri-mon"], "days": ["1..7"]}, [1, 2, 6, 7]),
        ({"months": [3]}, []),
    ],
)
def test_all_that_it_says_must_hold(fields: dict[str, object], days: list[int]) -> None:
    mute = said(**fields)
    noons = [datetime(2026, 2, day, 12, tzinfo=UTC) for day in range(1, 29)]
    assert [one.day for one in noons if mute.covers(one)] == days


def test_holidays_are_those_of_a_market_on_its_own_days() -> None:
    mute = said(holidays="XNYS", zone="America/New_York")
    assert mute.covers(at("2026-07-03T12:00", "America/New_York"))
    assert not mute.covers(at("2026-07-02T23:59", "America/New_York"))
    assert mistake("NOWHERE").startswith("holidays: no calendar is named")
    assert mistake("CN") == ""


def covered(mute: MuteTime, first: datetime, last: datetime) -> int:
    """Minutes between two moments in which it is muted."""
    return sum(mute.covers(first + step * MINUTE) for step in range((last - first) // MINUTE))


@pytest.mark.parametrize(
    ("times", "day", "minutes"),
    [
        (["01:00-04:00"], "2026-03-29", 120),  # 02:00 is followed by 03:00
        (["02:00-03:00"], "2026-03-29", 0),
        (["01:00-04:00"], "2026-10-25", 240),  # 03:00 is followed by 02:00
        (["02:00-03:00"], "2026-10-25", 120),
        (["22:00-07:00"], "2026-03-28", 9 * 60),  # to midnight, and from midnight to seven
        ([], "2026-03-29", 23 * 60),
        ([], "2026-10-25", 25 * 60),
    ],
)
def test_at_both_changes_of_the_clocks_every_minute_of_the_wall_counts(
    times: list[str], day: str, minutes: int
) -> None:
    mute = said(times=times, zone="Europe/Berlin")
    first = at(f"{day}T00:00", "Europe/Berlin")
    last = at(f"{date.fromisoformat(day) + timedelta(days=1)}T00:00", "Europe/Berlin")
    assert covered(mute, first, last) == minutes


def test_its_end_is_found_through_a_change_of_the_clocks() -> None:
    mute = said(times=["22:00-02:30"], zone="Europe/Berlin")
    begins = at("2026-03-28T23:00", "Europe/Berlin")
    assert mute.ends_at(begins) == at("2026-03-29T03:00", "Europe/Berlin"), "half past two does not come"
    assert mute.ends_at(at("2026-10-24T23:00", "Europe/Berlin")) == at("2026-10-25T02:30", "Europe/Berlin")
    assert said().ends_at(begins) is None, "no end is in sight"


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)
def test_what_is_not_muted_is_muted_by_the_other_hours(
    begin: int, end: int, zone: str, when: datetime
) -> None:
    """The two ways round the clock are each other's complement, at every moment of every zone."""
    if begin == end:
        return
    moment = when.replace(tzinfo=UTC)
    there = MuteTime("there", zone, ((begin, end),))
    back = MuteTime("back", zone, ((end, begin),))
    assert there.covers(moment) is not back.covers(moment)
