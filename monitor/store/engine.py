"""The store: one database, its transactions, and its errors turned into the monitor's."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pysqlite3 import dbapi2 as pysqlite3
from sqlalchemy import event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from monitor.errors import (
    ConflictError,
    DamagedError,
    DiskFullError,
    MonitorError,
    SchemaError,
    StoreBusyError,
    StoreError,
    StoreLostError,
)
from monitor.premises import ownership
from monitor.store import audit, backup, dialect, files, migrations, occupants, rollups, saved
from monitor.store.dialect import SQLITE_BUSY, SQLITE_LOCKED, Tx

# The low byte of SQLite's result code, and PostgreSQL's SQLSTATE.
SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_NOTADB = 10, 11, 13, 14, 26
POSTGRESQL_BUSY = {  # lock timeout, deadlock, serialization, connections, statement timeout
    *("55P03", "40P01", "40001", "53300", "57014"),
}
POSTGRESQL_FULL = {"53100"}
POSTGRESQL_LOST = {"57P01", "57P02", "57P03"}  # shut down by its administrator, crashed, starting up
log = logging.getLogger(__name__)


def open_store(url: str, *, busy_timeout_seconds: float = 30, key: bytes = b"") -> Store:
    """A store for `url`: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.

    Connects to nothing and creates nothing yet; see `Store.upgrade` and `Store.check_schema`.
    A writer waits `busy_timeout_seconds` for another one before StoreBusyError. `key` seals the entries
    of the audit; what is written without one does not stand `audit.verify` with it.
    Raises ConfigError for any other URL, StoreError where the installed SQLite is unsafe.
    """
    return Store(dialect.parse_url(url), busy_timeout_seconds, key)


class Store:
    """A database. Thread-safe; a process that forks opens its own."""

    def __init__(self, url: URL, busy_timeout_seconds: float, key: bytes) -> None:
        self._url = url
        self._timeout = busy_timeout_seconds
        self._key = key
        self._engine = dialect.connect(url, busy_timeout_seconds)
        self._writer = self._engine.execution_options(**{audit.KEY: key})
        self._reader = dialect.reader(self._writer)
        self._entry: occupants.Entry | None = None
        self._who: occupants.Occupant | None = None

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
        The counts follow what the block changed (`rollups.fold`). StoreLostError alone leaves open whether it
        was stored: the connection may break after the commit. The
        head of the audit goes to the log whenever an entry was committed.
        """
        with self._translated(), self._writer.begin() as tx:
            tx.info.pop(audit.NOTED, None)
            rollups.begin(tx)
            yield tx
            if tx.in_transaction():  # else the block rolled back by itself
                rollups.fold(tx)
            head: audit.Head | None = tx.info.pop(audit.NOTED, None)
        if head is not None:
            log.info("audit", extra={"entries": head.entries, "seal": head.seal})

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that sees the database as it was at its first query, and writes nothing."""
        with self._translated(), self._reader.begin() as tx:
            yield tx

    def upgrade(self) -> None:
        """Create the schema, or bring an older one up to this program's, in one transaction.

        Any number of processes may call it at once: one works, the others wait for it.
        Raises SchemaError where the database belongs to a newer program, DamagedError where it is lost.
        """
        if self.path is not None:
            files.check(self.path)
            if files.create(self.path, lambda fresh: self._build(fresh, lambda store: None)):
                return
        with self.begin() as tx:
            migrations.upgrade(tx)

    def prepare(self, *, migrate: bool = False, role: str = "") -> None:
        """Open the store for work as `role`: from here to `close` nobody restores a backup into it.

        A new database gets its tables; an older one is upgraded if `migrate`. Files that others may
        read are closed to them. Raises SchemaError, naming the command to run, where the schema is
        another one, DamagedError where the database is lost or is none, StoreBusyError while a backup
        is being restored.
        """
        self.occupy(role)
        if self.path is not None:
            files.check(self.path)
            files.clear(self.path)
            ownership.settle(files.all_of(self.path), ())
        if migrate or (self.path is not None and not self.path.exists()):
            self.upgrade()
            return
        if self.path is None:
            with self.read() as tx:
                empty = migrations.current(tx) is None
            if empty:
                self.upgrade()
        self.check_schema()

    def occupy(self, role: str) -> None:
        """Be seen by `monitor db restore` as a process that uses the store, until `close`."""
        if self._who is not None:
            return
        who = occupants.oneself(role)
        if self.path is None:
            self._engine.dispose()
            event.listen(
                self._engine, "connect", lambda connection, _: occupants.enter_session(connection, who)
            )
        else:
            path = self.path
            self._entry = occupants.enter(path, who)
            event.listen(self._engine, "do_connect", lambda *_: _there(path))
        self._who = who

    def check_schema(self) -> None:
        """Raise SchemaError, naming the command to run, unless the schema is this program's."""
        if self.path is not None:
            files.check(self.path)
            if not self.path.exists():
                raise SchemaError(f"no database at {self.path}: run `monitor db upgrade` to create it")
        with self.read() as tx:
            migrations.check(tx, self.url)

    def damage(self) -> str:
        """What is wrong with the database's file, "" where nothing is; see `dialect.damage`."""
        try:
            with self.read() as tx:
                return dialect.damage(tx)
        except DamagedError as error:
            return str(error)

    def backup(self, path: Path) -> audit.Head:
        """Write a consistent copy of everything to `path` while others keep working; see `backup`.

        The head of the audit that is in it.
        """
        with self.read() as tx:
            migrations.check(tx, self.url)
            backup.dump(tx, path)
            return audit.head(tx)

    def restore(self, path: Path, now: datetime, *, user: str, address: str = "") -> Path | None:
        """Replace everything by the backup at `path`: all of it or nothing. An entry of the audit says so.

        The schema is created first where the database is empty. A SQLite file that is damaged, or is no
        database, is set aside; under which name, else None. Raises ConflictError, naming who it is, while
        any other process has the store open, DataError where the backup is damaged or none, SchemaError
        where it is of another schema version.
        """
        if self._who is not None:
            raise ConflictError(occupants.occupied([self._who]))
        saved.check(path)

        def load(store: Store) -> None:
            with store.begin() as tx:
                if store.dialect == "postgresql":
                    occupants.keep_out(tx)
                backup.load(tx, path, now, user, address)

        if self.path is None:
            self.upgrade()
            load(self)
            return None
        with occupants.alone(self.path, occupants.oneself(occupants.RESTORE)):
            try:
                files.check(self.path)
                whole = self.path.exists() and not self.damage()
            except DamagedError:
                whole = False
            if not whole:
                self._engine.dispose()
                return files.replace(self.path, lambda fresh: self._build(fresh, load), now)
            self.upgrade()
            load(self)
        return None

    def vacuum(self) -> None:
        """Give back the space of what was removed: on SQLite the file is written anew, while others read and
        nobody writes; PostgreSQL's server marks it as free, and nobody waits.

        Raises DiskFullError where there is no room for a second file, StoreBusyError while somebody writes.
        """
        if self.path is None:
            with (
                self._translated(),
                self._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as tx,
            ):
                tx.exec_driver_sql("VACUUM (ANALYZE)")
            return
        needed = sum(file.stat().st_size for file in files.all_of(self.path) if file.exists())
        if shutil.disk_usage(self.path.parent).free < needed:
            raise DiskFullError(
                f"{self.path}: a second file of {needed:,} bytes has no room beside it; free some"
            )
        connection = self._engine.raw_connection()
        try:  # past SQLAlchemy, which would begin a transaction
            connection.cursor().execute("PRAGMA query_only = 0")
            connection.cursor().execute("VACUUM")
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except pysqlite3.Error as error:
            raise translate(DBAPIError("VACUUM", None, error), self.url) from error
        finally:
            connection.close()

    def verify_audit(self, known: Sequence[audit.Head] = ()) -> audit.Verdict:
        """Check the audit's chain under the key it is sealed with here; see `audit.verify`."""
        with self.read() as tx:
            return audit.verify(audit.all(tx), self._key, known)

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
        if self._entry is not None:
            self._entry.leave()
            self._entry = None

    def _build(self, fresh: Path, fill: Callable[[Store], None]) -> None:
        """Write a whole SQLite database at `fresh`, which nobody else knows of."""
        store = Store(self._url.set(database=str(fresh)), self._timeout, self._key)
        try:
            with store.begin() as tx:
                migrations.upgrade(tx)
            fill(store)
        finally:
            store.close()  # which moves the journal's content into the file

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise translate(error, self.url) from error


def _there(path: Path) -> None:
    """SQLite would make a new database where the one in use is gone."""
    files.check(path)
    if not path.exists():
        raise DamagedError(f"{path}: is gone while it was in use; put it back, or {files.REMEDY}")


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
    if code in (SQLITE_CORRUPT, SQLITE_NOTADB):
        return DamagedError(f"{url}: the database is damaged ({_line(cause)}); {files.REMEDY}")
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
