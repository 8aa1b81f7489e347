"""What was usual of a series: the mean of the weeks before, and where most of them lay.

This is what a chart is read against, and nothing more: a plain mean of windows of one length, with the
range that held 95% of them. Detectors expect by more than that (`detection.baselines`: the week's shape, the
volume of all news, the pool), and an alert carries what its detector expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from monitor.detection import cells
from monitor.records import Window

MOST = 8
"""Weeks that are looked back at."""
WEEK = timedelta(weeks=1)
_TAIL = 0.025
"""Of windows, below and above the range."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Of a series' windows of `hours`, over the `weeks` before: the mean of what was probably negative in
    one, and from where to where 95% of them lay."""

    hours: float
    weeks: float
    level: float
    low: float
    high: float


def edges(start: datetime, width: timedelta, begins: datetime) -> list[datetime]:
    """The edges of windows of `width` before `start`, on whole hours: of MOST weeks, but of none before
    anything counted. `width` is a whole number of hours. Empty where that is less than a week."""
    end = cells.begins(cells.hour(start), cells.HOUR)
    count = min(end - begins, MOST * WEEK) // width
    return [end - k * width for k in range(count, -1, -1)] if count * width >= WEEK else []


def usual(windows: Sequence[Window]) -> Usual | None:
    """What was usual in windows that are of one length and follow each other; None where there are none."""
    if not windows:
        return None
    weights = np.array([one.weight for one in windows])
    low, high = np.quantile(weights, [_TAIL, 1 - _TAIL])
    return Usual(
        hours=(windows[0].end_at - windows[0].start_at) / cells.HOUR,
        weeks=(windows[-1].end_at - windows[0].start_at) / WEEK,
        level=float(weights.mean()),
        low=float(low),
        high=float(high),
    )
