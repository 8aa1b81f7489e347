"""Bulk work on this machine: in this process, or in children of it.

A child is a fresh interpreter that reads pickled batches from a socket and writes pickled results to it. It
is started as a program of its own, not by `multiprocessing`, whose children run the main module again: that
may be a page of Streamlit's. A thread of the child reads; where the socket closes, it ends the process,
whatever that is at: so no child outlives its parent, not even one that was killed.
"""

from __future__ import annotations

import heapq
import os
import pickle
import queue
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from monitor.errors import WorkerError
from monitor.executor import (
    AHEAD,
    ATTEMPTS,
    UNWATCHED,
    Batch,
    Result,
    Watch,
    Work,
    died,
    opened,
    pickled,
    portable,
)
from monitor.messages import Message

CHECK_SECONDS = 0.5
"""How long nobody asks whether to stop."""
NICE = 10
"""Bulk work gives way to what people and the news wait for."""
_HEAD = struct.Struct(">Q")
_CHUNK = 1 << 20
_BOOT = (
    "import os, sys; os.nice(int(sys.argv[2])); sys.path[:] = sys.argv[4:]; "
    "from monitor.executor.local import child; child(int(sys.argv[1]), int(sys.argv[3]))"
)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Inline:
    """Does the batches one after the other, in this process."""

    threads: int
    workers: int = 1
    kind: ClassVar[str] = "inline"

    @contextmanager
    def map(
        self, work: Work[Batch, Result], batches: Iterable[Batch], watch: Watch = UNWATCHED
    ) -> Iterator[Iterator[Result]]:
        do = opened(work, self.threads)

        def results() -> Generator[Result]:
            watch.check()
            for done, batch in enumerate(batches, start=1):
                yield do(batch)
                watch.progress(watch.title, done, watch.total)
                watch.check()

        told = results()
        try:
            yield told
        finally:
            told.close()


@dataclass(frozen=True, slots=True)
class Processes:
    """Does the batches in `workers` children, which live as long as the `with`."""

    workers: int
    threads: int
    kind: ClassVar[str] = "processes"

    @contextmanager
    def map(
        self, work: Work[Batch, Result], batches: Iterable[Batch], watch: Watch = UNWATCHED
    ) -> Iterator[Iterator[Result]]:
        crew = _Crew(pickled(work), iter(batches), self.workers, self.threads, watch)
        try:
            yield crew.results()
        finally:
            crew.close()


class _Child:
    """The parent's end of one child. `held` are the batches it has, the one it is at first."""

    def __init__(self, work: bytes, threads: int) -> None:
        self.held: deque[int] = deque()
        self.received = bytearray()
        self.channel, theirs = socket.socketpair()
        given = os.environ | dict.fromkeys(_THREADS, str(threads))
        command = [sys.executable, "-X", "utf8", "-c", _BOOT, str(theirs.fileno()), str(NICE), str(threads)]
        try:
            # In a session of its own, so that Ctrl-C is the parent's alone; what is printed is no result.
            self.process = subprocess.Popen(
                [*command, *filter(None, sys.path)],
                stdin=subprocess.DEVNULL,
                stdout=2,
                pass_fds=(theirs.fileno(),),
                env=given,
                start_new_session=True,
            )
        except OSError as error:
            self.channel.close()
            raise WorkerError(Message("executor.start", why=error.strerror or str(error))) from error
        finally:
            theirs.close()
        with suppress(OSError):  # it died at once, which is seen when it is read from
            self.send(work)

    def send(self, content: bytes) -> None:
        self.channel.sendall(_HEAD.pack(len(content)) + content)

    def read(self) -> bool:
        """Take what is there to read; whether the child lives."""
        try:
            chunk = self.channel.recv(_CHUNK)
        except OSError:
            return False
        self.received += chunk
        return bool(chunk)

    def frames(self) -> Iterator[bytes]:
        while len(self.received) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self.received)
            if len(self.received) < _HEAD.size + length:
                return
            yield bytes(self.received[_HEAD.size : _HEAD.size + length])
            del self.received[: _HEAD.size + length]

    def end(self) -> str:
        """End it now; how it ended."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.channel.close()
        code = self.process.wait()
        return signal.Signals(-code).name if code < 0 else f"exit {code}"


@dataclass(slots=True)
class _Crew:
    """The children at work, and what is under way: `waiting` are numbers of batches to be done, `found` are
    results that came before their turn."""

    work: bytes
    batches: Iterator[Any]
    workers: int
    threads: int
    watch: Watch
    children: list[_Child] = field(default_factory=list)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    given: dict[int, bytes] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    found: dict[int, tuple[bool, Any]] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    taken: int = 0
    over: bool = False

    def results(self) -> Iterator[Any]:
        turn = 0
        while True:
            self.watch.check()
            self.take(turn)
            self.hand_out()
            if turn in self.found:
                sound, value = self.found.pop(turn)
                if not sound:
                    raise value
                turn += 1
                yield value
                self.watch.progress(self.watch.title, turn, self.watch.total)
            elif self.over and turn == self.taken:
                return
            else:
                self.listen()

    def take(self, turn: int) -> None:
        """Take batches until there are enough ahead of the one whose turn it is."""
        while not self.over and self.taken < turn + AHEAD * self.workers:
            try:
                batch = next(self.batches)
            except StopIteration:
                self.over = True
                return
            self.given[self.taken] = pickle.dumps(batch)
            heapq.heappush(self.waiting, self.taken)
            self.taken += 1

    def hand_out(self) -> None:
        """Give batches to those who have the fewest; start children while there are batches for them."""
        while self.waiting:
            idle = min(self.children, key=lambda one: len(one.held), default=None)
            if (idle is None or idle.held) and len(self.children) < self.workers:
                idle = _Child(self.work, self.threads)
                self.children.append(idle)
                self.selector.register(idle.channel, selectors.EVENT_READ, idle)
            if idle is None or len(idle.held) >= AHEAD:
                return
            number = heapq.heappop(self.waiting)
            idle.held.append(number)
            with suppress(OSError):  # it died, which is seen when it is read from
                idle.send(self.given[number])

    def listen(self) -> None:
        """Wait for what children say."""
        for key, _ in self.selector.select(CHECK_SECONDS):
            one: _Child = key.data
            lives = one.read()
            for frame in one.frames():
                number = one.held.popleft()
                self.found[number] = pickle.loads(frame)
                del self.given[number]
            if not lives:
                self.lose(one)

    def lose(self, one: _Child) -> None:
        """A child died: its batches wait again, and the one it was at has one try less."""
        self.selector.unregister(one.channel)
        self.children.remove(one)
        how = one.end()
        if one.held:
            tried = self.tries[one.held[0]] = self.tries.get(one.held[0], 0) + 1
            if tried >= ATTEMPTS:
                raise died(one.held[0] + 1, how)
        for number in one.held:
            heapq.heappush(self.waiting, number)

    def close(self) -> None:
        for one in self.children:
            one.end()
        self.children.clear()
        self.selector.close()


def child(descriptor: int, threads: int) -> None:
    """A child's whole life, on the socket `descriptor`."""
    channel = socket.socket(fileno=descriptor)
    batches: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(channel, batches), daemon=True).start()
    work = batches.get()
    do: Callable[[Any], Any] | None = None
    while True:
        batch = batches.get()
        try:
            if do is None:
                do = opened(pickle.loads(work), threads)
            told: tuple[bool, Any] = (True, do(pickle.loads(batch)))
            content = pickle.dumps(told)
        except Exception as error:
            content = pickle.dumps((False, portable(error)))
        channel.sendall(_HEAD.pack(len(content)) + content)


def _receive(channel: socket.socket, batches: queue.SimpleQueue[bytes]) -> None:
    """Read until the parent closes its end or ends; then this process ends too."""
    try:
        with channel.makefile("rb") as stream:
            while head := stream.read(_HEAD.size):
                (length,) = _HEAD.unpack(head)
                batches.put(stream.read(length))
    finally:
        os._exit(0)
