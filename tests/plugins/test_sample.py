"""The `sample` source: the same for the same seed, a past, a future, incidents."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from monitor.news.companies import Linker, load_watchlist
from monitor.news.identity import STORY_THRESHOLD, signature, similarity
from monitor.news.normalize import article
from monitor.testing import FakeFetcher, check_source
from monitor_plugins.sample import Sample

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_keeps_the_contract() -> None:
    check_source(Sample(), FakeFetcher())


def test_the_first_poll_has_a_past_and_the_next_adds_what_happened_since() -> None:
    with time_machine.travel(NOW, tick=False):
        first = Sample().fetch({}, FakeFetcher())
        again = Sample().fetch(first.state, FakeFetcher())
    assert 120 <= len(first.items) <= 220
    assert again == first
    times = [item.published_at for item in first.items if item.published_at]
    assert len(times) == len(first.items)
    assert NOW - timedelta(days=7) <= min(times) < NOW - timedelta(days=6) and max(times) < NOW
    with time_machine.travel(NOW + timedelta(hours=5), tick=False):
        later = Sample().fetch(first.state, FakeFetcher())
    fresh = {item.guid for item in later.items} - {item.guid for item in first.items}
    assert len(fresh) >= 14
    assert all(item.published_at and item.published_at >= NOW for item in later.items if item.guid in fresh)


def test_guids_are_unique_and_both_languages_are_there() -> None:
    items = list(Sample().published(NOW, NOW - timedelta(days=7), NOW + timedelta(days=7)))
    assert len({item.guid for item in items}) == len(items)
    languages = Counter(item.language for item in items)
    assert min(languages["en"], languages["zh"]) * 3 > len(items)
    for item in items:
        assert article(item, source="s", identity_key="k", now=NOW).language == item.language


def test_seeds_differ() -> None:
    start = NOW - timedelta(days=1)
    one, other = ([item.title for item in Sample(seed=n).published(NOW, start, NOW)] for n in (1, 2))
    assert one != other


@pytest.mark.parametrize(("offset", "company"), [(-1, "halvorsen"), (3, "bluebridge"), (95, "halvorsen")])
def test_an_incident_is_many_stories_of_one_company_within_an_hour(offset: int, company: str) -> None:
    start = NOW + timedelta(hours=offset)
    items = list(Sample().published(NOW, start, start + timedelta(hours=1)))
    linker = Linker(load_watchlist(Path(__file__).parents[2] / "watchlist.csv"))
    articles = [article(item, source="s", identity_key="k", now=NOW) for item in items]
    about = [a for a in articles if company in {one.company_id for one in linker.mentions(a.content)}]
    assert len(about) >= 12
    signatures = [signature(one.content) for one in about]
    alike = [
        (i, j)
        for i in range(len(signatures))
        for j in range(i)
        if similarity(signatures[i], signatures[j]) >= STORY_THRESHOLD
    ]
    assert alike == []


@pytest.mark.parametrize(
    "state", [{"anchor": "soon"}, {"anchor": "2041-01-01T00:00:00+00:00"}, {"anchor": 5}]
)
def test_a_state_that_makes_no_sense_starts_anew(state: dict[str, object]) -> None:
    with time_machine.travel(NOW, tick=False):
        assert Sample().fetch(state, FakeFetcher()) == Sample().fetch({}, FakeFetcher())
