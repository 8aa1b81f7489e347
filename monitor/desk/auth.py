"""Who is asking: passwords, sessions, API tokens and the one-time set-up link.

A secret is shown once, to its owner; the store keeps its SHA-256 only. That is enough for
secrets of 256 random bits; passwords, which people choose, are hashed with argon2id (RFC 9106) at
the cost that OWASP's Password Storage Cheat Sheet asks for: 19 MiB, two passes, one lane. Whoever
reads the database can therefore log in as nobody.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
import threading
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from monitor.errors import AccessError, NotFoundError, StoreError, UserError
from monitor.records import Role, User
from monitor.store import Store, audit, users

SESSION_COOKIE = "monitor_session"
SESSION_LIFE = timedelta(days=7)
SETUP_LIFE = timedelta(hours=24)
MIN_PASSWORD = 10
MAX_PASSWORD = 1024
MAX_NAME = 100
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """The argon2id hash of `password`, salt and parameters included.

    Raises UserError where the password is shorter than MIN_PASSWORD or longer than MAX_PASSWORD
    characters.
    """
    if len(password) < MIN_PASSWORD:
        raise UserError(f"the password has {len(password)} characters; use at least {MIN_PASSWORD}")
    if len(password) > MAX_PASSWORD:
        raise UserError(f"the password has {len(password)} characters; use at most {MAX_PASSWORD}")
    return _HASHER.hash(_bytes(password))


def verify_password(password_hash: str, password: str) -> bool:
    """Whether `password` is the one `password_hash` was made of."""
    if len(password) > MAX_PASSWORD:
        return False
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def check_name(name: str) -> str:
    """`name` without surrounding space. Raises UserError where it cannot be a user's name."""
    name = name.strip()
    if not name:
        raise UserError("the user name is empty; give one")
    if len(name) > MAX_NAME or not name.isprintable():
        raise UserError(f"the user name {name[:40]!r} must be at most {MAX_NAME} printable characters")
    return name


def digest(secret: str) -> str:
    """What the store keeps of a secret."""
    return hashlib.sha256(_bytes(secret)).hexdigest()


def log_in(store: Store, name: str, password: str, now: datetime, address: str = "") -> tuple[str, User]:
    """Open a session for who is at `address`: its secret (the cookie's value) and the user.

    Raises AccessError, with the same words whatever was wrong.
    """
    with store.read() as tx:
        found = users.get(tx, name.strip())
    correct = verify_password(found[1] if found else _decoy(), password)
    if found is None or found[0].disabled or not correct:
        raise AccessError("no user has this name and password; check both, or ask an administrator")
    return _new_secret(store, "session", found[0], "", now, now + SESSION_LIFE, address), found[0]


def log_out(store: Store, secret: str, now: datetime, address: str = "") -> None:
    """End the session; nothing happens where there is none."""
    with store.begin() as tx:
        user = users.drop_token(tx, digest(secret))
        if user is not None:
            audit.write(tx, now, user.name, "session.close", "", address=address)


def create_token(
    store: Store, user: User, name: str, now: datetime, days: int | None = None, address: str = ""
) -> str:
    """A new API token of `user`, for `Authorization: Bearer`; without `days` it does not expire."""
    expires_at = None if days is None else now + timedelta(days=days)
    return _new_secret(store, "api", user, name, now, expires_at, address)


def user_of_session(store: Store, secret: str, now: datetime) -> User | None:
    """The user behind a session cookie, or None: unknown, expired, logged out or disabled."""
    return _user_of(store, secret, "session", now)


def user_of_token(store: Store, secret: str, now: datetime) -> User | None:
    """The user behind an API token, or None."""
    return _user_of(store, secret, "api", now)


def setup_link(store: Store, now: datetime) -> str | None:
    """The secret of a new one-time link `/setup/<secret>`, or None where there is a user already."""
    with store.begin() as tx:
        if users.count(tx):
            return None
        secret = secrets.token_urlsafe(32)
        users.add_token(tx, digest(secret), "setup", None, "", now, now + SETUP_LIFE)
    return secret


def setup_open(store: Store, secret: str, now: datetime) -> bool:
    """Whether the link can still be used. Opening the page does not use it up."""
    with store.read() as tx:
        found = users.token(tx, digest(secret), now)
        return found is not None and found[0] == "setup" and not users.count(tx)


def create_administrator(
    store: Store, secret: str, name: str, password: str, now: datetime, address: str = ""
) -> User:
    """Use the one-time link: the first user, an administrator.

    Raises NotFoundError where the link is unknown, used, expired or there is a user already, and
    UserError where name or password cannot be taken; the link stays good then.
    """
    name, password_hash = check_name(name), hash_password(password)
    with store.begin() as tx:
        if users.count(tx) or not users.take_setup(tx, digest(secret), now):
            raise NotFoundError(
                "this set-up link is not valid any more; restart the monitor for a new one, "
                "or log in if there is an administrator already"
            )
        user = users.add(tx, name, password_hash, Role.ADMIN, now)
        how = {"role": str(Role.ADMIN), "by": "set-up link"}
        audit.write(tx, now, name, "user.add", name, how, address=address)
    return user


@functools.cache
def _decoy() -> str:
    """What an unknown name is verified against, so that a wrong name takes as long as a wrong password."""
    return _HASHER.hash(secrets.token_hex())


def _new_secret(
    store: Store,
    kind: str,
    user: User,
    name: str,
    now: datetime,
    expires_at: datetime | None,
    address: str,
) -> str:
    secret = secrets.token_urlsafe(32)
    with store.begin() as tx:
        users.add_token(tx, digest(secret), kind, user.id, name, now, expires_at)
        audit.write(tx, now, user.name, f"{kind}.open", name, address=address)
    return secret


def _user_of(store: Store, secret: str, kind: str, now: datetime) -> User | None:
    if not secret:
        return None
    with store.read() as tx:
        found = users.token(tx, digest(secret), now)
        stale = found is not None and users.used_long_ago(tx, digest(secret), now)
    if found is None or found[0] != kind or found[1] is None or found[1].disabled:
        return None
    if stale:
        # Whoever may ask is answered, also while nothing can be written.
        with suppress(StoreError), store.begin() as tx:
            users.used(tx, digest(secret), now)
    return found[1]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class LoginLimit:
    """Slows guessing down: after `tries` failures within `window`, wait until the oldest is past it.

    Failures count per (name, client), and five times as many per client over all names. Kept in
    memory, at most `size` keys, the oldest forgotten first; a restart forgives.
    """

    def __init__(self, tries: int = 5, window: timedelta = timedelta(minutes=15), size: int = 10_000) -> None:
        self.tries = tries
        self.window = window
        self.size = size
        self._failures: OrderedDict[tuple[str, ...], list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, client: str, now: datetime) -> float:
        """Seconds until the next try is allowed; 0 where it is allowed now."""
        with self._lock:
            waits = [0.0]
            for key, allowed in self._keys(name, client):
                recent = [at for at in self._failures.get(key, ()) if now - at < self.window]
                if len(recent) >= allowed:
                    waits.append((recent[-allowed] + self.window - now).total_seconds())
            return max(waits)

    def failed(self, name: str, client: str, now: datetime) -> None:
        """Count one failure."""
        with self._lock:
            for key, allowed in self._keys(name, client):
                recent = [*self._failures.pop(key, ()), now][-allowed:]
                self._failures[key] = recent
            while len(self._failures) > self.size:
                self._failures.popitem(last=False)

    def succeeded(self, name: str, client: str) -> None:
        """Forget the failures of this name and client; those of the client alone stay."""
        with self._lock:
            self._failures.pop(("name", name.strip(), client), None)

    def _keys(self, name: str, client: str) -> tuple[tuple[tuple[str, ...], int], ...]:
        return (("name", name.strip(), client), self.tries), (("client", client), 5 * self.tries)
