"""Whether a quiet window was read: quiet is no outage, and an outage is no quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
