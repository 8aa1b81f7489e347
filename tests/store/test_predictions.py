"""Predictions: one is current, and what counts follows labels and predictions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from monitor.errors import NotFoundError
from monitor.records import Article, Decision, Prediction, Route
from monitor.store import Store, Tx, articles, predictions, tasks

NEGATIVE = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
POSITIVE = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
REVIEW = Decision(Route.REVIEW, "confidence 0.80 under 0.90")
Publish = Callable[..., Article]
Predict = Callable[..., Prediction]


def counts_as(tx: Tx, article_id: int) -> tuple[str, tuple[str, ...]]:
    [view] = articles.views(tx, [article_id])
    return view.sentiment, view.topics


def test_the_newest_prediction_is_current(store: Store, publish: Publish, now: datetime) -> None:
    accept = Decision(Route.ACCEPT, "confident")
    old = Prediction(NEGATIVE, {"stocks": 0.7, "macro": 0.1}, "model-1", unsupported="a language unknown")
    new = Prediction(POSITIVE, {"macro": 0.8}, "model-2")
    with store.begin() as tx:
        stored = publish(tx)
        assert predictions.current(tx, stored.id) is None
        predictions.put(tx, stored.id, old, REVIEW, ["stocks"], now)
        assert predictions.current(tx, stored.id) == (old, REVIEW)
        assert counts_as(tx, stored.id) == ("negative", ("stocks",))
        predictions.put(tx, stored.id, new, accept, ["macro"], now)
        assert predictions.current(tx, stored.id) == (new, accept)
        assert counts_as(tx, stored.id) == ("positive", ("macro",))
        predictions.put(tx, stored.id, old, REVIEW, ["stocks", "stocks"], now)  # the first model again
        assert predictions.current(tx, stored.id) == (old, REVIEW)
        assert counts_as(tx, stored.id) == ("negative", ("stocks",))


def test_an_unknown_article_is_named(store: Store, predict: Predict) -> None:
    with pytest.raises(NotFoundError, match="article 41"), store.begin() as tx:
        predict(tx, 41)


def test_a_label_counts_over_any_prediction_until_withdrawn(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        predict(tx, stored.id, NEGATIVE, topics=("stocks",))
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        tasks.answer(tx, task.id, "ann", "neutral", ["macro", "forex"], now)
        assert counts_as(tx, stored.id) == ("neutral", ("forex", "macro"))
        predict(tx, stored.id, POSITIVE, topics=("bonds",), model="model-2")
        assert counts_as(tx, stored.id) == ("neutral", ("forex", "macro"))
        tasks.undo(tx, "ann", now)
        assert counts_as(tx, stored.id) == ("positive", ("bonds",))


def test_a_label_of_sentiment_alone_leaves_the_topics(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        predict(tx, stored.id, NEGATIVE, topics=("stocks",))
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        tasks.answer(tx, task.id, "ann", "neutral", None, now)
        assert counts_as(tx, stored.id) == ("neutral", ("stocks",))
        tasks.undo(tx, "ann", now)
        tasks.answer(tx, task.id, "ann", "neutral", [], now)  # judged to have none
        assert counts_as(tx, stored.id) == ("neutral", ())
