"""How good the model is now, from audits and everything it said. Pure.

Audits are few and honest: texts drawn at random, read blind. The texts that nobody read are many, and the
model says of each how sure it is. Prediction-powered inference joins them (Angelopoulos et al., Science 382,
2023, https://arxiv.org/abs/2301.09633): what the model expects of itself on all texts, corrected by how wrong
it was about that on the audits. The correction makes it right whatever the model's confidence is worth; the
better the confidence, the shorter the interval. How far it is trusted is a number `lambda` tuned on the same
audits, 0 where it says nothing, so that nothing is lost asymptotically (PPI++: Angelopoulos, Duchi and Zrnic
2023, https://arxiv.org/abs/2311.01453).

Figures are functions of means: with the classes c, T(c) the share of texts that are c, A(c) the share
that are c and are called so, P(c) the share called so, which is known of every text. Accuracy is sum A(c),
precision A/P, recall A/T, F1 2A / (P + T). Their errors are those of their linear parts (the delta
method), which are means of one number per text; so one tuned lambda and one variance serve each figure.

Texts count by 1 / inclusion, and texts of one story are one block: variances are sums over blocks.
Intervals are those of Korn and Graubard (Survey Methodology 24, 1998): the exact binomial one of as many
independent readings as have this variance. It holds near 1, where normal intervals do not. Without
weights, blocks and lambda it is the plain interval of Clopper and Pearson (1934).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm, t

from monitor.records import SENTIMENTS

Floats = NDArray[np.float64]
CLASSES = len(SENTIMENTS)
MOST_GAIN = 4.0
"""A reading is never worth more than this many plain ones: the variance itself is estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Audits: what the model says of each (n x C), its label as a place in SENTIMENTS (-1: two analysts
    skipped it, which counts as an error), the probability with which it was drawn, and its block."""

    probabilities: Floats
    labels: NDArray[np.int64]
    inclusion: Floats
    blocks: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate in [0, 1], and between what it lies at the level asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """`estimate` uses what the model says of `unread` texts, `plain` the `labels` alone. `trust` is lambda,
    and `worth` how many plain labels have an interval as short."""

    estimate: Interval
    plain: Interval
    labels: int
    unread: int
    trust: float
    worth: float


Slopes = tuple[Floats, Floats, Floats]
Measure = Callable[[Floats, Floats, Floats], tuple[float, Slopes]]
"""A figure and its slopes, of T, A and P."""


def figures(read: Read, unread: Floats, *, level: float = 0.95) -> dict[str, Figure]:
    """`accuracy`, `macro_f1`, and `precision.CLASS`, `recall.CLASS` of every class, of all texts.

    `unread` (N x C) is what the model says of the texts that were not drawn. A figure that the audits
    cannot tell (no text of the class among them) is left out; without audits there is none. Raises
    ValueError for probabilities of inclusion outside (0, 1], and for `level` outside (0, 1).
    """
    if not len(read.labels):
        return {}
    if not ((read.inclusion > 0) & (read.inclusion <= 1)).all():
        raise ValueError("inclusion: a probability in (0, 1] for every audit")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}: expected a number between 0 and 1")
    called = read.probabilities.argmax(axis=1)
    all_of_them = np.ones(len(called), bool)
    present = [c for c in range(CLASSES) if (read.labels == c).any()]
    measures: dict[str, tuple[Measure, NDArray[np.bool_]]] = {"accuracy": (_accuracy, all_of_them)}
    if len(present) > 1:
        measures["macro_f1"] = _macro(present), all_of_them
    for c, name in enumerate(SENTIMENTS):
        if (called == c).any():
            measures[f"precision.{name}"] = _precision(c), called == c
        if (read.labels == c).any():
            measures[f"recall.{name}"] = _recall(c), read.labels == c
    sample = _Sample(read, unread)
    return {name: sample.figure(measure, about, level) for name, (measure, about) in measures.items()}


@dataclass(frozen=True, slots=True)
class _Estimate:
    value: float
    variance: float
    trust: float


class _Sample:
    """Indicators of audits and what the model expects them to be, of audits and of unread texts."""

    def __init__(self, read: Read, unread: Floats) -> None:
        weights = 1.0 / read.inclusion
        self.weights = weights / weights.sum()
        _, self.blocks = np.unique(read.blocks, return_inverse=True)
        self.number = int(self.blocks.max()) + 1
        self.unread = len(unread)
        called = _one_hot(read.probabilities.argmax(axis=1))
        truth = _one_hot(read.labels)
        self.known = np.hstack([truth, truth * called])
        self.expected = np.hstack([read.probabilities, read.probabilities * called])
        self.called = called
        said = _one_hot(unread.argmax(axis=1)) if len(unread) else np.zeros((0, CLASSES))
        self.rest = np.hstack([unread, unread * said]) if len(unread) else np.zeros((0, 2 * CLASSES))
        self.said = said

    def figure(self, measure: Measure, about: NDArray[np.bool_], level: float) -> Figure:
        """`about`: which audits the figure is a share of."""
        number = len(np.unique(self.blocks[about]))
        alone = self._estimate(measure, "alone")
        best = alone
        if self.unread:
            best = min(
                (self._estimate(measure, way) for way in ("called", "all")), key=lambda one: one.variance
            )
        plain, _ = _interval(alone, number, level)
        estimate, worth = _interval(best, number, level)
        return Figure(estimate, plain, int(about.sum()), self.unread, best.trust, worth)

    def _estimate(self, measure: Measure, way: str) -> _Estimate:
        """From the audits `alone`; with P as it is `called` of every text; or with `all` means alike moved
        towards what is expected, which is better where the errors of A and P in the audits cancel out."""
        trust = 0.0
        means = self._means(trust, way)
        for _ in range(1 if way == "alone" else 3):  # the slopes are taken where the estimate is
            _, (a, b, c) = measure(*np.split(means, 3))
            variance, trust = self._variance(np.concatenate([a, b]), c, way)
            means = self._means(trust, way)
        value, _ = measure(*np.split(means, 3))
        return _Estimate(float(np.clip(value, 0.0, 1.0)), variance, trust)

    def _means(self, trust: float, way: str) -> Floats:
        inner, outer = self.weights @ self.known, self.weights @ self.called
        if way == "alone":
            return np.concatenate([inner, outer])
        shift = self.rest.mean(axis=0) - self.weights @ self.expected
        moved = self.said.mean(axis=0) - outer
        outer = outer + (trust if way == "all" else 1.0) * moved
        return np.concatenate([np.clip(inner + trust * shift, 0.0, 1.0), outer])

    def _variance(self, inner: Floats, outer: Floats, way: str) -> tuple[float, float]:
        """Of the linear part, and the lambda that makes it least."""
        called, said = self.called @ outer, self.said @ outer
        known = self._centred(self.known @ inner + (0.0 if way == "called" else called))
        if way == "alone":
            return float(known @ known), 0.0
        alike = 1.0 if way == "all" else 0.0
        expected = self._centred(self.expected @ inner + alike * called)
        rest = np.stack([self.rest @ inner + alike * said, (1 - alike) * said])
        spread = np.cov(rest) / self.unread if self.unread > 1 else np.zeros((2, 2))
        both = float(expected @ expected) + float(spread[0, 0])
        trust = float(np.clip((known @ expected - spread[0, 1]) / both, 0.0, 1.0)) if both > 0 else 0.0
        left = known - trust * expected
        around = trust**2 * spread[0, 0] + 2 * trust * spread[0, 1] + spread[1, 1]
        return float(left @ left + around), trust

    def _centred(self, values: Floats) -> Floats:
        """The blocks' shares of the error of a weighted mean."""
        off = self.weights * (values - self.weights @ values)
        sums = np.bincount(self.blocks, off, self.number)
        return np.asarray(sums * np.sqrt(self.number / max(self.number - 1, 1)))


def _interval(found: _Estimate, number: int, level: float) -> tuple[Interval, float]:
    worth = _worth(found.value, found.variance, number, level)
    return _exact(found.value, worth, level), worth


def _worth(value: float, variance: float, number: int, level: float) -> float:
    """How many plain readings have this variance, fewer for its being estimated from `number` blocks; those
    themselves, where all of them say the same."""
    if variance <= 1e-12 or not 0 < value < 1:
        return float(number)
    worth = value * (1 - value) / variance
    if number > 1:
        worth *= (norm.ppf((1 + level) / 2) / t.ppf((1 + level) / 2, number - 1)) ** 2
    return float(min(worth, MOST_GAIN * number))


def binomial(right: int, number: int, *, level: float = 0.95) -> Interval:
    """The share of `right` among `number` independent readings: Clopper and Pearson."""
    return _exact(right / number, float(number), level)


def _exact(value: float, number: float, level: float) -> Interval:
    hits, tail = value * number, (1 - level) / 2
    low = float(beta.ppf(tail, hits, number - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, number - hits)) if hits < number else 1.0
    return Interval(value, low, high)


def _one_hot(places: NDArray[np.integer]) -> Floats:
    return np.asarray(places[:, None] == np.arange(CLASSES), dtype=np.float64)


def _accuracy(truth: Floats, right: Floats, called: Floats) -> tuple[float, Slopes]:
    nothing = np.zeros(CLASSES)
    return float(right.sum()), (nothing, np.ones(CLASSES), nothing)


def _precision(c: int) -> Measure:
    def measure(truth: Floats, right: Floats, called: Floats) -> tuple[float, Slopes]:
        return _ratio(right[c], called[c], 1.0, c, of_truth=0.0, of_called=1.0)

    return measure


def _recall(c: int) -> Measure:
    def measure(truth: Floats, right: Floats, called: Floats) -> tuple[float, Slopes]:
        return _ratio(right[c], truth[c], 1.0, c, of_truth=1.0, of_called=0.0)

    return measure


def _macro(classes: list[int]) -> Measure:
    def measure(truth: Floats, right: Floats, called: Floats) -> tuple[float, Slopes]:
        value, slopes = 0.0, [np.zeros(CLASSES) for _ in range(3)]
        for c in classes:
            one, parts = _ratio(right[c], truth[c] + called[c], 2.0, c, of_truth=1.0, of_called=1.0)
            value += one / len(classes)
            for slope, part in zip(slopes, parts, strict=True):
                slope += part / len(classes)
        return value, (slopes[0], slopes[1], slopes[2])

    return measure


def _ratio(
    above: float, below: float, times: float, c: int, *, of_truth: float, of_called: float
) -> tuple[float, Slopes]:
    """`times` above / below, and its slopes; a class that nothing is, or is called, has the value 0."""
    slopes = np.zeros(CLASSES), np.zeros(CLASSES), np.zeros(CLASSES)
    if below <= 1e-12:
        return 0.0, slopes
    value = float(times * above / below)
    slopes[0][c] = -of_truth * value / below
    slopes[1][c] = times / below
    slopes[2][c] = -of_called * value / below
    return value, slopes


def table(found: Mapping[str, Figure]) -> dict[str, dict[str, float]]:
    """Figures as JSON has them."""
    return {
        name: {
            "value": one.estimate.value,
            "low": one.estimate.low,
            "high": one.estimate.high,
            "plain": one.plain.value,
            "plain_low": one.plain.low,
            "plain_high": one.plain.high,
            "labels": one.labels,
            "unread": one.unread,
            "worth": one.worth,
        }
        for name, one in found.items()
    }
