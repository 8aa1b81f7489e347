"""What choosing texts saves, and what more labels would bring: both in labels. Pure.

Labels that a query strategy asked for are compared with the labels that random sampling would have needed for
the same. Both are put to the same use, a head on kept vectors (`heads`): one is fitted on the labels spent,
others on growing draws of expired audits, which are a random sample that may train. Both are measured on
audits held out, fold by fold, texts of a story on one side. Where the random curve reaches what the labels
spent reach, there stands the answer; where it does not, it is more than there are audits to draw.

The stopping hint extends such a curve by 100 labels. Learning curves fall off as a power of the number of
labels (Hestness et al. 2017, https://arxiv.org/abs/1712.00409; for few labels Figueroa et al., BMC Medical
Informatics 2012, https://doi.org/10.1186/1472-6947-12-8). Over the last doublings a power with so small an
exponent is a straight line in the logarithm of the number, which has two numbers to fit and not three, so
that is what is fitted: slope x ln((n + 100) / n) is expected. The true curve bends down from it, so the hint
errs towards going on.

Intervals come from repeats: each draws its own folds and texts, and resamples what is held out by story, so
that they hold what another sample of audits would have said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation import heads
from monitor.records import SENTIMENTS

Whole = NDArray[np.integer[Any]]
CLASSES = len(SENTIMENTS)
FOLDS = 3
REPEATS = 12
LEAST = 90
"""Audits, and labels spent, under which nothing is told: a third of them is held out, in three classes."""
STEPS = (0.25, 0.35, 0.5, 0.7)
"""Parts of the labels that the hint's curve goes through: none so large that all draws of it are alike."""
NINE_IN_TEN = 1.8
"""Standard deviations either way of a dozen repeats (Student's t)."""
FIRST = 20
"""The smallest draw of a curve."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Labelled texts: vectors (n x d), labels as places in SENTIMENTS, and the block (story) of each."""

    vectors: NDArray[np.float32]
    labels: Whole
    blocks: Whole

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, rows: NDArray[np.intp]) -> Labelled:
        """These rows, in their order."""
        return Labelled(self.vectors[rows], self.labels[rows], self.blocks[rows])


@dataclass(frozen=True, slots=True)
class Point:
    """Mean macro-F1 of heads fitted on so many labels, and between what nine in ten repeats lie."""

    labels: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Savings:
    """What `spent` labels reached (macro-F1), and how many random ones reach the same: `random` is the
    median, with an interval of 90%; None: more than `most`, up to which the curve goes."""

    spent: int
    reached: Point
    random: int | None
    low: int | None
    high: int | None
    most: int
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """The expected gain in macro-F1 of the `next` labels after `labels`, with an interval of 90%. `stop`
    where even its upper end is under `worthwhile`."""

    labels: int
    next: int
    gain: float
    low: float
    high: float
    worthwhile: float
    curve: tuple[Point, ...]

    @property
    def stop(self) -> bool:
        return self.high < self.worthwhile


def savings(
    spent: Labelled, audits: Labelled, rng: np.random.Generator, *, repeats: int = REPEATS
) -> Savings | None:
    """How many random labels are worth those `spent`; None where either are too few to tell (`LEAST`).

    `audits` are expired ones: a random sample of texts that no label was spent on.
    """
    if min(len(spent), len(audits)) < LEAST:
        return None
    sizes = _sizes(len(audits) - math.ceil(len(audits) / FOLDS))
    curves, reached, crossings = [], [], []
    for _ in range(repeats):
        curve, target = np.zeros(len(sizes)), 0.0
        for drawn, held in _splits(audits, rng):
            curve += _curve(drawn, held, sizes, rng)
            target += _score(spent, held)
        curves.append(_rising(curve / FOLDS))
        reached.append(target / FOLDS)
        crossings.append(_crossing(curves[-1], sizes, reached[-1]))
    middle = _reading(crossings, 0.5)
    value = _point(len(spent), reached)
    low, high = _reading(crossings, 0.05), _reading(crossings, 0.95)
    return Savings(len(spent), value, middle, low, high, sizes[-1], _points(sizes, curves))


def hint(
    labelled: Labelled,
    audits: Labelled,
    rng: np.random.Generator,
    *,
    more: int = 100,
    worthwhile: float = 0.002,
    repeats: int = REPEATS,
) -> Hint | None:
    """What `more` labels after those `labelled` are expected to gain, measured on `audits` (a random sample,
    of other texts); None where there are too few to tell."""
    if min(len(labelled), len(audits)) < LEAST:
        return None
    number = len(labelled)
    sizes = sorted({max(FIRST, round(number * share)) for share in STEPS})
    steps = np.log(np.array(sizes) / number)
    ahead = math.log((number + more) / number)
    curves, gains = [], []
    for _ in range(repeats):
        held = audits.part(_resampled(audits.blocks, rng))
        order = rng.permutation(number)
        curve = np.array([_score(labelled.part(order[:size]), held) for size in sizes])
        curves.append(curve)
        slope = float(np.polyfit(steps, curve, 1)[0])
        gains.append(slope * ahead)
    value, off = float(np.mean(gains)), NINE_IN_TEN * float(np.std(gains, ddof=1))
    return Hint(number, more, value, value - off, value + off, worthwhile, _points(sizes, curves))


def _splits(audits: Labelled, rng: np.random.Generator) -> list[tuple[Labelled, Labelled]]:
    """Parts to draw from, whose texts are distinct, and parts held out, each as another sample of audits
    like this one might have had it."""
    parts = []
    for fit, held in heads.folds(audits.blocks, FOLDS, rng):
        measured = audits.part(held)
        parts.append((audits.part(fit), measured.part(_resampled(measured.blocks, rng))))
    return parts


def _curve(
    drawn: Labelled, held: Labelled, sizes: Sequence[int], rng: np.random.Generator
) -> NDArray[np.float64]:
    order = rng.permutation(len(drawn))
    return np.array([_score(drawn.part(order[:size]), held) for size in sizes])


def _score(some: Labelled, held: Labelled) -> float:
    """Macro-F1 on `held`, over its classes, of a head fitted on `some`."""
    head = heads.fit(some.vectors, some.labels, CLASSES)
    called = head.scores(held.vectors).argmax(axis=1)
    table = np.bincount(held.labels * CLASSES + called, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    truth, said, right = table.sum(axis=1), table.sum(axis=0), np.diag(table)
    there = truth > 0
    return float((2 * right[there] / (truth + said)[there]).mean())


def _resampled(blocks: Whole, rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows of as many blocks as there are, drawn with replacement."""
    _, of = np.unique(blocks, return_inverse=True)
    number = int(of.max()) + 1
    times = rng.multinomial(number, np.full(number, 1 / number))
    return np.repeat(np.arange(len(of)), times[of])


def _sizes(most: int) -> list[int]:
    """Numbers from `FIRST` to `most`, each about 1.4 times the one before."""
    steps = max(2, math.ceil(math.log(most / FIRST) / math.log(1.4)) + 1)
    return sorted({round(one) for one in np.geomspace(FIRST, most, steps)})


def _rising(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rising curve next to `values` (isotonic regression by pooling adjacent violators)."""
    levels: list[list[float]] = []
    for value in values.tolist():
        levels.append([value, 1.0])
        while len(levels) > 1 and levels[-2][0] > levels[-1][0]:
            (a, n), (b, m) = levels[-2:]
            levels[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    return np.concatenate([np.full(int(times), value) for value, times in levels])


def _crossing(curve: NDArray[np.float64], sizes: Sequence[int], target: float) -> float:
    """The number of labels at which the curve reaches `target`, between two sizes by the logarithm."""
    place = int(np.searchsorted(curve, target))
    if place == 0:
        return float(sizes[0])
    if place == len(curve):
        return math.inf
    rise = curve[place] - curve[place - 1]
    share = (target - curve[place - 1]) / rise if rise > 0 else 1.0
    return float(sizes[place - 1] * (sizes[place] / sizes[place - 1]) ** share)


def _reading(crossings: Sequence[float], share: float) -> int | None:
    """The quantile, which may be beyond the curve."""
    found = float(np.quantile(crossings, share, method="higher" if share >= 0.5 else "lower"))
    return None if math.isinf(found) else round(found)


def _points(sizes: Sequence[int], curves: Sequence[NDArray[np.float64]]) -> tuple[Point, ...]:
    columns = np.array(curves).T
    return tuple(_point(size, column) for size, column in zip(sizes, columns, strict=True))


def _point(labels: int, values: Sequence[float] | NDArray[np.float64]) -> Point:
    low, high = np.quantile(values, (0.05, 0.95))
    return Point(labels, float(np.mean(values)), float(low), float(high))
