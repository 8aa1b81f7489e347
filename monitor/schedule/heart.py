"""A process's heart: it says that the process lives, watches the others, and keeps the store's clock.

    beat ─┬─ watch     whose counter stood still for a lease on our steady clock is dead: bury it
          ├─ count     our own row; who finds it gone was buried, and enters anew under another name
          ├─ drive     add what the steady clock counted to the store's clock, or take the clock over
          └─ tell      once, where the wall clock was set: in the log and in the store

Nothing here compares dates of two clocks. A process that died on this machine, in this boot, is known
to be dead at once: the system lists no process of that number that started when it did.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from monitor.errors import MonitorError
from monitor.schedule.clocks import STEP, Look, Now, Steady, steady, stepped, utcnow
from monitor.store import Store, Tx, clock, processes
from monitor.store.processes import Process

BEATS_IN_A_LEASE = 12
"""So many beats must fail before a process that lives is taken for dead."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Seen:
    """A counter that is watched: what it said, and when, on our steady clock, it last moved."""

    beats: int
    moved: float


class Heart:
    """One process's heart. `beat` is one step with no clock of its own; `start` beats in the background.

    `role` says what the process does, for people. `lease_seconds` is how long a silence is death.
    """

    def __init__(
        self,
        store: Store,
        *,
        role: str,
        lease_seconds: float = 60.0,
        now: Now = utcnow,
        steady: Steady = steady,
        machine: str | None = None,
    ) -> None:
        self._store = store
        self._role = role
        self.lease_seconds = lease_seconds
        self._now = now
        self.steady = steady
        self._machine = this_machine() if machine is None else machine
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._entered = 0  # how often this process was counted among the living
        self._token: int | None = None  # of the clock, while we drive it
        self._last: tuple[float, float] | None = None  # the store's clock at our last beat, and ours
        self._first: Look | None = None
        self._look: Look | None = None  # at our last beat
        self._seen: dict[str, _Seen] = {}
        self._clock_seen = _Seen(-1, 0.0)
        self._beating = threading.Lock()  # held through a transaction: nothing within one may want it
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def holder(self) -> str:
        """Under which name this process holds leases and claims; another one after it was buried."""
        return self._named(self._entered)

    def _named(self, entered: int) -> str:
        return self._name if entered <= 1 else f"{self._name}:{entered}"

    def seconds(self) -> float:
        """What the store's clock says now: as of the last beat, and what the steady clock counted since.

        It waits for nothing, not even for a beat: whoever asks may hold the store's write lock, and a beat
        waits for that.
        """
        if (last := self._last) is None:
            return 0.0
        driven, beaten = last
        return driven + min(max(self.steady() - beaten, 0.0), self.lease_seconds)

    def beat(self) -> None:
        """One beat. Raises StoreError; then nothing of it counted, and the next one makes up for it."""
        with self._beating:
            look = Look(self._now(), self.steady())
            first = self._first or look
            step = stepped(self._look, look) if self._look else None
            with self._store.begin() as tx:
                self._watch(tx, look)
                entered = self._count(tx, look)
                driven = clock.look(tx)
                token = self._drive(tx, driven, entered, look, first)
                if step is None and first is look and token is not None:
                    step = _set_back(driven, look)
                told = step and clock.note_step(
                    tx, self._machine, step, look.wall, within=2 * self.lease_seconds / BEATS_IN_A_LEASE
                )
                driven = clock.look(tx)
            self._first, self._look = first, look
            self._entered, self._token = entered, token
            self._last = (driven.seconds, look.steady)
        if step and told:
            log.warning(
                "clock.stepped",
                seconds=round(step.total_seconds(), 1),
                now=look.wall.isoformat(),
                hint="the wall clock was set; nothing waits for a wrong date",
            )

    # --- the parts of a beat ----------------------------------------------------------------

    def _watch(self, tx: Tx, look: Look) -> None:
        found = {process.holder: process for process in processes.all(tx) if process.holder != self.holder}
        for holder, process in found.items():
            seen = self._seen.get(holder)
            if seen is None or seen.beats != process.beats:
                seen = self._seen[holder] = _Seen(process.beats, look.steady)
            silent = look.steady - seen.moved
            gone = self._certainly_gone(process)
            if (gone or silent >= self.lease_seconds) and processes.bury(tx, process, look.wall):
                log.warning("process.died", holder=holder, role=process.role, silent=round(silent, 1))
        for holder in self._seen.keys() - found.keys():
            del self._seen[holder]

    def _count(self, tx: Tx, look: Look) -> int:
        """Count a beat of ours, or enter; how often we have entered."""
        if self._entered and processes.beat(tx, self.holder, look.wall):
            return self._entered
        if self._entered:
            log.warning("process.buried", holder=self.holder, hint="it was silent for too long; it goes on")
        pid = os.getpid()
        process = Process(
            holder=self._named(self._entered + 1),
            host=socket.gethostname(),
            role=self._role,
            machine=self._machine,
            pid=pid,
            pid_started=started(pid) or 0,
            beats=0,
            started_at=look.wall,
            wall_at=look.wall,
        )
        processes.enter(tx, process)
        processes.close_orphans(tx, look.wall)
        return self._entered + 1

    def _drive(self, tx: Tx, driven: clock.Driven, entered: int, look: Look, first: Look) -> int | None:
        """Move the clock if it is ours to drive, or take it over; the token, None where it is not ours."""
        passed = look.steady - self._look.steady if self._look else 0.0
        if self._token is not None and clock.beat(tx, self._token, passed, look.wall):
            return self._token
        if driven.beats != self._clock_seen.beats:
            self._clock_seen = _Seen(driven.beats, look.steady)
        watched = look.steady - self._clock_seen.moved
        if driven.holder and watched < self.lease_seconds:
            return None
        credit = watched
        if driven.wall_at is not None and self._clock_seen.moved == first.steady:
            # It stood before we came: what the wall clock claims of that, within bounds.
            claimed = min((first.wall - driven.wall_at).total_seconds(), clock.LONGEST_CREDIT.total_seconds())
            credit += max(claimed, 0.0)
        return clock.take(tx, self._named(entered), driven, credit, look.wall)

    def _certainly_gone(self, process: Process) -> bool:
        return process.machine == self._machine != "" and started(process.pid) != process.pid_started

    # --- in the background ----------------------------------------------------------------

    def start(self) -> None:
        """Beat now, and in the background until `stop`. Raises StoreError where the first one fails."""
        self.beat()
        self._thread = threading.Thread(target=self._beat_on, name="heart", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Beat no more, and give back everything this process holds."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if not self._entered:
            return
        try:
            with self._store.begin() as tx:
                processes.leave(tx, self.holder, self._now())
        except MonitorError as error:
            log.warning("process not signed off; others will notice its silence", error=str(error))
        self._entered = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _beat_on(self) -> None:
        while not self._over.wait(self.lease_seconds / BEATS_IN_A_LEASE):
            try:
                self.beat()
            except MonitorError as error:  # a busy or unreachable store: the next beat comes soon
                log.warning("heart missed a beat", error=str(error))
            except Exception:
                log.exception("heart missed a beat")


def _set_back(driven: clock.Driven, look: Look) -> timedelta | None:
    """By how much the wall clock is behind what it said when the store's clock was last driven."""
    if driven.wall_at is None or driven.wall_at - look.wall < STEP:
        return None
    return look.wall - driven.wall_at


def this_machine() -> str:
    """A name that only processes of this boot of this machine, which see each other's numbers, have;
    "" where the system does not tell."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}:{os.stat('/proc/self/ns/pid').st_ino}"
    return ""


def started(pid: int) -> int | None:
    """When process `pid` started, in clock ticks after boot (`proc_pid_stat(5)`, field 22); None where
    there is none, or it is dead and only waits for its parent."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19])
