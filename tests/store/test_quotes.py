"""Quotes: a place in a text, towards a company or not, the last answer standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from monitor.records import AlertState, Article, Mention, Scope
from monitor.store import Store, alerts, mentions, quotes
from monitor.store.quotes import Quote, Shown
from tests.alarms import AT, alarm


def test_the_last_answer_about_a_text_and_a_company_stands(
    store: Store, publish: Callable[..., Article]
) -> None:
    with store.begin() as tx:
        a, b = publish(tx), publish(tx)
        first = Quote(a.text_id, "", 3, 9, 0.1 + 0.2, "v1")
        towards = Quote(a.text_id, "acme", 0, 2, 0.9, "v1")
        quotes.keep(tx, [first, towards])
        quotes.keep(tx, [replace(first, end=8, model="v2")])
        assert quotes.of(tx, [a.text_id, b.text_id], "") == {a.text_id: replace(first, end=8, model="v2")}
        assert quotes.of(tx, [a.text_id], "acme") == {a.text_id: towards}
        mentions.replace(tx, b.id, [Mention("acme", "x", 0, 1)], b.first_seen_at)
        assert quotes.about(tx, [b.id, a.id], "") == [a.id, b.id] == quotes.about(tx, [a.id, b.id], "bolt")
        assert quotes.about(tx, [a.id, b.id], "acme") == [b.id] == quotes.missing(tx, [a.id, b.id], "acme")
        assert quotes.of(tx, [], "acme") == quotes.of(tx, [b.text_id], "acme") == {}


def test_open_alerts_are_shown_as_they_stand(store: Store, publish: Callable[..., Article]) -> None:
    with store.begin() as tx:
        a, b = publish(tx), publish(tx)
        mentions.replace(tx, b.id, [Mention("acme", "x", 0, 1)], b.first_seen_at)
        alerts.put(tx, alarm("a1", scope=Scope("both", "legal:acme")), [a.id, b.id])
        alerts.put(tx, alarm("a2", AT + timedelta(hours=1)), [b.id])
        alerts.put(tx, alarm("a3", state=AlertState.RESOLVED), [b.id])
        found = quotes.shown(tx, 5)
        both = (a.id + b.id, a.text_id + b.text_id, a.story_id + b.story_id)
        assert found == [Shown("a2", "", b.id, b.text_id, b.story_id, 0), Shown("a1", "acme", *both, b.id)]
        assert quotes.shown(tx, 1) == found[:1] and alerts.evidence(tx, "a1") == [a.id, b.id]
