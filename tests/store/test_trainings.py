"""Trainings: one is in line at a time, only its own process writes of it, and each ends in one way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.records import Training, TrainingState, Trigger
from monitor.store import Store, Tx, processes, trainings
from monitor.store.processes import Process
from monitor.store.trainings import Asked, Claim

STAGE = Message("training.stage.fit")


def live(tx: Tx, holder: str, now: datetime) -> None:
    processes.enter(tx, Process(holder, "desk", "train", "", 1, 1, 0, now, now))


def die(tx: Tx, holder: str, now: datetime) -> None:
    (process,) = (one for one in processes.all(tx) if one.holder == holder)
    assert processes.bury(tx, process, now)


def ask(tx: Tx, id: str, now: datetime, seconds: float = 0.0) -> Training:
    asked = Asked(id, Trigger.PERSON, Message("training.why.person", user="ada"), "ada", "cli", "ada@host")
    return trainings.ask(tx, asked, now, seconds)


def begun(tx: Tx, id: str, now: datetime, holder: str = "one") -> Claim:
    """A training that runs in the process `holder`, which lives."""
    live(tx, holder, now)
    ask(tx, id, now)
    return trainings.claim(tx, id, holder, now)


def state(tx: Tx, id: str) -> str:
    return trainings.get(tx, id).state.value


def test_a_training_comes_back_as_it_was_asked_for(store: Store, now: datetime) -> None:
    options = {"epochs": 2, "method": "lora"}
    with store.begin() as tx:
        why = Message("training.why.labels", n=50)
        asked = Asked("a", Trigger.LABELS, why, "monitor", "schedule", options=options, files=True)
        found = trainings.ask(tx, asked, now, 7.0)
        assert (found.id, found.state, found.trigger) == ("a", TrainingState.QUEUED, Trigger.LABELS)
        assert found.why == "50 new labels" and isinstance(found.why, Message)
        assert (found.asked_at, found.attempts, found.minutes_left) == (now, 0, None)
        assert trainings.options(tx, "a") == (options, True)
        assert trainings.last_asked(tx) == 7.0 and trainings.active(tx) == found
        with pytest.raises(NotFoundError, match="'b': no such training"):
            trainings.get(tx, "b")


def test_one_is_in_line_at_a_time(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        claim = begun(tx, "a", now)
        with pytest.raises(ConflictError, match="running already \\(a\\)"):
            ask(tx, "b", now)
        with pytest.raises(ConflictError, match="a is running"):
            trainings.claim(tx, "a", "one", now)
        assert trainings.finish(tx, claim, "a", "promoted", "well", now)
        ask(tx, "b", now, 1.0)
        assert [one.id for one in trainings.all(tx)] == ["b", "a"]
        assert trainings.open_ids(tx) == {"b"}
        with pytest.raises(ConflictError, match="a is done"):
            trainings.cancel(tx, "a", "no", now)


def test_two_processes_that_ask_at_once_get_one_training(store: Store, now: datetime) -> None:
    """The database itself refuses a second one, whatever each of them has seen."""
    with store.begin() as tx:
        ask(tx, "a", now)
        before = trainings.active(tx)
        assert before is not None
        with pytest.raises(ConflictError):
            ask(tx, "b", now)
        assert [one.id for one in trainings.all(tx)] == ["a"]


def test_progress_is_its_own_process_s_alone(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        first = begun(tx, "a", now)
        assert trainings.report(tx, first, STAGE, 3, 10, 1.5, now) is TrainingState.RUNNING
        found = trainings.get(tx, "a")
        assert (found.stage, found.done, found.total, found.minutes_left) == ("fitting", 3, 10, 1.5)
        die(tx, "one", now)
        assert state(tx, "a") == "interrupted"
        live(tx, "two", now)
        second = trainings.claim(tx, "a", "two", now + timedelta(minutes=1))
        assert (second.attempt, trainings.get(tx, "a").started_at) == (2, now)
        live(tx, "one", now)  # it was only suspended, and wakes up
        assert trainings.report(tx, first, STAGE, 9, 10, 0.1, now) is None
        assert not trainings.freeze(tx, first, "s", "p")
        assert not trainings.finish(tx, first, "a", "promoted", "well", now)
        assert not trainings.end(tx, first, TrainingState.FAILED, "no", now)
        assert trainings.freeze(tx, second, "s" * 64, "v1")
        assert trainings.finish(tx, second, "a", "refused", "worse", now)
        ended = trainings.get(tx, "a")
        assert (ended.state, ended.verdict, ended.model, ended.parent) == ("done", "refused", "a", "v1")
        assert ended.minutes_left is None and trainings.active(tx) is None


def test_cancelling_waits_for_the_process_that_runs_it(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        ask(tx, "waits", now)
        assert trainings.cancel(tx, "waits", "by bo", now).state is TrainingState.CANCELLED
        claim = begun(tx, "runs", now)
        assert trainings.cancel(tx, "runs", "by bo", now).state is TrainingState.CANCELLING
        assert trainings.cancel(tx, "runs", "by cy", now).outcome == "by cy", "told twice, told once"
        assert trainings.report(tx, claim, STAGE, 1, 2, None, now) is TrainingState.CANCELLING
        assert not trainings.finish(tx, claim, "runs", "promoted", "well", now)
        assert trainings.end(tx, claim, TrainingState.FAILED, "broke", now)
        ended = trainings.get(tx, "runs")
        assert (ended.state, ended.outcome, ended.ended_at) == ("cancelled", "by cy", now)


def test_what_dies_while_it_is_being_cancelled_is_cancelled(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        begun(tx, "a", now)
        trainings.cancel(tx, "a", "by bo", now)
        die(tx, "one", now)
        assert (state(tx, "a"), trainings.get(tx, "a").outcome) == ("cancelled", "by bo")
        ask(tx, "b", now)


def test_an_interrupted_one_is_resumed_cancelled_or_given_up_for_another(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for id in "abc":
            begun(tx, id, now)
            die(tx, "one", now)
            found = trainings.resumable(tx)
            assert found is not None and found.id == id
        assert [state(tx, id) for id in "abc"] == ["cancelled", "cancelled", "interrupted"]
        assert trainings.get(tx, "b").outcome == "given up for c"
        assert trainings.resume(tx, "c", now).state is TrainingState.QUEUED
        with pytest.raises(ConflictError, match="c is queued"):
            trainings.resume(tx, "c", now)
        live(tx, "two", now)
        assert trainings.claim(tx, "c", "two", now).attempt == 2
        die(tx, "two", now)
        assert trainings.cancel(tx, "c", "by bo", now).state is TrainingState.CANCELLED
        assert trainings.resumable(tx) is None


def test_what_the_store_was_not_told_of_is_left_to_be_resumed(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        begun(tx, "a", now)
        trainings.untold(tx, "one", ["a"], now)
        trainings.untold(tx, "two", [], now)
        assert state(tx, "a") == "running"
        trainings.untold(tx, "one", [], now)
        assert state(tx, "a") == "interrupted"
