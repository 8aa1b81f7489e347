"""A row of any file, whatever its columns are called, as an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor import TEXT_COLUMNS, TITLE_COLUMNS, DataError, DateReader, Item, Message, Row, as_text

# Item's field -> the names its column goes by, the best one first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": TITLE_COLUMNS,
    "text": TEXT_COLUMNS,
    "url": ("url", "link"),
    "guid": ("guid", "id"),
    "author": ("author",),
    "publisher": ("publisher",),
    "published_at": ("published_at", "published", "date", "datetime", "time", "timestamp"),
    "language": ("language", "lang"),
}


def item_of(row: Row | Mapping[str, Any], dates: DateReader) -> Item:
    """The item of a row; columns that are missing or hold nothing are left empty. Raises CellError for a
    title or a text that is none."""
    row = row if isinstance(row, Row) else Row(row)
    words = {name: row.text(*COLUMNS[name]) for name in ("title", "text")}
    values = {name: row.value(*columns) for name, columns in COLUMNS.items() if name not in words}
    texts = words | {name: _text(value) for name, value in values.items() if name != "published_at"}
    return Item(published_at=dates.read(values["published_at"]), **texts)


def usable(columns: Sequence[str], path: Path) -> None:
    """Raise DataError unless one of the columns holds a title or a text."""
    known = {name.strip().lower() for name in columns}
    if not known & {*COLUMNS["title"], *COLUMNS["text"]}:
        expected = [*COLUMNS["title"][:2], *COLUMNS["text"][:5]]
        why = Message("table.unusable", columns=list(columns[:20]), expected=expected)
        raise DataError(Message("table.of", path=str(path), why=why))


def _text(value: Any) -> str:
    """A cell as text; what is none, a list of authors say, is left out."""
    if value is None or isinstance(value, dict | list | bytes):
        return ""
    return as_text(value, "")
