"""When baselines and cuts are set anew: each day while the past is young, then each week.

Hours are numbers (`detection.cells`). Nothing is tested in the first `LEARNING` of them.
"""

from __future__ import annotations

from datetime import datetime

from monitor.detection import cells

DAY = 24
WEEK = 168
"""Hours."""
PAST = 26
"""Weeks that baselines are fitted on at most."""
LEARNING = 24
"""Hours of the past without which nothing is tested."""
SETTLED = 4
"""Weeks of the past from which on baselines are fitted weekly, and scores that are no p-values have a cut."""
LATE = cells.LATEST // cells.HOUR
"""Hours for which what comes late is tested in the window of its own hour, too."""
_MONDAY = 4 * 24
"""Hours from the beginning of 1970, a Thursday, to its first Monday."""


def following(hour: int, first: int) -> int:
    """The hour after `hour` in which baselines are fitted anew, where reading began in the hour `first`."""
    tomorrow = (hour // DAY + 1) * DAY
    return tomorrow if tomorrow < first + SETTLED * WEEK else monday(hour + 1)


def fitted_at(first: int, now: datetime) -> int | None:
    """The hour in which baselines were fitted last before a moment; None before the first time."""
    last, hour = None, first + LEARNING
    while hour * cells.IN_HOUR <= cells.cell(now) + 1:
        last, hour = hour, following(hour, first)
    return last


def settled(hour: int, longest: int) -> int:
    """The hour before which no window of up to `longest` hours, of the hour `hour` or later, begins."""
    return hour - hour % DAY - LATE - longest - DAY


def monday(hour: int) -> int:
    """The first hour from `hour` on in which a week begins."""
    return hour + (_MONDAY - hour) % WEEK
