"""The audit: every change to it shows, whoever writes at once, and nothing that people type breaks it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from monitor.errors import StoreError
from monitor.messages import Message
from monitor.store import Store, Tx, audit, expired, open_store
from monitor.store.expired import Edge

KEY, OTHER = bytes(range(32)), bytes(32)


@pytest.fixture
def sealing(store_url: str) -> Iterator[Store]:
    store = open_store(store_url, key=KEY)
    yield store
    store.close()


def acted(store: Store, number: int, now: datetime) -> audit.Head:
    with store.begin() as tx:
        for one in range(number):
            audit.write(tx, now, "ann", "user.add", f"user {one}", {"role": "viewer"}, address="10.0.0.1")
        return audit.head(tx)


def verdict(store: Store, key: bytes = KEY, *known: audit.Head) -> audit.Verdict:
    with store.read() as tx:
        return audit.verify(audit.all(tx), key, known)


def test_actions_are_kept_in_order(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for number in range(3):
            audit.write(tx, now, "ann", "label", f"task {number}", {"sentiment": "负面", "n": number})
        audit.write(tx, now, "", "promote", "x" * 1000, address="10.0.0.1")
        newest, *rest = audit.page(tx)
        assert (newest.user, newest.action, newest.target, newest.detail) == ("", "promote", "x" * 1000, {})
        assert (newest.address, rest[0].address) == ("10.0.0.1", "")
        assert [(entry.target, entry.detail["n"]) for entry in rest] == [
            ("task 2", 2),
            ("task 1", 1),
            ("task 0", 0),
        ]
        assert audit.page(tx, limit=1) == [newest]
        assert audit.page(tx, limit=2, before_id=newest.id) == rest[:2]
        assert list(audit.all(tx)) == [*reversed(rest), newest]
        assert rest[0].at == now


def test_filters(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        audit.write(tx, now, "ann", "user.add", "Bob 100%", address="10.0.0.1")
        audit.write(tx, now + timedelta(hours=1), "ann", "user.password", "bob", address="10.0.0.2")
        audit.write(tx, now + timedelta(hours=2), "bob", "users", "x_y")

        def found(**filters: Any) -> list[int]:
            return [entry.id for entry in audit.page(tx, **filters)]

        assert found() == [3, 2, 1]
        assert found(user="ann") == [2, 1]
        assert found(action="user") == [2, 1]
        assert found(action="user.add") == [1]
        assert found(action="use") == []
        assert found(address="10.0.0.2") == [2]
        assert found(text="BOB") == [2, 1]
        assert found(text="0%") == [1] and found(text="%b") == [] and found(text="x_") == [3]
        assert found(since=now + timedelta(hours=1), until=now + timedelta(hours=2)) == [2]
        assert audit.actions(tx) == ["user.add", "user.password", "users"]
        assert audit.count(tx, "ann", "user.add", now) == 1
        assert audit.count(tx, "ann", "user.add", now + timedelta(seconds=1)) == 0


def test_a_whole_chain_is_whole(sealing: Store, now: datetime) -> None:
    assert verdict(sealing) == audit.Verdict(audit.Head(0, ""))
    first = acted(sealing, 3, now)
    last = acted(sealing, 2, now)
    assert verdict(sealing, KEY, first, last, audit.Head(0, "")) == audit.Verdict(last)
    assert (first.entries, last.entries) == (3, 5)


def changed(column: str, value: str) -> Callable[[Tx], None]:
    def change(tx: Tx) -> None:
        tx.execute(text(f'UPDATE audit SET "{column}" = {value} WHERE id = 3'))

    return change


def removed(*ids: int) -> Callable[[Tx], None]:
    def change(tx: Tx) -> None:
        tx.execute(text(f"DELETE FROM audit WHERE id IN ({', '.join(map(str, ids))})"))

    return change


def closed_up(tx: Tx) -> None:
    """The third entry is taken out, and those after it are renumbered."""
    removed(3)(tx)
    for number in (4, 5):
        tx.execute(text(f"UPDATE audit SET id = {number - 1} WHERE id = {number}"))


def put_in(tx: Tx) -> None:
    """An entry of another program, which follows the last."""
    options = tx.execution_options(**{audit.KEY: OTHER})
    audit.write(options, datetime(2026, 3, 2, tzinfo=UTC), "ann", "user.add", "me")


def unsealed(tx: Tx) -> None:
    options = tx.execution_options(**{audit.KEY: b""})
    audit.write(options, datetime(2026, 3, 2, tzinfo=UTC), "ann", "user.add", "me")


@pytest.mark.parametrize(
    ("change", "first_bad", "problem"),
    [
        (changed("target", "'nobody'"), 3, "not what was sealed"),
        (changed("user", "'bob'"), 3, "not what was sealed"),
        (changed("action", "'x'"), 3, "not what was sealed"),
        (changed("address", "''"), 3, "not what was sealed"),
        (changed("at", "'2026-03-01 09:00:00.000001'"), 3, "not what was sealed"),
        (changed("detail", "'{}'"), 3, "not what was sealed"),
        (changed("seal", f"'{'0' * 64}'"), 3, "not what was sealed"),
        (changed("seal", "'x'"), 3, ""),
        (changed("seal", "'签'"), 3, ""),
        (changed("previous", "'x'"), 3, "does not follow"),
        (changed("sealed_by", "'0123456789abcdef'"), 3, "sealed by another key"),
        (changed("sealed_by", "''"), 3, "sealed by another key, or by none"),
        (removed(3), 3, "entries are missing here: 3"),
        (removed(1, 2), 1, "entries are missing here: 1–2"),
        (removed(4, 5), 4, "the last ones were cut off"),
        (removed(1, 2, 3, 4, 5), 1, "the last ones were cut off"),
        (closed_up, 3, "does not follow"),
        (changed("id", "0"), 1, "the number 0"),
        (changed("id", "-7"), 1, "the number -7"),
        (changed("id", "9"), 3, "entries are missing here: 3"),
        (put_in, 6, "sealed by another key"),
        (unsealed, 6, "sealed by another key"),
    ],
)
def test_every_change_shows_at_its_entry(
    sealing: Store, now: datetime, change: Callable[[Tx], None], first_bad: int, problem: str
) -> None:
    head = acted(sealing, 5, now)
    with sealing.begin() as tx:
        change(tx)
    found = verdict(sealing, KEY, head)
    assert found.first_bad == first_bad
    assert problem in found.problem and found.problem


def test_heads_of_before_another_history_was_restored_are_of_that_history(
    sealing: Store, now: datetime
) -> None:
    acted(sealing, 2, now)
    with sealing.begin() as tx:
        restored = audit.write(tx, now, "operator", audit.RESTORE, "f", {"audit_goes_on": False})
    before, restart = audit.Head(9, "f" * 64), audit.Head(3, restored.seal)
    last = acted(sealing, 2, now)
    assert verdict(sealing, KEY, before, restart, last).problem == ""
    assert verdict(sealing, KEY, restart, before, last).first_bad == 6, "a head of after it counts"
    assert verdict(sealing, KEY, before, last).first_bad == 6, "where the log does not know of it, it is told"


def test_a_cut_and_continued_chain_shows_against_an_older_head(sealing: Store, now: datetime) -> None:
    head = acted(sealing, 5, now)
    with sealing.begin() as tx:
        removed(4, 5)(tx)
    acted(sealing, 4, now + timedelta(hours=1))
    assert verdict(sealing).problem == "", "the chain alone cannot tell"
    found = verdict(sealing, KEY, head)
    assert (found.first_bad, found.problem[:26]) == (5, "another entry stood here w")


def test_entries_of_another_key_are_vouched_for_by_a_takeover(sealing: Store, now: datetime) -> None:
    acted(sealing, 3, now)
    assert verdict(sealing, OTHER).first_bad == 1
    other = open_store(sealing._url.render_as_string(hide_password=False), key=OTHER)
    with other.begin() as tx:
        audit.write(tx, now, "operator", audit.TAKEOVER, "", audit.taken_over(tx))
    acted(other, 2, now)
    assert verdict(other, OTHER) == audit.Verdict(verdict(other, OTHER).head, taken_over=3)
    with other.begin() as tx:
        changed("target", "'nobody'")(tx)
    assert verdict(other, OTHER).first_bad == 1
    other.close()


def test_one_database_has_one_end(store: Store, now: datetime) -> None:
    """Were there two entries after one, the database itself would refuse the second."""
    acted(store, 1, now)
    columns = "at, \"user\", action, target, detail, address, '', previous, 'x'"
    fork = f"INSERT INTO audit SELECT 7, {columns} FROM audit"
    with pytest.raises(StoreError), store.begin() as tx:
        tx.execute(text(fork))


WRITE = """
import sys
from datetime import UTC, datetime
from monitor.store import audit, open_store
store = open_store(sys.argv[1], key=bytes(range(32)))
with store.read() as tx:
    audit.head(tx)
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    with store.begin() as tx:
        audit.write(tx, datetime.now(UTC), sys.argv[2], "label", f"task {number}")
        if number % 7 == 0:
            audit.write(tx, datetime.now(UTC), sys.argv[2], "label", f"task {number} again")
        if number % 11 == 10:
            tx.rollback()
"""


def test_processes_that_write_at_once_make_one_chain(sealing: Store, store_url: str) -> None:
    names = ["ann", "bob", "cleo", "dan"]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, store_url, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        _, error = child.communicate(timeout=120)
        assert (child.returncode, error) == (0, "")
    found = verdict(sealing)
    assert (found.problem, found.head.entries) == ("", 4 * (40 + 6 - 4))
    with sealing.read() as tx:
        by_user = [[entry.target for entry in audit.all(tx) if entry.user == name] for name in names]
    assert all(one == by_user[0] for one in by_user)


def test_what_is_rolled_back_leaves_no_gap_and_no_head(
    sealing: Store, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with pytest.raises(RuntimeError), sealing.begin() as tx:
        audit.write(tx, now, "ann", "x", "")
        raise RuntimeError
    assert not caplog.records
    head = acted(sealing, 2, now)
    assert [(r.message, r.entries, r.seal) for r in caplog.records] == [("audit", 2, head.seal)]  # type: ignore[attr-defined]
    assert verdict(sealing).problem == ""


HOSTILE = "ann\x00\ud800\n\x1b[31m\u202e\u2028\x85" + "x" * 5000


def test_what_people_type_is_bounded_and_clean(sealing: Store, now: datetime) -> None:
    with sealing.begin() as tx:
        written = audit.write(
            tx,
            now,
            HOSTILE,
            "login.failed" * 50,
            HOSTILE,
            {HOSTILE: HOSTILE, "note": "two\nlines", "deep": [[[[[[["x"]]]]]]]},
            address=HOSTILE,
        )
        (entry,) = audit.page(tx)
    assert entry == written
    assert (len(entry.user), len(entry.action), len(entry.target), len(entry.address)) == (
        200,
        100,
        2000,
        200,
    )
    assert entry.user.startswith("ann" + "\ufffd" * 3 + "\ufffd[31m" + "\ufffd" * 3 + "x")
    assert entry.user.endswith("…")
    assert entry.detail["note"] == "two\nlines"
    assert all(c.isprintable() or c == "\n" for c in json.dumps(dict(entry.detail), ensure_ascii=False))
    assert verdict(sealing).problem == ""


def test_a_long_detail_is_cut(sealing: Store, now: datetime) -> None:
    with sealing.begin() as tx:
        entry = audit.write(tx, now, "ann", "x", "", {str(n): "y" * 1000 for n in range(1000)})
    assert entry.detail.keys() == {"cut"} and len(entry.detail["cut"]) == audit.MAX_TEXT
    assert verdict(sealing).problem == ""


def test_a_message_keeps_its_key(sealing: Store, now: datetime) -> None:
    reason = Message("store.restoring", who="ann")
    with sealing.begin() as tx:
        entry = audit.write(tx, now, "ann", "x", "", {"reason": reason})
    assert Message.decoded(entry.detail["reason"]).said("zh") == reason.said("zh")  # type: ignore[attr-defined]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    detail=st.dictionaries(st.text(), VALUES, max_size=4),
    user=st.text(),
    target=st.text(),
    at=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)),
)
def test_whatever_is_written_verifies_when_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    detail: dict[str, Any],
    user: str,
    target: str,
    at: datetime,
) -> None:
    path = tmp_path_factory.getbasetemp() / "audit-property.db"
    if not path.exists():
        path.write_bytes(sqlite_template.read_bytes())
    store = open_store(f"sqlite:///{path}", key=KEY)
    with store.begin() as tx:
        audit.write(tx, at.replace(tzinfo=UTC), user, "x", target, detail)
    assert verdict(store).problem == ""
    with store.begin() as tx:
        tx.execute(text("DELETE FROM audit"))
    store.close()


def old_gone(store: Store, before: datetime, size: int = 1000) -> int:
    """Remove the entries of before, so many at a time, as retention does."""
    [part] = expired.KINDS["audit"]
    gone = 0
    while True:
        with store.begin() as tx:
            keys = part.keys(tx, Edge(before, 0.0), None, size)
            if not keys:
                return gone
            gone += part.remove(tx, Edge(before, 0.0), keys, before).rows


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_chain_whose_oldest_went_is_whole_and_any_other_gap_shows(
    sealing: Store, now: datetime, size: int
) -> None:
    first = acted(sealing, 4, now - timedelta(days=9))
    second = acted(sealing, 3, now)
    with sealing.begin() as tx:
        assert audit.droppable(tx, now - timedelta(days=1)) == 4
        assert not audit.droppable(tx, now - timedelta(days=10))
    with sealing.read() as tx:
        assert audit.droppable(tx, now - timedelta(days=1)) == 4, "a dry run knows the key"
    assert old_gone(sealing, now - timedelta(days=1), size) == 4
    found = verdict(sealing, KEY, first, second)
    assert (found.problem, found.dropped) == ("", 4)
    assert verdict(sealing, KEY, audit.Head(4, "0" * 64)).first_bad == 4
    with sealing.read() as tx:
        assert audit.had(tx, first) and audit.had(tx, second) and audit.had(tx, audit.Head(2, "x"))
        assert not audit.had(tx, audit.Head(4, "x")) and not audit.had(tx, audit.Head(99, "x"))
    with sealing.begin() as tx:
        tx.execute(text("DELETE FROM audit WHERE id = 5"))
    assert verdict(sealing).first_bad == 1, "one more went than the chain says"


def test_the_newest_entry_stays_and_those_of_another_key_go_together(sealing: Store, now: datetime) -> None:
    other = open_store(sealing.url if sealing.dialect == "sqlite" else str(sealing._url), key=OTHER)
    acted(other, 3, now - timedelta(days=9))
    other.close()
    with sealing.begin() as tx:
        audit.write(tx, now - timedelta(days=8), "ann", audit.TAKEOVER, "", audit.taken_over(tx))
    acted(sealing, 2, now - timedelta(days=5))
    with sealing.begin() as tx:
        assert audit.droppable(tx, now - timedelta(days=8, hours=1)) == 3
    assert old_gone(sealing, now - timedelta(days=8, hours=1), 1) == 3
    assert (verdict(sealing).problem, verdict(sealing).dropped) == ("", 3)
    with sealing.begin() as tx:
        tx.execute(text("UPDATE audit SET sealed_by = 'x' WHERE id = 7"))
        assert audit.droppable(tx, now) == 0, "what cannot be checked stays"
        tx.rollback()
    old_gone(sealing, now + timedelta(days=9))
    with sealing.read() as tx:
        assert len(list(audit.all(tx))) == 2, "the newest one, and the one that says so"
    assert verdict(sealing).problem == ""


def test_a_chain_that_lost_the_entry_of_a_restore_still_knows_of_it(sealing: Store, now: datetime) -> None:
    """Logs of before the restore know heads of the chain that stood there then."""
    gone = audit.Head(70, "7" * 64)
    with sealing.begin() as tx:
        audit.write(tx, now - timedelta(days=9), "ann", audit.RESTORE, "file", {"audit_goes_on": False})
        restart = audit.head(tx)
    acted(sealing, 1, now - timedelta(days=5))
    assert verdict(sealing, KEY, gone, restart).problem == ""
    old_gone(sealing, now - timedelta(days=6))
    assert verdict(sealing, KEY, gone, restart).problem == ""
    old_gone(sealing, now - timedelta(days=1))
    acted(sealing, 1, now)
    old_gone(sealing, now + timedelta(days=1))
    assert verdict(sealing, KEY, gone, restart).problem == ""
    assert verdict(sealing, KEY, gone).problem != ""
