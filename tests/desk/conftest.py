"""Desks in a newsroom: a monitor of a test's own on an empty store, and news to put into it, made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.desk import Desk
from monitor.records import Company, Role, User
from monitor.registry import Registry
from monitor.store import aliases, open_store
from monitor.testing import Clock, FakeFetcher, newsroom
from monitor.testing.newsroom import Newsroom

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="package")
def furnished(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, Newsroom]:
    """The database of a newsroom that has watched its companies for nine days, to copy."""
    path = tmp_path_factory.mktemp("newsroom") / "furnished.db"
    shutil.copy(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    room = newsroom.furnish(store, NOW, hours=30)
    aliases.keep(store, newsroom.COMPANIES, NOW - timedelta(days=9))
    store.close()
    return path, room


@pytest.fixture(scope="package")
def registry() -> Iterator[Registry]:
    """The bundled plugins; no desk here asks for the newsroom's own, which are processes to start."""
    registry = Registry.discover()
    yield registry
    registry.close()


@pytest.fixture
def companies() -> Sequence[Company]:
    """The watch list."""
    return newsroom.COMPANIES


@pytest.fixture
def monitor(
    sqlite_url: str, tmp_path: Path, registry: Registry, companies: Sequence[Company], clock: Clock
) -> Iterator[Monitor]:
    """A monitor on an empty store; `room` furnishes it."""
    settings = config.load(newsroom.settle(tmp_path), {"MONITOR_STORE__URL": sqlite_url})
    store = open_store(sqlite_url)
    with Monitor(settings, store, registry, FakeFetcher(), companies=companies, now=clock) as monitor:
        yield monitor


@pytest.fixture
def room(furnished: tuple[Path, Newsroom], monitor: Monitor, sqlite_url: str) -> Newsroom:
    shutil.copy(furnished[0], sqlite_url.removeprefix("sqlite:///"))
    return furnished[1]


@pytest.fixture
def desk(monitor: Monitor) -> Desk:
    """An analyst's."""
    return Desk(monitor, User(1, "ann", Role.ANALYST, NOW))
