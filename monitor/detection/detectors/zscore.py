"""Detector `zscore`: how many standard deviations is the last day above the days before it?

What most monitors do: the total of one window against the mean and the standard deviation of as many hours
in the weeks before. It knows no week, no volume and no law of counts, so that a single voice about a company
that is rarely written about is a large score, and the budget's cut has to bear that. It is a yardstick.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor.detection.panels import Panel, Present, Scores, nearest

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Of each series' past windows."""

    mean: Floats  # (S,)
    deviation: Floats  # (S,)


@dataclass
class ZScore:
    """Standard deviations above the mean; see the module's text."""

    window_hours: int = 24  # the length that is tested; the nearest there is
    weeks: int = 26  # of the past that are looked at

    kind: ClassVar[str] = "zscore"
    larger_is_rarer: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.window_hours < 1 or self.weeks < 1:
            raise ValueError(
                f"window_hours, weeks: expected 1 or more, found {self.window_hours}, {self.weeks}"
            )

    def fit(self, past: Panel) -> Moments:
        """Mean and standard deviation of adjoining windows; those that nobody read in full are left out."""
        hours = min(len(past.volume), self.weeks * 168)
        count = hours // self.window_hours
        used = slice(len(past.volume) - count * self.window_hours, len(past.volume))
        read = past.read[used].reshape(count, self.window_hours).all(axis=1)
        blocks = past.negative[:, used].reshape(len(past.names), count, self.window_hours).sum(axis=2)
        blocks = blocks[:, read]
        if blocks.shape[1] < 2:
            return Moments(np.zeros(len(past.names)), np.ones(len(past.names)))
        mean = blocks.mean(axis=1)
        # A series that never varied would make any voice infinitely rare: half a voice in all is the least.
        least = np.sqrt(0.5 / blocks.shape[1])
        return Moments(mean, np.maximum(blocks.std(axis=1, ddof=1), least))

    def test(self, fitted: Moments, present: Present) -> Scores:
        """The score of the one window."""
        place = nearest(present.lengths, self.window_hours)
        part = present.lengths[place] / self.window_hours
        mean = fitted.mean[present.rows] * part
        grain = present.grain[place] if present.grain else 1.0
        doubt = present.doubt[place] if present.doubt else 0.0
        deviation = np.sqrt(fitted.deviation[present.rows] ** 2 * part * grain + mean**2 * doubt)
        score = (present.negative[:, place] - mean) / deviation
        return Scores(
            score,
            np.full(len(score), place),
            mean,
            np.maximum(mean - 1.96 * deviation, 0.0),
            mean + 1.96 * deviation,
        )
