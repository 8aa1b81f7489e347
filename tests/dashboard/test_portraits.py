"""Figures, errors and calibration of a version, the learning curve, and what orders the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from monitor.acquisition import policies
from monitor.app import Monitor
from monitor.records import SENTIMENTS, Decision, Role, Route
from monitor.settings import InstanceSettings
from monitor.store import Store, answers, measurements, models, predictions, tasks
from monitor.store.measurements import Measurement
from monitor.store.schema import texts
from tests.dashboard.pages import opened, said

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
CURVE = [{"labels": n, "value": 0.5 + n / 1000, "low": 0.4, "high": 0.8} for n in (40, 80)]


def audited(store: Store, n: int = 12) -> str:
    """Audits of which the champion is wrong about every fourth, and one that two analysts skipped; its id."""
    now = datetime.now(UTC)
    with store.begin() as tx:
        serving = models.champion(tx)
        assert serving is not None
        done = 0
        for article_id in range(1, 400):
            current = predictions.current(tx, article_id)
            if current is None or tasks.of(tx, article_id) is not None:
                continue
            task = tasks.open_task(tx, article_id, Decision(Route.AUDIT, "drawn", 0.5), 0.5, now, wanted=1)
            if task is None:
                continue
            changed = update(texts).where(texts.c.id == task.text_id)
            tx.execute(changed.values(audited=True, share=0.5, drawn_at=now))
            predictions.put(tx, article_id, replace(current[0], model=serving.id), current[1], (), now)
            if done == n:
                answers.skip(tx, task.id, "bob", now)
                answers.skip(tx, task.id, "eve", now)
                return serving.id
            others = [name for name in SENTIMENTS if name != current[0].label]
            truth = current[0].label if done % 4 else others[0]
            answers.answer(tx, task.id, "bob", truth, [], now)
            done += 1
    raise AssertionError("too few articles")


@LANGUAGES
def test_figures_of_the_gates_gold_stand_beside_those_of_its_champion(
    filled: Monitor, log_in: Callable[..., str], language: str
) -> None:
    app = opened("models", log_in("ann", Role.VIEWER), language)
    told = said(app)
    assert "86.8%" in told and "85.5%" in told, "the version, and the one that it was measured against"
    words = {
        "en": ("Right, of those it calls negative (precision)", "From the 400 gold labels", "Is negative"),
        "zh": ("判为负面者中正确的比例（精确率）", "400 条金标", "实为负面"),
    }[language]
    assert all(one in told for one in words), told
    assert "173 86.5%" in " ".join(told.split()), "a cell of the confusion matrix, with its share of the row"
    assert {"en": "Data behind it: 420 texts to train", "zh": "所用数据：训练 420 条"}[language] in told


@LANGUAGES
def test_audits_come_first_and_say_what_they_are(
    filled: Monitor, log_in: Callable[..., str], language: str
) -> None:
    audited(filled.store)
    told = said(opened("models", log_in("ann"), language))
    whence = {"en": "From 12 texts drawn at random after this version was made", "zh": "随机抽取的 12 条文本"}
    skipped = {"en": "1 more that two analysts skipped", "zh": "另有 1 条被两位分析员跳过"}
    assert whence[language] in told and skipped[language] in told
    assert "69.2%" in told, "9 of 13 right: the one that nobody could judge counts as wrong"


def test_a_version_of_which_nothing_is_known_says_so(filled: Monitor, log_in: Callable[..., str]) -> None:
    app = opened("models", log_in("ann"))
    box = next(one for one in app.selectbox if one.label == "Version")
    shipped = next(one for one in box.options if one.startswith("shipped-"))
    box.select(shipped).run(timeout=60)
    assert any("Nothing is known of this version yet" in one.value for one in app.info) and not app.exception


@LANGUAGES
def test_the_learning_curve_names_its_sources(
    filled: Monitor, log_in: Callable[..., str], language: str
) -> None:
    serving = audited(filled.store)
    now = datetime.now(UTC)
    with filled.store.begin() as tx:
        hint = {"labels": 90, "next": 100, "gain": 0.01, "low": 0.0, "high": 0.02, "worthwhile": 0.002}
        values = {**hint, "stop": False, "curve": CURVE}
        measurements.put(tx, [Measurement(now, serving, "hint", "all", False, values)])
    app = opened("models", log_in("ann"), language)
    told = said(app)
    assert {"en": "What more labels bring", "zh": "更多标注的收益"}[language] in told
    assert {"en": "labels that were asked for", "zh": "主动选取的标注"}[language] in told
    for taught in ("420", "910"):
        assert taught in told
    points = filled_points(filled, log_in)
    assert [(one.model, one.taught, [each.source for each in one.measures]) for one in points] == [
        ("shipped-0a1b2c3d4e5f", 0, ["audits"]),
        (serving, 420, ["audits", "gold"]),
        ("trained-20260301-1", 910, ["gold"]),
    ]


def filled_points(monitor: Monitor, log_in: Callable[..., str]) -> list[Any]:
    from monitor.desk import desk_for

    desk = desk_for(log_in("ann"), "10.0.0.1")
    assert desk is not None
    return desk.learning_curve()


def policy(folder: Path, id: str, *, better: bool, made_at: datetime) -> Path:
    made = folder / policies.FOLDER / id
    made.mkdir(parents=True)
    (made / "policy.json").write_text("{}")
    ahead = 0.01 if better else -0.002
    told = {
        "id": id,
        "kind": "policy",
        "files": policies.hashed(made),
        "made_at": made_at.isoformat(),
        "rival": "margin",
        "held_episodes": 10,
        "ahead": ahead,
        "ahead_interval": [ahead - 0.004, ahead + 0.004],
        "better": better,
        "serves": "policy" if better else "margin",
    }
    (made / policies.GATE).write_text(json.dumps(told))
    return made


@LANGUAGES
@pytest.mark.parametrize("named", ["", "better", "worse", "damaged"])
def test_a_policy_that_is_not_better_leaves_the_queue_to_margin(
    filled: Monitor, log_in: Callable[..., str], language: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learning, now = filled.settings.learning, datetime.now(UTC)
    made = {
        "better": policy(learning.directory, "policy-b", better=True, made_at=now),
        "worse": policy(learning.directory, "policy-w", better=False, made_at=now - timedelta(days=1)),
        "damaged": policy(learning.directory, "policy-d", better=True, made_at=now - timedelta(days=2)),
    }
    (made["damaged"] / "policy.json").write_text("{ }")
    if named:
        table = InstanceSettings.model_validate({"kind": "policy", "model": str(made[named])})
        changed = {
            "learning": learning.model_copy(update={"strategy": "learned"}),
            "strategies": {"learned": table},
        }
        monkeypatch.setattr(filled, "settings", filled.settings.model_copy(update=changed))
    told = said(opened("models", log_in("ann", Role.VIEWER), language))
    title = {"en": "What the queue asks for: {}", "zh": "队列选取策略：{}"}[language]
    serves = {"": "adjusted", "better": "policy"}.get(named, "margin")
    assert title.format(serves) in told
    words = {
        "en": ("not better than margin, so margin serves", "not as they were written, so margin serves"),
        "zh": ("未优于 margin，故由 margin 服务", "与写入时不符，故由 margin 服务"),
    }[language]
    assert all(one in told for one in words)
    rests = {"en": "The configuration names a policy", "zh": "配置指定了 policy"}[language]
    assert (rests in told) == (named in ("worse", "damaged"))
    assert str(learning.directory) not in told, "where it lies is the operator's business"
