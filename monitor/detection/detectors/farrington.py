"""Detector `farrington`: the last day against a quasi-Poisson regression that takes past outbreaks down.

The method of public health (Farrington, Andrews, Beale and Catchpole, JRSS A 159, 1996, 547-563), with the
threshold for taking down that Noufaily et al. improved it by (Statistics in Medicine 32, 2013, 1206-1222), on
days instead of weeks:

1. log mean = level + trend * day + log activity, by iteratively reweighted least squares, activity being the
   offset (`detection.activity`: the week's shape and the volume of the rest);
2. dispersion = the weighted Pearson statistic over its degrees of freedom, at least 1;
3. days whose standardised Anscombe residual s is over 2.58 weigh s^-2, and 1 and 2 are done again;
4. a trend stays where it is significant at 5% and does not foretell more than was ever seen; else it is left
   out;
5. the score is the standardised distance of what is seen from what is foretold, after the power 2/3 that
   makes counts symmetric. It is 1.96 where the count is the bound of a 95% band.

A series is fitted by itself: nothing is shrunk to a pool, so that few voices make a wide band.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor.detection.activity import Activity, days
from monitor.detection.panels import Panel, Present, Scores, nearest

Floats = NDArray[np.float64]

HELD_DOWN = 2.58
"""A day whose residual is larger is taken down."""
SIGNIFICANT = 1.959963984540054
"""Of a trend over its standard error."""
_ROUNDS = 25  # of reweighted least squares
_FAINT = 1e-9
_HALF = 0.5  # voices that a series which never had any is held to have had in all


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """What was fitted to each of S series: the day after the past is foretold by it."""

    activity: Activity
    level: Floats  # (S,) logarithm, of the day after the past
    trend: Floats  # (S,) of the logarithm, a day
    dispersion: Floats  # (S,)
    doubt: Floats  # (S,) variance of the logarithm of the mean that is foretold
    weights: Floats  # (S, D)


@dataclass
class Farrington:
    """Distance from a robust regression; see the module's text."""

    window_hours: int = 24  # the length that is tested; the nearest there is
    trend: bool = True

    kind: ClassVar[str] = "farrington"
    larger_is_rarer: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.window_hours < 1:
            raise ValueError(f"window_hours: expected 1 or more, found {self.window_hours}")

    def fit(self, past: Panel) -> Regression:
        """The regression of every series."""
        seen = days(past)
        flat = robust(seen.negative, seen.activity, trend=False)
        found = flat
        if self.trend and seen.negative.shape[1] > 2:
            sloped = robust(seen.negative, seen.activity, trend=True)
            busiest = (seen.negative / np.maximum(seen.activity, _FAINT)).max(axis=1)
            kept = (np.abs(sloped.trend) > SIGNIFICANT * sloped.error) & (np.exp(sloped.level) <= busiest)
            found = flat.where(~kept, sloped)
        return Regression(seen.now, found.level, found.trend, found.dispersion, found.doubt, found.weights)

    def test(self, fitted: Regression, present: Present) -> Scores:
        """The standardised distance of the one window."""
        place = nearest(present.lengths, self.window_hours)
        rows = present.rows
        activity = np.maximum(fitted.activity.of(present)[:, place], _FAINT)
        mean = np.exp(fitted.level[rows]) * activity
        # Of a window that is no day the dispersion is held to be the same.
        grain = present.grain[place] if present.grain else 1.0
        doubt = fitted.doubt[rows] + (present.doubt[place] if present.doubt else 0.0)
        score, low, high = foretold(present.negative[:, place], mean, grain * fitted.dispersion[rows], doubt)
        return Scores(score, np.full(len(score), place), mean, low, high)


def foretold(
    counted: Floats, mean: Floats, dispersion: Floats, doubt: Floats, quantile: float = SIGNIFICANT
) -> tuple[Floats, Floats, Floats]:
    """How many standard deviations each count is from the mean that is foretold, after the power 2/3, and the
    counts that are `quantile` of them below and above; all (R,). `doubt` is the variance of the mean's
    logarithm."""
    error = np.sqrt(dispersion * mean + mean**2 * doubt) / mean
    score = 1.5 * ((counted / mean) ** (2 / 3) - 1) / error
    bound = 2 / 3 * quantile * error
    return score, mean * np.maximum(1 - bound, 0.0) ** 1.5, mean * (1 + bound) ** 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One regression of each of S series; `level` and `doubt` are of the day after the last."""

    level: Floats
    trend: Floats
    error: Floats  # standard error of the trend
    dispersion: Floats
    doubt: Floats
    weights: Floats  # (S, D)

    def where(self, chosen: NDArray[np.bool_], other: Fit) -> Fit:
        """This one's rows where they are chosen, and those of the other."""
        parts = (
            np.where(chosen[:, None] if mine.ndim == 2 else chosen, mine, theirs)
            for mine, theirs in (
                (getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__
            )
        )
        return Fit(*parts)


def robust(counted: Floats, activity: Floats, *, trend: bool) -> Fit:
    """Fitted, days of surges taken down, and fitted again; both arrays are (S, D)."""
    first = quasi_poisson(counted, activity, np.ones_like(counted), trend=trend)
    weights = held_down(residuals(counted, activity, first, trend=trend))
    return quasi_poisson(counted, activity, weights, trend=trend)


def held_down(far: Floats, threshold: float = HELD_DOWN) -> Floats:
    """What each of D days weighs by its residual, (S, D): D together, and a day over the threshold the less
    the further."""
    raw = np.maximum(far, threshold)
    weights = np.where(far > threshold, np.divide(1.0, raw**2, where=raw > 0, out=np.ones_like(raw)), 1.0)
    return np.asarray(weights * (far.shape[1] / weights.sum(axis=1, keepdims=True)))


def quasi_poisson(counted: Floats, activity: Floats, weights: Floats, *, trend: bool) -> Fit:
    """Log-linear regressions with an offset, all series at once; the time of the day after the last is 0."""
    days_before = np.arange(-counted.shape[1], 0, dtype=float)
    offset = np.log(np.maximum(activity, _FAINT))
    level = np.log((counted.sum(axis=1) + _HALF) / np.maximum(activity.sum(axis=1), _FAINT))
    slope = np.zeros_like(level)
    # A series without any voice has no maximum of likelihood: it keeps its level and no trend.
    some = counted.sum(axis=1) > 0
    for _ in range(_ROUNDS):
        mean = np.exp(np.minimum(level[:, None] + slope[:, None] * days_before + offset, 50.0))
        weight = weights * mean
        moved = weights * (counted - mean)
        a, b, c = weight.sum(axis=1) + _FAINT, weight @ days_before, weight @ days_before**2
        u, v = moved.sum(axis=1), moved @ days_before
        if trend:
            determinant = np.maximum(a * c - b * b, _FAINT)
            steps = (c * u - b * v) / determinant, (a * v - b * u) / determinant
        else:
            determinant = np.ones_like(a)
            steps = u / a, np.zeros_like(u)
        level = level + np.where(some, np.clip(steps[0], -2, 2), 0.0)
        slope = slope + np.where(some, np.clip(steps[1], -0.1, 0.1), 0.0)
        if max(np.abs(steps[0][some]).max(initial=0), np.abs(steps[1][some]).max(initial=0)) < 1e-9:
            break
    mean = np.exp(np.minimum(level[:, None] + slope[:, None] * days_before + offset, 50.0))
    freedom = max(counted.shape[1] - 1 - int(trend), 1)
    pearson = (weights * (counted - mean) ** 2 / np.maximum(mean, _FAINT)).sum(axis=1)
    dispersion = np.maximum(pearson / freedom, 1.0)
    if trend:
        doubt, error = dispersion * c / determinant, np.sqrt(dispersion * a / determinant)
    else:
        doubt, error = dispersion / a, np.full_like(a, np.inf)
    return Fit(level, slope, error, dispersion, doubt, weights)


def residuals(counted: Floats, activity: Floats, fit: Fit, *, trend: bool) -> Floats:
    """Anscombe residuals of each day, standardised by dispersion and leverage; (S, D)."""
    days_before = np.arange(-counted.shape[1], 0, dtype=float)
    mean = np.exp(fit.level[:, None] + fit.trend[:, None] * days_before) * np.maximum(activity, _FAINT)
    weight = fit.weights * mean
    a = weight.sum(axis=1, keepdims=True) + _FAINT
    if trend:
        b, c = (weight @ days_before)[:, None], (weight @ days_before**2)[:, None]
        leverage = weight * (c - 2 * b * days_before + a * days_before**2) / np.maximum(a * c - b * b, _FAINT)
    else:
        leverage = weight / a
    far = 1.5 * (counted ** (2 / 3) - mean ** (2 / 3)) / mean ** (1 / 6)
    return np.asarray(far / np.sqrt(fit.dispersion[:, None] * np.maximum(1 - leverage, 1e-3)))
