"""Exits that a plugin in this process asks for, and that are not granted.

A plugin may raise SystemExit, or KeyboardInterrupt, or anything else that no ``except Exception`` holds: in a
thread it would end a worker without a word, in the main thread the monitor. A real Ctrl-C comes to the main
thread, and goes through there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.errors import MonitorError

ENDS = (SystemExit, KeyboardInterrupt, GeneratorExit)
"""What ends a program that does not mind it."""


@contextmanager
def refused(
    kind: type[MonitorError], who: str, what: tuple[type[BaseException], ...] = (BaseException,)
) -> Iterator[None]:
    """Within, `what` would end a thread or the process becomes an error of `kind`: "`who` raised ..."."""
    try:
        yield
    except Exception:
        raise
    except what as error:
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            raise
        text = f": {str(error)[:300]}" if str(error) else ""
        raise kind(f"{who} raised {type(error).__name__}{text}") from error
