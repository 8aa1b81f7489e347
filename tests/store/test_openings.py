"""How many alerts there were: of companies, by rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.records import AlertState, Article, Scope
from monitor.store import Store, alerts, openings
from tests.alarms import alarm

HOUR = timedelta(hours=1)


def test_alerts_are_of_companies_and_of_their_topics(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for number, (scope, state) in enumerate(
            (
                (Scope("company", "b"), AlertState.FIRING),
                (Scope("both", "legal:b"), AlertState.RESOLVED),
                (Scope("both", "legal:a:b"), AlertState.ACKNOWLEDGED),
                (Scope("company", "a_b"), AlertState.FIRING),
                (Scope("topic", "b"), AlertState.FIRING),
            )
        ):
            opened = now - number * HOUR
            alerts.put(tx, replace(alarm(f"a{number}", now, scope=scope, state=state), opened_at=opened))
        assert openings.open_of_companies(tx) == {"b": 1, "a:b": 1, "a_b": 1}
        assert [one.id for one in openings.of_company(tx, "b", 9)] == ["a0", "a1"]
        assert [one.id for one in openings.of_company(tx, "a:b", 9)] == ["a2"]
        assert [one.id for one in openings.of_company(tx, "a_b", 9)] == ["a3"]
        assert openings.of_company(tx, "%", 9) == []


def test_the_sample_s_alerts_cost_no_budget(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        sample, real = publish(tx, sample=True).id, publish(tx).id
        company = Scope("company", "b")
        for id, evidence, opened in (("s", sample, now), ("r", real, now), ("old", real, now - 9 * HOUR)):
            alerts.put(tx, replace(alarm(id, now, scope=company), rule="surge", opened_at=opened), [evidence])
        assert alerts.opened(tx, now - HOUR) == {"surge": [now]}
        assert alerts.opened(tx, now - 10 * HOUR) == {"surge": [now - 9 * HOUR, now]}
        assert openings.open_of_companies(tx) == {"b": 3}
        assert openings.open_of_companies(tx, include_sample=False) == {"b": 2}
        assert len(openings.of_company(tx, "b", 9, include_sample=False)) == 2
