"""Source `jsonl`: articles in a file of JSON lines, CSV, TSV or Parquet.

    [sources.archive]
    kind = "jsonl"
    path = "archive.jsonl"

Rows appended later are read by the next poll. Columns: `title` and `text` (or `content`,
`body`, `summary`); `url`, `guid` (or `id`), `author`, `published_at` (or `date`, `time`),
`language`. Any other column is ignored; one of title and text there must be. A line that
cannot be read is counted, told with its number, and skipped. Dates are read by `monitor.Dates`, as the
source's `timezone`, `date_order` and `zones` say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from monitor import DataError, DateReader, Dates, Fetched, Fetcher, Item, Source, hookimpl
from monitor_plugins.jsonl.rows import Table, item_of
from monitor_plugins.jsonl.tables import open_table

MAX_TOLD = 5  # unreadable lines that are told one by one


@dataclass
class Jsonl:
    """The rows of the file at `path`, at most `rows` per fetch; the state holds how far it was read.

    A file that was replaced is read from its beginning. Raises DataError for a file that
    is not there, of no known kind, or without a usable column.
    """

    path: Path
    rows: int = 10_000
    timezone: str = "UTC"
    date_order: str = ""
    zones: Mapping[str, str] = field(default_factory=dict)
    kind: ClassVar[str] = "jsonl"

    def fetch(self, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
        """The next rows. No items mean that there are no more for now."""
        path = Path(self.path)
        try:
            with open_table(path, state) as table:
                return self._read(table)
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror or error})") from None

    def _read(self, table: Table) -> Fetched:
        dates = DateReader(Dates(self.timezone, self.date_order, self.zones), datetime.now(UTC))
        items: list[Item] = []
        unreadable: list[str] = []
        empty = 0
        for where, row in table.rows():
            item = row if isinstance(row, str) else item_of(row, dates)
            if isinstance(item, str):
                unreadable.append(f"{where}: {item}")
            elif item.title or item.text:
                items.append(item)
            else:
                empty += 1
            if len(items) >= self.rows:
                break
        warnings = unreadable[:MAX_TOLD]
        if len(unreadable) > MAX_TOLD:
            warnings.append(f"{len(unreadable) - MAX_TOLD} more could not be read")
        if empty:
            warnings.append(f"{empty} rows have neither title nor text and were left out")
        return Fetched(items, table.state(), [*warnings, *dates.warnings()])


@hookimpl
def register_sources() -> list[type[Source]]:
    return [Jsonl]
