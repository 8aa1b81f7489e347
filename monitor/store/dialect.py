"""What differs between SQLite and PostgreSQL, in one place: connecting, beginning, inserting."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pysqlite3 import dbapi2 as pysqlite3
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    TableValuedAlias,
    cast,
    column,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.types import TypeEngine

from monitor.errors import ConfigError, StoreError
from monitor.store.schema import UNSTORABLE, storable

Tx = Connection
"""A connection inside a transaction: what `Store.begin` and `Store.read` hand out."""

MINIMUM_SQLITE = (3, 51, 3)
"""Before it, two connections that write and checkpoint at once can corrupt a WAL database."""

SQLITE_BUSY, SQLITE_LOCKED = 5, 6  # the low byte of SQLite's result code

SYNCHRONOUS = "FULL"
"""A commit is on the disk before anybody is told of it (https://sqlite.org/pragma.html#pragma_synchronous)."""

T = TypeVar("T")

READ = "monitor_read"  # execution option: this connection only reads


NUMBERS = 900
"""In one statement: some databases take no more than a thousand."""


def parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values, so many at a time as one statement takes."""
    for first in range(0, len(values), NUMBERS):
        yield values[first : first + NUMBERS]


def among(tx: Tx, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column holds one of these values: one parameter, so that a statement with ten thousand of
    them is made as fast as one with a few, and is the same statement."""
    return column.in_(select(listed(tx, sorted(values), column.type).c.value))


def listed(tx: Tx, values: Sequence[Any], type: TypeEngine[Any]) -> TableValuedAlias:
    """Values as a table of one column, `value`: one parameter, however many they are."""
    if tx.dialect.name == "sqlite":
        return func.json_each(to_json(list(values))).table_valued(column("value", type))
    array = cast(list(values), postgresql.ARRAY(type))
    return func.unnest(array).table_valued(column("value", type)).render_derived()


def parse_url(url: str) -> URL:
    """`url` with the driver the monitor uses; `postgres://` and `postgresql://` mean psycopg 3.

    Raises ConfigError for anything but a SQLite file or a PostgreSQL database.
    """
    expected = 'expected "sqlite:///FILE" or "postgresql://USER:PASSWORD@HOST/DATABASE"'
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(f"[store] url: {url!r} is not a database URL; {expected}") from None
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:") or parsed.query:
            raise ConfigError(
                f"[store] url: {url!r} does not name a plain file, which the monitor's processes share; "
                f"{expected}"
            )
        return parsed.set(drivername="sqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigError(f"[store] url: {parsed.render_as_string()!r} names an unknown database; {expected}")


def sqlite_file(url: URL) -> Path | None:
    """The database file, or None where the database is a server."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def connect(url: URL, busy_timeout_seconds: float) -> Engine:
    """An engine for `url`. Connects to nothing yet."""
    if url.get_backend_name() == "sqlite":
        return _connect_sqlite(url, busy_timeout_seconds)
    return _connect_postgresql(url, busy_timeout_seconds)


def _connect_sqlite(url: URL, busy_timeout_seconds: float) -> Engine:
    if pysqlite3.sqlite_version_info < MINIMUM_SQLITE:
        raise StoreError(
            f"SQLite {pysqlite3.sqlite_version} can corrupt a database that several processes write; "
            f"install a pysqlite3 that bundles {'.'.join(map(str, MINIMUM_SQLITE))} or newer"
        )
    engine = create_engine(
        url,
        module=pysqlite3,
        hide_parameters=True,  # no value of a row in an error or a log
        connect_args={"timeout": busy_timeout_seconds},
        json_serializer=to_json,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        # SQLAlchemy's recipe: the driver begins nothing by itself, `begin` below does.
        connection.isolation_level = None
        _write_ahead(connection, busy_timeout_seconds)
        connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns into a writer fails at once, whatever the busy
        # timeout; so writers say it first, and readers cannot write.
        reads = connection.get_execution_options().get(READ, False)
        connection.exec_driver_sql(f"PRAGMA query_only = {int(reads)}")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: Any, busy_timeout_seconds: float) -> None:
    """Switch the database to WAL, as the first connection of its life does.

    The switch fails at once, whatever the busy timeout, while any other connection uses the
    database, as that of another process starting at the same moment does: so wait here.
    """
    deadline = time.monotonic() + busy_timeout_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except pysqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (SQLITE_BUSY, SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _connect_postgresql(url: URL, busy_timeout_seconds: float) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "client_encoding": "utf8"},
        json_serializer=to_json,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.execute(f"SET lock_timeout = {round(busy_timeout_seconds * 1000)}")
        connection.commit()

    return engine


def reader(engine: Engine) -> Engine:
    """The same pool, for transactions that see one moment of the database and write nothing."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{READ: True})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT, which SQLAlchemy spells per dialect."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def to_json(value: Any) -> str:
    """JSON that both databases can hold. Raises StoreError for NaN and infinities, which are none."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        if "\\u0000" in text or UNSTORABLE.search(text):
            text = json.dumps(_storable(value), allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise StoreError(f"a value is not JSON and was not stored: {error}") from error
    return text


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def damage(tx: Tx) -> str:
    """What is wrong with a SQLite file, "" where nothing is. A PostgreSQL server checks itself."""
    if tx.dialect.name != "sqlite":
        return ""
    found = str(tx.exec_driver_sql("PRAGMA quick_check(1)").scalar()).replace("*** in database main ***", "")
    return "" if found == "ok" else " ".join(found.split())
