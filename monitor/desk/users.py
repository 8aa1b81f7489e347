"""Users at the desk, and their API tokens."""

from __future__ import annotations

import re
from datetime import timedelta
from math import ceil

from monitor.desk import auth
from monitor.desk.seat import Seat, within
from monitor.desk.tries import Account
from monitor.desk.views import TokenView
from monitor.errors import AccessError, AttemptsError, ConflictError, UserError
from monitor.messages import Message
from monitor.records import Role, User
from monitor.store import audit, users

PASSWORD_REFUSED = "user.password_refused"

MAX_WRONG, WRONG_WITHIN = 5, timedelta(minutes=15)
"""Old passwords that may be wrong before a change has to wait: a session that was left open, or stolen,
is no place to guess the password at."""

MAX_TOKEN_NAME = 100
MAX_TOKEN_DAYS = 3660
_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
TOKEN_NAME = rf"^[^{_CONTROL}]*[0-9A-Za-z\u4e00-\u9fff][^{_CONTROL}]*$"
"""No control character, and something to read. Other characters that cannot be printed are left out."""


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
        name = auth.check_name(name)
        password_hash = auth.hash_password(password, name)
        with self.monitor.store.begin() as tx:
            user = users.add(tx, name, password_hash, role, self.monitor.now())
            self._wrote(tx, "user.add", name, {"role": str(role)})
        return user

    def disable_user(self, name: str) -> None:
        """Log the user out everywhere and for good. Raises NotFoundError, and ConflictError for oneself."""
        self._may(Role.ADMIN, "disable users")
        if name == self.user.name:
            raise ConflictError(Message("desk.not_oneself"))
        with self.monitor.store.begin() as tx:
            users.disable(tx, name)
            self._wrote(tx, "user.disable", name)

    def create_token(self, name: str, days: int = 90) -> str:
        """An API token of this user, shown this once. Raises UserError."""
        self._may(Role.VIEWER, "create tokens")
        if len(name) > MAX_TOKEN_NAME or not re.fullmatch(TOKEN_NAME, name):
            raise UserError(Message("desk.token_name", most=MAX_TOKEN_NAME))
        days = within("days", days, 1, MAX_TOKEN_DAYS)
        name = "".join(char for char in name if char.isprintable()).strip()
        now = self.monitor.now()
        return auth.create_token(self.monitor.store, self.user, name, now, days, self.address)

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

        Raises AccessError where `old` is wrong, AttemptsError where it was too often, and UserError where
        `new` cannot be taken. As at the log-in, a try is counted before `old` is looked at.
        """
        self._may(Role.VIEWER, "change the password")
        store, now, name = self.monitor.store, self.monitor.now(), self.user.name
        with store.read() as tx:
            found = users.get(tx, name)
            wrong = audit.count(tx, name, PASSWORD_REFUSED, now - WRONG_WITHIN)
        seconds = WRONG_WITHIN.total_seconds()
        try:
            counted = self.monitor.tries.reserve(Account(self.user.id), self.address, device="logged in")
            if wrong >= MAX_WRONG:
                raise AttemptsError("by this and other processes", retry_after=seconds)
        except AttemptsError as error:
            self.monitor.recurring.note("access.refused", name, "change the password", self.address)
            often = Message("users.wrong_often", minutes=ceil(seconds / 60))
            raise AttemptsError(often, retry_after=error.retry_after) from error
        if found is None or not auth.verify_password(found[1], old):
            with store.begin() as tx:
                self._wrote(tx, PASSWORD_REFUSED, name)
            raise AccessError(Message("users.wrong_password"))
        counted.succeeded()
        hashed = auth.hash_password(new, name)
        with store.begin() as tx:
            users.set_password(tx, name, hashed, keep=self.key)
            self._wrote(tx, "user.password", name)

    def _whose(self, user: str, what: str) -> str:
        """The name of the user whose tokens are meant."""
        self._may(Role.VIEWER if user in ("", self.user.name) else Role.ADMIN, what)
        return user or self.user.name
