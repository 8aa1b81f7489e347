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
from contextlib import suppress
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from monitor.desk import passwords
from monitor.errors import AccessError, NotFoundError, StoreError, UserError
from monitor.messages import Message
from monitor.records import Role, User
from monitor.store import Store, audit, users

SESSION_COOKIE = "monitor_session"
SESSION_LIFE = timedelta(days=7)
SETUP_LIFE = timedelta(hours=24)
MAX_NAME = 100
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str, name: str) -> str:
    """The argon2id hash of `password`, salt and parameters included.

    Raises UserError where the password is not one that user `name` may have (`passwords.check`).
    """
    passwords.check(password, name)
    return _HASHER.hash(_bytes(password))


def verify_password(password_hash: str, password: str) -> bool:
    """Whether `password` is the one `password_hash` was made of."""
    if len(password) > passwords.MAX_PASSWORD:
        return False
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def check_name(name: str) -> str:
    """`name` without surrounding space. Raises UserError where it cannot be a user's name."""
    name = name.strip()
    if not name:
        raise UserError(Message("users.no_name"))
    if len(name) > MAX_NAME or not name.isprintable():
        raise UserError(Message("users.bad_name", user=name[:40], most=MAX_NAME))
    return name


def digest(secret: str) -> str:
    """What the store keeps of a secret."""
    return hashlib.sha256(_bytes(secret)).hexdigest()


def log_in(store: Store, name: str, password: str, now: datetime, address: str = "") -> tuple[str, User]:
    """Open a session for who is at `address`: its secret (the cookie's value) and the user.

    Raises AccessError, with the same words whatever was wrong.
    """
    user = judge(account(store, name), password)
    return open_session(store, user, now, address), user


def account(store: Store, name: str) -> tuple[User, str] | None:
    """The user called `name`, and the hash of their password; None where there is none."""
    with store.read() as tx:
        return users.get(tx, name.strip())


def judge(found: tuple[User, str] | None, password: str) -> User:
    """The user that `account` found, where `password` is theirs; takes the same time in any case.

    Raises AccessError, with the same words whatever was wrong.
    """
    correct = verify_password(found[1] if found else _decoy(), password)
    if found is None or found[0].disabled or not correct:
        raise AccessError(Message("login.wrong"))
    return found[0]


def open_session(store: Store, user: User, now: datetime, address: str = "") -> str:
    """The secret of a new session of `user`, who is at `address`."""
    return _new_secret(store, "session", user, "", now, now + SESSION_LIFE, address)


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
    name = check_name(name)
    password_hash = hash_password(password, name)
    with store.begin() as tx:
        if users.count(tx) or not users.take_setup(tx, digest(secret), now):
            raise NotFoundError(Message("setup.gone"))
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
