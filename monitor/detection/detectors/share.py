"""Detector `share`: is more of what is told negative than usual, however much is told?

The negative voices of a window are held against all voices of the same series. Their law is the
beta-binomial: voices of one day resemble each other, so that a share varies more than a binomial's. How much
(the intra-class correlation) is estimated by moments (Kleinman, Journal of the American Statistical
Association 68, 1973, 46-54), by length of window. A series' usual share is shrunk to its pool's by a beta
whose strength makes the pool likeliest.

It sees what a count does not: news that turns bad without growing. And it is blind to what a count sees: bad
news that grows along with all the other news of that series.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitor.detection import baselines, tails
from monitor.detection.panels import Panel, Present, Scores, nearest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SMALL_POOL = 5  # series; fewer are each for itself
_HELD = (24, 72, 168)  # hours of the blocks that likeness is estimated on
_OWN = 50.0  # pairs of voices by which a series' own likeness weighs as much as its pool's
_MOST_ALIKE = 0.9
_FAINT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Of each of S series."""

    mean: Floats  # (S,) the usual share, in (0, 1)
    known: Floats  # (S,) how well: the strength of the share's beta, in independent voices
    alike: Floats  # (S, len(_HELD)) correlation of two voices of one window, in [0, 1)


@dataclass
class Share:
    """Rare negative shares; see the module's text."""

    half_life_weeks: float = 26.0  # in which the usual share forgets half of the past

    kind: ClassVar[str] = "share"
    larger_is_rarer: ClassVar[bool] = False

    def __post_init__(self) -> None:
        baselines.check_half_life(self.half_life_weeks)

    def fit(self, past: Panel) -> Shares:
        """Usual share and likeness of every series."""
        day = _HELD[0]
        count = len(past.volume) // day
        used = slice(len(past.volume) - count * day, len(past.volume))
        read = past.read[used]
        bad, told = (
            (one[:, used] * read).reshape(len(past.names), count, day) @ np.ones(day)
            for one in (past.negative, past.voices)
        )
        weight = 2.0 ** -((count - 1 - np.arange(count)) / (7 * self.half_life_weeks))
        pools = np.unique(np.array(past.pools), return_inverse=True)[1].astype(np.int64)
        part, whole = bad @ weight, told @ weight
        mean, known = _shares(part, whole, np.ones(len(part)), pools)
        alike = np.stack([_alike(bad, told, hours // day, mean, pools) for hours in _HELD], axis=1)
        # Voices of one day that resemble each other are worth fewer.
        a_day = (told**2).sum(axis=1) / np.maximum(told.sum(axis=1), _FAINT)
        mean, known = _shares(part, whole, 1 + np.maximum(a_day - 1, 0.0) * alike[:, 0], pools)
        return Shares(mean, known, alike)

    def test(self, fitted: Shares, present: Present) -> Scores:
        """The p of the rarest window, corrected over the lengths."""
        rows = present.rows
        mean = fitted.mean[rows][:, None]
        column = [nearest(_HELD, length) for length in present.lengths]
        alike = fitted.alike[rows][:, column]
        alike = alike + (1 - alike) / (1 + fitted.known[rows][:, None])
        whole = present.voices
        if present.doubt:
            alike = _scaled(alike, mean, present)
        p = tails.share_upper(present.negative, whole, mean, alike).reshape(whole.shape)
        p = tails.shared(p, present.lengths)
        window = np.argmin(p, axis=1)
        row = np.arange(len(window))
        expected = whole[row, window] * mean[:, 0]
        spread = expected * (1 - mean[:, 0]) * (1 + (whole[row, window] - 1) * alike[row, window])
        reach = 1.96 * np.sqrt(np.maximum(spread, 0.0))
        low = np.maximum(expected - reach, 0.0)
        return Scores(p[row, window], window, expected, low, np.minimum(expected + reach, whole[row, window]))


def _scaled(alike: Floats, mean: Floats, present: Present) -> Floats:
    """How alike the voices of windows are whose counts are scaled: what the ratio is not known by moves all
    of them by the same, and each that counts for several is as alike as they are."""
    alike = alike + (1 - alike) * np.minimum(mean / (1 - mean) * np.array(present.doubt), 1.0)
    others = np.maximum(present.voices - 1, 1.0)
    grain = np.array(present.grain or 1.0)
    return np.asarray(np.minimum(grain * alike + (grain - 1) / others, _MOST_ALIKE))


def _shares(part: Floats, whole: Floats, worth: Floats, pools: Ints) -> tuple[Floats, Floats]:
    """Shares shrunk to their pools, and how well they are known, one independent voice being `worth` some."""
    yes, all_ = part / worth, np.maximum(whole, part) / worth
    mean, known = np.empty_like(yes), np.empty_like(yes)
    for pool in range(pools.max() + 1 if len(pools) else 0):
        some = pools == pool
        centre = (yes[some].sum() + 0.5) / (all_[some].sum() + 1)
        strength = _strength(yes[some], all_[some], centre) if some.sum() >= _SMALL_POOL else 1.0
        known[some] = strength + all_[some]
        mean[some] = (strength * centre + yes[some]) / known[some]
    return np.clip(mean, _FAINT, 1 - _FAINT), known


def _strength(part: Floats, whole: Floats, centre: float) -> float:
    """The strength of the beta that makes these shares likeliest, its mean being `centre`."""
    found = np.logspace(0, 3, 25)[:, None]
    yes, no = found * centre, found * (1 - centre)
    likelihood = (special.betaln(part + yes, whole - part + no) - special.betaln(yes, no)).sum(axis=1)
    return float(found[int(np.argmax(likelihood)), 0])


def _alike(part: Floats, whole: Floats, days: int, mean: Floats, pools: Ints) -> Floats:
    """How alike two voices of one block of so many days are, shrunk to the pool's; (S,)."""
    count = part.shape[1] // days
    used = slice(part.shape[1] - count * days, part.shape[1])
    y, n = (one[:, used].reshape(len(one), count, days) @ np.ones(days) for one in (part, whole))
    chance = (mean * (1 - mean))[:, None] * n
    off = ((y - mean[:, None] * n) ** 2 - chance).sum(axis=1)
    pairs = (chance * np.maximum(n - 1, 0.0)).sum(axis=1)
    pooled = np.bincount(pools, off) / (np.bincount(pools, pairs) + _FAINT)
    weight = (n * np.maximum(n - 1, 0.0) / 2).sum(axis=1)
    own = off / (pairs + _FAINT)
    return np.asarray(np.clip((weight * own + _OWN * pooled[pools]) / (weight + _OWN), 0.0, _MOST_ALIKE))
