"""Attending: what does not work becomes an operational alert (`alerts.operating`), as long as it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scipy import stats

from monitor import outbox
from monitor.alerts.operating import Condition
from monitor.evaluation import telling
from monitor.extensions.troubles import troubles
from monitor.messages import Message
from monitor.operation.alerting import Alerting
from monitor.records import Alert, DeliveryState, Scope
from monitor.store import Tx, alerts, deliveries, measurements

WEEKS = 4
"""By which it is told whether a rule keeps to its budget."""
SURE = 0.99
"""A rule is told to overspend where its budget alone would open fewer in so many of such times."""
MANY = 10_000
DRIFTS = ("label", "covariate")


class Attending(Alerting):
    """Sees what does not work, and tells of it."""

    def attend(self) -> list[Alert]:
        """Look at what does not work now; the operational alerts that something happened to."""
        now = self.now()
        with self.store.read() as tx:
            found = self._conditions(tx, now)
        return outbox.attend(self.store, found, self._enabled, self.settings.alerts, self.tree, now)

    @property
    def _enabled(self) -> int:
        return sum(one.enabled for one in self.settings.sources.values())

    def _conditions(self, tx: Tx, now: datetime) -> list[Condition]:
        return [
            *self._silent(tx, now),
            *(
                Condition(Scope(one.group, one.name), one.what, one.since_at)
                for one in troubles(tx, self.instances)
            ),
            *_dead(tx),
            *_drifted(tx),
            *self._overspent(tx, now),
        ]

    def _silent(self, tx: Tx, now: datetime) -> Iterator[Condition]:
        for pulse, found in self.silent(tx, now):
            values = {"source": pulse.name, "at": f"{found.since:%Y-%m-%d %H:%M} UTC"}
            if found.longest is None:
                minutes = round(self.settings.sources[pulse.name].interval_minutes)
                what = Message("operating.unread", **values, minutes=minutes, error=pulse.error)
            else:
                hours = -(-found.longest // timedelta(hours=1))
                what = Message("operating.quiet", **values, hours=hours)
            yield Condition(Scope("source", pulse.name), what, found.since)

    def _overspent(self, tx: Tx, now: datetime) -> Iterator[Condition]:
        opened = alerts.opened(tx, now - timedelta(weeks=WEEKS))
        for rule in self.rules:
            most = int(stats.poisson.ppf(SURE, rule.budget * WEEKS))
            number = len(opened.get(rule.name, ()))
            if number > most:
                values = {"rule": rule.name, "opened": number, "weeks": WEEKS}
                what = Message("operating.overspent", **values, budget=rule.budget, most=most)
                yield Condition(Scope("rule", rule.name), what, opened[rule.name][most], "info")


def _dead(tx: Tx) -> Iterator[Condition]:
    """Messages that were given up, by receiver."""
    dead = deliveries.all(tx, (DeliveryState.DEAD,), MANY)
    for name in sorted({one.notifier for one in dead}):
        its = [one for one in dead if one.notifier == name]
        newest = max(its, key=lambda one: one.created_at)
        what = Message("operating.dead", receiver=name, number=len(its), error=newest.last_error)
        yield Condition(Scope("notifiers", name), what, newest.created_at)


def _drifted(tx: Tx) -> Iterator[Condition]:
    """What the newest look found of a drift."""
    fired = [one for one in measurements.newest(tx) if one.fired and one.kind in DRIFTS]
    for one in fired:
        what = telling.sentence(one.kind, one.scope, one.fired, one.values)
        yield Condition(Scope("models", f"{one.model} ({one.kind} {one.scope})"), what, one.at)
