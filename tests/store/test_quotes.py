"""Quotes: a place in a text, towards a company or not, the last answer standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from monitor.records import Article
from monitor.store import Store, quotes
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
        assert quotes.of(tx, [], "acme") == quotes.of(tx, [b.text_id], "acme") == {}
