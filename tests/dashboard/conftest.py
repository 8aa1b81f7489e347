"""A desk behind the pages: a real store, a monitor, and somebody who has logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.desk import auth, serve_from
from monitor.records import Role
from monitor.registry import Registry
from monitor.store import Store, users
from monitor.testing import FakeFetcher, newsroom

PASSWORD = "correct horse"
HASH = auth.hash_password(PASSWORD, "ann")


@pytest.fixture
def monitor(sqlite_store: Store, sqlite_url: str, tmp_path: Path) -> Iterator[Monitor]:
    """A monitor on an empty store, which the pages of this process show."""
    (tmp_path / "config.toml").write_text("")
    settings = config.load(tmp_path / "config.toml", {"MONITOR_STORE__URL": sqlite_url})
    monitor = Monitor(
        settings,
        sqlite_store,
        Registry.discover(),
        FakeFetcher(),
        companies=(),
        now=lambda: datetime.now(UTC),
    )
    serve_from(monitor)
    yield monitor
    monitor.recurring.flush()


@pytest.fixture
def log_in(sqlite_store: Store) -> Callable[..., str]:
    """log_in("ann", Role.ADMIN) is the session of a user with PASSWORD."""

    def make(name: str, role: Role = Role.ADMIN) -> str:
        now = datetime.now(UTC)
        with sqlite_store.begin() as tx:
            if users.get(tx, name) is None:
                users.add(tx, name, HASH, role, now)
        return auth.log_in(sqlite_store, name, PASSWORD, now, "10.0.0.1")[0]

    return make


@pytest.fixture
def filled(sqlite_store: Store, tmp_path: Path) -> Iterator[Monitor]:
    """A monitor over two days of news, a queue, an alert, a failing source and three model versions."""
    settings = config.load(newsroom.settle(tmp_path), {})
    newsroom.furnish(sqlite_store, datetime.now(UTC), hours=26)
    monitor = Monitor(
        settings,
        sqlite_store,
        Registry.discover(tmp_path / "plugins"),
        FakeFetcher(),
        companies=newsroom.COMPANIES,
        now=lambda: datetime.now(UTC),
    )
    serve_from(monitor)
    yield monitor
    monitor.close()
