"""Bulk work on a Ray cluster, for a process that never joins it.

A driver dies with the cluster's head, so it is a child: it is given the work and the batches over a socket,
has actors do them (`monitor.executor.clusters`), and sends the results back as they come. Where it dies,
another one goes on with the batches that have no result. A batch with which ATTEMPTS drivers died ends the
work; so does a cluster that is away, in one line: what was done stays, and the command goes on from there.
"""

from __future__ import annotations

import os
import pickle
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from monitor.errors import WorkerError
from monitor.executor import AHEAD, ATTEMPTS, UNWATCHED, Batch, Result, Watch, Work, died, errands, pickled

CHECK_SECONDS = 0.5
END_SECONDS = 10.0
"""What a driver gets to take its actors off the cluster."""
_HEAD = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class OnCluster:
    """Does the batches with `workers` actors of `threads` cores each on the cluster at `address`."""

    address: str
    workers: int
    threads: int
    kind: ClassVar[str] = "ray"

    @contextmanager
    def map(
        self, work: Work[Batch, Result], batches: Iterable[Batch], watch: Watch = UNWATCHED
    ) -> Iterator[Iterator[Result]]:
        errands.require()
        run = _Run(self, pickled(work), iter(batches), watch)
        try:
            yield run.results()
        finally:
            run.close()


@dataclass(slots=True)
class _Run:
    """What is under way: `given` are batches without a result, `found` results that came before their
    turn."""

    executor: OnCluster
    work: bytes
    batches: Iterator[Any]
    watch: Watch
    given: dict[int, bytes] = field(default_factory=dict)
    found: dict[int, tuple[bool, Any]] = field(default_factory=dict)
    taken: int = 0
    over: bool = False
    lost: int = 0
    driver: subprocess.Popen[bytes] | None = None
    channel: socket.socket | None = None
    received: bytearray = field(default_factory=bytearray)

    def results(self) -> Iterator[Any]:
        turn = 0
        while True:
            self.watch.check()
            self.take(turn)
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
        while not self.over and self.taken < turn + AHEAD * self.executor.workers:
            try:
                batch = next(self.batches)
            except StopIteration:
                self.over = True
                return
            self.given[self.taken] = pickle.dumps((self.taken, pickle.dumps(batch)))
            self.send(self.given[self.taken])
            self.taken += 1

    def start(self) -> socket.socket:
        """A driver, which has the work and every batch without a result."""
        errands.reach(self.executor.address)
        self.channel, theirs = socket.socketpair()
        asked = (self.executor.address, str(self.executor.workers), str(self.executor.threads))
        with theirs:
            self.driver = subprocess.Popen(
                [sys.executable, "-m", errands.CHILD, str(theirs.fileno()), *asked],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **errands.environment(self.executor.address)},
                start_new_session=True,
            )
        self.received.clear()
        with suppress(OSError):  # it died at once, which is seen when it is read from
            for content in (pickle.dumps((list(filter(None, sys.path)), self.work)), *self.given.values()):
                self.channel.sendall(_HEAD.pack(len(content)) + content)
        return self.channel

    def send(self, content: bytes) -> None:
        if self.channel is not None:
            with suppress(OSError):
                self.channel.sendall(_HEAD.pack(len(content)) + content)

    def listen(self) -> None:
        """Wait for what the driver says; start one where there is none."""
        channel = self.channel or self.start()
        if not select.select([channel], [], [], CHECK_SECONDS)[0]:
            return
        try:
            chunk = channel.recv(1 << 20)
        except OSError:
            chunk = b""
        if not chunk:
            self.lose()
            return
        self.received += chunk
        for number, sound, value in frames(self.received):
            if number is None:
                raise value  # of the cluster, not of a batch
            self.found[number] = sound, value
            del self.given[number]
            self.lost = 0

    def lose(self) -> None:
        """The driver died: another one has one try less, until a batch gets through."""
        how = self.end()
        self.lost += 1
        if self.lost >= ATTEMPTS:
            raise died(min(self.given, default=0) + 1, how)

    def end(self) -> str:
        """Let the driver end, or end it; how it ended."""
        driver, channel = self.driver, self.channel
        self.driver = self.channel = None
        if channel is not None:
            channel.close()
        if driver is None:
            return ""
        try:
            return f"exit {driver.wait(END_SECONDS)}"
        except subprocess.TimeoutExpired:
            driver.kill()
            return f"exit {driver.wait()}"

    def close(self) -> None:
        self.end()


def frames(received: bytearray) -> Iterator[tuple[int | None, bool, Any]]:
    """What came whole, taken off `received`: a batch's number and whether its result is one, or an error;
    None and an error where the cluster itself failed."""
    while len(received) >= _HEAD.size:
        (length,) = _HEAD.unpack_from(received)
        if len(received) < _HEAD.size + length:
            return
        number, content = pickle.loads(received[_HEAD.size : _HEAD.size + length])
        del received[: _HEAD.size + length]
        sound, value = pickle.loads(content)
        yield number, sound, value


def speak(channel: socket.socket, number: int | None, content: bytes) -> None:
    """In the driver: a batch's pickled result, or the cluster's failure, to who listens."""
    framed = pickle.dumps((number, content))
    channel.sendall(_HEAD.pack(len(framed)) + framed)


def heard(channel: socket.socket) -> Iterator[bytes]:
    """In the driver: what is sent to it, until the other end is closed."""
    with channel.makefile("rb") as stream:
        while head := stream.read(_HEAD.size):
            (length,) = _HEAD.unpack(head)
            yield stream.read(length)


def away(why: str) -> bytes:
    """The cluster's failure, as `speak` sends it."""
    return pickle.dumps((False, WorkerError(why)))


def lost(batch: int, how: str) -> bytes:
    """A batch with which workers died, as `speak` sends it."""
    return pickle.dumps((False, died(batch + 1, how)))


def lines(error: BaseException) -> str:
    """What Ray says, in one line of no more than 200 characters."""
    return " ".join(str(error).split())[:200] or type(error).__name__
