"""What a watch keeps is what a walk through the whole past comes to, however seldom and by whom it looks."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.detection.episodes import Rise
from monitor.detection.rules import Rule
from monitor.detection.walk import Walk
from monitor.errors import StoreError
from monitor.outbox import resolve
from monitor.records import AlertState, Article
from monitor.store import Store, alerts, past, walked
from tests.detection.lives import Rare
from tests.test_watch import HOUR, KNOWN, Newsroom

RULES = (Rule("surge", "rare", budget=2.0), Rule("companies", "rare", scopes=("company",), budget=0.5))
Kept = tuple[dict[str, list[tuple[Cut, int]]], dict[str, list[Rise]]]


@pytest.fixture
def room(sqlite_store: Store, article: Callable[..., Article]) -> Newsroom:
    return Newsroom(sqlite_store, article, rules=RULES, detectors={"rare": Rare()})


def live(room: Newsroom, begins: datetime, hours: int, dice: random.Random) -> None:
    """Some news in each of so many hours, and now and then a surge."""
    for hour in range(hours):
        at = begins + hour * HOUR + timedelta(minutes=dice.uniform(0, 59))
        bad = dice.random() < 0.3
        room.publish(at, dice.randrange(6, 12) if dice.random() < 0.03 else 1, negative=bad)


def kept(room: Newsroom) -> Kept:
    """What a walk would go on from."""
    with room.store.read() as tx:
        looked = walked.looked_at(tx)
        assert looked is not None and room.going is not None
        last = cells.hour(looked) // 24 * 24 * cells.IN_HOUR
        cuts = walked.kept_cuts(tx, room.going.said, last)
        assert cuts is not None, "the newest cut is that of the last night"
        return cuts, walked.kept_rises(tx, room.going.said)


def walked_through(room: Newsroom, now: datetime) -> Kept:
    """What one walk through all of it comes to."""
    with room.store.read() as tx:
        first = past.first(tx)
        assert first is not None
        walk = Walk(RULES, room.detectors, first, KNOWN)
        for at, changes in past.changes(tx, now):
            walk.step(at, changes)
        walk.step(now)
    return (
        {
            name: [(cut, dict(run.tests)[cut.since]) for cut in walk.cuts if cut.rule == name]
            for name, run in walk.runs.items()
        },
        {name: run.rises for name, run in walk.runs.items() if run.rises},
    )


@pytest.mark.parametrize("restart", [False, True])
def test_a_look_after_days_keeps_the_cut_of_each_of_them(
    room: Newsroom, now: datetime, restart: bool
) -> None:
    dice = random.Random(1)
    live(room, now, 40, dice)
    room.watch(now + 40 * HOUR)
    live(room, now + 40 * HOUR, 96, dice)
    if restart:
        room.restart()
    room.watch(now + 136 * HOUR)
    found = kept(room)
    assert [len(cuts) for cuts in found[0].values()] == [6, 6]
    assert found == walked_through(room, now + 136 * HOUR)


@pytest.mark.parametrize("seed", range(3))
def test_however_it_looks_and_starts_it_comes_to_the_same(room: Newsroom, now: datetime, seed: int) -> None:
    dice, hour = random.Random(seed), 0
    while hour < 150:
        more = dice.choice((1, 1, 2, 7, 30, 60))
        live(room, now + hour * HOUR, more, dice)
        hour += more
        room.watch(now + hour * HOUR)
        if hour > 40:
            assert kept(room) == walked_through(room, now + hour * HOUR)
        if dice.random() < 0.4:
            room.restart()
    assert any(walked_through(room, now + hour * HOUR)[1].values()), "something rose"


def told(room: Newsroom) -> list[tuple[str, str]]:
    with room.store.read() as tx:
        return sorted((one.id, one.state) for one in alerts.page(tx, limit=1000))


@pytest.mark.parametrize("after", range(1, 5))
def test_a_look_that_stops_on_the_way_loses_nothing(
    room: Newsroom, now: datetime, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """As where the store is away in the middle of it."""
    live(room, now, 60, random.Random(3))
    room.watch(now + 60 * HOUR)
    live(room, now + 60 * HOUR, 4, random.Random(4))
    room.publish(now + 64 * HOUR, 9)
    steps, step = iter(range(99)), Walk.step

    def stops(walk: Walk, *given: Any) -> Any:
        if next(steps) == after:
            raise StoreError("the disk is away")
        return step(walk, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Walk, "step", stops)
        with pytest.raises(StoreError):
            room.watch(now + 65 * HOUR)
    room.watch(now + 65 * HOUR)
    assert kept(room) == walked_through(room, now + 65 * HOUR)
    assert AlertState.FIRING in {state for _, state in told(room)}


def test_what_was_closed_while_nothing_looked_for_long_is_heard_of(room: Newsroom, now: datetime) -> None:
    live(room, now, 60, random.Random(3))
    room.publish(now + 60 * HOUR, 9)
    room.watch(now + 61 * HOUR)
    with room.store.read() as tx:
        firing = alerts.page(tx, [AlertState.FIRING])
    for alert in firing:
        resolve(room.store, alert.id, "ann", now + 62 * HOUR)
    for restart in (False, True):
        later = now + (62 + 24 * 10) * HOUR + restart * HOUR
        if restart:
            room.restart()
        room.watch(later)
        assert room.going is not None and room.going._walk is not None
        assert all(run.known for run in room.going._walk.runs.values())
