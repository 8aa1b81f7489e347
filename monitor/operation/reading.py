"""Ingest: sources polled, files imported.

A process that polls on schedule shares the sources out with the others of its store (`schedule.holdings`),
from `share` on. One that does not, a command or `monitor web`, polls by hand only: what a worker holds it has
that worker poll, and waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import structlog

from monitor import archive, pipeline
from monitor.errors import UserError
from monitor.extensions.instances import Unavailable, dated
from monitor.hookspecs import Progress, Source, silent
from monitor.messages import Message
from monitor.news import importing
from monitor.news.companies import Linker, load_watchlist
from monitor.news.dates import summed
from monitor.operation.models import Models
from monitor.records import PollResult
from monitor.schedule import holdings, sharing
from monitor.schedule.holdings import Holdings
from monitor.schedule.polling import Polling, Waits
from monitor.settings import SourceSettings
from monitor.store import Tx, leases, polls, samples, sources

MINUTES_A_DAY = 1440
ASK_SECONDS = 0.25
"""How often it is looked whether a worker has polled what it was asked to."""
log = structlog.get_logger(__name__)
FILE_KIND = "jsonl"
"""The kind of source that reads the files of `monitor import`."""


class Reading(Models):
    """Brings articles in."""

    @cached_property
    def polling(self) -> Polling:
        """What polls sources, several at a time."""
        return Polling(
            self._poll,
            self._waits,
            {name: table.enabled for name, table in self.settings.sources.items()},
            self._to_poll,
            concurrency=self.settings.fetch.concurrency,
            slow_concurrency=self.settings.fetch.slow_concurrency,
        )

    @cached_property
    def holdings(self) -> Holdings:
        """What this process holds of the sources, sharing them with others from the first use on."""
        configured = {name: table for name, table in self.settings.sources.items() if table.enabled}
        groups = sharing.groups(
            {name: sharing.hosts(table.options) for name, table in configured.items()},
            {name: round(MINUTES_A_DAY / table.interval_minutes) for name, table in configured.items()},
        )
        return Holdings(self.store, self.heart, groups, self.polling.leave)

    @property
    def shares(self) -> bool:
        """Whether this process shares the sources out with others."""
        return "holdings" in self.__dict__

    def begin_sharing(self) -> None:
        """Poll on schedule nothing but what this process holds, from now on."""
        log.debug("sources.shared", sources=len(self.holdings.sources))

    def share(self) -> None:
        """Take this process's share of the sources, give others theirs, and begin with what was taken, or
        asked for, and is due."""
        taken = self.holdings.look()
        with self.store.read() as tx:
            asked = sources.asked(tx)
        if taken or asked & self.holdings.sources:
            self.polling.begin()

    def poll(self, names: Sequence[str] | None = None, *, progress: Progress = silent) -> list[PollResult]:
        """Fetch the sources of these names (None: every enabled one) now, several at a time. Those that
        another process polls are fetched by that one, and waited for.

        What goes wrong with a source is in its result and in the store. Raises
        NotFoundError for a name that is not configured, UserError for one switched off.
        """
        chosen = list(dict.fromkeys(self.sources if names is None else names))
        self.polling.check(chosen)
        elsewhere = self._ask(chosen)
        here = self.polling.now([name for name in chosen if name not in elsewhere], progress)
        results = {result.source: result for result in (*here, *self._answers(elsewhere))}
        return [results[name] for name in chosen]

    def poll_due(self) -> list[PollResult]:
        """Poll the sources whose time has come; the results of those that ended since the last call.

        It does not wait for slow ones, and for no other longer than half the time until the next call.
        """
        times = self.settings
        if self.shares:
            self.holdings.look()
        return self.polling.due(min(times.fetch.slow_seconds, times.jobs.poll_seconds / 2))

    def import_file(
        self,
        path: Path,
        name: str,
        progress: Progress = silent,
        *,
        timezone: str = "",
        date_order: str = "",
        mask: bool | None = None,
        encoding: str = "",
    ) -> tuple[PollResult, list[str]]:
        """Store the articles of a file as those of source `name`, unclassified.

        `timezone`, `date_order` and `mask` go before what the source's table says of its dates and of
        personal data; where it says nothing, they are masked. `encoding` as in `open_table`. The result,
        and what the operator should know of the file. Raises DataError, UserError for a zone that is none.
        """
        source, intake = self._of_file(path, name, timezone, date_order, mask, encoding)
        return pipeline.import_file(self.store, source, self.fetcher, intake, progress)

    def import_history(
        self,
        path: Path,
        name: str,
        told: archive.Told = lambda done, total, minutes: None,
        *,
        watchlist: Path | None = None,
        model: str = "",
        timezone: str = "",
        date_order: str = "",
        mask: bool | None = None,
        encoding: str = "",
    ) -> tuple[archive.Brought, list[str]]:
        """Store the articles of a file as the history of source `name`, judged, as `monitor.archive` says.

        `watchlist` is a file that takes the place of the configured list, `model` a version, or its folder,
        that takes the place of the one that serves; the others as in `import_file`. The result, and what the
        operator should know of the file. Raises DataError, UserError, NotFoundError, ModelError.
        """
        source, intake = self._of_file(path, name, timezone, date_order, mask, encoding)
        companies = self.companies if watchlist is None else load_watchlist(watchlist)
        linker = self.linker if watchlist is None else Linker(companies)
        judging = self.classifier(model) if model else self.classifying
        intake = replace(intake, linker=linker, classify=judging.classify)
        warnings: list[str] = []
        left: list[int] = []
        items = importing.drain(source, self.fetcher, warn=warnings.append, left_out=left.append)
        brought = archive.bring(self.store, items, intake, companies, told=told)
        brought = replace(brought, malformed=sum(left))
        return brought, [*summed(warnings), *brought.warnings()]

    def _of_file(
        self, path: Path, name: str, timezone: str, date_order: str, mask: bool | None, encoding: str
    ) -> tuple[Source, pipeline.Intake]:
        """What reads a file, and how its items are taken in, unclassified."""
        try:
            dates = self._source(name).dates.instead(timezone, date_order)
        except ValueError as error:
            raise UserError(str(error)) from None
        # Here and not in a child: it is the user's own command, and a file has no limit.
        options = {"path": str(path), "encoding": encoding, "complete": True}
        source = self.registry.build_here("sources", FILE_KIND, options, str(path), dated(dates))
        intake = replace(self._intake(name, FILE_KIND), classify=None, dates=dates)
        return source, intake if mask is None else replace(intake, mask=mask)

    def _poll(self, name: str) -> PollResult:
        source = self.sources[name]
        if isinstance(source, Unavailable):  # its file's fault: it waits for nothing when that is mended
            return PollResult(name, False, error=Message("plugins.unavailable", why=source.why))
        interval = timedelta(minutes=self.settings.sources[name].interval_minutes)
        slow = self.settings.fetch.slow_seconds
        if self.shares:
            fence = self.holdings.fence(name)
            if name in self.holdings.sources and not self.holdings.holds(name):
                return PollResult(name, False, error=Message("sources.lost"))
        else:

            def fence(tx: Tx) -> None:
                holdings.refuse_if_held(tx, name)

        intake = replace(self._intake(name), fence=fence)
        return pipeline.poll(self.store, source, self.fetcher, intake, interval=interval, slow_seconds=slow)

    def _to_poll(self) -> list[str]:
        """The sources that this process polls on schedule, and that can be polled."""
        built = [name for name, one in self.sources.items() if not isinstance(one, Unavailable)]
        return [name for name in built if name in self.holdings.sources] if self.shares else built

    def _ask(self, names: Sequence[str]) -> dict[str, str]:
        """Ask those who poll these sources to do so now; who that is, by source, but for those of nobody."""
        own = self.heart.holder if self.shares else ""
        with self.store.read() as tx:
            held = leases.holders(tx, holdings.SOURCE)
        elsewhere = {name: held[name][0] for name in names if name in held and held[name][0] != own}
        if elsewhere:
            with self.store.begin() as tx:
                sources.ask(tx, elsewhere)
        return elsewhere

    def _answers(self, asked: Mapping[str, str]) -> Iterator[PollResult]:
        """What became of the sources that others were asked to poll, each as soon as it was."""
        patience = self.settings.jobs.lease_seconds + self.settings.fetch.timeout_seconds
        until = self.steady() + patience
        waiting = dict(asked)
        while waiting:
            with self.store.read() as tx:
                done = waiting.keys() - sources.asked(tx)
                told = [(sources.status(tx, name), polls.newest(tx, name)) for name in sorted(done)]
            for one, new in told:
                ok = not one.consecutive_failures
                yield PollResult(
                    one.name, ok, new=new if ok else 0, error=one.last_error, malformed=one.malformed
                )
                del waiting[one.name]
            if self._stopping.wait(ASK_SECONDS) or self.steady() > until:
                break
        for name, worker in waiting.items():
            yield PollResult(name, False, error=Message("sources.asked", worker=holdings.shown(worker)))

    def _waits(self) -> Waits:
        with self.store.read() as tx:
            return sources.waits(tx)

    def _intake(self, name: str, kind: str = "") -> pipeline.Intake:
        """How items are taken in as those of source `name`, by a source of `kind` (its own)."""
        table = self._source(name)
        return pipeline.Intake(
            source=name,
            linker=self.linker,
            rules=self.settings.routing,
            now=self.now,
            classify=self.classifying.classify,
            language=table.language,
            dates=table.dates,
            sample=table.kind == samples.KIND,
            mask=table.masked(kind),
            key=self.coin_key,
        )

    def _source(self, name: str) -> SourceSettings:
        """What config.toml says of a source; nothing, for one that it does not name."""
        return self.settings.sources.get(name) or SourceSettings(kind="")
