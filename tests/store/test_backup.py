"""Backups: everything comes back, on either database, or nothing changes."""

from __future__ import annotations

import gzip
import json
import os
import random
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from monitor.errors import DataError, SchemaError, StoreError
from monitor.messages import Message
from monitor.records import (
    Alert,
    AlertState,
    Article,
    Decision,
    Delivery,
    DeliveryState,
    Mention,
    ModelState,
    ModelVersion,
    Prediction,
    Role,
    Route,
    Scope,
)
from monitor.store import (
    Store,
    alerts,
    answers,
    articles,
    audit,
    backup,
    clock,
    deliveries,
    leases,
    mentions,
    models,
    open_store,
    processes,
    runs,
    sources,
    stories,
    tasks,
    users,
)
from monitor.store.processes import Process
from monitor.store.schema import metadata

Publish = Callable[..., Article]


@pytest.fixture
def filled(store: Store, publish: Publish, predict: Callable[..., Prediction], now: datetime) -> Store:
    """A store with a row in every table."""
    review = Decision(Route.REVIEW, "unsure")
    with store.begin() as tx:
        a, b, c = (
            publish(tx, "净利润同比下降 “12.5%”\n\t\\u0000"),
            publish(tx, "second"),
            publish(tx, "third"),
        )
        articles.revise(tx, a, now)
        stories.remember(tx, a.id, [1, 2**63], ["1:a"], now)
        mentions.replace(tx, a.id, [Mention("acme", "Acme", 0, 4)])
        predict(tx, a.id, topics=("stocks",))
        opened = [tasks.open_task(tx, stored.id, review, 0.5, now) for stored in (a, b, c)]
        for task, topics in zip(opened, (["stocks"], None, []), strict=True):
            assert task is not None
            answers.answer(tx, task.id, "ann", "negative", topics, now)
        answers.undo(tx, "ann", now)
        sources.succeeded(tx, "wire", {"etag": None, "deep": [1.5]}, ["odd"], now, 60.0)
        models.put(tx, ModelVersion("v1", "lexicon", "p", "d", ModelState.CHAMPION, now, promoted_at=now))
        models.snapshot(tx, "s", {"train": 1}, [1], now)
        alerts.put(
            tx,
            Alert("a1", "surge", Scope("all"), AlertState.FIRING, now, now, 9, 0.1 + 0.2, 1e-300, now, now),
            [a.id],
        )
        alerts.event(tx, "a1", now, "ann", "acknowledged")
        deliveries.add(tx, Delivery("d1", "a1", "desk", "opened", {"x": [1]}, DeliveryState.PENDING, 0, now))
        deliveries.failed(tx, "d1", Message("delivery.unknown", delivery="净"), 60.0)
        clock.take(tx, "one", clock.look(tx), 12.5, now)
        clock.note_step(tx, "desk", timedelta(hours=1), now, within=10)
        processes.enter(tx, Process("one", "desk", "run", "", 1, 1, 0, now, now))
        runs.claim(tx, "poll", 1, "one", now, 12.5)
        ann = users.add(tx, "ann", "hash", Role.ADMIN, now)
        users.add_token(tx, "digest", "session", ann.id, "", now, None)
        audit.write(tx, now, "ann", "label", "task 1", {"n": 1})
        leases.take(tx, "leader", "one")
    return store


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.read() as tx:
        return {
            table.name: [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def without_leases(found: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """What a backup holds: not who is at work, nor who drives the clock."""
    kept = {name: rows for name, rows in found.items() if name not in ("leases", "processes")}
    return {**kept, "clock": [row[:2] for row in kept["clock"]]}


def test_everything_comes_back(filled: Store, publish: Publish, tmp_path: Path, now: datetime) -> None:
    before = content(filled)
    assert all(before.values()), "a table without a row would prove nothing"
    filled.backup(tmp_path / "backups" / "monday.gz")
    with filled.begin() as tx:
        added = publish(tx, "after the backup")
        users.disable(tx, "ann")
        processes.leave(tx, "one", now)
        leases.take(tx, "leader", "two")
    filled.restore(tmp_path / "backups" / "monday.gz")
    assert without_leases(content(filled)) == without_leases(before)
    with filled.begin() as tx:
        assert [view.article.title for view in articles.page(tx, text="second")] == ["second"]
        assert articles.page(tx, text="after") == []
        assert publish(tx, "new").id == added.id  # ids go on after the restored ones
        # the token that is out must not be given again
        assert leases.take(tx, "leader", "three") == 3


def test_a_backup_moves_a_monitor_to_the_other_database(
    filled: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    filled.backup(tmp_path / "monitor.gz")
    if filled.dialect == "sqlite":
        other = open_store(request.getfixturevalue("postgresql_url"))
    else:
        other = open_store(f"sqlite:///{tmp_path}/new/monitor.db")  # without a schema yet
    other.restore(tmp_path / "monitor.gz")
    assert without_leases(content(other)) == without_leases(content(filled))
    other.close()


def test_a_backup_is_its_owners_alone_and_leaves_nothing_beside_it(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    filled.backup(folder / "a.gz")
    filled.backup(folder / "a.gz")  # replaces
    assert os.listdir(folder) == ["a.gz"]
    assert stat.S_IMODE((folder / "a.gz").stat().st_mode) == 0o600
    with gzip.open(folder / "a.gz", "rt", encoding="utf-8") as lines:
        assert json.loads(next(lines))["schema"] == "0001"


def test_a_backup_that_cannot_be_written_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="the backup was not written"):
        sqlite_store.backup(tmp_path / "file" / "a.gz")


@pytest.fixture
def saved(sqlite_store: Store, publish: Publish, tmp_path: Path) -> Path:
    """A backup of 20 articles; the database has gone on since, so that restoring it would show."""
    with sqlite_store.begin() as tx:
        for _ in range(20):
            publish(tx)
    sqlite_store.backup(tmp_path / "saved.gz")
    with sqlite_store.begin() as tx:
        publish(tx)
    return tmp_path / "saved.gz"


def refused(store: Store, path: Path, error: type[Exception], match: str) -> None:
    before = content(store)
    with pytest.raises(error, match=match):
        store.restore(path)
    assert content(store) == before


def test_a_damaged_backup_changes_nothing(sqlite_store: Store, saved: Path) -> None:
    whole = saved.read_bytes()
    rng = random.Random(0)
    for _ in range(25):
        saved.write_bytes(whole[: rng.randrange(len(whole))])
        refused(sqlite_store, saved, DataError, "saved.gz: ")
    for _ in range(25):
        place = rng.randrange(10, len(whole))  # past the gzip header, where a time and a name stand
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        saved.write_bytes(damaged)
        refused(sqlite_store, saved, DataError, "saved.gz: ")


def rewrite(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        changed = change(list(lines))
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(changed)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda lines: lines[:-1], DataError, "cut short"),
        (lambda lines: [line for line in lines if '"item-7"' not in line], DataError, "it lacks rows"),
        (lambda lines: [*lines, lines[-1]], DataError, "goes on after its end"),
        (lambda lines: ['{"a": 1}\n', *lines[1:]], DataError, "not a backup made by"),
        (lambda lines: ["[1, 2]\n"], DataError, "not a backup made by"),
        (lambda lines: [], DataError, "not a backup made by"),
        (
            lambda lines: [lines[0].replace("0001", "0042"), *lines[1:]],
            SchemaError,
            "schema 0042.*schema 0001",
        ),
        (lambda lines: [line.replace('"stories"', '"tales"') for line in lines], DataError, "not a backup"),
    ],
)
def test_a_file_that_is_no_backup_of_ours_changes_nothing(
    sqlite_store: Store,
    saved: Path,
    change: Callable[[list[str]], list[str]],
    error: type[Exception],
    match: str,
) -> None:
    rewrite(saved, change)
    refused(sqlite_store, saved, error, match)


def test_other_files_are_refused(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    refused(sqlite_store, tmp_path / "notes.txt", DataError, "not a readable backup")
    refused(sqlite_store, tmp_path / "absent.gz", DataError, "No such file")
    refused(sqlite_store, tmp_path, DataError, "Is a directory")


def test_a_restore_that_fails_halfway_is_undone(sqlite_store: Store, saved: Path) -> None:
    """Rows that read well and do not fit together: an article whose story is missing."""
    with sqlite_store.begin() as tx:
        tx.execute(text("PRAGMA defer_foreign_keys = ON"))

    def orphan(lines: list[str]) -> list[str]:
        rows = [place for place, line in enumerate(lines) if '"wire"' in line]
        row = json.loads(lines[rows[-1]])
        header = next(json.loads(line) for line in lines if '"articles"' in line)
        row[header["columns"].index("story_id")] = 999
        return [*lines[: rows[-1]], json.dumps(row) + "\n", *lines[rows[-1] + 1 :]]

    rewrite(saved, orphan)
    refused(sqlite_store, saved, StoreError, "(?i)foreign key")


def test_many_rows_go_in_batches(sqlite_store: Store, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = content(sqlite_store)
    sqlite_store.restore(saved)
    before = content(sqlite_store)
    assert before != later
    monkeypatch.setattr(backup, "BATCH", 3)
    sqlite_store.backup(saved)
    sqlite_store.restore(saved)
    assert content(sqlite_store) == before
