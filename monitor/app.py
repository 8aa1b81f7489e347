"""The composition root: settings in, a running monitor out.

Faces (command line, API, dashboard, scheduler) hold a `Monitor` and call its lines;
nothing below this module knows that the others exist.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from monitor.extensions.instances import Instances
from monitor.fetcher import HttpFetcher
from monitor.news.companies import load_watchlist
from monitor.operation.attending import Attending
from monitor.operation.keeping import Keeping
from monitor.operation.linking import Linking
from monitor.operation.quoting import Quoting
from monitor.operation.reading import Reading
from monitor.operation.reclassifying import Reclassifying
from monitor.operation.rehearsing import Rehearsing
from monitor.operation.rejudging import Rejudging
from monitor.operation.trying import Trying
from monitor.premises import installation
from monitor.registry import Registry
from monitor.schedule.clocks import Now, Steady, steady, utcnow
from monitor.settings import Settings
from monitor.store import aliases

STOP_SECONDS = 3.0
"""How long `close` waits for polls that its end cuts short."""


class Monitor(Reading, Linking, Quoting, Rejudging, Reclassifying, Trying, Rehearsing, Attending, Keeping):
    """A configured monitor: its parts, and the lines it runs. Made by `open`, closed by `close`."""

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        now: Now = utcnow,
        steady: Steady = steady,
        migrate: bool = False,
        role: str = "command",
        patience_seconds: float | None = None,
    ) -> Monitor:
        """Load plugins, build every enabled instance, open the store; `role` is what this process does.

        A new database gets its tables; an older one is upgraded only if `migrate`. A plugin that has not
        been loaded after `patience_seconds` (None: the limit on loading) comes later. Raises ConfigError
        with every mistake in the settings, SchemaError, DamagedError, and PluginError for a classifier or a
        bundled plugin.
        """
        registry = Registry.of(settings, patience_seconds)
        try:
            return cls._opened(settings, registry, now, steady, migrate, role)
        except BaseException:
            registry.close()
            raise

    @classmethod
    def _opened(
        cls, settings: Settings, registry: Registry, now: Now, steady: Steady, migrate: bool, role: str
    ) -> Monitor:
        built = Instances(settings, registry)
        built.check()
        companies = load_watchlist(settings.watchlist.path) if settings.watchlist.path.exists() else ()
        fetch = settings.fetch
        fetcher = HttpFetcher(
            allow_networks=fetch.allow_networks,
            timeout_seconds=fetch.timeout_seconds,
            max_bytes=fetch.max_bytes,
            user_agent=fetch.user_agent,
        )
        store = installation.store_of(settings)
        try:
            store.prepare(migrate=migrate, role=role)
            if settings.watchlist.path.exists():
                aliases.keep(store, companies, now())
        except BaseException:
            store.close()
            raise
        return cls(
            settings,
            store,
            registry,
            fetcher,
            companies=companies,
            now=now,
            steady=steady,
            role=role,
            instances=built,
            owns_registry=True,
        )

    def stop(self) -> None:
        """Begin nothing more, and end what plugins are at: nothing of it is recorded, and the next start
        repeats it, or resumes it."""
        self._stopping.set()
        self.polling.stop()
        if self._owns_registry:  # else others may use it
            self.registry.close()

    def close(self) -> None:
        """Close what is open. The monitor must not be used afterwards."""
        self.stop()
        self.polling.join(STOP_SECONDS)
        self.recurring.flush()
        if "heart" in self.__dict__:
            self.heart.stop()
        self.store.close()
        close = getattr(self.fetcher, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
