"""The training on the models page: how far it is, how it ended, and the buttons beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.messages import Message
from monitor.records import Role, Training, TrainingState, Trigger
from monitor.store import processes, trainings
from monitor.store.processes import Process
from monitor.store.trainings import Asked, Claim
from tests.dashboard.pages import opened, said


@pytest.fixture
def claim(filled: Monitor) -> Claim:
    """A training that a process elsewhere runs."""
    now = filled.now() - timedelta(minutes=9)
    why = Message("training.why.labels", n=64)
    with filled.store.begin() as tx:
        processes.enter(tx, Process("elsewhere", "host", "worker", "", 1, 1, 0, now, now))
        trainings.ask(
            tx, Asked("20260302-085100-abcdef", Trigger.LABELS, why, "monitor", "schedule"), now, 1.0
        )
        return trainings.claim(tx, "20260302-085100-abcdef", "elsewhere", now)


def bars(app: AppTest) -> list[str]:
    """What stands over each bar, as it is read: Markdown's escapes are not."""
    return [re.sub(r"\\(\W)", r"\1", one.proto.text.replace("\u2060", "")) for one in app.get("progress")]


def told(monitor: Monitor) -> Training:
    with monitor.store.read() as tx:
        return trainings.all(tx)[0]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ADMIN])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("fitting: about 4 min left in this stage", "64 new labels", "by the schedule", "running")),
        ("zh", ("训练模型", "本阶段约剩 4 分钟", "新增标注 64 条", "经由计划任务", "进行中")),
    ],
)
def test_a_training_that_runs_elsewhere_is_seen_here(
    filled: Monitor, log_in: Callable[..., str], claim: Claim, role: Role, language: str, words: tuple[str]
) -> None:
    stage = Message("training.stage.fit")
    with filled.store.begin() as tx:
        trainings.report(tx, claim, stage, 30, 120, 4.2, filled.now())
    app = opened("models", log_in("ann", role), language)
    shown = said(app) + " ".join(bars(app))
    assert all(word in shown for word in words), shown
    assert [one.proto.value for one in app.get("progress")] == [25]
    assert not app.error
    assert any("training.cancel" in (one.key or "") for one in app.button) == (role is Role.ADMIN)


def test_time_left_is_not_made_up(filled: Monitor, log_in: Callable[..., str], claim: Claim) -> None:
    with filled.store.begin() as tx:
        trainings.report(tx, claim, "a plugin's own stage", 0, 0, None, filled.now())
    app = opened("models", log_in("ann", Role.ADMIN), "en")
    assert bars(app) == ["a plugin's own stage: how long this stage still takes is not known"]


def test_it_is_cancelled_after_a_second_question(
    filled: Monitor, log_in: Callable[..., str], claim: Claim
) -> None:
    app = opened("models", log_in("ann", Role.ADMIN), "en")
    (button,) = [one for one in app.button if (one.key or "").startswith("training.cancel")]
    assert "Yes" in button.label and told(filled).state is TrainingState.RUNNING
    button.click().run(timeout=60)
    assert told(filled).state is TrainingState.CANCELLING and told(filled).outcome == "cancelled by ann"


def test_an_interrupted_one_can_be_resumed(
    filled: Monitor, log_in: Callable[..., str], claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(filled, "run_training", ran.append)
    with filled.store.begin() as tx:
        processes.leave(tx, "elsewhere", filled.now())
    assert not opened("models", log_in("vi", Role.VIEWER), "en").button
    app = opened("models", log_in("ann", Role.ADMIN), "en")
    assert ["its process ended" in one.value for one in app.warning] == [True] and not app.error
    (button,) = [one for one in app.button if (one.key or "").startswith("training.resume")]
    button.click().run(timeout=60)
    assert told(filled).state is TrainingState.QUEUED


@pytest.mark.parametrize(
    ("verdict", "kind"), [("promoted", "success"), ("refused", "info"), ("challenger", "info")]
)
def test_a_success_is_shown_as_one_and_a_refusal_as_a_verdict(
    filled: Monitor, log_in: Callable[..., str], claim: Claim, verdict: str, kind: str
) -> None:
    with filled.store.begin() as tx:
        assert trainings.finish(tx, claim, "m1", verdict, "the reason in words", filled.now())
    app = opened("models", log_in("ann", Role.ADMIN), "en")
    found = {name: [one.value for one in app.get(name)] for name in ("success", "info", "error", "warning")}
    assert "the reason in words" in found.pop(kind) and not any(found.values())


@pytest.mark.parametrize(
    ("state", "kind"), [(TrainingState.FAILED, "error"), (TrainingState.CANCELLED, "info")]
)
def test_a_failure_is_an_error_and_a_cancelled_one_is_none(
    filled: Monitor, log_in: Callable[..., str], claim: Claim, state: TrainingState, kind: str
) -> None:
    with filled.store.begin() as tx:
        assert trainings.end(tx, claim, state, "why it ended", filled.now())
    app = opened("models", log_in("ann", Role.ADMIN), "en")
    assert [one.value for one in app.get(kind)] == ["why it ended"]
    assert kind == "error" or not app.error


@pytest.mark.parametrize(("language", "words"), [("en", "The gate's verdict"), ("zh", "门槛评审")])
def test_the_trail_of_a_version_is_told(
    filled: Monitor, log_in: Callable[..., str], language: str, words: str
) -> None:
    app = opened("models", log_in("ann", Role.VIEWER), language)
    assert words in said(app) and not app.exception
