"""How much an article's label could move an alert.

A label moves an alert where the article may turn out negative or not, and where one negative story more or
less matters. The first is 4 p (1 - p) for the probability p of negative; the second is how near the series
of one of its topics or companies is to an alert: its negative stories in the newest window against what it
would take, three standard deviations of a Poisson count above its mean. Both lie in [0, 1], and so does
their product.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.records import Scope, Window

DEVIATIONS = 3.0


def nearness(windows: Sequence[Window], fewest: int) -> float:
    """How near a series is to an alert, of which at least `fewest` negative stories are asked; in [0, 1].
    The last of its windows is the newest. One that is over is as near as one that is there: its label may
    end an alert."""
    if len(windows) < 2:
        return 0.0
    usual = sum(window.negative for window in windows[:-1]) / (len(windows) - 1)
    needed = max(usual + DEVIATIONS * math.sqrt(usual + 1.0), float(fewest))
    found = windows[-1].negative
    return min(found / needed, needed / found) if found else 0.0


def impact(
    negative: NDArray[np.float64], series: Sequence[Sequence[Scope]], near: Mapping[Scope, float]
) -> NDArray[np.float64]:
    """(N,) the impact of articles of these probabilities of negative, each in these series."""
    moved = 4.0 * negative * (1.0 - negative)
    closest = [max((near.get(scope, 0.0) for scope in scopes), default=0.0) for scopes in series]
    found: NDArray[np.float64] = np.clip(moved, 0.0, 1.0) * np.asarray(closest)
    return found
