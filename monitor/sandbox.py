"""Run a function on hostile input in a child process that may be killed.

A feed can make a parser eat all memory or loop for hours (XML bombs, quadratic regular
expressions); only the kernel stops that. Each child is an interpreter of its own, started
by `exec` rather than `fork` so that it is safe under uvicorn's and Streamlit's threads,
imports nothing but the module of the function it runs, and is kept warm for the next task.

Arguments travel to the child by pickle (we trust ourselves), results come back as JSON:
what a child says after reading hostile bytes is data to us, never code.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import pickle
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from monitor.errors import FetchError

T = TypeVar("T")

_LENGTH = struct.Struct("!Q")
_MAX_RESULT_BYTES = 128_000_000
_START_SECONDS = 30.0  # an interpreter's start on a busy machine, before a task's own time counts
_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from monitor.sandbox import serve; serve(int(sys.argv[1]))"


class Sandbox:
    """A small set of warm children, one for each thread that calls `run` at the same time.

    At most `idle` children wait for work; each is replaced after `tasks` runs, so that a
    leak in a parser stays small. Nothing starts before the first `run`. Children end when
    the sandbox is closed or collected, and when the parent dies.
    """

    def __init__(self, *, idle: int = 2, tasks: int = 500) -> None:
        self._idle = idle
        self._tasks = tasks
        self._lock = threading.Lock()
        self._waiting: list[_Child] = []
        self._finalizer = weakref.finalize(self, _close_all, self._waiting)

    def run(
        self,
        function: Callable[..., T],
        *args: Any,
        cpu_seconds: float = 20.0,
        memory_bytes: int = 1_000_000_000,
        wall_seconds: float = 60.0,
    ) -> T:
        """What `function(*args)` returns, as JSON knows it (a tuple comes back as a list).

        `function` must be importable by name and return JSON values. `memory_bytes` bounds
        the child's address space, `cpu_seconds` (rounded up) and `wall_seconds` this one
        call. Raises FetchError when a limit ended it, when the child died, or when the
        function raised; the next call gets a fresh child.
        """
        child = self._take()
        try:
            reply = child.ask(
                _Task(
                    function.__module__, function.__qualname__, args, cpu_seconds, memory_bytes, wall_seconds
                )
            )
        except BaseException:
            child.close()
            raise
        self._give_back(child)
        if "error" in reply:
            raise FetchError(str(reply["error"]))
        result: T = reply["result"]
        return result

    def close(self) -> None:
        """End the waiting children; a later `run` starts new ones."""
        with self._lock:
            _close_all(self._waiting)

    def _take(self) -> _Child:
        while True:
            with self._lock:
                if not self._waiting:
                    break
                child = self._waiting.pop()
            if child.process.poll() is None:
                return child
            child.close()
        return _Child()

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            if len(self._waiting) < self._idle and child.runs < self._tasks and self._finalizer.alive:
                self._waiting.append(child)
                return
        child.close()


@dataclass(frozen=True)
class _Task:
    module: str
    name: str
    args: tuple[Any, ...]
    cpu_seconds: float
    memory_bytes: int
    wall_seconds: float


@dataclass
class _Child:
    """The parent's end of one child process."""

    runs: int = 0
    process: subprocess.Popen[bytes] = field(init=False)
    channel: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.channel, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, str(theirs.fileno()), *filter(None, sys.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )

    def ask(self, task: _Task) -> dict[str, Any]:
        seconds = task.wall_seconds + (_START_SECONDS if self.runs == 0 else 0.0)
        deadline = time.monotonic() + seconds
        self.runs += 1
        try:
            _send(self.channel, pickle.dumps(task), deadline)
            reply = json.loads(_receive(self.channel, deadline))
        except TimeoutError:
            raise FetchError(
                f"reading it took more than {task.wall_seconds:g} seconds and was stopped"
            ) from None
        except (OSError, EOFError):
            raise FetchError(self._death(task)) from None
        except (ValueError, RecursionError) as error:
            raise FetchError(f"the process reading it answered nonsense ({error}) and was stopped") from None
        if not isinstance(reply, dict) or not reply.keys() & {"error", "result"}:
            raise FetchError("the process reading it answered nonsense and was stopped")
        return reply

    def _death(self, task: _Task) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1.0)
        code = self.process.returncode
        if code == -signal.SIGXCPU:
            return f"reading it took more than {task.cpu_seconds:g} seconds of processor time and was stopped"
        if code is not None and code < 0:
            return f"the process reading it was ended by {signal.Signals(-code).name}"
        return f"the process reading it ended unexpectedly (exit status {code})"

    def close(self) -> None:
        """End the child now; it holds nothing worth saving."""
        self.channel.close()
        self.process.kill()
        self.process.wait()


def _close_all(children: list[_Child]) -> None:
    while children:
        children.pop().close()


def _send(channel: socket.socket, payload: bytes, deadline: float) -> None:
    channel.settimeout(max(deadline - time.monotonic(), 0.001))
    channel.sendall(_LENGTH.pack(len(payload)) + payload)


def _receive(channel: socket.socket, deadline: float | None) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size, deadline))
    if length > _MAX_RESULT_BYTES:
        raise ValueError(f"{length:,} bytes")
    return _exactly(channel, length, deadline)


def _exactly(channel: socket.socket, length: int, deadline: float | None) -> bytes:
    received = bytearray()
    while len(received) < length:
        channel.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.001))
        chunk = channel.recv(min(length - len(received), 1_000_000))
        if not chunk:
            raise EOFError
        received += chunk
    return bytes(received)


# --- in the child ------------------------------------------------------------------------


def serve(descriptor: int) -> None:
    """A child's whole life: tasks from the socket `descriptor` until the parent closes it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    channel = socket.socket(fileno=descriptor)
    while True:
        try:
            task: _Task = pickle.loads(_receive(channel, None))
        except (EOFError, OSError):
            return
        reply = _perform(task)
        channel.settimeout(None)
        channel.sendall(_LENGTH.pack(len(reply)) + reply)


def _perform(task: _Task) -> bytes:
    try:
        function: Any = importlib.import_module(task.module)
        for part in task.name.split("."):
            function = getattr(function, part)
        _limit(task)
        reply = json.dumps({"result": function(*task.args)}).encode("ascii")
        if len(reply) > _MAX_RESULT_BYTES:
            return _error(f"what was read from it is longer than {_MAX_RESULT_BYTES:,} bytes")
        return reply
    except MemoryError:
        return _error(f"reading it took more than {task.memory_bytes // 1_000_000:,} MB of memory")
    except FetchError as error:
        return _error(str(error))
    except RecursionError:
        return _error("it is nested too deeply to be read")
    except Exception as error:
        return _error(f"reading it failed ({type(error).__name__}: {str(error)[:300]})")
    finally:
        signal.alarm(0)


def _limit(task: _Task) -> None:
    """Set this process's limits for one task; the parent's clock is the first wall limit,
    the alarm the second, for a child whose parent was killed."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(usage.ru_utime + usage.ru_stime + task.cpu_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (task.memory_bytes, resource.RLIM_INFINITY))
    signal.alarm(int(task.wall_seconds) + 10)


def _error(message: str) -> bytes:
    return json.dumps({"error": message}).encode("ascii")
