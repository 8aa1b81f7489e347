"""What is expected of every series: its level, how fast that is forgotten, how much it varies.

The mean of a series over some hours is its **rate** times the **activity** of those hours. Activity is how
much news there was of everything else: the volume of all news less the series' own, held against what the
week's shape (`seasons`) and the volume of late make due, and shrunk to that where volumes are small, by as
much as the series of the panel in fact follow the volume. The series of all news has nothing else to be held
against: its activity is the week's shape alone.

Rates are shrunk to their pool by empirical Bayes (a gamma, fitted by maximum marginal likelihood; Clayton
and Kaldor, Biometrics 43, 1987, 671-681), and the past is forgotten by half in `half_life` weeks. The
variance is `dispersion` times the mean (quasi-likelihood; McCullagh and Nelder, Generalized Linear Models,
2nd ed., section 9), estimated for each length of window, since clusters of news outlast an hour, and shrunk
to the pool as well; how little is known of the rate adds to it. Days that surged are down-weighted, so that
they do not hide the next surge (Farrington et al., JRSS A 159, 1996, 547-563).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitor.detection import tails
from monitor.detection.panels import LENGTHS, Panel, Present
from monitor.detection.seasons import Calendar

Floats = NDArray[np.float64]

DAY = 24
UNBELIEVABLE = 1e-4
"""A day of the past this rare is taken for a surge and down-weighted to its expectation."""
_SMOOTHED = 14.0  # days by which the volume of late is smoothed
_FAITH = 0.5  # standard deviation of the belief that series follow the volume in full
_SERIES_TO_SHRINK = 5  # a pool of fewer series is not a pool
_OWN = 20.0  # events by which a series' own dispersion weighs as much as its pool's
_FAINT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What `fit` found of S series, and what is expected of their present."""

    calendar: Calendar
    rate: Floats  # (S,) voices for each unit of activity
    known: Floats  # (S,) how well: the shape of the rate's gamma, in events
    dispersion: Floats  # (S, len(LENGTHS)) variance over mean
    followed: NDArray[np.bool_]  # (S,) whether the volume of the rest is its offset
    rest: Floats  # (S,) the part of the volume that is not its own
    flow: float  # voices of all news in an average hour, of late
    inertia: float  # voices by which a window's volume is shrunk to what is due

    def expect(self, present: Present) -> tuple[Floats, Floats]:
        """Mean and variance of every window, (R, W) each."""
        rows = present.rows
        due = self.calendar.between(present.end, present.lengths)
        followed = self.followed[rows, None]
        volume = np.maximum(present.volume - present.voices, 0.0)
        activity = _activity(self.flow * due, volume, self.rest[rows, None], self.inertia)
        mean = self.rate[rows, None] * np.where(followed, activity, due)
        mean = np.maximum(mean, _FAINT)
        dispersion = _between(self.dispersion[rows], present.lengths)
        return mean, mean * dispersion + mean**2 / self.known[rows, None]


def fit(past: Panel, half_life: float = 26.0) -> Baseline:
    """The baseline of every series of `past`; its level halves its memory in `half_life` weeks."""
    calendar = Calendar.of(past.volume, past.read, past.start, past.zone, past.holidays)
    hours = len(past.volume)
    days = hours // DAY
    first = hours - days * DAY
    read = past.read[first:].astype(float)
    shape = calendar.hourly(hours)[first:] * read
    seen = bool(read.all())
    negative = past.negative[:, first:] if seen else past.negative[:, first:] * read
    voices = past.voices[:, first:] if seen else past.voices[:, first:] * read
    daily, own = _blocks(negative, DAY), _blocks(voices, DAY)
    volume, due = _blocks(past.volume[first:] * read, DAY), _blocks(shape, DAY)
    followed = np.array([pool != "all" for pool in past.pools], dtype=bool)

    flow = _flow(volume, due)
    rest = 1 - own.sum(axis=1) / max(volume.sum(), 1.0)
    others = np.maximum(volume - own, 0.0)
    inertia = _inertia(daily[followed], others[followed], rest[followed], flow[:-1] * due)
    activity = np.where(
        followed[:, None], _activity(flow[:-1] * due, others, rest[:, None], inertia), due[None, :]
    )

    weight = 2.0 ** -((days - 1 - np.arange(days)) / (7 * half_life))
    pools = np.unique(np.array(past.pools), return_inverse=True)[1]
    spread = np.ones(len(past.names))
    trusted = daily
    for _ in range(2):
        rate, known = _rates(trusted @ weight, activity @ weight, spread, pools, weight)
        mean = rate[:, None] * activity
        p = tails.upper(daily, mean, mean * spread[:, None])
        trusted = np.where(p < UNBELIEVABLE, mean + (daily - mean) * p / UNBELIEVABLE, daily)
        spread = _dispersion(trusted, mean, pools)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(due > 0, activity * rate[:, None] / due, 0.0)
        kept = np.where(daily > 0, trusted / daily, 1.0)
    columns = []
    for length in LENGTHS:
        if length < DAY:
            counted, hourly = _blocks(negative, length), _blocks(shape, length)
            per = DAY // length
            expected = np.repeat(scale, per, axis=1) * hourly
            columns.append(_dispersion(counted * np.repeat(kept, per, axis=1), expected, pools))
        else:
            some = length // DAY
            columns.append(_dispersion(_blocks(trusted, some), _blocks(mean, some), pools))
    dispersion = np.maximum.accumulate(np.stack(columns, axis=1), axis=1)
    rate, known = _rates(trusted @ weight, activity @ weight, dispersion[:, -1], pools, weight)
    return Baseline(calendar, rate, known, dispersion, followed, rest, float(flow[-1]), inertia)


def _blocks(values: Floats, size: int) -> Floats:
    """Sums of so many neighbours, the last block ending at the end."""
    count = values.shape[-1] // size
    used = values[..., values.shape[-1] - count * size :]
    return np.asarray(used.reshape(*values.shape[:-1], count, size).sum(axis=-1), dtype=np.float64)


def _flow(volume: Floats, due: Floats) -> Floats:
    """Voices of all news in an average hour around each day, and at last of late; (D + 1,)."""
    days = np.arange(len(volume))
    near = np.exp(-np.abs(np.arange(len(volume) + 1)[:, None] - days) / _SMOOTHED)
    return np.asarray((near @ volume + _FAINT) / (near @ due + _FAINT), dtype=np.float64)


def _activity(due: Floats, others: Floats, rest: Floats, inertia: float) -> Floats:
    """Voices of all news that a window's rest of the news speaks for."""
    if np.isinf(inertia):
        return np.asarray(due * np.ones_like(others))
    return np.asarray(due * (inertia + others) / (inertia + due * rest + _FAINT))


def _inertia(daily: Floats, others: Floats, rest: Floats, due: Floats) -> float:
    """By how many voices a volume is shrunk to what is due: series follow it by due / (inertia + due)."""
    if not daily.size or not daily.sum():
        return 0.0
    expected = due * rest[:, None] + _FAINT
    mean = daily.sum(axis=1, keepdims=True) * due / max(due.sum(), _FAINT)
    swing = others / expected - 1
    told = float((mean * swing**2).sum())
    residual = float(((daily - mean) ** 2).sum() / max(mean.sum(), _FAINT))
    slope = float(((daily - mean) * swing).sum()) / max(told, _FAINT)
    sure = told / max(residual, 1.0)
    slope = (slope * sure + 1 / _FAITH**2) / (sure + 1 / _FAITH**2)
    slope = min(max(slope, 0.01), 1.0)
    return float(due.mean() * (1 / slope - 1))


def _rates(
    counted: Floats, exposed: Floats, spread: Floats, pools: NDArray[np.int64], weight: Floats
) -> tuple[Floats, Floats]:
    """Rates shrunk to their pools, and how well they are known: the shape of each one's gamma."""
    worth = spread * float((weight**2).sum() / weight.sum())  # what one event of evidence counts for
    events, trials = counted / worth, exposed / worth
    rate, known = np.empty_like(events), np.empty_like(events)
    for pool in range(pools.max() + 1 if len(pools) else 0):
        some = pools == pool
        own, tried = events[some], trials[some]
        centre = (own.sum() + 0.5) / max(tried.sum(), _FAINT)
        strength = _strength(own, tried * centre) if some.sum() >= _SERIES_TO_SHRINK else 0.5
        by = strength / centre if some.sum() >= _SERIES_TO_SHRINK else 0.0
        known[some] = strength + own
        rate[some] = known[some] / np.maximum(by + tried, _FAINT)
    return rate, known


def _strength(events: Floats, expected: Floats) -> float:
    """The shape of the gamma that a pool's rates come from, their mean being what `expected` says."""
    shapes = np.logspace(-1.5, 2, 29)[:, None]
    likelihood = (
        special.gammaln(shapes + events)
        - special.gammaln(shapes)
        + shapes * np.log(shapes / (shapes + expected))
        + events * np.log((expected + _FAINT) / (shapes + expected))
    ).sum(axis=1)
    return float(shapes[int(np.argmax(likelihood)), 0])


def _dispersion(counted: Floats, mean: Floats, pools: NDArray[np.int64]) -> Floats:
    """Variance over mean of each series, shrunk to its pool's; never under 1."""
    off = ((counted - mean) ** 2).sum(axis=1)
    due = mean.sum(axis=1) + _FAINT
    events = 1 / (1 / due + 2 / max(counted.shape[1], 1))
    count = pools.max() + 1 if len(pools) else 0
    pooled = (np.bincount(pools, off, count) + 1) / (np.bincount(pools, due, count) + 1)
    return np.maximum((events * off / due + _OWN * pooled[pools]) / (events + _OWN), 1.0)


def _between(dispersion: Floats, lengths: tuple[int, ...]) -> Floats:
    """The dispersion of windows of these lengths, (R, W)."""
    if lengths == LENGTHS:
        return dispersion
    at = np.interp(np.log(lengths), np.log(LENGTHS), np.arange(len(LENGTHS)))
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(LENGTHS) - 1)
    return np.asarray(dispersion[:, low] * (1 - (at - low)) + dispersion[:, high] * (at - low))
