"""Receivers at the desk: what waits for each, what did not arrive, and whether it hears at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from monitor.desk.seat import Seat
from monitor.desk.telling import kept
from monitor.messages import Message
from monitor.records import Role
from monitor.store import deliveries, failing, hearings
from monitor.store.deliveries import Queue


@dataclass(frozen=True, slots=True)
class ReceiverView:
    """A receiver of alerts: a notifier of the settings, or one that only messages remember (`configured` is
    false). `problem` says why it does not work, "" where it does or nobody tried. Of its messages `waiting`
    are in the outbox, the oldest since `oldest_at`, and `dead` were given up; `held` alerts are held back
    from it by a mute time, a silence or its digest. `digests` are the times at which it hears of everything
    together."""

    name: str
    kind: str
    enabled: bool
    configured: bool
    problem: str
    waiting: int
    dead: int
    held: int
    oldest_at: datetime | None
    delivered_at: datetime | None
    last_error: str
    digests: list[str]
    heartbeat_minutes: float | None


@dataclass(frozen=True, slots=True)
class Tested:
    """Whether a receiver took a test message, and why not."""

    ok: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Resent:
    """How many messages are sent again."""

    sent: int


class Receivers(Seat):
    """Reading takes a viewer, testing and sending again an analyst."""

    def receivers(self) -> list[ReceiverView]:
        """Those of the settings in the file's order, then those that only messages remember."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            queues = deliveries.queues(tx)
            held = Counter(name for _, name, _ in hearings.held(tx))
            failed = {one.name: one.error for one in failing.all(tx) if one.group == "notifiers"}
        broken = {
            one.name: one.why for one in self.monitor.instances.unavailable() if one.group == "notifiers"
        }
        digests: dict[str, list[str]] = {}
        for name, timetable in self.monitor.tree.digests():
            digests.setdefault(name, []).append(timetable)
        tables = self.monitor.settings.notifiers
        found = []
        for name in [*tables, *sorted(queues.keys() - tables.keys())]:
            table, queue = tables.get(name), queues.get(name, Queue())
            problem = failed.get(name, "")
            if name in broken:
                problem = Message("plugins.unavailable", why=broken[name])
            found.append(
                ReceiverView(
                    name=name,
                    kind=table.kind if table else "",
                    enabled=table is not None and table.enabled,
                    configured=table is not None,
                    problem=kept(problem),
                    waiting=queue.waiting,
                    dead=queue.dead,
                    held=held[name],
                    oldest_at=queue.oldest_at,
                    delivered_at=queue.delivered_at,
                    last_error=kept(queue.last_error),
                    digests=digests.get(name, []),
                    heartbeat_minutes=table.heartbeat_minutes if table else None,
                )
            )
        return found

    def test_receiver(self, name: str) -> Tested:
        """Send a test message to a receiver, past its queue, and wait whether it takes it. Raises
        NotFoundError for one that is not enabled."""
        self._may(Role.ANALYST, "test receivers")
        error = self.monitor.test_receiver(name, self.user.name)
        with self.monitor.store.begin() as tx:
            self._wrote(tx, "receiver.test", name, {"ok": not error})
        return Tested(not error, kept(error))

    def retry_all(self, name: str) -> Resent:
        """Send what a receiver did not get again: of each alert the newest message, and nothing of what newer
        messages have told since. Raises NotFoundError for one that is not enabled."""
        self._may(Role.ANALYST, "send messages again")
        self.monitor.receiver(name)
        with self.monitor.store.begin() as tx:
            sent = deliveries.retry_all(tx, name)
            self._wrote(tx, "receiver.retry", name, {"sent": sent})
        return Resent(sent)
