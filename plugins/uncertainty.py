"""Query strategies that look at the predicted sentiment alone.

Settles, Active Learning Literature Survey (2009), section 3.1: least confidence (Lewis
and Gale 1994), smallest margin (Scheffer et al. 2001), highest entropy (Shannon 1948).
Equal scores are ordered at random, not by the article's age. An article whose
probabilities are not numbers comes first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor import SENTIMENTS, Prediction, hookimpl

Probabilities = NDArray[np.float64]
"""One row per article, one column per sentiment."""


class _Ranked(ABC):
    """Takes the articles with the highest `utility`."""

    def select(
        self, pool: Mapping[int, Prediction], labelled: Sequence[int], n: int, rng: np.random.Generator
    ) -> list[int]:
        if not pool or n < 1:
            return []
        ids = np.array(sorted(pool))
        rows = [[pool[id].sentiment[name] for name in SENTIMENTS] for id in ids.tolist()]
        scores = np.nan_to_num(self.utility(np.array(rows, dtype=float)), nan=np.inf)
        chosen: list[int] = ids[np.lexsort((rng.random(len(ids)), -scores))[:n]].tolist()
        return chosen

    @abstractmethod
    def utility(self, probabilities: Probabilities) -> NDArray[np.float64]:
        """How much a label would tell, per article."""


@dataclass
class LeastConfidence(_Ranked):
    """The articles whose most probable sentiment is least probable."""

    kind: ClassVar[str] = "least_confidence"

    def utility(self, probabilities: Probabilities) -> NDArray[np.float64]:
        highest: NDArray[np.float64] = probabilities.max(axis=1)
        return 1.0 - highest


@dataclass
class Margin(_Ranked):
    """The articles whose two most probable sentiments are closest."""

    kind: ClassVar[str] = "margin"

    def utility(self, probabilities: Probabilities) -> NDArray[np.float64]:
        ranked: NDArray[np.float64] = np.sort(probabilities, axis=1)
        return 1.0 - (ranked[:, -1] - ranked[:, -2])


@dataclass
class Entropy(_Ranked):
    """The articles whose sentiment distribution has the highest entropy (in nats)."""

    kind: ClassVar[str] = "entropy"

    def utility(self, probabilities: Probabilities) -> NDArray[np.float64]:
        logs = np.log(np.where(probabilities > 0, probabilities, 1.0))
        total: NDArray[np.float64] = (probabilities * logs).sum(axis=1)
        return -total


@dataclass
class Random(_Ranked):
    """Articles drawn evenly: what every other strategy must beat."""

    kind: ClassVar[str] = "random"

    def utility(self, probabilities: Probabilities) -> NDArray[np.float64]:
        return np.zeros(len(probabilities))


@hookimpl
def register_strategies() -> list[type[_Ranked]]:
    return [LeastConfidence, Margin, Entropy, Random]
