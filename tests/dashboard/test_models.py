"""The models page: figures in words, and pass rates of the check-list beside the champion's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.evaluation import certificate, groups
from monitor.evaluation.bounds import Sample
from monitor.evaluation.groups import Groups
from monitor.evaluation.standing import Standing
from monitor.records import Role
from monitor.store import models
from tests.dashboard.pages import opened, said


def page() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from monitor_dashboard.messages import speaker
    from monitor_dashboard.models import _behaviour

    rates = {
        "cases": 5,
        "passed": 0.8,
        "capabilities": {"negation": {"cases": 2, "passed": 0.5}, "puns": {"cases": 3, "passed": 1.0}},
    }
    frame = SimpleNamespace(say=speaker(st.session_state["language"]))
    _behaviour(frame, {**rates, "champion": {"capabilities": {"negation": {"cases": 2, "passed": 1.0}}}})
    _behaviour(frame, rates)


@pytest.mark.parametrize(("language", "name"), [("en", "Negation"), ("zh", "否定")])
def test_behaviours_stand_beside_the_champions(language: str, name: str) -> None:
    app = AppTest.from_function(page)
    app.session_state["language"] = language
    app.run(timeout=60)
    assert not app.exception
    assert "80%" in app.expander[0].label and "5" in app.expander[0].label
    beside, alone = (frame.value for frame in app.dataframe)
    assert beside.iloc[:, 0].tolist() == [name, "puns"], "a capability without a title is named as it is"
    assert beside.iloc[:, 2].tolist() == [0.5, 1.0]
    assert beside.iloc[0, 3] == 1.0 and beside.iloc[:, 3].isna().tolist() == [False, True]
    assert alone.iloc[:, 3].isna().all()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.ADMIN])
@pytest.mark.parametrize(("language", "none"), [("en", "No model serves yet"), ("zh", "尚无服务中的模型")])
def test_empty(monitor: Monitor, log_in: Callable[..., str], language: str, none: str, role: Role) -> None:
    app = opened("models", log_in("ann", role), language)
    assert none in said(app) and not app.error
    assert bool(app.button) == (role is Role.ADMIN)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.ADMIN])
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Of 100 articles, it agrees with the analysts on 87"), ("zh", "每 100 篇文章中，有 87 篇")],
)
def test_filled(filled: Monitor, log_in: Callable[..., str], language: str, words: str, role: Role) -> None:
    app = opened("models", log_in("ann", role), language)
    assert words in said(app) and "macro_f1" not in said(app) and not app.error


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("texts that name companies", "certified", "not certifiable yet", "a temperature of 1.40")),
        ("zh", ("涉及公司的文章", "已认证", "尚不能认证", "按温度 1.40 校准")),
    ],
)
def test_every_group_says_how_it_stands(
    filled: Monitor, log_in: Callable[..., str], language: str, words: tuple[str, ...]
) -> None:
    now = filled.now()
    with filled.store.begin() as tx:
        serving = models.champion(tx)
        assert serving is not None
        look = certificate.running(
            Sample.of(np.full(200, 0.9), np.zeros(200, bool)),
            (0.9,),
            [1.0],
            alpha=0.05,
            delta=0.05,
            attempt=1,
            since=now,
            model=serving.id,
            made_at=now,
            temperature=1.4,
        )
        stands = Groups("language", True, {"en": Standing(), "companies": Standing()}, 1.4, 1.4)
        models.stands(tx, serving.id, groups.to_json(groups.looked(stands, "en", look, now)))
    app = opened("models", log_in("ann"), language)
    assert not app.error
    for one in words:
        assert one in said(app)


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
def test_the_store_fails(filled: Monitor, log_in: Callable[..., str], language: str, busy: str) -> None:
    app = opened("models", log_in("ann"), language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value
