"""What articles are found by, and which of them wait for being joined."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor.records import Article, Mention, Prediction
from monitor.store import Store, relatives, stories, vectors
from monitor.store.relatives import Kept

Publish = Callable[..., Article]
HOUR = timedelta(hours=1)
ACME = (Mention("acme", "Acme", 0, 4),)


def test_articles_are_found_by_their_keys_within_a_time(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        one, two, old = (publish(tx).id for _ in range(3))
        relatives.keep_new(
            tx,
            [
                Kept(one, now, ["a", "b", "a"]),
                Kept(two, now + HOUR, ["a"]),
                Kept(old, now - HOUR, ["a"]),
            ],
        )
        found = relatives.sharing(tx, ["a", "b", "c"], now, now + HOUR)
        assert {key: set(some) for key, some in found.items()} == {"a": {one, two}, "b": {one}}
        assert relatives.keys(tx, [one, 999]) == {one: Kept(one, now, ["a", "b"])}
        relatives.keep(tx, Kept(one, now, ["c"]))
        assert relatives.sharing(tx, ["a", "b"], now, now + HOUR) == {"a": [two]}
        stories.forget(tx, now + HOUR)
        assert set(relatives.keys(tx, [one, two, old])) == {two}


def test_of_a_key_that_many_share_the_newest_are_looked_at(
    store: Store, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relatives, "MOST", 2)
    with store.begin() as tx:
        ids = [publish(tx).id for _ in range(4)]
        relatives.keep_new(tx, [Kept(id, now + n * HOUR, ["a"]) for n, id in enumerate(ids)])
        found = relatives.sharing(tx, ["a"], now, now + 9 * HOUR)
        assert set(found["a"]) == set(ids[2:])


def test_articles_wait_until_they_are_done(store: Store, publish: Publish) -> None:
    with store.begin() as tx:
        one, two = publish(tx).id, publish(tx).id
        relatives.wait(tx, {two: "m1", one: "m1"})
        relatives.wait(tx, {one: "m2"})
        relatives.wait(tx, {})
        assert relatives.waiting(tx, 9) == {one: "m2", two: "m1"}
        assert relatives.waiting(tx, 1) == {one: "m2"}
        relatives.done(tx, [one])
        assert relatives.waiting(tx, 9, lock=False) == {two: "m1"}


def test_articles_are_read_with_story_and_companies(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        one = publish(tx, "x" * 999, language="zh", mentions=ACME)
        two = publish(tx, story_id=one.story_id)
        read = relatives.of(tx, [one.id, 999])[one.id]
        assert (read.story_id, read.first_seen_at, read.language) == (one.story_id, now, "zh")
        assert (read.companies, len(read.content)) == (frozenset({"acme"}), relatives.HEAD)
        assert [member.article_id for member in relatives.in_stories(tx, [one.story_id])[one.story_id]] == [
            one.id,
            two.id,
        ]
        assert relatives.stories_of(tx, [one.id, two.id, 999]) == dict.fromkeys(
            (one.id, two.id), one.story_id
        )
        assert relatives.about(tx, ["acme"], now, now) == [one.id]
        assert relatives.about(tx, ["acme"], now + HOUR, now + HOUR) == []


def test_the_newest_vectors_by_language(
    store: Store, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relatives, "SAMPLE", 2)
    with store.begin() as tx:
        ids = [publish(tx, language=language).id for language in ("en", "zh", "en")]
        said = Prediction(
            {"negative": 1.0, "neutral": 0.0, "positive": 0.0}, {}, "m1", vector=b"\x00\x3c\x00\x40"
        )
        vectors.keep(tx, dict.fromkeys(ids, said))
        found = relatives.latest_vectors(tx, "m1")
        assert {chinese: rows.tolist() for chinese, rows in found.items()} == {
            True: [[1.0, 2.0]],
            False: [[1.0, 2.0]],
        }
        assert relatives.latest_vectors(tx, "m2") == {}
