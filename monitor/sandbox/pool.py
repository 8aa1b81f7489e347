"""The children: one plugin in each, warm between two calls, never more idle than a few.

A call takes an idle child of its plugin or starts one (about 0.1 s), and gives it back if nothing was left
behind in it. Whatever ends badly ends with its child. All children end when the pool is closed or
collected, and when this process dies: they are started by one thread of the pool's own, because the kernel
ends them with the thread that started them (prctl(2), PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from monitor.errors import PluginError, StoppedError
from monitor.extensions.loading import Origin
from monitor.messages import Message
from monitor.sandbox.failures import failure
from monitor.sandbox.limits import Limits
from monitor.sandbox.process import Answer, Batch, Process, gently, no_items, no_questions

IDLE = 4
"""Children that wait for the next call, of all plugins together."""
CALLS = 500
"""Calls after which a child is replaced, so that a leak stays small."""


class Pool:
    """Runs what plugins do in children. Safe to share between threads; starts nothing by itself."""

    def __init__(self, limits: Limits | None = None, *, idle: int = IDLE, calls: int = CALLS) -> None:
        self.limits = limits or Limits()
        self._children = _Children(idle, calls)
        self._finalizer = weakref.finalize(self, self._children.close)

    @property
    def pids(self) -> list[int]:
        """The processes there are now."""
        return self._children.pids()

    def describe(self, origin: Origin) -> dict[str, Any]:
        """What the plugin provides: `hooks`, `version`, `kinds`, and whether the kernel `closed` its
        network. The child stays, for the first call. Raises PluginError, LimitError."""
        child = self._children.start(origin, self.limits)
        try:
            found = child.load()
        except BaseException:
            self._children.end(child)
            raise
        self._children.give_back(child)
        return found

    def call(
        self,
        origin: Origin,
        message: Mapping[str, Any],
        *,
        answer: Answer = no_questions,
        batch: Batch = no_items,
        who: str = "",
    ) -> dict[str, Any]:
        """What the plugin gives back. `who` names the instance in the log.

        Raises LimitError where it ran into a limit, what it raised itself, PluginError for everything else
        that it did, and StoppedError where the pool was closed meanwhile.
        """
        child = self._children.take(origin)
        try:
            if child is None:
                child = self._children.start(origin, self.limits)
                child.load()
            found = child.call(message, answer, batch, who)
        except BaseException as error:
            if child is not None:
                self._children.end(child)
            if self._children.closed and isinstance(error, PluginError):
                raise StoppedError(Message("plugins.stopped")) from None
            raise
        self._children.give_back(child)
        if "error" in found:
            raise failure(found["error"], self.limits)
        done: dict[str, Any] = found["done"]
        return done

    def close(self) -> None:
        """End all children, at work or not; calls raise StoppedError from then on."""
        self._finalizer()


class _Children:
    """What the pool holds: apart from it, so that a pool that is forgotten can be collected."""

    def __init__(self, idle: int, calls: int) -> None:
        self.closed = False
        self._most_idle = idle
        self._most_calls = calls
        self._lock = threading.Lock()
        self._all: set[Process] = set()
        self._idle: list[Process] = []
        self._starter: ThreadPoolExecutor | None = None

    def pids(self) -> list[int]:
        with self._lock:
            return [child.pid for child in self._all]

    def start(self, origin: Origin, limits: Limits) -> Process:
        with self._lock:
            self._refuse_if_closed()
            self._starter = self._starter or ThreadPoolExecutor(1, "sandbox")
            starting = self._starter.submit(Process, origin, limits, gently.get())
        try:
            child = starting.result()
        except OSError as error:  # no memory, no descriptor, too many processes
            raise PluginError(Message("plugins.no_process", error=str(error))) from None
        with self._lock:
            self._all.add(child)
            closed = self.closed
        if closed:
            self.end(child)
            self._refuse_if_closed()
        return child

    def take(self, origin: Origin) -> Process | None:
        """An idle child of this plugin, if there is one that lives."""
        while True:
            with self._lock:
                self._refuse_if_closed()
                child = next((one for one in reversed(self._idle) if one.origin == origin), None)
                if child is None:
                    return None
                self._idle.remove(child)
            if child.alive:
                return child
            self.end(child)

    def give_back(self, child: Process) -> None:
        """Keep a child for the next call, unless it is worn, or others have waited less long."""
        over: Process | None = child
        if not child.worn(self._most_calls):
            with self._lock:
                if not self.closed:
                    self._idle.append(child)
                    over = self._idle.pop(0) if len(self._idle) > self._most_idle else None
        if over is not None:
            self.end(over)

    def end(self, child: Process) -> None:
        with self._lock:
            known = child in self._all
            self._all.discard(child)
        if known:
            child.close()

    def close(self) -> None:
        with self._lock:
            self.closed = True
            idle, self._idle = self._idle, []
            busy = self._all.difference(idle)
            starter, self._starter = self._starter, None
        for child in idle:
            self.end(child)
        for child in busy:  # the thread that talks with it closes it
            child.kill()
        if starter is not None:
            starter.shutdown(wait=False)

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise StoppedError(Message("plugins.stopped"))
