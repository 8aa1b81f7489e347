"""Paired tests: exact where they say so, and never wrong more often than their level."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from monitor.evaluation.paired import (
    Paired,
    bounds,
    by_block,
    firsts,
    holm,
    kept,
    mcnemar,
    p_value,
    paired,
    sign_test,
    swapped,
)

COUNTS = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 200)).map(
    lambda one: Paired(sum(one), one[0], one[1])
)


def test_one_text_of_each_block_counts() -> None:
    champion = [True, True, False, False, False]
    challenger = [True, False, True, True, True]
    assert paired(champion, challenger) == Paired(5, 3, 1)
    assert paired(champion, challenger, ["a", "b", "c", "c", "c"]) == Paired(3, 1, 1)
    assert firsts(["a", "b", "a", "c"]) == [0, 1, 3]
    with pytest.raises(ValueError, match="one answer of each model"):
        paired([True], [True, False])


def test_counts_that_cannot_be() -> None:
    for bad in ((3, 2, 2), (-1, 0, 0), (5, -1, 2)):
        with pytest.raises(ValueError, match="wins and"):
            Paired(*bad)


@pytest.mark.parametrize("n", [20, 148, 149])
def test_without_a_difference_the_tail_is_the_binomial(n: int) -> None:
    """Nothing lost on n texts: a true loss of m would have shown with 1 - (1 - m)^n."""
    assert p_value(Paired(n, 0, 0), -0.02) == pytest.approx(0.98**n, rel=0.01, abs=2e-5)


def test_a_margin_is_shown_from_149_texts_on() -> None:
    assert bounds(Paired(149, 0, 0), 0.05)[0] > -0.02 > bounds(Paired(147, 0, 0), 0.05)[0]


@pytest.mark.parametrize(("n", "margin"), [(12, 0.0), (12, -0.1), (20, 0.1), (25, -0.05)])
def test_it_errs_in_at_most_the_level_whatever_the_nuisance(n: int, margin: float) -> None:
    """Every outcome of so few texts, summed up."""
    p = {(w, l_): p_value(Paired(n, w, l_), margin) for w in range(n + 1) for l_ in range(n + 1 - w)}
    for loss in np.linspace(max(0.0, -margin), (1 - margin) / 2, 60):
        win = loss + margin
        for level in (0.01, 0.05, 0.2):
            wrong = 0.0
            for (w, l_), one in p.items():
                if one <= level:
                    rest = 0.0 if loss == 1 else min(win / (1 - loss), 1.0)
                    wrong += binom.pmf(l_, n, loss) * binom.pmf(w, n - l_, rest)
            assert wrong <= level * 1.01, (loss, level)


@given(COUNTS, st.sampled_from([0.001, 0.02, 0.05]))
@settings(max_examples=40, deadline=None)
def test_bounds_hold_the_estimate_and_turn_with_the_models(counts: Paired, level: float) -> None:
    low, high = bounds(counts, level)
    assert -1 <= low <= counts.difference + 1e-9 and counts.difference - 1e-9 <= high <= 1
    turned = bounds(Paired(counts.n, counts.losses, counts.wins), level)
    assert (-turned[1], -turned[0]) == pytest.approx((low, high))
    if counts.n:
        assert (low > 0) == (counts.wins > counts.losses and p_value(counts) <= level) or abs(low) < 2e-4


@given(COUNTS)
@settings(max_examples=30, deadline=None)
def test_more_wins_say_more(counts: Paired) -> None:
    if counts.wins + counts.losses < counts.n:
        more = Paired(counts.n, counts.wins + 1, counts.losses)
        assert p_value(more, -0.02) <= p_value(counts, -0.02) * 1.05 + 1e-4


def test_no_texts_say_nothing() -> None:
    assert p_value(Paired(0, 0, 0)) == 1.0
    assert bounds(Paired(0, 0, 0), 0.05) == (-1.0, 1.0)
    for margin in (-1.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="margin"):
            p_value(Paired(1, 0, 0), margin)
    with pytest.raises(ValueError, match="level"):
        bounds(Paired(1, 0, 0), 0.0)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int) -> None:
    expected = binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected)


def test_mcnemar_of_many_texts_does_not_overflow() -> None:
    assert mcnemar(3000, 3000) == 1.0
    assert mcnemar(2000, 4000) < 1e-100


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_is_one_sided(more: int, fewer: int) -> None:
    expected = binomtest(more, more + fewer, 0.5, "greater").pvalue if more + fewer else 1.0
    assert sign_test(more, fewer) == pytest.approx(expected)


def test_blocks_are_signed_by_their_sum() -> None:
    differences = np.array([1.0, -1.0, 1.0, -1.0, -1.0, 0.0])
    assert by_block(differences, ["a", "a", "b", "c", "c", "d"]) == (1, 1)


def test_wrong_labels_hide_a_difference() -> None:
    assert (kept(0.0), kept(0.2), kept(0.9)) == (1.0, pytest.approx(0.7), 0.0)
    rng = np.random.default_rng(1)
    truth, n = rng.integers(0, 3, 200_000), 200_000
    read = np.where(rng.random(n) < 0.2, (truth + rng.integers(1, 3, n)) % 3, truth)
    better, worse = (np.where(rng.random(n) < one, truth, (truth + 1) % 3) for one in (0.9, 0.8))
    shown = (better == read).mean() - (worse == read).mean()
    assert shown == pytest.approx(0.1 * kept(0.2), abs=0.006)


def test_holm_steps_down() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == [True, False, False, True]
    assert holm([], 0.05) == []


def test_swapping_finds_a_difference_and_none() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=60)

    def spread(values: np.ndarray) -> float:
        return float(values.mean())

    alike = swapped(first, rng.permutation(first), range(60), spread, rng, 199)
    larger = swapped(first, first + 1, range(60), spread, rng, 199)
    assert larger == 1 / 200 and alike > 0.05
    assert swapped(first[:0], first[:0], [], spread, rng) == 1.0
    assert swapped(first, first + 1, ["one"] * 60, spread, rng, 199) > 0.3, "one block proves nothing"
