"""Users at the desk, and their API tokens."""

from __future__ import annotations

from monitor.desk import auth
from monitor.desk.seat import Seat, within
from monitor.errors import ConflictError, UserError
from monitor.records import Role, User
from monitor.store import users


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
        return auth.create_token(self.monitor.store, self.user, name.strip(), self.monitor.now(), days)
