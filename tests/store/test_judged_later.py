"""What is said of an archive's articles is stored as if it had been said then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from monitor.records import Article, Decision, Mention, Prediction, Route
from monitor.store import Store, Tx, answers, articles, judged_later, predictions, tasks
from monitor.store.schema import article_topics, company_sentiments, stories
from monitor.store.schema import articles as article_table
from monitor.store.schema import predictions as table

Publish = Callable[..., Article]
HOUR = timedelta(hours=1)
ACME, BOLT = Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 9, 13)
BAD = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
GOOD = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
SAID = (
    Prediction(BAD, {"debt": 0.7, "macro": 0.1}, "m", companies={"acme": GOOD}),
    Prediction(GOOD, {"macro": 0.2}, "m", unsupported="no text", temperature=1.5),
    Prediction(BAD, {}, "m"),
)


def settled(tx: Tx) -> list[list[tuple[object, ...]]]:
    """Everything that is settled of articles, but what tells when and why it was said."""
    columns = [
        [one for one in table.c if one.name not in ("created_at", "later_at", "route", "reason")],
        [getattr(article_table.c, name) for name in ("id", "sentiment", "confidence", "negative", "pending")],
        [getattr(stories.c, name) for name in ("id", "sentiment", "confidence")],
        list(article_topics.c),
        list(company_sentiments.c),
    ]
    return [sorted(map(tuple, tx.execute(select(*some)).all()), key=repr) for some in columns]


def test_the_rows_are_those_of_a_prediction_put(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        some = [publish(tx, mentions=named) for named in ((ACME, BOLT), (ACME,), ())]
        judged_later.keep(tx, list(zip(some, SAID, strict=True)), now)
        later = settled(tx)
        for one, said in zip(some, SAID, strict=True):
            predictions.put(tx, one.id, said, Decision(Route.REVIEW, ""), said.chosen_topics(), now)
        assert settled(tx) == later


def test_it_was_said_then_and_tells_when_in_truth(store: Store, publish: Publish, now: datetime) -> None:
    then = now - 900 * HOUR
    with store.begin() as tx:
        one = publish(tx, at=then)
        judged_later.keep(tx, [(one, SAID[0])], now)
        judged_later.keep(tx, [], now)
        [row] = tx.execute(select(table)).all()
        assert (row.created_at, row.later_at) == (then, now)
        found = predictions.current(tx, one.id)
        assert found is not None and found[0] == SAID[0]
        assert found[1].route is Route.ACCEPT and "part of an archive" in found[1].reason


def test_what_an_analyst_said_of_the_text_counts(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        first = publish(tx, "the same words")
        task = tasks.open_task(tx, first.id, Decision(Route.REVIEW, ""), 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "positive", ["dividend"], now)
        copy = publish(tx, "the same words", source="other")
        other = publish(tx, "other words")
        judged_later.keep(tx, [(replace(copy), SAID[0]), (other, SAID[0])], now)
        views = {view.article.id: view for view in articles.views(tx, [copy.id, other.id])}
        assert (views[copy.id].sentiment, views[copy.id].topics) == ("positive", ("dividend",))
        assert (views[other.id].sentiment, views[other.id].topics) == ("negative", ("debt",))
