"""Calibration: one temperature per head, and how far probabilities are from frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ENOUGH = 50  # development texts from which a temperature can be fitted


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
