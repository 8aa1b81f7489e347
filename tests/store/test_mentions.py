"""Mentions: which companies an article names."""

from __future__ import annotations

from collections.abc import Callable

from monitor.records import Article, Mention
from monitor.store import Store, mentions


def test_mentions_are_replaced_as_a_whole(store: Store, publish: Callable[..., Article]) -> None:
    acme, globex = Mention("acme", "Acme", 10, 14), Mention("globex", "环球", 0, 2)
    with store.begin() as tx:
        one, other, none = publish(tx), publish(tx), publish(tx)
        mentions.replace(tx, one.id, [acme, globex, acme])
        mentions.replace(tx, other.id, [acme])
        assert mentions.of(tx, one.id) == [globex, acme]
        assert mentions.companies(tx, [one.id, other.id, none.id]) == {
            one.id: ("acme", "globex"),
            other.id: ("acme",),
        }
        mentions.replace(tx, one.id, [])
        assert mentions.of(tx, one.id) == []
        assert mentions.of(tx, other.id) == [acme]


def test_two_companies_may_share_a_name(store: Store, publish: Callable[..., Article]) -> None:
    same = [Mention("acme-cn", "Acme", 0, 4), Mention("acme-us", "Acme", 0, 4)]
    with store.begin() as tx:
        stored = publish(tx)
        mentions.replace(tx, stored.id, same)
        assert mentions.of(tx, stored.id) == same
