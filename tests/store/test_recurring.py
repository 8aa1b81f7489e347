"""A flood of the same is a few entries that say how many there were."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from monitor.store import Store, audit, open_store
from monitor.store.recurring import IN_ALL, PER_ADDRESS, Recurring
from monitor.testing import Clock


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def recurring(sqlite_store: Store, clock: Clock) -> Iterator[Recurring]:
    found = Recurring(sqlite_store, clock)
    yield found
    found.flush()


def told(store: Store) -> list[tuple[str, str, str, object]]:
    with store.read() as tx:
        return [(one.action, one.user, one.address, one.detail.get("more")) for one in audit.all(tx)]


def test_the_first_is_written_at_once_and_the_others_are_counted(
    sqlite_store: Store, recurring: Recurring, clock: Clock
) -> None:
    for _ in range(1000):
        recurring.note("login.failed", "ann", "", "10.0.0.1", {"why": "password"})
    recurring.note("login.failed", "ann", "", "10.0.0.2")
    first = [("login.failed", "ann", "10.0.0.1", None), ("login.failed", "ann", "10.0.0.2", None)]
    assert told(sqlite_store) == first
    clock.advance(seconds=61)
    recurring.note("login.failed", "bob", "", "10.0.0.1")
    assert told(sqlite_store) == [
        *first,
        ("login.failed", "ann", "10.0.0.1", 999),
        ("login.failed", "bob", "10.0.0.1", None),
    ]
    with sqlite_store.read() as tx:
        (sums,) = (one for one in audit.all(tx) if "more" in one.detail)
        assert sums.detail["since"] == "2026-03-02T09:00:00+00:00"


def test_many_names_of_one_address_are_one_entry_more(
    sqlite_store: Store, recurring: Recurring, clock: Clock
) -> None:
    for number in range(5000):
        recurring.note("login.failed", f"user {number}", "", "10.0.0.1")
    assert len(told(sqlite_store)) == PER_ADDRESS
    recurring.flush()
    with sqlite_store.read() as tx:
        (newest, *_) = audit.page(tx)
    assert (newest.user, newest.address) == ("", "")
    assert dict(newest.detail) == {
        "more": 5000 - PER_ADDRESS,
        "since": "2026-03-02T09:00:00+00:00",
        "users": 1000,
        "addresses": 1,
    }


def test_many_addresses_are_bounded_altogether(
    sqlite_store: Store, recurring: Recurring, clock: Clock
) -> None:
    for minute in range(3):
        for number in range(2000):
            recurring.note("login.failed", f"user {number}", "", f"10.0.{number % 250}.{number // 250}")
            recurring.note("login.failed", f"user {number}", "", f"10.0.{number % 250}.{number // 250}")
        clock.advance(minutes=1)
        recurring.flush()
        assert len(told(sqlite_store)) == (minute + 1) * (2 * IN_ALL + 1)
    total = sum(1 if more is None else int(str(more)) for *_, more in told(sqlite_store))
    assert total == 3 * 4000, "nothing is lost from the count"


def test_actions_do_not_hide_one_another(sqlite_store: Store, recurring: Recurring) -> None:
    for number in range(200):
        recurring.note("login.failed", f"user {number}", "", "10.0.0.1")
    recurring.note("access.refused", "ann", "promote models", "10.0.0.1")
    assert ("access.refused", "ann", "10.0.0.1", None) in told(sqlite_store)


def test_counts_of_the_same_minute_go_on_after_a_flush(sqlite_store: Store, recurring: Recurring) -> None:
    for _ in range(3):
        recurring.note("login.failed", "ann", "", "")
        recurring.note("login.failed", "ann", "", "")
        recurring.flush()
    assert [more for *_, more in told(sqlite_store)] == [None, 1, 2, 2]


def test_a_clock_that_steps_back_begins_a_new_minute(
    sqlite_store: Store, recurring: Recurring, clock: Clock
) -> None:
    for _ in range(2):
        recurring.note("login.failed", "ann", "", "")
        recurring.note("login.failed", "ann", "", "")
        clock.advance(hours=-1)
    assert [more for *_, more in told(sqlite_store)] == [None, 1, None]


def test_the_count_is_written_although_nothing_follows(
    sqlite_store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.store.recurring.WINDOW_SECONDS", 0.01)
    recurring = Recurring(sqlite_store, clock)
    for _ in range(5):
        recurring.note("login.failed", "ann", "", "")
    for thread in threading.enumerate():
        if thread.name == "audit-counts":
            thread.join()
    assert sum(1 if more is None else int(str(more)) for *_, more in told(sqlite_store)) == 5


def test_threads_lose_nothing(sqlite_store: Store, recurring: Recurring) -> None:
    def try_often(name: str) -> None:
        for _ in range(200):
            recurring.note("login.failed", name, "", "10.0.0.1")

    threads = [threading.Thread(target=try_often, args=(f"user {n % 3}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recurring.flush()
    assert sum(1 if more is None else int(str(more)) for *_, more in told(sqlite_store)) == 1200


def test_a_store_that_is_busy_is_told_to_the_log(
    sqlite_store: Store, sqlite_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    impatient = open_store(sqlite_url, busy_timeout_seconds=0.05)
    with sqlite_store.begin():
        Recurring(impatient, clock).note("login.failed", "ann", "", "")
    assert "the audit lacks entries" in caplog.text
    impatient.close()
