"""The week's shape, and what a calendar makes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from monitor.detection import cells
from monitor.detection.seasons import SUNDAY, WEEK, Calendar, shape, week_hours
from tests.detection.worlds import MONDAY, week


def at(*moment: int) -> int:
    return cells.hour(datetime(*moment, tzinfo=UTC))


def test_a_week_begins_on_monday_in_the_markets_zone() -> None:
    assert week_hours(MONDAY, 3, "UTC").tolist() == [0, 1, 2]
    # 16:00 UTC on Sunday is Monday in Shanghai.
    assert week_hours(at(2026, 3, 1, 15), 3, "Asia/Shanghai").tolist() == [167, 0, 1]


def test_summer_time_moves_nothing() -> None:
    """New York opens at 9:30 on its own clock, before and after the night of 8 March 2026."""
    assert week_hours(at(2026, 3, 6, 14), 1, "America/New_York")[0] == 4 * 24 + 9
    assert week_hours(at(2026, 3, 9, 13), 1, "America/New_York")[0] == 0 * 24 + 9


def test_a_holiday_is_a_sunday() -> None:
    hours = week_hours(at(2026, 12, 24, 23), 3, "UTC", {date(2026, 12, 25)})
    assert hours.tolist() == [3 * 24 + 23, SUNDAY * 24, SUNDAY * 24 + 1]


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Exception, match="No time zone found"):
        week_hours(0, 1, "Europe/Atlantis")


def drawn(weeks: int, volume: float, rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(np.resize(week(), weeks * WEEK) * volume).astype(float)


def test_the_shape_is_found_and_a_small_volume_is_smoothed() -> None:
    rng = np.random.default_rng(2)
    hours = week_hours(MONDAY, 26 * WEEK, "UTC")
    read = np.ones(26 * WEEK, dtype=bool)
    rich = shape(drawn(26, 50, rng), read, hours)
    assert rich.mean() == pytest.approx(1)
    assert np.abs(rich - week()).max() < 0.12
    poor = drawn(26, 1, rng)
    raw = np.bincount(hours, poor, WEEK) / np.bincount(hours, poor, WEEK).mean()
    assert ((shape(poor, read, hours) - week()) ** 2).mean() < 0.5 * ((raw - week()) ** 2).mean()


def test_hours_that_nobody_read_are_no_evidence() -> None:
    rng = np.random.default_rng(3)
    volume = drawn(8, 30, rng)
    hours = week_hours(MONDAY, len(volume), "UTC")
    read = rng.random(len(volume)) > 0.3
    garbled = np.where(read, volume, 1e6)
    assert np.array_equal(shape(garbled, read, hours), shape(volume, read, hours))


def test_nothing_seen_has_an_even_week() -> None:
    hours = week_hours(MONDAY, WEEK, "UTC")
    assert np.array_equal(shape(np.zeros(WEEK), np.ones(WEEK, dtype=bool), hours), np.ones(WEEK))
    assert np.array_equal(shape(np.ones(WEEK), np.zeros(WEEK, dtype=bool), hours), np.ones(WEEK))


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    volume = drawn(10, 20, np.random.default_rng(4))
    return Calendar.of(volume, np.ones(len(volume), dtype=bool), MONDAY)


def test_what_is_due_adds_up(calendar: Calendar) -> None:
    end = (MONDAY + 9 * WEEK) * 12
    due = calendar.between(end, (1, 6, 24, 168))
    assert due[3] == pytest.approx(WEEK)
    # Windows that adjoin are together the window over both.
    assert due[1] == pytest.approx(sum(calendar.between(end - 12 * back, (1,))[0] for back in range(6)))
    # Five minutes later a twelfth of the hours at both ends has moved.
    moved = calendar.between(end + 1, (1,))[0]
    hourly = calendar.week
    assert moved == pytest.approx(hourly[167] * 11 / 12 + hourly[0] / 12)


def test_far_from_the_panel_the_week_goes_on(calendar: Calendar) -> None:
    near, far = ((MONDAY + weeks * WEEK + 57) * 12 + 5 for weeks in (11, 200))
    lengths = (1, 6, 24, 72, 168)
    assert calendar.between(far, lengths) == pytest.approx(calendar.between(near, lengths))
    assert calendar.between(MONDAY * 12 + 30, lengths)[4] == pytest.approx(WEEK)
