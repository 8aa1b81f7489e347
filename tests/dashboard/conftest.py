"""A desk behind the pages: a real store, a monitor, and somebody who has logged in."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.desk import auth, serve_from
from monitor.records import Role
from monitor.registry import Registry
from monitor.store import Store, open_store, users
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


@pytest.fixture(scope="session")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes a furnished database to copy; one of the last minute serves again, for it takes seconds."""
    made: list[tuple[datetime, Path]] = []

    def make() -> Path:
        now = datetime.now(UTC)
        if not made or now - made[-1][0] > timedelta(minutes=1):
            path = tmp_path_factory.mktemp("furnished") / "furnished.db"
            shutil.copy(sqlite_template, path)
            store = open_store(f"sqlite:///{path}")
            newsroom.furnish(store, now, hours=26)
            store.close()
            made.append((now, path))
        return made[-1][1]

    return make


@pytest.fixture
def filled(
    sqlite_store: Store, sqlite_url: str, furnished: Callable[[], Path], tmp_path: Path
) -> Iterator[Monitor]:
    """A monitor over two days of news, a queue, an alert, a failing source and three model versions."""
    settings = config.load(newsroom.settle(tmp_path), {})
    with (
        closing(sqlite3.connect(furnished())) as source,
        closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as target,
    ):
        source.backup(target)
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
