"""Shadows in the store: what they judge, how they end, and that they touch nothing that serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from monitor.errors import NotFoundError
from monitor.messages import Message, said
from monitor.records import Article, Decision, ModelState, ModelVersion, Route
from monitor.store import Store, Tx, articles, audit, models, predictions, shadows, stories
from monitor.store import clock as ticks
from monitor.store.schema import articles as table
from monitor.store.schema import clock as clock_table
from monitor.store.shadows import Shadow
from monitor.testing import make_prediction

LEVEL = 0.05
ACCEPT = Decision(Route.ACCEPT, "sure")
NEGATIVE, NEUTRAL = make_prediction(negative=0.9), make_prediction(neutral=0.9)
Make = Callable[..., Article]


def version(id: str, state: ModelState, now: datetime, hours: float = 0.0) -> ModelVersion:
    return ModelVersion(id, "fake", id, "0" * 64, state, now, snapshot="s", shadow_hours=hours)


@pytest.fixture
def begun(store: Store, article: Make, now: datetime) -> Store:
    """`old` serves; `new` was found fit and is its shadow for two hours, from after the first article on."""
    with store.begin() as tx:
        models.put(tx, version("old", ModelState.CHAMPION, now))
        models.put(tx, version("new", ModelState.CHALLENGER, now, 2.0))
        judged(tx, article, now)
        assert not shadows.admit(tx, "new", Message("gate.no_gold"), now)
    return store


def judged(tx: Tx, article: Make, now: datetime, **fields: object) -> Article:
    """A new article that the champion calls neutral."""
    made = articles.insert(tx, article(first_seen_at=now, story_id=stories.create(tx, now), **fields))
    predictions.put(tx, made.id, replace(NEUTRAL, model="old"), ACCEPT, [], now)
    return made


def running(tx: Tx) -> Shadow:
    found = shadows.running(tx)
    assert found is not None
    return found


def pass_hours(tx: Tx, hours: float) -> None:
    """On the store's clock."""
    if not ticks.seconds(tx):
        ticks.take(tx, "test", ticks.look(tx), 0.0, datetime(2026, 3, 2, tzinfo=UTC))
    tx.execute(clock_table.update().values(seconds=clock_table.c.seconds + 3600 * hours))


def test_a_version_without_hours_serves_at_once(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        models.put(tx, version("old", ModelState.CHAMPION, now))
        models.put(tx, version("new", ModelState.CHALLENGER, now))
        assert shadows.admit(tx, "new", "better", now)
        assert models.get(tx, "new").state is ModelState.CHAMPION and shadows.of(tx, "new") is None


def test_the_first_version_has_nobody_to_stand_beside(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        models.put(tx, version("new", ModelState.CHALLENGER, now, 2.0))
        assert shadows.admit(tx, "new", "first", now)
        with pytest.raises(NotFoundError):
            shadows.admit(tx, "none", "first", now)


def test_it_judges_what_the_champion_judged_from_then_on(begun: Store, article: Make, now: datetime) -> None:
    with begun.begin() as tx:
        assert shadows.waiting(tx, running(tx), 10) == []
        first, second = judged(tx, article, now), judged(tx, article, now)
        judged(tx, article, now, sample=True)
        articles.insert(tx, article(story_id=stories.create(tx, now)))  # which the champion has yet to judge
        judged(tx, article, now, history=True)
        assert [one.id for one in shadows.waiting(tx, running(tx), 10)] == [first.id, second.id]
        assert [one.id for one in shadows.waiting(tx, running(tx), 1)] == [first.id]
        said = {first.id: (replace(NEGATIVE, model="new"), Route.REVIEW)}
        shadows.keep(tx, running(tx), said, [second.id], now)
        assert shadows.waiting(tx, running(tx), 10) == []
        current = predictions.current(tx, first.id)
        assert current is not None and (current[0].model, current[1].route) == ("old", Route.ACCEPT)
        counted = select(table.c.sentiment).where(table.c.id == first.id)
        assert tx.scalar(counted) == "neutral", "what counts is the champion's word"
        seen = shadows.look(tx, running(tx), LEVEL, now).seen
    assert (seen["articles"], seen["failed"], seen["moved"]) == (1, 1, {"neutral > negative": 1})
    assert (seen["negative"], seen["accepted"]) == ([0, 1], [1, 0])


def test_it_is_promoted_when_its_hours_are_over(begun: Store, article: Make, now: datetime) -> None:
    with begun.begin() as tx:
        pass_hours(tx, 1.9)
        assert shadows.look(tx, running(tx), LEVEL, now).verdict == ""
        assert models.get(tx, "new").state is ModelState.CHALLENGER
        pass_hours(tx, 0.2)
        ended = shadows.look(tx, running(tx), LEVEL, now)
        assert (ended.verdict, ended.ended_at) == ("promoted", now)
        assert models.get(tx, "new").state is ModelState.CHAMPION
        assert models.get(tx, "old").state is ModelState.RETIRED
        assert [one.event for one in models.events(tx, "new")] == ["shadowed", "promoted"]
        entry = audit.page(tx)[0]
        assert (entry.action, entry.target, entry.detail["parent"]) == ("model.promote", "new", "old")
        assert shadows.told(ended)["state"] == "ended"
        assert shadows.words(ended).startswith("nothing spoke against it in 2 hours beside old: 0 articles")
        assert said(shadows.words(ended), "zh").startswith("与 old 并行判断 2 小时，未见问题")
        assert shadows.look(tx, ended, LEVEL, now) == ended, "over is over"


def test_it_is_refused_where_it_fails(begun: Store, article: Make, now: datetime) -> None:
    with begun.begin() as tx:
        ids = [judged(tx, article, now).id for _ in range(12)]
        shadows.keep(tx, running(tx), {}, ids, now)
        assert shadows.look(tx, running(tx), LEVEL, now).verdict == "", "not before its time"
        pass_hours(tx, 3)
        ended = shadows.look(tx, running(tx), LEVEL, now)
        assert ended.verdict == "refused" and models.get(tx, "new").state is ModelState.REFUSED
        assert shadows.words(ended) == "beside the champion it failed on 12 of 12 articles"
        assert models.champion(tx) is not None and audit.page(tx)[0].action == "model.refuse"


def test_one_that_cannot_be_loaded_is_refused_at_once(begun: Store, now: datetime) -> None:
    with begun.begin() as tx:
        ended = shadows.refuse(tx, running(tx), "damaged", now)
        assert (ended.verdict, ended.outcome) == ("refused", "damaged")
        assert shadows.refuse(tx, ended, "again", now) == ended


def test_another_version_that_serves_ends_it(begun: Store, now: datetime) -> None:
    with begun.begin() as tx:
        shadow = running(tx)
        models.put(tx, version("third", ModelState.CHALLENGER, now))
        models.promote(tx, "third", "by hand", now, "ada")
        shadows.settle(tx, now)
        shadows.settle(tx, now)
        ended = shadows.of(tx, "new")
        assert ended is not None and (ended.id, ended.verdict) == (shadow.id, "overtaken")
        assert models.get(tx, "new").state is ModelState.REFUSED


def test_promoted_by_hand_it_serves(begun: Store, now: datetime) -> None:
    with begun.begin() as tx:
        models.promote(tx, "new", "by hand", now, "ada")
        shadows.settle(tx, now)
        ended = shadows.of(tx, "new")
        assert ended is not None and ended.verdict == "overtaken"
        assert models.get(tx, "new").state is ModelState.CHAMPION


def test_one_runs_at_a_time(begun: Store, now: datetime) -> None:
    with begun.begin() as tx:
        models.put(tx, version("newer", ModelState.CHALLENGER, now, 1.0))
        assert not shadows.admit(tx, "newer", "better still", now)
        assert running(tx).challenger == "newer"
        assert models.get(tx, "new").state is ModelState.REFUSED
