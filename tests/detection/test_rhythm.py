"""The rhythm of an archive: what is quiet, and what is a hole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import rhythm

START = 339_000 * 1  # an hour of 2008
WEEK = 168


def wire(weeks: int, a_day: float, seed: int = 0, growth: float = 1.0) -> list[int]:
    """Hours of the rows of a source that writes by day, less at the weekend, ever more or less."""
    rng = np.random.default_rng(seed)
    hours = START + np.arange(weeks * WEEK)
    day = 1 + np.cos((hours % 24 - 15) / 24 * 2 * np.pi)
    weekend = np.where(hours // 24 % 7 < 2, 0.15, 1.0)
    level = a_day / 24 * growth ** (np.arange(len(hours)) / len(hours))
    return [int(one) for one in np.repeat(hours, rng.poisson(day * weekend * level))]


def unread(rows: list[int]) -> set[int]:
    found = rhythm.read(rows)
    return set(range(min(rows), max(rows) + 1)) - {int(one) for one in found}


@given(st.lists(st.integers(300_000, 340_000), max_size=60))
def test_rows_are_read_and_nothing_before_or_after_them(rows: list[int]) -> None:
    found = [int(one) for one in rhythm.read(rows)]
    assert found == sorted(set(found))
    assert set(rows) <= set(found)
    assert not rows or (found[0], found[-1]) == (min(rows), max(rows))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("a_day", "growth"), [(0.1, 1), (1, 1), (10, 1), (200, 1), (5, 50), (250, 0.02)])
def test_nights_weekends_and_growth_are_quiet(a_day: float, growth: float, seed: int) -> None:
    rows = wire(60, a_day, seed, growth)
    assert len(unread(rows)) < 0.002 * 60 * WEEK


@pytest.mark.parametrize("a_day", [5, 40, 400])
@pytest.mark.parametrize("days", [5, 14, 90])
def test_a_hole_is_found_however_long(a_day: float, days: int) -> None:
    first, last = START + 20 * WEEK + 5, START + 20 * WEEK + 5 + days * 24
    rows = [one for one in wire(50, a_day) if not first <= one < last]
    found = unread(rows)
    inside = set(range(first, last))
    assert len(found & inside) > 0.8 * len(inside)
    # What is silent beside the hole belongs to it: the night before it, say.
    assert len(found - inside) < 40


def test_many_rows_of_one_minute_are_one(now: object) -> None:
    """A file of days: a thousand rows at midnight, and now and then a day is missing."""
    days = [day for day in range(300) if day % 90 != 45]
    rows = [START // 24 * 24 + day * 24 for day in days for _ in range(1000)]
    assert unread(rows) == set()
    month = [row for row in rows if not START + 100 * 24 <= row < START + 130 * 24]
    assert len(unread(month)) > 27 * 24


def test_one_row_and_none() -> None:
    assert list(rhythm.read([])) == []
    assert list(rhythm.read([START, START])) == [START]
