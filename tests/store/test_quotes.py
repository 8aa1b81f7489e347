"""Quotes: a place in a text, towards a company or not, the last answer standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from monitor.records import Article, Mention
from monitor.store import Store, mentions, quotes
from monitor.store.quotes import Quote


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
