"""A source that delivers what it was given, and a notifier that keeps what it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from monitor.errors import FetchError
from monitor.hookspecs import Fetcher
from monitor.records import Delivery, Fetched, Item


@dataclass
class FakeSource:
    """Delivers `items` at every fetch, or raises `error`. Its state counts the fetches;
    `states` holds the ones it was handed."""

    items: Sequence[Item] = ()
    warnings: Sequence[str] = ()
    error: Exception | None = None
    states: list[Mapping[str, Any]] = field(default_factory=list)

    kind: ClassVar[str] = "fake"

    def fetch(self, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
        self.states.append(dict(state))
        if self.error is not None:
            raise self.error
        return Fetched(list(self.items), {"fetches": state.get("fetches", 0) + 1}, tuple(self.warnings))


@dataclass
class FakeNotifier:
    """Keeps what it is sent. The first `failures` attempts raise FetchError."""

    failures: int = 0
    attempts: list[Delivery] = field(default_factory=list)
    sent: list[Delivery] = field(default_factory=list)

    kind: ClassVar[str] = "fake"

    def send(self, delivery: Delivery, fetcher: Fetcher) -> None:
        self.attempts.append(delivery)
        if len(self.attempts) <= self.failures:
            raise FetchError("the receiver answered HTTP 503", status=503)
        self.sent.append(delivery)
