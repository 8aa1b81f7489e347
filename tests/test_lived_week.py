"""A week that was lived is replayed: the same alerts, id by id and minute by minute.

The life has what lives have: processes that are killed between any two steps and start again, articles that
come late, some that are judged late, stories that are merged, alerts that somebody closes, a promotion to a
version that says negative more often, whose ratio becomes known bit by bit, another after which everything is
judged again, and looks whenever the clock happens to come by.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor import outbox
from monitor.detection import cells
from monitor.detection.bundled import DETECTORS
from monitor.detection.coverage import Polls
from monitor.detection.replay import Past, replay
from monitor.detection.rules import Rule
from monitor.detection.runs import Closing
from monitor.records import AlertState, Article, Decision, ModelState, ModelVersion, Route
from monitor.store import (
    Store,
    alerts,
    arrangements,
    articles,
    memberships,
    models,
    past,
    polls,
    predictions,
    stories,
    turns,
)
from monitor.testing import make_prediction
from tests.test_watch import HOUR, KNOWN, MINUTE, Newsroom

RULES = (
    Rule("surge", "surge", budget=2.0),
    Rule("share", "share", budget=1.0, scopes=("company", "all")),
    Rule("topics", "surge", budget=1.0, scopes=("topic",), least=4),
)


def lived(room: Newsroom, begins: datetime, days: int, dice: random.Random) -> datetime:
    """So many days of it; when they end."""
    now, ends = begins, begins + timedelta(days=days)
    surges = sorted(begins + timedelta(hours=dice.uniform(30, days * 24)) for _ in range(5))
    promoted_at = begins + timedelta(days=days * 0.6)
    waiting: list[int] = []
    closed = 0
    serves(room, "fake", begins)
    while now < ends:
        now += timedelta(minutes=dice.uniform(3, 45), seconds=dice.uniform(0, 60))
        room.publish(
            now,
            dice.randrange(3),
            negative=dice.random() < (0.3 if now < promoted_at else 0.6),
            company=dice.choice(("acme", "other")),
            published_at=now - (HOUR * dice.uniform(2, 40) if dice.random() < 0.1 else timedelta(0)),
            backlog=dice.random() < 0.05,
        )
        if surges and surges[0] < now:
            surges.pop(0)
            room.publish(now, dice.randrange(6, 12), company=dice.choice(("acme", "other")))
        if now >= promoted_at:
            serves(room, "b", now)
            if dice.random() < 0.1:
                compared(room, now, dice)
        if dice.random() < 0.5:
            room.read(now)
        if dice.random() < 0.05:  # it comes, and is judged hours later
            with room.store.begin() as tx:
                made = room.make(story_id=stories.create(tx, now), first_seen_at=now, published_at=now)
                waiting.append(articles.insert(tx, made).id)
        if waiting and dice.random() < 0.1:
            judged(room, [waiting.pop()], now, "late")
        if dice.random() < 0.03:
            merged(room, now, dice)
        if dice.random() < 0.5:
            room.watch(now + timedelta(seconds=dice.uniform(1, 60)))
            now += MINUTE
        if dice.random() < 0.1:
            room.restart()
        with room.store.read() as tx:
            firing = alerts.page(tx, [AlertState.FIRING])
        if firing and closed < 2 and dice.random() < 0.3:
            closed += 1
            now += MINUTE
            outbox.resolve(room.store, firing[0].id, "ann", now)
    with room.store.read() as tx:
        everything = [view.article.id for view in articles.page(tx, limit=200)]
    judged(room, everything, now, "promoted")
    for _ in range(3):
        now += 30 * MINUTE
        room.publish(now, 2)
        room.watch(now + MINUTE)
    return now + 2 * MINUTE


def serves(room: Newsroom, model: str, now: datetime) -> None:
    """This version serves, from now on or already."""
    with room.store.begin() as tx:
        serving = models.champion(tx)
        if serving is None or serving.id != model:
            models.put(tx, ModelVersion(model, "fake", "p", "d", ModelState.CHALLENGER, now))
            models.promote(tx, model, "", now)


def compared(room: Newsroom, now: datetime, dice: random.Random) -> None:
    """Some texts are judged again by the version that serves: half of what it calls negative is new."""
    with room.store.begin() as tx:
        turn = turns.newest(tx)
        assert turn is not None
        for view in dice.sample(articles.page(tx, limit=100), 10):
            old = dice.choice((0.9, 0.1))
            turns.keep(tx, turn, [(view.article.text_id, old, max(old, dice.choice((0.9, 0.1))))], now)


def judged(room: Newsroom, ids: list[int], now: datetime, model: str) -> None:
    said = make_prediction(negative=0.8, neutral=0.2, model=model)
    with room.store.begin() as tx:
        for id in ids:
            predictions.put(tx, id, said, Decision(Route.ACCEPT, ""), ["debt"], now)


def merged(room: Newsroom, now: datetime, dice: random.Random) -> None:
    with room.store.begin() as tx:
        found = [view.article for view in articles.page(tx, limit=40)]
        if len(found) > 10:
            into, other = dice.sample(found, 2)
            if into.story_id != other.story_id:
                arrangements.join(tx, into.story_id, other.story_id, memberships.MERGE, "ann", now)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_week_that_was_lived_is_replayed_alert_by_alert(
    sqlite_store: Store, article: Callable[..., Article], now: datetime, seed: int
) -> None:
    room = Newsroom(sqlite_store, article, rules=RULES)
    room.detectors = {"surge": DETECTORS["surge"](), "share": DETECTORS["share"]()}
    ends = lived(room, now, 8, random.Random(seed))
    room.watch(ends)
    with sqlite_store.read() as tx:
        told = {alert.id: alert for alert in alerts.page(tx, limit=1000)}
        begins, first = past.begins(tx), past.first(tx)
        assert begins is not None and first is not None
        closings = [Closing(one.at, one.alert_id) for one in alerts.closings(tx, begins)]
        [turn] = turns.all(tx)
        whole = Past(
            list(past.changes(tx, ends)),
            first,
            KNOWN,
            Polls(polls.read_at(tx, begins, ends)),
            closings,
            turns=[turn],
        )
        found = replay(whole, RULES, room.detectors, begins, ends)
    assert len(told) >= 3 and len(closings) >= 1
    assert turn.ratios and turn.ratios[-1].articles >= 10 and turn.ratios[-1].ratio < 1
    if seed == 1:
        never = replay(replace(whole, turns=()), RULES, room.detectors, begins, ends)
        scores = [[(one.id, one.score) for one in some.alerts] for some in (found, never)]
        assert scores[0] != scores[1], "the scale makes a difference"
    assert {one.id: (one.rule, one.opened_at) for one in found.alerts} == {
        id: (one.rule, one.opened_at) for id, one in told.items()
    }
    for one in found.alerts:
        alert = told[one.id]
        assert one.resolved_at is None or alert.state is AlertState.RESOLVED
        if one.resolved_at is not None and not alert.resolved_by:
            assert one.resolved_at == alert.resolved_at
        assert one.cut == alert.cut and str(one.scope) == str(alert.scope)


def test_a_closing_that_is_left_out_of_the_replay_is_missed(
    sqlite_store: Store, article: Callable[..., Article], now: datetime
) -> None:
    """The comparison above can fail: what people did is part of a life."""
    room = Newsroom(sqlite_store, article, rules=(replace(RULES[0], scopes=("company",)),))
    room.ordinary(now)
    room.publish(now, 9)
    (opened,) = room.watch(now + MINUTE)
    outbox.resolve(room.store, opened.id, "ann", now + 2 * MINUTE)
    room.publish(now + 3 * MINUTE, 9)
    (again,) = room.watch(now + 4 * MINUTE)
    with sqlite_store.read() as tx:
        first = past.first(tx)
        assert first is not None
        begins = cells.begins(first, cells.HOUR)
        without = replay(
            Past(past.changes(tx, now + HOUR), first, KNOWN),
            room.rules,
            room.detectors,
            begins,
            now + HOUR,
        )
    assert [one.id for one in without.alerts] == [opened.id] != [opened.id, again.id]
