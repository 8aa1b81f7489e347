"""A seat at the desk: who sits there, what they may do, and that it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from monitor.errors import AccessError, UserError
from monitor.messages import MESSAGES, Message
from monitor.records import Role, User
from monitor.store import Tx, audit, tasks

if TYPE_CHECKING:
    from monitor.app import Monitor

MAX_PAGE = 500
MAX_NOTE = 2000
"""Characters of a note."""
_ORDER = (Role.VIEWER, Role.ANALYST, Role.ADMIN)


class Seat:
    """One user at one monitor. What can be done there is in the classes that build on it.

    `address` is where the user is, "" where that is not known; `key` the digest of the session or token
    that they came with, "" where it was neither.
    """

    def __init__(self, monitor: Monitor, user: User, *, address: str = "", key: str = "") -> None:
        self.monitor = monitor
        self.user = user
        self.address = address
        self.key = key

    def _may(self, needed: Role, what: str) -> None:
        if _ORDER.index(self.user.role) < _ORDER.index(needed):
            detail = {"role": str(self.user.role), "needed": str(needed)}
            self.monitor.recurring.note("access.refused", self.user.name, what, self.address, detail)
            values = {"role": _role(self.user.role), "needed": _role(needed), "what": act(what)}
            raise AccessError(Message("desk.role", user=self.user.name, **values))

    def _hidden(self, tx: Tx) -> set[int]:
        """The stories that this user judges blind at this moment; see `monitor.desk.blinding`."""
        return tasks.blinded(tx, self.user.name)

    def _wrote(self, tx: Tx, action: str, target: str, detail: Mapping[str, Any] | None = None) -> None:
        audit.write(tx, self.monitor.now(), self.user.name, action, target, detail, address=self.address)


def within(what: str, value: int, low: int, high: int) -> int:
    """`value`. Raises UserError where it is not in [low, high]."""
    if not low <= value <= high:
        raise UserError(Message("desk.within", what=what, value=value, low=low, high=high))
    return value


def noted(text: str) -> str:
    """What somebody noted, without what cannot be shown. Raises UserError where it is too long."""
    if len(text) > MAX_NOTE:
        raise UserError(Message("desk.note_long", length=len(text), most=MAX_NOTE))
    return "".join(c for c in text if c.isprintable() or c in "\n\t").strip()


def act(what: str) -> str:
    """What somebody wanted to do, as a message where it has one."""
    key = f"may.{what.replace(' ', '_')}"
    return Message(key) if key in MESSAGES else what


def _role(role: Role) -> Message:
    return Message(f"role.{role}")
