"""Audits: the sample as it was drawn, with blind readings only, and what must not train because of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor.acquisition.coins import Coins
from monitor.records import Article, Audit, Decision, Lane, Purpose, Route
from monitor.store import Store, Tx, answers, articles, audits, stories, tasks
from monitor.store.schema import shares as shares_table

DRAWN = Decision(Route.AUDIT, "drawn at random", 1.0)
COINS = Coins(key=b"k", audits_per_day=10_000)
DAY = timedelta(days=1)


@pytest.fixture
def draw(article: Callable[..., Article], now: datetime) -> Callable[..., Article]:
    """Stores a text that is audited, with its task; the share is 1."""

    def draw(tx: Tx, text: str, *, at: datetime = now, wanted: int = 1) -> Article:
        tx.execute(shares_table.insert().values(at=at, share=1.0, reason="a test"))
        stored = articles.insert(tx, article(text, first_seen_at=at, story_id=stories.create(tx, at)), COINS)
        assert tasks.open_task(tx, stored.id, DRAWN, 0.5, at, wanted=wanted) is not None
        return stored

    return draw


def read(tx: Tx, stored: Article, user: str, sentiment: str, now: datetime, *, gold: bool = False) -> None:
    task = tasks.of(tx, stored.id)
    assert task is not None
    answers.answer(tx, task.id, user, sentiment, [], now, gold=gold)


def test_an_audit_has_its_readings_its_coin_and_nothing_of_a_model(
    store: Store, draw: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        stored = draw(tx, "read twice", wanted=2)
        read(tx, stored, "ann", "negative", now)
        read(tx, stored, "bob", "neutral", now)
        asked = tasks.ask(tx, stored.id, Lane.REQUEST, Decision(Route.REVIEW, "wrong"), 1.0, now)
        assert asked is not None
        answers.answer(tx, asked.id, "eve", "positive", None, now)
        [found] = audits.of(tx)
    assert isinstance(found, Audit) and found.article.id == stored.id and not found.missing
    assert [(label.user, label.sentiment, label.lane) for label in found.labels] == [
        ("ann", "negative", Lane.AUDIT),
        ("bob", "neutral", Lane.AUDIT),
    ], "a correction is no reading"
    assert found.label == found.labels[0] and found.label.inclusion == 1.0
    assert found.u < found.share == 1.0 and found.story_id == stored.story_id


def test_what_was_decided_between_readings_is_the_audits_label(
    store: Store, draw: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        stored = draw(tx, "read thrice", wanted=3)
        for user, sentiment, gold in (
            ("ann", "negative", False),
            ("bob", "neutral", False),
            ("eve", "neutral", True),
        ):
            read(tx, stored, user, sentiment, now, gold=gold)
        [found] = audits.of(tx)
    assert found.label is not None and found.label.user == "eve"


def test_skipped_twice_is_missing_and_never_served_is_not(
    store: Store, draw: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        left, alone = draw(tx, "nobody can tell"), draw(tx, "nobody was asked")
        task = tasks.of(tx, left.id)
        assert task is not None
        answers.skip(tx, task.id, "ann", now)
        assert not any(one.missing for one in audits.of(tx))
        answers.skip(tx, task.id, "bob", now)
        assert {one.article.id: one.missing for one in audits.of(tx)} == {left.id: True, alone.id: False}


def test_it_can_be_asked_since_when_and_what_for(
    store: Store, draw: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        drawn = [draw(tx, f"text {n}", at=now - n * DAY) for n in range(12)]
        assert len(audits.of(tx, since=now - 5 * DAY)) == 6
        by_purpose = [audits.of(tx, purpose=purpose) for purpose in Purpose]
    assert sum(map(len, by_purpose)) == len(drawn)
    assert all(
        one.purpose is purpose for purpose, some in zip(Purpose, by_purpose, strict=True) for one in some
    )


def test_a_text_whose_story_is_audited_is_held_from_training(
    store: Store, draw: Callable[..., Article], article: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        stored, old = draw(tx, "drawn"), draw(tx, "drawn long ago", at=now - 100 * DAY)
        told = articles.insert(tx, article("in other words", story_id=stored.story_id))
        other = articles.insert(tx, article("of its own", story_id=stories.create(tx, now)))
        assert audits.held(tx, now - 90 * DAY) == {stored.text_id, told.text_id}
        assert audits.held(tx, now - 200 * DAY) == {stored.text_id, told.text_id, old.text_id}
        assert other.text_id not in audits.held(tx, now - 200 * DAY)


def test_figures_are_those_of_the_records(store: Store, draw: Callable[..., Article], now: datetime) -> None:
    with store.begin() as tx:
        drawn = [draw(tx, f"text {n}", wanted=2) for n in range(6)]
        for n, sentiments in enumerate((("negative",), ("neutral", "neutral"), ("neutral", "positive"))):
            for user, sentiment in zip(("ann", "bob"), sentiments, strict=False):
                read(tx, drawn[n], user, sentiment, now)
        task = tasks.of(tx, drawn[3].id)
        assert task is not None
        for user in ("ann", "bob"):
            answers.skip(tx, task.id, user, now)
        stats, found = audits.stats(tx, now, 90), audits.of(tx)
    counted = {name: stats[name] for name in ("drawn", "read", "missing", "open", "read_twice", "differ")}
    assert counted == {"drawn": 6, "read": 3, "missing": 1, "open": 2, "read_twice": 2, "differ": 1}
    assert (stats["share"], stats["least_share"]) == (1.0, 1.0)
    assert stats["read"] == sum(bool(one.labels) for one in found)
    for name in ("drawn", "read", "missing", "open"):
        assert sum(purpose[name] for purpose in stats["purpose"].values()) == counted[name]
