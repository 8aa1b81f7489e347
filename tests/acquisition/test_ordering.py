"""The order of the queue: the strategy's, with some chance in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from monitor.acquisition import ordering
from monitor.errors import PluginError
from monitor.records import Article, Decision, Prediction, Route
from monitor.store import Store, Tx, answers, articles, predictions, stories, tasks
from monitor.testing import Clock, make_prediction

Make = Callable[..., Article]


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


def queue(tx: Tx, article: Make, text: str, clock: Clock) -> int:
    """Store an article in a story of its own, with an open task; the task's id."""
    stored = articles.insert(tx, article(text, story_id=stories.create(tx, clock())))
    task = tasks.open_task(tx, stored.id, Decision(Route.REVIEW, "unsure"), 0.5, clock())
    assert task is not None
    return task.id


class ByConfidence:
    kind = "by_confidence"

    def select(self, pool: Mapping[int, Prediction], labelled: Sequence[int], n: int, rng: Any) -> list[int]:
        return sorted(pool, key=lambda id: pool[id].confidence)[:n]


@pytest.fixture
def waiting(store: Store, article: Make, clock: Clock) -> list[int]:
    """Forty open tasks whose articles' confidence rises; the article ids."""
    ids = []
    with store.begin() as tx:
        for i in range(40):
            task = queue(tx, article, f"waiting text number {i}", clock)
            ids.append(tasks.get(tx, task).article_id)
            prediction = make_prediction(0.4 + i / 100, 0.6 - i / 100, 0, model="m")
            predictions.put(tx, ids[-1], prediction, Decision(Route.REVIEW, ""), (), clock())
    return ids


def test_the_strategy_orders_the_queue_with_some_chance_in_it(
    store: Store, waiting: list[int], clock: Clock
) -> None:
    order = ordering.prioritise(store, ByConfidence(), 20, np.random.default_rng(3))
    assert len(order) == len(set(order)) == 20 and set(order) <= set(waiting)
    with store.read() as tx:
        pool = {id: found[0] for id, found in predictions.of(tx, waiting).items()}
    wanted = ByConfidence().select(pool, [], 40, None)
    drawn = set(order) - set(wanted[:20])
    assert 1 <= len(drawn) <= 6  # a tenth of the places, at random
    assert [id for id in order if id not in drawn] == wanted[: 20 - len(drawn)]
    with store.begin() as tx:
        assert [task.article_id for task in tasks.next_tasks(tx, "ann", 20, clock())] == order


def test_an_order_of_the_whole_queue_has_chance_in_it_too(store: Store, waiting: list[int]) -> None:
    order = ordering.prioritise(store, ByConfidence(), 40, np.random.default_rng(3))
    assert sorted(order) == sorted(waiting)
    with store.read() as tx:
        pool = {id: found[0] for id, found in predictions.of(tx, waiting).items()}
    wanted = ByConfidence().select(pool, [], 40, None)
    places = [order.index(id) - wanted.index(id) for id in waiting]
    assert any(place < -3 for place in places)  # somebody was drawn to the front
    assert sum(place > 6 for place in places) == 0  # and nobody else lost more than the draws' number


def test_the_order_repeats_with_the_same_chance(store: Store, waiting: list[int]) -> None:
    first = ordering.prioritise(store, ByConfidence(), 10, np.random.default_rng(5))
    assert ordering.prioritise(store, ByConfidence(), 10, np.random.default_rng(5)) == first


def test_answered_tasks_are_not_in_the_pool(store: Store, waiting: list[int], clock: Clock) -> None:
    with store.begin() as tx:
        (task,) = tasks.next_tasks(tx, "ann", 1, clock())
        answers.answer(tx, task.id, "ann", "neutral", None, clock())
    order = ordering.prioritise(store, ByConfidence(), 40, np.random.default_rng(0))
    assert set(order) == set(waiting) - {task.article_id}


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("answer", [[999_999], [1, 1], list(range(1, 12))])
def test_a_strategy_that_breaks_its_contract_changes_nothing(store: Store, answer: list[int]) -> None:
    class Broken:
        kind = "broken"

        def select(self, pool: Any, labelled: Any, n: int, rng: Any) -> list[int]:
            return answer

    with pytest.raises(PluginError, match="strategy 'broken': expected at most 10 distinct ids"):
        ordering.prioritise(store, Broken(), 10, np.random.default_rng(0))


def test_an_empty_queue_is_left_alone(store: Store) -> None:
    assert ordering.prioritise(store, ByConfidence(), 10, np.random.default_rng(0)) == []
