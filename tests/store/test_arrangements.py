"""Stories joined and split: what moves, what is remembered, and what never moves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import select, text

from monitor.datasets import snapshots
from monitor.errors import ConflictError, NotFoundError
from monitor.records import Article, Decision, Mention, Prediction, Route, Scope
from monitor.store import (
    Store,
    answers,
    arrangements,
    articles,
    counts,
    labels,
    memberships,
    schema,
    stories,
    tasks,
)
from monitor.store.memberships import MERGE, SPLIT, VECTORS

NEGATIVE = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
POSITIVE = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
REVIEW = Decision(Route.REVIEW, "confidence 0.80 under 0.90")
Publish = Callable[..., Article]
Predict = Callable[..., Prediction]
HOUR = timedelta(hours=1)


def test_a_join_moves_the_articles_and_counts_again(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        late = publish(tx, "late", source="wire", at=now + HOUR)
        early = publish(tx, "early", source="paper", at=now)
        predict(tx, early.id, NEGATIVE)
        arrangements.join(tx, late.story_id, early.story_id, VECTORS, "", now + 2 * HOUR)
        [story] = stories.top(tx, now - HOUR, 9)
        assert (story.id, story.title, story.label) == (late.story_id, "early", "negative")
        assert (story.reach, story.voices) == (2, 2)
        assert (story.first_seen_at, story.last_seen_at) == (now, now + HOUR)
        gone = arrangements.get(tx, early.story_id)
        assert (gone.reach, gone.voices, gone.joined_id) == (0, 0, late.story_id)
        assert (
            arrangements.standing(tx, early.story_id)
            == late.story_id
            == arrangements.standing(tx, late.story_id)
        )
        [window] = counts.windows(tx, Scope("all"), [now - HOUR, now + 3 * HOUR])
        assert (window.stories, window.negative) == (2, 1), "one story in two voices"


def test_a_story_that_went_elsewhere_takes_nothing_more(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        one, two, three = (publish(tx).story_id for _ in range(3))
        arrangements.join(tx, one, two, VECTORS, "", now)
        with pytest.raises(ConflictError):
            arrangements.join(tx, three, two, MERGE, "ann", now)
        with pytest.raises(ConflictError):
            arrangements.join(tx, three, three, MERGE, "ann", now)
        with pytest.raises(NotFoundError):
            arrangements.join(tx, three, 999, MERGE, "ann", now)
        assert arrangements.lock(tx, [one, two, three]) == {one, three}


def test_a_split_founds_a_story_and_is_remembered(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        one = publish(tx, source="wire", at=now)
        two = publish(tx, source="paper", story_id=one.story_id, at=now + HOUR)
        new = arrangements.split(tx, one.story_id, [two.id], "ann", now + 2 * HOUR)
        assert memberships.of(tx, [two.id])[two.id].story_id == new != one.story_id
        assert (
            arrangements.parted(tx, [new]) == {(one.story_id, new)} == arrangements.parted(tx, [one.story_id])
        )
        assert arrangements.arranged(tx, [one.story_id, new]) == {one.story_id, new}
        left, taken = arrangements.get(tx, one.story_id), arrangements.get(tx, new)
        assert (left.reach, left.voices, left.last_seen_at) == (1, 1, now)
        assert (taken.reach, taken.voices, taken.first_seen_at) == (1, 1, now + HOUR)
        assert [(m.how, m.user) for m in memberships.history(tx, two.id)] == [("arrival", ""), (SPLIT, "ann")]


def test_a_split_takes_some_and_leaves_some(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        one, other = publish(tx), publish(tx)
        for wanted in ([], [other.id], [one.id, other.id], [one.id]):
            with pytest.raises(ConflictError):
                arrangements.split(tx, one.story_id, wanted, "ann", now)


def test_what_was_parted_stays_so_in_whatever_it_goes_into_until_an_analyst_merges_it(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        one = publish(tx)
        two = publish(tx, story_id=one.story_id)
        third = publish(tx)
        new = arrangements.split(tx, one.story_id, [two.id], "ann", now)
        arrangements.join(tx, third.story_id, new, VECTORS, "", now)
        pair = (one.story_id, third.story_id)
        assert pair in arrangements.parted(tx, [one.story_id])
        arrangements.join(tx, one.story_id, third.story_id, MERGE, "bob", now)
        assert pair not in arrangements.parted(tx, [one.story_id])
        assert {m.how for m in memberships.in_story(tx, one.story_id)} <= {MERGE, SPLIT}
        assert arrangements.arranged(tx, [one.story_id]) == {one.story_id}


def test_a_story_is_negative_for_every_company_that_any_article_is_negative_about(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        first = publish(tx, "first", mentions=(Mention("a", "A", 0, 1), Mention("b", "B", 2, 3)))
        second = publish(tx, "second", story_id=first.story_id, mentions=(Mention("c", "C", 0, 1),))
        predict(tx, first.id, POSITIVE, companies={"a": NEGATIVE, "b": POSITIVE})
        predict(tx, second.id, NEGATIVE)
        assert arrangements.get(tx, first.story_id).negative_for == ("a", "c")
        assert arrangements.negative_for(tx, [first.story_id, 999]) == {first.story_id: frozenset("ac")}


def test_a_denial_lowers_the_weight_and_an_edit_may_take_it_back(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        rumour, denial = publish(tx, title="Bank to cut jobs"), publish(tx, title="Bank denies report")
        arrangements.join(tx, rumour.story_id, denial.story_id, VECTORS, "", now)
        assert arrangements.get(tx, rumour.story_id).weight == 0.5
        arrangements.acts(tx, denial.id, "report", now + HOUR)
        assert arrangements.get(tx, rumour.story_id).weight == 1.0
        arrangements.acts(tx, denial.id, "report", now + 2 * HOUR)
        assert len(memberships.history(tx, denial.id)) == 3


def test_no_task_label_inclusion_or_split_moves(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        one, two = publish(tx, "one"), publish(tx, "two")
        for article in (one, two):
            predict(tx, article.id)
            task = tasks.open_task(tx, article.id, REVIEW, 0.5, now)
            assert task is not None
            answers.answer(tx, task.id, "ann", "negative", None, now)

        def standing() -> tuple[object, ...]:
            labelled = labels.current(tx)
            examples = snapshots.from_labels((each.label, each.article) for each in labelled)
            asked = [tasks.get(tx, each.label.task_id) for each in labelled]
            return snapshots.build(examples).id, [each.label for each in labelled], asked

        before = standing()
        arrangements.join(tx, one.story_id, two.story_id, MERGE, "ann", now)
        assert standing() == before
        arrangements.split(tx, one.story_id, [two.id], "ann", now)
        assert standing() == before
        assert articles.get(tx, two.id).block_id == two.block_id


def test_an_unknown_story_is_named(store: Store) -> None:
    with store.read() as tx:
        for ask in (arrangements.get, arrangements.standing):
            with pytest.raises(NotFoundError, match="41"):
                ask(tx, 41)


def test_who_joins_waits_for_who_judges_before_holding_a_story(
    postgresql_store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    """Both take the article first: in two orders they would wait for each other in a circle."""
    with postgresql_store.begin() as tx:
        one, other = publish(tx), publish(tx)

    def join() -> None:
        with postgresql_store.begin() as tx:
            arrangements.join(tx, one.story_id, other.story_id, VECTORS, "", now)

    waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with ThreadPoolExecutor(1) as pool:
        with postgresql_store.begin() as tx:
            tx.execute(select(schema.articles.c.id).where(schema.articles.c.id == other.id).with_for_update())
            joining = pool.submit(join)
            with postgresql_store.read() as looking:
                while not looking.scalar(waits):
                    assert not joining.done()
            predict(tx, other.id, NEGATIVE)  # which writes the article's story, too
        joining.result()
    with postgresql_store.read() as tx:
        assert articles.get(tx, other.id).story_id == one.story_id


@pytest.mark.parametrize("seed", range(4))
def test_many_joined_at_once_are_as_one_after_the_other(
    store: Store, publish: Publish, now: datetime, seed: int
) -> None:
    """In chains too, with stories that are kept apart; of those who ask now, nobody sees which it was."""
    rng = Random(seed)
    for number in range(2):
        with store.begin() as tx:
            for place in range(12):
                publish(
                    tx, f"{number} {place}", source=f"paper {place % 5}", at=now + (place * 7 % 12) * HOUR
                )
    with store.begin() as tx:
        held = {one.article.title: one.article.story_id for one in articles.page(tx, limit=99)}
        chosen = rng.sample(range(12), 8)
        pairs = [(min(two), max(two)) for two in pairwise(chosen)]
        gone: set[int] = set()
        steps = []
        for stays, goes in pairs:
            if not {stays, goes} & gone:
                steps.append((stays, goes))
                gone.add(goes)
        free = rng.choice([place for place in range(12) if place not in chosen])
        later = now + 20 * HOUR
        for number in range(2):
            told = [held[f"{number} {place}"] for place in range(12)]
            arrangements.part(tx, [(told[steps[0][1]], told[free])], "ann", now)
            of = [(told[stays], told[goes]) for stays, goes in steps]
            if number:
                arrangements.join_all(tx, of, VECTORS, "", later)
            else:
                for stays, goes in of:
                    arrangements.join(tx, stays, goes, VECTORS, "", later)
        found = []
        for number in range(2):
            told = [held[f"{number} {place}"] for place in range(12)]
            place_of = {story: place for place, story in enumerate(told)}
            made = [arrangements.get(tx, story) for story in told]
            found.append(
                [
                    (
                        (one.reach, one.voices, one.weight),
                        (one.first_seen_at, one.last_seen_at) if one.reach else None,
                        place_of.get(one.joined_id),
                        {(place_of[a], place_of[b]) for a, b in arrangements.parted(tx, [one.id])},
                    )
                    for one in made
                ]
            )
        assert found[0] == found[1]
