"""The watch list's file, edited by one at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.news.names import watchlist
from monitor.premises import locks
from monitor.records import Company

Listed = Mapping[str, Company]
"""The companies of a watch list, by id."""


def rewrite(path: Path, change: Callable[[Listed], Listed]) -> tuple[Company, ...]:
    """Make of the list in this file (an empty one where there is none) what `change` makes of it; the list
    as it is now. Who edits at the same time waits. Raises DataError for a file that cannot be read, and
    what `change` raises; the file stays as it was then."""
    handle = locks.hold(path.parent, wait=True)
    try:
        listed = {one.id: one for one in watchlist.load_watchlist(path)} if path.exists() else {}
        companies = tuple(change(listed).values())
        watchlist.save(path, companies)
    finally:
        os.close(handle)
    return companies
