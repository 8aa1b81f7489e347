"""The parent's end of one child process: started, talked with, killed.

One thread at a time talks with a child. It waits for the child's messages and for what the child prints,
and for nothing longer than the call may take. What is printed goes to the log, a line each, bounded.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any

from monitor.errors import LimitError, MonitorError, PluginError
from monitor.extensions.loading import Origin
from monitor.messages import Message
from monitor.sandbox import wire
from monitor.sandbox.failures import failure
from monitor.sandbox.limits import Limits
from monitor.sandbox.printed import Printed

Answer = Callable[[Mapping[str, Any], bytes], tuple[Mapping[str, Any], bytes]]
"""Answers a child's question (header, body); raises MonitorError to refuse it."""

Batch = Callable[[bytes], None]
"""Takes a batch of items as the child sent it."""

PATIENCE_SECONDS = 5.0
PATIENCE_SHARE = 0.1
"""After so long, or such a share of its time, the process of a call gives way to all others: a loop without
end slows nobody down."""
NICE = 15

RANK_TRIES = 3

gently: ContextVar[bool] = ContextVar("gently", default=False)
"""Whether a child that is started or called gives way from the beginning: its plugin ran into a limit
before."""

_BOOT = (
    "import os, sys; os.nice(int(sys.argv[3])); sys.path[:] = sys.argv[4:]; "
    "from monitor.sandbox.child import main; main(int(sys.argv[1]), int(sys.argv[2]))"
)
_PASSED = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
_SINGLE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""Libraries that would start a thread per core: a child is one of many."""

_CHUNK = 1 << 20
_LEAK_BYTES = 100_000_000


def no_questions(told: Mapping[str, Any], body: bytes) -> tuple[Mapping[str, Any], bytes]:
    """Refuse every request: what is called has no fetcher."""
    raise PluginError(Message("plugins.no_fetcher"))


def no_items(body: bytes) -> None:
    """Refuse items where none were asked for."""
    raise ValueError("items that nobody asked for")


class Process:
    """A child. `load` comes first. Raises LimitError, PluginError; after these it must be closed."""

    def __init__(self, origin: Origin, limits: Limits, gentle: bool = False) -> None:
        self.origin = origin
        self.calls = 0
        self._limits = limits
        self._tired = gentle  # it gives way to all others
        self._usage = (0, 0)
        self._received = bytearray()
        self._channel, theirs = socket.socketpair()
        self._output, printed = os.pipe()
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-u", "-X", "utf8", "-c", _BOOT),
                    *(str(theirs.fileno()), str(os.getpid()), str(NICE * gentle), *filter(None, sys.path)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                pass_fds=(theirs.fileno(),),
                env={name: os.environ[name] for name in _PASSED if name in os.environ} | _SINGLE,
                start_new_session=True,
            )
        except BaseException:
            self._channel.close()
            os.close(self._output)
            raise
        finally:
            theirs.close()
            os.close(printed)
        os.set_blocking(self._output, False)
        if gentle:
            self._rank(NICE)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._channel, selectors.EVENT_READ)
        self._selector.register(self._output, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def load(self) -> dict[str, Any]:
        """Import the plugin; its hooks, version and kinds."""
        message = {"origin": asdict(self.origin)}
        found = self._talk(
            message, self._limits.load_seconds, "plugins.limit_load", no_questions, no_items, ""
        )
        self._usage = self._uses()
        if "error" in found:
            raise failure(found["error"], self._limits)
        return dict(found["done"])

    def call(self, message: Mapping[str, Any], answer: Answer, batch: Batch, who: str) -> dict[str, Any]:
        """What the plugin answers, `{"done": ...}` or `{"error": ...}`. `who` is the instance that what it
        prints is logged for."""
        self.calls += 1
        if gently.get():
            self._give_way()
        return self._talk(message, self._limits.call_seconds, "plugins.limit_time", answer, batch, who)

    def worn(self, calls: int) -> bool:
        """Whether another process should take the next call: too many calls, one that was slow, or threads,
        programs, memory or words that a plugin left behind."""
        if self.calls >= calls or self._received or not self.alive or not self._recovers():
            return True
        threads, resident = self._uses()
        return threads > self._usage[0] or resident > self._usage[1] + _LEAK_BYTES or self._has_children()

    def kill(self) -> None:
        """End the process and what it started, now; it holds nothing worth saving."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def close(self) -> None:
        """`kill`, and give back what this end holds."""
        self.kill()
        self._process.wait()
        self._selector.close()
        self._channel.close()
        os.close(self._output)

    # --- talking ---------------------------------------------------------------------------------

    def _talk(
        self,
        message: Mapping[str, Any],
        seconds: float,
        late: str,
        answer: Answer,
        batch: Batch,
        who: str,
    ) -> dict[str, Any]:
        printed = Printed(self.origin.name, who)
        start = time.monotonic()
        bounds = {"seconds": seconds, "memory": self._limits.memory_bytes}
        try:
            self._send({**message, **bounds}, b"", start + seconds)
            while True:
                told, body = self._next(start, seconds, printed)
                if isinstance(told.get("done"), dict) or isinstance(told.get("error"), dict):
                    return told
                if "items" in told:
                    batch(body)
                elif "ask" in told:
                    self._send(*self._answered(answer, told, body), start + seconds)
                else:
                    raise ValueError("neither a question nor an answer")
        except TimeoutError:
            raise LimitError(Message(late, seconds=f"{seconds:g}")) from None
        except (OSError, EOFError):
            raise self._death() from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise PluginError(Message("plugins.nonsense", error=str(error)[:200])) from None
        finally:
            self._drain(printed)
            printed.end()

    @staticmethod
    def _answered(answer: Answer, told: Mapping[str, Any], body: bytes) -> tuple[Mapping[str, Any], bytes]:
        try:
            return answer(told, body)
        except MonitorError as error:
            text = error.told
            named = type(error).__name__
            told = {"name": named, "text": text.encoded() if isinstance(text, Message) else text}
            wishes = {name: getattr(error, name, None) for name in ("status", "retry_after")}
            return {"error": {**told, **wishes}}, b""

    def _send(self, message: Mapping[str, Any], body: bytes, deadline: float) -> None:
        self._channel.settimeout(max(deadline - time.monotonic(), 0.001))
        self._channel.sendall(wire.opening(message, len(body)))
        if body:
            self._channel.settimeout(max(deadline - time.monotonic(), 0.001))
            self._channel.sendall(body)

    def _next(self, start: float, seconds: float, printed: Printed) -> tuple[dict[str, Any], bytes]:
        while True:
            if (frame := self._frame()) is not None:
                return frame
            spent = time.monotonic() - start
            if spent >= seconds:
                raise TimeoutError
            patience = min(PATIENCE_SECONDS, PATIENCE_SHARE * seconds)
            if spent >= patience:
                self._give_way()
            left = (seconds if self._tired else patience) - spent
            for key, _ in self._selector.select(max(left, 0.001)):
                if key.fileobj is self._channel:
                    self._read()
                else:
                    self._drain(printed)

    def _frame(self) -> tuple[dict[str, Any], bytes] | None:
        if len(self._received) < wire.HEAD.size:
            return None
        header, body = wire.HEAD.unpack_from(self._received)
        if header + body > wire.MAX_FRAME_BYTES:
            raise ValueError(f"{header + body:,} bytes at once")
        start, end = wire.HEAD.size + header, wire.HEAD.size + header + body
        if len(self._received) < end:
            return None
        told = wire.unpack(bytes(self._received[wire.HEAD.size : start]))
        content = bytes(self._received[start:end])
        del self._received[:end]
        return told, content

    def _read(self) -> None:
        self._channel.settimeout(0.0)
        try:
            chunk = self._channel.recv(_CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            raise EOFError
        self._received += chunk

    def _drain(self, printed: Printed) -> None:
        """What was printed until now. A child that closed its end is asked no more."""
        with contextlib.suppress(OSError):
            for _ in range(64):  # a flood must not keep us from looking at the clock
                chunk = os.read(self._output, 65_536)
                if not chunk:
                    with contextlib.suppress(KeyError):
                        self._selector.unregister(self._output)
                    return
                printed.take(chunk)

    def _give_way(self) -> None:
        if not self._tired:
            self._tired = True
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.pid, NICE)
            self._rank(NICE)

    def _recovers(self) -> bool:
        """Whether a process that gave way is as it was before; the kernel lets root undo it, or nobody."""
        if self._tired:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.pid, os.getpriority(os.PRIO_PROCESS, 0))
                self._rank(0)
                self._tired = False
        return not self._tired

    def _rank(self, nice: int) -> None:
        """Rank the child's session. Where Linux shares the processor out by sessions, `nice` counts within
        one only, and a child has its own (sched(7), "The autogroup feature")."""
        for _ in range(RANK_TRIES):
            try:
                Path(f"/proc/{self.pid}/autogroup").write_text(str(nice), "ascii")
            except BlockingIOError:  # no more than ten a second, of everybody's
                time.sleep(0.1)
            except OSError:  # no Linux, no such feature, or gone
                return
            else:
                return

    # --- how it fares ----------------------------------------------------------------------------

    def _death(self) -> PluginError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.returncode
        if code is not None and code < 0:
            return PluginError(Message("plugins.killed", signal=signal.Signals(-code).name))
        return PluginError(Message("plugins.ended", status=str(code)))

    def _uses(self) -> tuple[int, int]:
        """Threads and resident bytes, where the system tells them."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text("ascii", "replace").splitlines()
        except OSError:
            return 0, 0
        told = dict(line.split(":", 1) for line in lines if line.startswith(("Threads:", "VmRSS:")))
        return int(told.get("Threads", "0")), int(told.get("VmRSS", "0 kB").split()[0]) * 1024

    def _has_children(self) -> bool:
        try:
            return bool(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").strip())
        except OSError:
            return False
