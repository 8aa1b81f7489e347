"""Where an installation keeps what it holds, and how that is kept in order.

The database with its journals, copies and backups beside it, the models, the log: named by the settings,
closed to other users (`close`), and cleared of what killed processes left half done (`clear`).
"""

from __future__ import annotations

from pathlib import Path

from monitor.premises import installation, locks, ownership
from monitor.settings import Settings
from monitor.store import dialect, files, occupants, saved


def holding(settings: Settings) -> tuple[list[Path], list[Path]]:
    """The files that hold data, and the folders whose whole content does; some may not be there.

    The database's folder is among the files where nothing lies in it that is not the monitor's.
    """
    found = logs(settings)
    models = settings.learning.directory
    database = dialect.sqlite_file(dialect.parse_url(settings.store.url))
    if database is None:
        return found, [models]
    found += [*files.all_of(database), installation.key_file(settings), occupants.folder_of(database)]
    found += sorted(database.parent.glob(f"{database.name}.damaged-*"))
    for pattern in (f"*{locks.UNFINISHED}", "crash-*.txt", f".{database.name}.*.new"):
        found += sorted(database.parent.glob(pattern))
    found += [file for file in sorted(database.parent.glob("*")) if file.is_file() and saved.is_one(file)]
    if ownership.alone(database.parent, [*found, models]):
        found.append(database.parent)
    return found, [models]


def folder(settings: Settings) -> Path:
    """Where the installation keeps its own small things: beside the database, else beside the models."""
    database = dialect.sqlite_file(dialect.parse_url(settings.store.url))
    return database.parent if database else settings.learning.directory.parent


def close(settings: Settings) -> list[Path]:
    """Make all of it its owner's alone; what others could read until now, which the log says, too."""
    return ownership.settle(*holding(settings))


def clear(settings: Settings) -> None:
    """Remove what killed processes left half done beside the database."""
    database = dialect.sqlite_file(dialect.parse_url(settings.store.url))
    if database is not None:
        locks.clear(database.parent, f"*{locks.UNFINISHED}")
        files.clear(database)


def logs(settings: Settings) -> list[Path]:
    """The log and what was turned over of it, the oldest first; some may not be there."""
    path = settings.log.path
    if path is None:
        return []
    turned = [file for file in path.parent.glob(f"{path.name}.*") if file.suffix[1:].isdecimal()]
    return [*sorted(turned, key=lambda file: -int(file.suffix[1:])), path]
