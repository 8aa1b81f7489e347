"""The archive in a store of its own, brought as history with judgements that are kept.

What `benchmarks.surges` replays. A store that an earlier run made is taken as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import surges_data
from monitor import archive
from monitor.news.companies import Linker
from monitor.pipeline import Intake
from monitor.records import Company, Item
from monitor.settings import RoutingSettings
from monitor.store import Store, open_store


def opened(path: Path, data: Path, predictions: Path, companies: tuple[Company, ...]) -> Store:
    """The store at `path`, with the archive of `data` in it."""
    there = path.exists()
    store = open_store(f"sqlite:///{path}")
    if there:
        return store
    store.prepare(migrate=True)
    kept = surges_data.read(predictions)
    now = datetime.now(UTC)
    intake = Intake(
        surges_data.SOURCE,
        Linker(companies),
        RoutingSettings(),
        lambda: now,
        kept.classify,
        mask=True,
    )

    def told(done: int, total: int, minutes: float) -> None:
        print(f"{done} of {total} stored, {minutes:.1f} minutes left", file=sys.stderr, flush=True)

    archive.bring(store, list(_items(data)), intake, companies, told=told)
    return store


def _items(data: Path) -> Iterator[Item]:
    from pyarrow.parquet import read_table

    for row in read_table(data).to_pylist():
        at = datetime.fromisoformat(row["date"]).astimezone(UTC)
        yield Item(row["title"], row["body"], row["url"], published_at=at)
