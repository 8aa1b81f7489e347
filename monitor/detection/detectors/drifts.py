"""Detectors `page_hinkley` and `adwin`: change detectors for streams, as river has them.

Each series is a stream of days. A night's state is what river's object is after all days of the past; a
moment is tested by what it becomes after one more, the last 24 hours. Days are divided by the square root of
the series' mean day, so that one setting serves all series.

- `page_hinkley` (Page, Biometrika 41, 1954): the sum of how far days are above the mean so far, less `delta`
  each, above its own minimum;
- `adwin` (Bifet and Gavalda, SIAM International Conference on Data Mining, 2007): how many standard errors
  the mean of the window that it keeps lies above the mean of the whole past.

They know no week, no volume and no law of counts; they are yardsticks. They need the extra `drift`.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor.detection.panels import Panel, Present, Scores, nearest
from monitor.errors import PluginError
from monitor.messages import Message

Floats = NDArray[np.float64]

DAY = 24


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """What river's objects are after the past, and what a day is divided by."""

    states: list[Any]  # S
    mean: Floats  # (S,) of a day
    scale: Floats  # (S,)


def _river() -> Any:
    try:
        from river import drift
    except ImportError as error:
        raise PluginError(Message("plugins.needs", package="river", extra="drift")) from error
    return drift


def _fitted(past: Panel, states: list[Any]) -> Streams:
    """The states after every whole day that was read in full."""
    count = len(past.volume) // DAY
    used = slice(len(past.volume) - count * DAY, len(past.volume))
    read = past.read[used].reshape(count, DAY).all(axis=1)
    days = past.negative[:, used].reshape(len(past.names), count, DAY).sum(axis=2)[:, read]
    mean = (days.sum(axis=1) + 0.5) / max(days.shape[1], 1)
    scale = np.sqrt(mean)
    for state, stream in zip(states, days / scale[:, None], strict=True):
        for value in stream.tolist():
            state.update(value)
    return Streams(states, mean, scale)


def _tested(fitted: Streams, present: Present, score: Any) -> Scores:
    place = nearest(present.lengths, DAY)
    found = np.zeros(len(present.rows))
    # A day without any voice cannot be a rise: no state is copied for it, and nothing scores less.
    for row in np.flatnonzero(present.negative[:, place]):
        series = present.rows[row]
        state = copy.deepcopy(fitted.states[series])
        state.update(float(present.negative[row, place] / fitted.scale[series]))
        found[row] = max(score(state, fitted.mean[series] / fitted.scale[series]), 0.0)
    mean, reach = fitted.mean[present.rows], 1.96 * fitted.scale[present.rows]
    return Scores(found, np.full(len(found), place), mean, np.maximum(mean - reach, 0.0), mean + reach)


@dataclass
class PageHinkley:
    """The Page-Hinkley test of river; see the module's text."""

    delta: float = 0.1  # how far above the mean a day may be without counting

    kind: ClassVar[str] = "page_hinkley"
    larger_is_rarer: ClassVar[bool] = True

    def fit(self, past: Panel) -> Streams:
        """The states after the past. Raises PluginError where river is not installed."""
        made, wanted = _river().PageHinkley, {"threshold": float("inf"), "mode": "up"}
        return _fitted(past, [made(min_instances=1, delta=self.delta, **wanted) for _ in past.names])

    def test(self, fitted: Streams, present: Present) -> Scores:
        """How far the sum is above its minimum."""
        # river tells only whether a threshold is passed; what is held against it is in these two.
        return _tested(fitted, present, lambda state, _: state._sum_increase - state._min_increase)


@dataclass
class Adwin:
    """The adaptive window of river; see the module's text."""

    delta: float = 0.05  # of the test by which the window is cut

    kind: ClassVar[str] = "adwin"
    larger_is_rarer: ClassVar[bool] = True

    def fit(self, past: Panel) -> Streams:
        """The states after the past. Raises PluginError where river is not installed."""
        made, wanted = _river().ADWIN, {"clock": 1, "min_window_length": 1, "grace_period": 1}
        return _fitted(past, [made(delta=self.delta, **wanted) for _ in past.names])

    def test(self, fitted: Streams, present: Present) -> Scores:
        """Standard errors by which the kept window's mean is above the past's."""
        return _tested(
            fitted, present, lambda state, mean: (state.estimation - mean) * float(np.sqrt(state.width))
        )
