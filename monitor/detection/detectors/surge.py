"""Detector `surge`: are these more negative voices than the past explains, in any of the windows?

Every window's total is held against the negative binomial of its mean and variance (`baselines`, `tails`),
and the rarest window decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from monitor.detection import baselines, tails
from monitor.detection.baselines import Baseline
from monitor.detection.panels import Panel, Present, Scores


@dataclass
class Surge:
    """Rare counts of negative voices; see the module's text."""

    half_life_weeks: float = 26.0  # in which the level forgets half of the past

    kind: ClassVar[str] = "surge"
    larger_is_rarer: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.half_life_weeks > 0:
            raise ValueError(f"half_life_weeks: expected a number over 0, found {self.half_life_weeks}")

    def fit(self, past: Panel) -> Baseline:
        """Level, dispersion and shape of every series."""
        return baselines.fit(past, self.half_life_weeks)

    def test(self, fitted: Baseline, present: Present) -> Scores:
        """The p of the rarest window, corrected over the lengths."""
        mean, variance = fitted.expect(present)
        p, window = tails.rarest(tails.upper(present.negative, mean, variance), present.lengths)
        row = np.arange(len(window))
        low, high = tails.band(mean[row, window], variance[row, window])
        return Scores(p, window, mean[row, window], low, high)
