"""Steps that most tests of the store begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from monitor.records import Article, Decision, Prediction, Route
from monitor.store import Tx, articles, predictions, stories

NEGATIVE = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
POSITIVE = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
REVIEW = Decision(Route.REVIEW, "confidence 0.80 under 0.90")


@pytest.fixture
def publish(article: Callable[..., Article], now: datetime) -> Callable[..., Article]:
    """Stores a new article, with a story of its own unless `story_id` says otherwise."""

    def publish(
        tx: Tx, text: str = "", *, at: datetime = now, story_id: int = 0, **fields: object
    ) -> Article:
        story_id = story_id or stories.create(tx, at)
        fields = {"first_seen_at": at, "published_at": at} | fields
        stored = articles.insert(tx, replace(article(text, **fields), story_id=story_id))
        stories.join(tx, story_id, stored.source, at)
        return stored

    return publish


@pytest.fixture
def predict(now: datetime) -> Callable[..., Prediction]:
    """Gives an article a current prediction: negative, with no topic, unless told otherwise."""

    def predict(
        tx: Tx,
        article_id: int,
        sentiment: dict[str, float] = NEGATIVE,
        topics: tuple[str, ...] = (),
        model: str = "model-1",
        companies: Mapping[str, Mapping[str, float]] | None = None,
    ) -> Prediction:
        prediction = Prediction(sentiment, {topic: 0.9 for topic in topics}, model, companies=companies or {})
        predictions.put(tx, article_id, prediction, REVIEW, topics, now)
        return prediction

    return predict
