"""What a version said, one row for each text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor.acquisition.coins import Coins
from monitor.records import Article, Decision, ModelState, ModelVersion, Prediction, Route
from monitor.store import Store, Tx, answers, articles, judged, models, stories, tasks
from monitor.store.schema import shares

COINS = Coins(key=b"k", audits_per_day=10_000)
DRAWN = Decision(Route.AUDIT, "drawn at random", 1.0)


@pytest.fixture
def audit(article: Callable[..., Article], now: datetime) -> Callable[..., Article]:
    """Stores a text that is audited, with its task."""

    def audit(tx: Tx, text: str, *, at: datetime = now, wanted: int = 1) -> Article:
        tx.execute(shares.insert().values(at=at, share=1.0, reason="a test"))
        stored = articles.insert(tx, article(text, first_seen_at=at, story_id=stories.create(tx, at)), COINS)
        assert tasks.open_task(tx, stored.id, DRAWN, 0.5, at, wanted=wanted) is not None
        return stored

    return audit


def version(tx: Tx, id: str, made_at: datetime) -> None:
    models.put(tx, ModelVersion(id, "fake", id, "", ModelState.CHALLENGER, made_at))


def read(
    tx: Tx, one: Article, sentiment: str, now: datetime, user: str = "ann", *, gold: bool = False
) -> None:
    task = tasks.of(tx, one.id)
    assert task is not None
    answers.answer(tx, task.id, user, sentiment, [], now, gold=gold)


def test_a_text_counts_once_and_the_sample_and_archives_never(
    store: Store, publish: Callable[..., Article], predict: Callable[..., Prediction], now: datetime
) -> None:
    with store.begin() as tx:
        first = publish(tx, "the same words", language="en")
        publish(tx, "old news", at=now - timedelta(days=9))
        copy = publish(tx, "the same words", source="other")
        made_up = publish(tx, "of the sample", sample=True)
        past = publish(tx, "of an archive", history=True)
        other = publish(tx, "other words", language="zh")
        for one in (first, copy, made_up, past):
            predict(tx, one.id)
        predict(tx, other.id, model="model-2")
        found = judged.since(tx, "model-1", now - timedelta(days=7))
        none = judged.since(tx, "model-3", now)
    assert found.article_ids.tolist() == [first.id]
    assert found.languages == ("en",) and found.seen_at == (now,)
    assert found.probabilities.tolist() == [[0.8, 0.15, 0.05]]
    assert found.places == {found.text_ids[0]: 0}
    assert len(none) == 0 and none.probabilities.shape == (0, 3)


def test_audits_drawn_since_a_version_was_made_are_its_own(
    store: Store, audit: Callable[..., Article], predict: Callable[..., Prediction], now: datetime
) -> None:
    with store.begin() as tx:
        version(tx, "model-1", now - timedelta(days=9))
        version(tx, "model-2", now - timedelta(hours=1))
        old = audit(tx, "drawn before model-2 was made", at=now - timedelta(days=1))
        new = audit(tx, "drawn after")
        unread = audit(tx, "not read yet")
        for one in (old, new, unread):
            predict(tx, one.id)
            predict(tx, one.id, model="model-2")
        read(tx, old, "negative", now)
        read(tx, new, "positive", now)
        found = judged.audited(tx)
        alone = judged.audited(tx, ["model-2"])
        nobody = judged.audited(tx, ["model-3"])
    assert {name: len(some.labels) for name, some in found.items()} == {"model-1": 2, "model-2": 1}
    assert found["model-1"].labels.tolist() == [0, 2] and found["model-2"].labels.tolist() == [2]
    assert found["model-2"].probabilities.tolist() == [[0.8, 0.15, 0.05]]
    assert found["model-2"].shares.tolist() == [1.0] and found["model-2"].stories.tolist() == [new.story_id]
    assert alone.keys() == {"model-2"} and alone["model-2"].labels.tolist() == [2]
    assert nobody == {}


def test_what_was_decided_counts_and_what_two_skipped_is_missing(
    store: Store, audit: Callable[..., Article], predict: Callable[..., Prediction], now: datetime
) -> None:
    with store.begin() as tx:
        version(tx, "model-1", now - timedelta(days=9))
        decided, left, alone = audit(tx, "decided", wanted=3), audit(tx, "left"), audit(tx, "skipped once")
        for one in (decided, left, alone):
            predict(tx, one.id)
        for user, sentiment, gold in (
            ("ann", "negative", False),
            ("bob", "neutral", False),
            ("eve", "neutral", True),
        ):
            read(tx, decided, sentiment, now, user, gold=gold)
        for one, user in ((left, "ann"), (left, "bob"), (alone, "ann")):
            task = tasks.of(tx, one.id)
            assert task is not None
            answers.skip(tx, task.id, user, now)
        found = judged.audited(tx)["model-1"]
    assert sorted(found.labels.tolist()) == [-1, 1]
