"""Threads that deliver, one for each notifier, none of which the others wait for.

A notifier of somebody else's runs in a child and is stopped after its time. One that is bundled runs here,
where nothing can stop it but its own limits; should one fail to end, it keeps its thread, is named, and is
given nothing more until it ends.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

import structlog

from monitor.errors import StoppedError
from monitor.extensions.fallback import Report, unreported
from monitor.messages import Message

Errand = Callable[[], Counter[str]]
"""Sends one notifier's messages; how many were delivered, failed, dead, postponed."""

HUNG_SECONDS = 320.0
"""After so long at one message a notifier is named: longer than any bundled one may take for it (`apprise`:
the start of its process 60, `timeout_seconds` at most 240, its end 5)."""

log = structlog.get_logger(__name__)


class Couriers:
    """What is being delivered. `report` is told of a notifier that does not end, and when it does."""

    def __init__(self, report: Report = unreported, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._changed = threading.Condition()
        self._since: dict[str, float] = {}
        self._named: set[str] = set()
        self._counts: Counter[str] = Counter()  # of errands that ended, for the next `run` to tell
        self._raised: list[BaseException] = []  # by errands, likewise

    @property
    def busy(self) -> set[str]:
        """The notifiers whose messages are being sent."""
        with self._changed:
            return set(self._since)

    def begin(self, name: str) -> None:
        """The notifier begins with its next message, and so does not hang."""
        with self._changed:
            if name in self._since:
                self._since[name] = self._clock()

    def run(self, errands: Mapping[str, Errand], wait_seconds: float) -> Counter[str]:
        """Begin with the errands of these notifiers, none of which is busy. The counts of all that ended
        since the last call; those that begin are waited for, but not longer than `wait_seconds`. Raises
        what one of them raised: the store's errors, say."""
        with self._changed:
            now = self._clock()
            self._since |= dict.fromkeys(errands, now)
        for name, errand in errands.items():
            threading.Thread(
                target=self._do, args=(name, errand), name=f"deliver {name}", daemon=True
            ).start()
        with self._changed:
            self._changed.wait_for(lambda: not self._since.keys() & errands.keys(), wait_seconds)
            counts, self._counts = self._counts, Counter()
            raised, self._raised = self._raised, []
            now = self._clock()
            hung = {name: now - since for name, since in self._since.items() if now - since > HUNG_SECONDS}
            new = {name: seconds for name, seconds in hung.items() if name not in self._named}
            self._named |= new.keys()
        for name, seconds in new.items():
            self._tell(name, Message("plugins.no_answer", seconds=round(seconds)))
        for error in raised:
            raise error
        return counts

    def _do(self, name: str, errand: Errand) -> None:
        counts: Counter[str] = Counter()
        raised: list[BaseException] = []
        try:
            counts = errand()
        except StoppedError:
            pass
        except BaseException as error:
            raised.append(error)
        with self._changed:
            self._raised += raised
            named = name in self._named
            self._named.discard(name)
            del self._since[name]
            self._counts += counts
            self._changed.notify_all()
        if named:
            self._tell(name, "")

    def _tell(self, name: str, what: str) -> None:
        log.warning("notifier.hangs" if what else "notifier.answers", notifier=name, what=what)
        try:
            self._report("notifiers", name, what)
        except Exception as error:  # the log has it
            log.warning("instance.unreported", group="notifiers", name=name, error=str(error))
