"""Runs: one per number, closed once, and in order whatever dates they have."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.store import Store, runs
from monitor.store.runs import Run

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def test_a_slot_is_claimed_once_and_closed_once(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert runs.last(tx, "poll") is None
        assert runs.claim(tx, "poll", 1, "one", now, 10.0)
        assert not runs.claim(tx, "poll", 1, "two", now, 10.0)
        assert not runs.missed(tx, "poll", 1, now, 10.0)
        assert runs.claim(tx, "poll", 2, "two", now - HOUR, 20.0)
        assert runs.claim(tx, "train", 1, "two", now, 5.0, "2026-03-02T02:00:00")
        assert runs.finish(tx, "poll", 1, "done", "12 new", now + 2 * SECOND)
        assert not runs.finish(tx, "poll", 1, "failed", "late", now + 3 * SECOND)
        assert not runs.finish(tx, "poll", 7, "done", "never claimed", now)
        assert runs.recent(tx)[1:] == [
            Run("poll", 1, "done", "one", now, now + 2 * SECOND, "12 new", 10.0),
            Run("train", 1, "running", "two", now, None, "", 5.0, "2026-03-02T02:00:00"),
        ]
        newest = runs.last(tx, "poll")
        assert newest is not None and newest.slot == 2, "by number: its date is an earlier one"


def test_a_missed_slot_is_recorded_and_not_run(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert runs.missed(tx, "poll", 1, now, 3.0)
        assert not runs.claim(tx, "poll", 1, "one", now, 4.0)
        assert runs.last(tx, "poll") == Run("poll", 1, "missed", "", None, now, "", 3.0)


def test_only_so_many_recent_runs(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for slot in range(3):
            runs.claim(tx, "poll", slot, "one", now, float(slot))
        assert [run.slot for run in runs.recent(tx, 2)] == [2, 1]


def test_old_runs_are_forgotten_job_by_job(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert runs.forget(tx) == 0
        for slot in range(1, 8):
            runs.claim(tx, "poll", slot, "one", now, float(slot))
            if slot != 2:
                runs.finish(tx, "poll", slot, "done", "", now)
        runs.missed(tx, "train", 1, now, 0.0)
        assert runs.forget(tx, kept=3) == 3
        assert [(run.job, run.slot) for run in runs.recent(tx)] == [
            ("poll", 7),
            ("poll", 6),
            ("poll", 5),
            ("poll", 2),  # it runs still
            ("train", 1),
        ]
