"""How far analysts agree about the same texts, beyond what chance explains.

Krippendorff's alpha is 1 - D_o / D_e: the disagreement observed within units over that expected if values
were dealt to units at random. It takes any number of readers, each unit read by some of them, and any
difference between values: nominal (two sentiments differ or not) or ordinal (negative and positive differ by
more than either and neutral). Computed from the matrix of coincidences: Krippendorff, Computing
Krippendorff's Alpha-Reliability (2011), https://repository.upenn.edu/asc_papers/43, and Content Analysis
(2004), 11.3. Its interval is the percentile bootstrap over units (Efron and Tibshirani 1993, 13.3): a text is
drawn with all its readings, because readings of one text belong together. Units with the same counts are the
same to alpha, so that a draw is one of the multinomial over the few patterns there are, not of every unit.

Cohen's kappa is of two readers, over what both read: Cohen, A Coefficient of Agreement for Nominal Scales
(Educational and Psychological Measurement 20, 1960). Pure; the same seed gives the same interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation.votes import MISSING, Table, Votes, counts

Level = Literal["nominal", "ordinal"]
"""How values differ: all alike, or by how many readings lie between them in the order of their numbers."""

Floats = NDArray[np.float64]

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far readers agree. `alpha` is None where nothing can be said: no unit has two readings, or all
    have the same value, so that agreement cannot be told from chance; its interval likewise."""

    units: int  # with two readings or more
    readings: int  # of these units
    percent: float | None  # of the pairs of readings of one unit, the share that agree; mean over units
    alpha: float | None  # 1: perfect, 0: as by chance, below 0: worse
    low: float | None  # of the bootstrap interval
    high: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """How far two readers agree about what both read."""

    first: str
    second: str
    units: int
    percent: float
    kappa: float | None  # None where both always gave one and the same value


def measure(
    table: Table,
    classes: int,
    rng: np.random.Generator,
    *,
    level: Level = "nominal",
    confidence: float = 0.95,
    draws: int = DRAWS,
) -> Agreement:
    """Percent agreement and Krippendorff's alpha with its bootstrap interval. `classes` is how many values
    there are; their numbers are their order."""
    each = counts(table, classes)
    each = each[each.sum(axis=1) > 1]
    if not len(each):
        return Agreement(0, 0, None, None, None, None)
    patterns, places = np.unique(each, axis=0, return_inverse=True)
    often = np.bincount(places.ravel(), minlength=len(patterns))
    pairs = _pairs(patterns)
    read = patterns.sum(axis=1)
    agreeing = np.trace(pairs, axis1=1, axis2=2) / (read * (read - 1))
    value = _alpha(_coincidences(pairs, read, often[None, :].astype(float)), level)[0]
    low = high = None
    if not np.isnan(value):
        drawn = rng.multinomial(len(each), often / len(each), size=draws).astype(float)
        spread = _alpha(_coincidences(pairs, read, drawn), level)
        if np.isfinite(spread).mean() > 0.5:  # a draw in which all values are the same says nothing
            low, high = (
                float(x) for x in np.nanquantile(spread, [(1 - confidence) / 2, (1 + confidence) / 2])
            )
    return Agreement(
        units=len(each),
        readings=int(each.sum()),
        percent=float(agreeing @ often / len(each)),
        alpha=None if np.isnan(value) else float(value),
        low=low,
        high=high,
    )


def alpha(table: Table, classes: int, *, level: Level = "nominal") -> float | None:
    """Krippendorff's alpha alone; None where it is not defined (see `Agreement`)."""
    each = counts(table, classes)
    each = each[each.sum(axis=1) > 1]
    if not len(each):
        return None
    together = _coincidences(_pairs(each), each.sum(axis=1), np.ones((1, len(each))))
    value = _alpha(together, level)[0]
    return None if np.isnan(value) else float(value)


def pairs(readings: Votes) -> list[Pair]:
    """Every two readers who read a unit in common, in the order of the readers."""
    found = []
    for one, other in combinations(range(len(readings.readers)), 2):
        both = (readings.table[:, one] != MISSING) & (readings.table[:, other] != MISSING)
        if not both.any():
            continue
        first, second = readings.table[both, one], readings.table[both, other]
        found.append(
            Pair(
                readings.readers[one],
                readings.readers[other],
                int(both.sum()),
                float((first == second).mean()),
                kappa(first, second, len(readings.values)),
            )
        )
    return found


def kappa(first: NDArray[np.intp], second: NDArray[np.intp], classes: int) -> float | None:
    """Cohen's kappa of two readers of the same units: 1 is perfect, 0 as by chance. None for no units, and
    where both gave one and the same value throughout."""
    if first.shape != second.shape:
        raise ValueError(f"{len(first)} readings and {len(second)}: expected two of every unit")
    if not len(first):
        return None
    by_chance = float(
        np.bincount(first, minlength=classes) @ np.bincount(second, minlength=classes) / len(first) ** 2
    )
    if by_chance == 1.0:
        return None
    return float(((first == second).mean() - by_chance) / (1.0 - by_chance))


def _pairs(each: NDArray[np.int64]) -> Floats:
    """Of every unit, how many ordered pairs of two of its readings have the values c and k: (units, C, C)."""
    found = each[:, :, None] * each[:, None, :]
    diagonal = np.arange(each.shape[1])
    found[:, diagonal, diagonal] -= each
    return found.astype(float)


def _coincidences(pairs: Floats, read: NDArray[np.int64], weights: Floats) -> Floats:
    """The coincidence matrices of draws of units: `weights` says how often each draw has each unit.
    A unit counts as many times as it was read, hence m - 1 (2011, step 2)."""
    each = (pairs / (read - 1)[:, None, None]).reshape(len(pairs), -1)
    together: Floats = (weights @ each).reshape(len(weights), *pairs.shape[1:])
    return together


def _alpha(together: Floats, level: Level) -> Floats:
    """Alpha of each coincidence matrix; NaN where the values do not vary."""
    totals = together.sum(axis=2)
    n = totals.sum(axis=1)
    squared = _squared_differences(totals, level)
    observed = (together * squared).sum(axis=(1, 2))
    dealt = (totals[:, :, None] * totals[:, None, :] * squared).sum(axis=(1, 2))
    varies = dealt > 0
    values: Floats = 1.0 - np.divide((n - 1) * observed, dealt, out=np.full(len(n), np.nan), where=varies)
    return values


def _squared_differences(totals: Floats, level: Level) -> Floats:
    """The squared difference of values c and k, for each draw (2011, step 3 D)."""
    draws, classes = totals.shape
    if level == "nominal":
        return np.broadcast_to(1.0 - np.eye(classes), (draws, classes, classes))
    # Readings from c to k, those at both ends by half.
    middle = np.cumsum(totals, axis=1) - totals / 2
    difference: Floats = (middle[:, :, None] - middle[:, None, :]) ** 2
    return difference
