"""The regression against statsmodels' quasi-Poisson GLM, step by step, and what is made of it against values
that R's package surveillance publishes.

These are numbers of its own tests (CRAN, tests/testthat/test-farringtonFlexible.R; GPL-2; M. Höhle, S. Meyer,
M. Salmon and others), of `algo.farrington.threshold.farrington` and `algo.farrington.assign.weights`.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from monitor.detection.detectors.farrington import (
    HELD_DOWN,
    foretold,
    held_down,
    quasi_poisson,
    residuals,
    robust,
)

glm = pytest.importorskip("statsmodels.api")


def counts(rng: np.random.Generator, days: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Three series that rise or fall, and the activity that they are held against."""
    activity = rng.gamma(20, 1 / 20, (3, days)) * 5
    trend = np.array([[0.0], [0.008], [-0.006]]) * np.arange(days)
    return rng.poisson(activity * np.exp(trend)).astype(float), activity


def fitted(counted: np.ndarray, activity: np.ndarray, weights: np.ndarray, *, trend: bool):
    days = np.arange(-len(counted), 0.0)
    design = np.column_stack([np.ones(len(days)), days]) if trend else np.ones((len(days), 1))
    model = glm.GLM(
        counted, design, family=glm.families.Poisson(), offset=np.log(activity), var_weights=weights
    )
    return model.fit(scale="X2", tol=1e-12, maxiter=200)


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_quasi_poisson_glm(trend: bool, weighted: bool) -> None:
    rng = np.random.default_rng(40)
    counted, activity = counts(rng)
    weights = rng.uniform(0.2, 1.5, counted.shape) if weighted else np.ones_like(counted)
    found = quasi_poisson(counted, activity, weights, trend=trend)
    for row in range(len(counted)):
        oracle = fitted(counted[row], activity[row], weights[row], trend=trend)
        assert found.level[row] == pytest.approx(oracle.params[0], abs=1e-7)
        assert found.dispersion[row] == pytest.approx(max(oracle.scale, 1.0), rel=1e-7)
        scale = found.dispersion[row] / oracle.scale
        assert found.doubt[row] == pytest.approx(oracle.cov_params()[0, 0] * scale, rel=1e-5)
        if trend:
            assert found.trend[row] == pytest.approx(oracle.params[1], abs=1e-9)
            assert found.error[row] == pytest.approx(oracle.bse[1] * np.sqrt(scale), rel=1e-5)


def test_residuals_are_anscombes() -> None:
    rng = np.random.default_rng(41)
    counted, activity = counts(rng)
    weights = np.ones_like(counted)
    found = residuals(counted, activity, quasi_poisson(counted, activity, weights, trend=True), trend=True)
    for row in range(len(counted)):
        oracle = fitted(counted[row], activity[row], weights[row], trend=True)
        leverage = oracle.get_influence().hat_matrix_diag
        mean = oracle.mu
        raw = 1.5 * (counted[row] ** (2 / 3) - mean ** (2 / 3)) / mean ** (1 / 6)
        wanted = raw / np.sqrt(max(oracle.scale, 1.0) * (1 - leverage))
        assert found[row] == pytest.approx(wanted, abs=1e-4)


def test_an_outbreak_of_the_past_is_taken_down() -> None:
    rng = np.random.default_rng(42)
    activity = np.full((1, 100), 4.0)
    calm = rng.poisson(activity).astype(float)
    outbreak = calm.copy()
    outbreak[0, 50:53] = 40
    held = robust(outbreak, activity, trend=False)
    assert held.weights[0, 51] < 0.1 and held.weights[0].sum() == pytest.approx(100)
    plain = quasi_poisson(outbreak, activity, np.ones_like(outbreak), trend=False)
    truth = quasi_poisson(calm, activity, np.ones_like(calm), trend=False)
    assert abs(held.level[0] - truth.level[0]) < 0.25 * abs(plain.level[0] - truth.level[0])
    assert HELD_DOWN == 2.58


def test_a_series_without_any_voice_keeps_a_small_level() -> None:
    found = quasi_poisson(np.zeros((1, 50)), np.ones((1, 50)), np.ones((1, 50)), trend=True)
    assert np.exp(found.level[0]) == pytest.approx(0.01) and found.trend[0] == 0
    assert np.isfinite(found.doubt[0])


def test_bounds_are_those_that_surveillance_publishes() -> None:
    """Of mean 5 with standard error 0.2, dispersion 1, count 8 and alpha 0.05, after the power 2/3."""
    one = np.ones(1)
    quantile = float(stats.norm.isf(0.05))
    score, low, high = foretold(8 * one, 5 * one, one, (0.2 / 5) ** 2 * one, quantile)
    assert [low[0], high[0]] == pytest.approx([1.8084477, 9.1154825], abs=1e-6)
    assert stats.norm.sf(score[0]) == pytest.approx(0.1094727, abs=1e-6)
    assert (8 - 5) / (high[0] - 5) == pytest.approx(0.7289546, abs=1e-6), "its exceedance score"


def test_weights_are_those_that_surveillance_publishes() -> None:
    """Five residuals of 0 and five of 2, over a threshold of 0; and none over it."""
    far = np.array([[0.0] * 5 + [2.0] * 5, [0.0] * 10])
    assert held_down(far, 0.0) == pytest.approx(np.array([[1.6] * 5 + [0.4] * 5, [1.0] * 10]))
