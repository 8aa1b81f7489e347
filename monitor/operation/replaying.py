"""Replaying rules over what the store remembers: nothing is written, and nobody is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from monitor.datasets.tables import open_table
from monitor.detection import coverage, events, rules, telling
from monitor.detection.boards import Change
from monitor.detection.events import Outcome
from monitor.detection.replay import Past, Progress, Replay, replay
from monitor.detection.rules import Rule
from monitor.errors import UserError
from monitor.messages import Message
from monitor.operation.alerting import Alerting
from monitor.records import Company
from monitor.store import Tx, alerts, aliases, namings, past, polls


class Replaying(Alerting):
    """What the rules would have done."""

    def replay(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        rules: Sequence[Rule] = (),
        companies: Sequence[Company] = (),
        progress: Progress = lambda at: None,
    ) -> Replay:
        """What `rules` (those of the settings, if none) would have opened from `since` to `until`, as it
        became known then, about `companies` (all that were watched then, if none). Without `since` it begins
        with what is stored, without `until` it ends now.

        Raises UserError where nothing is stored or the time is empty, ConfigError for a rule of an unknown
        detector, PluginError for one of a detector that fails.
        """
        rules = tuple(rules) or self.rules
        detectors = self.instances.detectors(rules)
        with self.store.read() as tx:
            first = past.begins(tx)
            if first is None:
                raise UserError(Message("replay.nothing"))
            since, until = max(since or first, first), min(until or self.now(), self.now())
            if since >= until:
                between = {"since": f"{since:%Y-%m-%d}", "until": f"{until:%Y-%m-%d}"}
                raise UserError(Message("replay.empty", **between))
            read_at = polls.read_at(tx, first, until)
            watched = [one.id for one in companies or _watched(tx, since, until)]
            closings = [replace(one, stories=None) for one in alerts.closings(tx, first)]
            changes = about(past.changes(tx, until), watched)
            told = Past(changes, past.whole(first), self.expected(watched), coverage.Polls(read_at), closings)
            return replay(told, rules, detectors, since, until, progress)

    def watched_in(self, since: datetime, until: datetime) -> list[Company]:
        """The companies that were watched at the beginning or at the end of a time."""
        with self.store.read() as tx:
            return _watched(tx, since, until)

    def outcomes(self, found: Replay, path: Path, companies: Sequence[Company]) -> list[Outcome]:
        """What became of the events of a file in a replay about these companies: of those that began in its
        time. Raises DataError for a file that is none."""
        with open_table(path) as opened:
            read = events.read(opened.rows(), companies, str(path))
        listed = [event for event in read if found.since <= event.begins_at < found.until]
        with self.store.read() as tx:
            named = namings.of(tx, {event.company for event in listed if event.company})
        return events.match(listed, named, telling.raised(found))

    def firsts(self, found: Replay) -> telling.Firsts:
        """The first article of every story that alerts hold."""
        with self.store.read() as tx:
            return namings.firsts(tx, {story for alert in found.alerts for story in alert.stories})

    def check_rules(self, rules: Sequence[Rule], file: str = "") -> None:
        """Raises ConfigError for a rule that cannot be run; `file` is where the rules stand, the settings'
        if empty."""
        self.instances.detectors(rules, file)


def _watched(tx: Tx, since: datetime, until: datetime) -> list[Company]:
    """Those watched at either end; of a company with two lists of names, the later."""
    found = {one.id: one for at in (since, until) for one in aliases.companies(tx, at)}
    return [found[id] for id in sorted(found)]


def about(
    found: Iterable[tuple[datetime, list[Change]]], watched: Collection[str]
) -> Iterator[tuple[datetime, list[Change]]]:
    """The changes without those of other companies than these."""
    wanted = {"", *watched}
    for at, changes in found:
        yield at, [one for one in changes if rules.company(one.series) in wanted]
