"""Slots, leases and take-over, with a clock that stands; then the background, briefly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FetchError
from monitor.scheduler import LEASE, MOST_MISSED, Job, Scheduler, holder
from monitor.store import Store, jobs, open_store
from monitor.testing import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/monitor.db")
    opened.upgrade()
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 1, 5, 9, 20, tzinfo=UTC))


class Log:
    """A job's body that counts its runs."""

    def __init__(self) -> None:
        self.runs: list[str] = []

    def __call__(self) -> str:
        self.runs.append("run")
        return "did it"


def scheduler(
    store: Store, clock: Clock, run: Callable[[], str], name: str = "a", every: timedelta = HOUR
) -> Scheduler:
    return Scheduler(store, [Job("work", every, run)], now=clock, holder=name, lease_seconds=60)


def runs(store: Store) -> list[tuple[int, str]]:
    """(hour of the slot, state) of every run, oldest first."""
    with store.read() as tx:
        return [(run.slot.hour, run.state) for run in reversed(jobs.recent(tx, 1000))]


def test_a_slot_runs_once(store: Store, clock: Clock) -> None:
    work = Log()
    one = scheduler(store, clock, work)
    assert [one.tick("work"), one.tick("work")] == [True, False]
    clock.advance(minutes=40)
    assert one.tick("work")
    assert len(work.runs) == 2
    assert runs(store) == [(9, "done"), (10, "done")]


def test_what_a_job_did_is_kept(store: Store, clock: Clock) -> None:
    scheduler(store, clock, Log()).tick("work")
    with store.read() as tx:
        last = jobs.last(tx, "work")
    assert last is not None
    assert (last.detail, last.holder, last.finished_at) == ("did it", "a", clock.at)


def test_two_schedulers_never_run_a_slot_twice(store: Store, clock: Clock) -> None:
    work = Log()
    one, other = scheduler(store, clock, work), scheduler(store, clock, work, "b")
    assert [one.tick("work"), other.tick("work")] == [True, False]
    clock.advance(hours=1)
    # The lease has run out: whoever comes first leads.
    assert [other.tick("work"), one.tick("work")] == [True, False]
    assert runs(store) == [(9, "done"), (10, "done")]


def test_the_leader_keeps_leading_while_it_renews(store: Store, clock: Clock) -> None:
    one, other = scheduler(store, clock, Log()), scheduler(store, clock, Log(), "b")
    for _ in range(5):
        assert one.lead()
        clock.advance(seconds=59)
        assert not other.lead()
    clock.advance(seconds=60)
    assert other.lead()
    assert not one.lead()


def test_a_new_leader_closes_what_the_dead_one_left_open(store: Store, clock: Clock) -> None:
    dead = scheduler(store, clock, Log(), "dead")
    dead.lead()
    with store.begin() as tx:
        jobs.claim(tx, "work", clock.at.replace(minute=0), "dead", clock.at)
        jobs.claim(tx, "desk.train", clock.at, "dead", clock.at)
    clock.advance(hours=1)
    assert scheduler(store, clock, Log(), "b").tick("work")
    assert runs(store) == [(9, "failed"), (9, "running"), (10, "done")]


def test_missed_slots_are_recorded_and_made_up_for_once(store: Store, clock: Clock) -> None:
    work = Log()
    scheduler(store, clock, work).tick("work")
    clock.advance(hours=4)
    later = scheduler(store, clock, work, "b")
    assert [later.tick("work"), later.tick("work")] == [True, False]
    assert runs(store) == [(9, "done"), (10, "missed"), (11, "missed"), (12, "missed"), (13, "done")]
    assert len(work.runs) == 2


def test_a_long_outage_leaves_a_bounded_number_of_rows(store: Store, clock: Clock) -> None:
    one = scheduler(store, clock, Log(), every=timedelta(seconds=10))
    one.tick("work")
    clock.advance(days=30)
    one.tick("work")
    assert len(runs(store)) == MOST_MISSED + 2


def test_a_failing_job_is_recorded_and_the_next_slot_runs(store: Store, clock: Clock) -> None:
    answers: list[Exception] = [FetchError("no answer"), ZeroDivisionError("oops")]

    def work() -> str:
        if answers:
            raise answers.pop(0)
        return "did it"

    one = scheduler(store, clock, work)
    details = []
    for _ in range(3):
        one.tick("work")
        with store.read() as tx:
            last = jobs.last(tx, "work")
        assert last is not None
        details.append((last.state, last.detail))
        clock.advance(hours=1)
    assert details == [("failed", "no answer"), ("failed", "ZeroDivisionError: oops"), ("done", "did it")]


def test_two_threads_on_one_slot(store: Store, clock: Clock) -> None:
    work = Log()
    one = scheduler(store, clock, work)
    threads = [threading.Thread(target=one.tick, args=("work",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(work.runs) == 1


def test_in_the_background_it_runs_at_once_and_stops(store: Store) -> None:
    ran = threading.Event()

    def work() -> str:
        ran.set()
        return ""

    one = Scheduler(
        store, [Job("work", HOUR, work)], now=lambda: datetime.now(UTC), holder=holder(), lease_seconds=60
    )
    one.start()
    assert ran.wait(20)
    assert one.stop()
    with store.begin() as tx:
        assert jobs.lease(tx, LEASE, "another", datetime.now(UTC), 60) is not None, (
            "the lease was not given back"
        )


def test_stop_does_not_wait_for_ever(store: Store) -> None:
    began, go_on = threading.Event(), threading.Event()

    def work() -> str:
        began.set()
        go_on.wait(30)
        return ""

    one = Scheduler(store, [Job("work", HOUR, work)], now=lambda: datetime.now(UTC), holder="a")
    one.start()
    assert began.wait(20)
    assert not one.stop(wait_seconds=0.05)
    go_on.set()
    assert one.stop(wait_seconds=20)


def test_a_store_that_cannot_be_reached_stops_nothing(store: Store, clock: Clock) -> None:
    closed = open_store("sqlite:////nowhere/at/all/monitor.db")
    one = scheduler(closed, clock, Log())
    one._quietly(one.lead)
    assert one.stop()


def test_holders_differ() -> None:
    assert holder() != holder()


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=7)),
)
def test_every_moment_lies_in_exactly_one_slot(at: datetime, every: timedelta) -> None:
    job = Job("work", every, lambda: "")
    slot = job.slot(at)
    assert slot <= at < slot + every
    assert job.slot(slot) == slot
    assert job.slot(slot + every) == slot + every
