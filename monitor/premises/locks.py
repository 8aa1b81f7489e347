"""Locks that the system drops when their holder dies, however it dies.

A file or folder that is being made, or that stands for a running process, is locked (flock) as long as
its holder lives. So whoever finds it tells by the lock alone, and not by a process id that may have been
given again, whether somebody still needs it: what can be locked is left over, and may be removed.

    with held(folder / ".training-7"): ...      # OSError where another process holds it
    with finished(folder / "a.gz") as part: ... # written beside it, and named so when it is complete
    clear(folder, "*.part")                     # removes what no living process holds
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".monitor.part"
"""How the name of a file ends that is being written."""


def hold(path: Path, *, wait: bool = False) -> int:
    """Lock `path`, a file or a folder that exists; the handle to close for letting go.

    Raises BlockingIOError where another process holds it (unless this one is to `wait`),
    FileNotFoundError where it is gone, also where whoever clears up removed it between the opening
    and the locking.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        here, there = os.fstat(handle), os.stat(path)
        if (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
            raise FileNotFoundError(f"{path} was replaced")
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of `path` during the block; raises as `hold` does."""
    handle = hold(path)
    try:
        yield
    finally:
        os.close(handle)


def make(path: Path, text: str | None = "") -> int:
    """Make a file with `text`, or a folder (None), that only its owner may read, and lock it; its handle.

    Raises FileExistsError where there is one already, OSError where it cannot be made.
    """
    while True:
        if text is None:
            path.mkdir(mode=0o700)
        else:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
        with suppress(FileNotFoundError):  # cleared up before it was locked: once more
            return hold(path, wait=True)


@contextmanager
def finished(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, its owner's alone, that takes its name at the end of the block, complete
    and on the disk; or is removed where the block raises. What killed processes left is removed first.

    Raises OSError.
    """
    clear(path.parent, f"*{UNFINISHED}")
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
    handle = make(part)
    try:
        yield part
        written = os.open(part, os.O_RDONLY)
        try:
            os.fsync(written)
        finally:
            os.close(written)
        os.replace(part, path)
        flush(path.parent)
    finally:
        part.unlink(missing_ok=True)
        os.close(handle)


def clear(folder: Path, pattern: str) -> list[Path]:
    """Remove the files and folders in `folder` that match and that no living process holds; which they
    were. What cannot be removed stays."""
    removed = []
    for path in sorted(folder.glob(pattern)):
        with suppress(OSError), held(path):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed.append(path)
    return removed


def flush(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
