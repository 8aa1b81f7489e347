"""What tables are made of: the metadata that knows them all, and the types of columns.

What people or sources wrote passes through `storable`, a sentence keeps its key and values, and a time is
aware and UTC, whatever the database.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Integer, MetaData, TypeDecorator
from sqlalchemy import String as SqlString
from sqlalchemy import Text as SqlText
from sqlalchemy.engine import Dialect

from monitor.messages import Message

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL's text cannot hold: NUL, and surrogates that are half of no character."""


def storable(value: str) -> str:
    """`value` with each character that a database cannot hold replaced by U+FFFD."""
    return UNSTORABLE.sub("\ufffd", value)


class String(TypeDecorator[str]):
    """Bounded text; see `storable`."""

    impl = SqlString
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Text(TypeDecorator[str]):
    """Unbounded text; see `storable`."""

    impl = SqlText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class MessageText(TypeDecorator[str]):
    """A sentence that keeps its key and values, so that every reader has it in their own language;
    any other text as it is. See `Message.encoded`."""

    impl = SqlText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return storable(value.encoded() if isinstance(value, Message) else str(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else Message.decoded(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime: `timestamptz` on PostgreSQL, ISO text without zone on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: times in the store are aware and UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows up by itself only on a column of type INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")
