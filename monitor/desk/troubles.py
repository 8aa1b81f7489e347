"""What does not work at present, apart from sources, which have a page of their own."""

from __future__ import annotations

from dataclasses import replace

from monitor.desk.seat import Seat
from monitor.desk.telling import kept
from monitor.extensions.troubles import Trouble, troubles
from monitor.records import Role


class Troubles(Seat):
    """Anybody may know."""

    def troubles(self) -> list[Trouble]:
        """Notifiers, strategies and detectors that cannot be built or whose last call failed."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            found = troubles(tx, self.monitor.instances)
        return [replace(one, what=kept(one.what)) for one in found]
