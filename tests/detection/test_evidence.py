"""Evidence is a ratio of likelihoods whose mean is 1 where nothing surges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from monitor.detection.evidence import SIZES, ratios


def of(total: float, mean: float, dispersion: float, known: float = 1e9) -> float:
    return float(ratios(*(np.array([float(one)]) for one in (total, mean, dispersion, known)))[0])


def test_the_weights_of_the_sizes_add_up() -> None:
    assert sum(weight for _, weight in SIZES) == pytest.approx(1)


@given(st.integers(0, 60), st.floats(0.05, 30), st.floats(1.05, 5))
def test_it_is_the_average_of_the_ratios_of_negative_binomials(
    total: int, mean: float, dispersion: float
) -> None:
    def law(times: float) -> float:
        return float(stats.nbinom.logpmf(total, times * mean / (dispersion - 1), 1 / dispersion))

    each = [law(times) - law(1) + np.log(weight) for times, weight in SIZES]
    assert of(total, mean, dispersion) == pytest.approx(float(special.logsumexp(each)), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("known", [3.0, 1e9])
@pytest.mark.parametrize(("mean", "dispersion"), [(0.05, 1.2), (2.0, 1.5), (12.0, 2.5)])
def test_its_mean_is_one_where_nothing_surges(mean: float, dispersion: float, known: float) -> None:
    totals = np.arange(3000.0)
    ratio = dispersion + mean / known
    chance = stats.nbinom.logpmf(totals, mean / (ratio - 1), 1 / ratio)
    said = ratios(totals, *(np.full(3000, one) for one in (mean, dispersion, known)))
    assert np.exp(chance + said).sum() == pytest.approx(1, abs=1e-6)


@given(st.integers(1, 200), st.floats(0.1, 20), st.floats(1, 4))
def test_more_is_more_evidence(total: int, mean: float, dispersion: float) -> None:
    assert of(total + 1, mean, dispersion) > of(total, mean, dispersion) - 1e-9


def test_one_voice_about_a_quiet_company_is_little() -> None:
    assert of(1, 1e-4, 1.3) < np.log(5)
    assert of(3, 0.5, 1.3) > of(1, 1e-4, 1.3)


def test_what_is_little_known_is_less_evidence() -> None:
    assert of(8, 2, 1.3, known=3) < of(8, 2, 1.3) - 0.5
