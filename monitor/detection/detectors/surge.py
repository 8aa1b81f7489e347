"""Detector `surge`: are these more negative voices than the past explains, in any of the windows?

Every window's total is held against the negative binomial of its mean and variance (`baselines`, `tails`),
and the rarest window decides. A longer window is granted more of the error: in a week there is one window of
168 hours and there are 168 of one hour, so that a cut that is the same for all lengths would be spent on the
short ones nearly alone. With an error in proportion to the length each length is wrong equally often in a
week (multiscale scan statistics: Duembgen and Spokoiny, Annals of Statistics 29, 2001, 124-152).
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
        lengths = np.array(present.lengths, dtype=float)
        p = tails.upper(present.negative, mean, variance) * (lengths.sum() / lengths)
        window = np.argmin(p, axis=1)
        row = np.arange(len(window))
        low, high = tails.band(mean[row, window], variance[row, window])
        return Scores(np.minimum(p[row, window], 1.0), window, mean[row, window], low, high)
