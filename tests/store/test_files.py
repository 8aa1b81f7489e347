"""A database appears whole or not at all, and what is damaged is never taken for new."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as pysqlite3

from monitor.errors import DamagedError, SchemaError, StoreError
from monitor.store import Store, articles, audit, files, open_store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_database_is_made_in_one_step_and_for_its_owner(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/data/monitor.db")
    store.prepare()
    with store.begin() as tx:
        assert articles.count(tx) == 0
    data = tmp_path / "data"
    assert sorted(os.listdir(data)) == ["monitor.db", "monitor.db-shm", "monitor.db-wal", "monitor.db.in-use"]
    assert {mode(data), mode(data / "monitor.db.in-use")} == {0o700}
    assert {mode(path) for path in data.iterdir() if path.is_file()} == {0o600}
    store.close()
    assert os.listdir(data) == ["monitor.db"]


def test_wider_modes_are_closed_when_the_store_is_opened(sqlite_store: Store) -> None:
    assert sqlite_store.path is not None
    with sqlite_store.begin() as tx:
        audit.write(tx, NOW, "ann", "x", "")
        for path in files.all_of(sqlite_store.path)[:3]:
            path.chmod(0o644)
        other = open_store(f"sqlite:///{sqlite_store.path}")
        other.prepare()
    assert {mode(path) for path in files.all_of(sqlite_store.path)[:3] if path.exists()} == {0o600}
    other.close()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def nothing_but_zeros(path: Path) -> None:
    path.write_bytes(bytes(8192))


def a_text(path: Path) -> None:
    path.write_text("not a database, and long enough to have a header" * 100)


def a_short_text(path: Path) -> None:
    path.write_text("x")


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def gone_but_its_journal(path: Path) -> None:
    path.unlink()
    path.with_name(f"{path.name}-wal").write_bytes(b"frames")


DAMAGES = [emptied, nothing_but_zeros, a_text, a_short_text, gone_but_its_journal]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_no_database_is_refused_and_left(sqlite_store: Store, damage: object) -> None:
    path = sqlite_store.path
    assert path is not None and callable(damage)
    sqlite_store.close()
    damage(path)
    before = {file.name: file.read_bytes() for file in files.all_of(path) if file.exists()}
    for attempt in (
        lambda store: store.prepare(),
        lambda store: store.prepare(migrate=True),
        lambda store: store.upgrade(),
        lambda store: store.check_schema(),
    ):
        store = open_store(f"sqlite:///{path}")
        with pytest.raises(DamagedError, match=r"monitor\.db: .*monitor db restore FILE --yes"):
            attempt(store)
        store.close()
    assert {file.name: file.read_bytes() for file in files.all_of(path) if file.exists()} == before


@pytest.mark.parametrize("damage", [*DAMAGES, half])
def test_a_restore_sets_the_damaged_files_aside(
    sqlite_store: Store, damage: object, tmp_path: Path, now: datetime
) -> None:
    path = sqlite_store.path
    assert path is not None and callable(damage)
    with sqlite_store.begin() as tx:
        audit.write(tx, now, "ann", "label", "task 1")
    sqlite_store.backup(tmp_path / "saved.gz")
    sqlite_store.close()
    damage(path)
    broken = next(file for file in files.all_of(path) if file.exists()).read_bytes()
    store = open_store(f"sqlite:///{path}")
    aside = store.restore(tmp_path / "saved.gz", now, user="operator")
    assert aside is not None
    assert aside.name.startswith("monitor.db.damaged-20260302-090000")
    assert aside.read_bytes() == broken
    store.check_schema()
    with store.read() as tx:
        assert [entry.target for entry in audit.page(tx)][1:] == ["task 1"]
    store.close()


def test_a_backup_that_is_none_sets_nothing_aside(sqlite_store: Store, tmp_path: Path) -> None:
    path = sqlite_store.path
    assert path is not None
    sqlite_store.close()
    emptied(path)
    (tmp_path / "saved.gz").write_text("x")
    with pytest.raises(Exception, match="not a readable backup"):
        open_store(f"sqlite:///{path}").restore(tmp_path / "saved.gz", NOW, user="x")
    assert sorted(os.listdir(tmp_path)) == ["monitor.db", "saved.gz"]


def test_a_database_without_tables_is_told_what_to_run(tmp_path: Path) -> None:
    with pysqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE something (id)")
    other.close()
    store = open_store(f"sqlite:///{tmp_path}/other.db")
    with pytest.raises(SchemaError, match="run `monitor db upgrade`"):
        store.prepare()
    store.upgrade()
    store.check_schema()
    store.close()


def test_a_database_that_vanishes_while_in_use_is_not_made_anew(sqlite_store: Store) -> None:
    path = sqlite_store.path
    assert path is not None
    sqlite_store.prepare()
    sqlite_store._engine.dispose()
    path.unlink()
    with pytest.raises(DamagedError, match="is gone while it was in use"), sqlite_store.begin():
        pass
    assert not path.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from monitor.store import files, open_store
if sys.argv[2] == "filling":
    def flushed(store, fresh, fill):
        print("here", flush=True)
        sys.stdin.readline()
    from monitor.store.engine import Store
    Store._build = flushed
else:
    link = os.link
    def linked(*paths):
        link(*paths)
        print("here", flush=True)
        sys.stdin.readline()
    os.link = linked
open_store(sys.argv[1]).upgrade()
"""


@pytest.mark.parametrize(("where", "there"), [("filling", False), ("linking", True)])
def test_a_maker_that_is_killed_leaves_a_whole_database_or_none(
    tmp_path: Path, where: str, there: bool
) -> None:
    url = f"sqlite:///{tmp_path}/monitor.db"
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, url, where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stdout.readline() == "here\n"
    assert (tmp_path / "monitor.db").exists() is there
    child.send_signal(signal.SIGKILL)
    child.communicate()
    store = open_store(url)
    store.prepare()
    store.close()
    assert os.listdir(tmp_path) == ["monitor.db"]


def test_a_maker_that_lives_is_left_alone(tmp_path: Path) -> None:
    inside: list[str] = []

    def fill(fresh: Path) -> None:
        def filled(again: Path) -> None:
            again.write_bytes(b"second")

        assert files.create(tmp_path / "a.db", filled)
        inside.extend(name for name in os.listdir(tmp_path) if name.endswith(".new"))
        fresh.write_bytes(b"first")

    assert files.create(tmp_path / "a.db", fill) is False, "the second was faster"
    assert (tmp_path / "a.db").read_bytes() == b"second"
    assert len(inside) == 1
    assert os.listdir(tmp_path) == ["a.db"]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be created there"):
        files.create(tmp_path / "file" / "monitor.db", lambda fresh: None)


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    def full(fresh: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="No space left"):
        files.create(tmp_path / "a.db", full)
    assert os.listdir(tmp_path) == []


def test_copying_the_file_alone_is_enough(sqlite_store: Store, tmp_path: Path, now: datetime) -> None:
    """After a clean stop the journal is in the file."""
    assert sqlite_store.path is not None
    with sqlite_store.begin() as tx:
        audit.write(tx, now, "ann", "label", "task 1")
    sqlite_store.close()
    shutil.copy(sqlite_store.path, tmp_path / "copy.db")
    copied = open_store(f"sqlite:///{tmp_path}/copy.db")
    with copied.read() as tx:
        assert audit.head(tx).entries == 1
    copied.close()
