"""Watch: rules walked on, alerts told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from monitor import delivery
from monitor.alerts.couriers import Couriers
from monitor.detection.rules import Rule
from monitor.operation.parts import Parts
from monitor.records import Alert
from monitor.watch import Watch

DELIVER_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Route:
    """Who hears of an alert, and the table of the settings that says so."""

    receivers: tuple[str, ...]
    table: str


class Alerting(Parts):
    """Finds surges, and tells of them."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The enabled rules of the settings, or those that are shipped."""
        return tuple(table.rule(name) for name, table in self.settings.watched.items())

    def expected(self, companies: Iterable[str]) -> list[str]:
        """The series of these companies (ids) and of every topic."""
        topics = [f"topic:{one.name}" for one in self.settings.taxonomy]
        return [*(f"company:{one}" for one in companies), *topics]

    @cached_property
    def watching(self) -> Watch:
        """What looks for surges, and goes on where it was."""
        return Watch(
            self.store,
            self.rules,
            {rule.name: self._said(rule) for rule in self.rules},
            self.detectors,
            self.settings.alerts,
            self.expected(one.id for one in self.companies),
            lambda name, error: self._report("detectors", name, error),
            {rule.name: self.receivers(rule.name) for rule in self.rules},
        )

    def watch(self) -> list[Alert]:
        """Look at what came since the last look; the alerts that something happened to."""
        return self.watching.look(self.now(), self.receivers(), self.titles)

    def receivers(self, rule: str = "") -> list[str]:
        """The names of the enabled notifiers that hear of a rule's alerts."""
        return list(self.route(rule).receivers)

    def route(self, rule: str = "") -> Route:
        """Who hears of a rule's alerts and by which table: the rule's own receivers, else those of [alerts]
        notify, else all that are enabled."""
        own = self.settings.watched[rule].receivers if rule in self.settings.watched else ()
        chosen, table = own, f"rules.{rule}"
        if not own:
            chosen, table = self.settings.alerts.notify, "alerts"
        if not chosen:
            chosen, table = tuple(self.notifiers), "notifiers"
        return Route(tuple(name for name in chosen if name in self.notifiers), table)

    def _said(self, rule: Rule) -> Mapping[str, Any]:
        """A rule as its cuts are stored with: what its scores depend on is in it."""
        plain = {key: list(one) if isinstance(one, tuple) else one for key, one in asdict(rule).items()}
        table = self.settings.detectors.get(rule.detector)
        return plain | ({"kind": table.kind, "options": dict(table.options)} if table else {})

    @cached_property
    def couriers(self) -> Couriers:
        """Who delivers now."""
        return Couriers(self._report)

    def deliver(self) -> dict[str, int]:
        """Send what is due in the outbox; counts by outcome."""
        return delivery.deliver(
            self.store,
            self.notifiers,
            self.fetcher,
            self.now,
            DELIVER_LIMIT,
            holder=self.heart.holder,
            steady=self.steady,
            couriers=self.couriers,
        )
