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
