"""Windows of time, and what their counts say.

A window counts stories once for each independent voice, not articles: a hundred reprints are one.
All functions are pure; the counts themselves come from `monitor.store.counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.detection import cells
from monitor.records import Window


def edges(now: datetime, window: timedelta, n: int) -> tuple[datetime, ...]:
    """The n + 1 edges of n adjoining windows, oldest first, the last one ending at `now`.

    `now` is rounded up to the next five minutes, or to the next hour where fine cells do not reach back so
    far: whatever has been seen already lies inside. Raises ValueError where `window` is not a positive
    multiple of five minutes (of an hour, where they do not reach), or n < 1.
    """
    return _before(cells.after(now, _size(window, n)), window, n)


def past(start: datetime, window: timedelta, n: int) -> tuple[datetime, ...]:
    """The n + 1 edges of the n windows that a window which begins at `start` is compared with.

    Windows of whole hours lie on hours, so that a baseline of any length is read from hours: up to 55 minutes
    lie between them and the window that is tested. Raises ValueError as `edges` does.
    """
    whole = window % cells.HOUR == timedelta(0)
    end = cells.begins(cells.hour(start), cells.HOUR) if whole else start
    return _before(end, window, n)


def _size(window: timedelta, n: int) -> timedelta:
    return cells.FINE if window * n <= cells.KEPT - cells.HOUR else cells.HOUR


def _before(end: datetime, window: timedelta, n: int) -> tuple[datetime, ...]:
    if window <= timedelta(0) or window % cells.FINE or n < 1:
        raise ValueError(
            f"expected a positive window in steps of five minutes and n >= 1, found {window} and {n}"
        )
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


def _first(windows: Sequence[Window]) -> int:
    """Index of the first window with stories; their number where none has any."""
    return next((index for index, window in enumerate(windows) if window.stories), len(windows))
