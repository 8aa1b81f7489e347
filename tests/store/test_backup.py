"""Backups: everything comes back, on either database, or nothing changes."""

from __future__ import annotations

import gzip
import json
import math
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from monitor.alerts.hearings import Known
from monitor.alerts.silencing import Silence
from monitor.detection.budget import Cut
from monitor.detection.episodes import Rise
from monitor.errors import DataError, SchemaError, StoreError
from monitor.evaluation.analysts import Record
from monitor.evaluation.duel import Judgement, Rule, Share
from monitor.messages import Message
from monitor.records import (
    Article,
    Company,
    Decision,
    Delivery,
    DeliveryState,
    Mention,
    ModelState,
    ModelVersion,
    Prediction,
    Role,
    Route,
    Trigger,
    Verdict,
    VerdictKind,
    Wrong,
)
from monitor.schedule.timetable import Last
from monitor.store import (
    Store,
    alerts,
    aliases,
    answers,
    arrangements,
    articles,
    audit,
    backup,
    clock,
    comments,
    deliveries,
    doubts,
    duels,
    failing,
    feedback,
    guidelines,
    hearings,
    judging,
    leases,
    measurements,
    memberships,
    mentions,
    models,
    open_store,
    polls,
    processes,
    prunings,
    quotes,
    reclassifications,
    relatives,
    rounds,
    runs,
    shadows,
    shares,
    silences,
    sources,
    stories,
    tasks,
    trainings,
    turns,
    users,
    vectors,
    verdicts,
    walked,
)
from monitor.store import saved as saving
from monitor.store.duels import Disagreement
from monitor.store.expired import Sum
from monitor.store.measurements import Measurement
from monitor.store.processes import Process
from monitor.store.quotes import Quote
from monitor.store.reclassifications import Wanted
from monitor.store.schema import metadata
from monitor.store.trainings import Asked
from tests.alarms import alarm

Publish = Callable[..., Article]
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
KEY = bytes(range(32))


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
        mentions.replace(tx, a.id, [Mention("acme", "Acme", 0, 4)], now)
        mentions.replace(tx, a.id, [Mention("acme", "Acme", 5, 9)], now + timedelta(minutes=1))
        aliases.settle(tx, [Company("acme", "Acme", ("阿克美",))], now)
        relatives.keep(tx, relatives.Kept(a.id, now, ["company acme"]))
        relatives.wait(tx, {a.id: "v1"})
        arrangements.join(tx, a.story_id, c.story_id, memberships.MERGE, "ann", now)
        arrangements.split(tx, a.story_id, [c.id], "ann", now)
        said = predict(tx, a.id, topics=("stocks",))
        measurements.put(tx, [Measurement(now, "v1", "label", "all", True, {"p_value": 1e-9})])
        vectors.keep(tx, {a.id: replace(said, vector=b"\x00\x3c\xff\x7b")})
        opened = [tasks.open_task(tx, stored.id, review, 0.5, now) for stored in (a, b, c)]
        for task, topics in zip(opened, (["stocks"], None, []), strict=True):
            assert task is not None
            answers.answer(tx, task.id, "ann", "negative", topics, now)
        answers.undo(tx, "ann", now)
        tasks.next_tasks(tx, "bob", 1, now)
        tasks.open_task(tx, publish(tx).id, review, 0.5, now)
        tasks.next_tasks(tx, "bob", 1, now)
        sources.succeeded(tx, "wire", {"etag": None, "deep": [1.5]}, ["odd"], now, 60.0)
        polls.note(tx, "wire", now, read=True, new=3)
        predict(tx, publish(tx, at=now - timedelta(hours=2)).id)
        models.put(tx, ModelVersion("v1", "lexicon", "p", "d", ModelState.CHAMPION, now, promoted_at=now))
        models.snapshot(tx, "s", {"train": 1}, [1], now)
        models.gated(tx, "v1", Message("gate.one_class", sentiment="neutral"), now)
        trainings.ask(
            tx, Asked("t1", Trigger.PERSON, "by hand", "ann", "cli", options={"epochs": 2}), now, 1.0
        )
        models.put(tx, ModelVersion("v2", "lexicon", "q", "e", ModelState.CHALLENGER, now, parent="v1"))
        drawn = [Disagreement(b.id, "negative", "neutral")]
        duels.begin(tx, "v1", "v2", Judgement.SENTIMENT, Share(100, 40), drawn, Rule(0.05, 0.02, 200), now)
        models.put(tx, ModelVersion("v3", "lexicon", "r", "f", ModelState.CHALLENGER, now, shadow_hours=0.5))
        shadows.admit(tx, "v3", Message("gate.no_numbers"), now)
        guidelines.add(tx, "ann", "what counts as negative", [], now)
        models.promote(tx, "v2", "by hand", now)
        turn = turns.newest(tx)
        assert turn is not None
        turns.keep(tx, turn, [(a.text_id, 0.1 + 0.2, 0.3), (b.text_id, 0.9, None)], now)
        reclassifications.begin(tx, Wanted("v2", now, "wire", doubtful=True), "v2", "ann", "one", now)
        doubts.begin(tx, Record("eve", 40, 0.4, 0.1, 1e6, True), now)
        comments.add(tx, b.id, "ann", "see the filing", now)
        shares.raise_share(tx, 2.0, now + timedelta(days=1), now, Message("queue.edited", task=1))
        feedback.give(tx, b, "ann", Wrong.NOT_NEWS, "an advert", now)
        alert = alarm("a1", now, expected=0.1 + 0.2, p_value=1e-300, low=1e-300, checked=False)
        alerts.put(tx, alert, [a.id])
        alerts.event(tx, "a1", now, "ann", "acknowledged")
        verdicts.give(tx, Verdict("a1", "ann", VerdictKind.WRONG_LABEL, now, "净", article_id=a.id))
        quotes.keep(tx, [Quote(a.text_id, "acme", 0, 7, 0.1 + 0.2, "v1")])
        cut = Cut("surge", 5_900_000, math.inf, checked=False, weeks=0.1 + 0.2, openings=0)
        rise = Rise(5_900_001, "company:acme", 0.1 + 0.2, frozenset({a.story_id}), 1, 0.8, 1e-300, 24)
        walked.keep(tx, now, {"surge": {"budget": 0.7}}, [(cut, 3)], {"surge": [rise]}, 0)
        silences.add(tx, Silence(0, "surge", "", "", "", now, now + timedelta(hours=1), True, "ann", "净"))
        hearings.put(tx, "a1", "desk", Known(now, now, 12, 1, held_at=now, held_by="mute nights"))
        rounds.put(tx, "desk", "digest 0 8 * * *", Last(12.5, datetime(2026, 3, 29, 2, 30)), now)
        deliveries.add(tx, Delivery("d0", "", "desk", "heartbeat", {}, DeliveryState.PENDING, 0, now))
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
        prunings.note(tx, "bodies", now, 12.5, Sum(3, 30, now), now)
        assert judging.take(tx, "one", 1), "an article that waits"
        failing.add(tx, "detectors", "mine", Message("plugins.loading"), now)
    return store


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.read() as tx:
        return {
            table.name: [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def saved_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """What a backup brings back: not who is at work, nor who drives the clock; and not the entry that says
    so."""
    found = {
        name: rows for name, rows in content(store).items() if name not in ("judging", "leases", "processes")
    }
    found["audit"] = [row for row in found["audit"] if row[3] != audit.RESTORE]
    return {**found, "clock": [row[:2] for row in found["clock"]]}


def restore(store: Store, path: Path) -> None:
    store.restore(path, NOW, user="operator", address="root@desk")


def test_everything_comes_back(filled: Store, publish: Publish, tmp_path: Path, now: datetime) -> None:
    assert all(content(filled).values()), "a table without a row would prove nothing"
    before = saved_of(filled)
    filled.backup(tmp_path / "backups" / "monday.gz")
    with filled.begin() as tx:
        added = publish(tx, "after the backup")
        users.disable(tx, "ann")
        processes.leave(tx, "one", now)
        leases.take(tx, "leader", "two")
    restore(filled, tmp_path / "backups" / "monday.gz")
    assert saved_of(filled) == before
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
    restore(other, tmp_path / "monitor.gz")
    assert saved_of(other) == saved_of(filled)
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
        restore(store, path)
    assert content(store) == before


def test_a_damaged_backup_changes_nothing(sqlite_store: Store, saved: Path) -> None:
    whole = saved.read_bytes()
    rng = random.Random(0)
    for _ in range(25):
        saved.write_bytes(whole[: rng.randrange(len(whole))])
        refused(sqlite_store, saved, DataError, "saved.gz: ")
    for _ in range(25):
        header = whole.index(b"\0", 10) + 1  # where a time and a name stand
        place = rng.randrange(header, len(whole))
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
        (
            lambda lines: [line.replace('"table": "stories"', '"table": "tales"') for line in lines],
            DataError,
            "not a backup",
        ),
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
        header = next(json.loads(line) for line in lines if '"table": "articles"' in line)
        row[header["columns"].index("story_id")] = 999
        return [*lines[: rows[-1]], json.dumps(row) + "\n", *lines[rows[-1] + 1 :]]

    rewrite(saved, orphan)
    refused(sqlite_store, saved, StoreError, "(?i)foreign key")


def test_many_rows_go_in_batches(sqlite_store: Store, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = saved_of(sqlite_store)
    restore(sqlite_store, saved)
    before = saved_of(sqlite_store)
    assert before != later
    monkeypatch.setattr(backup, "BATCH", 3)
    sqlite_store.backup(saved)
    restore(sqlite_store, saved)
    assert saved_of(sqlite_store) == before


# --- files that were made to do harm --------------------------------------------------------------


def row_of(lines: list[str], table: str) -> tuple[int, dict[str, int], list[Any]]:
    """The place of a table's first row, its columns' places, and the row."""
    place = next(n for n, line in enumerate(lines) if f'{{"table": "{table}"' in line)
    names = json.loads(lines[place])["columns"]
    return place + 1, {name: number for number, name in enumerate(names)}, json.loads(lines[place + 1])


def with_value(table: str, column: str, value: str) -> Callable[[list[str]], list[str]]:
    """A change that puts the JSON text `value` into the first row of a table."""

    def change(lines: list[str]) -> list[str]:
        place, names, row = row_of(lines, table)
        row[names[column]] = "HERE"
        lines[place] = json.dumps(row).replace('"HERE"', value) + "\n"
        return lines

    return change


DEEP = "[" * 60 + "]" * 60
VERY_DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("table", "column", "value", "match"),
    [
        ("sources", "state", DEEP, r"sources\.state: nested more than 50 deep"),
        ("sources", "state", '{"a":' * 60 + "1" + "}" * 60, r"sources\.state: nested more than 50 deep"),
        ("sources", "state", VERY_DEEP, "nested more than 50 deep"),
        ("sources", "state", "NaN", "NaN is no JSON"),
        ("sources", "state", "-Infinity", "-Infinity is no JSON"),
        ("sources", "state", '{"a": 1e999}', "the number 1e999 is too large"),
        ("sources", "state", "9" * 100_000, "a number of 100000 digits"),
        ("sources", "consecutive_failures", "true", r"consecutive_failures: expected a whole number"),
        ("sources", "consecutive_failures", "1.5", "expected a whole number"),
        ("sources", "consecutive_failures", "2147483648", "at most 31 bits"),
        ("sources", "consecutive_failures", "null", "expected a whole number.*found nothing"),
        ("sources", "last_error", "[]", "expected text, found a list"),
        ("vectors", "data", '"b64!"', "expected base64"),
        ("vectors", "data", "7", "expected text"),
        ("sources", "name", '"' + "x" * 201 + '"', "at most 200 characters, found 201"),
        ("sources", "last_polled_at", '"yesterday"', "last_polled_at: (Invalid|expected a time)"),
        ("sources", "last_polled_at", '"2026-01-01T00:00:00"', "a time with its zone"),
        ("sources", "last_polled_at", '"0001-01-01T00:00:00+10:00"', "out of range"),
        ("sources", "last_polled_at", "7", "a time with its zone.*found 7"),
        ("articles", "sample", "0", "articles.sample: expected true or false, found 0"),
        ("articles", "confidence", '"1"', "articles.confidence: expected a number, found text"),
        ("articles", "id", "9223372036854775808", "at most 63 bits"),
    ],
)
def test_a_value_that_is_none_of_its_column_is_named_with_its_line(
    sqlite_store: Store,
    publish: Publish,
    predict: Callable[..., Prediction],
    saved: Path,
    now: datetime,
    table: str,
    column: str,
    value: str,
    match: str,
) -> None:
    with sqlite_store.begin() as tx:
        sources.succeeded(tx, "wire", {}, [], now, 60)
        article_id = publish(tx).id
        vectors.keep(tx, {article_id: replace(predict(tx, article_id), vector=b"\x00\x3c")})
    sqlite_store.backup(saved)
    rewrite(saved, with_value(table, column, value))
    refused(sqlite_store, saved, DataError, rf"saved\.gz: line \d+: .*{match}")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda lines: [lines[0], *lines], "line 2: not a backup.*neither a table"),
        (lambda lines: [lines[0], "[1]\n", *lines[1:]], "line 2: .*a row before any table"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], "line 3: .*a table twice"),
        (
            lambda lines: [line.replace('"last_seen_at"', '"reach"') for line in lines],
            "stories: expected the columns",
        ),
        (
            lambda lines: [line.replace('"last_seen_at", ', "") for line in lines],
            "stories: expected the columns",
        ),
        (lambda lines: [lines[0].replace('"audit"', '"odd"'), *lines[1:]], "line 1: .*which audit"),
        (lambda lines: [lines[0].replace('"entries": 0', '"entries": true'), *lines[1:]], "which audit"),
        (lambda lines: [lines[0], "null\n", *lines[1:]], "neither a table"),
        (lambda lines: [lines[0], "\n", *lines[1:]], "line 2: not a backup"),
        (lambda lines: [lines[0], '"' + "x" * 2000 + '"\n', *lines[1:]], "line 2: longer than 1,000"),
        (lambda lines: [lines[0], "x" * 2_000_000], "line 2: longer than 1,000"),
    ],
)
def test_a_line_that_is_none_of_ours_is_named(
    sqlite_store: Store,
    saved: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[list[str]], list[str]],
    match: str,
) -> None:
    rewrite(saved, change)
    monkeypatch.setattr(saving, "MAX_LINE", 1000)
    refused(sqlite_store, saved, DataError, rf"saved\.gz: .*{match}")


# --- what is left of a killed one -----------------------------------------------------------------


KILLED = """
import os, signal, sys
from pathlib import Path
from monitor.store import backup, open_store
lines = backup._lines
def slow(tx):
    for number, line in enumerate(lines(tx)):
        yield line
        if number == 3:
            print("half", flush=True)
            sys.stdin.readline()
backup._lines = slow
open_store(sys.argv[1]).backup(Path(sys.argv[2]))
"""


def test_the_next_backup_removes_what_a_killed_one_left(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    (folder).mkdir()
    (folder / "a.gz.part").write_text("of somebody else's download")
    children = [
        subprocess.Popen(
            [sys.executable, "-c", KILLED, sqlite_url, str(folder / f"{name}.gz")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("killed", "going")
    ]
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "half\n"
    killed, going = children
    killed.kill()
    killed.communicate()
    assert len(list(folder.glob("*.monitor.part"))) == 2
    sqlite_store.backup(folder / "next.gz")
    assert len(list(folder.glob("*.monitor.part"))) == 1, "the one that is being written stays"
    _, _ = going.communicate("\n")
    assert going.returncode == 0
    assert sorted(os.listdir(folder)) == ["a.gz.part", "going.gz", "next.gz"]
    saving.check(folder / "going.gz")


# --- the audit ------------------------------------------------------------------------------------


def acted(store: Store, *targets: str) -> None:
    for target in targets:
        with store.begin() as tx:
            audit.write(tx, NOW, "ann", "user.add", target)


def chain(store: Store, key: bytes = KEY, **known: Any) -> tuple[list[str], audit.Verdict]:
    with store.read() as tx:
        entries = list(audit.all(tx))
        return [entry.target for entry in entries], audit.verify(entries, key, **known)


@pytest.fixture
def sealing(store_url: str) -> Iterator[Store]:
    store = open_store(store_url, key=KEY)
    yield store
    store.close()


def test_a_restore_goes_on_with_the_audit(sealing: Store, tmp_path: Path) -> None:
    acted(sealing, "a", "b")
    head = sealing.backup(tmp_path / "saved.gz")
    assert saving.header(tmp_path / "saved.gz").audit == head == audit.Head(2, head.seal)
    acted(sealing, "c")
    restore(sealing, tmp_path / "saved.gz")
    targets, verdict = chain(sealing, known=[head])
    assert targets == ["a", "b", "c", str(tmp_path / "saved.gz")]
    assert (verdict.problem, verdict.head.entries) == ("", 4)
    with sealing.read() as tx:
        entry = audit.page(tx, 1)[0]
    assert (entry.user, entry.action, entry.address) == ("operator", "db.restore", "root@desk")
    assert (entry.detail["audit_goes_on"], entry.detail["entries"]) == (True, 3)


def test_a_restore_of_an_other_history_says_what_stood_here(
    sealing: Store, tmp_path: Path, sqlite_template: Path
) -> None:
    (tmp_path / "other.db").write_bytes(sqlite_template.read_bytes())
    other = open_store(f"sqlite:///{tmp_path}/other.db", key=b"\x01" * 32)
    acted(other, "theirs", "theirs too")
    other.backup(tmp_path / "other.gz")
    acted(sealing, "mine")
    with sealing.read() as tx:
        before = audit.head(tx)
    restore(sealing, tmp_path / "other.gz")
    targets, verdict = chain(sealing)
    assert targets == ["theirs", "theirs too", str(tmp_path / "other.gz")]
    assert (verdict.problem, verdict.taken_over) == ("", 2)
    with sealing.read() as tx:
        told = audit.page(tx, 1)[0].detail
    assert told["before"] == {"entries": 1, "seal": before.seal}
    # What was taken over cannot be changed either, though its key is another's.
    with sealing.begin() as tx:
        tx.execute(text("UPDATE audit SET target = 'ours' WHERE id = 2"))
    assert chain(sealing)[1].first_bad == 1
    other.close()
