"""Two models on the same texts: who is right where they differ, and what that proves.

Enters: for each text whether either model is right. Leaves: counts, exact p-values and bounds of the
difference of the two shares that are right (challenger minus champion, in [-1, 1]).

A text is a win (the challenger alone is right), a loss (the champion alone), or neither; wins and losses of
n texts are two cells of a multinomial. The test of `difference <= margin` is unconditional and exact: texts
are ordered by the score statistic of Tango (1998, Statistics in Medicine 17:891-908,
https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8%3C891::AID-SIM780%3E3.0.CO;2-B), and the p-value is the
largest tail over the share of losses, as Hsueh, Liu and Chen (2001, Biometrics 57:478-483) do for
non-inferiority. That share is sought in an interval that holds it but for CONFINED, which is added (Berger
and Boos 1994, JASA 89:1012-1016). With margin 0 it is the unconditional form of McNemar's test (Suissa and
Shuster 1991, Biometrics 47:361-372), which asks for fewer texts than the conditional one.

Texts of one block (one story, one group of near-duplicates) are no independent texts: one of each counts.
Guards use the conditional sign test on blocks, and Holm's correction (1979, Scandinavian Journal of
Statistics 6:65-70); calibration is compared by swapping the two models at random within blocks (a paired
permutation test: Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses, ch. 3).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

CONFINED = 1e-5
"""What the search for the nuisance share may miss it by; part of every p-value."""
_GRID = 33
"""Shares of losses that a p-value is the largest over."""
_TOLERANCE = 1e-4
"""Width to which a bound is sought, outwards."""

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


class Decision(StrEnum):
    """What a comparison of a challenger with the champion comes to."""

    SUPERIOR = "superior"  # better
    NOT_INFERIOR = "not_inferior"  # loses less than it may
    WORSE = "worse"
    UNDECIDED = "undecided"  # the labels do not say


@dataclass(frozen=True, slots=True)
class Paired:
    """`n` texts (one of each block), on `wins` of which the challenger alone is right and on `losses` the
    champion alone. Raises ValueError for counts that cannot be."""

    n: int
    wins: int
    losses: int

    def __post_init__(self) -> None:
        if min(self.n, self.wins, self.losses) < 0 or self.wins + self.losses > self.n:
            raise ValueError(f"{self.wins} wins and {self.losses} losses of {self.n} texts")

    @property
    def difference(self) -> float:
        """The challenger's share right minus the champion's; 0 for no texts."""
        return (self.wins - self.losses) / self.n if self.n else 0.0


def paired(
    champion: Sequence[bool], challenger: Sequence[bool], blocks: Sequence[Hashable] | None = None
) -> Paired:
    """The counts, of one text of each block: the first (None: every text is a block)."""
    if len(champion) != len(challenger) or (blocks is not None and len(blocks) != len(champion)):
        raise ValueError("one answer of each model, and one block, per text")
    rows = range(len(champion)) if blocks is None else firsts(blocks)
    wins = sum(challenger[i] and not champion[i] for i in rows)
    losses = sum(champion[i] and not challenger[i] for i in rows)
    return Paired(len(rows), int(wins), int(losses))


def kept(error: float) -> float:
    """What is left of a difference of two models where a share `error` (in [0, 1)) of the labels is wrong,
    either of two other classes alike: each wrong label hides a difference, and turns half of another. A
    loss that may be `max_drop` in truth shows as `max_drop * kept(error)`."""
    return max(0.0, 1 - 1.5 * error)


def firsts(blocks: Sequence[Hashable]) -> list[int]:
    """The first row of each block, in order."""
    found: dict[Hashable, int] = {}
    for i, block in enumerate(blocks):
        found.setdefault(block, i)
    return list(found.values())


# --- the difference over all ----------------------------------------------------------------


def p_value(counts: Paired, margin: float = 0.0) -> float:
    """How likely wins so far ahead of losses are where the true difference is `margin` or less: in
    (0, 1], exact but for the grid. `margin` in (-1, 1). 1 for no texts."""
    if not -1 < margin < 1:
        raise ValueError(f"margin {margin} is not in (-1, 1)")
    return _p_value(counts.n, counts.wins, counts.losses, margin) if counts.n else 1.0


def bounds(counts: Paired, level: float) -> tuple[float, float]:
    """A lower and an upper bound of the difference, each wrong with probability at most `level`."""
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not in (0, 1)")
    turned = Paired(counts.n, counts.losses, counts.wins)
    return _lower(counts, level), -_lower(turned, level)


def _lower(counts: Paired, level: float) -> float:
    if counts.n == 0:
        return -1.0
    low, high = -1.0, max(counts.difference, -1 + 1e-9)
    if high > -1 + 1e-6 and p_value(counts, min(high, 1 - 1e-9)) <= level:
        return high
    while high - low > _TOLERANCE:
        middle = (low + high) / 2
        low, high = (middle, high) if p_value(counts, middle) <= level else (low, middle)
    return low


@lru_cache(maxsize=65536)
def _p_value(n: int, wins: int, losses: int, margin: float) -> float:
    observed = float(_score(np.array(wins), np.array(losses), n, margin))
    most = (1 - margin) / 2  # losses l and wins l + margin are shares of one whole
    least = max(0.0, -margin)
    half = CONFINED / 2
    low = stats.beta.ppf(half, losses, n - losses + 1) if losses else 0.0
    high = stats.beta.isf(half, losses + 1, n - losses) if losses < n else 1.0
    low, high = np.clip([low, high], least, most)
    shares = np.linspace(low, high, _GRID)[:, None]
    likely = stats.binom.isf(1e-12, n, float(high)), stats.binom.ppf(1e-12, n, float(low))
    each = np.arange(max(0, int(likely[1])), min(n, int(likely[0]) + 1) + 1)
    needed = np.maximum.accumulate(_needed(each, n, margin, observed))
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(shares < 1, np.clip((shares + margin) / (1 - shares), 0, 1), 0.0)
    tail = stats.binom.pmf(each, n, shares) * stats.binom.sf(needed - 1, n - each, rest)
    return float(min(1.0, tail.sum(axis=1).max() + CONFINED))


def _score(wins: Counts, losses: Counts, n: int, margin: float) -> Floats:
    """Tango's score statistic of the difference `margin`; rises with wins and falls with losses."""
    a = 2.0 * n
    b = -wins - losses + (2.0 * n - wins + losses) * margin
    c = -losses * margin * (1 - margin)
    share = (np.sqrt(np.maximum(b * b - 4 * a * c, 0)) - b) / (2 * a)
    spread = np.sqrt(np.maximum(n * (2 * share + margin * (1 - margin)), 1e-300))
    return np.where(wins - losses - n * margin == 0, 0.0, (wins - losses - n * margin) / spread)


def _needed(losses: Counts, n: int, margin: float, score: float) -> Counts:
    """The fewest wins beside each number of losses that score as much; more than can be where none do."""
    low = np.zeros(len(losses), np.int64)
    high = n - losses + 1
    while (low < high).any():
        middle = (low + high) // 2
        enough = _score(middle, losses, n, margin) >= score - 1e-9
        going = low < high
        high = np.where(going & enough, middle, high)
        low = np.where(going & ~enough, middle + 1, low)
    return low


# --- guards --------------------------------------------------------------------------------


def sign_test(more: int, fewer: int, chance: float = 0.5) -> float:
    """One-sided exact p-value that `more` of them are this many where each is with probability `chance`:
    where both are equally likely it is McNemar's (1947, conditional). 1 for none."""
    return float(stats.binom.sf(more - 1, more + fewer, chance)) if more + fewer else 1.0


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided exact p-value of McNemar's test: of the texts that exactly one of two models
    gets right, the first gets `only_first` and the second `only_second`."""
    if not only_first + only_second:
        return 1.0
    return min(1.0, 2 * sign_test(max(only_first, only_second), min(only_first, only_second)))


def by_block(differences: Floats, blocks: Sequence[Hashable]) -> tuple[int, int]:
    """Blocks in which the sum of `differences` is over 0, and under 0: what a sign test of blocks counts."""
    sums: dict[Hashable, float] = {}
    for block, one in zip(blocks, differences.tolist(), strict=True):
        sums[block] = sums.get(block, 0.0) + one
    values = np.array(list(sums.values()))
    return int((values > 1e-12).sum()), int((values < -1e-12).sum())


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which hypotheses Holm's step-down rejects: one false rejection or more in at most `level`."""
    order = np.argsort(p_values, kind="stable")
    rejected = [False] * len(p_values)
    for step, place in enumerate(order):
        if p_values[place] > level / (len(p_values) - step):
            break
        rejected[place] = True
    return rejected


def swapped(
    first: NDArray[Any],
    second: NDArray[Any],
    blocks: Sequence[Hashable],
    statistic: Callable[[NDArray[Any]], float],
    rng: np.random.Generator,
    draws: int = 999,
) -> float:
    """p-value that `statistic(second) - statistic(first)` is this large where the two models could be
    exchanged within any block of texts: rows of texts, whatever the statistic reads in them. Exact at
    any number of draws (Phipson and Smyth 2010)."""
    if not len(first):
        return 1.0
    numbers = {block: i for i, block in enumerate(dict.fromkeys(blocks))}
    of_row = np.array([numbers[block] for block in blocks])
    observed = statistic(second) - statistic(first)
    above = 0
    for _ in range(draws):
        turn = (rng.random(len(numbers)) < 0.5)[of_row]
        turn = turn.reshape(-1, *[1] * (first.ndim - 1))
        one, other = np.where(turn, second, first), np.where(turn, first, second)
        above += statistic(other) - statistic(one) >= observed - 1e-12
    return (1 + above) / (1 + draws)
