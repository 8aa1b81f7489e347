"""A classifier elsewhere, and one of this process that stands in while it is away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import structlog

from monitor.errors import AwayError
from monitor.records import Article, Explanation, Prediction
from monitor.schedule.clocks import Steady

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Judges(Protocol):
    """What classifies and explains, here or elsewhere."""

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]: ...

    def explain(self, article: Article, target: str) -> Explanation: ...


class Standby:
    """Asks `remote`, and `local` while that is away. What was away is asked again after `again_seconds`, by
    one call; the others go on with `local` meanwhile. What is busy is not away: its callers wait."""

    def __init__(
        self, remote: Judges, local: Callable[[], Judges], *, again_seconds: float, steady: Steady
    ) -> None:
        self._remote = remote
        self._local = local
        self._again = again_seconds
        self._steady = steady
        self._lock = threading.Lock()
        self._away_until: float | None = None

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        """One prediction per article, in order; all of one of the two. Raises ModelError, BusyError."""
        return self._asked(lambda one: one.classify(articles))

    def explain(self, article: Article, target: str) -> Explanation:
        """As `ServedClassifier.explain`. Raises UserError, ModelError."""
        return self._asked(lambda one: one.explain(article, target))

    def _asked(self, ask: Callable[[Judges], T]) -> T:
        if self._asking():
            try:
                found = ask(self._remote)
            except AwayError as error:
                with self._lock:
                    first = self._away_until is None
                    self._away_until = self._steady() + self._again
                if first:
                    log.warning("the cluster is away; this process judges by itself", reason=error.told)
            else:
                with self._lock:
                    back, self._away_until = self._away_until is not None, None
                if back:
                    log.info("the cluster answers again")
                return found
        return ask(self._local())

    def _asking(self) -> bool:
        """Whether this call asks the one that is elsewhere."""
        with self._lock:
            if self._away_until is None:
                return True
            if self._steady() < self._away_until:
                return False
            self._away_until = self._steady() + self._again  # the others need not try at the same time
            return True
