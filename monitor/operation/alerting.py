"""Watch: windows tested, alerts told."""

from __future__ import annotations

from functools import cached_property

from monitor import delivery, watch
from monitor.alerts.couriers import Couriers
from monitor.operation.parts import Parts
from monitor.records import Alert

DELIVER_LIMIT = 100


class Alerting(Parts):
    """Finds surges, and tells of them."""

    def watch(self) -> list[Alert]:
        """Test the windows that end now; the alerts that something happened to."""
        alerts = self.settings.alerts
        told = alerts.notify or tuple(self.notifiers)
        return watch.watch(
            self.store,
            self.detector,
            alerts,
            [n for n in told if n in self.notifiers],
            self.now(),
            self.titles,
        )

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
