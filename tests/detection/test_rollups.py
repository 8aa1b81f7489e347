"""What articles add to the counts, whatever order they come in, and how it is kept."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import rollups
from monitor.detection.rollups import WHOLE, Entry, Judgement, Sums, Told

judgements = st.builds(
    Judgement,
    sentiment=st.sampled_from(["negative", "neutral", "positive", ""]),
    weight=st.integers(0, WHOLE),
)
articles = st.lists(
    st.builds(
        Told,
        article_id=st.just(0),
        story_id=st.integers(1, 3),
        voice=st.sampled_from("ab"),
        cell=st.integers(1, 6),
        source=st.sampled_from(["wire", "blog"]),
        language=st.just("en"),
        sample=st.booleans(),
        judged=judgements,
        topics=st.sampled_from([(), ("debt",), ("debt", "legal")]),
        companies=st.dictionaries(st.sampled_from(["acme", "brick"]), judgements, max_size=2),
        backlog=st.booleans(),
    ),
    max_size=8,
).map(lambda some: [_numbered(one, number) for number, one in enumerate(some, 1)])


def _numbered(one: Told, number: int) -> Told:
    fields = {name: getattr(one, name) for name in Told.__slots__}
    return Told(**{**fields, "article_id": number})


@given(some=articles, seed=st.integers(0, 9))
def test_a_pair_counts_by_its_first_negative_article_or_else_its_first(some: list[Told], seed: int) -> None:
    found = rollups.entries(random.Random(seed).sample(some, len(some)))
    assert set(found) == {(one.story_id, one.voice) for one in some}
    for (story, voice), series in found.items():
        own = [one for one in some if (one.story_id, one.voice) == (story, voice)]
        for name, entry in series.items():
            if name.removeprefix(rollups.SAMPLE) != "all":
                continue
            counted = [one for one in own if one.sample is name.startswith(rollups.SAMPLE)]
            negative = [one for one in counted if one.judged.sentiment == "negative"]
            first = min(negative or counted, key=lambda one: (one.cell, one.article_id))
            assert entry == Entry(
                *(first.cell, first.article_id, bool(negative), first.judged.weight, first.backlog)
            )


@given(some=articles)
def test_entries_are_kept_as_they_are_and_backlog_alone_is_marked(some: list[Told]) -> None:
    for found in rollups.entries(some).values():
        stored = rollups.encoded(found)
        assert rollups.decoded(json.loads(json.dumps(stored))) == found
        assert all(len(stored[name]) == 4 + one.backlog for name, one in found.items())


@given(before=articles, after=articles)
def test_what_to_add_is_what_makes_one_the_other(before: list[Told], after: list[Told]) -> None:
    old, new = rollups.entries(before), rollups.entries(after)
    moved = [
        part
        for pair in old.keys() | new.keys()
        for part in rollups.changes(old.get(pair, {}), new.get(pair, {}))
    ]
    begun = [part for one in old.values() for part in rollups.changes({}, one)]
    assert rollups.summed([*begun, *moved]) == rollups.summed(
        part for one in new.values() for part in rollups.changes({}, one)
    )


def test_bad_news_that_came_with_what_had_piled_up_stays_backlog_and_new_bad_news_is_none() -> None:
    def told(id: int, cell: int, sentiment: str, backlog: bool) -> Told:
        judged = Judgement(sentiment, WHOLE if sentiment == "negative" else 0)
        return Told(id, 1, "a", cell, "wire", "en", False, judged, (), {}, backlog)

    old, good = told(1, 5, "negative", True), told(2, 4, "neutral", True)
    new = told(3, 9, "negative", False)
    assert rollups.entries([old, new])[1, "a"]["all"] == Entry(5, 1, True, WHOLE, True)
    assert rollups.entries([good, new])[1, "a"]["all"] == Entry(9, 3, True, WHOLE, False)
    assert rollups.summed(rollups.changes({}, rollups.entries([old])[1, "a"]))["all", 5] == Sums(1, 1, WHOLE)
