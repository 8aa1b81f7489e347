"""The parts of a running monitor: what it was opened with, and what is built when it is first wanted."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property

import structlog

from monitor.alerts import notice
from monitor.desk.tries import Tries
from monitor.errors import StoppedError
from monitor.executor import Executor
from monitor.executor.chosen import executor
from monitor.extensions.instances import Instances
from monitor.hookspecs import Detector, Fetcher, Notifier, Source, Strategy
from monitor.messages import Message
from monitor.news.companies import Linker
from monitor.premises import installation
from monitor.records import Company, Scope
from monitor.registry import Registry
from monitor.schedule.clocks import Now, Steady, steady
from monitor.schedule.heart import Heart
from monitor.settings import Settings
from monitor.store import Store, failing
from monitor.store.integrity import Examination
from monitor.store.recurring import Recurring

log = structlog.get_logger(__name__)


class Parts:
    """What everything that a monitor does rests on. What it does is in the classes that build on it."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        registry: Registry,
        fetcher: Fetcher,
        *,
        companies: Sequence[Company],
        now: Now,
        steady: Steady = steady,
        role: str = "command",
        instances: Instances | None = None,
        owns_registry: bool = False,
    ) -> None:
        self.settings = settings
        self.store = store
        self.registry = registry
        self.fetcher = fetcher
        self.companies = companies
        self.now = now
        self.examination = Examination(store, now)
        self.recurring = Recurring(store, now)
        self.steady = steady
        self.role = role
        self.instances = instances or Instances(settings, registry)
        self.instances.report = self._report
        self._owns_registry = owns_registry
        self._stopping = threading.Event()
        self._training: set[str] = set()  # what this process runs

    def _report(self, group: str, name: str, error: str) -> None:
        failing.note(self.store, group, name, error, self.now())

    @cached_property
    def tries(self) -> Tries:
        """How often passwords were tried at this process."""
        return Tries(self.steady)

    @cached_property
    def heart(self) -> Heart:
        """What keeps this process alive for the others, beating from now until `close`."""
        heart = Heart(
            self.store,
            role=self.role,
            lease_seconds=self.settings.jobs.lease_seconds,
            now=self.now,
            steady=self.steady,
        )
        heart.start()
        return heart

    def keep_alive(self) -> None:
        """Beat from now on: others see that this process lives, and the store's clock goes."""
        log.debug("process.alive", holder=self.heart.holder, role=self.role)

    @property
    def sources(self) -> Mapping[str, Source]:
        """The enabled sources by name; one that cannot be built says why when it is polled."""
        return self.instances.sources()

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        """The enabled notifiers by name; likewise."""
        return self.instances.notifiers()

    @property
    def detectors(self) -> Mapping[str, Detector]:
        """What scores the series of the enabled rules, by the name that they call it by; one that cannot be
        built says why when it is asked."""
        return self.instances.detectors()

    @cached_property
    def strategy(self) -> Strategy:
        """What orders the queue."""
        return self.instances.strategy()

    @property
    def bulk(self) -> Executor:
        """What does bulk work. Raises UserError where that is not installed."""
        return executor(self.settings.bulk, self.settings.cluster)

    def _check(self) -> None:
        """Raises StoppedError where this process ends."""
        if self._stopping.is_set():
            raise StoppedError(Message("executor.stopped"))

    @cached_property
    def linker(self) -> Linker:
        """What finds the watched companies in a text."""
        return Linker(self.companies)

    @cached_property
    def titles(self) -> Mapping[Scope, tuple[str, str]]:
        """(English, Chinese) name of everything that is watched."""
        return notice.titles(self.settings.taxonomy, self.companies)

    @cached_property
    def coin_key(self) -> bytes:
        """The installation's key that coins are tossed with."""
        return installation.derived(installation.installation_key(self.settings), installation.COINS)
