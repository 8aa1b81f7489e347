"""Two clocks: one may be set, the other only counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.clocks import STEP, Look, steady, stepped, utcnow

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


def test_the_machine_s_clocks() -> None:
    before = steady()
    assert utcnow().tzinfo is UTC and steady() >= before


@given(st.floats(0, 1e7), st.timedeltas(-timedelta(days=3660), timedelta(days=3660)))
def test_a_step_is_what_the_wall_clock_moved_beyond_the_time_that_passed(
    passed: float, by: timedelta
) -> None:
    before = Look(NOW, 100.0)
    after = Look(NOW + timedelta(seconds=passed) + by, 100.0 + passed)
    found = stepped(before, after)
    if abs(by) < STEP - timedelta(milliseconds=1):
        assert found is None
    elif abs(by) > STEP + timedelta(milliseconds=1):
        assert found is not None and abs(found - by) < timedelta(milliseconds=1)


@pytest.mark.parametrize("seconds", [0.5, 3600.0, 86_400.0])
def test_a_suspended_machine_s_clock_did_not_step(seconds: float) -> None:
    asleep = timedelta(seconds=seconds)
    assert stepped(Look(NOW, 5.0), Look(NOW + asleep, 5.0 + seconds)) is None
