"""How much an article's label could move an alert.

A label moves an alert where the article may turn out negative or not, and where one negative story more or
less matters. The first is 4 p (1 - p) for the probability p of negative; the second is how near a series that
it counts in is to an alert: the highest score of its last day against the cut of the rule that made it. Both
lie in [0, 1], and so does their product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.records import Scope


def nearness(ratio: float) -> float:
    """How near a series is to an alert whose score is so many times the cut, in [0, 1]. One that is over is
    as near as one that is there: its label may end an alert."""
    return min(ratio, 1.0 / ratio) if ratio > 0 else 0.0


def impact(
    negative: NDArray[np.float64], series: Sequence[Sequence[Scope]], near: Mapping[Scope, float]
) -> NDArray[np.float64]:
    """(N,) the impact of articles of these probabilities of negative, each in these series."""
    moved = 4.0 * negative * (1.0 - negative)
    closest = [max((near.get(scope, 0.0) for scope in scopes), default=0.0) for scopes in series]
    found: NDArray[np.float64] = np.clip(moved, 0.0, 1.0) * np.asarray(closest)
    return found
