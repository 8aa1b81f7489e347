"""Classifying what is stored: poison, a classifier that is down, routes and tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.acquisition.coins import Coins
from monitor.classification.judging import MAX_ATTEMPTS, classify_pending, judge
from monitor.errors import ModelError
from monitor.records import Article, Lane, Prediction, Route
from monitor.settings import RoutingSettings
from monitor.store import Store, answers, articles, predictions, stories, tasks, vectors
from monitor.store.schema import shares as shares_table
from monitor.testing import make_article

TWICE = Coins(double_read_share=1.0)
RULES = RoutingSettings(threshold=0.75, audits_per_day=0, explore_share=0)
SURE = Prediction({"negative": 0.9, "neutral": 0.05, "positive": 0.05}, {"earnings": 0.8}, "m1")
UNSURE = Prediction({"negative": 0.4, "neutral": 0.3, "positive": 0.3}, {"earnings": 0.8}, "m1")


def classifier(batch: Sequence[Article]) -> list[Prediction]:
    """Raises on "poison", is unsure of "unsure", knows everything else."""
    if any("poison" in article.content for article in batch):
        raise ValueError("cannot tokenize")
    return [UNSURE if "unsure" in article.content else SURE for article in batch]


def down(batch: Sequence[Article]) -> list[Prediction]:
    raise ModelError("the model folder is gone")


@pytest.fixture
def publish(store: Store, article: Callable[..., Article]) -> Callable[..., list[Article]]:
    """Stores one article per text."""

    def publish(*texts: str) -> list[Article]:
        stored = []
        with store.begin() as tx:
            for text in texts:
                one = article(text)
                story = stories.create(tx, one.first_seen_at)
                stored.append(articles.insert(tx, replace(one, story_id=story)))
        return stored

    return publish


# --- judging ---------------------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=40))
def test_exactly_the_poisonous_articles_fail(poisonous: list[bool]) -> None:
    batch = [make_article("poison" if bad else f"fine {n}") for n, bad in enumerate(poisonous)]
    judged = judge(classifier, batch)
    assert sorted(judged.failures) == [n for n, bad in enumerate(poisonous) if bad]
    assert sorted(judged.predictions) == [n for n, bad in enumerate(poisonous) if not bad]
    assert judged.down == ""


def test_predictions_stay_with_their_articles() -> None:
    batch = [make_article(text) for text in ("a", "unsure", "poison", "b", "unsure")]
    judged = judge(classifier, batch)
    assert judged.predictions == {0: SURE, 1: UNSURE, 3: SURE, 4: UNSURE}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (down, "the model folder is gone"),
        (lambda batch: [], "returned 0 predictions for 1"),
        (lambda batch: None, "TypeError"),
        (lambda batch: ["positive"] * len(batch), "something else"),
        (lambda batch: exit(1), "SystemExit"),
    ],
)
def test_a_classifier_that_is_down_blames_no_article(
    broken: Callable[[Sequence[Article]], list[Prediction]], reason: str
) -> None:
    judged = judge(broken, [make_article("a")])
    assert (judged.predictions, judged.failures) == ({}, {})
    assert reason in judged.down


def test_ctrl_c_is_not_swallowed() -> None:
    def interrupted(batch: Sequence[Article]) -> list[Prediction]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(interrupted, [make_article("a")])


# --- what is stored ------------------------------------------------------------------------------


def test_pending_articles_are_classified_routed_and_queued(
    store: Store, publish: Callable[..., list[Article]], now: datetime
) -> None:
    sure, unsure = publish("a sure thing", "an unsure thing")
    assert classify_pending(store, classifier, rules=RULES, now=lambda: now) == 2
    assert classify_pending(store, classifier, rules=RULES, now=lambda: now) == 0
    with store.read() as tx:
        told = predictions.current(tx, sure.id)
        assert told is not None and told[0] == SURE and told[1].route is Route.ACCEPT
        assert tasks.of(tx, sure.id) is None
        task = tasks.of(tx, unsure.id)
        assert task is not None and task.lane is Lane.REVIEW
        assert task.priority == pytest.approx(0.6)
        (view,) = articles.page(tx, topic="earnings", sentiment="negative", before_id=unsure.id)
        assert view.article.id == sure.id


def test_the_vectors_of_predictions_are_kept(
    store: Store, publish: Callable[..., list[Article]], now: datetime
) -> None:
    one, bare = publish("has one", "a bare thing")

    def classify(batch: Sequence[Article]) -> list[Prediction]:
        return [SURE if "bare" in article.content else replace(SURE, vector=b"\0\x3c") for article in batch]

    classify_pending(store, classify, rules=RULES, now=lambda: now)
    with store.read() as tx:
        ids, array = vectors.of(tx, "m1", [one.id, bare.id])
    assert (ids.tolist(), array.tolist()) == ([one.id], [[1.0]])


def test_many_batches_are_worked_through_with_progress(
    sqlite_store: Store, article: Callable[..., Article], now: datetime
) -> None:
    with sqlite_store.begin() as tx:
        for _ in range(130):
            one = article()
            articles.insert(tx, replace(one, story_id=stories.create(tx, now)))
    seen: list[float] = []
    progress = lambda what, done, total: seen.append(done)  # noqa: E731
    assert classify_pending(sqlite_store, classifier, rules=RULES, now=lambda: now, progress=progress) == 130
    assert seen == [64, 128, 130]


def test_poison_is_tried_three_times_and_then_quarantined(
    store: Store, publish: Callable[..., list[Article]], now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    publish("good one", "poison", "good two")
    counts = [
        classify_pending(store, classifier, rules=RULES, now=lambda: now) for _ in range(MAX_ATTEMPTS + 1)
    ]
    assert counts == [2, 0, 0, 0]
    assert "the classifier raised" in caplog.text and "Traceback" in caplog.text
    with store.read() as tx:
        assert articles.unclassified(tx, 10) == []


def test_a_broken_classifier_is_told_and_costs_no_attempt(
    store: Store, publish: Callable[..., list[Article]], now: datetime
) -> None:
    publish("a", "b")
    for _ in range(MAX_ATTEMPTS + 1):
        with pytest.raises(ModelError, match="the model folder is gone"):
            classify_pending(store, down, rules=RULES, now=lambda: now)
    assert classify_pending(store, classifier, rules=RULES, now=lambda: now) == 2


def test_every_unsure_text_is_queued_once_however_many_wait(
    store: Store, publish: Callable[..., list[Article]], now: datetime
) -> None:
    publish("unsure 1", "unsure 2", "unsure 3", "Unsure  2")
    assert classify_pending(store, classifier, rules=RULES, now=lambda: now) == 4
    with store.read() as tx:
        assert tasks.open_count(tx) == 3


# --- what was drawn before -------------------------------------------------------------------


@pytest.fixture
def audited(store: Store, article: Callable[..., Article]) -> Callable[..., Article]:
    """Stores one article whose text was drawn for an audit, or for exploring."""

    def publish(text: str, coins: Coins = TWICE) -> Article:
        with store.begin() as tx:
            tx.execute(shares_table.insert().values(at=article().first_seen_at, share=1.0, reason="a test"))
            one = article(text)
            story = stories.create(tx, one.first_seen_at)
            return articles.insert(tx, replace(one, story_id=story), coins)

    return publish


@pytest.mark.parametrize("text", ["a sure thing", "an unsure thing"])
def test_what_was_drawn_is_audited_whatever_the_model_says(
    store: Store, audited: Callable[..., Article], now: datetime, text: str
) -> None:
    stored = audited(text)
    classify_pending(store, classifier, rules=RULES, now=lambda: now)
    with store.read() as tx:
        task = tasks.of(tx, stored.id)
        told = predictions.current(tx, stored.id)
    assert task is not None and told is not None and told[1].route is Route.AUDIT
    assert (task.lane, task.inclusion, task.blind, task.wanted) == (Lane.AUDIT, 1.0, True, 2)
    assert "sure of" not in task.reason, "what the model says is no reason"


def test_some_of_what_is_accepted_is_explored(
    store: Store, audited: Callable[..., Article], now: datetime
) -> None:
    every = Coins(audits_per_day=0, explore_share=1.0)
    sure, unsure = audited("a sure thing", every), audited("an unsure thing", every)
    classify_pending(store, classifier, rules=RULES, now=lambda: now)
    with store.read() as tx:
        explored, asked = tasks.of(tx, sure.id), tasks.of(tx, unsure.id)
    assert explored is not None and (explored.lane, explored.inclusion) == (Lane.EXPLORE, 1.0)
    assert asked is not None and (asked.lane, asked.inclusion) == (Lane.REVIEW, None)


def test_an_edit_of_a_labelled_text_is_asked_again_however_sure_the_model_is(
    store: Store, publish: Callable[..., list[Article]], now: datetime
) -> None:
    (stored,) = publish("profit falls, unsure")
    classify_pending(store, classifier, rules=RULES, now=lambda: now)
    with store.begin() as tx:
        [task] = tasks.next_tasks(tx, "ann", 1, now)
        answers.answer(tx, task.id, "ann", "negative", None, now)
        articles.revise(tx, replace(stored, text="profit soars", content="profit soars"), now)
    classify_pending(store, classifier, rules=RULES, now=lambda: now)
    with store.begin() as tx:
        [again] = tasks.next_tasks(tx, "ann", 5, now)
        [view] = articles.views(tx, [stored.id])
    assert again.id != task.id and "changed the text" in again.reason
    assert (view.sentiment, view.labelled) == ("negative", False), "the model's word, not the label's"
    with store.begin() as tx:  # the source takes it back: the label was about just this
        articles.revise(
            tx, replace(stored, text="Profit falls, unsure.", content="Profit falls, unsure."), now
        )
        [view] = articles.views(tx, [stored.id])
        assert view.labelled
