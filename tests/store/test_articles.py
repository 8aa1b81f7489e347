"""Articles: once each, revised without forgetting, found by any combination of conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.errors import NotFoundError
from monitor.records import Article, Decision, Mention, Prediction, Route
from monitor.store import Store, Tx, answers, articles, mentions, predictions, stories, tasks
from monitor.store.mentions import Towards

NEGATIVE = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
POSITIVE = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
REVIEW = Decision(Route.REVIEW, "confidence 0.80 under 0.90")
Publish = Callable[..., Article]
Predict = Callable[..., Prediction]


def ids(views: list[articles.ArticleView]) -> list[int]:
    return [view.article.id for view in views]


def test_an_article_comes_back_as_it_was_stored(store: Store, article: Publish, now: datetime) -> None:
    with store.begin() as tx:
        given = replace(
            article("净利润同比下降 12.5%", source="财经网", author="李", language="zh", sample=True),
            story_id=stories.create(tx, now),
        )
        stored = articles.insert(tx, given)
        assert stored == replace(given, id=stored.id, text_id=stored.text_id, block_id=given.story_id)
        assert stored.id > 0
        assert articles.get(tx, stored.id) == stored
        assert articles.find(tx, "财经网", given.identity_key) == stored
        assert articles.find(tx, "other", given.identity_key) is None


def test_the_same_item_again_is_the_stored_one(store: Store, publish: Publish, article: Publish) -> None:
    with store.begin() as tx:
        first = publish(tx, "as first sent")
        again = article("as sent again", identity_key=first.identity_key, story_id=first.story_id)
        assert articles.insert(tx, again) == first
        assert articles.count(tx) == 1


def test_an_article_needs_a_story(store: Store, article: Publish) -> None:
    with pytest.raises(ValueError, match="story_id is not set"), store.begin() as tx:
        articles.insert(tx, article())


def test_an_unknown_article_is_named(store: Store, article: Publish, now: datetime) -> None:
    with store.read() as tx, pytest.raises(NotFoundError, match="article 41"):
        articles.get(tx, 41)
    with store.begin() as tx:
        with pytest.raises(NotFoundError, match="article 41"):
            articles.failed(tx, 41, "no")
        with pytest.raises(NotFoundError, match="article item-"):
            articles.revise(tx, article(), now)


def test_many_articles_come_in_the_order_asked_for(
    store: Store, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "BATCH", 2)
    with store.begin() as tx:
        a, b, c = (publish(tx) for _ in range(3))
        assert articles.get_many(tx, [c.id, 99, a.id, b.id]) == [c, a, b]
        assert articles.get_many(tx, []) == []


def test_a_revision_keeps_what_was_said_before(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        first = publish(tx, "profit rises")
        predict(tx, first.id, POSITIVE, topics=("earnings",))
        changed = replace(
            first, title="Profit falls", text="profit falls", content="profit falls", content_hash="f" * 64
        )
        second = articles.revise(tx, changed, now)
        assert second == replace(changed, revision=1, text_id=second.text_id)
        assert second.text_id != first.text_id
        assert articles.history(tx, first.id) == [
            articles.Revision(0, first.title, "profit rises", first.content_hash, now)
        ]
        # what the old text was found and classified by is gone
        assert articles.page(tx, text="rises") == []
        assert ids(articles.page(tx, text="falls")) == [first.id]
        assert predictions.current(tx, first.id) is None
        assert articles.unclassified(tx, 9) == [second]
        [view] = articles.page(tx)
        assert (view.prediction, view.sentiment, view.topics) == (None, "", ())
        # and the key is enough to find it
        third = articles.revise(tx, replace(changed, id=0, text="profit halves"), now)
        assert (third.id, third.revision) == (first.id, 2)
        assert [old.text for old in articles.history(tx, first.id)] == ["profit rises", "profit falls"]


def test_a_revision_keeps_story_and_first_sight(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        first = publish(tx)
        later = now + timedelta(hours=1)
        revised = articles.revise(tx, replace(first, first_seen_at=later, story_id=0, text="new"), later)
        assert (revised.first_seen_at, revised.story_id) == (first.first_seen_at, first.story_id)


@pytest.mark.parametrize(
    ("edited", "same"), [("Profit  rises", True), ("profit soars", False), ("profit rises?", False)]
)
def test_a_label_outlives_an_edit_that_says_the_same_and_no_other(
    store: Store, publish: Publish, predict: Predict, now: datetime, edited: str, same: bool
) -> None:
    with store.begin() as tx:
        stored = publish(tx, "profit rises.")
        predict(tx, stored.id)
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "positive", None, now)
        revised = articles.revise(tx, replace(stored, text=edited, content=edited), now)
        assert (revised.text_id == stored.text_id) is same
        assert articles.page(tx)[0].sentiment == ("positive" if same else "")


def test_unclassified_articles_wait_until_predicted(store: Store, publish: Publish, predict: Predict) -> None:
    with store.begin() as tx:
        a, b = publish(tx), publish(tx)
        assert articles.unclassified(tx, 9) == [a, b]
        assert articles.unclassified(tx, 1) == [a]
        predict(tx, a.id)
        assert articles.unclassified(tx, 9) == [b]


def test_an_article_that_fails_gives_way_and_is_quarantined(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        bad, good = publish(tx), publish(tx)
        assert not articles.failed(tx, bad.id, "too long")
        assert articles.unclassified(tx, 9) == [good, bad]
        assert not articles.failed(tx, bad.id, "too long")
        assert articles.failed(tx, bad.id, "too long")
        assert articles.unclassified(tx, 9) == [good]
        articles.revise(tx, bad, now)  # a new text gets new attempts
        assert [article.id for article in articles.unclassified(tx, 9)] == [bad.id, good.id]
        assert articles.failed(tx, bad.id, "too long", max_attempts=1)


def test_pages_are_newest_first_and_meet_without_gap(store: Store, publish: Publish) -> None:
    with store.begin() as tx:
        stored = [publish(tx).id for _ in range(5)]
        first = ids(articles.page(tx, limit=2))
        second = ids(articles.page(tx, limit=2, before_id=first[-1]))
        publish(tx)  # news between two pages moves nothing
        third = ids(articles.page(tx, limit=2, before_id=second[-1]))
        assert first + second + third == stored[::-1]


@pytest.fixture
def corpus(store: Store, publish: Publish, predict: Predict, now: datetime) -> dict[str, int]:
    """Articles by name, told apart by every condition of `page`."""
    with store.begin() as tx:
        return _corpus(tx, publish, predict, now)


def _corpus(tx: Tx, publish: Publish, predict: Predict, now: datetime) -> dict[str, int]:
    fall = publish(tx, "Acme shares fall after recall", source="wire")
    copy = publish(tx, "Acme shares fall, says paper", source="paper", story_id=fall.story_id)
    rise = publish(tx, "Globex shares rise", source="wire", at=now + timedelta(hours=1))
    demo = publish(tx, "Acme demo", source="sample", at=now + timedelta(hours=2), sample=True)
    predict(tx, fall.id, NEGATIVE, topics=("recall", "stocks"), companies={"acme": POSITIVE})
    predict(tx, copy.id, NEGATIVE, topics=("stocks",))
    predict(tx, rise.id, POSITIVE, topics=("stocks",))
    for named, company in ((fall, "acme"), (copy, "acme"), (rise, "globex"), (demo, "acme")):
        mentions.replace(
            tx, named.id, [Mention(company, company, 0, 4), Mention(company, company, 9, 13)], now
        )
    return {"fall": fall.id, "copy": copy.id, "rise": rise.id, "demo": demo.id, "story": fall.story_id}


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, "demo rise copy fall"),
        ({"text": "shares"}, "rise copy fall"),
        ({"text": "  "}, "demo rise copy fall"),
        ({"text": "!?"}, ""),
        ({"source": "wire"}, "rise fall"),
        ({"topic": "stocks"}, "rise copy fall"),
        ({"topic": "none"}, ""),
        ({"company": "acme"}, "demo copy fall"),
        ({"company": "acme", "sentiment": "negative"}, "copy"),
        ({"company": "acme", "sentiment": "positive"}, "fall"),
        ({"sentiment": "negative"}, "copy fall"),
        ({"sample": True}, "demo"),
        ({"sample": False}, "rise copy fall"),
        ({"since": HOUR}, "demo rise"),
        ({"until": HOUR}, "copy fall"),
        ({"since": HOUR, "until": 2 * HOUR}, "rise"),
        ({"text": "shares", "source": "wire", "topic": "stocks", "sentiment": "negative"}, "fall"),
        ({"text": "acme", "company": "acme", "sample": False, "limit": 1}, "copy"),
    ],
)
def test_conditions_narrow_a_page(
    store: Store, corpus: dict[str, int], now: datetime, conditions: dict[str, object], expected: str
) -> None:
    given = {key: now + value if isinstance(value, timedelta) else value for key, value in conditions.items()}
    with store.read() as tx:
        found = ids(articles.page(tx, **given))  # type: ignore[arg-type]
    assert found == [corpus[name] for name in expected.split()]


def test_a_page_of_a_story(store: Store, corpus: dict[str, int]) -> None:
    with store.read() as tx:
        assert ids(articles.page(tx, story_id=corpus["story"])) == [corpus["copy"], corpus["fall"]]


def test_a_view_says_what_is_known(store: Store, corpus: dict[str, int], now: datetime) -> None:
    with store.begin() as tx:
        [view] = articles.page(tx, topic="recall")
        assert view.prediction is not None and view.prediction.label == "negative"
        assert (view.route, view.companies) == (Route.REVIEW, {"acme": Towards("positive", 0.9)})
        assert (view.sentiment, view.topics, view.labelled) == ("negative", ("recall", "stocks"), False)
        task = tasks.open_task(tx, corpus["fall"], REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "neutral", ["stocks"], now)
        [view] = articles.views(tx, [corpus["fall"], 99])
        assert view.prediction.label == "negative"
        assert (view.sentiment, view.topics, view.labelled) == ("neutral", ("stocks",), True)
        [demo] = articles.page(tx, sample=True)
        assert (demo.prediction, demo.route, demo.sentiment, demo.topics) == (None, None, "", ())


def test_contents_are_each_once_and_none_of_the_samples(store: Store, publish: Publish) -> None:
    with store.begin() as tx:
        for content, sample in (("b", False), ("a", False), ("b", False), ("made up", True)):
            publish(tx, content, sample=sample)
        assert articles.contents(tx) == ["b", "a"]
