"""What does not work at present, apart from sources, which have a page of their own."""

from __future__ import annotations

from monitor.desk.seat import Seat
from monitor.records import Role
from monitor.troubles import Trouble, troubles


class Troubles(Seat):
    """Anybody may know."""

    def troubles(self) -> list[Trouble]:
        """Notifiers, strategies and detectors that cannot be built or whose last call failed."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return troubles(tx, self.monitor.instances)
