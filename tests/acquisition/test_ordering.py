"""The order of the queue: the strategy's, with some chance in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from monitor.acquisition import ordering
from monitor.errors import PluginError
from monitor.evaluation.analysts import Record
from monitor.messages import said
from monitor.records import Article, Decision, Role, Route, TaskState
from monitor.selection import Choice, Pool
from monitor.store import Store, Tx, answers, articles, doubts, pools, predictions, stories, tasks, users
from monitor.testing import Clock, make_prediction

Make = Callable[..., Article]
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def queue(tx: Tx, article: Make, text: str, clock: Clock) -> int:
    """Store an article in a story of its own, with an open task; the task's id."""
    stored = articles.insert(tx, article(text, story_id=stories.create(tx, clock())))
    task = tasks.open_task(tx, stored.id, Decision(Route.REVIEW, "unsure"), 0.5, clock())
    assert task is not None
    return task.id


class ByConfidence:
    kind = "by_confidence"
    needs = ("probabilities",)

    def select(self, pool: Pool, n: int, rng: Any) -> Choice:
        confidence = pool.column("probabilities").max(axis=1)
        rows = np.argsort(confidence, kind="stable")[:n]
        return Choice(rows, -confidence[rows], [f"only {one:.2f}" for one in confidence[rows]])


def shares(place: int) -> tuple[float, float, float]:
    return 0.4 + place / 100, 0.6 - place / 100, 0.0


def by_confidence(waiting: list[int]) -> list[int]:
    confidence = {id: max(shares(place)) for place, id in enumerate(waiting)}
    return sorted(waiting, key=confidence.__getitem__)


def prioritise(store: Store, n: int, seed: int, strategy: Any = None) -> list[int]:
    rng = np.random.default_rng(seed)
    return ordering.prioritise(store, strategy or ByConfidence(), n, rng, now=NOW)


@pytest.fixture
def waiting(store: Store, article: Make, clock: Clock) -> list[int]:
    """Forty open tasks whose articles' confidence rises; the article ids."""
    ids = []
    with store.begin() as tx:
        for i in range(40):
            task = queue(tx, article, f"waiting text number {i}", clock)
            ids.append(tasks.get(tx, task).article_id)
            prediction = make_prediction(*shares(i), model="m")
            predictions.put(tx, ids[-1], prediction, Decision(Route.REVIEW, ""), (), clock())
    return ids


def test_the_strategy_orders_the_queue_with_some_chance_in_it(
    store: Store, waiting: list[int], clock: Clock
) -> None:
    order = prioritise(store, 20, 3)
    assert len(order) == len(set(order)) == 20 and set(order) <= set(waiting)
    wanted = by_confidence(waiting)
    drawn = set(order) - set(wanted[:20])
    assert 1 <= len(drawn) <= 6  # a tenth of the places, at random
    assert [id for id in order if id not in drawn] == wanted[: 20 - len(drawn)]
    with store.begin() as tx:
        assert [task.article_id for task in tasks.next_tasks(tx, "ann", 20, clock())] == order


def second(store: Store, share: float) -> list[int]:
    rng = np.random.default_rng(3)
    return ordering.prioritise(store, ByConfidence(), 20, rng, now=NOW, second_share=share)


@pytest.fixture
def labelled(store: Store, waiting: list[int], clock: Clock) -> list[int]:
    """The last ten of those that wait, labelled by ann against the model's word; the article ids."""
    with store.begin() as tx:
        for name in ("ann", "bob"):
            users.add(tx, name, "none", Role.ANALYST, clock())
        for id in waiting[-10:]:
            task = tasks.of(tx, id)
            assert task is not None
            answers.answer(tx, task.id, "ann", "positive", None, clock())
    return waiting[-10:]


def test_a_bounded_share_of_places_goes_to_second_readings_of_another_analyst(
    store: Store, labelled: list[int], clock: Clock
) -> None:
    assert not set(second(store, 0.0)) & set(labelled)
    order = second(store, 0.2)
    again = [id for id in order if id in labelled]
    assert len(again) == 4 and len(order) == 24, "a fifth of the places, beside the twenty"
    assert [id for id in order if id in labelled] == [id for id in second(store, 0.2) if id in labelled], (
        "those that wait already are the share's"
    )
    with store.begin() as tx:
        mine = [task.article_id for task in tasks.next_tasks(tx, "ann", 40, clock())]
        assert not set(mine) & set(labelled), "never of who has labelled it"
        tasks.release(tx, "ann", [tasks.of(tx, id).id for id in mine])  # type: ignore[union-attr]
        theirs = tasks.next_tasks(tx, "bob", 24, clock())
        assert [task.article_id for task in theirs if task.article_id in labelled] == again
        one = next(task for task in theirs if task.article_id == again[0])
        assert said(one.reason, "en").startswith("read by one analyst") and one.wanted == 2
        answers.answer(tx, one.id, "bob", "negative", None, clock())
        assert tasks.get(tx, one.id).state is TaskState.DONE
    assert again[0] not in second(store, 0.2), "two readings are enough"


def test_nobody_reads_again_where_there_is_nobody_else(
    store: Store, labelled: list[int], clock: Clock
) -> None:
    with store.begin() as tx:
        users.disable(tx, "bob")
    assert not set(second(store, 0.5)) & set(labelled)


def test_what_a_doubted_analyst_labelled_is_ordered_as_if_nobody_had(
    store: Store, labelled: list[int], clock: Clock
) -> None:
    with store.begin() as tx:
        doubts.begin(tx, Record("ann", 40, 0.5, 0.1, 1e6, True), clock())
        assert set(labelled) <= {one.id for one in pools.waiting(tx)}, "asked again"
        assert pools.second(tx) == [] and pools.readings(tx) == [], "and not once more"
    assert set(labelled) <= set(prioritise(store, 40, 1))


def test_who_corrected_a_text_is_no_second_reader_of_it(
    store: Store, labelled: list[int], clock: Clock
) -> None:
    with store.begin() as tx:
        for id in labelled:
            about = (id, "bob", "neutral", None, clock())
            answers.on_request(tx, *about, reason="wrong")
    with store.begin() as tx:
        assert tasks.ask_again(tx, labelled) == 10
        found = [task.article_id for task in tasks.next_tasks(tx, "bob", 40, clock())]
    assert not set(found) & set(labelled)


def test_audits_are_never_read_again_by_it(store: Store, article: Make, clock: Clock) -> None:
    with store.begin() as tx:
        stored = articles.insert(tx, article("drawn", story_id=stories.create(tx, clock())))
        task = tasks.open_task(tx, stored.id, Decision(Route.AUDIT, "drawn", 0.1), 0.5, clock(), wanted=1)
        assert task is not None
        answers.answer(tx, task.id, "ann", "neutral", [], clock())
        assert tasks.ask_again(tx, [stored.id]) == 0 and tasks.get(tx, task.id).state is TaskState.DONE


def test_an_order_of_the_whole_queue_has_chance_in_it_too(store: Store, waiting: list[int]) -> None:
    order = prioritise(store, 40, 3)
    assert sorted(order) == sorted(waiting)
    wanted = by_confidence(waiting)
    places = [order.index(id) - wanted.index(id) for id in waiting]
    assert any(place < -3 for place in places)  # somebody was drawn to the front
    assert sum(place > 6 for place in places) == 0  # and nobody else lost more than the draws' number


def test_the_order_repeats_with_the_same_chance(store: Store, waiting: list[int]) -> None:
    first = prioritise(store, 10, 5)
    assert prioritise(store, 10, 5) == first


def test_answered_tasks_are_not_in_the_pool(store: Store, waiting: list[int], clock: Clock) -> None:
    with store.begin() as tx:
        (task,) = tasks.next_tasks(tx, "ann", 1, clock())
        answers.answer(tx, task.id, "ann", "neutral", None, clock())
    order = prioritise(store, 40, 0)
    assert set(order) == set(waiting) - {task.article_id}


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("rows", [[999_999], [1, 1], list(range(1, 12))])
def test_a_strategy_that_breaks_its_contract_changes_nothing(store: Store, rows: list[int]) -> None:
    class Broken:
        kind = "broken"
        needs = ()

        def select(self, pool: Any, n: int, rng: Any) -> Choice:
            return Choice(rows, [1.0] * len(rows), ["why"] * len(rows))

    with pytest.raises(PluginError, match="`select` returned"):
        prioritise(store, 10, 0, Broken())


def test_an_empty_queue_is_left_alone(store: Store) -> None:
    assert prioritise(store, 10, 0) == []


def test_every_task_in_order_says_why(store: Store, waiting: list[int], clock: Clock) -> None:
    order = prioritise(store, 20, 3)
    with store.begin() as tx:
        told = {task.article_id: task.reason for task in tasks.next_tasks(tx, "ann", 40, clock())}
    lots = [id for id in order if told[id] == "drawn by lot"]
    assert lots and said(told[lots[0]], "zh") == "随机抽取"
    for id in set(order) - set(lots):
        assert told[id] == f"only {max(shares(waiting.index(id))):.2f}"
    assert {told[id] for id in set(waiting) - set(order)} == {"unsure"}


def test_one_of_each_story_comes_before_a_second_of_any(store: Store, article: Make, clock: Clock) -> None:
    with store.begin() as tx:
        for story in range(4):
            story_id = stories.create(tx, clock())
            for copy in range(5):
                stored = articles.insert(tx, article(f"story {story}, copy {copy}", story_id=story_id))
                tasks.open_task(tx, stored.id, Decision(Route.REVIEW, "unsure"), 0.5, clock())
                prediction = make_prediction(0.4 + story / 100, 0.6 - story / 100, 0, model="m")
                predictions.put(tx, stored.id, prediction, Decision(Route.REVIEW, ""), (), clock())
    order = prioritise(store, 20, 1)
    with store.read() as tx:
        told = {one.id: one.story_id for one in articles.get_many(tx, order)}
    assert len({told[id] for id in order[:4]}) >= 3  # a place may be drawn by lot
    assert len(order) == 20


@pytest.mark.usefixtures("waiting")
def test_what_was_drawn_keeps_its_order(store: Store, article: Make, clock: Clock) -> None:
    with store.begin() as tx:
        drawn = articles.insert(tx, article("drawn", story_id=stories.create(tx, clock())))
        before = tasks.open_task(tx, drawn.id, Decision(Route.AUDIT, "drawn at random"), 0.9, clock())
        prediction = make_prediction(0.34, 0.33, 0.33, model="m")
        predictions.put(tx, drawn.id, prediction, Decision(Route.AUDIT, ""), (), clock())
    assert drawn.id not in prioritise(store, 40, 0)
    with store.read() as tx:
        assert tasks.of(tx, drawn.id) == before
