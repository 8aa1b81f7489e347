"""Passages: the newest articles, page by page, none twice and none left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.records import Article
from monitor.store import Store, passages


def test_the_newest_come_first_and_pages_go_on(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        old = publish(tx, at=now - timedelta(hours=2))
        stored = [publish(tx, f"number {number}", at=now) for number in range(5)]
        first = passages.recent(tx, now - timedelta(hours=1), 3)
        rest = passages.recent(tx, now - timedelta(hours=1), 3, before_id=first[-1].id, lock=True)
        assert [one.id for one in (*first, *rest)] == [one.id for one in reversed(stored)]
        newest = passages.Passage(
            stored[-1].id, stored[-1].title, stored[-1].content, stored[-1].published_at
        )
        assert first[0] == newest
        assert [one.id for one in passages.recent(tx, now - timedelta(hours=3), 9)][-1] == old.id
