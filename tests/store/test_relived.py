"""The counts of an archive: each change from its own moment on, and nothing that was told before told anew.

That whole archives count as a life would have is in `tests/test_archive.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from monitor.detection import cells
from monitor.detection.rollups import Sums
from monitor.news.stories import corrections
from monitor.records import Article, Mention, Prediction
from monitor.store import (
    Store,
    Tx,
    arrangements,
    judged_later,
    memberships,
    recounts,
    relived,
    rollups,
)
from monitor.store.memberships import VECTORS
from monitor.store.schema import counted

Publish = Callable[..., Article]
HOUR = timedelta(hours=1)
ACME = Mention("acme", "Acme", 0, 4)


def judge(tx: Tx, now: datetime, *some: tuple[Article, float]) -> None:
    said = [
        (one, Prediction({"negative": bad, "neutral": 1 - bad, "positive": 0.0}, {"debt": 1.0}, "m"))
        for one, bad in some
    ]
    judged_later.keep(tx, said, now)


def counts(store: Store, at: datetime, name: str = "all") -> Sums:
    with store.read() as tx:
        found = recounts.as_of(tx, at)
    return sum((one for (series, _), one in found.items() if series == name), start=Sums())


def test_each_moment_has_its_own_counts(store: Store, publish: Publish, now: datetime) -> None:
    then = now - 999 * HOUR
    with store.begin() as tx:
        first = publish(tx, at=then, mentions=(ACME,))
        second = publish(tx, at=then + 5 * HOUR)
        third = publish(tx, at=then + 9 * HOUR, story_id=first.story_id)
        judge(tx, now, (first, 0.4), (second, 0.8), (third, 0.9))
        relived.fold(tx, then, now)
        assert rollups.TOUCHED not in tx.info
    wanted = ((-1, Sums()), (0, Sums(1, 0, 400_000)), (5, Sums(2, 1, 1_200_000)), (9, Sums(2, 2, 1_700_000)))
    for hours, sums in wanted:
        assert counts(store, then + hours * HOUR) == sums, hours
    assert counts(store, then, "both:debt:acme") == Sums(1, 0, 400_000)
    with store.read() as tx:
        assert recounts.check(tx, now) == []
        assert [row.since for row in rows(tx)] == [then, then + 9 * HOUR, then + 5 * HOUR]


def rows(tx: Tx) -> list[object]:
    order = (counted.c.story_id, counted.c.since)
    return list(tx.execute(select(counted).order_by(*order)).all())


def test_a_story_that_joins_another_counts_with_it_from_then_on(
    store: Store, publish: Publish, now: datetime
) -> None:
    """What is stored with it is not there before it was seen."""
    then = now - 999 * HOUR
    with store.begin() as tx:
        first, second = publish(tx, at=then), publish(tx, at=then + 2 * HOUR)
        later = publish(tx, at=then + 6 * HOUR, story_id=second.story_id)
        judge(tx, now, (first, 0.9), (second, 0.9), (later, 0.9))
        arrangements.join(tx, first.story_id, second.story_id, VECTORS, "", then + 3 * HOUR)
        seen = {one.id: one.first_seen_at for one in (first, second, later)}
        memberships.arrived(tx, seen)
        relived.fold(tx, then, now)
        kept = memberships.history(tx, later.id)
        assert [(one.story_id, one.since, one.how) for one in kept] == [
            (first.story_id, then + 6 * HOUR, memberships.ARRIVAL)
        ]
        assert [one.how for one in memberships.history(tx, second.id)] == [memberships.ARRIVAL, VECTORS]
    for hours, voices in ((0, 1), (2, 2), (3, 1), (6, 1)):
        assert counts(store, then + hours * HOUR).voices == voices, hours
    with store.read() as tx:
        assert recounts.check(tx, now) == []


def test_a_story_may_join_at_the_first_moment_of_a_chunk(
    store: Store, publish: Publish, now: datetime
) -> None:
    then = now - 999 * HOUR
    with store.begin() as tx:
        first, second = publish(tx, at=then), publish(tx, at=then + HOUR)
        judge(tx, now, (first, 0.9), (second, 0.9))
        relived.fold(tx, then, now)
    with store.begin() as tx:
        arrangements.join(tx, first.story_id, second.story_id, VECTORS, "", then + 2 * HOUR)
        relived.fold(tx, then + 2 * HOUR, now)
    assert (counts(store, then + HOUR).voices, counts(store, then + 2 * HOUR).voices) == (2, 1)
    with store.read() as tx:
        assert recounts.check(tx, now) == []


def test_a_retraction_takes_a_story_back_when_it_comes(store: Store, publish: Publish, now: datetime) -> None:
    then = now - 999 * HOUR
    with store.begin() as tx:
        first = publish(tx, at=then)
        back = publish(tx, "Retraction: story withdrawn", at=then + 4 * HOUR, story_id=first.story_id)
        judge(tx, now, (first, 0.9), (back, 0.9))
        arrangements.recount(tx, [first.story_id])
        relived.fold(tx, then, now)
        assert memberships.of(tx, [back.id])[back.id].role == corrections.RETRACTION
    assert counts(store, then + 3 * HOUR) == Sums(1, 1, 900_000)
    assert counts(store, then + 4 * HOUR) == counts(store, now) == Sums(1, 0, 0)


def test_the_past_that_was_told_is_not_told_anew(store: Store, publish: Publish, now: datetime) -> None:
    """A second archive brings an earlier article of a story that counts already."""
    then = now - 999 * HOUR
    with store.begin() as tx:
        known = publish(tx, at=then + 8 * HOUR)
        judge(tx, now, (known, 0.9))
        relived.fold(tx, then + 8 * HOUR, now)
    with store.begin() as tx:
        earlier = publish(tx, at=then, story_id=known.story_id)
        judge(tx, now, (earlier, 0.7))
        relived.fold(tx, then, now)
    assert counts(store, then) == counts(store, then + 7 * HOUR) == Sums()
    assert counts(store, then + 8 * HOUR) == counts(store, now) == Sums(1, 1, 700_000)
    with store.read() as tx:
        assert recounts.check(tx, now) == []


def test_fine_cells_are_kept_as_the_present_says(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        old, new = publish(tx, at=now - cells.KEPT - HOUR), publish(tx, at=now - HOUR)
        judge(tx, now, (old, 0.9), (new, 0.9))
        relived.fold(tx, old.first_seen_at, now)
        relived.fold(tx, old.first_seen_at, now)  # nothing is left to do
    with store.read() as tx:
        assert recounts.check(tx, now) == []
