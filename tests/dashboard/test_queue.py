"""The queue's page without a browser; its keys are tried in one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.app import Monitor
from monitor.records import Role
from tests.dashboard.pages import opened, said


@pytest.mark.parametrize(("language", "none"), [("en", "queue is empty"), ("zh", "队列已空")])
def test_empty(monitor: Monitor, log_in: Callable[..., str], language: str, none: str) -> None:
    app = opened("queue", log_in("ann", Role.ANALYST), language)
    assert none in said(app) and not app.error


@pytest.mark.parametrize(("language", "label"), [("en", "By you"), ("zh", "我已标注")])
def test_filled(filled: Monitor, log_in: Callable[..., str], language: str, label: str) -> None:
    app = opened("queue", log_in("ann", Role.ANALYST), language)
    assert label in said(app) and not app.error and int(app.metric[0].value) > 0


@pytest.mark.parametrize(("language", "words"), [("en", "takes an analyst"), ("zh", "需要分析员权限")])
def test_a_viewer_is_told_who_labels(
    filled: Monitor, log_in: Callable[..., str], language: str, words: str
) -> None:
    app = opened("queue", log_in("ann", Role.VIEWER), language)
    assert words in app.info[0].value and not app.button


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
def test_the_store_fails(filled: Monitor, log_in: Callable[..., str], language: str, busy: str) -> None:
    app = opened("queue", log_in("ann", Role.ANALYST), language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value
