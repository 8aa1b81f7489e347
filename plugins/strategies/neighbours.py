"""Query strategy `contrastive`: what is judged unlike its labelled neighbours.

CAL (Margatina et al. 2021, arXiv 2109.03764): for each article the mean Kullback-Leibler divergence of its
probabilities from those of its `neighbours` nearest labelled articles, KL(neighbour || article). Close
together and judged apart, a decision boundary runs between them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor import Choice, Message, Pool
from monitor_plugins.strategies.ranking import Scores, chosen, ranked

_TINY = 1e-12
_ROWS = 4096


def contrast(
    probabilities: Scores, vectors: Scores, known: Scores, places: Scores, neighbours: int
) -> NDArray[np.float64]:
    """(N,) the mean divergence, in nats, of `known`, the probabilities at the nearest `places`, from
    `probabilities` at `vectors`."""
    places = places.astype(np.float32, copy=False)
    lengths = (places**2).sum(axis=1)
    logs = np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), _TINY))
    sure = np.maximum(np.asarray(known, dtype=np.float64), _TINY)
    own = (sure * np.log(sure)).sum(axis=1)
    near = min(neighbours, len(places))
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), _ROWS):
        some = slice(start, start + _ROWS)
        apart = lengths - 2 * (vectors[some].astype(np.float32, copy=False) @ places.T)
        if near < len(places):
            nearest = np.argpartition(apart, near - 1, axis=1)[:, :near]
        else:
            nearest = np.broadcast_to(np.arange(len(places)), apart.shape)
        found[some] = own[nearest].mean(axis=1) - (sure[nearest].mean(axis=1) * logs[some]).sum(axis=1)
    return found


@dataclass
class Contrastive:
    """The articles judged unlike their `neighbours` nearest labelled ones."""

    neighbours: int = 10

    kind: ClassVar[str] = "contrastive"
    needs: ClassVar[Collection[str]] = (
        *("probabilities", "vectors", "labelled_probabilities", "labelled_vectors", "story"),
    )

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise ValueError(f"neighbours: expected 1 or more, found {self.neighbours}")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the highest divergence; without a labelled set, by lot."""
        probabilities, vectors = pool.column("probabilities"), pool.column("vectors")
        known, places = pool.column("labelled_probabilities"), pool.column("labelled_vectors")
        usable = np.isfinite(known).all(axis=1) & np.isfinite(places).all(axis=1)
        if not usable.any():
            rows = ranked(pool, np.zeros(len(pool)), n, rng)
            return chosen(rows, np.zeros(len(rows)), [Message("acquisition.lot")] * len(rows))
        scores = contrast(probabilities, vectors, known[usable], places[usable], self.neighbours)
        scores = np.nan_to_num(scores, nan=-np.inf)
        rows = ranked(pool, scores, n, rng)
        return chosen(rows, scores[rows], [_apart(score) for score in scores[rows].tolist()])


def _apart(nats: float) -> Message:
    if not np.isfinite(nats):
        return Message("acquisition.unplaced")
    return Message("acquisition.contrast", nats=max(nats, 0.0))
