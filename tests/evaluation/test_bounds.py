"""Bounds: exact where they are exact, and valid where anybody may look at any time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from monitor.errors import UserError
from monitor.evaluation import bounds
from monitor.evaluation.bounds import Sample

RATES = st.floats(0.005, 0.5)


def readings(wrong: int, n: int, *, weight: np.ndarray | None = None) -> Sample:
    return Sample.of(np.ones(n), np.arange(n) < wrong, weight=weight)


@given(alpha=RATES, delta=RATES)
def test_the_fewest_labels_are_just_enough(alpha: float, delta: float) -> None:
    n = bounds.fewest(alpha, delta)
    assert (1 - alpha) ** n <= delta
    assert n == 1 or (1 - alpha) ** (n - 1) > delta


@pytest.mark.parametrize(("alpha", "n"), [(0.05, 59), (0.02, 149), (0.01, 299)])
def test_the_fewest_labels_that_are_known(alpha: float, n: int) -> None:
    assert bounds.fewest(alpha, 0.05) == n


@given(n=st.integers(1, 400), share=st.floats(0, 1), delta=st.floats(0.001, 0.5))
def test_the_exact_limit_is_scipys(n: int, share: float, delta: float) -> None:
    errors = round(share * n)
    found = binomtest(errors, n, alternative="less").proportion_ci(1 - delta, "exact").high
    assert bounds.upper(errors, n, delta) == pytest.approx(found, abs=1e-9)
    low, high = bounds.interval(errors, n, delta)
    both = binomtest(errors, n).proportion_ci(1 - delta, "exact")
    assert (low, high) == pytest.approx((both.low, both.high), abs=1e-9)


def test_a_limit_of_nothing_is_one() -> None:
    assert bounds.upper(0, 0, 0.05) == 1.0
    assert bounds.upper_of(readings(0, 0), 0.05) == 1.0
    assert bounds.refuted(readings(0, 0), 0.05) == 1.0


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 200), share=st.floats(0, 1), alpha=st.floats(0.02, 0.3), delta=st.floats(0.01, 0.3))
def test_a_limit_by_betting_and_its_test_agree(n: int, share: float, alpha: float, delta: float) -> None:
    """The limit is under alpha exactly where alpha is refuted; and it is never better than the exact one's
    distance from nought allows."""
    sample = readings(round(share * n), n, weight=np.where(np.arange(n) % 2, 1.0, 0.5))
    limit = bounds.upper_weighted(sample, delta)
    assert limit >= np.average(sample.wrong, weights=sample.weight) - 1e-6
    if abs(limit - alpha) > 1e-5:
        assert (limit < alpha) == (bounds.refuted(sample, alpha) <= delta)


@settings(max_examples=60, deadline=None)
@given(
    errors=st.integers(0, 6),
    n=st.integers(0, 120),
    alpha=st.floats(0.02, 0.3),
    level=st.floats(0.005, 0.3),
    once=st.booleans(),
)
def test_what_is_lacking_is_just_enough(errors: int, n: int, alpha: float, level: float, once: bool) -> None:
    sample = readings(min(errors, n), n)
    lacks = bounds.lacking(sample, alpha, level, once=once)

    def passes(more: int) -> bool:
        wrong = np.concatenate([sample.wrong, np.zeros(more, bool)])
        if once:
            return bounds.refuted(Sample.of(np.ones(len(wrong)), wrong), alpha) <= level
        wealth = bounds.below(wrong, np.ones(len(wrong)), alpha)
        return len(wealth) > 0 and wealth[-1] >= -math.log(level) - 1e-12

    assert passes(lacks) or lacks == 0
    assert lacks == 0 or not passes(lacks - 1)


@pytest.mark.parametrize("alpha", [0.02, 0.05, 0.2])
def test_wealth_over_time_is_what_its_product_says(alpha: float) -> None:
    wrong = np.array([0, 0, 1, 0, 0, 0])
    weight = np.array([1, 0.5, 1, 1, 0.2, 1])
    wealth = np.array(bounds.SHARES)
    for x, w, log in zip(wrong, weight, bounds.below(wrong, weight, alpha), strict=True):
        wealth = wealth * (1 + np.array(bounds.STAKES) / (1 - alpha) * w * (alpha - x))
        assert math.exp(log) == pytest.approx(wealth.sum())


def test_whoever_looks_after_every_label_is_wrong_in_at_most_delta_of_runs() -> None:
    """The error is exactly alpha; the exact test repeated every 20 labels certifies a fifth of the runs."""
    alpha, delta, runs = 0.05, 0.05, 4000
    wrong = np.random.default_rng(0).random((runs, 600)) < alpha
    reached = (bounds.below(wrong, np.ones(wrong.shape), alpha) >= -math.log(delta)).any(-1).mean()
    assert reached <= delta + 2 * math.sqrt(delta * (1 - delta) / runs)
    looks = np.arange(20, 601, 20)
    repeated = (binom.cdf(np.cumsum(wrong, 1)[:, looks - 1], looks, alpha) <= delta).any(-1).mean()
    assert repeated > 0.15


def test_weights_make_the_drawn_speak_for_all() -> None:
    """Half of the texts are drawn ten times as often, and hardly ever wrong: the bare rate of the sample lies
    under alpha, the rate among all texts over it. The exact binomial would certify, betting does not."""
    rng, alpha, delta, runs, n = np.random.default_rng(1), 0.05, 0.05, 1500, 300
    often = rng.random((runs, n)) < 10 / 11
    wrong = rng.random((runs, n)) < np.where(often, 0.002, 0.1)  # of all texts: 5.1%
    weight = bounds.weights(np.where(often, 1.0, 0.1).ravel()).reshape(runs, n)
    wealth = bounds.below(wrong, weight, alpha)
    assert (wealth.max(-1) >= -math.log(delta)).mean() <= delta + 2 * math.sqrt(delta / runs)
    assert (binom.cdf(wrong.sum(1), n, alpha) <= delta).mean() > 0.9


def test_weights_are_scaled_to_one() -> None:
    assert bounds.weights(np.array([0.5, 0.1, 0.2])) == pytest.approx([0.2, 1, 0.5])
    assert len(bounds.weights(np.array([]))) == 0
    with pytest.raises(ValueError, match="inclusion"):
        bounds.weights(np.array([0.5, 0.0]))


def test_a_story_counts_once() -> None:
    sample = Sample.of(
        np.array([0.9, 0.8, 0.95, 0.7]), np.array([0, 1, 0, 1], bool), block=np.array([7, 7, 3, 7])
    )
    once = sample.accepted(0.75)
    assert (once.block.tolist(), once.wrong.tolist(), once.score.tolist()) == (
        [7, 3],
        [True, False],
        [0.9, 0.95],
    )
    first = sample.accepted(0.75, first=True)
    assert (first.block.tolist(), first.wrong.tolist()) == ([7, 3], [False, False])
    assert sample.accepted(0.85).wrong.tolist() == [False, False]


def test_a_score_that_is_no_number_is_never_accepted() -> None:
    sample = Sample.of(np.array([np.nan, -np.inf, 0.5]), np.zeros(3, bool))
    assert len(sample.accepted(0.0)) == 1


def test_a_sample_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="one of each"):
        Sample.of(np.ones(2), np.zeros(3, bool))
    with pytest.raises(ValueError, match="weights"):
        Sample.of(np.ones(2), np.zeros(2, bool), weight=np.array([1.0, 1.5]))


@pytest.mark.parametrize(("alpha", "delta"), [(0, 0.05), (1, 0.05), (0.05, 1.0), (math.nan, 0.1), (0.1, -1)])
def test_limits_lie_between_nought_and_one(alpha: float, delta: float) -> None:
    with pytest.raises(UserError, match="must lie between 0 and 1"):
        bounds.checked(alpha, delta)
