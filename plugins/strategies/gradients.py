"""Query strategies by the gradient that a label would give the model's last layer.

For softmax probabilities p over a linear layer on the vector h, the gradient of the loss under label y is the
outer product (p - e_y) h, so that nothing needs to be differentiated:

- expected gradient length (Settles et al. 2008): sum over y of p_y |p - e_y| |h|, in the Euclidean norm;
- BADGE (Ash et al. 2020, arXiv 1906.03671): the gradient under the likeliest label, g = (p - e_max) h, and a
  batch by k-means++ on these: first the longest gradient, then each with a probability proportional to the
  squared distance to the nearest taken before.

No gradient is ever written out: |g - g'|^2 = |a|^2 |h|^2 + |a'|^2 |h'|^2 - 2 (a . a') (h . h') with a = p -
e_max. Distances can only shrink as more are taken, so old ones are upper bounds, and a row drawn by its
bound and kept with the probability true / bound is drawn exactly by the true distance (rejection sampling,
von Neumann 1951). Most rows are never measured twice. Where too many are turned down, all are measured.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor import Choice, Message, Pool
from monitor_plugins.strategies.ranking import Rows, Scores, Turns, chosen, chunks, lots, ranked

TRIES = 16
"""Rows drawn by their bounds at a time; where none of them is kept, all are measured anew."""


def squared_norms(vectors: Scores) -> NDArray[np.float64]:
    """The squared length of each row."""
    found = np.empty(len(vectors))
    for some in chunks(len(vectors)):
        part = vectors[some].astype(np.float32, copy=False)
        found[some] = np.einsum("ij,ij->i", part, part)
    return found


def expected_gradient_length(probabilities: Scores, vectors: Scores) -> Scores:
    """The expected length of the gradient of the last layer."""
    p = np.asarray(probabilities, dtype=np.float64)
    squared = (p**2).sum(axis=1, keepdims=True) - 2 * p + 1  # |p - e_y|^2
    total: Scores = (p * np.sqrt(np.maximum(squared, 0))).sum(axis=1) * np.sqrt(squared_norms(vectors))
    return total


class Gradients:
    """The gradients under the likeliest label, factored; distances between them are squared."""

    def __init__(self, probabilities: Scores, vectors: Scores) -> None:
        self.errors = np.array(probabilities, dtype=np.float64)
        self.errors[np.arange(len(self.errors)), self.errors.argmax(axis=1)] -= 1
        self.vectors = vectors
        self.squared = (self.errors**2).sum(axis=1) * squared_norms(vectors)

    def distances(self, rows: Rows | slice, others: Rows) -> NDArray[np.float64]:
        """(rows, others): how far each is from each."""
        vectors = self.vectors[rows].astype(np.float32, copy=False)
        along = vectors @ self.vectors[others].astype(np.float32, copy=False).T
        both = (self.errors[rows] @ self.errors[others].T) * along
        found: NDArray[np.float64] = self.squared[rows][:, None] + self.squared[others] - 2 * both
        return np.maximum(found, 0.0, out=found)

    def nearest(self, others: Rows, bound: NDArray[np.float64]) -> None:
        """Lower the bounds of all rows to how far the nearest of `others` is."""
        for some in chunks(len(bound)):
            np.fmin(bound[some], self.distances(some, others).min(axis=1), out=bound[some])


def spread(gradients: Gradients, n: int, turns: Turns, drawn: Scores, rng: np.random.Generator) -> Rows:
    """`n` rows by k-means++ on the gradients. A row that cannot be measured comes last, by lot."""
    usable = np.isfinite(gradients.squared)
    along = np.argsort(
        drawn, kind="stable"
    )  # the order in which lots are laid: the same for any order of rows
    bound = np.where(usable, np.inf, 0.0)
    measured = np.zeros(len(bound), dtype=np.int64)  # how many of the taken each bound knows
    taken: list[int] = []
    centres: list[int] = []  # those of them that can be measured
    while len(taken) < n:
        free = turns.free & usable
        if not free.any():
            row = _by_lot(turns.free, drawn)
        elif not centres:
            lengths = np.where(free, gradients.squared, -np.inf)
            row = _by_lot(lengths == lengths.max(), drawn)
            gradients.nearest(np.asarray([row]), bound)
            measured[:] = 1
        else:
            row = _by_distance(gradients, bound, measured, np.asarray(centres), free, along, drawn, rng)
        taken.append(row)
        centres += [row] * bool(usable[row])
        turns.take(row)
    return np.asarray(taken, dtype=np.int64)


def _by_distance(
    gradients: Gradients,
    bound: NDArray[np.float64],
    measured: NDArray[np.int64],
    taken: Rows,
    free: NDArray[np.bool_],
    along: Rows,
    drawn: Scores,
    rng: np.random.Generator,
) -> int:
    while True:
        mass = np.cumsum(np.where(free, bound, 0.0)[along])
        if mass[-1] <= 0:  # all that is left is the same as what was taken
            return _by_lot(free, drawn)
        tried = along[
            np.searchsorted(mass, rng.random(TRIES) * mass[-1], side="right").clip(max=len(mass) - 1)
        ]
        known = int(measured[tried].min())
        true = np.minimum(bound[tried], gradients.distances(tried, taken[known:]).min(axis=1, initial=np.inf))
        kept = np.flatnonzero(rng.random(TRIES) * bound[tried] < true)
        if len(kept):
            upto = tried[: kept[0] + 1]
            bound[upto], measured[upto] = true[: kept[0] + 1], len(taken)
            return int(tried[kept[0]])
        oldest = int(measured.min())
        gradients.nearest(taken[oldest:], bound)
        measured[:] = len(taken)


def _by_lot(among: NDArray[np.bool_], drawn: Scores) -> int:
    rows = np.flatnonzero(among)
    return int(rows[drawn[rows].argmax()])


@dataclass
class GradientLength:
    """The articles whose label is expected to move the model's last layer furthest."""

    kind: ClassVar[str] = "gradient_length"
    needs: ClassVar[Collection[str]] = ("probabilities", "vectors", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the longest expected gradients."""
        scores = expected_gradient_length(pool.column("probabilities"), pool.column("vectors"))
        scores = np.nan_to_num(scores, nan=-np.inf)
        rows = ranked(pool, scores, n, rng)
        told = [_length(score) for score in scores[rows].tolist()]
        return chosen(rows, scores[rows], told)


@dataclass
class Badge:
    """A batch of long gradients that differ from one another."""

    kind: ClassVar[str] = "badge"
    needs: ClassVar[Collection[str]] = ("probabilities", "vectors", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """`n` rows by k-means++ on the gradients."""
        n = min(max(n, 0), len(pool))
        drawn = lots(pool, rng)
        if n == 0:
            return chosen(np.zeros(0, dtype=np.int64), np.zeros(0), [])
        gradients = Gradients(pool.column("probabilities"), pool.column("vectors"))
        rows = spread(gradients, n, Turns(pool), drawn, rng)
        lengths = np.nan_to_num(np.sqrt(gradients.squared[rows]), nan=-np.inf)
        return chosen(rows, lengths, [_badge(length) for length in lengths.tolist()])


def _length(score: float) -> Message:
    if not np.isfinite(score):
        return Message("acquisition.unplaced")
    return Message("acquisition.gradient", length=score)


def _badge(length: float) -> Message:
    if not np.isfinite(length):
        return Message("acquisition.unplaced")
    return Message("acquisition.badge", length=length)
