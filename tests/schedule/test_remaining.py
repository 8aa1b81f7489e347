"""Time left: by the stage's own pace, and none where nobody can know it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.remaining import TRUSTED_SECONDS, Begun


def test_the_pace_since_it_began_here_says_how_long_it_takes() -> None:
    begun = Begun("fit", 100.0, 40.0)  # a resumed stage: 40 were done before
    assert begun.minutes_left(160.0, 50.0, 100.0) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("seconds", "done", "total"),
    [(160.0, 50.0, 0.0), (160.0, 40.0, 100.0), (100.0 + TRUSTED_SECONDS / 2, 60.0, 100.0)],
)
def test_nothing_is_claimed_of_what_was_not_measured(seconds: float, done: float, total: float) -> None:
    assert Begun("fit", 100.0, 40.0).minutes_left(seconds, done, total) is None


@given(st.floats(TRUSTED_SECONDS, 1e6), st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_at_a_steady_pace_it_is_exact(passed: float, made: float, more: float) -> None:
    left = Begun("fit", 0.0, 0.0).minutes_left(passed, made, made + more)
    assert left is not None and left * 60 / passed == pytest.approx(more / made, rel=1e-6)


def test_more_than_all_is_no_time() -> None:
    assert Begun("fit", 0.0, 0.0).minutes_left(60.0, 11.0, 10.0) == 0.0
