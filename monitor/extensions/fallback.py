"""A query strategy with a bundled one behind it.

One that hangs, dies or answers nonsense costs the work of one call and is then left alone for a while,
longer after every failure; meanwhile the bundled one does its work, so that the queue is in some order.
Each failure is reported, and so is the first call that works again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from monitor.errors import MonitorError, StoppedError
from monitor.hookspecs import Strategy
from monitor.schedule.clocks import Steady, steady
from monitor.selection import Choice, Pool, checked, needed

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")

Report = Callable[[str, str, str], None]
"""Called with group, name and what went wrong; "" where it works again."""

FIRST_PAUSE_SECONDS = 300.0
LONGEST_PAUSE_SECONDS = 6 * 3600.0

log = structlog.get_logger(__name__)


def unreported(group: str, name: str, error: str) -> None:
    """A `Report` that nobody reads."""


class GuardedStrategy:
    """A query strategy. `wanted` None: it is unavailable, and the other does all the work."""

    group = "strategies"

    def __init__(
        self,
        name: str,
        wanted: Any,
        fallback: Any,
        report: Report,
        clock: Steady = steady,
    ) -> None:
        self.kind = wanted.kind if wanted is not None else fallback.kind
        self.fallback = fallback
        self._name = name
        self._wanted = wanted
        self._report = report
        self._clock = clock
        self._failures = 0
        self._again = clock()
        self._reported: str | None = None  # what was reported last, None: nothing yet

    @property
    def needs(self) -> frozenset[str]:
        """The columns that either of both needs. One that cannot say has failed, and is left alone."""
        found = needed(self.fallback)
        if not self._resting:
            try:
                found |= needed(self._wanted)
            except StoppedError:
                raise
            except Exception as error:
                self._failed(error)
        return found

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The plugin's choice if it is one, else the other's."""

        def choose(strategy: Strategy) -> Choice:
            return checked(strategy.select(pool.only(needed(strategy)), n, rng), len(pool), n)

        return self._guarded(choose)

    @property
    def _resting(self) -> bool:
        return self._wanted is None or self._clock() < self._again

    def _guarded(self, call: Callable[[Any], T]) -> T:
        if self._resting:
            return call(self.fallback)
        try:
            found = call(self._wanted)
        except StoppedError:
            raise
        except Exception as error:
            self._failed(error)
            return call(self.fallback)
        if self._failures or self._reported is None:
            self._failures = 0
            self._tell("")
        return found

    def _failed(self, error: Exception) -> None:
        pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures, 20), LONGEST_PAUSE_SECONDS)
        self._failures += 1
        self._again = self._clock() + pause
        told = error.told if isinstance(error, MonitorError) else f"{type(error).__name__}: {error}"
        log.warning(
            "instance.failed",
            group=self.group,
            name=self._name,
            error=str(error),
            fallback=self.fallback.kind,
            pause_seconds=pause,
        )
        self._tell(told)

    def _tell(self, told: str) -> None:
        self._reported = told
        try:
            self._report(self.group, self._name, told)
        except MonitorError as error:  # a store that is busy; the log has it
            log.warning("instance.unreported", group=self.group, name=self._name, error=str(error))
