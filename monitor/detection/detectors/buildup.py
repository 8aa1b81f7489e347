"""Detector `buildup`: has negative coverage been above its level for days or weeks, if only a little?

A cumulative sum (Page, Biometrika 41, 1954, 100-115) of the evidence that the mean is `times` what it was:
every hour adds (x log k - mean (k - 1)) / dispersion, the log-likelihood ratio of a Poisson for a mean k
times as large, divided by how much the counts vary more than that (quasi-likelihood), and the sum never falls
under 0. So it remembers as long as the evidence lasts and no longer.

The sum is kept for the hours of the past at night. At any moment it goes on from where a window begins by
what the window adds, and the window that makes it largest decides: a build-up may begin before all windows,
or anywhere at one of them.

What builds up slowly must not become the level that it is held against: the level and the dispersion are
learnt from what lies more than two weeks back.

The score is the sum, in natural logarithms. It is no p; the budget's cut is on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor.detection import baselines, tails
from monitor.detection.activity import days
from monitor.detection.baselines import Baseline
from monitor.detection.cells import IN_HOUR
from monitor.detection.panels import Panel, Present, Scores

Floats = NDArray[np.float64]

_UNLEARNT = 14  # days


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """The baseline, and the cumulative sum before each hour of the last weeks, and after the last."""

    baseline: Baseline
    start: int  # the first of those hours
    before: Floats  # (S, hours + 1)


@dataclass
class BuildUp:
    """Evidence that adds up; see the module's text."""

    times: float = 2.0  # how many times the level the build-up is that is looked for
    half_life_weeks: float = 26.0  # in which the level forgets half of the past
    weeks: int = 6  # of the past over which evidence may add up

    kind: ClassVar[str] = "buildup"
    larger_is_rarer: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.times > 1:
            raise ValueError(f"times: expected a number over 1, found {self.times}")
        if self.weeks < 1:
            raise ValueError(f"weeks: expected 1 or more, found {self.weeks}")
        baselines.check_half_life(self.half_life_weeks)

    def fit(self, past: Panel) -> Sums:
        """The baseline, and the sums up to the end of the past."""
        seen = days(past)
        baseline = baselines.fit_days(seen.but(_UNLEARNT), past.pools, self.half_life_weeks)
        hours = min(seen.shape.size, self.weeks * 168)
        some = -(-hours // seen.shape.shape[1])  # whole days
        shape = seen.shape[-some:]
        due = np.maximum(shape.sum(axis=1, keepdims=True), 1e-9)
        mean = (baseline.rate[:, None] * seen.activity[:, -some:])[:, :, None] * (shape / due)
        counted = seen.hourly[:, -some:]
        added = self._added(counted, mean, baseline.dispersion[:, -1][:, None, None])
        walk = np.cumsum(added.reshape(len(counted), shape.size), axis=1)
        walk = np.concatenate([np.zeros((len(walk), 1)), walk], axis=1)
        start = past.start + len(past.volume) - shape.size
        return Sums(baseline, start, walk - np.minimum.accumulate(walk, axis=1))

    def test(self, fitted: Sums, present: Present) -> Scores:
        """The largest sum."""
        mean, variance = fitted.baseline.expect(present)
        dispersion = fitted.baseline.dispersion[present.rows, -1][:, None] * np.array(present.grain or 1.0)
        dispersion = dispersion + mean * np.array(present.doubt or 0.0)
        added = self._added(present.negative, mean, dispersion)
        begun = present.end // IN_HOUR - np.array(present.lengths) - fitted.start
        inside = (begun >= 0) & (begun < fitted.before.shape[1])
        before = fitted.before[present.rows[:, None], np.where(inside, begun, 0)] * inside
        sums = before + added
        window = np.argmax(sums, axis=1)
        row = np.arange(len(window))
        low, high = tails.band(mean[row, window], variance[row, window])
        return Scores(np.maximum(sums[row, window], 0.0), window, mean[row, window], low, high)

    def _added(self, counted: Floats, mean: Floats, dispersion: Floats) -> Floats:
        return np.asarray((counted * np.log(self.times) - mean * (self.times - 1)) / dispersion)
