"""Who lives, and what becomes of what the dead held."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from monitor.messages import Message
from monitor.store import Store, clock, leases, processes, runs
from monitor.store.processes import Process


@pytest.fixture
def process(now: datetime) -> Process:
    return Process("one", "desk", "run", "boot:1", 100, 5, 0, now, now)


def test_the_living_are_listed_and_beat(store: Store, process: Process, now: datetime) -> None:
    with store.begin() as tx:
        assert not processes.beat(tx, "one", now)
        processes.enter(tx, process)
        assert processes.all(tx) == [process]
        assert processes.beat(tx, "one", now) and processes.beat(tx, "one", now)
        assert processes.all(tx) == [replace(process, beats=2)]
        processes.enter(tx, process)
        assert processes.all(tx) == [process], "entered anew, it counts anew"


def test_the_dead_hold_nothing(store: Store, process: Process, now: datetime) -> None:
    with store.begin() as tx:
        for holder in ("one", "two"):
            processes.enter(tx, replace(process, holder=holder))
            leases.take(tx, f"lease of {holder}", holder)
            runs.claim(tx, f"job of {holder}", 1, holder, now, 0.0)
        clock.take(tx, "one", clock.look(tx), 0.0, now)
        assert processes.bury(tx, process, now)
        assert [one.holder for one in processes.all(tx)] == ["two"]
        assert (leases.holder(tx, "lease of one"), leases.holder(tx, "lease of two")) == ("", "two")
        assert clock.look(tx).holder == ""
        dead, living = runs.last(tx, "job of one"), runs.last(tx, "job of two")
        assert dead is not None and living is not None
        assert (dead.state, dead.finished_at) == ("failed", now)
        assert isinstance(dead.detail, Message) and "one" in dead.detail.said("zh")
        assert living.state == "running"


def test_who_beat_meanwhile_is_not_buried(store: Store, process: Process, now: datetime) -> None:
    with store.begin() as tx:
        processes.enter(tx, process)
        leases.take(tx, "leader", "one")
        processes.beat(tx, "one", now)
        assert not processes.bury(tx, process, now), "it was seen before its last beat"
        assert leases.holder(tx, "leader") == "one"


def test_who_leaves_in_order_gives_everything_back(store: Store, process: Process, now: datetime) -> None:
    with store.begin() as tx:
        processes.enter(tx, process)
        leases.take(tx, "leader", "one")
        runs.claim(tx, "poll", 1, "one", now, 0.0)
        processes.leave(tx, "one", now)
        assert processes.all(tx) == [] and leases.holder(tx, "leader") == ""
        last = runs.last(tx, "poll")
        assert last is not None and last.state == "failed"


def test_a_run_without_a_living_process_is_closed(store: Store, process: Process, now: datetime) -> None:
    with store.begin() as tx:
        processes.enter(tx, process)
        runs.claim(tx, "poll", 1, "of a backup", now, 0.0)
        runs.claim(tx, "train", 1, "one", now, 0.0)
        processes.close_orphans(tx, now)
        states = {run.job: run.state for run in runs.recent(tx)}
    assert states == {"poll": "failed", "train": "running"}
