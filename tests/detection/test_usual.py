"""What was usual: a mean of the weeks before, and the range that held most of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection.usual import MOST, WEEK, edges, usual
from monitor.records import Scope, Window

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def windows(weights: list[float]) -> list[Window]:
    return [
        Window(Scope("all"), NOW + k * HOUR, NOW + (k + 1) * HOUR, 100, 0, weight)
        for k, weight in enumerate(weights)
    ]


@given(
    begins=st.integers(0, 24 * 7 * 12),
    width=st.sampled_from([1, 6, 24]),
    minutes=st.integers(0, 59),
)
def test_windows_before_follow_each_other_up_to_the_hour(begins: int, width: int, minutes: int) -> None:
    start = NOW + timedelta(minutes=minutes)
    found = edges(start, width * HOUR, NOW - begins * HOUR)
    if not found:
        assert begins * HOUR < WEEK + width * HOUR
        return
    assert found[-1] == NOW and found[0] >= NOW - min(begins * HOUR, MOST * WEEK)
    assert {later - earlier for earlier, later in pairwise(found)} == {width * HOUR}
    assert found[-1] - found[0] >= WEEK


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_the_range_holds_most_of_what_was(weights: list[float]) -> None:
    found = usual(windows(weights))
    assert found is not None and found.low <= found.high
    assert found.level == pytest.approx(sum(weights) / len(weights))
    within = sum(found.low <= one <= found.high for one in weights)
    assert within >= 0.95 * len(weights) - 2 and (found.hours, found.weeks) == (1, len(weights) / 168)


def test_of_nothing_nothing_is_usual() -> None:
    assert usual([]) is None
