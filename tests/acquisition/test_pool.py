"""A pool has the columns that a strategy needs, from what the store knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from monitor.acquisition import ordering, pool
from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.detection.episodes import Rise
from monitor.errors import PluginError
from monitor.messages import Message
from monitor.records import Article, Decision, Mention, Route
from monitor.selection import COLUMNS, Pool
from monitor.store import Store, Tx, answers, articles, mentions, predictions, stories, tasks, walked
from monitor.testing import Clock, make_prediction
from monitor_plugins.strategies import Adaptive, CoreSet, register_strategies

Make = Callable[..., Article]


@pytest.fixture
def ids(store: Store, article: Make, clock: Clock) -> list[int]:
    """Twelve articles with open tasks, of which the first four are answered."""
    found = []
    with store.begin() as tx:
        for i in range(12):
            story = stories.create(tx, clock())
            text = f"text number {i} about something else entirely"
            stored = articles.insert(tx, article(text, story_id=story, language=("en", "zh")[i % 2]))
            tasks.open_task(tx, stored.id, Decision(Route.REVIEW, "unsure"), 0.5, clock())
            prediction = make_prediction(0.2 + i / 30, 0.5, 0.3 - i / 50, model="m", topics={"legal": 0.9})
            predictions.put(tx, stored.id, prediction, Decision(Route.REVIEW, ""), ("legal",), clock())
            found.append(stored.id)
        clock.advance(hours=2)
        for n, task in enumerate(tasks.next_tasks(tx, "ann", 4, clock())):
            sentiment = ("negative", "neutral", "positive", "neutral")[n]
            answers.answer(tx, task.id, "ann", sentiment, None, clock())
    return found


def vectors(tx: Tx, article_ids: Sequence[int]) -> Any:
    """Every fifth article has none."""
    found = np.array([[id, id % 3, 1.0] for id in article_ids], dtype=np.float16).reshape(-1, 3)
    found[[id % 5 == 0 for id in article_ids]] = np.nan
    return found


def build(store: Store, clock: Clock, needs: Sequence[str], **given: Any) -> Pool:
    with store.read() as tx:
        rng = np.random.default_rng(0)
        return pool.build(tx, needs, rng, now=clock(), **given)


def test_every_column_is_filled(store: Store, ids: list[int], clock: Clock) -> None:
    found = build(store, clock, COLUMNS, vectors=vectors)
    assert set(found.columns()) == {"ids", *COLUMNS}
    assert found.ids.tolist() == ids[4:]
    assert found.column("probabilities").sum(axis=1).tolist() == pytest.approx([1.0] * 8)
    assert found.column("age").tolist() == pytest.approx([2.0] * 8)
    assert found.column("language").tolist() == ["en", "zh"] * 4
    assert found.column("labels").tolist() == [0, 1, 2, 1]
    assert found.column("members").shape == (5, 8, 3)
    assert (found.column("seconds") > 0).all() and (found.column("length") > 20).all()
    assert len(set(found.column("story").tolist())) == 8
    assert found.column("impact").shape == (8,)


def test_only_what_is_needed_is_there(store: Store, ids: list[int], clock: Clock) -> None:
    found = build(store, clock, ["age"])
    assert set(found.columns()) == {"ids", "age"} and len(found) == len(ids) - 4
    without = build(store, clock, COLUMNS)
    assert {name for name in COLUMNS if getattr(without, name) is None} == {
        *("vectors", "members", "labelled_vectors"),
    }


def test_vectors_are_read_only_where_they_are_needed(store: Store, ids: list[int], clock: Clock) -> None:
    def never(tx: Tx, article_ids: Sequence[int]) -> Any:
        raise AssertionError("nobody asked for vectors")

    found = build(store, clock, ["labels", "labelled_probabilities"], vectors=never)
    assert found.column("labels").tolist() == [0, 1, 2, 1]
    assert found.column("labelled_probabilities").shape == (4, 3)


def test_an_empty_store_gives_an_empty_pool(store: Store, clock: Clock) -> None:
    found = build(store, clock, COLUMNS)
    assert len(found) == 0 and found.column("probabilities").shape == (0, 3)


def rose(tx: Tx, at: datetime, score: float, *series: str) -> None:
    """These series rose at a moment, under a cut of 4."""
    cut = Cut("surge", 0, 4.0, checked=True, weeks=30, openings=1)
    rises = [Rise(cells.cell(at), name, score, frozenset(), 3, 3.0, 1.0, 24, seen_at=at) for name in series]
    walked.keep(tx, at, {"surge": {}}, [(cut, 0)], {"surge": rises}, 0)


def test_impact_is_what_may_be_negative_and_is_near_an_alert(
    store: Store, ids: list[int], clock: Clock
) -> None:
    assert build(store, clock, ["impact"]).column("impact").tolist() == [0.0] * 8, "nothing ever rose"
    negative = build(store, clock, ["probabilities"]).column("probabilities")[:, 0]
    unsure = 4 * negative * (1 - negative)
    for score, nearness in ((3.0, 0.75), (4.0, 1.0), (5.0, 0.8)):
        with store.begin() as tx:
            walked.forget(tx)
            rose(tx, clock(), score, "topic:legal", "topic:debt")
        found = build(store, clock, ["impact"]).column("impact")
        assert found.tolist() == pytest.approx((nearness * unsure).tolist())
    with store.begin() as tx:
        walked.forget(tx)
        rose(tx, clock(), 4.0, "topic:debt", "both:debt:acme", "both:legal:brick")
    assert build(store, clock, ["impact"]).column("impact").tolist() == [0.0] * 8, "of another topic"
    with store.begin() as tx:
        mentions.replace(tx, ids[5], [Mention("brick", "Brick", 0, 5)], clock())
    found = build(store, clock, ["impact"]).column("impact")
    assert found.nonzero()[0].tolist() == [1] and found[1] == pytest.approx(unsure[1])


def test_what_rose_more_than_a_day_ago_is_near_no_more(store: Store, ids: list[int], clock: Clock) -> None:
    with store.begin() as tx:
        rose(tx, clock(), 4.0, "topic:legal")
    clock.advance(hours=24)
    assert build(store, clock, ["impact"]).column("impact").max() > 0
    clock.advance(minutes=5)
    assert build(store, clock, ["impact"]).column("impact").max() == 0


def test_labels_are_known_by_the_arm_that_brought_them(store: Store, ids: list[int], clock: Clock) -> None:
    assert len(build(store, clock, ["asked_by"]).column("asked_by")) == 0
    with store.begin() as tx:
        reason = Message("acquisition.by", kind="margin", share=0.25, reason=Message("acquisition.lot"))
        tasks.reprioritise(tx, [ids[6]], {ids[6]: reason})
        (task,) = tasks.next_tasks(tx, "bob", 1, clock())
        assert task.reason == "margin (drawn at 0.25): drawn by lot"
        answers.answer(tx, task.id, "bob", "negative", None, clock())
    found = build(store, clock, ["asked_by", "asked_share", "asked_loss"])
    assert found.column("asked_by").tolist() == ["margin"]
    assert found.column("asked_share").tolist() == [0.25]
    said = make_prediction(0.2 + 6 / 30, 0.5, 0.3 - 6 / 50).sentiment["negative"]
    assert found.column("asked_loss")[0] == pytest.approx(-np.log(said))


@pytest.mark.parametrize("strategy", [cls() for cls in register_strategies()], ids=lambda one: one.kind)
def test_every_strategy_orders_the_queue(store: Store, ids: list[int], clock: Clock, strategy: Any) -> None:
    order = ordering.prioritise(*(store, strategy, 8, np.random.default_rng(0)), now=clock(), vectors=vectors)
    assert sorted(order) == ids[4:]


def test_a_strategy_that_lacks_vectors_says_so(store: Store, ids: list[int], clock: Clock) -> None:
    with pytest.raises(PluginError, match="it needs the column vectors, which nobody could fill"):
        ordering.prioritise(store, CoreSet(), 8, np.random.default_rng(0), now=clock())
    order = ordering.prioritise(store, Adaptive(), 8, np.random.default_rng(0), now=clock())
    assert sorted(order) == ids[4:]


def test_ages_are_hours(store: Store, ids: list[int], clock: Clock) -> None:
    clock.advance(hours=10)
    assert build(store, clock, ["age"]).column("age")[0] == pytest.approx(12)
