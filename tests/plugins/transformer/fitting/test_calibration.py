"""Temperatures undo a known scaling; the calibration error is that of a hand-made case."""

from __future__ import annotations

import numpy as np
import pytest

from monitor_plugins.transformer.fitting.calibration import (
    expected_calibration_error,
    sentiment_temperature,
    topic_intercepts,
    topic_temperature,
)

RNG_SEED = 7


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_a_scaled_sentiment_is_scaled_back(factor: float) -> None:
    rng = np.random.default_rng(RNG_SEED)
    logits = rng.normal(0, 2, (20_000, 3))
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (rng.random((20_000, 1)) > chances.cumsum(1)).sum(1)
    assert sentiment_temperature(logits * factor, labels) == pytest.approx(factor, rel=0.05)


def test_only_judged_topics_count() -> None:
    rng = np.random.default_rng(RNG_SEED)
    logits = rng.normal(-1, 2, (10_000, 4))
    truth = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float)
    judged = np.ones_like(truth)
    judged[:, 3] = 0
    truth[:, 3] = 1 - truth[:, 3]  # would ruin the fit if it counted
    assert topic_temperature(logits * 2, truth, judged) == pytest.approx(2, rel=0.05)


def test_intercepts_undo_a_shift_per_topic_and_leave_the_unknown_alone() -> None:
    rng = np.random.default_rng(RNG_SEED)
    logits = rng.normal(-1, 2, (40_000, 4))
    truth = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float)
    judged = np.ones_like(truth)
    judged[:, 3] = 0
    shift = np.array([0.8, -1.5, 0.0, 2.0])
    added = topic_intercepts(logits - shift, truth, judged)
    assert added == pytest.approx([0.8, -1.5, 0, 0], abs=0.06)
    few = topic_intercepts(np.full((3, 1), -8.0), np.ones((3, 1)), np.ones((3, 1)))
    assert 0 < few[0] < 3  # the likeliest is infinite


def test_calibration_error_of_a_case_by_hand() -> None:
    confidence = np.array([0.9] * 10 + [0.6] * 10)
    right = np.array([True] * 9 + [False] + [True] * 4 + [False] * 6)
    assert expected_calibration_error(confidence, right) == pytest.approx(0.5 * 0.0 + 0.5 * 0.2)
    assert expected_calibration_error(np.ones(4), np.ones(4, dtype=bool)) == 0
