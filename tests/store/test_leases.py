"""Leases: one holder at a time, as long as it lives, with a token that only grows."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store import Store, Tx, leases, processes
from monitor.store.processes import Process

NAMES = ("one", "two", "three")


def enter(tx: Tx, now: datetime, *names: str) -> None:
    for name in names:
        processes.enter(tx, Process(name, "desk", "run", "", 1, 1, 0, now, now))


@pytest.fixture(autouse=True)
def living(request: pytest.FixtureRequest, now: datetime) -> None:
    name = "store" if "store" in request.fixturenames else "sqlite_store"
    with request.getfixturevalue(name).begin() as tx:
        enter(tx, now, *NAMES)


def test_a_lease_is_held_and_lost_with_its_holder(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert leases.take(tx, "leader", "one") == 1
        assert leases.take(tx, "leader", "two") is None
        assert leases.take(tx, "leader", "one") == 1, "it has it still"
        assert leases.take(tx, "leader", "one", anew=True) is None, "and not twice"
        assert leases.take(tx, "other", "two") == 1
        processes.leave(tx, "one", now)
        assert leases.take(tx, "leader", "two") == 2
        enter(tx, now, "one")
        assert leases.take(tx, "leader", "one") is None
        assert (leases.holds(tx, "leader", 1), leases.holds(tx, "leader", 2)) == (False, True)
        assert (leases.holder(tx, "leader"), leases.holder(tx, "nobody's")) == ("two", "")


def test_a_lease_given_back_is_free_at_once_and_its_token_grows(store: Store) -> None:
    with store.begin() as tx:
        leases.take(tx, "leader", "one")
        leases.release(tx, "leader", "two")  # not theirs to give
        assert leases.take(tx, "leader", "two") is None
        leases.release(tx, "leader", "one")
        assert not leases.holds(tx, "leader", 1) and leases.holder(tx, "leader") == ""
        assert leases.take(tx, "leader", "two") == 2
        leases.release(tx, "leader", "two")
        assert leases.take(tx, "leader", "two") == 3


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["take", "release", "die"])), max_size=15))
def test_no_two_holders_at_once_and_tokens_never_fall(
    sqlite_store: Store, now: datetime, steps: list[tuple[str, str]]
) -> None:
    holder, newest = "", 0
    with sqlite_store.begin() as tx:
        for name, what in steps:
            if what == "take":
                enter(tx, now, name)
                token = leases.take(tx, "leader", name)
                assert (token is None) == (holder not in ("", name))
                if token is not None:
                    assert token == newest + (holder != name)
                    holder, newest = name, token
            elif what == "release":
                leases.release(tx, "leader", name)
                holder = "" if holder == name else holder
            else:
                processes.leave(tx, name, now)
                holder = "" if holder == name else holder
            assert leases.holder(tx, "leader") == holder
        tx.rollback()
