"""Many callers, one model: requests wait in line and are classified together.

A model works at its best on many texts at once, and callers (workers, pages, back-fills) come one by one.
One thread takes everything that waits, up to `most_texts`, classifies it in one call and
gives every caller its own part: continuous batching without a timer, for while one batch is in work the
next one gathers (Clipper, Crankshaw et al. 2017, has the idea with a timer). The line is bounded: a caller
who would make it longer than `most_waiting` texts is refused at once and can come back later.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from monitor.errors import BusyError, ModelError
from monitor.messages import Message
from monitor.records import Article, Prediction

Classify = Callable[[Sequence[Article]], Sequence[Prediction]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call to the model was: how many requests and texts, how long the first of them waited
    and how long the call took (seconds)."""

    requests: int
    texts: int
    waited: float
    seconds: float


@dataclass(slots=True)
class _Request:
    articles: Sequence[Article]
    arrived: float
    done: threading.Event = field(default_factory=threading.Event)
    predictions: Sequence[Prediction] = ()
    error: Exception | None = None


class Batcher:
    """Classifies for many threads. `start` it before the first call, and `stop` it."""

    def __init__(
        self,
        classify: Classify,
        *,
        most_texts: int = 1024,
        most_waiting: int = 8192,
        observe: Callable[[Batch], None] = lambda batch: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._classify = classify
        self._most_texts = most_texts
        self._most_waiting = most_waiting
        self._observe = observe
        self._clock = clock
        self._line: deque[_Request] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="batcher", daemon=True)

    @property
    def waiting(self) -> int:
        """Texts in line."""
        with self._changed:
            return sum(len(request.articles) for request in self._line)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in line, and take nothing more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        """One prediction per article, in order, when its turn has come.

        Raises BusyError where the line is full or closed, and what the model raises on these
        articles: a request that makes it fail does not fail the others it was joined with.
        """
        if not articles:
            return []
        request = _Request(articles, self._clock())
        with self._changed:
            waiting = sum(len(one.articles) for one in self._line)
            # An empty line takes any request: one that is too long alone would never be served.
            if self._stopping or (waiting and waiting + len(articles) > self._most_waiting):
                raise BusyError(Message("classifier.busy", waiting=waiting))
            self._line.append(request)
            self._changed.notify_all()
        request.done.wait()
        if request.error is not None:
            raise request.error
        return request.predictions

    def _work(self) -> None:
        while batch := self._next():
            started = self._clock()
            try:
                self._judge(batch)
            finally:  # whatever happens, nobody waits for ever
                for request in batch:
                    request.done.set()
            seconds = self._clock() - started
            texts = sum(len(request.articles) for request in batch)
            try:
                self._observe(Batch(len(batch), texts, started - batch[0].arrived, seconds))
            except Exception:
                log.exception("batch.unobserved")

    def _next(self) -> list[_Request]:
        """Wait for requests and take those that fit into one call; none once all is done."""
        with self._changed:
            while not self._line and not self._stopping:
                self._changed.wait()
            batch: list[_Request] = []
            texts = 0
            while self._line and (not batch or texts + len(self._line[0].articles) <= self._most_texts):
                request = self._line.popleft()
                texts += len(request.articles)
                batch.append(request)
            return batch

    def _judge(self, batch: Sequence[_Request]) -> None:
        articles = [article for request in batch for article in request.articles]
        try:
            found = self._classify(articles)
            if len(found) != len(articles):
                raise ModelError(Message("classifier.gave", found=len(found), wanted=len(articles)))
        except BaseException as error:  # a plugin may raise SystemExit; this thread is everybody's
            if len(batch) == 1:
                batch[0].error = told(error)
                return
            for request in batch:
                self._judge([request])
            return
        start = 0
        for request in batch:
            request.predictions = found[start : start + len(request.articles)]
            start += len(request.articles)


def told(error: BaseException) -> Exception:
    """`error` as its caller may be given it: what would end a process ends none of theirs."""
    if isinstance(error, Exception):
        return error
    return ModelError(f"the classifier raised {type(error).__name__}: {error}")
