"""Windows of time, and what their counts say.

A window counts distinct stories, not articles: a hundred reprints of one story are one.
All functions are pure; the counts themselves come from `monitor.store.counts`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor.records import Window

STEP = timedelta(minutes=1)
"""Windows end on a multiple of this, so that evaluating one twice tests the same window."""

SILENCE = 0.01
"""A silent window less probable than this means that the monitor was not reading."""


def edges(now: datetime, window: timedelta, n: int) -> tuple[datetime, ...]:
    """The n + 1 edges of n adjoining windows, oldest first, the last one ending at `now`.

    `now` is rounded up to the next `STEP`: whatever has been seen already lies inside.
    Raises ValueError where `window` is not positive or n < 1.
    """
    if window <= timedelta(0) or n < 1:
        raise ValueError(f"expected a positive window and n >= 1, found {window} and {n}")
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    end = epoch - ((epoch - now) // STEP) * STEP
    return tuple(end - window * back for back in range(n, -1, -1))


def shares(windows: Sequence[Window]) -> tuple[float | None, ...]:
    """Negative share of each window's stories; None where a window has no story."""
    return tuple(window.negative / window.stories if window.stories else None for window in windows)


def share(windows: Sequence[Window]) -> float | None:
    """Negative share of all stories of `windows` together; None where there are none."""
    stories = sum(window.stories for window in windows)
    return sum(window.negative for window in windows) / stories if stories else None


def watched(windows: Sequence[Window]) -> int:
    """How many of the newest `windows` (of all news) the monitor has been reading in.

    The windows before the first story are no evidence of calm: nobody was looking. The
    first window with stories is left out as well: a first poll brings what the feeds had
    piled up, however old.
    """
    return max(len(windows) - _first(windows) - 1, 0)


def stalled(windows: Sequence[Window]) -> bool:
    """Whether the newest of the past `windows` (of all news) is silent when it should not be.

    After an outage everything published meanwhile arrives at once. Such a catch-up is no
    surge, so the watch judges nothing until a window without the gap lies before it. Silence
    is unexpected where a Poisson count of the usual mean is 0 with probability < `SILENCE`.
    """
    read = windows[_first(windows) :]
    if not read or read[-1].stories:
        return False
    return math.exp(-sum(window.stories for window in read) / len(read)) < SILENCE


def _first(windows: Sequence[Window]) -> int:
    """Index of the first window with stories; their number where none has any."""
    return next((index for index, window in enumerate(windows) if window.stories), len(windows))
