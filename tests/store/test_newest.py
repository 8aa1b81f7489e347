"""The newest rows of many names: those that a plain sort gives, whatever the ties and whatever is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import insert, select

from monitor.records import Article
from monitor.store import Store, dialect, newest
from monitor.store.schema import articles, story_keys

MINUTE = timedelta(minutes=1)
Publish = Callable[..., Article]


@pytest.mark.parametrize("most", [1, 3, 50])
def test_they_are_those_that_a_plain_sort_gives(
    store: Store, publish: Publish, now: datetime, most: int
) -> None:
    rng = Random(most)
    with store.begin() as tx:
        ids = [publish(tx).id for _ in range(12)]
        rows = [
            (key, now + rng.randrange(4) * MINUTE, id)
            for key in ("company a", "it's {b}", "名 c")
            for id in ids
            if rng.random() < 0.8
        ]
        named = [dict(zip(("key", "seen_at", "article_id"), row, strict=True)) for row in rows]
        tx.execute(insert(story_keys), named)
        since, until = now + MINUTE, now + 2 * MINUTE
        asked = ["company a", "it's {b}", "名 c", "none"]
        found = tx.execute(newest.under(tx, story_keys, asked, since, until, most)).all()
        wanted = []
        for key in asked:
            under = [(at, id) for name, at, id in rows if name == key and since <= at <= until]
            wanted += [(key, id) for _, id in sorted(under, reverse=True)[:most]]
        assert sorted(tuple(row) for row in found) == sorted(wanted)


def test_a_column_is_among_values_however_many(store: Store, publish: Publish) -> None:
    with store.begin() as tx:
        ids = [publish(tx).id for _ in range(3)]
        some = dialect.among(tx, articles.c.id, [*ids[:2], *range(10**6, 10**6 + 5000)])
        assert sorted(tx.scalars(select(articles.c.id).where(some))) == ids[:2]
        sources = dialect.among(tx, articles.c.source, ['"', "wire", "\x00"])
        assert len(tx.scalars(select(articles.c.id).where(sources)).all()) in (0, 3)
        assert tx.scalars(select(articles.c.id).where(dialect.among(tx, articles.c.id, []))).all() == []
