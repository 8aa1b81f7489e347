"""Hearts: who lives is known, the dead are buried, the store's clock goes, and a step is told once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog

from monitor.schedule.heart import BEATS_IN_A_LEASE, Heart, started, this_machine
from monitor.store import Store, clock, leases, processes, runs
from monitor.testing import Clock

LEASE = 60.0
BEAT = LEASE / BEATS_IN_A_LEASE
Make = Callable[..., Heart]


@pytest.fixture
def times() -> Clock:
    return Clock()


@pytest.fixture
def make(sqlite_store: Store, times: Clock) -> Make:
    """Hearts on machines of their own, with one clock unless told otherwise."""
    number = 0

    def make(clocks: Clock = times, machine: str | None = None) -> Heart:
        nonlocal number
        number += 1
        return Heart(
            sqlite_store,
            role="worker",
            lease_seconds=LEASE,
            now=clocks,
            steady=clocks.steady,
            machine=f"machine {number}" if machine is None else machine,
        )

    return make


def seconds(store: Store) -> float:
    with store.read() as tx:
        return clock.seconds(tx)


def driver(store: Store) -> str:
    with store.read() as tx:
        return clock.look(tx).holder


def alive(store: Store) -> list[str]:
    with store.read() as tx:
        return [process.holder for process in processes.all(tx)]


def beat_on(times: Clock, hearts: list[Heart], duration: float) -> None:
    for _ in range(round(duration / BEAT)):
        times.advance(seconds=BEAT)
        for heart in hearts:
            heart.beat()


def test_the_first_process_drives_the_clock_at_the_speed_of_time(
    sqlite_store: Store, make: Make, times: Clock
) -> None:
    one, other = make(), make()
    one.beat()
    other.beat()
    assert driver(sqlite_store) == one.holder and alive(sqlite_store) == sorted([one.holder, other.holder])
    beat_on(times, [one, other], 300)
    assert seconds(sqlite_store) == pytest.approx(300)
    times.advance(seconds=2.5)
    assert one.seconds() == other.seconds() == pytest.approx(302.5), "between two beats too"


def test_who_is_silent_for_a_lease_is_buried_and_another_drives(
    sqlite_store: Store, make: Make, times: Clock
) -> None:
    dead, other = make(), make()
    dead.beat()
    other.beat()
    beat_on(times, [dead, other], 60)
    with sqlite_store.begin() as tx:
        leases.take(tx, "leader", dead.holder)
        runs.claim(tx, "poll", 1, dead.holder, times(), 0.0)
    beat_on(times, [other], LEASE - BEAT)
    assert dead.holder in alive(sqlite_store), "it may only be slow"
    beat_on(times, [other], 2 * BEAT)
    assert alive(sqlite_store) == [other.holder] and driver(sqlite_store) == other.holder
    with sqlite_store.read() as tx:
        last = runs.last(tx, "poll")
        assert leases.holder(tx, "leader") == "" and last is not None and last.state == "failed"
    assert seconds(sqlite_store) == pytest.approx(60 + LEASE + BEAT), "no second was lost"


def test_who_was_buried_and_wakes_enters_under_another_name(
    sqlite_store: Store, make: Make, times: Clock
) -> None:
    stopped, other = make(), make()
    stopped.beat()
    other.beat()
    before = stopped.holder
    beat_on(times, [other], 2 * LEASE)
    at = seconds(sqlite_store)
    stopped.beat()
    assert stopped.holder != before and sorted(alive(sqlite_store)) == sorted([stopped.holder, other.holder])
    assert seconds(sqlite_store) == at, "it drives no more"
    beat_on(times, [stopped, other], 60)
    assert seconds(sqlite_store) == pytest.approx(at + 60)


def test_who_leaves_hands_over_at_once(sqlite_store: Store, make: Make, times: Clock) -> None:
    one, other = make(), make()
    one.beat()
    other.beat()
    one.stop()
    assert alive(sqlite_store) == [other.holder]
    beat_on(times, [other], BEAT)
    assert driver(sqlite_store) == other.holder and seconds(sqlite_store) == pytest.approx(BEAT)


@pytest.mark.parametrize("wrong", [timedelta(days=365), timedelta(days=-365), timedelta(hours=1)])
def test_wrong_dates_bury_nobody(sqlite_store: Store, make: Make, wrong: timedelta) -> None:
    """Two machines whose clocks differ see each other's counters, not dates."""
    right, other = Clock(), Clock(Clock().at + wrong)
    one, two = make(right), make(other)
    for _ in range(40):
        for times, heart in ((right, one), (other, two)):
            times.advance(seconds=BEAT)
            heart.beat()
    assert len(alive(sqlite_store)) == 2
    assert seconds(sqlite_store) == pytest.approx(39 * BEAT), "the first beat began to count"


def test_after_an_outage_the_clock_moves_by_what_the_wall_says_within_bounds(
    sqlite_store: Store, make: Make, times: Clock
) -> None:
    make(machine="gone").beat()
    left = Heart(sqlite_store, role="run", now=times, steady=times.steady, machine="m")
    left.beat()
    left.stop()
    with sqlite_store.begin() as tx:
        for process in processes.all(tx):
            processes.leave(tx, process.holder, times())
    for hours, moved in ((8, 8 * 3600.0), (24 * 3650, 7 * 86400.0), (-24 * 3650, 0.0)):
        before = seconds(sqlite_store)
        times.step(hours=hours)
        again = make()
        again.beat()
        assert seconds(sqlite_store) - before == pytest.approx(moved)
        again.stop()


def test_a_process_of_this_machine_that_is_gone_is_buried_at_once(
    sqlite_store: Store, make: Make, times: Clock
) -> None:
    here = this_machine()
    assert here, "Linux tells"
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = started(child.pid)
    assert born is not None
    make(machine="elsewhere").beat()
    with sqlite_store.begin() as tx:
        for holder, machine in (("child", here), ("namesake", here), ("far", "another machine")):
            begun = born + (holder == "namesake")
            process = processes.Process(holder, "desk", "run", machine, child.pid, begun, 0, times(), times())
            processes.enter(tx, process)
    mine = make(machine=here)
    mine.beat()
    assert {"child", "far"} <= set(alive(sqlite_store)) and "namesake" not in alive(sqlite_store)
    child.communicate(b"\n")
    assert started(child.pid) is None
    mine.beat()
    assert "child" not in alive(sqlite_store) and "far" in alive(sqlite_store)


def test_a_process_knows_when_it_started() -> None:
    assert started(os.getpid()) == started(os.getpid()) is not None
    assert started(2**22 + 1) is None


# --- steps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "by", [timedelta(minutes=1), timedelta(minutes=-1), timedelta(days=365), timedelta(days=-365)]
)
def test_a_step_is_told_once_by_the_processes_of_a_machine(
    sqlite_store: Store, make: Make, times: Clock, by: timedelta
) -> None:
    hearts = [make(machine="") for _ in range(3)]
    for heart in hearts:
        heart.beat()
    beat_on(times, hearts, 60)
    with structlog.testing.capture_logs() as logs:
        times.step(seconds=by.total_seconds())
        beat_on(times, hearts, 60)
    told = [entry for entry in logs if entry["event"] == "clock.stepped"]
    assert [entry["seconds"] for entry in told] == [pytest.approx(by.total_seconds(), abs=0.2)]
    with sqlite_store.read() as tx:
        (step,) = clock.steps(tx)
    assert step.by == pytest.approx(by.total_seconds(), abs=0.2) and step.wall_at == times() - timedelta(
        seconds=55
    )
    assert seconds(sqlite_store) == pytest.approx(120), "and the store's clock did not"
    assert len(alive(sqlite_store)) == 3


def test_a_clock_that_was_ahead_before_the_start_is_told(
    sqlite_store: Store, make: Make, times: Clock
) -> None:
    """The machine ran with a dead battery's date, lost power, and was set right before the next start."""
    times.step(days=3650)
    first = make()
    first.beat()
    with sqlite_store.begin() as tx:
        processes.bury(tx, processes.all(tx)[0], times())
    times.step(days=-3650)
    second = make()
    second.beat()
    with sqlite_store.read() as tx:
        (step,) = clock.steps(tx)
    assert step.by == pytest.approx(-3650 * 86400.0)
    assert driver(sqlite_store) == second.holder


def test_a_suspended_machine_goes_on_and_tells_no_step(sqlite_store: Store, make: Make, times: Clock) -> None:
    one, other = make(), make()
    one.beat()
    other.beat()
    times.advance(hours=9)
    one.beat()
    other.beat()
    assert seconds(sqlite_store) == pytest.approx(9 * 3600)
    with sqlite_store.read() as tx:
        assert clock.steps(tx) == []


# --- in the background -----------------------------------------------------------------------------


def test_it_beats_by_itself_and_leaves_in_the_end(sqlite_store: Store) -> None:
    with Heart(sqlite_store, role="web", lease_seconds=0.6) as heart:
        (process,) = _wait(lambda: _beaten(sqlite_store, 3))
        assert (process.holder, process.role, process.pid) == (heart.holder, "web", os.getpid())
    assert alive(sqlite_store) == []


def test_a_store_that_is_gone_for_a_while_stops_no_heart(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.errors import StoreBusyError

    with Heart(sqlite_store, role="web", lease_seconds=0.6):
        before = _wait(lambda: _beaten(sqlite_store, 1))[0].beats
        with monkeypatch.context() as patch, structlog.testing.capture_logs() as logs:

            def locked(*_: object) -> None:
                raise StoreBusyError("locked")

            patch.setattr("monitor.schedule.heart.processes.beat", locked)
            _wait(lambda: [entry for entry in logs if entry["event"] == "heart missed a beat"])
        _wait(lambda: _beaten(sqlite_store, before + 1))


def _beaten(store: Store, least: int) -> list[processes.Process]:
    with store.read() as tx:
        return [process for process in processes.all(tx) if process.beats >= least]


def _wait(look: Callable[[], list[Any]]) -> list[Any]:
    import time

    for _ in range(600):
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


def test_who_holds_the_store_s_lock_need_not_wait_for_a_beat_that_wants_it(
    sqlite_store: Store, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job claims its slot in a transaction and asks the time there, while a beat waits for its lock."""
    heart = make()
    heart.beat()
    wanted = threading.Event()
    begin = sqlite_store.begin
    with begin() as tx:
        monkeypatch.setattr(Store, "begin", lambda store: (wanted.set(), begin())[1])
        beating = threading.Thread(target=heart.beat)
        beating.start()
        assert wanted.wait(60)
        heart.seconds()
        assert beating.is_alive(), "it waits for the lock, and nobody waits for it"
        assert leases.take(tx, "mine", heart.holder) is not None
    beating.join()
