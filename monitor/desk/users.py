"""Users at the desk, and their API tokens."""

from __future__ import annotations

import re

from monitor.desk import auth
from monitor.desk.seat import Seat, within
from monitor.errors import ConflictError, UserError
from monitor.messages import Message
from monitor.records import Role, User
from monitor.store import users

MAX_TOKEN_NAME = 100
MAX_TOKEN_DAYS = 3660
_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
TOKEN_NAME = rf"^[^{_CONTROL}]*[0-9A-Za-z\u4e00-\u9fff][^{_CONTROL}]*$"
"""No control character, and something to read. Other characters that cannot be printed are left out."""


class Users(Seat):
    """Managing users takes an administrator; a token of one's own anybody may make."""

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
        return auth.create_token(self.monitor.store, self.user, name, self.monitor.now(), days)
