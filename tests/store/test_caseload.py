"""The list of alerts: filters, orders, pages and counts, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.alerts import deadlines
from monitor.records import OPEN, Alert, AlertState, Article, Scope
from monitor.settings import AlertSettings
from monitor.store import Store, Tx, alerts, caseload
from monitor.store.caseload import Sort, Wanted
from tests.alarms import AT, NO_WAIT, alarm

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def dated(id: str, at: datetime = AT, **fields: object) -> Alert:
    return deadlines.dated(alarm(id, at, **fields), AlertSettings(), NO_WAIT)


def listed(tx: Tx, sort: Sort = Sort.AGE, **wanted: object) -> list[str]:
    return [one.id for one in caseload.page(tx, Wanted(**wanted), sort, limit=100)]


def test_alerts_are_found_by_whatever_is_asked_for(store: Store, publish: Callable[..., Article]) -> None:
    with store.begin() as tx:
        crash = publish(tx, "Shares of the lender crash 100%", title="Shares of the lender crash 100%")
        both = Scope("both", "debt:acme_1")
        alerts.put(tx, dated("a", scope=Scope("company", "acme_1"), owner="ann", article_ids=(crash.id,)))
        alerts.put(tx, dated("b", AT + HOUR, scope=both, rule="buildup", severity="critical"))
        alerts.put(tx, dated("c", AT + 2 * HOUR, scope=Scope("topic", "debt"), state=AlertState.RESOLVED))
        alerts.put(tx, dated("d", AT + 3 * HOUR, scope=Scope("both", "debt:acmex1"), owner="bo"))
        assert listed(tx) == ["d", "c", "b", "a"]
        for asked, found in (
            ({"states": OPEN}, ["d", "b", "a"]),
            ({"severity": "critical"}, ["b"]),
            ({"rule": "buildup"}, ["b"]),
            ({"company": "acme_1"}, ["b", "a"]),  # _ is no wildcard
            ({"topic": "debt"}, ["d", "c", "b"]),
            ({"topic": "deb"}, []),
            ({"company": "debt"}, []),
            ({"owner": ""}, ["c", "b"]),
            ({"owner": "ann"}, ["a"]),
            ({"since": AT + HOUR, "until": AT + 3 * HOUR}, ["c", "b"]),
            ({"text": "LENDER"}, ["a"]),
            ({"text": "100%"}, ["a"]),
            ({"text": "1_0%"}, []),
            ({"text": "BUILD"}, ["b"]),
            ({"text": "nothing", "companies": ("acme_1",)}, ["b", "a"]),
            ({"text": "nothing", "topics": ("debt",), "states": OPEN}, ["d", "b"]),
            ({"overdue_at": AT + 61 * MINUTE}, ["a"]),
            ({"overdue_at": AT + 80 * MINUTE}, ["b", "a"]),
        ):
            assert listed(tx, **asked) == found, asked
        assert caseload.rules(tx) == ["buildup", "surge"] and caseload.owners(tx) == ["ann", "bo"]


def test_states_are_counted_whichever_are_asked_for(store: Store) -> None:
    with store.begin() as tx:
        for number, state in enumerate((*AlertState, AlertState.FIRING)):
            alerts.put(tx, dated(f"a{number}", state=state, rule="surge" if number else "other"))
        found = caseload.by_state(tx, Wanted(states=OPEN, rule="surge"))
        assert found == {**dict.fromkeys(AlertState, 1), AlertState.PENDING: 0, AlertState.FIRING: 2}
        assert sum(found[one] for one in OPEN) == len(listed(tx, states=OPEN, rule="surge"))


def test_the_gravest_or_what_is_due_first_stands_first(store: Store) -> None:
    with store.begin() as tx:
        alerts.put(tx, dated("info", severity="info"))
        alerts.put(tx, dated("old", AT - HOUR))
        alerts.put(tx, dated("young"))
        alerts.put(tx, dated("critical", severity="critical"))
        taken = replace(dated("taken", severity="critical"), acknowledged_at=AT, acknowledged_by="ann")
        alerts.put(tx, taken)
        alerts.put(tx, dated("over", AT - 9 * HOUR, state=AlertState.RESOLVED))
        assert listed(tx, Sort.SEVERITY) == ["taken", "critical", "young", "old", "over", "info"]
        assert listed(tx, Sort.SLA) == ["old", "critical", "young", "taken", "info", "over"]


@given(st.integers(1, 7), st.sampled_from(list(Sort)))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_hold_every_alert_once(sqlite_store: Store, limit: int, sort: Sort) -> None:
    with sqlite_store.begin() as tx:
        for number in range(13):
            severity = ("info", "warning", "critical")[number % 3]
            alerts.put(tx, dated(f"a{number:02}", AT + (number // 4) * HOUR, severity=severity))
        found: list[str] = []
        for offset in range(0, 20, limit):
            page = caseload.page(tx, Wanted(), sort, limit=limit, offset=offset)
            found += [one.id for one in page]
        assert found == listed(tx, sort) and len(found) == len(set(found)) == 13


@pytest.mark.parametrize("taken", [False, True])
def test_the_database_and_the_deadlines_agree_on_what_is_overdue(store: Store, taken: bool) -> None:
    fields = {"acknowledged_at": AT + 50 * MINUTE, "acknowledged_by": "ann"} if taken else {}
    some = [dated(f"a{n}", severity=one, **fields) for n, one in enumerate(("info", "warning", "critical"))]
    some.append(replace(some[1], id="over", state=AlertState.RESOLVED, resolved_at=AT + HOUR))
    with store.begin() as tx:
        for one in some:
            alerts.put(tx, one)
        for hours in (0, 0.25, 0.26, 1, 1.01, 24, 25, 72, 73):
            at = AT + hours * HOUR
            late = [one.id for one in some if deadlines.overdue(one, at)]
            assert caseload.overdue(tx, at) == len(late)
            assert sorted(listed(tx, overdue_at=at)) == sorted(late)
        by_due = sorted((deadlines.next_of(one) for one in some[1:3]), key=lambda one: one.due_at)
        assert listed(tx, Sort.SLA)[0] == next(one.id for one in some if deadlines.next_of(one) == by_due[0])


def test_what_somebody_does_waits_for_a_look_and_is_not_undone_by_it(store: Store) -> None:
    """Two transactions on one alert: the second reads what the first has written."""
    with store.begin() as tx:
        alerts.put(tx, dated("a"))
    with store.begin() as tx:
        alert = alerts.get(tx, "a", lock=True)
        alerts.put(tx, replace(alert, owner="ann"))
    with store.begin() as tx:
        found = alerts.find(tx, "a", lock=True)
        assert found is not None
        alerts.put(tx, replace(found, voices=99))
        assert (alerts.get(tx, "a").owner, alerts.get(tx, "a").voices) == ("ann", 99)
