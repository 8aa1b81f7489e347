"""Jobs: one leader at a time, with a token that only grows, and one run per slot."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store import Store, jobs
from monitor.store.jobs import Run

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def test_a_lease_is_held_renewed_and_lost(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert jobs.lease(tx, "leader", "one", now, 30) == 1
        assert jobs.lease(tx, "leader", "two", now + 29 * SECOND, 30) is None
        assert jobs.lease(tx, "leader", "one", now + 29 * SECOND, 30) == 1  # renewed
        assert jobs.lease(tx, "leader", "two", now + 58 * SECOND, 30) is None
        assert jobs.lease(tx, "other", "two", now, 30) == 1
        assert jobs.lease(tx, "leader", "two", now + 59 * SECOND, 30) == 2
        assert jobs.lease(tx, "leader", "one", now + 59 * SECOND, 30) is None
        assert (jobs.holds(tx, "leader", 1), jobs.holds(tx, "leader", 2)) == (False, True)


def test_a_lease_given_back_is_free_at_once_and_its_token_grows(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        jobs.lease(tx, "leader", "one", now, 30)
        jobs.release(tx, "leader", "two")  # not theirs to give
        assert jobs.lease(tx, "leader", "two", now, 30) is None
        jobs.release(tx, "leader", "one")
        assert not jobs.holds(tx, "leader", 1)
        assert jobs.lease(tx, "leader", "two", now, 30) == 2
        jobs.release(tx, "leader", "two")
        assert jobs.lease(tx, "leader", "two", now, 30) == 3


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["one", "two", "three"]), st.integers(0, 20), st.booleans()), max_size=15
    )
)
def test_no_two_holders_at_once_and_tokens_never_fall(
    sqlite_store: Store, now: datetime, steps: list[tuple[str, int, bool]]
) -> None:
    holder, until, newest = "", now, 0
    with sqlite_store.begin() as tx:
        for name, seconds, gives_back in steps:
            now += seconds * SECOND
            token = jobs.lease(tx, "leader", name, now, 10)
            assert (token is None) == (holder not in ("", name) and now < until)
            if token is not None:
                assert token == newest + (holder != name)
                holder, until, newest = name, now + 10 * SECOND, token
            if gives_back and holder == name:
                jobs.release(tx, "leader", name)
                holder = ""
        tx.rollback()


def test_a_slot_is_claimed_once_and_closed_once(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert jobs.last(tx, "poll") is None
        assert jobs.claim(tx, "poll", now, "one", now + SECOND)
        assert not jobs.claim(tx, "poll", now, "two", now)
        assert not jobs.missed(tx, "poll", now, now)
        assert jobs.claim(tx, "poll", now + HOUR, "two", now)
        assert jobs.claim(tx, "train", now, "two", now)
        assert jobs.finish(tx, "poll", now, "done", "12 new", now + 2 * SECOND)
        assert not jobs.finish(tx, "poll", now, "failed", "late", now + 3 * SECOND)
        assert not jobs.finish(tx, "poll", now - HOUR, "done", "never claimed", now)
        assert jobs.recent(tx)[1:] == [
            Run("poll", now, "done", "one", now + SECOND, now + 2 * SECOND, "12 new"),
            Run("train", now, "running", "two", now, None, ""),
        ]
        newest = jobs.last(tx, "poll")
        assert newest is not None and newest.slot == now + HOUR


def test_a_missed_slot_is_recorded_and_not_run(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert jobs.missed(tx, "poll", now, now + HOUR)
        assert not jobs.claim(tx, "poll", now, "one", now + HOUR)
        assert jobs.last(tx, "poll") == Run("poll", now, "missed", "", None, now + HOUR, "")


def test_only_so_many_recent_runs(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for hour in range(3):
            jobs.claim(tx, "poll", now + hour * HOUR, "one", now)
        assert len(jobs.recent(tx, 2)) == 2


@pytest.mark.parametrize("seconds", [0.5, 1e6])
def test_a_lease_lasts_as_long_as_asked(store: Store, now: datetime, seconds: float) -> None:
    end = now + timedelta(seconds=seconds)
    with store.begin() as tx:
        jobs.lease(tx, "leader", "one", now, seconds)
        assert jobs.lease(tx, "leader", "two", end - timedelta(microseconds=1), 1) is None
        assert jobs.lease(tx, "leader", "two", end, 1) == 2
