"""Source `jsonl`: articles in a file of JSON lines, a JSON array, CSV, TSV or Parquet.

    [sources.archive]
    kind = "jsonl"
    path = "archive.jsonl"
    encoding = "gb18030"     # only where a guess would be wrong

Rows appended later are read by the next poll; a line that is still being written waits for its end.
Columns: `title` (or `headline`) and `text` (or `content`, `body`, `summary`); `url`, `guid` (or `id`),
`author`, `publisher`, `published_at` (or `date`, `time`), `language`. Any other column is ignored; one of
title and text there must be. A row that cannot be read is counted, told with its line, and skipped. How files
are read is in `monitor.open_table`; what is here is which columns make an article. Dates are read by
`monitor.Dates`, as the source's `timezone`, `date_order` and `zones` say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from monitor import (
    BadRow,
    CellError,
    DateReader,
    Dates,
    Fetched,
    Fetcher,
    Item,
    Message,
    Source,
    Table,
    hookimpl,
    open_table,
)
from monitor_plugins.jsonl.rows import item_of, usable

MAX_TOLD = 5  # unreadable rows that are told one by one


@dataclass
class Jsonl:
    """The rows of the file at `path`, at most `rows` per fetch; the state holds how far it was read.

    A file that was replaced is read from its beginning. `encoding` is the one it is in, where nothing in it
    says so; found out if empty. `complete` says that nobody is writing it, so that a last line without its
    end is a row too. Raises DataError for a file that is not there, of no known kind, in no known
    encoding, or without a usable column.
    """

    path: Path
    rows: int = 10_000
    encoding: str = ""
    complete: bool = False
    timezone: str = "UTC"
    date_order: str = ""
    zones: Mapping[str, str] = field(default_factory=dict)
    kind: ClassVar[str] = "jsonl"

    def fetch(self, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
        """The next rows. No items mean that there are no more for now."""
        path = Path(self.path)
        with open_table(path, state, encoding=self.encoding, growing=not self.complete) as table:
            return self._read(path, table)

    def _read(self, path: Path, table: Table) -> Fetched:
        dates = DateReader(Dates(self.timezone, self.date_order, self.zones), datetime.now(UTC))
        items: list[Item] = []
        unreadable: list[str] = []
        empty = 0
        checked = False
        for row in table.rows():
            if isinstance(row, BadRow):
                unreadable.append(str(row))
                continue
            if not checked:
                usable(table.columns, path)
                checked = True
            try:
                item = item_of(row, dates)
            except CellError as error:
                unreadable.append(Message("table.bad", where=row.where, why=error.args[0]))
                continue
            if item.title or item.text:
                items.append(item)
            else:
                empty += 1
            if len(items) >= self.rows:
                break
        if table.columns and not checked:
            usable(table.columns, path)
        warnings = unreadable[:MAX_TOLD]
        if len(unreadable) > MAX_TOLD:
            warnings.append(Message("table.more_bad", count=len(unreadable) - MAX_TOLD))
        if empty:
            warnings.append(Message("table.wordless", count=empty))
        told = [*warnings, *dates.warnings(), *table.warnings()]
        return Fetched(items, table.state(), told, malformed=len(unreadable) + empty)


@hookimpl
def register_sources() -> list[type[Source]]:
    return [Jsonl]
