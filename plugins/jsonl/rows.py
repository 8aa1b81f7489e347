"""A row of any file, whatever its columns are called, as an item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from monitor import DataError, DateReader, Item

# Item's field -> the names its column goes by, the best one first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "标题"),
    "text": ("text", "content", "body", "summary", "description", "正文", "内容"),
    "url": ("url", "link"),
    "guid": ("guid", "id"),
    "author": ("author",),
    "published_at": ("published_at", "published", "date", "datetime", "time", "timestamp"),
    "language": ("language", "lang"),
}


class Table(Protocol):
    """A file being read from where the last fetch stopped."""

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        """Where a row stands ("line 7"), and the row, or in words why it cannot be read."""
        ...

    def state(self) -> dict[str, Any]:
        """What continues after the last row given."""
        ...


def item_of(row: Mapping[str, Any], dates: DateReader) -> Item:
    """The item of a row; columns that are missing or hold nothing are left empty."""
    named = {str(name).strip().lower(): value for name, value in row.items() if value is not None}
    values = {
        name: next((named[column] for column in columns if named.get(column) not in ("", None)), None)
        for name, columns in COLUMNS.items()
    }
    texts = {name: _text(value) for name, value in values.items() if name != "published_at"}
    return Item(published_at=dates.read(values["published_at"]), **texts)


def usable(columns: list[str], where: str) -> None:
    """Raise DataError unless one of the columns holds a title or a text."""
    known = {name.strip().lower() for name in columns}
    if not known & {*COLUMNS["title"], *COLUMNS["text"]}:
        raise DataError(
            f"{where}: found the columns {', '.join(columns[:20]) or '(none)'}; "
            f"expected at least one of {', '.join([*COLUMNS['title'][:2], *COLUMNS['text'][:5]])}"
        )


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # an id that a CSV tool made a float of
    return "" if value != value else str(value).strip()
