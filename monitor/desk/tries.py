"""How many passwords may be tried, so that guessing is hopeless and nobody is locked out by others.

A try is counted before its password is looked at, so that any number at once are judged by the limit; a
right password gives its try back. Limits hold in any window of WINDOW_SECONDS:

- TRIES for one account from one address, and ACCOUNT_TRIES for one account from all addresses together,
  counted among browsers that never logged in to it. Whoever hammers an account closes it for strangers only.
- TRIES for each browser that did log in to it, which shows a signed cookie (`monitor.web.devices`) and has a
  count of its own: its owner gets in, whatever strangers do. These are OWASP's device cookies
  (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
- None for an address as a whole, which may be an office: after FREE_FAILURES failures it is only slowed, by
  a delay that doubles up to MAX_DELAY_SECONDS, waited for on the event loop; known browsers do not wait.

Times are those of a clock that does not step. The counts are this process's: each of n web processes
allows as much again, and a restart forgives. Memory is bounded: a real account has at most ACCOUNT_TRIES
counts per address and one per known browser, which drop out with their window; names that nobody has and
addresses share tables of `size`, where the one longest untouched goes first, so that a flood of them forgets
nothing about real accounts.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from monitor.errors import AttemptsError
from monitor.messages import Message
from monitor.schedule.clocks import Steady, steady

WINDOW_SECONDS = 900.0
TRIES = 5
ACCOUNT_TRIES = 20
FREE_FAILURES = 10
FIRST_DELAY_SECONDS = 0.125
MAX_DELAY_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Account:
    """Whose password is tried: the user's id, or None and the name that was typed where nobody has it."""

    user_id: int | None
    name: str = ""

    @property
    def key(self) -> Hashable:
        """A made-up name counts as its digest, however long it is."""
        return self.user_id or hashlib.sha256(self.name.encode("utf-8", "surrogatepass")).digest()


class Try:
    """One counted try: wait `delay` seconds, judge the password, then say how it went.

    A try of which nothing more is said stays counted as a failure.
    """

    def __init__(self, delay: float, counts: list[tuple[_Table, Hashable]], at: float) -> None:
        self.delay = delay
        self._counts = counts
        self._at = at

    def succeeded(self) -> None:
        """The password was right: this browser's failures are forgiven, and the try given back."""
        (table, key), *others = self._counts
        table.forget(key)
        self._give_back(others)

    def void(self) -> None:
        """The password was not judged, because the store failed: the try is given back."""
        self._give_back(self._counts)

    def _give_back(self, counts: list[tuple[_Table, Hashable]]) -> None:
        for table, key in counts:
            table.remove(key, self._at)


class Tries:
    """The counts of this process. Safe to use from any thread."""

    def __init__(self, clock: Steady = steady, size: int = 10_000) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._real = _Table(self._lock)
        self._made_up = _Table(self._lock, size)
        self._addresses = _Table(self._lock, size)

    def reserve(self, account: Account, address: str, device: str = "") -> Try:
        """Count a try for `account` from `address`, by the known browser `device` ("": a stranger's).

        Raises AttemptsError, and counts nothing, where a limit is reached.
        """
        table = self._real if account.user_id is not None else self._made_up
        limits: list[tuple[Hashable, int]]
        if device:
            limits = [(("device", account.key, device), TRIES)]
        else:
            limits = [(("place", account.key, place(address)), TRIES), (("all", account.key), ACCOUNT_TRIES)]
        with self._lock:
            now = self._clock()
            wait = max(table.wait(key, limit, now) for key, limit in limits)
            if wait > 0:
                minutes = max(1, round(wait / 60))
                raise AttemptsError(Message("login.wait", minutes=minutes), retry_after=wait)
            counts: list[tuple[_Table, Hashable]] = [(table, key) for key, _ in limits]
            if not device:
                counts.append((self._addresses, place(address)))
            for counted, key in counts:
                counted.add(key, now)
            delay = 0.0 if device else _delay(self._addresses.count(place(address), now))
        return Try(delay, counts, now)

    def __len__(self) -> int:
        """Counts held, of all kinds."""
        return len(self._real) + len(self._made_up) + len(self._addresses)


class _Table:
    """Times of tries by key, the one longest untouched first; at most `size` keys, else what windows hold."""

    def __init__(self, lock: threading.Lock, size: int | None = None) -> None:
        self._lock = lock
        self._size = size
        self._times: OrderedDict[Hashable, list[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._times)

    def wait(self, key: Hashable, limit: int, now: float) -> float:
        """Seconds until one more try fits into the window; 0 where it does now."""
        times = self._recent(key, now)
        return times[-limit] + WINDOW_SECONDS - now if len(times) >= limit else 0.0

    def count(self, key: Hashable, now: float) -> int:
        return len(self._recent(key, now))

    def add(self, key: Hashable, now: float) -> None:
        self._times[key] = [*self._recent(key, now), now][-_MOST:]
        self._times.move_to_end(key)
        while self._times and next(iter(self._times.values()))[-1] <= now - WINDOW_SECONDS:
            self._times.popitem(last=False)
        if self._size is not None and len(self._times) > self._size:
            self._times.popitem(last=False)

    def remove(self, key: Hashable, at: float) -> None:
        with self._lock:
            times = self._times.get(key, [])
            if at in times:
                times.remove(at)
            if not times:
                self._times.pop(key, None)

    def forget(self, key: Hashable) -> None:
        with self._lock:
            self._times.pop(key, None)

    def _recent(self, key: Hashable, now: float) -> list[float]:
        return [at for at in self._times.get(key, ()) if now - at < WINDOW_SECONDS]


_MOST = max(ACCOUNT_TRIES, FREE_FAILURES + 10)  # no count needs to know of more


def place(address: str) -> str:
    """The network that an address stands for: an IPv6 address its /64, which one host has whole."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _delay(failures: int) -> float:
    beyond = failures - FREE_FAILURES
    return 0.0 if beyond <= 0 else min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (beyond - 1))
