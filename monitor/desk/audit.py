"""The audit at the desk, and the state of what everything is kept in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from monitor.desk.seat import MAX_PAGE, Seat, act, within
from monitor.desk.views import AuditState, AuditView, StoreHealth
from monitor.messages import Message
from monitor.records import Role
from monitor.store import audit as chain


class Audit(Seat):
    """Who did what is an administrator's to read."""

    def audit(
        self,
        *,
        user: str = "",
        action: str = "",
        address: str = "",
        text: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        before_id: int = 0,
    ) -> list[AuditView]:
        """The newest entries that match, see `store.audit.page`; the next page is `before_id` the last."""
        self._may(Role.ADMIN, "read the audit")
        limit = within("limit", limit, 1, MAX_PAGE)
        asked = {"user": user, "action": action, "address": address, "text": text}
        with self.monitor.store.read() as tx:
            found = chain.page(tx, limit, before_id, since=since, until=until, **asked)
        return [
            AuditView(one.id, one.at, one.user, one.action, _target(one), _told(one.detail), one.address)
            for one in found
        ]

    def audit_actions(self) -> Sequence[str]:
        """The actions there are entries of."""
        self._may(Role.ADMIN, "read the audit")
        with self.monitor.store.read() as tx:
            return chain.actions(tx)

    def audit_state(self) -> AuditState:
        """Check the whole chain; takes some seconds for 100,000 entries."""
        self._may(Role.ADMIN, "read the audit")
        found = self.monitor.store.verify_audit()
        head = found.head
        return AuditState(head.entries, head.seal, found.taken_over, found.first_bad, found.problem)

    def store_health(self) -> StoreHealth:
        """What is known of the database's file."""
        self._may(Role.VIEWER, "read")
        health = self.monitor.examination.health
        return StoreHealth(health.state, health.problem, health.checked_at)


def _target(entry: chain.AuditEntry) -> str:
    """What an action was done to; of a refused one, what was not allowed."""
    return act(entry.target) if entry.action == "access.refused" else entry.target


def _told(value: Any) -> Any:
    """A detail with its messages as messages, so that each is said in the reader's language."""
    if isinstance(value, str):
        return Message.decoded(value)
    if isinstance(value, dict):
        return {name: _told(inner) for name, inner in value.items()}
    return [_told(inner) for inner in value] if isinstance(value, list) else value
