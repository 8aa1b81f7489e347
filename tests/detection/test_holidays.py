"""Days on which nobody works, and years that nobody knows."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.detection.holidays import CHINA, holidays

pytest.importorskip("exchange_calendars")
pytest.importorskip("chinese_calendar")


def test_an_exchanges_holidays() -> None:
    found = holidays("XNYS", date(2026, 1, 1), date(2026, 1, 31))
    assert found.days == {date(2026, 1, 1), date(2026, 1, 19)}
    assert found.unknown == ()


def test_a_past_before_the_librarys_own_beginning() -> None:
    found = holidays("XNYS", date(1990, 12, 20), date(1990, 12, 31))
    assert found.days == {date(1990, 12, 25)} and found.unknown == ()


def test_chinas_public_holidays() -> None:
    found = holidays(CHINA, date(2025, 10, 1), date(2025, 10, 12))
    assert {day.day for day in found.days} == {1, 2, 3, 6, 7, 8}  # the 4th and 5th are a weekend


@pytest.mark.parametrize("calendar", [CHINA, "XSHG", "XNYS"])
def test_a_year_that_is_not_known_has_none_and_is_told(calendar: str) -> None:
    found = holidays(calendar, date(2090, 9, 25), date(2090, 10, 10))
    assert found.days == frozenset() and found.unknown == (2090,)


def test_half_a_span_may_be_known() -> None:
    found = holidays(CHINA, date(2026, 12, 1), date(2027, 1, 31))
    assert found.unknown == (2027,)


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="no calendar is named 'MOON'"):
        holidays("MOON", date(2026, 1, 1), date(2026, 1, 2))


def test_a_weekend_has_no_working_day() -> None:
    assert holidays("XNYS", date(2026, 1, 3), date(2026, 1, 4)).days == frozenset()
