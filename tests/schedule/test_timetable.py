"""When a job is due: intervals on the store's clock, timetables on a wall that steps."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.timetable import Due, Last, Timetable, after

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHTLY = Timetable("0 3 * * *")
NOON = datetime(2026, 3, 14, 12, 0)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute)


# --- intervals ------------------------------------------------------------------------------------


def test_a_job_that_never_ran_is_due_at_once() -> None:
    assert after(HOUR, None, 0.0) == after(HOUR, None, 1e9) == Due(1)


@pytest.mark.parametrize(
    ("seconds", "slots"), [(0, 0), (3599, 0), (3600, 1), (7199, 1), (7200, 2), (4 * 3600 + 1, 4)]
)
def test_slots_come_up_as_the_store_s_clock_goes(seconds: float, slots: int) -> None:
    assert after(HOUR, Last(100.0), 100.0 + seconds) == Due(slots)


@given(st.timedeltas(timedelta(milliseconds=100), 7 * DAY), st.floats(0, 1e9), st.floats(0, 1e7))
def test_what_is_due_is_run_an_interval_after(every: timedelta, begun: float, passed: float) -> None:
    slots = after(every, Last(begun), begun + passed).slots
    assert abs(slots - passed / every.total_seconds()) < 1 + 1e-6


# --- timetables -----------------------------------------------------------------------------------


def test_a_timetable_waits_for_its_time_from_where_watching_began() -> None:
    began = Last(0.0, None)
    assert NIGHTLY.after(None, 0.0, NOON) == Due(0)
    assert NIGHTLY.after(began, 3600.0, NOON + HOUR) == Due(0)
    assert NIGHTLY.after(began, 15 * 3600.0, at(15, 3)) == Due(1, at(15, 3))


def test_each_time_runs_once() -> None:
    served = Last(0.0, at(15, 3))
    assert NIGHTLY.after(served, 5.0, at(15, 3)) == Due(0)
    assert NIGHTLY.after(served, 23 * 3600.0, at(16, 2)) == Due(0)
    assert NIGHTLY.after(served, 86405.0, at(16, 3)) == Due(1, at(16, 3))


def test_times_that_passed_while_nobody_was_there_run_once_as_the_newest() -> None:
    assert NIGHTLY.after(Last(0.0, at(10, 3)), 5 * 86400.0, at(15, 4)) == Due(5, at(15, 3))
    minutely = Timetable("* * * * *")
    due = minutely.after(Last(0.0, datetime(2020, 1, 1)), 1e9, at(15, 4))
    assert due.served == at(15, 4) and due.slots == 101, "however many"
    assert minutely.after(Last(0.0, at(15, 4)), 1.0, at(15, 4)) == Due(0), "and then it is done with"


def test_a_time_that_a_step_skips_runs_once() -> None:
    before = Last(0.0, at(14, 3))
    assert NIGHTLY.after(before, 23.5 * 3600, at(15, 3, 30)) == Due(1, at(15, 3)), "from 02:30 to 03:30"
    assert NIGHTLY.after(Last(0.0, at(15, 3)), 60.0, at(15, 3, 31)) == Due(0)
    a_year = NIGHTLY.after(before, 3600.0, at(14, 4).replace(year=2027))
    assert a_year.served == datetime(2027, 3, 14, 3) and a_year.slots > 1


def test_a_time_that_a_step_repeats_runs_once() -> None:
    served = Last(0.0, at(15, 3))
    assert NIGHTLY.after(served, 1800.0, at(15, 2, 30)) == Due(0), "set back by an hour at 03:30"
    assert NIGHTLY.after(served, 3600.0, at(15, 3)) == Due(0), "the hour that comes again"
    assert NIGHTLY.after(served, 3605.0, at(15, 3, 0)) == Due(0)
    assert NIGHTLY.after(served, 90000.0, at(16, 3)) == Due(1, at(16, 3))


def test_a_wall_that_was_a_year_ahead_costs_a_nightly_job_a_night() -> None:
    served = Last(0.0, at(15, 3).replace(year=2027))
    runs = []
    for hour in range(72):  # after it was set right, at 22:00
        wall = at(14, 22) + hour * HOUR
        due = NIGHTLY.after(served, hour * 3600.0, wall)
        if due.slots:
            runs.append(wall)
            served = Last(hour * 3600.0, due.served)
    assert runs == [at(16, 3), at(17, 3)], "the first night is lost, and none after it"


def test_the_hour_that_daylight_saving_repeats_does_not_stop_a_frequent_job() -> None:
    often = Timetable("*/5 * * * *")
    served, runs = Last(0.0, datetime(2026, 10, 25, 2, 55)), 0
    for minute in range(120):  # after 02:59 it is 02:00 again
        wall = datetime(2026, 10, 25, 2, 0) + minute * MINUTE
        due = often.after(served, 300.0 + minute * 60.0, wall)
        if due.slots:
            runs += 1
            served = Last(300.0 + minute * 60.0, due.served)
    assert runs == 24


@pytest.mark.parametrize("expression", ["", "* * * *", "61 * * * *", "nightly", "* * * * * *"])
def test_what_cron_does_not_know_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        Timetable(expression)


EXPRESSIONS = ["*/5 * * * *", "0 * * * *", "30 1 * * *", "0 3 * * mon", "0 0 1 * *"]


@given(
    st.sampled_from(EXPRESSIONS),
    st.lists(
        st.tuples(
            st.timedeltas(timedelta(seconds=1), timedelta(hours=30)),
            st.one_of(st.just(timedelta(0)), st.timedeltas(-timedelta(days=400), timedelta(days=400))),
        ),
        max_size=30,
    ),
)
def test_whatever_the_wall_does(expression: str, moves: list[tuple[timedelta, timedelta]]) -> None:
    """It runs only what the timetable says, never the same time twice without as much time between, and,
    while the wall stands right, every time that comes."""
    table = Timetable(expression)
    wall, seconds = NOON, 0.0
    last = Last(0.0, None)
    since = wall
    for passed, step in moves:
        before = wall
        wall += passed + step
        seconds += passed.total_seconds()
        due = table.after(last if last.served else Last(0.0, None), seconds, wall)
        if due.slots:
            assert due.served is not None and due.served <= wall
            assert table._newest(due.served) == due.served, "it is one of the timetable's times"
            if last.served is not None and due.served <= last.served:
                gap = due.served - (table._newest(due.served - timedelta(microseconds=1)) or since)
                assert timedelta(seconds=seconds - last.seconds) >= gap * 0.9
            last = Last(seconds, due.served)
            assert not table.after(last, seconds, wall).slots, "it is done with"
        elif not step and last.served is not None and before >= last.served:
            assert not list(table._times(before, wall, 1)), "a time came and nothing ran"
