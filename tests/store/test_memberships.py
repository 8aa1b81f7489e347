"""Memberships: what counts now, and what counted at any past moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.records import Article
from monitor.store import Store, arrangements, articles, memberships
from monitor.store.memberships import MERGE, VECTORS, Told

Publish = Callable[..., Article]
HOUR = timedelta(hours=1)


def test_an_article_enters_the_story_it_was_stored_with(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        one = publish(tx, "fined", source="wire", title="Bank denies report")
        [entered] = memberships.history(tx, one.id)
        assert (entered.story_id, entered.voice, entered.role) == (one.story_id, "source wire", "denial")
        assert (entered.since, entered.superseded_at, entered.how) == (now, None, memberships.ARRIVAL)
        assert memberships.of(tx, [one.id, 999]) == {one.id: entered}
        assert memberships.of(tx, [one.id], now - HOUR) == {}


def test_a_move_supersedes_and_nothing_is_lost(
    store: Store, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memberships, "BATCH", 1)
    with store.begin() as tx:
        one, two = publish(tx), publish(tx)
        before = memberships.of(tx, [one.id, two.id])
        moved = replace(before[two.id], story_id=one.story_id, since=now + HOUR, how=VECTORS)
        memberships.move(tx, [moved], now + HOUR)
        memberships.move(tx, [replace(moved, since=now + 2 * HOUR)], now + 2 * HOUR)  # changes nothing
        first, second = memberships.history(tx, two.id)
        assert first == replace(before[two.id], superseded_at=now + HOUR) and second == moved
        assert articles.get(tx, two.id).story_id == one.story_id
        assert articles.get(tx, two.id).block_id == two.block_id == two.story_id
        assert memberships.in_stories(tx, [one.story_id, two.story_id]) == {
            one.story_id: [before[one.id], moved]
        }
        assert memberships.in_story(tx, two.story_id, now) == [first]
        assert memberships.of(tx, [two.id], now + HOUR) == {two.id: second}


def test_a_pair_of_story_and_voice_counts_once_with_its_first_article(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        first = publish(tx, source="wire", at=now + HOUR)
        story = first.story_id
        early = publish(tx, source="wire", story_id=story, at=now)
        other = publish(tx, source="paper", story_id=story, at=now + 2 * HOUR)
        copies = [publish(tx, source="paper", story_id=story, at=now + 3 * HOUR) for _ in range(3)]
        assert memberships.told(tx, [story]) == [
            Told(story, "source paper", other.id, now + 2 * HOUR, 1 + len(copies)),
            Told(story, "source wire", early.id, now, 2),
        ]
        assert [pair.copies for pair in memberships.told(tx, [story], now + HOUR)] == [2]


def test_any_past_moment_is_reproduced(store: Store, publish: Publish, now: datetime) -> None:
    """Whatever was joined, split and edited: at every moment the store says what it said then."""
    rng = random.Random(7)
    lived: dict[datetime, tuple[dict[int, int], list[Told]]] = {}
    with store.begin() as tx:
        ids = [publish(tx, source=rng.choice(("wire", "paper", "daily"))).id for _ in range(12)]
        for step in range(40):
            at = now + (step + 1) * HOUR
            current = {id: one.story_id for id, one in memberships.of(tx, ids).items()}
            live = sorted(set(current.values()))
            what = rng.choice(("join", "split", "act"))
            if what == "join" and len(live) > 1:
                stays, goes = sorted(rng.sample(live, 2))
                arrangements.join(tx, stays, goes, rng.choice((VECTORS, MERGE)), "ann", at)
            elif what == "split":
                story = rng.choice(live)
                members = [id for id, held in current.items() if held == story]
                if len(members) > 1:
                    arrangements.split(
                        tx, story, rng.sample(members, rng.randrange(1, len(members))), "ann", at
                    )
            else:
                arrangements.acts(tx, rng.choice(ids), rng.choice(("report", "denial")), at)
            held = {id: one.story_id for id, one in memberships.of(tx, ids).items()}
            lived[at] = held, memberships.told(tx, set(held.values()))
    with store.read() as tx:
        for at, (held, told) in lived.items():
            then = memberships.of(tx, ids, at)
            assert {id: one.story_id for id, one in then.items()} == held
            assert memberships.told(tx, set(held.values()), at) == told
        for id in ids:
            past = memberships.history(tx, id)
            assert [one.superseded_at for one in past[:-1]] == [one.since for one in past[1:]]
            assert past[-1].superseded_at is None
