"""A whole database is told from a damaged file, before it is served or while it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import text

from monitor.errors import DamagedError
from monitor.records import Article
from monitor.store import Store, dialect, open_store
from monitor.store.integrity import Examination, Health


def test_a_whole_database_has_no_damage(store: Store, publish: Callable[..., Article]) -> None:
    with store.begin() as tx:
        publish(tx)
        assert dialect.damage(tx) == ""
    assert store.damage() == ""


@pytest.fixture
def damaged(sqlite_store: Store, publish: Callable[..., Article]) -> Store:
    """A database that opens and answers, but an index of which has no entries."""
    assert sqlite_store.path is not None
    with sqlite_store.begin() as tx:
        for _ in range(50):
            publish(tx, "x" * 3000)
        size = tx.scalar(text("PRAGMA page_size"))
        root = tx.scalar(text("SELECT rootpage FROM sqlite_master WHERE name = 'ix_articles_published_at'"))
    sqlite_store.close()  # which moves the journal's content into the file
    content = bytearray(sqlite_store.path.read_bytes())
    content[(root - 1) * size + 3 : (root - 1) * size + 5] = b"\x00\x00"
    sqlite_store.path.write_bytes(content)
    return sqlite_store


def test_a_damaged_file_is_noticed(damaged: Store) -> None:
    with damaged.read() as tx:
        assert dialect.damage(tx) != ""
    assert damaged.damage() != ""
    damaged.check_schema()


def test_a_page_that_cannot_be_read_is_damage_too(damaged: Store) -> None:
    assert damaged.path is not None
    damaged.close()
    content = bytearray(damaged.path.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    damaged.path.write_bytes(content)
    assert damaged.damage() != ""


def test_a_small_file_is_checked_before_the_start(damaged: Store, now: datetime, sqlite_url: str) -> None:
    examination = Examination(damaged, lambda: now)
    assert examination.health == Health()
    with pytest.raises(DamagedError, match=r"monitor\.db: the database is damaged.*monitor db restore FILE"):
        examination.begin(10_000_000)
    assert (examination.health.state, examination.health.checked_at) == ("damaged", now)


def test_a_large_file_is_checked_behind_the_start(
    damaged: Store, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    examination = Examination(damaged, lambda: now)
    examination.begin(1000)
    for thread in threading.enumerate():
        if thread.name == "store-check":
            thread.join()
    assert (examination.health.state, examination.health.checked_at) == ("damaged", now)
    assert "the database is damaged" in caplog.text


def test_a_whole_file_is_said_to_be_whole(store: Store, now: datetime) -> None:
    examination = Examination(store, lambda: now)
    examination.begin(10_000_000)
    expected = Health("whole", "", now) if store.dialect == "sqlite" else Health("served")
    assert examination.health == expected


def test_a_store_that_cannot_be_asked_is_not_damaged(
    sqlite_store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = open_store("postgresql://ann@/monitor?host=/nowhere")
    monkeypatch.setattr(type(missing), "path", sqlite_store.path)
    examination = Examination(missing, lambda: now)
    examination.begin(10_000_000)
    assert examination.health == Health()
