"""Files that hold data are their owner's alone: 0600, and the folders made for them 0700.

Articles, labels, users and the audit stand in the database, its journals, its backups, exports, logs,
models and sockets. Whatever makes one of these makes it so from the start (`opener`, `folder`); what
existed with a wider mode, from a copy or an older program, is closed to others when a process starts
(`settle`), and the log says once what was open.

Only what is the monitor's own is touched: named files, and a folder only where nothing else lies in it.
A database at /srv/shared/monitor.db does not close /srv/shared.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
log = logging.getLogger(__name__)


def opener(path: str, flags: int) -> int:
    """For `open(path, "w", opener=opener)`: the file is its owner's alone, also where it existed.

    Raises OSError as `open` does.
    """
    handle = os.open(path, flags | os.O_CLOEXEC, FILE)
    try:
        about = os.fstat(handle)
        if stat.S_ISREG(about.st_mode) and about.st_mode & 0o077:
            os.fchmod(handle, FILE)
    except OSError:
        os.close(handle)
        raise
    return handle


def folder(path: Path) -> None:
    """Make the folder and those above it; what is made is its owner's alone. Raises OSError."""
    if not path.parent.exists():
        folder(path.parent)
    path.mkdir(mode=FOLDER, exist_ok=True)


def settle(files: Iterable[Path], folders: Iterable[Path]) -> list[Path]:
    """Close these files and all that lies in these folders to others; which were open.

    A missing one is passed over, and so is one that another user owns: that user decides.
    """
    opened = [path for path in open_to_others(files, folders) if _closed(path)]
    if opened:
        log.warning(
            "other users could read these files; they are their owner's alone now",
            extra={"paths": [str(path) for path in opened[:20]], "number": len(opened)},
        )
    return opened


def open_to_others(files: Iterable[Path], folders: Iterable[Path]) -> list[Path]:
    """Which of these files, and of all that lies in these folders, others may read, write or enter."""
    found = [*files]
    for one in folders:
        found.append(one)
        with suppress(OSError):
            found += sorted(one.rglob("*"))
    return [path for path in found if _open(path)]


def alone(directory: Path, files: Iterable[Path]) -> bool:
    """Whether nothing but `files` lies in the folder, so that it was made for them."""
    known = {path.name for path in files}
    try:
        return all(path.name in known for path in directory.iterdir())
    except OSError:
        return False


def _open(path: Path) -> bool:
    """Whether others may do something with `path`. A link is none of ours, nor is a folder that is
    everybody's by intention, as /tmp."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return bool(mode & 0o077) and not stat.S_ISLNK(mode) and not mode & stat.S_ISVTX


def _closed(path: Path) -> bool:
    """Close `path` to others; False where it cannot be."""
    try:
        # The owner's own bits stay: a model that is read-only is to stay so.
        os.chmod(path, stat.S_IMODE(path.lstat().st_mode) & 0o700)
    except OSError:
        return False
    return True
