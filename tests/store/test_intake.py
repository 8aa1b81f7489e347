"""Storing many articles at once gives the rows that storing them one by one gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Table, select

from monitor.errors import ConflictError
from monitor.records import Article, Mention
from monitor.store import Store, Tx, arrangements, articles, intake, relatives, stories
from monitor.store.intake import Arrival
from monitor.store.schema import articles as articles_table
from monitor.store.schema import memberships as memberships_table
from monitor.store.schema import mentions as mentions_table
from monitor.store.schema import signatures, story_bands, story_keys
from monitor.store.schema import stories as stories_table
from monitor.store.schema import texts as texts_table
from monitor.store.stories import Candidate

TABLES = (
    *(stories_table, texts_table, articles_table, mentions_table),
    *(signatures, story_bands, memberships_table, story_keys),
)
NAMED = (Mention("acme", "Acme", 0, 4), Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 9, 13))


def rows(tx: Tx, table: Table) -> list[tuple[str, ...]]:
    """A table's rows in some fixed order, ids apart, which every insert counts up."""
    columns = [
        column
        for column in table.c
        if column.name not in ("id", "article_id", "story_id", "block_id", "text_id", "purpose")
    ]
    return sorted(tuple(map(str, row)) for row in tx.execute(select(*columns)))


def one_by_one(tx: Tx, arrivals: list[Arrival]) -> None:
    stored: list[Article] = []
    for arrival in arrivals:
        story = arrival.article.story_id
        if arrival.follows is not None:
            story = stored[arrival.follows].story_id
        story = story or stories.create(tx, arrival.article.first_seen_at)
        article = articles.insert(tx, replace(arrival.article, story_id=story), voice=arrival.voice)
        relatives.keep(tx, relatives.Kept(article.id, article.first_seen_at, arrival.keys))
        stories.join(tx, story, article.source, article.first_seen_at)
        stories.remember(tx, article.id, arrival.signature, arrival.bands, article.first_seen_at)
        stored.append(article)


@pytest.fixture
def arrivals(article: Callable[..., Article], now: datetime) -> list[Arrival]:
    """Two founders, one that follows the first, one that follows that one, from another source."""
    made = [article(first_seen_at=now + timedelta(minutes=n), sample=n == 1) for n in range(4)]
    made[0] = replace(made[0], mentions=NAMED)
    made[1] = replace(made[1], backlog=True)
    made[2] = replace(made[2], history=True)
    made[3] = replace(made[3], source="daily", mentions=NAMED[:1])
    return [
        Arrival(made[0], [1, 2], ["0:a", "1:b"], "wire", keys=["company acme", "acme"]),
        Arrival(made[1], [3, 4], ["0:c", "1:d", "0:c"], "wire"),
        Arrival(made[2], [], [], "wire", follows=0, keys=["acme"]),
        Arrival(made[3], [1, 2], ["0:a"], "daily", follows=2),
    ]


def test_the_rows_are_those_of_one_by_one(store: Store, arrivals: list[Arrival]) -> None:
    with store.begin() as tx:
        intake.keep(tx, arrivals)
        at_once = [rows(tx, table) for table in TABLES]
        for table in reversed(TABLES):
            tx.execute(table.delete())
        one_by_one(tx, arrivals)
        singly = [rows(tx, table) for table in TABLES]
    assert at_once == singly
    assert [len(some) for some in at_once] == [2, 4, 4, 3, 4, 5, 4, 3]
    with store.read() as tx:
        views = {view.id: view for view in stories.top(tx, arrivals[0].article.first_seen_at, 10)}
    assert sorted((view.reach, view.voices, view.sample) for view in views.values()) == [
        (1, 1, True),
        (3, 2, False),
    ]


def test_the_stories_count_their_articles(store: Store, arrivals: list[Arrival], now: datetime) -> None:
    with store.begin() as tx:
        stored = intake.keep(tx, arrivals)
    assert [one.title for one in stored] == [arrival.article.title for arrival in arrivals]
    assert stored[0].story_id == stored[2].story_id == stored[3].story_id != stored[1].story_id
    with store.read() as tx:
        found = {view.id: view for view in stories.top(tx, now, 10)}
        once = [replace(one, mentions=tuple(dict.fromkeys(one.mentions))) for one in stored]
        assert articles.get_many(tx, [one.id for one in stored]) == once
        assert once[0].mentions == (NAMED[0], NAMED[2])
        near = stories.candidates(tx, stories.sharing(tx, ["0:a"], now, now + timedelta(hours=1))["0:a"])
    first, second = found[stored[0].story_id], found[stored[1].story_id]
    assert (first.reach, first.voices, first.article_id, first.sample) == (3, 2, stored[0].id, False)
    assert (second.reach, second.voices, second.article_id, second.sample) == (1, 1, stored[1].id, True)
    assert (first.first_seen_at, first.last_seen_at) == (now, now + timedelta(minutes=3))
    assert near == {
        one.id: Candidate(
            one.story_id, stored[0].story_id, voice, (1, 2), one.first_seen_at, frozenset(one.named)
        )
        for one, voice in ((stored[0], "wire"), (stored[3], "daily"))
    }


def test_an_arrival_joins_a_stored_story(
    store: Store, arrivals: list[Arrival], article: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        story_id = intake.keep(tx, arrivals)[1].story_id
    with store.begin() as tx:
        late = article(story_id=story_id, source="late", first_seen_at=now - timedelta(days=1))
        intake.keep(tx, [Arrival(replace(late, block_id=story_id), [], [], "late")])
    with store.read() as tx:
        view = next(one for one in stories.top(tx, now - timedelta(days=9), 10) if one.id == story_id)
    assert (view.reach, view.voices, view.last_seen_at) == (2, 2, now + timedelta(minutes=1))


def test_a_denial_lowers_what_a_story_weighs(store: Store, arrivals: list[Arrival]) -> None:
    with store.begin() as tx:
        stored = intake.keep(tx, [*arrivals[:2], replace(arrivals[3], follows=0, role="denial")])
        assert arrangements.get(tx, stored[0].story_id).weight == 0.5
        assert arrangements.get(tx, stored[1].story_id).weight == 1.0


def test_nothing_is_nothing(store: Store) -> None:
    with store.begin() as tx:
        assert intake.keep(tx, []) == []


def test_an_article_that_is_there_already_is_a_conflict_and_nothing_is_kept(
    store: Store, arrivals: list[Arrival]
) -> None:
    with store.begin() as tx:
        intake.keep(tx, arrivals[:1])
    with pytest.raises(ConflictError, match="another process"), store.begin() as tx:
        intake.keep(tx, arrivals)
    with store.read() as tx:
        assert articles.count(tx) == 1
        assert len(rows(tx, stories_table)) == 1
