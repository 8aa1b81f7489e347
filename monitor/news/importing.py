"""Take in a file of any length as articles of one source: the ingest line without polling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from monitor.errors import DataError, MonitorError
from monitor.hookspecs import Fetcher, Progress, Source, silent
from monitor.pipeline import Intake, Taken, take_in
from monitor.records import Item, PollResult
from monitor.store import Store

BATCH = 2048
"""Items held in memory at a time."""


def drain(
    source: Source,
    fetcher: Fetcher,
    progress: Progress = silent,
    warn: Callable[[str], None] = lambda warning: None,
) -> Iterator[Item]:
    """All items of a source that reads a file part by part, until it delivers no more.

    Where its state holds numbers `offset` and `size`, they are reported as progress.
    Raises DataError for what cannot be read.
    """
    state: dict[str, object] = {}
    while True:
        try:
            fetched = source.fetch(state, fetcher)
        except MonitorError as error:
            raise DataError(str(error)) from error
        for warning in fetched.warnings:
            warn(warning)
        if not fetched.items:
            return
        yield from fetched.items
        state = dict(fetched.state)
        done, total = state.get("offset"), state.get("size")
        if isinstance(done, int | float) and isinstance(total, int | float):
            progress("import", done, total)


def import_items(
    store: Store, items: Iterable[Item], intake: Intake, taken: Taken | None = None
) -> PollResult:
    """Store items as those of source `intake.source`; again, and all are duplicates.

    What the operator should know is added to `taken.warnings`. Raises StoreError, DataError.
    """
    taken = Taken() if taken is None else taken
    fetched = 0
    stream = iter(items)
    while batch := list(islice(stream, BATCH)):
        fetched += len(batch)
        take_in(store, batch, intake, taken)
        taken.ids.clear()  # what a document is to a feed, a batch is to a file
    return PollResult(intake.source, True, fetched, taken.new, taken.duplicates)


def import_file(
    store: Store, source: Source, fetcher: Fetcher, intake: Intake, progress: Progress = silent
) -> tuple[PollResult, list[str]]:
    """Store everything that `source` (a `jsonl` instance, say) reads; the counts and the warnings."""
    taken = Taken()
    items = drain(source, fetcher, progress, taken.warnings.append)
    result = import_items(store, items, intake, taken)
    return result, taken.warnings
