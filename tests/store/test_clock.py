"""The store's clock: it never goes back, one process drives it, and steps are told once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store import Store, clock
from monitor.store.clock import KEPT_STEPS, Driven, Step

HOUR = timedelta(hours=1)


def test_a_clock_nobody_drove_says_nothing(store: Store) -> None:
    with store.begin() as tx:
        assert clock.seconds(tx) == 0.0
        assert clock.look(tx) == Driven(0.0, 0, "", 0, None)
        assert not clock.beat(tx, 1, 5.0, datetime(2026, 1, 1).astimezone())


def test_one_drives_and_another_takes_over_what_stood_still(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        first = clock.take(tx, "one", clock.look(tx), 0.0, now)
        assert first == 1
        assert clock.beat(tx, first, 5.0, now) and clock.beat(tx, first, 2.5, now)
        assert clock.seconds(tx) == 7.5
        seen = clock.look(tx)
        assert (seen.holder, seen.token, seen.wall_at) == ("one", 1, now)
        assert clock.beat(tx, first, 1.0, now)
        assert clock.take(tx, "two", seen, 60.0, now) is None, "it moved since it was seen"
        second = clock.take(tx, "two", clock.look(tx), 60.0, now)
        assert second == 2 and clock.seconds(tx) == 68.5
        assert not clock.beat(tx, first, 1000.0, now), "who was replaced drives no more"
        assert clock.seconds(tx) == 68.5


def test_what_is_given_back_is_nobody_s(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        token = clock.take(tx, "one", clock.look(tx), 0.0, now)
        assert token is not None
        clock.release(tx, "two")
        assert clock.look(tx).holder == "one"
        clock.release(tx, "one")
        assert clock.look(tx).holder == "" and not clock.beat(tx, token, 1.0, now)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["one", "two", ""]), st.floats(-1e9, 1e9)), max_size=12),
)
def test_it_never_goes_back(sqlite_store: Store, now: datetime, moves: list[tuple[str, float]]) -> None:
    with sqlite_store.begin() as tx:
        before, token = clock.seconds(tx), 0
        for holder, add in moves:
            if holder:
                token = clock.take(tx, holder, clock.look(tx), add, now) or token
            else:
                clock.beat(tx, token, add, now)
            assert clock.seconds(tx) >= before
            before = clock.seconds(tx)
        tx.rollback()


def test_a_step_is_noted_once_by_the_processes_of_a_machine(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        token = clock.take(tx, "one", clock.look(tx), 100.0, now)
        assert token is not None
        assert clock.note_step(tx, "desk", HOUR, now + HOUR, within=10)
        assert not clock.note_step(tx, "desk", HOUR + timedelta(seconds=3), now + HOUR, within=10)
        assert clock.note_step(tx, "other", HOUR, now + HOUR, within=10), "another machine has its own"
        clock.beat(tx, token, 11.0, now)
        assert clock.note_step(tx, "desk", HOUR, now + 2 * HOUR, within=10), "it was set again"
        assert clock.note_step(tx, "desk", -2 * HOUR, now, within=10), "and back"
        assert clock.steps(tx) == [
            Step(100.0, "desk", 3600.0, now + HOUR),
            Step(100.0, "other", 3600.0, now + HOUR),
            Step(111.0, "desk", 3600.0, now + 2 * HOUR),
            Step(111.0, "desk", -7200.0, now),
        ]
        assert len(clock.steps(tx, since=101.0)) == 2 and clock.told(tx) == 4


def test_old_steps_are_forgotten_and_still_counted(sqlite_store: Store, now: datetime) -> None:
    with sqlite_store.begin() as tx:
        for number in range(KEPT_STEPS + 5):
            assert clock.note_step(tx, "desk", number * HOUR + HOUR, now, within=0)
        assert len(clock.steps(tx)) == KEPT_STEPS and clock.told(tx) == KEPT_STEPS + 5


@pytest.mark.parametrize("add", [-5.0, float("-inf")])
def test_nothing_is_taken_from_it(sqlite_store: Store, now: datetime, add: float) -> None:
    with sqlite_store.begin() as tx:
        token = clock.take(tx, "one", clock.look(tx), 10.0, now)
        assert token is not None and clock.beat(tx, token, add, now)
        assert clock.seconds(tx) == 10.0
