"""Ingest: sources polled, files imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

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
from monitor.schedule.polling import Polling, Waits
from monitor.settings import SourceSettings
from monitor.store import samples, sources

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
            lambda: [name for name, one in self.sources.items() if not isinstance(one, Unavailable)],
            concurrency=self.settings.fetch.concurrency,
            slow_concurrency=self.settings.fetch.slow_concurrency,
        )

    def poll(self, names: Sequence[str] | None = None, *, progress: Progress = silent) -> list[PollResult]:
        """Fetch the sources of these names (None: every enabled one) now, several at a time.

        What goes wrong with a source is in its result and in the store. Raises
        NotFoundError for a name that is not configured, UserError for one switched off.
        """
        return self.polling.now(list(self.sources) if names is None else names, progress)

    def poll_due(self) -> list[PollResult]:
        """Poll the sources whose time has come; the results of those that ended since the last call.

        It does not wait for slow ones, and for no other longer than half the time until the next call.
        """
        times = self.settings
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
        intake = self._intake(name)
        return pipeline.poll(self.store, source, self.fetcher, intake, interval=interval, slow_seconds=slow)

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
