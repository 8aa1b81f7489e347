"""Alerts: with their figures, evidence and history, and what somebody closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.detection.runs import Closing
from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import OPERATION, Alert, AlertState, Article, Scope
from monitor.store import Store, alerts
from tests.alarms import alarm

HOUR = timedelta(hours=1)


@pytest.fixture
def alert(now: datetime) -> Alert:
    return alarm(
        "a1",
        now,
        scope=Scope("both", "debt:acme"),
        p_value=1e-300,
        low=0.1 + 0.2,
        high=4.5,
        severity="critical",
        checked=False,
        notified_at=now,
        notified_voices=12,
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
            observed=15.25,
            voices=17,
            p_value=None,
            last_at=now + HOUR,
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


def test_alerts_of_one_rule_and_scope_may_be_open_together(store: Store, alert: Alert) -> None:
    """An episode of other stories is another alert."""
    with store.begin() as tx:
        assert alerts.find(tx, "a1") is None
        alerts.put(tx, alert)
        alerts.put(tx, replace(alert, id="a2"))
        assert alerts.find(tx, "a1") == alert
        assert [one.id for one in alerts.page(tx)] == ["a2", "a1"]


def test_closings_are_what_somebody_closed_with_the_articles_that_were_known_by_it(
    store: Store, alert: Alert, now: datetime
) -> None:
    with store.begin() as tx:
        closed = replace(alert, state=AlertState.RESOLVED, resolved_by="ann", resolved_at=now)
        alerts.put(tx, replace(closed, id="late", resolved_at=now + HOUR))
        alerts.put(tx, replace(closed, id="b"))
        alerts.put(tx, replace(closed, id="a"))
        alerts.put(tx, replace(closed, id="early", resolved_at=now - HOUR))
        alerts.put(tx, replace(closed, id="itself", resolved_by=""))
        alerts.put(tx, replace(alert, id="open"))
        alerts.close(tx, "b", {7, 3})
        alerts.close(tx, "late", ())
        found = [
            Closing(now, "a"),
            Closing(now, "b", frozenset({3, 7})),
            Closing(now + HOUR, "late", frozenset()),
        ]
        assert alerts.closings(tx, now) == found
        assert alerts.closings(tx, now + HOUR) == found[2:]
        assert alerts.closings(tx, now + 2 * HOUR) == []
        alerts.put(tx, replace(closed, id="b", acknowledged_by="bob"))
        assert alerts.closings(tx, now) == found, "what is stored of it again leaves them"


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


def test_operational_alerts_are_found_by_what_they_are_about(
    store: Store, alert: Alert, publish: Callable[..., Article], now: datetime
) -> None:
    bbc, wire = Scope("source", "bbc"), Scope("source", "wire")
    own = replace(alert, rule=OPERATION, scope=bbc)
    closed = replace(own, scope=wire, state=AlertState.RESOLVED, resolved_at=now)
    with store.begin() as tx:
        alerts.put(tx, alert, [publish(tx).id])
        alerts.put(tx, replace(own, id="a2"))
        alerts.put(tx, replace(closed, id="a3", resolved_by="ann"))
        alerts.put(tx, replace(closed, id="a4", resolved_by="ann", resolved_at=now - HOUR))
        alerts.put(tx, replace(closed, id="a5", resolved_at=now + HOUR))
        assert alerts.operational(tx, now - HOUR) == ({bbc: replace(own, id="a2")}, {wire: now})
        assert alerts.operational(tx, now + HOUR) == ({bbc: replace(own, id="a2")}, {})


def test_openings_are_counted_by_rule_without_the_sample(
    store: Store, alert: Alert, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        real, sample = publish(tx), publish(tx, sample=True)
        alerts.put(tx, replace(alert, id="a2", opened_at=now + HOUR), [real.id])
        alerts.put(tx, alert, [real.id])
        alerts.put(tx, replace(alert, id="a3"), [sample.id])
        alerts.put(tx, replace(alert, id="a4", rule="share"), [real.id, sample.id])
        alerts.put(tx, replace(alert, id="a5", opened_at=now - HOUR), [real.id])
        assert alerts.opened(tx, now) == {"surge": [now, now + HOUR], "share": [now]}


def test_a_history_has_one_row_an_hour_of_what_happens_again_and_again(
    store: Store, alert: Alert, now: datetime
) -> None:
    with store.begin() as tx:
        for one in ("a1", "a2"):
            alerts.put(tx, replace(alert, id=one))
            alerts.event(tx, one, now, "", "opened")
        for minute in range(0, 24 * 60, 5):
            at = now + timedelta(minutes=minute)
            alerts.event(tx, "a1", at, "", "updated", f"minute {minute}")
            for names in (["desk"], ["desk", "phone"]):
                alerts.event(tx, "a1", at, "", "repeated", Message("routes.unacknowledged", receivers=names))
        found = alerts.events(tx, "a1")
        assert len(found) == 1 + 24 + 2 * 24, "two that say another thing are two"
        assert [one.note for one in found if one.event == "updated"][:2] == ["minute 55", "minute 115"]
        for _ in range(3):
            alerts.event(tx, "a2", now, "ann", "commented", "one by one")
        assert len(alerts.events(tx, "a2")) == 4, "what people do is all kept"


def test_alerts_like_one_are_over_and_of_its_company_topic_or_rule(store: Store, now: datetime) -> None:
    others: dict[str, dict[str, Any]] = {
        "topic": {"scope": Scope("topic", "debt"), "rule": "share"},
        "company": {"scope": Scope("company", "acme"), "rule": "share"},
        "half": {"scope": Scope("both", "legal:acme"), "rule": "share"},
        "other topic": {"scope": Scope("both", "debt:bolt"), "rule": "share"},
        "rule": {"scope": Scope("both", "legal:bolt")},
        "none": {"scope": Scope("company", "bolt"), "rule": "share"},
        "near": {"scope": Scope("company", "cme"), "rule": "share"},
        "colon": {"scope": Scope("both", "legal:x:acme"), "rule": "share"},
        "percent": {"scope": Scope("topic", "deb_"), "rule": "share"},
    }
    with store.begin() as tx:
        for n, (id, fields) in enumerate(others.items()):
            alerts.put(tx, alarm(id, now - n * HOUR, state=AlertState.RESOLVED, **fields))
        acme = {"scope": Scope("company", "acme")}
        alerts.put(tx, alarm("open", now, **acme))
        alerts.put(tx, alarm("later", now + HOUR, state=AlertState.RESOLVED, **acme))
        alert = alarm("now", now, scope=Scope("both", "debt:acme"))
        alerts.put(tx, alert)
        found = [one.id for one in alerts.like(tx, alert)]
        assert found == ["company", "half", "topic", "other topic", "rule"]
        assert [one.id for one in alerts.like(tx, alert, limit=2)] == found[:2]
        assert alerts.like(tx, alarm("all", now, rule="share")) == []
