"""Polls: who was reading when."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.store import Store, polls, sources

HOUR = timedelta(hours=1)


def test_only_answers_are_reading(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        polls.note(tx, "late", now + HOUR, read=True)
        polls.note(tx, "wire", now, read=True, new=3)
        polls.note(tx, "paper", now - HOUR, read=True)
        polls.note(tx, "deaf", now, read=False)
        assert polls.read_at(tx, now - HOUR, now + HOUR) == [now - HOUR, now]
        assert polls.read_at(tx, now + timedelta(seconds=1), now + 2 * HOUR) == [now + HOUR]


def test_a_source_was_first_read_when_it_first_answered(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        sources.failed(tx, "wire", "no answer", now, 60)
        assert sources.first_read(tx, "wire") is None
        sources.succeeded(tx, "wire", {}, [], now + HOUR, 60)
        sources.succeeded(tx, "wire", {}, [], now + 2 * HOUR, 60)
        sources.failed(tx, "wire", "no answer", now + 3 * HOUR, 60)
        assert sources.first_read(tx, "wire") == now + HOUR
        assert sources.first_read(tx, "other") is None


def test_a_source_is_held_as_read_once_and_for_good(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        polls.note(tx, "wire", now, read=True)
        polls.hold(tx, "wire", {now: 3, now + HOUR: 0})
        polls.hold(tx, "wire", {now + HOUR: 0, now + 2 * HOUR: 1})
        polls.hold(tx, "paper", {})
        assert polls.read_at(tx, now, now + 9 * HOUR) == [now, now, now + HOUR, now + 2 * HOUR]


def test_what_an_archive_reaches_back_to_was_read_then(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        sources.held(tx, "wire", now)
        sources.held(tx, "wire", now + HOUR)
        assert sources.first_read(tx, "wire") == now
        sources.held(tx, "wire", now - HOUR)
        sources.failed(tx, "deaf", "no answer", now, 60)
        sources.held(tx, "deaf", now - HOUR)
        assert sources.first_read(tx, "wire") == sources.first_read(tx, "deaf") == now - HOUR
        assert sources.status(tx, "deaf").consecutive_failures == 1
        sources.succeeded(tx, "wire", {"at": 1}, [], now, 60)
        assert sources.status(tx, "wire").state == {"at": 1}


def test_what_brought_something_new_are_arrivals(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for n, new in ((3, 1), (1, 2), (2, 0)):
            polls.note(tx, "wire", now - n * HOUR, read=True, new=new)
        polls.note(tx, "paper", now, read=True, new=1)
        polls.note(tx, "paper", now - 30 * HOUR, read=True, new=1)
        polls.hold(tx, "archive", {now: 5})
        assert polls.arrivals(tx, now - 24 * HOUR) == {
            "wire": [now - 3 * HOUR, now - HOUR],
            "paper": [now],
        }
