"""What a process said when it died of a fault in compiled code, told by the next one.

Python's faulthandler writes a trace at such a moment, but not as a line of the log: nothing of the
program runs any more. So it writes to a file of the process's own, which the system unlocks when the
process is gone; the next start tells the log what is in the files of the dead, and removes them.
"""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from monitor.premises import locks, ownership

MAX_BYTES = 20_000
"""Of a trace; the beginning says where it was."""

log = logging.getLogger(__name__)


def watch(folder: Path) -> None:
    """Let a fault of this process be told by the next one that uses `folder`; nothing where the folder
    cannot be written to."""
    with suppress(OSError):
        ownership.folder(folder)
        path = folder / f"crash-{os.getpid()}-{secrets.token_hex(4)}.txt"
        handle = locks.make(path)
        trace = open(os.open(path, os.O_WRONLY | os.O_APPEND), "wb", buffering=0)  # noqa: SIM115
        faulthandler.enable(trace)
        atexit.register(_end, path, handle)


def report(folder: Path) -> int:
    """Tell the log of the processes that died so, and forget them; how many there were."""
    number = 0
    for path in sorted(folder.glob("crash-*.txt")):
        with suppress(OSError), locks.held(path):
            with path.open("rb") as file:
                trace = file.read(MAX_BYTES).decode("utf-8", "replace")
            if trace.strip():
                number += 1
                pid = path.name.split("-")[1]
                log.critical("a process crashed", extra={"process_id": pid, "trace": trace})
            path.unlink()
    return number


def _end(path: Path, handle: int) -> None:
    faulthandler.disable()
    path.unlink(missing_ok=True)
    os.close(handle)
