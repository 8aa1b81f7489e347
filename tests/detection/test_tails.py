"""The tails against scipy's laws, and what they promise of any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitor.detection import tails
from monitor.detection.panels import LENGTHS

MEANS = st.floats(1e-6, 1e4)
RATIOS = st.floats(1.0, 50.0)


def of(*values: float) -> list[np.ndarray]:
    return [np.array([float(value)]) for value in values]


@given(st.integers(0, 300), st.floats(0.01, 100), st.floats(1.01, 20))
def test_a_whole_total_has_the_negative_binomials_mid_p(total: int, mean: float, ratio: float) -> None:
    law = stats.nbinom(mean / (ratio - 1), 1 / ratio)
    wanted = (law.sf(total - 1) + law.sf(total)) / 2
    found = tails.upper(*of(total, mean, mean * ratio))[0]
    assert found == pytest.approx(max(wanted, tails.SMALLEST), rel=1e-6)


@given(st.integers(0, 300), st.floats(0.01, 100))
def test_without_dispersion_it_is_the_poissons(total: int, mean: float) -> None:
    law = stats.poisson(mean)
    wanted = (law.sf(total - 1) + law.sf(total)) / 2
    assert tails.upper(*of(total, mean, mean))[0] == pytest.approx(max(wanted, tails.SMALLEST), rel=2e-2)


@given(st.floats(0, 1e4), st.floats(0, 1e4), MEANS, RATIOS)
def test_more_is_never_less_rare_and_nothing_is_impossible(
    one: float, other: float, mean: float, ratio: float
) -> None:
    less, more = sorted((one, other))
    low = tails.upper(*of(less, mean, mean * ratio))[0]
    high = tails.upper(*of(more, mean, mean * ratio))[0]
    assert 0 < high <= low * (1 + 1e-9) <= 1 + 1e-9


@given(st.integers(1, 50), st.floats(0.1, 30), st.floats(1, 5))
def test_between_whole_numbers_it_has_no_steps(total: int, mean: float, ratio: float) -> None:
    below, above = (tails.upper(*of(total - 0.5 + side, mean, mean * ratio))[0] for side in (-1e-9, 1e-9))
    assert below == pytest.approx(above, rel=1e-6)


def test_a_p_is_half_in_the_mean_however_coarse_the_counts() -> None:
    for mean in (0.01, 0.3, 4.0):
        law = stats.nbinom(mean, 1 / 2)
        counts = np.arange(200)
        p = tails.upper(counts.astype(float), np.array(mean), np.array(2 * mean))
        assert (law.pmf(counts) * p).sum() == pytest.approx(0.5, abs=1e-9)


def test_far_out_it_keeps_its_digits() -> None:
    p = tails.upper(*of(60, 2, 3))[0]
    law = stats.nbinom(4, 2 / 3)
    assert p == pytest.approx((law.sf(59) + law.sf(60)) / 2, rel=1e-9)
    assert tails.upper(*of(1e6, 1e-9, 1e-9))[0] == tails.SMALLEST


@given(st.floats(0.5, 500), st.floats(1, 10))
def test_the_band_holds_its_mass(mean: float, ratio: float) -> None:
    low, high = (float(edge[0]) for edge in tails.band(*of(mean, mean * ratio)))
    assert 0 <= low <= mean <= high
    law = stats.nbinom(mean / (ratio - 1 + 1e-9), 1 / (ratio + 1e-9))
    if mean > 20 * ratio:  # where counts are fine enough for any edge to hold it
        assert law.cdf(high) - law.cdf(low - 1) == pytest.approx(0.95, abs=0.02)


@given(st.integers(1, 60), st.data(), st.floats(0.02, 0.98), st.floats(0.001, 0.8))
def test_a_whole_share_has_the_beta_binomials_mid_p(
    whole: int, data: st.DataObject, mean: float, alike: float
) -> None:
    part = data.draw(st.integers(0, whole))
    strength = 1 / alike - 1
    law = stats.betabinom(whole, mean * strength, (1 - mean) * strength)
    mass = law.pmf(np.arange(part, whole + 1))  # one minus the rest of it has fewer digits far out
    wanted = mass.sum() - mass[0] / 2
    assert tails.share_upper(*of(part, whole, mean, alike))[0] == pytest.approx(wanted, rel=1e-6, abs=1e-15)


@given(st.floats(0, 2000), st.integers(0, 2000), st.floats(0, 1), st.floats(0, 1))
def test_a_share_is_a_p_whatever_it_is_given(part: float, whole: int, mean: float, alike: float) -> None:
    p = tails.share_upper(*of(part, whole, mean, alike))[0]
    assert 0 < p <= 1
    assert whole or p == 1


def test_shares_of_many_voices_are_at_most_as_rare() -> None:
    law = stats.betabinom(2000, 0.3 * 99, 0.7 * 99)
    p = tails.share_upper(*of(800, 2000, 0.3, 0.01))[0]
    assert law.sf(800) <= p < 3 * law.sf(800)


def test_a_longer_window_is_granted_more_error() -> None:
    p = tails.shared(np.array([[1e-6, 1e-3, 1e-3, 1e-3, 1e-3]]), LENGTHS)[0]
    assert p[0] == pytest.approx(1e-6 * 271) and p[4] == pytest.approx(1e-3 * 271 / 168)
    assert (np.diff(p[1:]) < 0).all()
    assert (tails.shared(np.ones((2, 5)), LENGTHS) == 1).all()
    # What each length may be at a level adds up to that level.
    assert (1 / tails.shared(np.full((1, 5), 1e-9), LENGTHS)).sum() == pytest.approx(1e9)
