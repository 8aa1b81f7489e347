"""The store: one database, its transactions, and its errors turned into the monitor's."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from monitor.errors import (
    DiskFullError,
    MonitorError,
    SchemaError,
    StoreBusyError,
    StoreError,
    StoreLostError,
)
from monitor.store import backup, dialect, migrations
from monitor.store.dialect import SQLITE_BUSY, SQLITE_LOCKED, Tx

# The low byte of SQLite's result code, and PostgreSQL's SQLSTATE.
SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN = 10, 13, 14
POSTGRESQL_BUSY = {  # lock timeout, deadlock, serialization, connections, statement timeout
    *("55P03", "40P01", "40001", "53300", "57014"),
}
POSTGRESQL_FULL = {"53100"}
POSTGRESQL_LOST = {"57P01", "57P02", "57P03"}  # shut down by its administrator, crashed, starting up


def open_store(url: str, *, busy_timeout_seconds: float = 30) -> Store:
    """A store for `url`: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.

    Connects to nothing and creates nothing yet; see `Store.upgrade` and `Store.check_schema`.
    A writer waits `busy_timeout_seconds` for another one before StoreBusyError.
    Raises ConfigError for any other URL, StoreError where the installed SQLite is unsafe.
    """
    parsed = dialect.parse_url(url)
    return Store(parsed, dialect.connect(parsed, busy_timeout_seconds))


class Store:
    """A database. Thread-safe; a process that forks opens its own."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self._url = url
        self._engine = engine
        self._reader = dialect.reader(engine)

    @property
    def url(self) -> str:
        """Where the database is; a password in it shows as ``***``."""
        return self._url.render_as_string(hide_password=True)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @property
    def path(self) -> Path | None:
        """The database file, or None where the database is a server."""
        return dialect.sqlite_file(self._url)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction that writes: committed at the end of the block, rolled back if it raises.

        Raises StoreBusyError, DiskFullError or StoreError; nothing of the block is stored then.
        StoreLostError alone leaves open whether it was: the connection may break after the commit.
        """
        with self._translated(), self._engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that sees the database as it was at its first query, and writes nothing."""
        with self._translated(), self._reader.begin() as tx:
            yield tx

    def upgrade(self) -> None:
        """Create the schema, or bring an older one up to this program's, in one transaction.

        Any number of processes may call it at once: one works, the others wait for it.
        Raises SchemaError where the database belongs to a newer program.
        """
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.begin() as tx:
            migrations.upgrade(tx)

    def prepare(self, *, migrate: bool = False) -> None:
        """Give an empty database its tables; upgrade an older one if `migrate`.

        Raises SchemaError, naming the command to run, where the schema is another one.
        """
        if migrate or (self.path is not None and not self.path.exists()):
            self.upgrade()
            return
        with self.read() as tx:
            empty = migrations.current(tx) is None
        if empty:
            self.upgrade()
        self.check_schema()

    def check_schema(self) -> None:
        """Raise SchemaError, naming the command to run, unless the schema is this program's."""
        if self.path and not self.path.exists():
            raise SchemaError(f"no database at {self.path}: run `monitor db upgrade` to create it")
        with self.read() as tx:
            migrations.check(tx, self.url)

    def backup(self, path: Path) -> None:
        """Write a consistent copy of everything to `path` while others keep working; see `backup`."""
        with self.read() as tx:
            migrations.check(tx, self.url)
            backup.dump(tx, path)

    def restore(self, path: Path) -> None:
        """Replace everything by the backup at `path`, in one transaction: all of it or nothing.

        The schema is created first where the database is empty. Raises DataError where the
        file is damaged or no backup, SchemaError where it is of another schema version.
        """
        backup.check(path)
        self.upgrade()
        with self.begin() as tx:
            backup.load(tx, path)

    def version(self) -> str:
        """The database software and the schema in it, as `monitor doctor` shows them."""
        with self.read() as tx:
            if self.dialect == "sqlite":
                software = f"SQLite {tx.scalar(text('SELECT sqlite_version()'))}"
            else:
                software = f"PostgreSQL {tx.scalar(text('SHOW server_version'))}"
            return f"{software}, schema {migrations.current(tx) or 'none'}"

    def close(self) -> None:
        """Close every pooled connection. The store opens new ones if used again."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise translate(error, self.url) from error


def translate(error: SQLAlchemyError, url: str) -> MonitorError:
    """The monitor's error for one of SQLAlchemy's. Its text has the address, for the log and for who
    operates the machine; clients are told the sentence of its kind (`MonitorError.public`)."""
    if isinstance(error, PoolTimeoutError):
        return StoreBusyError(f"{url}: every connection of this process is in use; try again")
    if not isinstance(error, DBAPIError):
        wrong = error.orig if isinstance(error, StatementError) and error.orig else error
        if isinstance(wrong, MonitorError):
            return wrong
        return StoreError(f"{url}: a value could not be stored: {wrong}")
    cause: BaseException | None = error.orig
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    state = getattr(cause, "sqlstate", None) or ""
    if code in (SQLITE_BUSY, SQLITE_LOCKED) or state in POSTGRESQL_BUSY:
        return StoreBusyError(f"{url}: another process kept the database locked ({cause}); try again")
    if code == SQLITE_FULL or state in POSTGRESQL_FULL or getattr(cause, "errno", 0) == errno.ENOSPC:
        return DiskFullError(
            f"{url}: the disk is full; free some space and try again, nothing stored is lost"
        )
    lost = state in POSTGRESQL_LOST or state.startswith("08") or code in (SQLITE_IOERR, SQLITE_CANTOPEN)
    if lost or error.connection_invalidated or _unreachable(error):
        return StoreLostError(
            f"{url}: cannot open the database, or lost it ({_line(cause)}); check [store] url, and its server"
        )
    return StoreError(f"{url}: {_line(cause)}")


def _unreachable(error: DBAPIError) -> bool:
    return error.statement is None and error.orig.__class__.__name__ == "OperationalError"


def _line(cause: BaseException | None) -> str:
    return " ".join(str(cause).split())
