"""Labels: what stands, what is counted since, and what a data set is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.records import Article, Decision, Route
from monitor.store import Store, Tx, answers, articles, labels, tasks

MINUTE = timedelta(minutes=1)


def answer(
    tx: Tx, article_id: int, user: str, sentiment: str, at: datetime, topics: list[str] | None = None
) -> None:
    task = tasks.open_task(tx, article_id, Decision(Route.REVIEW, "unsure"), 0.5, at)
    assert task is not None
    answers.answer(tx, task.id, user, sentiment, topics, at)


def test_standing_labels_come_with_their_articles(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        a, b, c = publish(tx), publish(tx), publish(tx)
        answer(tx, b.id, "bob", "positive", now, ["stocks", "macro"])
        answer(tx, a.id, "ann", "negative", now + MINUTE)
        answer(tx, c.id, "ann", "neutral", now + 2 * MINUTE, [])
        answers.undo(tx, "ann", now + 3 * MINUTE)
        answer(tx, publish(tx, "from the sample", sample=True).id, "ann", "negative", now)
        kept = articles.revise(tx, replace(b, text=f"{b.text}.", content=f"{b.content}."), now)
        articles.revise(tx, replace(a, text="new", content="new"), now)
        found = labels.current(tx)
    assert [(item.article, item.label.sentiment, item.label.topics) for item in found] == [
        (kept, "positive", ("stocks", "macro")),
    ], "neither what was taken back, nor what is said no more, nor what was made up"


def test_labels_are_counted_since(store: Store, publish: Callable[..., Article], now: datetime) -> None:
    with store.begin() as tx:
        assert labels.newest(tx) == 0
        answer(tx, publish(tx).id, "ann", "negative", now)
        seen = labels.newest(tx)
        for minute in (-9, 9):  # whatever date the clock gave them
            answer(tx, publish(tx).id, "ann", "negative", now + minute * MINUTE)
        task = tasks.open_task(tx, publish(tx).id, Decision(Route.REVIEW, "unsure"), 0.5, now)
        assert task is not None
        answers.skip(tx, task.id, "bob", now)
        assert labels.since(tx) == 3 and labels.since(tx, seen) == 2
        assert labels.since(tx, labels.newest(tx)) == 0
        answers.undo(tx, "ann", now)
        assert labels.since(tx, seen) == 1
