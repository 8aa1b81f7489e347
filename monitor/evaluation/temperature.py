"""By how much a version is too sure of its sentiments, read off audits: one temperature.

Probabilities to the power 1 / T, summing to 1 again, are what the softmax makes of log-odds divided by T
(Guo, Pleiss, Sun and Weinberger 2017, https://arxiv.org/abs/1706.04599): above 1 the model is less sure of
the same sentiment. T is fitted by the likelihood of blind readings of texts that chance chose: labels that
were chosen for doubt are of texts on which the model is worse than elsewhere, and teach too high a T.

It is kept near 1 by a normal prior on log T, worth about a dozen readings, and bounded. Fewer than FEWEST
readings fit none. What a classifier calibrates by itself while it is trained stays: this comes after it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from monitor.evaluation.bounds import Floats

FEWEST = 30
"""Readings under which nothing is fitted."""
MOST = 4.0
"""The temperature lies between 1 / MOST and MOST."""
PRECISION = 10.0
"""Of the prior on log T: its standard deviation is 0.32. A reading of a text on which a model is 90% sure has
0.8 of it."""
SAME = 0.05
"""Temperatures that differ by a smaller share are one."""
_GRID = np.linspace(-np.log(MOST), np.log(MOST), 41)
_LEAST = 1e-12


def fitted(chances: Floats, truth: NDArray[np.int64], weight: Floats) -> float | None:
    """The temperature under which the readings are likeliest: `chances` are what the version says of each
    text at temperature 1 (n x C), `truth` the column that was read, `weight` what the reading counts, (0, 1].
    None of fewer than FEWEST."""
    if len(chances) < FEWEST:
        return None
    logs = np.log(np.maximum(chances, _LEAST))
    rows = np.arange(len(logs))

    def loss(log_temperature: float) -> float:
        scaled = logs / np.exp(log_temperature)
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        said = scaled[rows, truth] - np.log(np.exp(scaled).sum(axis=1))
        return float(-(weight * said).sum() + PRECISION * log_temperature**2 / 2)

    best = int(np.argmin([loss(one) for one in _GRID]))
    low, high = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def next_to(present: float, found: float | None) -> float:
    """What is to be in force after `found` was fitted: `present`, where that is as good as the same."""
    if found is None or abs(np.log(found / present)) < SAME:
        return present
    return found
