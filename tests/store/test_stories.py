"""Stories: reach and voices, candidates to join, and which ones are told most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor.errors import NotFoundError
from monitor.records import Article, Decision, Prediction, Route
from monitor.store import Store, answers, stories, tasks
from monitor.store.stories import Candidate

NEGATIVE = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
POSITIVE = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
REVIEW = Decision(Route.REVIEW, "confidence 0.80 under 0.90")
Publish = Callable[..., Article]
Predict = Callable[..., Prediction]
HOUR = timedelta(hours=1)


def test_copies_add_reach_and_new_sources_voices(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        first = publish(tx, "recall", source="wire")
        publish(tx, "recall", source="wire", story_id=first.story_id, at=now + HOUR)
        publish(tx, "recall", source="paper", story_id=first.story_id, at=now - HOUR)
        [story] = stories.top(tx, now, 9)
    assert (story.id, story.article_id, story.title) == (first.story_id, first.id, "recall")
    assert (story.reach, story.voices) == (3, 2)
    assert (story.first_seen_at, story.last_seen_at) == (now, now + HOUR)


def test_an_unknown_story_is_named(store: Store, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="story 41, told by wire"), store.begin() as tx:
        stories.join(tx, 41, "wire", now)


def test_candidates_share_a_band_and_are_recent(store: Store, publish: Publish, now: datetime) -> None:
    def sharing(bands: list[str], since: datetime) -> dict[str, set[int]]:
        return {band: set(some) for band, some in stories.sharing(tx, bands, since, now).items()}

    with store.begin() as tx:
        a, b, c = (publish(tx) for _ in range(3))
        stories.remember(tx, a.id, [1, 2, 2**64 - 1], ["1:x", "2:y", "2:y"], now)
        stories.remember(tx, b.id, [3, 4], ["1:z", "2:y"], now)
        stories.remember(tx, c.id, [5, 6], ["2:y"], now - 2 * HOUR)
        assert sharing(["9:no", "8:no", "1:x"], now - HOUR) == {"1:x": {a.id}}
        assert sharing(["2:y", "1:x"], now - HOUR) == {"1:x": {a.id}, "2:y": {a.id, b.id}}
        assert sharing(["2:y"], now - 3 * HOUR) == {"2:y": {a.id, b.id, c.id}}
        assert stories.sharing(tx, ["2:y"], now - 3 * HOUR, now - HOUR) == {"2:y": [c.id]}
        assert sharing([], now - HOUR) == {}
        known = Candidate(a.story_id, a.block_id, "source wire", (1, 2, 2**64 - 1), now)
        assert stories.candidates(tx, [a.id, 999]) == {a.id: known}
        # a revised article is remembered as it is now
        stories.remember(tx, a.id, [7], ["3:w"], now)
        assert sharing(["1:x", "2:y"], now - HOUR) == {"2:y": {b.id}}
        assert stories.candidates(tx, [a.id])[a.id].signature == (7,)


def test_of_a_form_that_many_are_printed_in_the_newest_are_looked_at(
    store: Store, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "MOST", 2)
    with store.begin() as tx:
        ids = [publish(tx).id for _ in range(4)]
        for hours, id in enumerate(ids):
            stories.remember(tx, id, [1], ["1:x"], now + hours * HOUR)
        assert set(stories.sharing(tx, ["1:x"], now, now + 4 * HOUR)["1:x"]) == set(ids[2:])


def test_forgetting_ends_being_a_candidate(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        old, new = publish(tx), publish(tx)
        stories.remember(tx, old.id, [1], ["1:x"], now - HOUR)
        stories.remember(tx, new.id, [1], ["1:x"], now)
        stories.forget(tx, now)
        assert stories.sharing(tx, ["1:x"], now - 9 * HOUR, now) == {"1:x": [new.id]}
        assert set(stories.candidates(tx, [old.id, new.id])) == {new.id}


def test_top_stories_are_the_most_told(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        before = publish(tx, "before", at=now - HOUR)
        single = publish(tx, "single", at=now)
        later = publish(tx, "later", at=now + HOUR)
        told = publish(tx, "told", at=now)
        demo = publish(tx, "demo", at=now, sample=True)
        publish(tx, "told too", story_id=told.story_id, source="paper")
        predict(tx, single.id, NEGATIVE)
        predict(tx, told.id, POSITIVE)

        def titles(**options: bool) -> list[str]:
            return [story.title for story in stories.top(tx, now, 9, **options)]

        assert titles() == ["told", "later", "demo", "single"]
        assert titles(include_sample=False) == ["told", "later", "single"]
        assert titles(negative_only=True) == ["single"]
        assert [story.title for story in stories.top(tx, now, 1)] == ["told"]
        found = {story.article_id: story for story in stories.top(tx, now - HOUR, 9)}
        assert before.id in found
        assert (found[single.id].label, found[single.id].negative) == ("negative", 0.8)
        assert (found[told.id].label, found[told.id].negative) == ("positive", 0.05)
        assert (found[later.id].label, found[later.id].negative) == ("", 0.0)
        assert (found[demo.id].sample, found[told.id].sample) == (True, False)


def test_a_label_decides_how_negative_a_story_is(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        predict(tx, stored.id, NEGATIVE)
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "positive", None, now)
        [story] = stories.top(tx, now, 1)
        assert (story.label, story.negative) == ("positive", 0.0)
        assert stories.top(tx, now, 1, negative_only=True) == []
