"""The surge detector: its law, its limits, and its false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, chi2, nbinom, poisson

from monitor import Scope, Window
from monitor.testing import check_detector
from monitor_plugins.surge import Surge, surprise

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
counts = st.lists(st.integers(0, 60), min_size=2, max_size=60)


def windows(negatives: Sequence[int]) -> list[Window]:
    return [
        Window(Scope("all"), AT + HOUR * i, AT + HOUR * (i + 1), 2 * negative, negative)
        for i, negative in enumerate(negatives)
    ]


def test_keeps_the_contract() -> None:
    signal = check_detector(Surge())
    assert signal is not None and signal.rule == "surge" and signal.p_value < 1e-9


@given(counts, st.integers(1, 200), st.floats(0.5, 0.99))
def test_a_p_value_is_a_probability_that_falls_with_the_count(
    baseline: list[int], observed: int, confidence: float
) -> None:
    expected, p = surprise(baseline, observed, confidence)
    assert 0 < expected <= max(baseline) + 0.25
    assert 0 <= p <= 1
    assert surprise(baseline, observed + 1, confidence)[1] <= p
    assert surprise(baseline, 0, confidence)[1] == 1


@given(st.integers(0, 40), st.integers(2, 200), st.integers(0, 100))
def test_without_dispersion_it_is_the_jeffreys_predictive(count: int, n: int, observed: int) -> None:
    _, p = surprise([count] * n, observed, 0.95)
    assert p == pytest.approx(nbinom.sf(observed - 1, n * count + 0.5, n / (n + 1)), rel=1e-9)


@given(st.integers(0, 15), st.integers(1, 40))
def test_with_much_history_it_is_the_poisson_tail(count: int, observed: int) -> None:
    _, p = surprise([count] * 20_000, observed, 0.95)
    assert p == pytest.approx(poisson.sf(observed - 1, count), rel=0.05, abs=3e-5)


@given(counts, st.integers(1, 100))
def test_dispersion_only_adds_doubt(baseline: list[int], observed: int) -> None:
    even = surprise([sum(baseline)] + [0] * (len(baseline) - 1), observed, 0.95)
    n = len(baseline)
    plain = float(nbinom.sf(observed - 1, sum(baseline) + 0.5, n / (n + 1)))
    for expected, p in (even, surprise(baseline, observed, 0.95)):
        assert expected == (sum(baseline) + 0.5) / n
        if observed > 4 * expected:
            assert p >= plain * 0.999


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_an_over_dispersed_past_agrees_with_scipy(confidence: float) -> None:
    expected, p = surprise([0, 4, 2, 2], 9, confidence)  # mean 2, X^2 = (4 + 4) / 2 = 4 > 3
    ratio = 4 / chi2.ppf(1 - confidence, 3) * (1 + 1 / 4)
    assert expected == 8.5 / 4
    assert p == pytest.approx(nbinom.sf(8, expected / (ratio - 1), 1 / ratio), rel=1e-9)


def test_the_bound_is_95_percent_unless_told() -> None:
    *history, window = windows([0, 4, 2, 2, 9])
    signal = Surge(gap=0).test(history, window)
    assert signal is not None and signal.p_value == surprise([0, 4, 2, 2], 9, 0.95)[1]


@pytest.mark.parametrize("negatives", [[], [3], [3, 3], [3, 3, 3]])
def test_too_little_history_says_nothing(negatives: list[int]) -> None:
    *history, window = windows([*negatives, 30])
    assert Surge().test(history, window) is None


def test_nothing_negative_says_nothing() -> None:
    *history, window = windows([3] * 20 + [0])
    assert Surge().test(history, window) is None


def test_a_past_without_negatives_still_expects_something() -> None:
    *history, window = windows([0] * 26 + [4])
    signal = Surge().test(history, window)
    assert signal is not None and signal.expected == 0.5 / 24 and signal.p_value < 1e-5
    assert (signal.observed, signal.start_at, signal.end_at) == (4, window.start_at, window.end_at)


def test_the_gap_keeps_a_surge_out_of_its_own_baseline() -> None:
    *history, window = windows([1, 0, 2, 1] * 10 + [20, 22, 21])
    with_gap, without = Surge(gap=2).test(history, window), Surge(gap=0).test(history, window)
    assert with_gap is not None and without is not None
    assert with_gap.expected == pytest.approx(40.5 / 40)
    assert with_gap.p_value < 1e-9 < without.p_value


@pytest.mark.parametrize(("gap", "confidence"), [(-1, 0.95), (2, 0.0), (2, 1.0)])
def test_impossible_settings_are_refused(gap: int, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"^(gap|confidence): expected"):
        Surge(gap, confidence)


@pytest.mark.parametrize("mean", [0.5, 4.0, 20.0])
@pytest.mark.parametrize("clumping", [None, 4.0, 1.5])
@pytest.mark.parametrize("n", [24, 168])
def test_false_alarms_stay_under_the_nominal_rate(mean: float, clumping: float | None, n: int) -> None:
    """Under no change, p <= 0.01 in at most 1 % of windows, Poisson or clumped.

    4,000 simulated windows per case; the bound is the 99.9 % quantile of a binomial at 1 %.
    """
    rng = np.random.default_rng(20260302)
    size = (4000, n + 1)
    if clumping is None:
        drawn = rng.poisson(mean, size)
    else:
        drawn = rng.negative_binomial(clumping, clumping / (clumping + mean), size)
    alarms = sum(surprise(row[:-1].tolist(), int(row[-1]), 0.95)[1] <= 0.01 for row in drawn)
    assert alarms <= binom.ppf(0.999, len(drawn), 0.01)


def test_a_surge_of_eight_times_the_usual_is_found() -> None:
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(300):
        baseline = rng.negative_binomial(4, 4 / (4 + 3.0), 168).tolist()
        found += surprise(baseline, int(rng.poisson(8 * 3.0)), 0.95)[1] <= 0.001
    assert found >= 270
