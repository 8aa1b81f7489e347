"""A market's holidays are told for as long as baselines are laid out, and unknown years are said to be so."""

from __future__ import annotations

from datetime import UTC as ZERO
from datetime import date, datetime

import pytest

from monitor.detection import cells
from monitor.detection.markets import UTC, Market


def hour(*day: int) -> int:
    return cells.hour(datetime(*day, tzinfo=ZERO))  # type: ignore[arg-type]


def test_no_market_has_no_holidays() -> None:
    assert UTC.days(0, 10**6) == frozenset() and not UTC.unknown(2100)


@pytest.mark.parametrize(("calendar", "day"), [("CN", date(2025, 10, 1)), ("XNYS", date(2025, 7, 4))])
def test_holidays_reach_from_the_day_before_to_weeks_after(calendar: str, day: date) -> None:
    market = Market("Asia/Shanghai", calendar)
    begun = hour(day.year, day.month, day.day)
    assert day in market.days(begun, begun + 24)
    assert day in market.days(begun - 24 * 60, begun - 24 * 40), "baselines are laid out until then"
    assert day not in market.days(begun - 24 * 90, begun - 24 * 60)
    assert day not in market.days(begun + 24 * 3, begun + 24 * 30)


def test_a_year_that_nobody_knows_is_told() -> None:
    assert Market("Asia/Shanghai", "CN").unknown(2100) and not Market("Asia/Shanghai", "CN").unknown(2025)
    assert Market("Asia/Shanghai", "CN").days(hour(2100, 1, 1), hour(2100, 3, 1)) == frozenset()


def test_a_calendar_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="NOWHERE"):
        Market("UTC", "NOWHERE").days(0, 24)
