"""What is expected of every series: its level, how fast that is forgotten, how much it varies.

The mean of a series over some hours is its **rate** times the **activity** of those hours. Rates are shrunk
to their pool by empirical Bayes (a gamma, fitted by maximum marginal likelihood; Clayton and Kaldor,
Biometrics 43, 1987, 671-681), and the past is forgotten by half in `half_life` weeks.

The variance is the **dispersion** times the mean (quasi-likelihood; McCullagh and Nelder, Generalized Linear
Models, 2nd ed., chapter 9). It is estimated for each length of window, since clusters of news outlast an
hour, and shrunk to the pool too. How little is known of the rate adds to it. Voices that count by their
probability, two thirds say, vary less than whole ones: the dispersion of hours, which clusters hardly reach,
is then below 1. It is the **unit** in which totals are whole, as nearly as anything is.

Days that surged are down-weighted, so that they do not hide the next surge (Farrington et al., JRSS A 159,
1996, 547-563): what a day is above its mean counts the less the rarer it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitor.detection import tails
from monitor.detection.activity import DAY, Activity, Days, days
from monitor.detection.panels import LENGTHS, Panel, Present

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNBELIEVABLE = 1e-4
"""A day of the past that is rarer is taken for a surge."""
ROUNDS = 2
_SMALL_POOL = 5  # series; fewer are each for itself
_OWN = 20.0  # events by which a series' own dispersion weighs as much as its pool's
_LEAST = 0.1  # no dispersion is held to be less
_FAINT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What the past of S series says of their present."""

    activity: Activity
    rate: Floats  # (S,) voices for each unit of activity
    known: Floats  # (S,) how well: the shape of the rate's gamma, in independent events
    dispersion: Floats  # (S, len(LENGTHS)) variance over mean, by length of window

    def unit(self, rows: Ints) -> Floats:
        """What a voice counts for in these series, (R, 1), in (0, 1]: totals, means and deviations divided by
        it are those of whole voices."""
        return np.minimum(self.dispersion[rows, :1], 1.0)

    def expect(self, present: Present) -> tuple[Floats, Floats]:
        """Mean and variance of every window, (R, W) each."""
        rows = present.rows
        mean = np.maximum(self.rate[rows, None] * self.activity.of(present), _FAINT)
        dispersion = _between(self.dispersion[rows], present.lengths) * np.array(present.grain or 1.0)
        return mean, mean * dispersion + mean**2 / self.sure(present)

    def sure(self, present: Present) -> Floats:
        """How well the mean of every window is known, (R, W): the shape of its gamma. What the ratio of two
        versions of the model is not known by is added to what the level is not."""
        found = 1 / (1 / self.known[present.rows, None] + np.array(present.doubt or 0.0))
        return np.broadcast_to(found, present.negative.shape)


def check_half_life(weeks: float) -> None:
    """Raises ValueError for what is no time in which half is forgotten."""
    if not weeks > 0:
        raise ValueError(f"half_life_weeks: expected a number over 0, found {weeks}")


def fit(past: Panel, half_life: float) -> Baseline:
    """The baseline of every series; its level halves its memory in `half_life` weeks."""
    return fit_days(days(past), past.pools, half_life)


def fit_days(seen: Days, pools_of: tuple[str, ...], half_life: float) -> Baseline:
    """The same of a panel that is in days already."""
    count = seen.negative.shape[1]
    weight = 2.0 ** -((count - 1 - np.arange(count)) / (7 * half_life))
    pools = np.unique(np.array(pools_of), return_inverse=True)[1].astype(np.int64)
    spread = np.ones(len(pools_of))
    trusted = seen.negative
    for _ in range(ROUNDS):
        rate, _known = _rates(trusted, seen.activity, weight, spread, pools)
        mean = rate[:, None] * seen.activity
        trusted = _trusted(seen.negative, mean, spread)
        spread = _dispersion(*_off(trusted, mean), pools)
    dispersion = _dispersions(seen, trusted, mean, pools)
    rate, known = _rates(trusted, seen.activity, weight, dispersion[:, -1], pools)
    return Baseline(seen.now, rate, known, dispersion)


def _trusted(counted: Floats, mean: Floats, spread: Floats) -> Floats:
    """Counts whose surges are taken down: what is unbelievable counts by how nearly it is believed."""
    found = counted.copy()
    rows, places = np.nonzero(counted > mean + 2 * np.sqrt(mean * spread[:, None]))
    due = mean[rows, places]
    p = tails.upper(counted[rows, places], due, due * spread[rows])
    found[rows, places] = due + (counted[rows, places] - due) * np.minimum(p / UNBELIEVABLE, 1.0)
    return found


def _rates(
    counted: Floats, activity: Floats, weight: Floats, spread: Floats, pools: Ints
) -> tuple[Floats, Floats]:
    """Rates shrunk to their pools, and how well they are known: the shape of each one's gamma.

    One independent event is worth `spread` voices; a pool's own gamma has the shape and the mean that make
    its series' events likeliest. Where a pool is small its series have Jeffreys' prior.
    """
    worth = spread * float((weight**2).sum() / max(weight.sum(), _FAINT))
    events, trials = counted @ weight / worth, activity @ weight / worth
    rate, known = np.empty_like(events), np.empty_like(events)
    for pool in range(pools.max() + 1 if len(pools) else 0):
        some = pools == pool
        centre = (events[some].sum() + 0.5) / max(float(trials[some].sum()), _FAINT)
        if some.sum() < _SMALL_POOL:
            strength, beside = 0.5, 0.0
        else:
            strength = _strength(events[some], trials[some] * centre)
            beside = strength / centre
        known[some] = strength + events[some]
        rate[some] = known[some] / np.maximum(beside + trials[some], _FAINT)
    return rate, known


def _strength(events: Floats, expected: Floats) -> float:
    """The shape of the gamma that makes these events likeliest, its mean being what `expected` says."""
    shapes = np.logspace(-1.5, 2, 29)[:, None]
    likelihood = (
        special.gammaln(shapes + events)
        - special.gammaln(shapes)
        - shapes * np.log1p(expected / shapes)
        + events * np.log((expected + _FAINT) / (shapes + expected))
    ).sum(axis=1)
    return float(shapes[int(np.argmax(likelihood)), 0])


def _dispersions(seen: Days, trusted: Floats, mean: Floats, pools: Ints) -> Floats:
    """Of windows of each of LENGTHS; a longer window's is not less than a shorter one's."""
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = np.where(seen.negative > 0, trusted / seen.negative, 1.0)
        due = seen.shape.sum(axis=1)
        scale = np.where(due > 0, mean / due, 0.0)
    found = []
    for length in LENGTHS:
        if length < DAY:
            split = (len(seen.shape), DAY // length, length)
            counted = seen.hourly.reshape(len(trusted), *split) @ np.ones(length)
            shape = seen.shape.reshape(split).sum(axis=2)
            off = _off_within(counted, shape, kept, scale)
        else:
            off = _off(_sums(trusted, length // DAY), _sums(mean, length // DAY))
        found.append(_dispersion(*off, pools))
    return np.maximum.accumulate(np.stack(found, axis=1), axis=1)


def _off(counted: Floats, mean: Floats) -> tuple[Floats, Floats, int]:
    """Squares by which each series' counts were off, their mean in all, and their number."""
    return ((counted - mean) ** 2).sum(axis=1), mean.sum(axis=1), counted.shape[1]


def _off_within(counted: Floats, shape: Floats, kept: Floats, scale: Floats) -> tuple[Floats, Floats, int]:
    """The same of the parts of days, (S, D, parts), whose means are `scale` times `shape`: multiplied out,
    so that no table of all hours is made."""
    squares = np.einsum("sdh,sdh->sd", counted, counted) * kept**2
    both = np.einsum("sdh,dh->sd", counted, shape) * kept * scale
    means = scale**2 * (shape**2).sum(axis=1)
    off = (squares - 2 * both + means).sum(axis=1)
    return off, scale @ shape.sum(axis=1), shape.size


def _dispersion(off: Floats, due: Floats, count: int, pools: Ints) -> Floats:
    """Variance over mean of each series, shrunk to its pool's."""
    events = 1 / (1 / (due + _FAINT) + 2 / max(count, 1))
    pooled = (np.bincount(pools, off) + 1) / (np.bincount(pools, due) + 1)
    own = off / (due + _FAINT)
    return np.maximum((events * own + _OWN * pooled[pools]) / (events + _OWN), _LEAST)


def _sums(values: Floats, size: int) -> Floats:
    """Sums of so many neighbours, the last of them ending at the end."""
    count = values.shape[1] // size
    used = values[:, values.shape[1] - count * size :]
    return np.asarray(used.reshape(len(values), count, size) @ np.ones(size), dtype=np.float64)


def _between(dispersion: Floats, lengths: tuple[int, ...]) -> Floats:
    """The dispersion of windows of these lengths, (R, W)."""
    if lengths == LENGTHS:
        return dispersion
    at = np.interp(np.log(lengths), np.log(LENGTHS), np.arange(len(LENGTHS)))
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(LENGTHS) - 1)
    return np.asarray(dispersion[:, low] * (1 - (at - low)) + dispersion[:, high] * (at - low))
