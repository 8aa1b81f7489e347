"""Demand: who asks is written down, one at a time, and the schedule knows when to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from monitor.errors import ConflictError
from monitor.messages import Message
from monitor.records import Trigger
from monitor.schedule import demand
from monitor.settings import LearningSettings
from monitor.store import Store, audit, trainings
from monitor.testing import EXAMPLES
from tests.store.test_trainings import begun, die


def test_anybody_asks_in_one_way(store: Store, now: datetime, tmp_path: Path) -> None:
    """Drift, say, which is told why by whoever found it."""
    training = demand.ask(store, now, trigger=Trigger.DRIFT, why="label shift in zh")
    assert (training.trigger, training.why, training.asked_by) == (
        Trigger.DRIFT,
        "label shift in zh",
        "monitor",
    )
    assert training.id.startswith(f"{now:%Y%m%d-%H%M%S}-")
    with pytest.raises(ConflictError, match=training.id):
        demand.ask(store, now, data=EXAMPLES, directory=tmp_path)
    assert list(tmp_path.glob(".training-*")) == [], "a refused one leaves nothing"
    with store.read() as tx:
        (entry,) = audit.page(tx)
    assert (entry.action, entry.target, entry.detail["via"]) == ("model.train", training.id, "schedule")
    assert demand.next_open(store) == training


def test_a_person_is_named_where_no_other_reason_is_given(sqlite_store: Store, now: datetime) -> None:
    training = demand.ask(sqlite_store, now, user="ada", via="api", address="10.0.0.7")
    assert training.why == "asked for by ada" and isinstance(training.why, Message)
    assert (training.via, training.address) == ("api", "10.0.0.7")


def test_what_runs_is_nobody_else_s_and_what_was_interrupted_waits(
    sqlite_store: Store, now: datetime, tmp_path: Path
) -> None:
    assert demand.next_open(sqlite_store) is None
    with sqlite_store.begin() as tx:
        begun(tx, "a", now)
    assert demand.next_open(sqlite_store) is None
    with sqlite_store.begin() as tx:
        die(tx, "one", now)
    waiting = demand.next_open(sqlite_store)
    assert waiting is not None and waiting.id == "a"
    demand.cancel(sqlite_store, tmp_path, "a", now, "bo")
    assert demand.next_open(sqlite_store) is None


def test_the_schedule_asks_for_nothing_while_one_is_open_or_too_soon(
    sqlite_store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever became of the last one: a training that fails is not begun again at every look."""
    monkeypatch.setattr(demand.labels, "since", lambda tx, answer: 60)
    settings, seconds = LearningSettings(), 1000.0
    monkeypatch.setattr(demand.clock, "seconds", lambda tx: seconds)
    assert demand.due(sqlite_store, settings) == 60
    assert demand.due(sqlite_store, settings.model_copy(update={"enabled": False})) == 0
    assert demand.due(sqlite_store, settings.model_copy(update={"min_new_labels": 61})) == 0
    training = demand.ask(sqlite_store, now)
    seconds += settings.every_hours * 3600
    assert demand.due(sqlite_store, settings) == 0
    with sqlite_store.begin() as tx:
        trainings.cancel(tx, training.id, "no", now)
    assert demand.due(sqlite_store, settings) == 60
    seconds -= 1
    assert demand.due(sqlite_store, settings) == 0
