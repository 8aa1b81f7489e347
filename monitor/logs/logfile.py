"""The log's file: its owner's alone, turned over at a size, and written to by any number of processes."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from monitor.premises import ownership

FILE_BYTES = 10_000_000
FILES_KEPT = 5


class LogFile(logging.Handler):
    """Appends each line in one write, which the system keeps whole among those of other processes.

    Who finds the file full turns it over (``monitor.log`` becomes ``monitor.log.1``) under its lock;
    the others see by its inode that it is another file now, and open that. `failed` is told of a line
    that could not be written.
    """

    def __init__(
        self, path: Path, failed: Callable[[logging.LogRecord], None], most: int = FILE_BYTES
    ) -> None:
        super().__init__()
        self.path = path
        self.most = most
        self._failed = failed
        self._handle = -1
        ownership.folder(path.parent)
        self._open()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
        except Exception:  # the handler of standard error has said so
            return
        try:
            self._follow()
            if os.fstat(self._handle).st_size + len(line) > self.most:
                self._turn_over(len(line))
            os.write(self._handle, line)
        except Exception:
            self._failed(record)

    def close(self) -> None:
        super().close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _open(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = ownership.opener(str(self.path), os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _follow(self) -> None:
        """Open the file that bears the name now, where another process has turned it over."""
        try:
            there, here = os.stat(self.path), os.fstat(self._handle)
        except OSError:
            self._open()
            return
        if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
            self._open()

    def _turn_over(self, coming: int) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        locked = self._handle
        try:
            there, here = os.stat(self.path), os.fstat(locked)
            if (there.st_dev, there.st_ino) == (
                here.st_dev,
                here.st_ino,
            ) and here.st_size + coming > self.most:
                for number in range(FILES_KEPT - 1, 0, -1):
                    with suppress(FileNotFoundError):
                        os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")
                os.replace(self.path, f"{self.path}.1")
        finally:
            fcntl.flock(locked, fcntl.LOCK_UN)
        self._open()
