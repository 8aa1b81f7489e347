"""Files of any length as items of one source, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from monitor.errors import DataError, MonitorError
from monitor.hookspecs import Fetcher, Progress, Source, silent
from monitor.news import masking
from monitor.records import Item


def drain(
    source: Source,
    fetcher: Fetcher,
    progress: Progress = silent,
    warn: Callable[[str], None] = lambda warning: None,
    left_out: Callable[[int], None] = lambda number: None,
) -> Iterator[Item]:
    """All items of a source that reads a file part by part, until it delivers no more.

    Where its state holds numbers `offset` and `size`, they are reported as progress; `left_out` is told
    how many entries of a part no item could be made of. Raises DataError for what cannot be read. What is
    told of a row is told without personal data.
    """
    state: dict[str, object] = {}
    while True:
        try:
            fetched = source.fetch(state, fetcher)
        except MonitorError as error:
            raise DataError(masking.mask_line(error.told)) from error
        for warning in fetched.warnings:
            warn(masking.mask_line(warning))
        left_out(fetched.malformed)
        if not fetched.items:
            return
        yield from fetched.items
        state = dict(fetched.state)
        done, total = state.get("offset"), state.get("size")
        if isinstance(done, int | float) and isinstance(total, int | float):
            progress("import", done, total)
