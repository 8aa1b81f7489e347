"""Detector `surge`: are these more negative voices than the past explains, in any of the windows?

Every window's total is held against the negative binomial of its mean and variance (`baselines`, `tails`),
and the rarest window decides, a longer one being granted more of the error. Windows of two and of five days
are put between those that are counted (`reaches`), so that no surge is much shorter or longer than the window
that fits it best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from monitor.detection import baselines, tails
from monitor.detection.baselines import Baseline
from monitor.detection.panels import Panel, Present, Scores
from monitor.detection.reaches import Reach

BETWEEN = (48, 120)
"""Hours of the windows that are tested beside those given."""
_WEEK = 168


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What `fit` found."""

    baseline: Baseline
    reach: Reach


@dataclass
class Surge:
    """Rare counts of negative voices; see the module's text."""

    half_life_weeks: float = 26.0  # in which the level forgets half of the past

    kind: ClassVar[str] = "surge"
    larger_is_rarer: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.half_life_weeks > 0:
            raise ValueError(f"half_life_weeks: expected a number over 0, found {self.half_life_weeks}")

    def fit(self, past: Panel) -> Known:
        """Level, dispersion and shape of every series, and the last week."""
        return Known(baselines.fit(past, self.half_life_weeks), Reach.of(past, _WEEK))

    def test(self, fitted: Known, present: Present) -> Scores:
        """The p of the rarest window, corrected over the lengths. Of a window that is not among those given,
        the shortest of those that hold it is named."""
        seen = fitted.reach.lengthened(present, BETWEEN)
        mean, variance = fitted.baseline.expect(seen)
        unit = fitted.baseline.unit(present.rows)
        p = tails.upper(seen.negative / unit, mean / unit, variance / unit**2)
        p, window = tails.rarest(p, seen.lengths)
        holds = np.searchsorted(present.lengths, seen.lengths)
        named = np.searchsorted(seen.lengths, np.array(present.lengths)[holds[window]])
        row = np.arange(len(window))
        due, spread = mean[row, named], variance[row, named]
        return Scores(p, holds[window], due, *tails.band(due, spread))
