"""Texts: one row and one coin for all copies, tossed before anything is judged, and kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from monitor.acquisition.coins import Coins
from monitor.news import identity
from monitor.records import Article
from monitor.store import Store, Tx, articles, stories, texts
from monitor.store.schema import texts as table

Publish = Callable[..., Article]
COINS = Coins(key=b"a key", audits_per_day=10_000)


def row(tx: Tx, text_id: int) -> dict[str, object]:
    return dict(tx.execute(select(table).where(table.c.id == text_id)).mappings().one())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Profit rises", "profit  RISES."),
        ("Acme says “no”", 'Acme says "no"'),
        ("净利润下降，公司称正常。", "净利润下降,公司称正常"),
        ("up 5-6%", "up 5–6%"),
        ("a\nb", "a b"),
    ],
)
def test_what_says_the_same_is_one_text(one: str, other: str) -> None:
    assert identity.text_key(one) == identity.text_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Profit rises", "Profit falls"),
        ("up 5.2%", "up 52%"),
        ("No, profit rises", "No profit rises"),
        ("Profit rises", "Profit rises?"),
        ("loss of (5)", "loss of 5"),
        ("上调", "下调"),
        ("+5%", "-5%"),
    ],
)
def test_what_may_say_something_else_is_another_text(one: str, other: str) -> None:
    assert identity.text_key(one) != identity.text_key(other)


def test_copies_share_a_text_and_its_coin(store: Store, article: Publish, now: datetime) -> None:
    with store.begin() as tx:
        story, later = stories.create(tx, now), stories.create(tx, now)
        first = articles.insert(tx, article("Profit rises", story_id=story), COINS)
        kept = row(tx, first.text_id)
        copy = article("profit rises.", source="other", story_id=later)
        second = articles.insert(tx, copy, replace(COINS, key=b"another", audits_per_day=0))
        assert second.text_id == first.text_id and texts.copies(tx, first.text_id) == [first.id, second.id]
        assert row(tx, first.text_id) == kept, "what was tossed stays, of the first story too"
        assert (kept["story_id"], kept["drawn_at"], kept["share"]) == (story, now, 0.05)


def test_the_sample_draws_for_nobody(store: Store, article: Publish, now: datetime) -> None:
    with store.begin() as tx:
        made_up = articles.insert(
            tx, article("Profit rises", sample=True, story_id=stories.create(tx, now)), COINS
        )
        real = articles.insert(tx, article("Profit rises", story_id=stories.create(tx, now)), COINS)
        assert made_up.text_id != real.text_id
        assert row(tx, made_up.text_id)["audited"] is False and row(tx, made_up.text_id)["sample"] is True


def test_many_at_once_come_in_their_order(store: Store, article: Publish, now: datetime) -> None:
    with store.begin() as tx:
        story = stories.create(tx, now)
        some = [article(f"text {n % 7}", block_id=story) for n in range(20)]
        ids = texts.enter(tx, some, COINS)
        assert len(set(ids)) == 7 and ids == [ids[n % 7] for n in range(20)]
        assert texts.enter(tx, some, COINS) == ids and texts.enter(tx, [], COINS) == []


def test_the_share_thins_while_an_archive_comes_in(store: Store, article: Publish, now: datetime) -> None:
    coins = Coins(key=b"a key", audits_per_day=2)
    with store.begin() as tx:
        story = stories.create(tx, now)
        for chunk in range(12):
            texts.enter(tx, [article(f"{chunk} {n}", block_id=story) for n in range(100)], coins)
        shares = [one.share for one in tx.execute(select(table.c.share).order_by(table.c.id))]
        audited = sum(tx.scalars(select(table.c.audited)))
    assert shares == sorted(shares, reverse=True) and 0 < shares[-1] < shares[0] == 0.05
    assert 4 <= audited < 40
    with store.begin() as tx:  # a day later the desk has room again
        [text_id] = texts.enter(
            tx, [article("new", first_seen_at=now + timedelta(days=2), block_id=story)], coins
        )
        assert row(tx, text_id)["share"] == 0.05


def test_two_processes_that_store_one_text_toss_one_coin(
    postgresql_store: Store, article: Publish, now: datetime
) -> None:
    with postgresql_store.begin() as tx:
        story = stories.create(tx, now)
    some = [article(f"text {n}", block_id=story) for n in range(40)]

    def enter(which: int) -> list[int]:
        with postgresql_store.begin() as tx:
            return texts.enter(tx, some if which % 2 else some[::-1], COINS)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(enter, range(8)))
    assert all(ids == (found[1] if which % 2 else found[1][::-1]) for which, ids in enumerate(found))
    with postgresql_store.read() as tx:
        assert len(tx.execute(select(table.c.id)).all()) == 40
