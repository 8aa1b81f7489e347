"""Which thresholds pass: orders that were fixed before, and what is spent on them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evaluation import sequence

P = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_a_grid_accepts_a_twentieth_more_each() -> None:
    scores = np.random.default_rng(0).random(1000)
    thresholds = sequence.grid(scores)
    assert [(scores >= one).sum() for one in thresholds] == list(range(50, 1001, 50))


@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan")), st.just(float("-inf"))), max_size=60))
def test_a_grid_falls_and_ends_with_everything(scores: list[float]) -> None:
    known = [one for one in scores if np.isfinite(one)]
    thresholds = sequence.grid(np.array(scores, float))
    assert list(thresholds) == sorted(set(thresholds), reverse=True)
    assert set(thresholds) <= set(known)
    assert not known or thresholds[-1] == min(known)


@given(P, st.floats(0.01, 0.2))
def test_a_fixed_sequence_ends_at_the_first_that_fails(p_values: list[float], delta: float) -> None:
    passed = sequence.fixed(p_values, 0, delta)
    assert sum(passed) == len(list(itertools.takewhile(lambda p: p <= delta, p_values)))
    assert passed == sorted(passed, reverse=True)


@given(P, st.floats(0.01, 0.2))
def test_a_fixed_sequence_is_a_fallback_with_all_at_the_beginning(
    p_values: list[float], delta: float
) -> None:
    shares = [1.0, *[0.0] * (len(p_values) - 1)]
    assert sequence.fallback(p_values, shares, delta) == sequence.fixed(p_values, 0, delta)


def test_what_passes_hands_its_share_on() -> None:
    shares = [0.5, 0, 0.5, 0]
    assert sequence.fallback([0.02, 0.02, 0.04, 0.05], shares, 0.05) == [True, True, True, True]
    assert sequence.fallback([0.03, 0.01, 0.02, 0.02], shares, 0.05) == [False, False, True, True]
    assert sequence.fallback([0.03, 0.01, 0.04, 0.02], shares, 0.05) == [False, False, False, False]


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=20).map(sorted))
def test_beginnings_share_the_whole_risk(coverage: list[float]) -> None:
    assert sum(sequence.beginnings(coverage)) == pytest.approx(1)
    assert sequence.beginnings([]) == []


def test_all_attempts_that_ever_are_spend_delta() -> None:
    total = sum(sequence.spent(0.05, attempt) for attempt in range(1, 10_000))
    assert 0.0499 < total < 0.05


def test_a_fallback_is_wrong_in_at_most_delta_of_trials() -> None:
    """All null, independent: the weakest case for a union of beginnings."""
    rng, delta = np.random.default_rng(0), 0.1
    shares = sequence.beginnings([(i + 1) / 20 for i in range(20)])
    wrong = np.mean([any(sequence.fallback(list(rng.random(20)), shares, delta)) for _ in range(4000)])
    assert wrong <= delta + 2 * (delta * (1 - delta) / 4000) ** 0.5
