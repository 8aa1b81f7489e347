"""Users and their tokens. Of a secret only its SHA-256 digest is ever stored.

The first ID_DIGITS digits of the digest name a token to its owner: of a secret of 256 random bits they
tell nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, or_, select, update

from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.records import Role, User
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import tokens, users

SETUP = "setup"  # the kind of the one-time link that creates the first administrator
ID_DIGITS = 12
USED_EVERY = timedelta(hours=1)
"""How exactly it is known when a token was last used."""
MAY_LABEL = and_(users.c.role != Role.VIEWER.value, ~users.c.disabled)
"""Whether a user may label."""


@dataclass(frozen=True, slots=True)
class Token:
    """A session (kind ``session``) or an API token (``api``) that opens something now. `used_at` is when
    it was last used, to the hour; None: never. `expires_at` None: never."""

    id: str
    kind: str
    user: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Skills:
    """What an analyst is asked about: texts in these languages alone (none named: in all), and those of these
    topics first."""

    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


def add(tx: Tx, name: str, password_hash: str, role: Role, now: datetime) -> User:
    """A new user. Raises ConflictError where the name is taken."""
    statement = (
        dialect.insert(tx, users)
        .values(name=name, password_hash=password_hash, role=Role(role).value, created_at=now)
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(users.c.id)
    )
    user_id = tx.scalar(statement)
    if user_id is None:
        raise ConflictError(Message("users.taken", user=name))
    return by_id(tx, user_id)


def get(tx: Tx, name: str) -> tuple[User, str] | None:
    """The user called `name`, and the hash of their password."""
    row = tx.execute(select(users).where(users.c.name == name)).mappings().first()
    return None if row is None else (_record(row), row["password_hash"])


def by_id(tx: Tx, user_id: int) -> User:
    """The user with this id. Raises NotFoundError."""
    row = tx.execute(select(users).where(users.c.id == user_id)).mappings().first()
    if row is None:
        raise NotFoundError(Message("users.none", user=user_id))
    return _record(row)


def skills(tx: Tx, name: str) -> Skills:
    """What a user is asked about; everything, where they are none of ours."""
    row = tx.execute(select(users.c.languages, users.c.topics).where(users.c.name == name)).first()
    return Skills(tuple(row.languages), tuple(row.topics)) if row else Skills()


def set_skills(tx: Tx, name: str, skills: Skills) -> None:
    """Ask a user about these from now on. Raises NotFoundError."""
    values = {"languages": list(skills.languages), "topics": list(skills.topics)}
    if not tx.execute(update(users).where(users.c.name == name).values(values)).rowcount:
        raise NotFoundError(Message("users.none", user=name))


def all(tx: Tx) -> list[User]:
    """Every user, by name."""
    return [_record(row) for row in tx.execute(select(users).order_by(users.c.name)).mappings()]


def count(tx: Tx) -> int:
    """How many users there are; the disabled ones count."""
    return tx.scalar(select(func.count()).select_from(users)) or 0


def readers(tx: Tx) -> int:
    """How many people may label."""
    return tx.scalar(select(func.count()).select_from(users).where(MAY_LABEL)) or 0


def disable(tx: Tx, name: str) -> None:
    """Lock the user out now: the account, every session and every API token. Raises NotFoundError."""
    _update(tx, name, disabled=True)
    _drop_tokens(tx, name)


def enable(tx: Tx, name: str) -> None:
    """Let a disabled user in again. Raises NotFoundError."""
    _update(tx, name, disabled=False)


def set_role(tx: Tx, name: str, role: Role) -> None:
    """Change what the user may do. Raises NotFoundError."""
    _update(tx, name, role=Role(role).value)


def set_password(tx: Tx, name: str, password_hash: str, *, keep: str = "") -> None:
    """Change the password, and end every session and API token of before, but the one whose digest is
    `keep`. Raises NotFoundError."""
    _update(tx, name, password_hash=password_hash)
    _drop_tokens(tx, name, keep)


def add_token(
    tx: Tx,
    digest: str,
    kind: str,
    user_id: int | None,
    name: str,
    now: datetime,
    expires_at: datetime | None,
) -> None:
    """Store the digest of a secret: a session, an API token, a setup link. Drops expired ones."""
    tx.execute(delete(tokens).where(tokens.c.expires_at <= now))
    tx.execute(
        tokens.insert().values(
            digest=digest, kind=kind, user_id=user_id, name=name, created_at=now, expires_at=expires_at
        )
    )


def token(tx: Tx, digest: str, now: datetime) -> tuple[str, User | None] | None:
    """The kind and user of a secret; None where it is unknown, expired, or its user disabled."""
    row = tx.execute(
        select(tokens.c.kind, tokens.c.user_id).where(tokens.c.digest == digest, _valid(now))
    ).first()
    if row is None:
        return None
    if row.user_id is None:
        return row.kind, None
    user = by_id(tx, row.user_id)
    return None if user.disabled else (row.kind, user)


def used(tx: Tx, digest: str, now: datetime) -> None:
    """Note that a secret was used, to the hour."""
    tx.execute(update(tokens).where(tokens.c.digest == digest).values(used_at=now))


def used_long_ago(tx: Tx, digest: str, now: datetime) -> bool:
    """Whether what is known of a secret's last use is older than USED_EVERY, or lies ahead of `now`."""
    known = tx.scalar(select(tokens.c.used_at).where(tokens.c.digest == digest))
    return known is None or not timedelta(0) <= now - known < USED_EVERY


def tokens_of(tx: Tx, name: str, now: datetime) -> list[Token]:
    """The user's sessions and API tokens that are good now, the newest first. Raises NotFoundError."""
    if get(tx, name) is None:
        raise NotFoundError(Message("users.unknown", user=name))
    rows = tx.execute(
        select(tokens)
        .join(users, users.c.id == tokens.c.user_id)
        .where(users.c.name == name, tokens.c.kind != SETUP, _valid(now))
        .order_by(tokens.c.created_at.desc(), tokens.c.digest)
    )
    return [
        Token(row.digest[:ID_DIGITS], row.kind, name, row.name, row.created_at, row.expires_at, row.used_at)
        for row in rows
    ]


def revoke(tx: Tx, name: str, token_id: str) -> Token:
    """End one of the user's sessions or API tokens, by its id; which it was. Raises NotFoundError."""
    owner = select(users.c.id).where(users.c.name == name).scalar_subquery()
    found = tx.execute(
        delete(tokens)
        .where(tokens.c.user_id == owner, func.substr(tokens.c.digest, 1, ID_DIGITS) == token_id)
        .returning(*tokens.c)
    ).first()
    if found is None:
        raise NotFoundError(Message("users.no_token", user=name, token=token_id))
    return Token(token_id, found.kind, name, found.name, found.created_at, found.expires_at, found.used_at)


def revoke_all(tx: Tx, name: str, *, keep: str = "") -> int:
    """End the user's sessions and API tokens, but the one whose digest is `keep`; how many there were."""
    return _drop_tokens(tx, name, keep)


def drop_token(tx: Tx, digest: str) -> User | None:
    """Forget a secret, and whose it was; one that is unknown is forgotten already."""
    owner = tx.scalar(delete(tokens).where(tokens.c.digest == digest).returning(tokens.c.user_id))
    return None if owner is None else by_id(tx, owner)


def take_setup(tx: Tx, digest: str, now: datetime) -> bool:
    """Use up a setup link; False where it is unknown, expired or used. Of two at once one gets True."""
    taken = tx.execute(delete(tokens).where(tokens.c.digest == digest, tokens.c.kind == SETUP, _valid(now)))
    return bool(taken.rowcount)


def _valid(now: datetime) -> ColumnElement[bool]:
    return or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now)


def _drop_tokens(tx: Tx, name: str, keep: str = "") -> int:
    owner = select(users.c.id).where(users.c.name == name).scalar_subquery()
    return tx.execute(delete(tokens).where(tokens.c.user_id == owner, tokens.c.digest != keep)).rowcount


def _update(tx: Tx, name: str, **values: object) -> None:
    if not tx.execute(update(users).where(users.c.name == name).values(**values)).rowcount:
        raise NotFoundError(Message("users.none", user=name))


def _record(row: RowMapping) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        disabled=row["disabled"],
    )
