"""Bounds of an error rate from a sample: for one look, and for however many.

A sample is a sequence of readings: whether the judgement was wrong (0 or 1) and, where texts were not
drawn with equal probability, a weight. Three tools, one per question:

    exact binomial      equal inclusion, one look: Clopper and Pearson 1934, one-sided
    betting             any weights, one look: invert the wealth of a gambler who bets against a rate
    wealth over time    any weights, any number of looks: the same wealth, read after every label

The gambler is that of Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting
(JRSS B 86, 2024, https://arxiv.org/abs/2010.09686): where the rate is what the hypothesis says, or worse,
the wealth of a fixed stake is a supermartingale that begins at 1, so the chance that it ever reaches
1/delta is at most delta (Ville 1939), however often one looks. Stakes are mixed over a small fixed grid
(their section 4.4, and Cover's universal portfolio): the mixture needs no tuning by what was seen, does not
depend on the order of the readings, and costs ln(1 / share of the best stake).

Weights are inverse inclusion probabilities, scaled to at most 1 (Horvitz and Thompson 1952): for a text
drawn with probability p, weight c/p, c the least probability in the sample. What is bounded is the
weighted rate, E[weight x wrong] / E[weight], which is the rate among all texts and not among those drawn.

Texts of one story are not independent, so a story counts once. For one look its reading is wrong where any
of its texts is, which can only raise the bound. Over time it is the story's first reading, whatever comes
later: a gambler may not take a stake back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv

from monitor.errors import UserError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STAKES = (1.0, 0.75, 0.5, 0.25)
"""Shares of the largest stake that cannot go into debt. For a rate r against a limit a the best is
1 - r/a, so these are best where the rate is 0, a quarter, a half and three quarters of the limit."""
SHARES = (0.4, 0.3, 0.2, 0.1)
"""Of the first coin, by stake: most for a rate of nought, as `fewest` labels are asked for it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Readings as arrays of one length: the score of each judgement (higher is surer; NaN or -inf is never
    accepted), whether it was wrong, its weight in (0, 1], and a number that texts of one story share.

    Raises ValueError for arrays of other lengths or weights outside (0, 1].
    """

    score: Floats
    wrong: Bools
    weight: Floats
    block: NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = {len(self.score), len(self.wrong), len(self.weight), len(self.block)}
        if len(lengths) > 1:
            raise ValueError(f"a sample has one of each per reading, not {sorted(lengths)}")
        if not ((self.weight > 0) & (self.weight <= 1)).all():
            raise ValueError("weights lie in (0, 1]")

    @classmethod
    def of(
        cls,
        score: Floats,
        wrong: Bools,
        *,
        weight: Floats | None = None,
        block: NDArray[np.int64] | None = None,
    ) -> Sample:
        """A sample; without weights all are 1, without blocks every reading stands for itself."""
        n = len(score)
        return cls(
            np.asarray(score, float),
            np.asarray(wrong, bool),
            np.ones(n) if weight is None else np.asarray(weight, float),
            np.arange(n) if block is None else np.asarray(block, np.int64),
        )

    def __len__(self) -> int:
        return len(self.score)

    @property
    def equal(self) -> bool:
        """Whether all were drawn with one probability, so that the exact binomial holds."""
        return len(self) == 0 or bool((self.weight == self.weight[0]).all())

    def where(self, chosen: Bools) -> Sample:
        """The readings at which `chosen` is true."""
        return Sample(self.score[chosen], self.wrong[chosen], self.weight[chosen], self.block[chosen])

    def accepted(self, threshold: float, *, first: bool = False) -> Sample:
        """What is accepted at a threshold, a story once: by its `first` reading, or wrong where any is."""
        kept = self.where(self.score >= threshold)
        names, heads, place = np.unique(kept.block, return_index=True, return_inverse=True)
        if len(names) == len(kept):
            return kept
        wrong = kept.wrong[heads]
        if not first:
            np.logical_or.at(wrong, place, kept.wrong)
        order = np.sort(heads)
        by_first = np.argsort(heads)
        return Sample(kept.score[order], wrong[by_first], kept.weight[order], kept.block[order])


def weights(inclusion: Floats) -> Floats:
    """Weights of texts drawn with these probabilities. Raises ValueError for one that is not in (0, 1]."""
    inclusion = np.asarray(inclusion, float)
    if not ((inclusion > 0) & (inclusion <= 1)).all():
        raise ValueError("inclusion probabilities lie in (0, 1]")
    return np.asarray(inclusion.min() / inclusion) if len(inclusion) else inclusion


def checked(alpha: float, delta: float) -> None:
    """Raises UserError where a limit or a risk is not a number between 0 and 1, both left out."""
    for name, value in (("alpha", alpha), ("delta", delta)):
        if not 0 < value < 1:
            raise UserError(f"{name} is {value:g}: it must lie between 0 and 1, as in 0.05")


# --- one look -----------------------------------------------------------------------------


def fewest(alpha: float, delta: float) -> int:
    """The fewest labels, all right, that show an error of at most `alpha` at risk `delta`: the least n with
    (1 - alpha)^n <= delta. 59 for 5% and 5%."""
    n = max(1, math.ceil(math.log(delta) / math.log1p(-alpha)))
    return n + 1 if (1 - alpha) ** n > delta else n


def p_value(errors: NDArray[np.int64] | int, n: NDArray[np.int64] | int, alpha: float) -> Floats:
    """Exact p-value of "the error is above `alpha`": the chance of so few errors, or fewer, at `alpha`."""
    return np.asarray(bdtr(errors, n, alpha), float)


def upper(errors: int, n: int, delta: float) -> float:
    """Clopper and Pearson's one-sided limit: the error is at most this with probability 1 - `delta`."""
    return 1.0 if errors >= n else float(betaincinv(errors + 1, n - errors, 1 - delta))


def interval(errors: int, n: int, delta: float) -> tuple[float, float]:
    """Clopper and Pearson's two-sided interval of level 1 - `delta`; (0, 1) of nothing."""
    low = 0.0 if errors == 0 else float(betaincinv(errors, n - errors + 1, delta / 2))
    return low, upper(errors, n, delta / 2)


def upper_weighted(sample: Sample, delta: float, *, ever: bool = False) -> float:
    """The same limit by betting, for any weights: the largest rate that the wealth does not refute; with
    `ever`, that it has at no time refuted."""
    if not len(sample):
        return 1.0

    def short(rate: float) -> float:
        wealth = below(sample.wrong, sample.weight, rate)
        return float(wealth.max() if ever else wealth[-1]) + math.log(delta)

    low, high = 1e-12, 1 - 1e-9
    if short(high) < 0:
        return 1.0
    while high - low > 1e-7:  # the wealth only rises with the rate, and may be minus infinity
        middle = (low + high) / 2
        low, high = (middle, high) if short(middle) < 0 else (low, middle)
    return high


def upper_of(sample: Sample, delta: float) -> float:
    """The one-sided limit of a sample: exact where all were drawn alike, else by betting."""
    if sample.equal:
        return upper(int(sample.wrong.sum()), len(sample), delta)
    return upper_weighted(sample, delta)


def refuted(sample: Sample, alpha: float) -> float:
    """The p-value of one look at "the error is above `alpha`", by the same choice as `upper_of`."""
    if not len(sample):
        return 1.0
    if sample.equal:
        return float(p_value(int(sample.wrong.sum()), len(sample), alpha))
    return math.exp(-max(0.0, float(below(sample.wrong, sample.weight, alpha)[-1])))


# --- however many looks -------------------------------------------------------------------


def below(wrong: NDArray[np.generic], weight: Floats, alpha: float) -> Floats:
    """Log wealth, after each reading, of who bets that the error is below `alpha` (last axis: readings).

    While the error is `alpha` or more it reaches ln(1/delta) with a chance of at most `delta`, ever.
    """
    gain = np.asarray(weight, float) * (alpha - np.asarray(wrong, float))
    return mixed(products(gain, np.array(STAKES) / (1 - alpha)), np.array(SHARES))


def lacking(sample: Sample, alpha: float, level: float, *, once: bool) -> int:
    """How many more accepted labels would show an error of at most `alpha` at risk `level`, were all of them
    right: the fewest it can take. `once` asks for one look, else the wealth over time is meant."""
    if once and sample.equal:
        errors, n = int(sample.wrong.sum()), len(sample)
        if not errors:
            return max(0, fewest(alpha, level) - n)
        return _least(lambda more: float(p_value(errors, n + more, alpha)) <= level)
    stakes = np.array(STAKES) / (1 - alpha)
    gain = sample.weight * (alpha - sample.wrong)
    held = products(gain, stakes)[:, -1] if len(sample) else np.zeros(len(stakes))
    each = np.log1p(stakes * alpha * (float(sample.weight.mean()) if len(sample) else 1.0))
    goal = -math.log(level)
    return _least(
        lambda more: float(mixed(held[:, None] + more * each[:, None], np.array(SHARES))[0]) >= goal
    )


def products(gain: Floats, stakes: Floats) -> Floats:
    """Logs of the products of 1 + stake x gain after each gain (last axis), by stake (last axis but one)."""
    each = gain[..., None, :] * stakes[:, None]
    with np.errstate(divide="ignore"):  # everything was staked, and lost
        return np.asarray(np.cumsum(np.log1p(np.maximum(each, -1.0)), axis=-1), float)


def mixed(logs: Floats, shares: Floats) -> Floats:
    """The log of the sum of wealths, by stake, of which each began with its share."""
    most = logs.max(axis=-2)
    steady = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        total = np.log((np.exp(logs - steady[..., None, :]) * shares[:, None]).sum(axis=-2))
    return np.asarray(total + steady, float)


def _least(enough: Callable[[int], bool]) -> int:
    """The least whole number, from 0, for which `enough` holds, as it does for all above it."""
    high = 1
    while not enough(high):
        high *= 2
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
