"""Alerts: one open per rule and scope, with evidence and history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from monitor.errors import ConflictError, NotFoundError, StoreError
from monitor.records import Alert, AlertState, Article, Scope
from monitor.store import Store, alerts, schema

HOUR = timedelta(hours=1)


@pytest.fixture
def alert(now: datetime) -> Alert:
    return Alert(
        id="a1",
        rule="surge",
        scope=Scope("company", "acme"),
        state=AlertState.FIRING,
        opened_at=now,
        updated_at=now,
        observed=12,
        expected=2.5,
        p_value=1e-300,
        start_at=now - HOUR,
        end_at=now,
        notified_at=now,
        notified_observed=12,
    )


def test_an_alert_comes_back_as_it_was_put(
    store: Store, alert: Alert, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        a, b, c = (publish(tx).id for _ in range(3))
        alerts.put(tx, alert, [b, a, b])
        assert alerts.get(tx, "a1") == replace(alert, article_ids=(a, b))
        changed = replace(
            alert,
            state=AlertState.ACKNOWLEDGED,
            acknowledged_by="ann",
            observed=15,
            quiet_windows=1,
            updated_at=now + HOUR,
            article_ids=(c,),
        )
        alerts.put(tx, changed, [])
        assert alerts.get(tx, "a1") == replace(changed, article_ids=(a, b, c))


def test_an_unknown_alert_is_named(store: Store) -> None:
    with store.read() as tx:
        with pytest.raises(NotFoundError, match="alert a9"):
            alerts.get(tx, "a9")
        with pytest.raises(NotFoundError, match="alert a9"):
            alerts.page(tx, before="a9")


@pytest.mark.parametrize("state", [state for state in AlertState if state is not AlertState.RESOLVED])
def test_only_one_alert_of_a_rule_and_scope_is_open(
    store: Store, alert: Alert, now: datetime, state: AlertState
) -> None:
    with store.begin() as tx:
        assert alerts.open_alert(tx, alert.rule, alert.scope) is None
        first = replace(alert, state=state)
        alerts.put(tx, first, [])
        assert alerts.open_alert(tx, alert.rule, alert.scope) == first
        assert alerts.open_alert(tx, "other", alert.scope) is None
        assert alerts.open_alert(tx, alert.rule, Scope("topic", "acme")) is None
        second = replace(alert, id="a2")
        with pytest.raises(ConflictError, match="another alert of surge about company:acme is open"):
            alerts.put(tx, second, [])
        alerts.put(tx, replace(second, scope=Scope("all")), [])
        alerts.put(tx, replace(first, state=AlertState.RESOLVED, resolved_at=now, resolved_by="ann"), [])
        assert alerts.open_alert(tx, alert.rule, alert.scope) is None
        alerts.put(tx, replace(second, id="a3"), [])
        with pytest.raises(ConflictError, match="is open"):
            alerts.put(tx, first, [])  # an old one cannot come back beside it


def test_the_database_refuses_a_second_open_alert(store: Store, alert: Alert) -> None:
    with pytest.raises(StoreError, match=r"(?i)unique"), store.begin() as tx:
        alerts.put(tx, alert, [])
        row = tx.execute(select(schema.alerts)).mappings().one()
        tx.execute(insert(schema.alerts).values({**row, "id": "a2"}))


def test_pages_are_newest_first_even_within_one_moment(store: Store, alert: Alert, now: datetime) -> None:
    with store.begin() as tx:
        for number in range(6):
            opened_at = now + (number // 3) * HOUR  # three open at once
            state = AlertState.RESOLVED if number == 4 else AlertState.FIRING
            numbered = replace(
                alert, id=f"a{number}", scope=Scope("topic", str(number)), opened_at=opened_at, state=state
            )
            alerts.put(tx, numbered, [])

        def page(**options: object) -> list[str]:
            return [found.id for found in alerts.page(tx, **options)]  # type: ignore[arg-type]

        assert page() == ["a5", "a4", "a3", "a2", "a1", "a0"]
        assert page(limit=2) + page(limit=2, before="a4") + page(limit=2, before="a2") == page()
        assert page(states=["resolved"]) == ["a4"]
        assert page(states=[AlertState.FIRING, AlertState.PENDING], before="a3") == ["a2", "a1", "a0"]


def test_events_tell_what_happened_in_order(store: Store, alert: Alert, now: datetime) -> None:
    with store.begin() as tx:
        alerts.put(tx, alert, [])
        alerts.event(tx, "a1", now, "", "opened")
        alerts.event(tx, "a1", now, "ann", "acknowledged", "正在核实")
        assert alerts.events(tx, "a1") == [
            alerts.AlertEvent("a1", now, "", "opened", ""),
            alerts.AlertEvent("a1", now, "ann", "acknowledged", "正在核实"),
        ]
        assert alerts.events(tx, "a2") == []
