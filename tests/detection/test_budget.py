"""The cut spends the budget of the past, and no more."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import budget
from monitor.detection.episodes import HOLD, Rise, openings

WEEK = 7 * HOLD


def rise(at: int, series: str, score: float, story: int) -> Rise:
    return Rise(at, series, score, frozenset({story}), 3, 3.0, 0.2, hours=24)


def lonely(scores: list[float]) -> list[Rise]:
    """Rises that have nothing to do with each other."""
    return [rise(n * 2 * HOLD, f"company:c{n}", score, n) for n, score in enumerate(scores)]


def test_of_lonely_rises_the_cut_is_the_score_of_the_last_that_is_paid() -> None:
    rises = lonely([3.0, 9.0, 4.0, 7.0, 5.0, 8.0])
    value, opened = budget.find(rises, weeks=2, budget=1.5, least=3)
    assert (value, opened) == (7.0, 3)


def test_where_nothing_is_affordable_the_cut_is_above_everything() -> None:
    value, opened = budget.find(lonely([3.0, 9.0]), weeks=1, budget=0.5, least=3)
    assert value > 9.0 and opened == 0


def test_where_everything_is_the_cut_is_the_lowest_score() -> None:
    assert budget.find(lonely([3.0, 9.0]), weeks=10, budget=1, least=3) == (3.0, 2)
    assert budget.find([], weeks=10, budget=1, least=3) == (0.0, 0)


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        budget.find([], weeks=1, budget=0, least=1)


@given(
    scores=st.lists(st.floats(2, 20), min_size=1, max_size=60),
    weeks=st.integers(1, 30),
    wanted=st.sampled_from([0.2, 0.5, 1, 2, 5]),
    seed=st.integers(0, 99),
)
def test_the_past_never_costs_more_than_the_budget(
    scores: list[float], weeks: int, wanted: float, seed: int
) -> None:
    rng = random.Random(seed)
    rises = sorted(
        (
            rise(rng.randrange(weeks * WEEK), f"company:c{rng.randrange(4)}", s, rng.randrange(9))
            for s in scores
        ),
        key=lambda one: one.at,
    )
    value, opened = budget.find(rises, weeks, wanted, 3)
    assert opened == openings(rises, value, 3) <= wanted * weeks


def test_the_cut_without_a_past_asks_more_where_more_is_tested_and_less_may_be_spent() -> None:
    assert budget.unchecked(1000, 1.0) == pytest.approx(3.0)
    assert budget.unchecked(1000, 0.1) == pytest.approx(4.0)
    assert budget.unchecked(0, 5.0) == 1.0
