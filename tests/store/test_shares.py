"""The share of audits: what is in force, what it follows, and a raise that ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor.acquisition.coins import FIRST_SHARE, Coins
from monitor.records import Article, Decision, Route
from monitor.store import Store, answers, articles, shares, stories, tasks

DAY = timedelta(days=1)
Publish = Callable[..., Article]


def test_a_new_installation_has_the_first_share(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert shares.in_force(tx, now) == FIRST_SHARE
        assert shares.follow(tx, 20, now) == FIRST_SHARE, "nothing is known yet"
        assert shares.history(tx) == []


def test_it_follows_what_arrives_and_what_the_desk_finishes(
    store: Store, article: Publish, now: datetime
) -> None:
    coins = Coins(audits_per_day=0)
    with store.begin() as tx:
        story = stories.create(tx, now)
        for hour in range(7 * 24):
            at = now - hour * timedelta(hours=1)
            articles.insert(tx, article(f"text {hour}", first_seen_at=at, story_id=story), coins)
        assert shares.follow(tx, 6, now) == pytest.approx(6 / 24, rel=0.02)
        [set_then] = shares.history(tx)
        assert set_then.reason.startswith("6 audits a day are wanted of 24 texts a day; the desk has not had")
        assert shares.follow(tx, 6, now) == set_then.share and len(shares.history(tx)) == 1, "it stays"
        opened = now - 8 * DAY
        first = articles.insert(tx, article("old", first_seen_at=opened, story_id=story), coins)
        task = tasks.open_task(tx, first.id, Decision(Route.AUDIT, "drawn", 0.1), 0.5, opened)
        assert task is not None
        answers.answer(tx, task.id, "ann", "neutral", [], now - DAY)
        assert shares.follow(tx, 6, now) == pytest.approx(1.5 / 24, rel=0.02), "one in a week is finished"
        assert "finished 0.1 a day" in shares.history(tx)[0].reason
        assert shares.in_force(tx, now) == shares.history(tx)[0].share


def test_a_raise_ends_by_itself_and_the_usual_share_serves_again(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert shares.raise_share(tx, 4, now + DAY, now, "drift") == pytest.approx(4 * FIRST_SHARE)
        assert shares.in_force(tx, now) == pytest.approx(4 * FIRST_SHARE)
        assert shares.in_force(tx, now + DAY) == FIRST_SHARE
        assert shares.raise_share(tx, 99, now + DAY, now, "drift") == 1.0
        assert [one.reason for one in shares.history(tx)] == ["drift", "drift"]
