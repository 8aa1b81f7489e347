"""Windows of time, and what their counts say.

A window counts stories once for each independent voice, not articles: a hundred reprints are one.
All functions are pure; the counts themselves come from `monitor.store.counts`.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.records import Window


def shares(windows: Sequence[Window]) -> tuple[float | None, ...]:
    """Negative share of each window's stories; None where a window has no story."""
    return tuple(window.negative / window.stories if window.stories else None for window in windows)


def share(windows: Sequence[Window]) -> float | None:
    """Negative share of all stories of `windows` together; None where there are none."""
    stories = sum(window.stories for window in windows)
    return sum(window.negative for window in windows) / stories if stories else None
