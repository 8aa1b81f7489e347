"""Replaying rules over what the store remembers: nothing is written, and nobody is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from monitor.datasets.tables import open_table
from monitor.detection import cells, coverage, events, telling
from monitor.detection.bundled import DETECTORS
from monitor.detection.events import Outcome
from monitor.detection.panels import Detector
from monitor.detection.replay import Past, Progress, Replay, replay
from monitor.detection.rules import Rule
from monitor.errors import ConfigError, UserError
from monitor.operation.parts import Parts
from monitor.store import namings, past, polls


class Replaying(Parts):
    """What the rules would have done."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The enabled rules of the settings, or those that are shipped."""
        return tuple(table.rule(name) for name, table in self.settings.watched.items())

    def replay(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        rules: Sequence[Rule] = (),
        progress: Progress = lambda at: None,
    ) -> Replay:
        """What `rules` (those of the settings, if none) would have opened from `since` to `until`, as it
        became known then. Without `since` it begins with what is stored, without `until` it ends now.

        Raises UserError where nothing is stored or the time is empty, ConfigError for a rule of an unknown
        detector.
        """
        rules = tuple(rules) or self.rules
        detectors = self._detectors(rules)
        with self.store.read() as tx:
            first = past.begins(tx)
            if first is None:
                raise UserError("nothing has been counted yet: there is no past to replay")
            since, until = max(since or first, first), min(until or self.now(), self.now())
            if since >= until:
                raise UserError(f"from {since:%Y-%m-%d} to {until:%Y-%m-%d}: there is nothing between")
            read_at = polls.read_at(tx, first, until)
            known = [f"company:{one.id}" for one in self.companies]
            known += [f"topic:{one.name}" for one in self.settings.taxonomy]
            gaps = coverage.gaps(read_at, cells.hour(first), cells.hour(until))
            told = Past(past.changes(tx, until), first, known, gaps)
            return replay(told, rules, detectors, since, until, progress)

    def told(self, found: Replay, path: Path) -> list[Outcome]:
        """What became of the events of a file in a replay. Raises DataError for a file that is none."""
        with open_table(path) as opened:
            listed = events.read(opened.rows(), self.companies, str(path))
        with self.store.read() as tx:
            named = namings.of(tx, {event.company for event in listed if event.company})
        return events.match(listed, named, telling.raised(found))

    def firsts(self, found: Replay) -> telling.Firsts:
        """The first article of every story that alerts hold."""
        with self.store.read() as tx:
            return namings.firsts(tx, {story for alert in found.alerts for story in alert.stories})

    def check_rules(self, rules: Sequence[Rule]) -> None:
        """Raises ConfigError for a rule that cannot be run."""
        self._detectors(rules)

    def _detectors(self, rules: Sequence[Rule]) -> Mapping[str, Detector]:
        found: dict[str, Detector] = {}
        for rule in rules:
            made = DETECTORS.get(rule.detector)
            if made is None:
                where = self.settings.where(f"rules.{rule.name}")
                known = ", ".join(sorted(DETECTORS))
                raise ConfigError(f"{where} detector: there is no detector {rule.detector!r}; known: {known}")
            found.setdefault(rule.detector, made())
        return found
