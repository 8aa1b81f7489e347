"""Cells of time: which five minutes, and which hour, an article counts in.

A cell is a number: how many times five minutes (`FINE`) or an hour (`HOUR`) went by since 1970, in UTC. So
a cell never moves, whatever zone the reader or a market is in, and twelve fine cells make an hour exactly.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

FINE = timedelta(minutes=5)
"""Windows begin and end on a multiple of this."""
HOUR = timedelta(hours=1)
IN_HOUR = HOUR // FINE
"""Fine cells in an hour."""
KEPT = timedelta(days=8)
"""How long fine cells are kept; hours are kept for ever."""
LATEST = timedelta(hours=48)
"""How far before it was first seen an article may count."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cell(at: datetime) -> int:
    """The five minutes that hold this moment."""
    return (at - _EPOCH) // FINE


def hour(at: datetime) -> int:
    """The hour that holds this moment."""
    return (at - _EPOCH) // HOUR


def begins(number: int, size: timedelta = FINE) -> datetime:
    """When the cell of this number begins."""
    return _EPOCH + number * size


def after(at: datetime, size: timedelta = FINE) -> datetime:
    """The first edge of cells that is not before `at`: whatever has been seen by then lies before it."""
    return _EPOCH - ((_EPOCH - at) // size) * size


def on_edge(at: datetime, size: timedelta = FINE) -> bool:
    """Whether a cell begins at this moment."""
    return (at - _EPOCH) % size == timedelta(0)


def counted_at(published_at: datetime, day: date | None, first_seen_at: datetime) -> datetime:
    """When an article counts: when it was published, but never after it was first seen, nor more than
    `LATEST` before that, for a feed's back numbers are no news of today.

    Where the source states a day and no time (`day`), it counts when it was first seen, or at the end of that
    day if that is earlier. An article without any date has its first sight as its date already.
    """
    told = published_at
    if day is not None:
        end = datetime.combine(day, time.max, published_at.tzinfo)
        told = min(first_seen_at, end)
    return min(max(told, first_seen_at - LATEST), first_seen_at)
