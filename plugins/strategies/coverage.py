"""Query strategies that look at where articles lie, whatever the model says of them.

- `coreset` (Sener and Savarese 2018, arXiv 1708.00489): the article farthest from everything labelled or
  taken, again and again (greedy k-centre). Distances to the nearest can only shrink, so old ones are upper
  bounds, and a row whose bound is below the farthest known is never measured again.
- `typical` (after TypiClust, Hacohen et al. 2022, arXiv 2202.02794): for a beginning with few labels. The
  vectors fall into as many groups as there will be labels; from the largest group without a label comes the
  article that is most typical of it, that is with the nearest neighbours.
- `dense` (Settles and Craven 2008): uncertainty times the mean cosine similarity to the pool, so that what is
  unsure because it is odd is not asked first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor import Choice, Message, Pool
from monitor_plugins.strategies.gradients import squared_norms
from monitor_plugins.strategies.ranking import Rows, Scores, Turns, chosen, chunks, lots, ranked
from monitor_plugins.strategies.uncertainty import margin, unsure_first

_FIRST = 32  # centres that every row is measured against; of the others, only what may be farthest
_EAGER = 20_000_000  # distances; up to so many are all measured at once, which is quicker than in blocks
_BLOCK = 512
SAMPLE = 10_000
"""Vectors among which groups are looked for; of more, as many drawn evenly."""
GROUPS = 500
NEIGHBOURS = 20


class Farthest:
    """The squared distance of every row to the nearest centre, as far as somebody has to know it: `bound` is
    never below it, and is it where all centres are known."""

    def __init__(self, vectors: Scores, centres: Scores) -> None:
        self._vectors = vectors
        self._squared = squared_norms(vectors).astype(np.float32)
        self._centres = np.asarray(centres, dtype=np.float32).reshape(len(centres), vectors.shape[1])
        self._lengths = np.einsum("ij,ij->i", self._centres, self._centres)
        self.bound = np.full(len(vectors), np.inf, dtype=np.float32)
        self._known = np.zeros(len(vectors), dtype=np.int32)  # how many centres each bound knows
        unplaced = ~np.isfinite(self._squared)
        self.bound[unplaced] = -1.0  # comes last
        self._known[unplaced] = np.iinfo(np.int32).max
        self._placed = np.flatnonzero(~unplaced)
        if len(centres):
            many = len(vectors) * len(centres) > _EAGER
            for some in chunks(len(vectors)):
                self._measure(some, 0, min(_FIRST, len(centres)) if many else len(centres))
            self._known[unplaced] = np.iinfo(np.int32).max

    def add(self, row: int) -> None:
        """Row `row` is a centre now."""
        if self.bound[row] >= 0:
            self._centres = np.vstack([self._centres, self._vectors[row].astype(np.float32)])
            self._lengths = np.append(self._lengths, self._squared[row])

    def middle(self, free: NDArray[np.bool_], drawn: Scores) -> int:
        """The free row nearest to the mean of all."""
        if not len(self._placed):
            return int(np.flatnonzero(free)[drawn[free].argmax()])
        mean = np.zeros(self._vectors.shape[1])
        for some in chunks(len(self._placed)):
            mean += self._vectors[self._placed[some]].sum(axis=0, dtype=np.float64)
        mean = (mean / len(self._placed)).astype(np.float32)
        along = np.full(len(free), np.inf, dtype=np.float32)
        for some in chunks(len(self._placed)):
            rows = self._placed[some]
            along[rows] = self._squared[rows] - 2 * (self._vectors[rows].astype(np.float32) @ mean)
        along[~free] = np.inf
        nearest = np.flatnonzero(along == along.min())
        return int(nearest[drawn[nearest].argmax()])

    def best(self, free: NDArray[np.bool_], drawn: Scores) -> int:
        """The free row farthest from every centre; of several, the one of the highest lot."""
        size = _BLOCK
        while True:
            among = np.where(free, self.bound, -np.inf)
            stale = self._known < len(self._centres)
            highest = np.flatnonzero(among == among.max())
            if not stale[highest].any():
                return int(highest[drawn[highest].argmax()])
            certain = np.where(stale, -np.inf, among).max()
            rows = np.flatnonzero(stale & (among >= certain) & free)
            if len(rows) > size:
                rows = rows[np.argpartition(-among[rows], size)[:size]]
            self._measure(rows, int(self._known[rows].min()), len(self._centres))
            size = min(2 * size, 8 * _BLOCK)

    def _measure(self, rows: Rows | slice, start: int, end: int) -> None:
        """Lower the bounds of `rows` to the nearest of the centres from `start` to `end`."""
        found = self._vectors[rows].astype(np.float32, copy=False) @ (-2 * self._centres[start:end].T)
        found += self._lengths[start:end]
        nearest = np.maximum(found.min(axis=1) + self._squared[rows], 0)
        self.bound[rows] = np.fmin(self.bound[rows], nearest)
        self._known[rows] = end


@dataclass
class CoreSet:
    """The articles farthest from anything labelled, one after the other."""

    kind: ClassVar[str] = "coreset"
    needs: ClassVar[Collection[str]] = ("vectors", "labelled_vectors", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """`n` rows by greedy k-centre."""
        vectors = pool.column("vectors")
        n = min(max(n, 0), len(pool))
        labelled = pool.labelled_vectors
        centres = np.zeros((0, vectors.shape[1])) if labelled is None else labelled
        centres = centres[np.isfinite(centres).all(axis=1)]
        drawn, turns = lots(pool, rng), Turns(pool)
        farthest = Farthest(vectors, centres)
        rows: list[int] = []
        scores: list[float] = []
        told: list[Message] = []
        while len(rows) < n:
            first = not rows and not len(centres)
            row = farthest.middle(turns.free, drawn) if first else farthest.best(turns.free, drawn)
            rows.append(row)
            squared = float(farthest.bound[row])
            scores.append(0.0 if first else squared**0.5 if squared >= 0 else -1.0)
            told.append(_far(first, scores[-1]))
            farthest.add(row)
            turns.take(row)
        return chosen(np.asarray(rows, dtype=np.int64), np.asarray(scores), told)


def _far(first: bool, distance: float) -> Message:
    if first:
        return Message("acquisition.first")
    if distance < 0:
        return Message("acquisition.unplaced")
    return Message("acquisition.far", distance=distance)


def similarity(vectors: Scores) -> NDArray[np.float64]:
    """The mean cosine similarity of each row to all rows that have a vector."""
    lengths = np.sqrt(squared_norms(vectors))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(lengths > 0, 1.0 / lengths, 0.0)
    usable = np.isfinite(scale)
    mean = np.zeros(vectors.shape[1])
    for some in chunks(len(vectors)):
        rows = usable[some]
        mean += scale[some][rows] @ vectors[some][rows].astype(np.float64)
    mean /= max(int(usable.sum()), 1)
    found = np.full(len(vectors), np.nan)
    for some in chunks(len(vectors)):
        found[some] = (vectors[some].astype(np.float64) @ mean) * scale[some]
    return found


@dataclass
class Dense:
    """The unsure articles that are like many others; `weight` is the exponent of the similarity."""

    weight: float = 1.0

    kind: ClassVar[str] = "dense"
    needs: ClassVar[Collection[str]] = ("probabilities", "vectors", "story")

    def __post_init__(self) -> None:
        if not 0 <= self.weight < np.inf:
            raise ValueError(f"weight: expected a number of 0 or more, found {self.weight}")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the highest product."""
        probabilities = pool.column("probabilities")
        alike = np.nan_to_num(similarity(pool.column("vectors")), nan=0.0)
        scores = unsure_first(margin(probabilities) * np.maximum(alike, 0.0) ** self.weight)
        rows = ranked(pool, scores, n, rng)
        told = []
        for row, near in zip(
            np.sort(probabilities[rows], axis=1)[:, ::-1], alike[rows].tolist(), strict=True
        ):
            if np.isfinite(row).all():
                first, second = float(row[0]), float(row[1])
                told.append(Message("acquisition.dense", first=first, second=second, similarity=near))
            else:
                told.append(Message("acquisition.unjudged"))
        return chosen(rows, scores[rows], told)


@dataclass
class Typical:
    """For a beginning: the most typical article of each group that nothing labelled belongs to."""

    kind: ClassVar[str] = "typical"
    needs: ClassVar[Collection[str]] = ("vectors", "labelled_vectors", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """`n` rows, group by group; of more than SAMPLE rows, out of as many drawn evenly, then by lot."""
        vectors = pool.column("vectors")
        n = min(max(n, 0), len(pool))
        drawn, turns = lots(pool, rng), Turns(pool)
        usable = np.isfinite(squared_norms(vectors))
        along = np.argsort(-drawn, kind="stable")
        rows = along[usable[along]][:SAMPLE]
        labelled = pool.labelled_vectors
        if labelled is None:
            labelled = np.zeros((0, vectors.shape[1]))
        labelled = labelled[np.isfinite(labelled).all(axis=1)].astype(np.float32)
        picked: list[int] = []
        scores: list[float] = []
        told: list[Message] = []
        if len(rows) and n:
            groups = _groups(vectors[rows].astype(np.float32), labelled, n, rng)
            while len(picked) < n and turns.free[rows].any():
                place, typicality, size, known = groups.next(turns.free[rows])
                row = int(rows[place])
                picked.append(row)
                scores.append(typicality)
                told.append(Message("acquisition.typical", size=size, labelled=known))
                turns.take(row)
        while len(picked) < n:
            free = np.flatnonzero(turns.free)
            row = int(free[drawn[free].argmax()])
            picked.append(row)
            scores.append(0.0)
            told.append(Message("acquisition.lot" if usable[row] else "acquisition.unplaced"))
            turns.take(row)
        return chosen(np.asarray(picked, dtype=np.int64), np.asarray(scores), told)


class _Groups:
    """Groups of rows, and how many of each are labelled."""

    def __init__(self, group: NDArray[np.int64], typicality: Scores, labelled: NDArray[np.int64]) -> None:
        self._group = group
        self._typicality = typicality
        self._size = np.bincount(group, minlength=len(labelled))
        self._labelled = labelled

    def next(self, free: NDArray[np.bool_]) -> tuple[int, float, int, int]:
        """The most typical free row of the largest among the groups with the fewest labels; its
        typicality, and the size and labels of its group."""
        left = np.bincount(self._group[free], minlength=len(self._labelled)) > 0
        among = np.flatnonzero(left)
        best = among[np.lexsort((-self._size[among], self._labelled[among]))[0]]
        rows = np.flatnonzero(free & (self._group == best))
        place = int(rows[self._typicality[rows].argmax()])
        known = int(self._labelled[best])
        self._labelled[best] += 1
        return place, float(self._typicality[place]), int(self._size[best]), known


def _groups(vectors: Scores, labelled: Scores, n: int, rng: np.random.Generator) -> _Groups:
    number = max(1, min(len(labelled) + n, GROUPS, len(vectors)))
    everything = np.vstack([vectors, labelled])
    centres = _means(everything, number, rng)
    group = _nearest(everything, centres)
    typicality = np.zeros(len(vectors))
    for one in range(number):
        rows = np.flatnonzero(group[: len(vectors)] == one)
        if len(rows) > 1:
            others = vectors[rows[:_MOST]]
            near = min(NEIGHBOURS + 1, len(others))
            for start in range(0, len(rows), _MOST):
                some = rows[start : start + _MOST]
                apart = _apart(vectors[some], others)
                apart = np.sqrt(np.partition(apart, near - 1, axis=1)[:, :near])
                typicality[some] = 1.0 / (apart.mean(axis=1) + 1e-6)
    counted = np.bincount(group[len(vectors) :], minlength=number)
    return _Groups(group[: len(vectors)], typicality, counted)


_MOST = 2000
_ROUNDS = 5


def _means(vectors: Scores, number: int, rng: np.random.Generator) -> Scores:
    """k-means: k-means++ (Arthur and Vassilvitskii 2007), then Lloyd's rounds."""
    squared = (vectors**2).sum(axis=1)
    places = [int(rng.integers(len(vectors)))]
    bound = np.full(len(vectors), np.inf, dtype=np.float32)
    while len(places) < number:
        last = vectors[places[-1]]
        np.minimum(bound, np.maximum(squared + squared[places[-1]] - 2 * (vectors @ last), 0), out=bound)
        mass = np.cumsum(bound, dtype=np.float64)
        if mass[-1] <= 0:
            places.append(int(rng.integers(len(vectors))))
        else:
            drawn = np.searchsorted(mass, rng.random() * mass[-1], side="right")
            places.append(int(min(drawn, len(vectors) - 1)))
    centres = vectors[places].copy()
    for _ in range(_ROUNDS):
        group = _nearest(vectors, centres)
        order = np.argsort(group, kind="stable")
        filled, starts = np.unique(group[order], return_index=True)
        sums = np.add.reduceat(vectors[order], starts, axis=0)
        centres[filled] = sums / np.bincount(group)[filled][:, None]
    return centres


def _nearest(vectors: Scores, centres: Scores) -> NDArray[np.int64]:
    found = np.empty(len(vectors), dtype=np.int64)
    lengths = (centres**2).sum(axis=1)
    across = -2 * centres.T
    for start in range(0, len(vectors), _MOST):
        some = slice(start, start + _MOST)
        found[some] = (vectors[some] @ across + lengths).argmin(axis=1)
    return found


def _apart(vectors: Scores, others: Scores) -> Scores:
    """Squared distances (rows, others)."""
    found: Scores = (
        (vectors**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None, :] - 2 * (vectors @ others.T)
    )
    return np.maximum(found, 0.0, out=found)
