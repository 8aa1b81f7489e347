"""What a training tells the store of itself, and what the store tells it.

A `Report` is the `Progress` that is handed to all a training does. Every `EVERY` seconds at most it writes
how far the work is, in a transaction of its own, and learns whether somebody told it to stop. A store that
is busy or away is told the next time: progress is worth no waiting, and nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from monitor.errors import CancelledError, ConflictError, StoppedError, StoreError
from monitor.hookspecs import Progress
from monitor.messages import Message
from monitor.records import TrainingState
from monitor.schedule.clocks import Now, Steady
from monitor.schedule.remaining import Begun
from monitor.store import Store, trainings
from monitor.store.trainings import Claim

EVERY = 1.0
"""Seconds between two writes about a stage; the beginning of another is told a fifth as late."""

log = structlog.get_logger(__name__)


class Report:
    """The progress of the training `claim`; `seen` watches it, too. `stopping`: this process ends."""

    def __init__(
        self,
        store: Store,
        claim: Claim,
        now: Now,
        steady: Steady,
        seen: Progress,
        stopping: Callable[[], bool],
    ) -> None:
        self._store = store
        self._claim = claim
        self._now = now
        self._steady = steady
        self._seen = seen
        self._stopping = stopping
        self._begun = Begun("", steady(), 0.0)
        self._told = ("", float("-inf"))  # the stage that the store knows of, and since when

    def __call__(self, what: str, done: float, total: float) -> None:
        """Raises CancelledError where the training was told to stop, ConflictError where it is not this
        process's any more, StoppedError where the process ends."""
        self._seen(what, done, total)
        if self._stopping():
            raise StoppedError(Message("training.stopped"))
        at = self._steady()
        if what != self._begun.stage:
            self._begun = Begun(what, at, done)
        stage, since = self._told
        if at - since >= (EVERY if what == stage else EVERY / 5):
            self._told = (what, at)
            self._tell(what, done, total, self._begun.minutes_left(at, done, total))

    def stage(self, key: str) -> None:
        """A stage begins whose length nobody knows; `key` is the catalogue's."""
        self._told = ("", float("-inf"))
        self(Message(key), 0, 0)

    def _tell(self, what: str, done: float, total: float, minutes: float | None) -> None:
        stage = what if isinstance(what, Message) else what[:500]
        try:
            with self._store.begin() as tx:
                state = trainings.report(tx, self._claim, stage, done, total, minutes, self._now())
        except StoreError as error:
            log.debug("progress not told", training=self._claim.id, error=str(error))
            return
        if state is None:
            raise ConflictError(Message("learning.overtaken", model=self._claim.id))
        if state is TrainingState.CANCELLING:
            raise CancelledError(Message("training.cancelled"))
