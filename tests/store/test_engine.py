"""Transactions, and the errors that databases raise as people read them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from pysqlite3 import dbapi2 as pysqlite3
from sqlalchemy import text

from monitor.errors import (
    ConfigError,
    DiskFullError,
    SchemaError,
    StoreBusyError,
    StoreError,
    StoreLostError,
)
from monitor.records import Article
from monitor.store import Store, Tx, articles, audit, open_store, sources


def test_a_block_that_raises_stores_nothing(store: Store, publish: Callable[..., Article]) -> None:
    with pytest.raises(RuntimeError, match="power"), store.begin() as tx:
        publish(tx)
        raise RuntimeError("power")
    with store.read() as tx:
        assert articles.count(tx) == 0


def test_a_reader_sees_one_moment(store: Store, publish: Callable[..., Article]) -> None:
    with store.read() as reading:
        assert articles.count(reading) == 0
        with store.begin() as tx:
            publish(tx)
        assert articles.count(reading) == 0
    with store.read() as reading:
        assert articles.count(reading) == 1


def test_a_reader_cannot_write(store: Store, now: datetime) -> None:
    with pytest.raises(StoreError, match=r"read-?only"), store.read() as tx:
        audit.write(tx, now, "ann", "label", "task 1")
    with store.begin() as tx:  # and the connection it used can again
        audit.write(tx, now, "ann", "label", "task 1")


def test_a_second_writer_is_told_that_the_database_is_busy(
    store: Store, store_url: str, now: datetime
) -> None:
    with store.begin() as tx:
        sources.failed(tx, "wire", "", now, 0.0)
    other = open_store(store_url, busy_timeout_seconds=0.05)
    with store.begin() as tx:
        sources.failed(tx, "wire", "first", now, 0.0)
        with pytest.raises(StoreBusyError, match="try again"), other.begin() as second:
            sources.failed(second, "wire", "second", now, 0.0)
    other.close()
    with store.read() as tx:
        assert sources.status(tx, "wire").last_error == "first"


def test_a_full_disk_is_said_to_be_full_and_costs_nothing_stored(
    sqlite_store: Store, publish: Callable[..., Article]
) -> None:
    with sqlite_store.begin() as tx:
        publish(tx)
        pages = tx.scalar(text("PRAGMA page_count"))
    with pytest.raises(DiskFullError, match="free some space"), sqlite_store.begin() as tx:
        tx.execute(text(f"PRAGMA max_page_count = {pages + 5}"))
        publish(tx, "x" * 1_000_000)
    sqlite_store.close()  # the limit was the connection's
    with sqlite_store.begin() as tx:
        publish(tx, "x" * 1_000_000)
        assert articles.count(tx) == 2


def test_a_full_disk_of_postgresql(postgresql_store: Store) -> None:
    full = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
    with pytest.raises(DiskFullError, match="free some space"), postgresql_store.begin() as tx:
        tx.execute(text(full))


def test_sqlite_is_durable_and_enforces_references(sqlite_url: str) -> None:
    """Asked in a process of its own: in this one no test waits for the disk."""
    program = """if True:
        import json, sys
        from sqlalchemy import text
        from monitor.store import open_store

        with open_store(sys.argv[1]).begin() as tx:
            names = ("journal_mode", "synchronous", "foreign_keys", "mmap_size")
            print(json.dumps({name: tx.scalar(text(f"PRAGMA {name}")) for name in names}))
    """
    told = subprocess.run(
        [sys.executable, "-c", program, sqlite_url], capture_output=True, text=True, check=True
    )
    settings = json.loads(told.stdout)
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "mmap_size": 0}


def test_the_first_connection_waits_for_one_that_writes(tmp_path: Path) -> None:
    file = tmp_path / "monitor.db"
    with pysqlite3.connect(file) as other:
        other.execute("CREATE TABLE something (id)")
    other.isolation_level = None
    other.execute("BEGIN IMMEDIATE")
    impatient, patient = (open_store(f"sqlite:///{file}", busy_timeout_seconds=s) for s in (0.05, 60))
    with pytest.raises(StoreBusyError, match="try again"):
        impatient.upgrade()
    working = threading.Thread(target=patient.upgrade)
    working.start()
    working.join(0.2)
    assert working.is_alive()
    other.execute("COMMIT")
    working.join(60)
    patient.check_schema()
    with patient.read() as tx:
        assert tx.scalar(text("PRAGMA journal_mode")) == "wal"
    for one in (impatient, patient, other):
        one.close()


def test_a_reference_to_nothing_is_refused(store: Store, article: Callable[..., Article]) -> None:
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.begin() as tx:
        tx.execute(text("INSERT INTO alert_articles (alert_id, article_id) VALUES ('none', 1)"))


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -float("inf")],
)
def test_json_refuses_what_is_not_a_number(store: Store, now: datetime, value: float) -> None:
    with pytest.raises(StoreError, match="is not JSON and was not stored"), store.begin() as tx:
        sources.succeeded(tx, "wire", {"deep": [{"score": value}]}, [], now, 0.0)


def test_naive_times_are_refused(store: Store, now: datetime) -> None:
    with pytest.raises(StoreError, match="aware and UTC"), store.begin() as tx:
        audit.write(tx, now.replace(tzinfo=None), "ann", "label", "task 1")


def test_times_come_back_in_utc(store: Store, now: datetime) -> None:
    beijing = now.astimezone(timezone(timedelta(hours=8))) + timedelta(microseconds=1)
    with store.begin() as tx:
        audit.write(tx, beijing, "ann", "label", "task 1")
        at = audit.page(tx)[0].at
    assert at == beijing
    assert at.utcoffset() == timedelta(0)


HOSTILE = "a\x00b\ud800c\udfffd\U0001f600"
STORED = "a\ufffdb\ufffdc\ufffdd\U0001f600"


def test_text_that_databases_cannot_hold_is_replaced(store: Store, publish: Callable[..., Article]) -> None:
    with store.begin() as tx:
        stored = publish(tx, HOSTILE, url=HOSTILE, identity_key=HOSTILE, source=HOSTILE)
        again = articles.get(tx, stored.id)
        assert (again.text, again.url, again.source) == (STORED, STORED, STORED)
        assert articles.find(tx, HOSTILE, HOSTILE) == again
        assert [view.article for view in articles.page(tx, source=HOSTILE)] == [again]


def test_json_that_databases_cannot_hold_is_replaced(store: Store, now: datetime) -> None:
    kept = {"backslash": "\\u0000 is six characters", "zh": "中文", "n": [1, 2.5, None, True]}
    with store.begin() as tx:
        sources.succeeded(tx, "wire", {**kept, HOSTILE: [HOSTILE, (HOSTILE,)]}, [HOSTILE], now, 0.0)
        state = sources.status(tx, "wire")
    assert state.state == {**kept, STORED: [STORED, [STORED]]}
    assert state.warnings == (STORED,)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("monitor.db", "not a database URL"),
        ("mysql://localhost/monitor", "unknown database"),
        ("sqlite://", "does not name a plain file"),
        ("sqlite:///:memory:", "does not name a plain file"),
        ("sqlite:///a.db?mode=ro", "does not name a plain file"),
    ],
)
def test_other_urls_are_refused(url: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as error:
        open_store(url)
    assert "[store] url" in str(error.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_means_psycopg(scheme: str) -> None:
    store = open_store(f"{scheme}://ann:secret@db.example/monitor")
    assert store.url == "postgresql+psycopg://ann:***@db.example/monitor"
    assert (store.dialect, store.path) == ("postgresql", None)


def test_the_password_of_an_unknown_database_is_not_shown() -> None:
    with pytest.raises(ConfigError) as error:
        open_store("mysql://ann:secret@localhost/monitor")
    assert "secret" not in str(error.value)


def test_a_missing_file_is_not_created_by_looking(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/data/monitor.db")
    with pytest.raises(SchemaError, match="monitor db upgrade"):
        store.check_schema()
    assert not (tmp_path / "data").exists()
    store.upgrade()
    store.check_schema()
    store.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, and long enough to have a header" * 100)
    store = open_store(f"sqlite:///{tmp_path}/notes.txt")
    with pytest.raises(StoreError, match=r"notes\.txt.*file is not a database"):
        store.check_schema()
    store.close()


def test_a_folder_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/absent/monitor.db")
    with pytest.raises(StoreError, match=r"absent.*cannot open the database.*\[store\] url"), store.read():
        pass


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    store = open_store(f"postgresql://ann:secret@/monitor?host={tmp_path}")
    with pytest.raises(StoreError, match="cannot open the database") as error, store.read():
        pass
    assert "secret" not in str(error.value)
    assert str(tmp_path) in str(error.value) and str(tmp_path) not in error.value.public
    assert isinstance(error.value, StoreLostError)


def ends_its_connection(tx: Tx) -> None:
    tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_a_lost_connection_is_told_apart_and_the_next_one_works(
    postgresql_store: Store, now: datetime
) -> None:
    for begin in (postgresql_store.read, postgresql_store.begin):
        with pytest.raises(StoreLostError) as error, begin() as tx:
            ends_its_connection(tx)
        assert "postgresql" in str(error.value) and "postgresql" not in error.value.public
        with postgresql_store.begin() as tx:
            audit.write(tx, now, "ann", "label", "task 1")


def test_connections_lost_while_they_waited_in_the_pool_are_made_anew(
    postgresql_store: Store, postgresql_url: str, now: datetime
) -> None:
    with contextlib.ExitStack() as several:  # so that there are several in the pool
        for _ in range(4):
            several.enter_context(postgresql_store.read())
    with psycopg.connect(postgresql_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    for _ in range(8):
        with postgresql_store.read() as tx:
            assert articles.count(tx) == 0


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("57P01", StoreLostError),  # shut down by its administrator
        ("57P03", StoreLostError),  # starting up
        ("08006", StoreLostError),  # the connection failed
        ("57014", StoreBusyError),  # a statement took too long
        ("53300", StoreBusyError),  # too many connections
        ("53100", DiskFullError),
        ("22003", StoreError),  # a number out of range
    ],
)
def test_what_postgresql_says_is_told_apart(
    postgresql_store: Store, code: str, kind: type[StoreError]
) -> None:
    says = f"DO $$ BEGIN RAISE EXCEPTION 'as if on /srv/pg' USING ERRCODE = '{code}'; END $$"
    with pytest.raises(StoreError) as error, postgresql_store.begin() as tx:
        tx.execute(text(says))
    assert type(error.value) is kind
    assert str(postgresql_store.url) in str(error.value)
    for place in ("/srv/pg", "postgresql", "host="):
        assert place not in error.value.public


def test_the_version_names_software_and_schema(store: Store) -> None:
    assert store.version().startswith({"sqlite": "SQLite 3.", "postgresql": "PostgreSQL 1"}[store.dialect])
    assert store.version().endswith("schema 0001")


def test_a_closed_store_opens_again(store: Store) -> None:
    store.close()
    with store.read() as tx:
        assert articles.count(tx) == 0
