"""Who was reading when: is a window quiet because nothing happened, or because nobody looked?

The store keeps every poll (`store.polls`). While polls succeed, silence is quiet, however deep. Where they
stopped, what was published meanwhile arrives at once, and what has no date of its own counts then: such a
catch-up is no surge.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from monitor.detection import cells

LOOKED_AT = timedelta(days=2)
"""How far back polls tell how often there are any."""


def outage(read_at: Sequence[datetime], start: datetime, window: timedelta) -> bool:
    """Whether nobody was reading in the window right before `start`, though somebody should have been.

    `read_at` are the times of successful polls, in order. Where they usually come rarer than every half
    window, as those of a daily source do, a window without one is no outage; nor is it where there never was
    a poll, as where everything is imported.
    """
    before = [at for at in read_at if at < start]
    if not before or any(at >= start - window for at in before):
        return False
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(before)]
    return not gaps or median(gaps) <= window.total_seconds() / 2


def gaps(read_at: Sequence[datetime], first: int, end: int) -> list[tuple[int, int]]:
    """The hours from `first` to before `end` in which nobody was reading, as (from, to) of each gap.

    `read_at` are the times of successful polls, in order. An hour was read if a poll is no further from it
    than twice the usual time between two, and at least an hour. Where there never was a poll, as where
    everything is imported, all of it counts as read.
    """
    if not read_at:
        return []
    between = [(later - earlier).total_seconds() for earlier, later in pairwise(read_at)]
    reach = max(2 * median(between) if between else 0.0, cells.HOUR.total_seconds())
    near = round(reach / cells.HOUR.total_seconds() + 0.5)
    found: list[tuple[int, int]] = []
    covered = first
    for at in read_at:
        hour = cells.hour(at)
        if hour - near > covered:
            found.append((covered, hour - near))
        covered = max(covered, hour + near + 1)
    if covered < end:
        found.append((covered, end))
    return [(max(start, first), min(stop, end)) for start, stop in found if start < end and stop > first]
