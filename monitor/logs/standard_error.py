"""Standard error as a log: one JSON object a line, whoever writes to it.

A library may print there, Python prints warnings and tracebacks, C code writes past Python, and so do
child processes. Where standard error is no terminal, the program takes it over: file descriptor 2
becomes a pipe that a thread reads line by line, and each line goes on as one JSON object. The log's own
lines, which are such objects already, go past the pipe (`stream`).

Standard library only, so that `monitor --help` stays light.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from monitor.logs.redaction import Redact

MAX_LINE = 16_000
"""Characters of a line that are told; of a longer one the rest is left out."""

END_SECONDS = 1.0
"""What a child that holds standard error open may delay the end."""

Sink = Callable[[str, str, str], None]
"""What a line is handed to: level, logger, text."""


class Taken:
    """Standard error, taken over until `give_back`."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self._real = os.dup(2)
        sys.stderr.flush()
        os.dup2(writing, 2)
        os.close(writing)
        self.stream: TextIO = open(self._real, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
        """Where lines of JSON go."""
        self.sink: Sink = self._plain
        self._redact = Redact()
        self._reader = threading.Thread(target=self._read, args=(reading,), name="stderr", daemon=True)
        self._reader.start()

    def give_back(self) -> None:
        """Let what was written go on, and standard error be what it was."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os.dup2(self._real, 2)
        self._reader.join(END_SECONDS)
        with suppress(OSError, ValueError):
            self.stream.flush()

    def say(self, level: str, logger: str, text: str) -> None:
        """Write one event."""
        with suppress(OSError, ValueError):  # nobody reads it any more
            self.sink(level, logger, text)

    def _read(self, handle: int) -> None:
        with open(handle, "rb", buffering=65536) as pipe:
            while line := pipe.readline(4 * MAX_LINE):
                text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
                if text.strip():
                    self.say("warning", "stderr", text)

    def _plain(self, level: str, logger: str, text: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        event = self._redact.text(text)[:MAX_LINE]
        said = {"event": event, "logger": logger, "level": level, "at": at}
        self.stream.write(json.dumps(said) + "\n")
        self.stream.flush()


_taken: list[Taken | None] = []


def take_over() -> None:
    """Say that this process is the monitor's own, and take standard error over, to its end, unless a person
    reads it."""
    if not _taken:
        _taken.append(None if sys.stderr.isatty() else Taken())
        atexit.register(give_back)


def give_back() -> None:
    """End what `take_over` began; nothing where it began nothing."""
    found = _taken.pop() if _taken else None
    if found is not None:
        found.give_back()


def owned() -> bool:
    """Whether this process is the monitor's own, and not one that calls a command of it."""
    return bool(_taken)


def taken() -> Taken | None:
    """Standard error where it is taken over."""
    return _taken[0] if _taken else None
