"""Predictions: one is current, and what counts follows labels and predictions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import NotFoundError
from monitor.records import SENTIMENTS, Article, Decision, Mention, Prediction, Route
from monitor.store import Store, Tx, answers, articles, predictions, tasks
from monitor.store.mentions import Towards

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


ACME, BOLT = Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 9, 13)


def towards(tx: Tx, article_id: int) -> dict[str, Towards]:
    [view] = articles.views(tx, [article_id])
    return dict(view.companies)


def label(tx: Tx, article_id: int, sentiment: str, now: datetime) -> None:
    task = tasks.open_task(tx, article_id, REVIEW, 0.5, now)
    assert task is not None
    answers.answer(tx, task.id, "ann", sentiment, None, now)


def test_the_sentiment_towards_companies_is_kept_and_settled(
    store: Store, publish: Publish, now: datetime
) -> None:
    said = Prediction(NEGATIVE, {}, "model-1", companies={"acme": POSITIVE, "bolt": NEGATIVE, "no": NEGATIVE})
    with store.begin() as tx:
        stored = publish(tx, mentions=(ACME, BOLT))
        assert towards(tx, stored.id) == {"acme": Towards("", 0.0), "bolt": Towards("", 0.0)}
        predictions.put(tx, stored.id, said, REVIEW, [], now)
        assert predictions.current(tx, stored.id) == (said, REVIEW)
        assert towards(tx, stored.id) == {"acme": Towards("positive", 0.9), "bolt": Towards("negative", 0.8)}
        articles.revise(tx, stored, now)
        assert towards(tx, stored.id) == {"acme": Towards("", 0.0), "bolt": Towards("", 0.0)}


def test_a_company_that_the_model_says_nothing_of_fares_as_the_article(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx, mentions=(ACME, BOLT))
        predict(tx, stored.id, NEGATIVE)
        assert set(towards(tx, stored.id).values()) == {Towards("negative", 0.8)}
        label(tx, stored.id, "positive", now)
        assert set(towards(tx, stored.id).values()) == {Towards("positive", 1.0)}


def test_a_label_is_about_the_company_where_there_is_one(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        one, several = publish(tx, mentions=(ACME, ACME)), publish(tx, mentions=(ACME, BOLT))
        for stored in (one, several):
            predict(tx, stored.id, NEGATIVE, companies={"acme": POSITIVE, "bolt": NEGATIVE})
            label(tx, stored.id, "neutral", now)
        assert towards(tx, one.id) == {"acme": Towards("neutral", 1.0)}
        assert towards(tx, several.id) == {"acme": Towards("positive", 0.9), "bolt": Towards("negative", 0.8)}
        answers.undo(tx, "ann", now)
        answers.undo(tx, "ann", now)
        assert towards(tx, one.id) == {"acme": Towards("positive", 0.9)}


sentiments = st.lists(st.integers(1, 50), min_size=3, max_size=3).map(
    lambda parts: {name: part / sum(parts) for name, part in zip(SENTIMENTS, parts, strict=True)}
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    named=st.sets(st.sampled_from(["a", "b", "c"])),
    judged=st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), sentiments),
    article=sentiments,
    labelled=st.none() | st.sampled_from(SENTIMENTS),
)
def test_every_company_has_one_sentiment_from_the_nearest_judgement(
    sqlite_store: Store,
    publish: Publish,
    predict: Predict,
    now: datetime,
    named: set[str],
    judged: dict[str, dict[str, float]],
    article: dict[str, float],
    labelled: str | None,
) -> None:
    with sqlite_store.begin() as tx:
        stored = publish(tx, mentions=tuple(Mention(name, name, 0, 1) for name in sorted(named)))
        said = predict(tx, stored.id, article, companies=judged)
        if labelled:
            label(tx, stored.id, labelled, now)
        found = towards(tx, stored.id)
        tx.rollback()
    assert set(found) == named
    for company, settled in found.items():
        likely = said.towards(company)
        if labelled and (len(named) == 1 or company not in judged):
            likely = {labelled: 1.0}
        assert settled.sentiment == max(likely, key=likely.__getitem__)
        assert settled.confidence == pytest.approx(max(likely.values()))


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
        answers.answer(tx, task.id, "ann", "neutral", ["macro", "forex"], now)
        assert counts_as(tx, stored.id) == ("neutral", ("forex", "macro"))
        predict(tx, stored.id, POSITIVE, topics=("bonds",), model="model-2")
        assert counts_as(tx, stored.id) == ("neutral", ("forex", "macro"))
        answers.undo(tx, "ann", now)
        assert counts_as(tx, stored.id) == ("positive", ("bonds",))


def test_a_label_of_sentiment_alone_leaves_the_topics(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        predict(tx, stored.id, NEGATIVE, topics=("stocks",))
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "neutral", None, now)
        assert counts_as(tx, stored.id) == ("neutral", ("stocks",))
        answers.undo(tx, "ann", now)
        answers.answer(tx, task.id, "ann", "neutral", [], now)  # judged to have none
        assert counts_as(tx, stored.id) == ("neutral", ())
