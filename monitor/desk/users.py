"""Users at the desk, and their API tokens."""

from __future__ import annotations

from datetime import timedelta

from monitor.desk import auth
from monitor.desk.seat import Seat, within
from monitor.desk.views import TokenView
from monitor.errors import AccessError, ConflictError, UserError
from monitor.messages import Message
from monitor.records import Role, User
from monitor.store import audit, users

PASSWORD_REFUSED = "user.password_refused"

MAX_WRONG, WRONG_WITHIN = 5, timedelta(minutes=15)
"""Old passwords that may be wrong before a change has to wait: a session that was left open, or stolen,
is no place to guess the password at."""


class Users(Seat):
    """Managing users takes an administrator; everybody has their own password, sessions and tokens."""

    def users(self) -> list[User]:
        """Every user."""
        self._may(Role.ADMIN, "list users")
        with self.monitor.store.read() as tx:
            return list(users.all(tx))

    def add_user(self, name: str, password: str, role: Role) -> User:
        """A new user. Raises UserError for a bad name or password, ConflictError for a taken name."""
        self._may(Role.ADMIN, "add users")
        name, password_hash = auth.check_name(name), auth.hash_password(password)
        with self.monitor.store.begin() as tx:
            user = users.add(tx, name, password_hash, role, self.monitor.now())
            self._wrote(tx, "user.add", name, {"role": str(role)})
        return user

    def disable_user(self, name: str) -> None:
        """Log the user out everywhere and for good. Raises NotFoundError, and ConflictError for oneself."""
        self._may(Role.ADMIN, "disable users")
        if name == self.user.name:
            raise ConflictError("you cannot disable yourself; ask another administrator")
        with self.monitor.store.begin() as tx:
            users.disable(tx, name)
            self._wrote(tx, "user.disable", name)

    def create_token(self, name: str, days: int = 90) -> str:
        """An API token of this user, shown this once."""
        self._may(Role.VIEWER, "create tokens")
        if not name.strip() or len(name) > 100 or not name.isprintable():
            raise UserError("name the token, in at most 100 printable characters")
        days = within("days", days, 1, 3660)
        return auth.create_token(
            self.monitor.store, self.user, name.strip(), self.monitor.now(), days, self.address
        )

    def tokens(self, user: str = "") -> list[TokenView]:
        """One's own sessions and API tokens, the newest first; another's takes an administrator.

        Raises NotFoundError.
        """
        name = self._whose(user, "see the tokens of others")
        with self.monitor.store.read() as tx:
            found = users.tokens_of(tx, name, self.monitor.now())
        return [
            TokenView(
                id=one.id,
                kind=one.kind,
                user=one.user,
                name=one.name,
                created_at=one.created_at,
                expires_at=one.expires_at,
                used_at=one.used_at,
                own=bool(self.key) and self.key.startswith(one.id),
            )
            for one in found
        ]

    def revoke_token(self, token_id: str, user: str = "") -> None:
        """End a session or an API token of one's own; another's takes an administrator.

        Raises NotFoundError.
        """
        name = self._whose(user, "revoke the tokens of others")
        with self.monitor.store.begin() as tx:
            ended = users.revoke(tx, name, token_id)
            self._wrote(tx, f"{ended.kind}.revoke", name, {"id": token_id, "name": ended.name})

    def revoke_others(self) -> int:
        """End every session and API token of one's own but the one that asks; how many there were."""
        self._may(Role.VIEWER, "revoke tokens")
        with self.monitor.store.begin() as tx:
            ended = users.revoke_all(tx, self.user.name, keep=self.key)
            self._wrote(tx, "session.revoke", self.user.name, {"all": True, "number": ended})
        return ended

    def change_password(self, old: str, new: str) -> None:
        """Give oneself another password; every other session and token of before ends.

        Raises AccessError where `old` is wrong, or was too often, and UserError where `new` cannot be taken.
        """
        self._may(Role.VIEWER, "change the password")
        store, now, name = self.monitor.store, self.monitor.now(), self.user.name
        with store.read() as tx:
            found = users.get(tx, name)
            wrong = audit.count(tx, name, PASSWORD_REFUSED, now - WRONG_WITHIN)
        if wrong >= MAX_WRONG:
            self.monitor.recurring.note("access.refused", name, "change the password", self.address)
            minutes = int(WRONG_WITHIN.total_seconds() // 60)
            raise AccessError(Message("users.wrong_often", minutes=minutes))
        if found is None or not auth.verify_password(found[1], old):
            with store.begin() as tx:
                self._wrote(tx, PASSWORD_REFUSED, name)
            raise AccessError(Message("users.wrong_password"))
        hashed = auth.hash_password(new)
        with store.begin() as tx:
            users.set_password(tx, name, hashed, keep=self.key)
            self._wrote(tx, "user.password", name)

    def _whose(self, user: str, what: str) -> str:
        """The name of the user whose tokens are meant."""
        self._may(Role.VIEWER if user in ("", self.user.name) else Role.ADMIN, what)
        return user or self.user.name
