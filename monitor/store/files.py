"""The files of a SQLite database: made whole, never made twice, refused where they are damaged.

A database appears at its path only when it is complete: it is built in a folder of its own beside it
and linked to its name, which fails where the name is taken. So whoever finds a file of no bytes, or one
that is no database, knows that something went wrong with a database that was there, and that no other
process is just making it: it is refused, and never taken for a new one. Neither is a journal without
its database. Only `monitor db restore` sets such files aside, under another name, and never removes them.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from monitor.errors import DamagedError, StoreError
from monitor.premises import locks, ownership

JOURNALS = ("-wal", "-shm", "-journal")
LEAST_BYTES = 512
"""The smallest page of a SQLite database; it takes a file of one byte, too, for a new one."""

REMEDY = (
    "restore a backup (`monitor db restore FILE --yes` sets the damaged files aside), or move them away "
    "to begin with an empty database"
)


def all_of(path: Path) -> list[Path]:
    """The database's file and its journals, whether they are there or not."""
    return [path, *(path.with_name(path.name + suffix) for suffix in JOURNALS)]


def check(path: Path) -> None:
    """Raise DamagedError where a file at `path` cannot be a database, or where one was lost."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        _check_journal(path)
        return
    except OSError:  # opening it tells why
        return
    if size < LEAST_BYTES:
        raise DamagedError(f"{path}: has {size} bytes: the database that was there is lost; {REMEDY}")


def create(path: Path, fill: Callable[[Path], None]) -> bool:
    """Make the database at `path`; False where there is one, or another process was faster.

    `fill` writes a whole database at the path it is given, and closes it. Raises StoreError where the
    folder cannot be written to.
    """
    if path.exists():
        return False
    _check_journal(path)
    with _built(path, fill) as fresh:
        try:
            os.link(fresh, path)
        except FileExistsError:
            return False
        locks.flush(path.parent)
    return True


def replace(path: Path, fill: Callable[[Path], None], now: datetime) -> Path | None:
    """Make a database at `path`, which nobody has open, in place of a damaged one; under which name the
    damaged files are kept, None where there were none. Raises StoreError as `create` does."""
    with _built(path, fill) as fresh:
        aside = set_aside(path, now)
        os.link(fresh, path)
        locks.flush(path.parent)
    return aside


@contextmanager
def _built(path: Path, fill: Callable[[Path], None]) -> Iterator[Path]:
    """A database that `fill` wrote, beside `path`; removed in the end under this name."""
    folder = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        ownership.folder(path.parent)
        clear(path)
        handle = locks.make(folder, None)
        try:
            os.close(os.open(folder / path.name, os.O_WRONLY | os.O_CREAT, ownership.FILE))
            fill(folder / path.name)
            yield folder / path.name
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)
    except OSError as error:
        raise StoreError(
            f"{path}: the database cannot be created there: {error.strerror}; check [store] url"
        ) from error


def clear(path: Path) -> None:
    """Remove what makers of the database that were killed left beside it."""
    locks.clear(path.parent, f".{path.name}.*.new")


def set_aside(path: Path, now: datetime) -> Path | None:
    """Rename the database and its journals, which nobody has open; the new name, None where none is there."""
    name = f"{path.name}.damaged-{now:%Y%m%d-%H%M%S}"
    aside = None
    for file in reversed(all_of(path)):  # the database last: without it its journals would be refused
        if file.exists():
            moved = path.with_name(name + file.name.removeprefix(path.name))
            os.rename(file, moved)
            aside = moved
    if aside is not None:
        locks.flush(path.parent)
    return aside


def _check_journal(path: Path) -> None:
    journal = path.with_name(path.name + "-wal")
    with suppress(OSError):
        if journal.stat().st_size:
            raise DamagedError(
                f"{path}: is gone, but its journal {journal.name} is there: put the file back, or {REMEDY}"
            )
