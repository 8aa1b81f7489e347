"""Slots, leases and take-over, with clocks that stand, step and differ; then the background, briefly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import FetchError, StoreBusyError
from monitor.messages import Message
from monitor.schedule.heart import BEATS_IN_A_LEASE, Heart
from monitor.schedule.scheduler import LEASE, MOST_MISSED, Chore, Job, Scheduler
from monitor.schedule.timetable import Timetable
from monitor.store import Store, leases, open_store, processes, runs
from monitor.testing import Clock

HOUR = timedelta(hours=1)
LEASE_SECONDS = 60.0
BEAT = LEASE_SECONDS / BEATS_IN_A_LEASE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/monitor.db")
    opened.upgrade()
    yield opened
    opened.close()


@dataclass
class Log:
    """A job's body that counts its runs, and the true time of each."""

    runs: list[float] = field(default_factory=list)
    true: Callable[[], float] = lambda: 0.0

    def __call__(self) -> str:
        self.runs.append(self.true())
        return "did it"


@dataclass
class Machine:
    """A process with clocks of its own: the wall may be wrong, the steady one counts."""

    store: Store
    name: str
    work: Callable[[], str]
    every: timedelta = HOUR
    at: datetime = datetime(2026, 1, 5, 9, 20, tzinfo=UTC)
    timetable: Timetable | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        self.clock = Clock(self.at)
        self.heart = Heart(
            self.store,
            role="worker",
            lease_seconds=LEASE_SECONDS,
            now=self.clock,
            steady=self.clock.steady,
            machine=self.name,
        )
        job = Job("work", self.every, self.work, self.timetable)
        self.scheduler = Scheduler(
            self.store, [job], heart=self.heart, now=self.clock, zone=ZoneInfo(self.zone)
        )
        self.heart.beat()

    def tick(self) -> bool:
        return self.scheduler.tick("work")

    def live(self, seconds: float) -> None:
        """Let time pass and do what a living process does."""
        self.clock.advance(seconds=seconds)
        self.heart.beat()
        self.tick()


def live(machines: list[Machine], duration: float) -> None:
    for _ in range(round(duration / BEAT)):
        for machine in machines:
            machine.live(BEAT)


def slots(store: Store) -> list[tuple[int, str]]:
    """(slot, state) of every run, oldest first."""
    with store.read() as tx:
        return [(run.slot, run.state) for run in reversed(runs.recent(tx, 1000))]


def leader(store: Store) -> str:
    with store.read() as tx:
        return leases.holder(tx, LEASE)


# --- slots ----------------------------------------------------------------------------------------


def test_a_slot_runs_once(store: Store) -> None:
    work = Log()
    one = Machine(store, "one", work)
    assert [one.tick(), one.tick()] == [True, False]
    one.clock.advance(minutes=59)
    assert not one.tick()
    one.clock.advance(minutes=1)
    one.heart.beat()
    assert [one.tick(), one.tick()] == [True, False]
    assert len(work.runs) == 2 and slots(store) == [(1, "done"), (2, "done")]


def test_what_a_job_did_is_kept(store: Store) -> None:
    one = Machine(store, "one", Log())
    one.tick()
    with store.read() as tx:
        last = runs.last(tx, "work")
    assert last is not None
    assert (last.detail, last.holder, last.finished_at) == ("did it", one.heart.holder, one.clock.at)


def test_two_schedulers_never_run_a_slot_twice(store: Store) -> None:
    work = Log()
    one, other = Machine(store, "one", work), Machine(store, "other", work)
    assert [one.tick(), other.tick()] == [True, False]
    for machine in (one, other):
        machine.clock.advance(hours=1)
        machine.heart.beat()
    assert [other.tick(), one.tick()] == [False, True], "whoever leads goes on leading"
    assert slots(store) == [(1, "done"), (2, "done")]


def test_missed_slots_are_recorded_and_made_up_for_once(store: Store) -> None:
    work = Log()
    one = Machine(store, "one", work)
    one.tick()
    one.clock.advance(hours=4)
    one.heart.beat()
    assert [one.tick(), one.tick()] == [True, False]
    assert slots(store) == [(1, "done"), (2, "missed"), (3, "missed"), (4, "missed"), (5, "done")]
    assert len(work.runs) == 2


def test_a_long_outage_leaves_a_bounded_number_of_rows(store: Store) -> None:
    one = Machine(store, "one", Log(), every=timedelta(seconds=10))
    one.tick()
    one.clock.advance(days=30)
    one.heart.beat()
    one.tick()
    assert len(slots(store)) == MOST_MISSED + 2


def test_a_failing_job_is_recorded_and_the_next_slot_runs(store: Store) -> None:
    answers: list[Exception] = [FetchError(Message("learning.broke")), ZeroDivisionError("oops")]

    def work() -> str:
        if answers:
            raise answers.pop(0)
        return "did it"

    one = Machine(store, "one", work)
    details = []
    for _ in range(3):
        one.tick()
        with store.read() as tx:
            last = runs.last(tx, "work")
        assert last is not None
        details.append((last.state, last.detail))
        one.clock.advance(hours=1)
        one.heart.beat()
    broke, unexpected = Message("learning.broke"), Message("jobs.broke", kind="ZeroDivisionError")
    assert details == [("failed", broke), ("failed", unexpected), ("done", "did it")]
    assert isinstance(details[0][1], Message), "it is said in every language"


def test_two_threads_on_one_slot(store: Store) -> None:
    work = Log()
    one = Machine(store, "one", work)
    threads = [threading.Thread(target=one.tick) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(work.runs) == 1


def test_a_run_whose_end_could_not_be_told_is_closed_by_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Log()
    one = Machine(store, "one", work)

    def locked(*_: object) -> bool:
        raise StoreBusyError("locked")

    with monkeypatch.context() as patch, pytest.raises(StoreBusyError):
        patch.setattr(runs, "finish", locked)
        one.tick()
    assert slots(store) == [(1, "running")]
    one.clock.advance(hours=1)
    one.heart.beat()
    assert one.tick()
    assert slots(store) == [(1, "failed"), (2, "done")] and len(work.runs) == 2


# --- who leads ------------------------------------------------------------------------------------


def test_a_new_leader_closes_what_the_dead_one_left_open(store: Store) -> None:
    dead, other = Machine(store, "dead", Log()), Machine(store, "other", Log())
    dead.scheduler.lead()
    with store.begin() as tx:
        runs.claim(tx, "work", 1, dead.heart.holder, dead.clock.at, 0.0)
        runs.claim(tx, "desk.train", 1, dead.heart.holder, dead.clock.at, 0.0)
    live([other], 2 * LEASE_SECONDS)
    assert leader(store) == other.heart.holder
    assert [state for _, state in slots(store)] == ["failed", "failed"], "and its next slot is not yet due"
    live([other], 3600)
    assert slots(store)[-1] == (2, "done")


@pytest.mark.parametrize("wrong", [timedelta(days=1), timedelta(days=-1), timedelta(days=365)])
def test_a_leader_with_a_wrong_clock_that_dies_is_replaced_within_two_leases(
    store: Store, wrong: timedelta
) -> None:
    right = Machine(store, "right", Log())
    dying = Machine(store, "dying", Log(), at=right.at + wrong)
    assert dying.scheduler.lead() and not right.scheduler.lead()
    live([dying, right], 300)
    assert leader(store) == dying.heart.holder
    live([right], 2 * LEASE_SECONDS)
    assert leader(store) == right.heart.holder


@pytest.mark.parametrize("ahead", [timedelta(days=3650), timedelta(hours=1), timedelta(minutes=1)])
def test_a_machine_that_started_with_its_clock_ahead_and_was_set_right(
    store: Store, ahead: timedelta
) -> None:
    """A dead battery: the machine ran in another year, lost power, and nothing waits for that year."""
    work = Log()
    before = Machine(store, "before", work, at=datetime(2026, 3, 14, 9, 30, tzinfo=UTC) + ahead)
    assert before.tick()
    after = Machine(store, "after", work, at=datetime(2026, 3, 14, 9, 30, tzinfo=UTC))
    live([after], 2 * LEASE_SECONDS)
    assert leader(store) == after.heart.holder
    live([after], 2 * 3600)
    assert len(work.runs) >= 2


# --- what every process does ----------------------------------------------------------------------


def sharing(store: Store, name: str, work: Log) -> Machine:
    one = Machine(store, name, work)
    job = Job("work", HOUR, work, shared=True)
    one.scheduler = Scheduler(store, [job], heart=one.heart, now=one.clock)
    return one


def test_a_shared_job_is_run_by_every_process_each_at_its_interval(store: Store) -> None:
    works = Log(), Log()
    one, other = sharing(store, "one", works[0]), sharing(store, "other", works[1])
    assert [one.tick(), other.tick(), one.tick()] == [True, True, False]
    live([one, other], 7200)
    assert [len(work.runs) for work in works] == [3, 3]
    assert slots(store) == [(n, "done") for n in range(1, 7)], "none twice, and none was missed"


def test_of_a_shared_job_what_nobody_ran_is_missed_once(store: Store) -> None:
    one, other = sharing(store, "one", Log()), sharing(store, "other", Log())
    assert one.tick() and other.tick()
    for machine in (one, other):
        machine.clock.advance(hours=4)
        machine.heart.beat()
    assert [one.tick(), other.tick(), one.tick()] == [True, True, False]
    assert [state for _, state in slots(store)] == ["done", "done", *["missed"] * 3, "done", "done"]


def test_a_chore_is_done_again_and_again_and_a_failure_ends_nothing(store: Store) -> None:
    done = threading.Semaphore(0)

    def tidy() -> None:
        done.release()
        raise StoreBusyError("locked")

    heart = Machine(store, "one", Log()).heart
    one = Scheduler(
        store,
        [],
        [Chore("tidy", timedelta(milliseconds=1), tidy)],
        heart=heart,
        now=lambda: datetime.now(UTC),
    )
    one.start()
    assert all(done.acquire(timeout=20) for _ in range(3))
    assert one.stop()


# --- clocks that step -----------------------------------------------------------------------------

STEPS = [timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=365)]


@pytest.mark.parametrize("by", [*STEPS, *(-step for step in STEPS)], ids=str)
def test_after_any_step_a_job_runs_at_its_interval_and_nothing_twice(store: Store, by: timedelta) -> None:
    true = [0.0]
    work = Log(true=lambda: true[0])
    one, other = (Machine(store, name, work, every=timedelta(minutes=1)) for name in ("one", "other"))
    for beat in range(360):
        true[0] += BEAT
        if beat == 120:
            one.clock.step(seconds=by.total_seconds())
        for machine in (one, other):
            machine.live(BEAT)
    gaps = [after - before for before, after in zip(work.runs, work.runs[1:], strict=False)]
    assert set(gaps) == {60.0}, "not a run was late, and none came early"
    assert len(slots(store)) == len(work.runs) and {state for _, state in slots(store)} == {"done"}


def test_a_suspended_machine_runs_each_job_once_when_it_wakes(store: Store) -> None:
    work = Log()
    one = Machine(store, "one", work)
    one.tick()
    one.live(9 * 3600)
    one.live(BEAT)
    assert len(work.runs) == 2


def test_a_process_that_was_stopped_and_goes_on_leads_no_more(store: Store) -> None:
    work = Log()
    stopped, other = Machine(store, "stopped", work), Machine(store, "other", work)
    assert stopped.scheduler.lead()
    live([other], 2 * LEASE_SECONDS)
    assert leader(store) == other.heart.holder
    stopped.clock.advance(seconds=2 * LEASE_SECONDS)
    assert not stopped.tick(), "it finds another leading, before its heart has even beaten"
    live([stopped, other], 3600)
    assert [state for _, state in slots(store)] == ["done"] * len(work.runs)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["step", "die", "rest"]),
            st.timedeltas(-timedelta(days=400), timedelta(days=400)),
        ),
        max_size=6,
    )
)
def test_whatever_clocks_and_processes_do(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, str, timedelta]]
) -> None:
    """Three processes, one of which always lives: every minute the job runs within two of its intervals,
    or within two leases and one interval of its leader's death, and no slot runs twice."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('time')}/m.db")
    store.upgrade()
    true = [0.0]
    work = Log(true=lambda: true[0])
    machines = {n: Machine(store, str(n), work, every=timedelta(minutes=1)) for n in range(3)}
    deaths = [0.0]
    for number, what, by in [*events, (9, "rest", timedelta(0))]:
        if what == "step" and number in machines:
            machines[number].clock.step(seconds=by.total_seconds())
        if what == "die" and number in machines and len(machines) > 1:
            del machines[number]
            deaths.append(true[0])
        for _ in range(48):  # four minutes
            true[0] += BEAT
            for machine in machines.values():
                machine.live(BEAT)
    for before, after in zip([0.0, *work.runs], [*work.runs, true[0]], strict=True):
        allowed = 2 * 60.0 + 2 * LEASE_SECONDS * sum(before - 60 <= death <= after for death in deaths[1:])
        assert after - before <= allowed
    found = slots(store)
    assert len(found) == len({slot for slot, _ in found})
    assert sum(state in ("done", "failed") for _, state in found) >= len(work.runs)
    store.close()


# --- timetables -----------------------------------------------------------------------------------


def nightly(store: Store, work: Log, zone: str, at: datetime) -> Machine:
    return Machine(store, "one", work, at=at, timetable=Timetable("30 2 * * *"), zone=zone)


def walk(one: Machine, hours: float) -> list[str]:
    """The wall, every five minutes, at which the job ran."""
    ran = []
    for _ in range(round(hours * 12)):
        one.clock.advance(minutes=5)
        one.heart.beat()
        if one.tick():
            ran.append(f"{one.clock.at.astimezone(ZoneInfo(one.zone)):%d %H:%M}")
    return ran


def test_a_timetable_is_kept_in_the_desk_s_zone(store: Store) -> None:
    one = nightly(store, Log(), "Asia/Shanghai", datetime(2026, 3, 1, 0, 0, tzinfo=UTC))
    assert walk(one, 72) == ["02 02:30", "03 02:30", "04 02:30"]


def test_the_night_that_lacks_the_hour_and_the_one_that_has_it_twice(store: Store) -> None:
    one = nightly(store, Log(), "Europe/Berlin", datetime(2026, 3, 28, 12, 0, tzinfo=UTC))
    assert walk(one, 48) == ["29 03:00", "30 02:30"], "02:30 does not exist on the 29th: it runs once after"
    one.clock.step(days=208)  # to the 24th of October; what that skipped runs once
    assert walk(one, 96) == ["24 14:05", "25 02:30", "26 02:30", "27 02:30", "28 02:30"]


def test_a_timetable_s_time_that_a_step_skips_or_repeats_runs_once(store: Store) -> None:
    one = nightly(store, Log(), "UTC", datetime(2026, 3, 1, 2, 0, tzinfo=UTC))
    one.tick()
    one.clock.step(hours=1)
    assert walk(one, 1) == ["01 03:05"], "02:30 was skipped"
    one.clock.step(hours=-2)
    assert walk(one, 3) == [], "02:30 came again"
    assert walk(one, 24) == ["02 02:30"]


# --- in the background ----------------------------------------------------------------------------


def background(store: Store, work: Callable[[], str]) -> Scheduler:
    heart = Heart(store, role="worker")
    heart.start()
    return Scheduler(store, [Job("work", HOUR, work)], heart=heart, now=lambda: datetime.now(UTC))


def test_in_the_background_it_runs_at_once_and_stops(store: Store) -> None:
    ran = threading.Event()

    def work() -> str:
        ran.set()
        return ""

    one = background(store, work)
    one.start()
    assert ran.wait(20)
    assert one.stop()
    with store.begin() as tx:
        processes.enter(
            tx, processes.Process("another", "", "", "", 1, 1, 0, datetime.now(UTC), datetime.now(UTC))
        )
        assert leases.take(tx, LEASE, "another") is not None, "the lease was not given back"
    one.heart.stop()


def test_stop_does_not_wait_for_ever(store: Store) -> None:
    began, go_on = threading.Event(), threading.Event()

    def work() -> str:
        began.set()
        go_on.wait(30)
        return ""

    one = background(store, work)
    one.start()
    assert began.wait(20)
    assert not one.stop(wait_seconds=0.05)
    go_on.set()
    assert one.stop(wait_seconds=20)
    one.heart.stop()


def test_a_store_that_cannot_be_reached_stops_nothing(store: Store) -> None:
    one = Machine(store, "one", Log())
    closed = open_store("sqlite:////nowhere/at/all/monitor.db")
    lost = Scheduler(closed, [Job("work", HOUR, Log())], heart=one.heart, now=one.clock)
    lost._quietly(lost.lead)
    assert lost.stop()
