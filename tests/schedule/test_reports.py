"""Reports: the store is told once a second, tells when to stop, and holds nothing up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from monitor.errors import CancelledError, ConflictError, StoppedError
from monitor.messages import Message
from monitor.records import Training
from monitor.schedule.reports import Report
from monitor.store import Store, open_store, processes, trainings
from monitor.store.processes import Process
from monitor.store.trainings import Claim
from monitor.testing import Clock
from tests.store.test_trainings import begun

FIT = Message("training.stage.fit")
Make = Callable[..., Report]


@pytest.fixture
def times(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def claim(sqlite_store: Store, now: datetime) -> Claim:
    with sqlite_store.begin() as tx:
        return begun(tx, "a", now)


def report_of(store: Store, claim: Claim, times: Clock, seen: list[str], stop: bool = False) -> Report:
    def see(what: str, done: float, total: float) -> None:
        seen.append(f"{what} {done:g}/{total:g}")

    return Report(store, claim, times, times.steady, see, lambda: stop)


def told(store: Store) -> Training:
    with store.read() as tx:
        return trainings.get(tx, "a")


def test_the_store_is_told_once_a_second_and_who_watches_always(
    sqlite_store: Store, claim: Claim, times: Clock
) -> None:
    seen: list[str] = []
    report = report_of(sqlite_store, claim, times, seen)
    for done in range(41):
        report(FIT, done, 100)
        times.advance(seconds=0.3)
    found = told(sqlite_store)
    assert len(seen) == 41 and (found.stage, found.total) == ("fitting", 100)
    assert 35 < found.done < 41 and found.reported_at != times()
    assert found.minutes_left == pytest.approx((100 - found.done) * 0.3 / 60, rel=0.01)


def test_another_stage_is_told_sooner_and_one_of_unknown_length_has_no_time(
    sqlite_store: Store, claim: Claim, times: Clock
) -> None:
    report = report_of(sqlite_store, claim, times, [])
    report(FIT, 1, 2)
    times.advance(seconds=0.05)
    report("reading", 1, 2)
    assert told(sqlite_store).stage == "fitting"
    times.advance(seconds=0.2)
    report("reading", 2, 2)
    assert told(sqlite_store).stage == "reading"
    report.stage("training.stage.conclude")
    found = told(sqlite_store)
    assert (found.stage, found.total, found.minutes_left) == ("storing the version", 0, None)
    assert isinstance(found.stage, Message)


def test_who_is_told_to_stop_stops(sqlite_store: Store, claim: Claim, times: Clock) -> None:
    report = report_of(sqlite_store, claim, times, [])
    with sqlite_store.begin() as tx:
        trainings.cancel(tx, "a", "by bo", times())
    with pytest.raises(CancelledError):
        report(FIT, 1, 2)
    with pytest.raises(StoppedError):
        report_of(sqlite_store, claim, times, [], stop=True)(FIT, 1, 2)


def test_whose_training_is_another_s_by_now_stops(sqlite_store: Store, claim: Claim, times: Clock) -> None:
    with sqlite_store.begin() as tx:
        processes.leave(tx, "one", times())
        processes.enter(tx, Process("two", "desk", "train", "", 2, 1, 0, times(), times()))
        trainings.claim(tx, "a", "two", times())
    with pytest.raises(ConflictError, match="another training took over"):
        report_of(sqlite_store, claim, times, [])(FIT, 1, 2)


def test_a_store_that_is_busy_is_told_the_next_time(
    sqlite_store: Store, sqlite_url: str, claim: Claim, times: Clock
) -> None:
    impatient = open_store(sqlite_url, busy_timeout_seconds=0.05)
    report = report_of(impatient, claim, times, [])
    with sqlite_store.begin():
        report(FIT, 1, 2)
    assert told(sqlite_store).done == 0
    times.advance(seconds=1)
    report(FIT, 2, 2)
    assert told(sqlite_store).done == 2
    impatient.close()
