"""Calibration: one temperature per head, an intercept per topic, and how far probabilities are from
frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[Any]
ENOUGH = 50  # development texts from which a temperature can be fitted
_STEPS = 20  # of Newton's method, which needs about five


def sentiment_temperature(logits: Array, labels: Array) -> float:
    """The temperature that makes `labels` (class numbers) most likely (Guo et al. 2017)."""

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        chances = scaled[np.arange(len(labels)), labels] - np.log(np.exp(scaled).sum(axis=1))
        return float(-chances.mean())

    return _minimum(loss)


def topic_temperature(logits: Array, truth: Array, judged: Array) -> float:
    """The same for independent topics: `truth` and `judged` are 0/1 matrices."""
    known = judged > 0
    signs = np.where(truth[known] > 0, 1.0, -1.0)
    margins = logits[known] * signs

    def loss(temperature: float) -> float:
        return float(np.logaddexp(0, -margins / temperature).mean())

    return _minimum(loss)


def topic_intercepts(logits: Array, truth: Array, judged: Array) -> Array:
    """What to add to each topic's logits so that it is found as often as it is there (the intercept of
    Platt scaling, one per topic); a normal prior of variance 1 keeps it near 0 where few are known.

    A head that shares its n-grams and its temperature among all topics finds rare ones too rarely.
    """
    known = judged > 0
    added = np.zeros(logits.shape[1])
    for _ in range(_STEPS):
        chances = special.expit(logits + added)
        slope = np.where(known, truth - chances, 0).sum(0) - added
        curve = np.where(known, chances * (1 - chances), 0).sum(0) + 1
        added = added + np.clip(slope / curve, -1, 1)
    return added


def expected_calibration_error(confidence: Array, right: Array, bins: int = 15) -> float:
    """Mean distance between confidence and accuracy over equally wide bins (Naeini et al. 2015)."""
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    total = 0.0
    for place in np.unique(places):
        chosen = places == place
        total += abs(float(right[chosen].mean()) - float(confidence[chosen].mean())) * float(chosen.mean())
    return total


def _minimum(loss: Any) -> float:
    """Golden-section search over temperatures from 1/10 to 10, on a logarithmic scale."""
    low, high, ratio = np.log(0.1), np.log(10.0), (5**0.5 - 1) / 2
    while high - low > 1e-3:
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if loss(float(np.exp(a))) < loss(float(np.exp(b))):
            high = b
        else:
            low = a
    return float(np.exp((low + high) / 2))
