"""Instances that fail now."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.messages import Message
from monitor.records import InstanceFailure
from monitor.store import Store, failing


def test_failures_are_counted_until_it_works_again(store: Store, now: datetime) -> None:
    why = Message("plugins.limit_time", seconds="60")
    with store.begin() as tx:
        failing.add(tx, "strategies", "mine", "down", now)
        failing.add(tx, "strategies", "mine", why, now + timedelta(minutes=1))
        failing.add(tx, "detectors", "mine", "down", now)
    with store.read() as tx:
        detector, strategy = failing.all(tx)
    assert detector == InstanceFailure("detectors", "mine", 1, "down", now)
    assert strategy == InstanceFailure("strategies", "mine", 2, why, now + timedelta(minutes=1))
    assert isinstance(strategy.error, Message) and strategy.error.said("zh") == why.said("zh")
    with store.begin() as tx:
        failing.remove(tx, "strategies", "mine")
        failing.remove(tx, "strategies", "never failed")
    with store.read() as tx:
        assert failing.all(tx) == [detector]


def test_a_change_is_noted_and_health_that_was_known_is_not_written(store: Store, now: datetime) -> None:
    failing.note(store, "notifiers", "desk", "down", now)
    failing.note(store, "notifiers", "desk", "down still", now)
    with store.read() as tx:
        assert failing.all(tx) == [InstanceFailure("notifiers", "desk", 2, "down still", now)]
    failing.note(store, "notifiers", "desk", "", now)
    with store.begin():  # the writer's seat is taken; what works needs none
        failing.note(store, "notifiers", "desk", "", now)
    with store.read() as tx:
        assert failing.all(tx) == []
