"""Whether a quiet window was read: quiet is no outage, and an outage is no quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import cells, coverage
from monitor.detection.coverage import outage

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def polls(*minutes: int) -> list[datetime]:
    """Successful polls so many minutes before AT, in order."""
    return [AT - timedelta(minutes=minute) for minute in sorted(minutes, reverse=True)]


@pytest.mark.parametrize(
    ("read", "gone"),
    [
        ((), False),  # nothing was ever polled: everything is imported
        ((1, 6, 11, 16, 21), False),
        ((59, 64, 69), False),  # the window was read, if only at its beginning
        ((61, 66, 71, 76), True),
        ((3 * 60, 3 * 60 + 5, 3 * 60 + 10), True),
        ((61,), True),  # one poll, and then none
        ((120, 26 * 60, 50 * 60), False),  # a daily source is seldom read
        ((70, 100, 130, 160), True),  # every half window
    ],
)
def test_an_outage_is_a_window_in_which_nobody_read_though_somebody_should(
    read: tuple[int, ...], gone: bool
) -> None:
    assert outage(polls(*read), AT, HOUR) is gone


@given(st.sets(st.integers(-300, 2000), max_size=60))
def test_polls_after_the_window_began_say_nothing_of_the_window_before(read: set[int]) -> None:
    before = {minute for minute in read if minute > 0}
    assert outage(polls(*read), AT, HOUR) is outage(polls(*before), AT, HOUR)


@given(st.sets(st.integers(0, 2000), max_size=60), st.integers(1, 60))
def test_a_poll_in_the_window_always_ends_an_outage(read: set[int], minute: int) -> None:
    assert not outage(polls(*read, minute), AT, HOUR)


def hours(first: int, *read: int) -> list[datetime]:
    """Polls in the middle of these hours after the first one."""
    return [cells.begins(first + one, cells.HOUR) + timedelta(minutes=30) for one in read]


def test_gaps_are_the_hours_far_from_every_poll() -> None:
    polls = hours(1000, *range(0, 50), *range(80, 100))
    assert coverage.gaps(polls, 1000, 1100) == [(1000 + 49 + 3, 1000 + 80 - 2)]


def test_before_the_first_and_after_the_last_poll_nobody_read() -> None:
    assert coverage.gaps(hours(1000, *range(20, 30)), 1000, 1060) == [(1000, 1018), (1032, 1060)]


def test_who_reads_once_a_day_reads_all_day() -> None:
    assert coverage.gaps(hours(1000, *range(12, 240, 24)), 1000, 1240) == []
    found = coverage.gaps(hours(1000, *range(12, 120, 24), *range(252, 360, 24)), 1000, 1372)
    assert len(found) == 1 and 1000 + 108 < found[0][0] < found[0][1] < 1000 + 252


def test_where_nothing_polls_everything_counts_as_read() -> None:
    assert coverage.gaps([], 1000, 2000) == []


@given(read=st.sets(st.integers(0, 300), min_size=1), end=st.integers(1, 320))
def test_gaps_are_in_order_inside_and_hold_no_poll(read: set[int], end: int) -> None:
    found = coverage.gaps(hours(1000, *sorted(read)), 1000, 1000 + end)
    for start, stop in found:
        assert 1000 <= start < stop <= 1000 + end
        assert not any(start <= 1000 + one < stop for one in read)
    assert all(before[1] < after[0] for before, after in pairwise(found))
