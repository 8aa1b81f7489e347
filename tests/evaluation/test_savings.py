"""What labels saved, and what more would bring, beside what is so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from monitor.evaluation import savings
from monitor.evaluation.savings import Labelled


def world(rng: np.random.Generator, number: int, noise: float = 2.5, width: int = 16) -> Labelled:
    """Three clouds that overlap; every text is a story of its own."""
    labels = rng.choice(3, number, p=(0.2, 0.5, 0.3))
    middles = np.random.default_rng(9).normal(size=(3, width))
    vectors = middles[labels] + rng.normal(size=(number, width)) * noise
    return Labelled(vectors.astype(np.float32), labels, np.arange(number))


def test_random_labels_are_worth_what_they_are() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(6):
        found = savings.savings(world(rng, 150), world(rng, 600), rng, repeats=8)
        assert found is not None and found.most == 400 and found.spent == 150
        held += (found.low or 10**9) <= 150 and (found.high or 10**9) >= 150
    assert held >= 5


def test_better_labels_are_worth_more_and_beyond_the_curve_it_says_so() -> None:
    rng = np.random.default_rng(1)
    audits = world(rng, 400)
    few = savings.savings(world(rng, 100), audits, rng, repeats=8)
    many = savings.savings(world(rng, 6000), audits, rng, repeats=8)
    assert few is not None and many is not None
    assert many.random is None and many.high is None
    assert few.low is not None and few.low < 200
    assert many.reached.value > few.reached.value
    sizes = [point.labels for point in few.curve]
    assert sizes[0] == savings.FIRST and sizes == sorted(set(sizes))


def test_too_few_tell_nothing() -> None:
    rng = np.random.default_rng(2)
    few, enough = world(rng, savings.LEAST - 1), world(rng, 200)
    assert savings.savings(few, enough, rng) is None
    assert savings.savings(enough, few, rng) is None
    assert savings.hint(few, enough, rng) is None
    assert savings.hint(enough, few, rng) is None


def test_the_hint_holds_what_100_more_gain_and_stops_where_nothing_is_to_be_gained() -> None:
    rng = np.random.default_rng(3)
    test = world(rng, 4000)
    early, late = [], []
    for _ in range(3):
        first = savings.hint(world(rng, 120), world(rng, 400), rng, repeats=8)
        last = savings.hint(world(rng, 4000), world(rng, 1000), rng, repeats=8)
        assert first is not None and last is not None
        early.append(first)
        late.append(last)
    assert not any(one.stop for one in early) and all(one.stop for one in late)

    def score(number: int) -> float:
        return float(np.mean([savings._score(world(rng, number), test) for _ in range(8)]))

    gain = score(220) - score(120)
    assert sum(one.low <= gain <= one.high for one in early) >= 2


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_curve_rises_as_isotonic_regression_does(values: list[float]) -> None:
    found = savings._rising(np.array(values))
    wanted = IsotonicRegression().fit_transform(np.arange(len(values)), values)
    assert found == pytest.approx(wanted, abs=1e-9)


def test_where_a_curve_is_crossed() -> None:
    curve, sizes = np.array([0.5, 0.6, 0.6, 0.8]), [20, 40, 80, 160]
    assert savings._crossing(curve, sizes, 0.4) == 20
    assert savings._crossing(curve, sizes, 0.6) == 40
    assert savings._crossing(curve, sizes, 0.7) == pytest.approx(80 * 2**0.5)
    assert savings._crossing(curve, sizes, 0.9) == float("inf")
