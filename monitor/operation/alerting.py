"""Watch: rules walked on, alerts told."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import structlog

from monitor import delivery, notifying
from monitor.alerts import digest, routing
from monitor.alerts.couriers import Couriers
from monitor.alerts.routing import Tree
from monitor.detection import coverage
from monitor.detection.coverage import Silent
from monitor.detection.markets import Market
from monitor.detection.rules import Rule
from monitor.errors import MonitorError, NotFoundError, PluginError, StoppedError
from monitor.hookspecs import Notifier
from monitor.messages import Message
from monitor.operation.parts import Parts
from monitor.records import Alert, Delivery, DeliveryState
from monitor.store import Tx, polls, sources
from monitor.store.sources import Pulse
from monitor.watch import Watch

DELIVER_LIMIT = 100

log = structlog.get_logger(__name__)


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
        if self.market.unknown(self.now().year):
            log.warning("market.holidays_unknown", calendar=self.market.calendar, year=self.now().year)
        return Watch(
            self.store,
            self.rules,
            {rule.name: self._said(rule) for rule in self.rules},
            self.detectors,
            self.settings.alerts,
            self.expected(one.id for one in self.companies),
            lambda name, error: self._report("detectors", name, error),
            self.market,
            lambda tx, now: [pulse.name for pulse, _ in self.silent(tx, now)],
        )

    def silent(self, tx: Tx, now: datetime) -> Iterator[tuple[Pulse, Silent]]:
        """The enabled sources that are silent at a moment."""
        arrivals = polls.arrivals(tx, now - coverage.KNOWN)
        for pulse in sources.pulses(tx):
            table = self.settings.sources.get(pulse.name)
            if table is None or not table.enabled:
                continue
            interval = timedelta(minutes=table.interval_minutes)
            reading = coverage.Reading(pulse.last_success_at, pulse.last_success_at, interval)
            found = coverage.silent(reading, pulse.failures, arrivals.get(pulse.name, ()), now)
            if found is not None:
                yield pulse, found

    @property
    def market(self) -> Market:
        """Whose week the news have."""
        return Market(self.settings.alerts.zone, self.settings.alerts.holidays)

    @property
    def tree(self) -> Tree:
        """Who hears of which alerts, and how much each of them takes."""
        rooms = {}
        for name, notifier in self.notifiers.items():
            most = getattr(notifier, "max_bytes", None)
            if isinstance(most, int):
                rooms[name] = most * 5 // 8  # a quarter is its title's; links and names are made harmless
        return routing.tree(self.settings, rooms)

    def watch(self) -> list[Alert]:
        """Look at what came since the last look; the alerts that something happened to."""
        tree = self.tree
        try:
            found = self.watching.look(self.now(), tree, self.titles)
        except (
            PluginError
        ):  # what the other detectors say is stored, and is told; but no word that all is well
            notifying.regular(self.store, tree, self.now(), self.titles, looked=False)
            raise
        notifying.regular(self.store, tree, self.now(), self.titles, looked=True)
        return found

    def receiver(self, name: str) -> Notifier:
        """The enabled notifier of this name. Raises NotFoundError."""
        notifier = self.notifiers.get(name)
        if notifier is None:
            known = list(self.notifiers) or [Message("receivers.nobody")]
            raise NotFoundError(Message("receivers.none", receiver=name, known=known))
        return notifier

    def test_receiver(self, name: str, user: str) -> str:
        """Send a test message to a receiver, past its queue: "" where it took it, else why not. Raises
        NotFoundError for one that is not enabled."""
        notifier, now = self.receiver(name), self.now()
        id = "msg_" + secrets.token_hex(16)
        told = digest.trial(name, user, now)
        try:
            notifier.send(Delivery(id, "", name, "test", told, DeliveryState.PENDING, 0, now), self.fetcher)
        except StoppedError:
            raise
        except MonitorError as error:
            return error.told
        except Exception as error:  # a plugin may raise anything
            log.warning("notifier.raised", notifier=name, exc_info=error)
            return Message("receivers.raised", kind=type(error).__name__)
        return ""

    def _said(self, rule: Rule) -> Mapping[str, Any]:
        """A rule as its cuts are stored with: what its scores depend on is in it."""
        plain = {key: list(one) if isinstance(one, tuple) else one for key, one in asdict(rule).items()}
        table = self.settings.detectors.get(rule.detector)
        week = {"market": [self.market.zone, self.market.calendar]}
        return plain | week | ({"kind": table.kind, "options": dict(table.options)} if table else {})

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
