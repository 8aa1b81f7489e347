"""Which sources are polled when, and how many at a time.

    due  ─ Lanes ─┬─ quick  those that answered in time the last time, `concurrency` at a time
                  ├─ new    those that were never polled, as many
                  ├─ late   those that took long, `slow_concurrency` at a time
                  └─ hung   those that ran into a limit, as many

Sources are started in the order in which they came due, each as soon as its lane has room. No round of polls
is waited for: one that hangs holds its own place and nothing else, among those of whom nothing is known at
first, and from its next poll on among its like, until it answers. So whoever answers never waits for whoever
does not. `Lanes` decides, with no clock and no thread of its own; `Polling` runs what it starts.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from monitor.errors import MonitorError, NotFoundError, StoppedError, UserError
from monitor.hookspecs import Progress, silent
from monitor.messages import Message
from monitor.records import Pace, PollResult

log = structlog.get_logger(__name__)

Waits = Mapping[str, tuple[float, Pace]]
"""Name -> seconds until the source is due (negative: since), and its pace; only of those polled before."""

_SLOW = (Pace.LATE, Pace.HUNG)
_STOPPED = Message("plugins.stopped")


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A source that is to be polled; `since` is when it came due, on whatever clock."""

    since: float
    name: str
    pace: Pace = field(default=Pace.QUICK, compare=False)


class Lanes:
    """What waits and what runs in each lane; `most` is how many may run at a time."""

    def __init__(self, most: Mapping[Pace, int]) -> None:
        self._most = dict(most)
        self._line: dict[Pace, list[Due]] = {lane: [] for lane in Pace}
        self._waiting: set[str] = set()
        self._running: dict[str, Pace | None] = {}  # None: beside the lanes

    @property
    def known(self) -> set[str]:
        """The sources that wait or run."""
        return self._waiting | self._running.keys()

    def offer(self, due: Iterable[Due]) -> list[str]:
        """Put sources in line that are not known yet; which they are."""
        taken = []
        for one in due:
            if one.name not in self.known:
                heapq.heappush(self._line[one.pace], one)
                self._waiting.add(one.name)
                taken.append(one.name)
        return taken

    def start(self) -> list[str]:
        """What is to be started now; it runs from now on."""
        started = []
        for lane, line in self._line.items():
            running = sum(its is lane for its in self._running.values())
            while line and running < self._most[lane]:
                name = heapq.heappop(line).name
                self._waiting.discard(name)
                self._running[name] = lane
                started.append(name)
                running += 1
        return started

    def beside(self, name: str) -> bool:
        """Begin with a source at once, beside the lanes; False where it runs already."""
        if name in self._running:
            return False
        self.withdraw([name])
        self._running[name] = None
        return True

    def ended(self, name: str) -> None:
        """A source was polled."""
        del self._running[name]

    def clear(self) -> list[str]:
        """Forget what waits; which that was."""
        return self.withdraw(set(self._waiting))

    def withdraw(self, names: Collection[str]) -> list[str]:
        """Forget those of these sources that wait; which that were."""
        waiting = self._waiting & set(names)
        self._waiting -= waiting
        for lane, line in self._line.items():
            self._line[lane] = [one for one in line if one.name not in waiting]
            heapq.heapify(self._line[lane])
        return sorted(waiting)

    def hopeful(self, names: Iterable[str]) -> bool:
        """Whether any of these waits or runs where it may soon be done."""
        slow = {one.name for lane in _SLOW for one in self._line[lane]}
        slow |= {name for name, lane in self._running.items() if lane in _SLOW}
        return any(name in self.known and name not in slow for name in names)


@dataclass(slots=True)
class _Poll:
    """A poll that is asked for, and what came of it."""

    result: PollResult | None = None


class Polling:
    """Polls sources in threads of its own.

    `poll` fetches one source and stores what is new; `waits` tells when each is due; `configured` are the
    sources of the settings, in the file's order, and whether each is enabled; `available` those of them
    that could be polled now.
    """

    def __init__(
        self,
        poll: Callable[[str], PollResult],
        waits: Callable[[], Waits],
        configured: Mapping[str, bool],
        available: Callable[[], Sequence[str]],
        *,
        concurrency: int,
        slow_concurrency: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._poll = poll
        self._waits = waits
        self._configured = configured
        self._available = available
        self._clock = clock
        self._lanes = Lanes(
            {
                Pace.QUICK: concurrency,
                Pace.NEW: concurrency,
                Pace.LATE: slow_concurrency,
                Pace.HUNG: slow_concurrency,
            }
        )
        self._changed = threading.Condition()
        self._polls: dict[str, _Poll] = {}  # of all that wait or run
        self._scheduled: set[str] = set()  # those that `due` began
        self._ended: list[PollResult] = []  # of those, for the next `due` to tell
        self._closed = False

    def now(self, names: Sequence[str], progress: Progress = silent) -> list[PollResult]:
        """Poll these sources now, several at a time; their results in this order. A single one is not kept
        waiting by others. Raises NotFoundError for a name that is not configured, UserError for one that is
        switched off."""
        chosen = list(dict.fromkeys(names))
        self.check(chosen)
        if len(chosen) == 1:
            return [self._at_once(chosen[0])]
        waits, now = self._waits(), self._clock()
        with self._changed:
            self._enter([Due(now, name, _pace(waits, name)) for name in chosen])
            polls = [self._polls[name] for name in chosen]
            done = -1
            while done < len(polls):
                if (now_done := sum(poll.result is not None for poll in polls)) != done:
                    done = now_done
                    progress("poll", done, len(polls))
                else:
                    self._changed.wait()
        return [poll.result for poll in polls if poll.result is not None]

    def due(self, wait_seconds: float) -> list[PollResult]:
        """Begin with the sources whose time has come. The results of all that ended since the last call;
        what begins is waited for, but for those that are slow, and not longer than `wait_seconds`."""
        ready = self._ready()
        with self._changed:
            begun = self._enter(ready)
            self._scheduled.update(begun)
            self._changed.wait_for(lambda: self._closed or not self._lanes.hopeful(begun), wait_seconds)
            ended, self._ended = self._ended, []
        return ended

    def begin(self) -> None:
        """Begin with the sources whose time has come, and wait for none of them; the next `due` tells."""
        ready = self._ready()
        with self._changed:
            self._scheduled.update(self._enter(ready))

    def leave(self, names: Collection[str]) -> set[str]:
        """Begin with none of these that wait by schedule; which of them are at work still."""
        with self._changed:
            for name in self._lanes.withdraw(self._scheduled & set(names)):
                self._scheduled.discard(name)
                self._polls.pop(name)
            return self._lanes.known & set(names)

    def _ready(self) -> list[Due]:
        waits, now = self._waits(), self._clock()
        ready = []
        for name in self._available():
            seconds = waits[name][0] if name in waits else 0.0
            if seconds <= 0:
                ready.append(Due(now + seconds, name, _pace(waits, name)))
        return ready

    def stop(self) -> None:
        """Begin nothing more. What runs is left to end by itself, or with its process."""
        with self._changed:
            self._closed = True
            for name in self._lanes.clear():
                self._polls.pop(name).result = PollResult(name, False, error=_STOPPED)
            self._changed.notify_all()

    def join(self, wait_seconds: float) -> bool:
        """Wait until nothing runs any more; False where something still did after `wait_seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._polls, wait_seconds)

    # --- within the lock -------------------------------------------------------------------------

    def _enter(self, due: Iterable[Due]) -> list[str]:
        if self._closed:
            raise StoppedError(_STOPPED)
        entered = self._lanes.offer(due)
        self._polls |= {name: _Poll() for name in entered}
        self._start()
        return entered

    def _start(self) -> None:
        for name in self._lanes.start() if not self._closed else ():
            threading.Thread(target=self._run, args=(name,), name=f"poll {name}", daemon=True).start()

    def _end(self, name: str, result: PollResult) -> None:
        self._lanes.ended(name)
        self._polls.pop(name).result = result
        if name in self._scheduled:
            self._scheduled.discard(name)
            self._ended.append(result)
        self._start()
        self._changed.notify_all()

    # --- outside of it ---------------------------------------------------------------------------

    def _run(self, name: str) -> None:
        result = self._outcome(name)
        with self._changed:
            self._end(name, result)

    def _at_once(self, name: str) -> PollResult:
        with self._changed:
            if self._closed:
                raise StoppedError(_STOPPED)
            poll = self._polls.setdefault(name, _Poll())
            if not self._lanes.beside(name):
                self._changed.wait_for(lambda: poll.result is not None)
                assert poll.result is not None
                return poll.result
        try:
            result = self._poll(name)
        except BaseException as error:
            result = PollResult(name, False, error=str(error))
            raise
        finally:
            with self._changed:
                self._end(name, result)
        return result

    def _outcome(self, name: str) -> PollResult:
        """The result; whatever is raised is one, for the thread is nobody's to wait for."""
        try:
            return self._poll(name)
        except MonitorError as error:
            return PollResult(name, False, error=str(error))
        except BaseException as error:
            log.exception("poll.failed", source=name)
            return PollResult(name, False, error=f"{type(error).__name__}: {error}")

    def check(self, names: Iterable[str]) -> None:
        """Raise NotFoundError for a name that is not configured, UserError for one that is switched off."""
        for name in names:
            if name not in self._configured:
                known = list(self._configured)
                raise NotFoundError(
                    Message("sources.none" if known else "sources.none_yet", source=name, known=known)
                )
            if not self._configured[name]:
                raise UserError(Message("sources.off", source=name))


def _pace(waits: Waits, name: str) -> Pace:
    return waits[name][1] if name in waits else Pace.NEW
