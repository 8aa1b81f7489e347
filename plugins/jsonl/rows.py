"""A row of any file, whatever its columns are called, as an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from monitor import TEXT_COLUMNS, TITLE_COLUMNS, DataError, Item, Message, Row, as_text

# Item's field -> the names its column goes by, the best one first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": TITLE_COLUMNS,
    "text": TEXT_COLUMNS,
    "url": ("url", "link"),
    "guid": ("guid", "id"),
    "author": ("author",),
    "published_at": ("published_at", "published", "date", "datetime", "time", "timestamp"),
    "language": ("language", "lang"),
}
_EPOCH_MILLISECONDS = 1e11  # later than the year 5138 in seconds: such numbers are milliseconds
_FORMATS = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%Y年%m月%d日",
    "%m/%d/%Y",
)


def item_of(row: Row | Mapping[str, Any]) -> Item:
    """The item of a row; columns that are missing or hold nothing are left empty. Raises CellError for a
    title or a text that is none."""
    row = row if isinstance(row, Row) else Row(row)
    words = {name: row.text(*COLUMNS[name]) for name in ("title", "text")}
    values = {name: row.value(*columns) for name, columns in COLUMNS.items() if name not in words}
    texts = words | {name: _text(value) for name, value in values.items() if name != "published_at"}
    return Item(published_at=moment(values["published_at"]), **texts)


def usable(columns: Sequence[str], path: Path) -> None:
    """Raise DataError unless one of the columns holds a title or a text."""
    known = {name.strip().lower() for name in columns}
    if not known & {*COLUMNS["title"], *COLUMNS["text"]}:
        expected = [*COLUMNS["title"][:2], *COLUMNS["text"][:5]]
        why = Message("table.unusable", columns=list(columns[:20]), expected=expected)
        raise DataError(Message("table.of", path=str(path), why=why))


def moment(value: Any) -> datetime | None:
    """A time however it is written: ISO 8601, RFC 2822, seconds or milliseconds since 1970.

    A time without a zone is taken for UTC; what cannot be read is None.
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    try:
        if isinstance(value, int | float) or (len(text) >= 9 and text.replace(".", "", 1).isdigit()):
            number = float(text)
            return datetime.fromtimestamp(number / 1000 if number > _EPOCH_MILLISECONDS else number, UTC)
        return _utc(_parsed(text))
    except (ValueError, OverflowError, OSError):
        return None


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return parsedate_to_datetime(text)


def _utc(value: datetime) -> datetime:
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def _text(value: Any) -> str:
    """A cell as text; what is none, a list of authors say, is left out."""
    if value is None or isinstance(value, dict | list | bytes):
        return ""
    return as_text(value, "")
