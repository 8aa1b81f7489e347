"""Who has the store open, told by the system itself: no living process is missed, and no dead one blocks.

Every process that opens the store to work with it holds a lock for as long as it lives, shared with all
others; `monitor db restore` needs it alone. SQLite: a file of each process's own in a folder beside the
database, locked by flock; each announces itself before it looks for the other kind, so that of a restore
and a start at the same moment at least one gives way. PostgreSQL: an advisory lock of each connection's
session, so that nothing can be asked of the server without it; the connection carries the process's name.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from monitor.errors import ConflictError, StoreBusyError, StoreError
from monitor.messages import Message
from monitor.premises import locks, ownership
from monitor.store.dialect import Tx

LOCK = 0x6E6577736D6F6E  # "newsmon": the PostgreSQL advisory lock of those who use the store
RESTORE = "db restore"


@dataclass(frozen=True, slots=True)
class Occupant:
    """A process that has the store open: `role` is what it does (run, web, worker, a command)."""

    host: str
    pid: int
    role: str

    def __str__(self) -> str:
        return f"{self.role} ({self.host}, process {self.pid})"


def oneself(role: str) -> Occupant:
    """This process, as `role`."""
    return Occupant(socket.gethostname(), os.getpid(), role or Path(sys.argv[0]).name or "python")


# --- SQLite: a folder of locked files beside the database ---------------------------------------


def folder_of(database: Path) -> Path:
    """Where the processes that use `database` are."""
    return database.with_name(f"{database.name}.in-use")


@dataclass(frozen=True, slots=True)
class Entry:
    """A process's own file in the folder, and the handle that holds its lock."""

    path: Path
    handle: int

    def leave(self) -> None:
        """Take the announcement back."""
        self.path.unlink(missing_ok=True)
        with suppress(OSError):  # the last one takes the folder along
            self.path.parent.rmdir()
        os.close(self.handle)


def enter(database: Path, who: Occupant) -> Entry:
    """Announce `who`. Raises StoreBusyError while a restore is under way."""
    entry = _announced(folder_of(database), who, "open")
    locks.clear(folder_of(database), "*")  # what dead processes left
    restoring = present(database, "restore")
    if restoring:
        entry.leave()
        raise StoreBusyError(Message("store.restoring", who=str(restoring[0])))
    return entry


@contextmanager
def alone(database: Path, who: Occupant) -> Iterator[None]:
    """Keep everybody else out of a SQLite database. Raises ConflictError, naming who has it open."""
    entry = _announced(folder_of(database), who, "restore")
    try:
        others = [*present(database, "open"), *(one for one in present(database, "restore") if one != who)]
        if others:
            raise ConflictError(occupied(others))
        yield
    finally:
        entry.leave()


def present(database: Path, kind: str = "open") -> list[Occupant]:
    """Who has the database open now (or restores it); what dead processes left is cleared up."""
    folder = folder_of(database)
    locks.clear(folder, f"*.{kind}")
    return [_read(path) for path in sorted(folder.glob(f"*.{kind}"))]


def _read(path: Path) -> Occupant:
    """Who announced themselves in a file that is held; its name alone tells where it says nothing yet."""
    try:
        said = json.loads(path.read_text("utf-8"))
        return Occupant(str(said["host"]), int(said["pid"]), str(said["role"]))
    except (OSError, ValueError, TypeError, KeyError):
        pid = path.name.partition("-")[0]
        return Occupant("?", int(pid) if pid.isdecimal() else 0, "?")


def _announced(folder: Path, who: Occupant, kind: str) -> Entry:
    path = folder / f"{who.pid}-{secrets.token_hex(4)}.{kind}"
    while True:
        try:
            ownership.folder(folder)
            return Entry(path, locks.make(path, json.dumps(asdict(who))))
        except FileNotFoundError:  # the last one who left took the folder along
            continue
        except OSError as error:
            raise StoreError(
                f"{folder}: cannot be written to: {error.strerror}; who opens the database says so there"
            ) from error


def occupied(others: list[Occupant]) -> Message:
    """Why nothing can be restored while `others` have the store open."""
    return Message("store.occupied", who=[str(one) for one in dict.fromkeys(others)])


# --- PostgreSQL: an advisory lock of each session -----------------------------------------------


def enter_session(connection: Any, who: Occupant) -> None:
    """Let a new connection hold the lock, shared, under the process's name.

    Raises StoreBusyError while a restore is under way; the connection is closed then.
    """
    connection.execute("SELECT set_config('application_name', %s, false)", [_named(who)])
    (entered,) = connection.execute("SELECT pg_try_advisory_lock_shared(%s)", [LOCK]).fetchone()
    connection.commit()
    if not entered:
        connection.close()
        raise StoreBusyError(Message("store.restoring", who=RESTORE))


def keep_out(tx: Tx) -> None:
    """Keep everybody else out of a PostgreSQL database until `tx` ends. Raises ConflictError, as `alone`."""
    if not tx.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
        raise ConflictError(occupied(sessions(tx)))


def sessions(tx: Tx) -> list[Occupant]:
    """The processes whose connections hold the lock; a connection without our name by its server process."""
    rows = tx.execute(
        text(
            "SELECT DISTINCT a.pid, a.application_name, a.client_addr FROM pg_locks l"
            " JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
            " AND l.classid::bigint = :high AND l.objid::bigint = :low AND l.pid <> pg_backend_pid()"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " ORDER BY a.pid"
        ),
        {"high": LOCK >> 32, "low": LOCK & 0xFFFFFFFF},
    )
    found = []
    for row in rows:
        named = re.fullmatch(r"News Monitor (.*) @(.*):(\d+)", row.application_name or "")
        if named:
            found.append(Occupant(named[2], int(named[3]), named[1]))
        else:
            found.append(Occupant(str(row.client_addr or "server"), row.pid, row.application_name or "?"))
    return list(dict.fromkeys(found))


def _named(who: Occupant) -> str:
    """What `sessions` reads; PostgreSQL keeps 63 bytes of ASCII."""
    tail = f" @{who.host[:24]}:{who.pid}"
    name = f"News Monitor {who.role}"[: 63 - len(tail)] + tail
    return name.encode("ascii", "replace").decode("ascii")
