"""A backup is restored only while nobody else uses the store: no living process is missed, no dead one
blocks. Every test runs with processes of their own, on both databases."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.errors import ConflictError, StoreBusyError
from monitor.store import Store, audit, occupants, open_store

WORK = """
import sys
from monitor.store import open_store
store = open_store(sys.argv[1])
store.prepare(role=sys.argv[2])
print("works", flush=True)
sys.stdin.readline()
store.close()
print("closed", flush=True)
import time
time.sleep(300)
"""

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(store_url: str) -> Iterator[Start]:
    """Starts a process that uses the store."""
    children: list[subprocess.Popen[str]] = []

    def begin(role: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", WORK, store_url, role],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        assert child.stdout is not None and child.stdout.readline() == "works\n"
        return child

    yield begin
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def saved(store: Store, tmp_path: Path) -> Path:
    store.backup(tmp_path / "saved.gz")
    return tmp_path / "saved.gz"


def restore(store: Store, saved: Path, now: datetime) -> None:
    store.restore(saved, now, user="operator")


def test_who_has_the_store_open_is_named(store: Store, saved: Path, start: Start, now: datetime) -> None:
    run, users = start("run"), start("users list")
    with pytest.raises(ConflictError) as refused:
        restore(store, saved, now)
    host = socket.gethostname()[:24]
    for child, role in ((run, "run"), (users, "users list")):
        assert f"{role} ({host}" in str(refused.value)
        assert f"process {child.pid})" in str(refused.value)
    assert "stop that first" in str(refused.value)
    with store.read() as tx:
        assert audit.head(tx).entries == 0


def test_a_dead_process_blocks_nothing(store: Store, saved: Path, start: Start, now: datetime) -> None:
    child = start("worker")
    child.send_signal(signal.SIGKILL)
    child.communicate()
    if store.dialect == "postgresql":
        _server_has_noticed(store)
    restore(store, saved, now)
    with store.read() as tx:
        assert audit.head(tx).entries == 1


def test_a_stopped_process_is_alive(store: Store, saved: Path, start: Start, now: datetime) -> None:
    child = start("web")
    child.send_signal(signal.SIGSTOP)
    with pytest.raises(ConflictError, match=f"process {child.pid}"):
        restore(store, saved, now)
    child.send_signal(signal.SIGCONT)


def test_one_that_closed_the_store_is_no_hindrance(
    store: Store, saved: Path, start: Start, now: datetime
) -> None:
    child = start("web")
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write("close\n")
    child.stdin.flush()
    assert child.stdout.readline() == "closed\n"
    if store.dialect == "postgresql":
        _server_has_noticed(store)
    restore(store, saved, now)
    assert child.poll() is None


def _server_has_noticed(store: Store) -> None:
    for _ in range(1000):
        with store.read() as tx:
            if not occupants.sessions(tx):
                return
            tx.execute(text("SELECT pg_sleep(0.01)"))
    pytest.fail("the server still knows a connection that is closed")


RESTORE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.store import backup, open_store
load = backup.load
def slow(*arguments):
    print("restoring", flush=True)
    sys.stdin.readline()
    return load(*arguments)
backup.load = slow
open_store(sys.argv[1]).restore(Path(sys.argv[2]), datetime(2026, 3, 2, tzinfo=UTC), user="operator")
"""


def test_nobody_starts_while_a_backup_is_restored(store: Store, store_url: str, saved: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", RESTORE, store_url, str(saved)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stdout.readline() == "restoring\n"
    starting = open_store(store_url)
    with pytest.raises(StoreBusyError, match="a backup is being restored"):
        starting.prepare(role="run")
    starting.close()
    with pytest.raises(ConflictError):
        restore(store, saved, datetime.now(audit.UTC))
    child.communicate("\n")
    assert child.returncode == 0
    starting = open_store(store_url)
    starting.prepare(role="run")
    with starting.read() as tx:
        assert audit.head(tx).entries == 1
    starting.close()


def test_a_killed_restore_blocks_nobody(store: Store, store_url: str, saved: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", RESTORE, store_url, str(saved)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stdout.readline() == "restoring\n"
    child.kill()
    child.communicate()
    if store.dialect == "postgresql":
        _server_has_noticed(store)
    for _ in range(500):
        starting = open_store(store_url)
        try:
            starting.prepare(role="run")
        except StoreBusyError:
            assert store.dialect == "postgresql", "the server may need a moment"
        else:
            break
        finally:
            starting.close()
    else:
        pytest.fail("a dead process keeps everybody out")


def test_a_process_that_uses_the_store_itself_restores_nothing(
    store: Store, saved: Path, now: datetime
) -> None:
    store.prepare(role="run")
    with pytest.raises(ConflictError, match=str(os.getpid())):
        restore(store, saved, now)
    with store.read() as tx:
        assert audit.head(tx).entries == 0


def test_the_folder_goes_with_the_last(sqlite_store: Store, sqlite_url: str) -> None:
    assert sqlite_store.path is not None
    folder = occupants.folder_of(sqlite_store.path)
    folder.mkdir()
    for left in ("77-0011.open", "77-0011.restore"):  # by processes that were killed
        (folder / left).write_text("")
    other = open_store(sqlite_url)
    sqlite_store.prepare(role="run")
    other.prepare(role="web")
    assert [one.role for one in occupants.present(sqlite_store.path)] in (["run", "web"], ["web", "run"])
    other.close()
    assert [one.role for one in occupants.present(sqlite_store.path)] == ["run"]
    sqlite_store.close()
    assert not folder.exists()


def test_a_file_that_says_nothing_still_counts(sqlite_store: Store, saved: Path, now: datetime) -> None:
    assert sqlite_store.path is not None
    entry = occupants.enter(sqlite_store.path, occupants.oneself("run"))
    entry.path.write_text("{")
    with pytest.raises(ConflictError, match=rf"\?, process {os.getpid()}"):
        restore(sqlite_store, saved, now)
    entry.leave()
    restore(sqlite_store, saved, now)


def test_every_connection_of_a_server_holds_the_lock(postgresql_url: str, now: datetime) -> None:
    """After a connection was lost, too: a process does nothing on the store without it."""
    working, other = open_store(postgresql_url), open_store(postgresql_url)
    working.prepare(role="worker")
    with other.begin() as tx:
        ended = tx.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'News%'")
        ).all()
    assert ended
    with working.read(), other.read() as tx:
        assert [one.role for one in occupants.sessions(tx)] == ["worker"]
    working.close()
    other.close()


def test_names_fit_into_what_the_server_keeps(postgresql_url: str) -> None:
    long = occupants.Occupant("h" * 100, 4_194_304, "models check " * 10)
    name = occupants._named(long)
    assert len(name) <= 63 and name.endswith("@" + "h" * 24 + ":4194304")
    assert occupants._named(occupants.Occupant("主机", 1, "run")).isascii()
