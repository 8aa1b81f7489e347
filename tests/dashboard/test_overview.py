"""The overview: figures, trend, topics and stories."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.app import Monitor
from monitor.records import Role
from tests.dashboard.pages import opened, said

ROLES = (Role.VIEWER, Role.ANALYST)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("language", "none"), [("en", "No stories in this period"), ("zh", "该时段没有事件")]
)
def test_empty(monitor: Monitor, log_in: Callable[..., str], language: str, none: str, role: Role) -> None:
    app = opened("overview", log_in("ann", role), language)
    assert none in said(app) and app.metric[0].value == "0"
    assert not app.error and not app.warning


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "label"), [("en", "Top stories"), ("zh", "热点事件")])
def test_filled(filled: Monitor, log_in: Callable[..., str], language: str, label: str, role: Role) -> None:
    app = opened("overview", log_in("ann", role), language, zone="America/St_Johns")
    shown = said(app)
    assert label in shown and "Northwind" in shown and ("UTC-3:30" in shown or "UTC-2:30" in shown)
    assert int(app.metric[0].value) > 50 and app.metric[2].value == "1"
    assert not app.error and not app.warning


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
def test_the_store_fails(filled: Monitor, log_in: Callable[..., str], language: str, busy: str) -> None:
    app = opened("overview", log_in("ann"), language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value


def test_the_period_stands_in_the_address(filled: Monitor, log_in: Callable[..., str]) -> None:
    day = opened("overview", log_in("ann"))
    month = opened("overview", log_in("ann"), query={"hours": "720"})
    assert int(month.metric[0].value) > int(day.metric[0].value)
    assert not day.query_params.get("hours") and not month.warning


@pytest.mark.parametrize("hours", ["0", "x", "-5", "1e9", "25"])
def test_an_odd_period_is_told(filled: Monitor, log_in: Callable[..., str], hours: str) -> None:
    app = opened("overview", log_in("ann"), query={"hours": hours})
    assert "which is not there" in app.warning[0].value and int(app.metric[0].value) > 50
