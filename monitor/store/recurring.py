"""What may happen any number of times is recorded a bounded number of times, with its count.

A stranger can try a thousand passwords a second, and a program that lacks the right can ask all day: were
each of these an entry of the audit, they would fill the disk and hide the rest. So within a minute the
first of its kind (same action, user and address) is written at once, and the others are counted; when
the minute is over, one entry says how many there were. Of many users or addresses PER_ADDRESS kinds
from one address, and IN_ALL altogether, are written one by one; one entry has the count of the rest.
So a process writes at most 2 * IN_ALL + 1 entries a minute for each action, whatever comes in.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from monitor.errors import StoreError
from monitor.store import audit
from monitor.store.engine import Store

PER_ADDRESS = 10
IN_ALL = 30
WINDOW_SECONDS = 60
REMEMBERED = 1000
"""Names and addresses of the rest that are told apart in a minute; of more it says at least so many."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Happening:
    """One kind of what happens: `user`, `action` and `address` as in `audit.AuditEntry`."""

    action: str
    user: str
    address: str


@dataclass(slots=True)
class _Minute:
    """What happened in one minute. `more` counts what was not written, by kind; `rest`, by action, what is
    of no kind that was written, with the users and addresses it came from."""

    number: int = -1
    more: Counter[Happening] = field(default_factory=Counter)
    targets: dict[Happening, str] = field(default_factory=dict)
    rest: Counter[str] = field(default_factory=Counter)
    users: dict[str, set[str]] = field(default_factory=dict)
    addresses: dict[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    at: datetime
    what: Happening
    target: str
    detail: Mapping[str, Any]


class Recurring:
    """Records what may recur. Thread-safe; each process counts for itself."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._minute = _Minute()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def note(
        self, action: str, user: str, target: str, address: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Record that `user` did, or tried, `action`. An entry that cannot be stored is told to the log."""
        what = Happening(action, audit.clean(user, 200), audit.clean(address, 200))
        now = self._now()
        with self._lock:
            entries = self._over(now)
            if self._counted(what):
                self._remind()
            else:
                self._minute.targets[what] = audit.clean(target, 200)
                entries.append(_Entry(now, what, target, detail or {}))
        self._write(entries)

    def flush(self) -> None:
        """Record what was counted so far; later ones of this minute are counted anew."""
        with self._lock:
            entries = self._sums(self._now())
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self._write(entries)

    def _over(self, now: datetime) -> list[_Entry]:
        """The sums of a minute that is over; a new one begins."""
        number = int(now.timestamp() // WINDOW_SECONDS)
        if number == self._minute.number:
            return []
        entries = self._sums(now)
        self._minute = _Minute(number)
        return entries

    def _counted(self, what: Happening) -> bool:
        """Whether `what` was only counted; it is to be written otherwise."""
        minute = self._minute
        if what in minute.targets:
            minute.more[what] += 1
            return True
        same = [one for one in minute.targets if one.action == what.action]
        near = sum(one.address == what.address for one in same)
        if near < PER_ADDRESS and len(same) < IN_ALL:
            return False
        minute.rest[what.action] += 1
        for kept, one in ((minute.users, what.user), (minute.addresses, what.address)):
            found = kept.setdefault(what.action, set())
            if len(found) < REMEMBERED:
                found.add(one)
        return True

    def _sums(self, now: datetime) -> list[_Entry]:
        minute = self._minute
        since = datetime.fromtimestamp(max(minute.number, 0) * WINDOW_SECONDS, UTC).isoformat()
        entries = [
            _Entry(now, what, minute.targets[what], {"more": times, "since": since})
            for what, times in minute.more.items()
        ]
        for action, times in minute.rest.items():
            detail = {
                "more": times,
                "since": since,
                "users": len(minute.users[action]),
                "addresses": len(minute.addresses[action]),
            }
            entries.append(_Entry(now, Happening(action, "", ""), "", detail))
        minute.more.clear()
        minute.rest.clear()
        minute.users.clear()
        minute.addresses.clear()
        return entries

    def _remind(self) -> None:
        """Write the count in time, also where nothing comes after it."""
        if self._timer is None:
            self._timer = threading.Timer(WINDOW_SECONDS, self.flush)
            self._timer.name = "audit-counts"
            self._timer.daemon = True
            self._timer.start()

    def _write(self, entries: list[_Entry]) -> None:
        if not entries:
            return
        try:
            with self._store.begin() as tx:
                for one in entries:
                    what = one.what
                    audit.write(
                        tx, one.at, what.user, what.action, one.target, one.detail, address=what.address
                    )
        except StoreError as error:
            actions = sorted({one.what.action for one in entries})
            log.warning(
                "the audit lacks entries",
                extra={"actions": actions, "number": len(entries), "error": str(error)},
            )
