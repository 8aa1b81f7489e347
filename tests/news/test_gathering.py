"""Stories joined by vectors in the store: found, joined, remembered, and where an analyst's word stands."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from monitor import pipeline
from monitor.classification.judging import classify_pending
from monitor.news import gathering
from monitor.news.companies import Linker
from monitor.news.stories import matching
from monitor.pipeline import Intake, Taken
from monitor.records import Article, Company, Item, Prediction
from monitor.settings import RoutingSettings
from monitor.store import Store, arrangements, articles, memberships, open_store, relatives
from monitor.store.memberships import ARRIVAL, MERGE, SPLIT, VECTORS
from monitor.testing import Clock

HOUR = timedelta(hours=1)
COMPANIES = (Company("halvorsen", "Halvorsen", ("哈尔沃森银行",)), Company("meridian", "Meridian Steel"))
RULES = RoutingSettings(threshold=0.75, audits_per_day=0, explore_share=0)
FINED = "Halvorsen Bank fined 57 million pounds over controls"
VARIANT = "Watchdog fines Halvorsen £57m for weak controls"
FINED_ZH = "哈尔沃森银行因内控缺陷被罚款5700万英镑"
RAISED = "Halvorsen raises its dividend"
CUT = "Halvorsen cuts its dividend"
LIKE: dict[str, str] = {FINED: "fine", VARIANT: "fine", FINED_ZH: "fine", RAISED: "dividend", CUT: "dividend"}
"""Texts with vectors that are near each other; all others point anywhere."""


def vector(text: str) -> bytes:
    """Near for texts of one kind, with what is of the language on top, as encoders give them."""

    def drawn(name: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).normal(size=64)

    language = 12 * np.eye(64)[int(any(c > "\u3400" for c in text))]
    return (4 * drawn(LIKE.get(text, text)) + drawn(text) + language).astype("<f2").tobytes()


def classify(batch: Sequence[Article]) -> list[Prediction]:
    said = {"negative": 0.9, "neutral": 0.05, "positive": 0.05}
    return [Prediction(said, {}, "m1", vector=vector(article.content)) for article in batch]


@dataclass
class Desk:
    """A store in which enough was read of both languages, and one line to take items in."""

    store: Store
    clock: Clock
    linker: Linker = field(default_factory=lambda: Linker(COMPANIES))

    def take(self, *titles: str, source: str = "wire", judged: bool = True, **fields: str) -> list[int]:
        """The articles of items with these titles, taken in an hour later."""
        self.clock.advance(hours=1)
        intake = Intake(source, self.linker, RULES, self.clock, classify if judged else None)
        taken = Taken()
        items = [Item(title, url=f"https://{source}.example/{title}", **fields) for title in titles]
        pipeline.take_in(self.store, items, intake, taken)
        return sorted(taken.ids)

    def stories(self, *ids: int) -> list[int]:
        with self.store.read() as tx:
            return [memberships.of(tx, [id])[id].story_id for id in ids]


def desk_of(store: Store, clock: Clock) -> Desk:
    desk = Desk(store, clock)
    desk.take(*(f"Item number {n}" for n in range(64)), *(f"第{n}条消息" for n in range(64)), source="past")
    return desk


@pytest.fixture
def desk(store: Store, now: object) -> Desk:
    return desk_of(store, Clock(now))  # type: ignore[arg-type]


@pytest.fixture
def lite(sqlite_store: Store, now: object) -> Desk:
    return desk_of(sqlite_store, Clock(now))  # type: ignore[arg-type]


def test_a_variant_and_a_translation_join_the_story_and_their_past_is_kept(desk: Desk) -> None:
    [first] = desk.take(FINED, source="wire")
    [variant] = desk.take(VARIANT, source="paper")
    [chinese] = desk.take(FINED_ZH, source="daily")
    [other] = desk.take(RAISED)
    one, two, three, apart = desk.stories(first, variant, chinese, other)
    assert one == two == three != apart
    with desk.store.read() as tx:
        story = arrangements.get(tx, one)
        assert (story.reach, story.voices) == (3, 3)
        assert [held.how for held in memberships.history(tx, variant)] == [ARRIVAL, VECTORS]
        assert relatives.waiting(tx, 9, lock=False) == {}


def test_one_hundred_reprints_are_one_voice(lite: Desk) -> None:
    [first] = lite.take(f"{FINED} (Reuters)", source="wire")
    for n in range(100):
        lite.clock.advance(hours=-1)
        lite.take(FINED, source=f"paper {n}")
    with lite.store.read() as tx:
        story = arrangements.get(tx, memberships.of(tx, [first])[first].story_id)
        assert (story.reach, story.voices) == (101, 1)
        [told] = memberships.told(tx, [story.id])
        assert (told.voice, told.article_id, told.copies) == ("thomson reuters", first, 101)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RAISED, CUT),
        ("关于哈尔沃森银行股票停牌的公告", "关于哈尔沃森银行股票复牌的公告"),
        ("Halvorsen: notice of departure of directors", "Meridian Steel: notice of departure of directors"),
    ],
)
def test_opposites_and_the_notice_of_another_company_stay_apart(
    lite: Desk, monkeypatch: pytest.MonkeyPatch, one: str, other: str
) -> None:
    monkeypatch.setitem(LIKE, one, "same")
    monkeypatch.setitem(LIKE, other, "same")
    first, second = lite.stories(*lite.take(one), *lite.take(other))
    assert first != second


def test_a_denial_attaches_and_lowers_the_weight(lite: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rumour, denial = "Halvorsen in talks to buy Oakfield", "Halvorsen denies report of talks with Oakfield"
    for line in (rumour, denial):
        monkeypatch.setitem(LIKE, line, "talks")
    one, two = lite.stories(*lite.take(rumour), *lite.take(denial))
    assert one == two
    with lite.store.read() as tx:
        assert arrangements.get(tx, one).weight == 0.5


def test_what_was_not_judged_at_once_is_joined_when_it_is(lite: Desk) -> None:
    [first], [late] = lite.take(FINED), lite.take(VARIANT, judged=False)
    assert len(set(lite.stories(first, late))) == 2
    classify_pending(lite.store, classify, rules=RULES, now=lite.clock)
    assert len(set(lite.stories(first, late))) == 1


def test_a_crash_before_the_joining_loses_nothing(lite: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    [first] = lite.take(FINED)
    with monkeypatch.context() as patch:
        patch.setattr(gathering, "work", lambda store, now: [])
        [variant] = lite.take(VARIANT)
    with lite.store.read() as tx:
        assert list(relatives.waiting(tx, 9, lock=False)) == [variant]
    lite.take("Something else")
    assert len(set(lite.stories(first, variant))) == 1


def test_vectors_of_too_few_texts_and_of_other_versions_join_nothing(
    lite: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first] = lite.take(FINED)
    monkeypatch.setattr(matching, "LEAST", 10_000)
    [variant] = lite.take(VARIANT)
    assert len(set(lite.stories(first, variant))) == 2


@pytest.mark.parametrize("how", [MERGE, SPLIT])
def test_the_matcher_never_undoes_what_an_analyst_decided(lite: Desk, how: str) -> None:
    first, variant = [*lite.take(FINED), *lite.take(VARIANT)]
    [other] = lite.take(RAISED)
    [story, again, apart] = lite.stories(first, variant, other)
    assert story == again
    with lite.store.begin() as tx:
        if how == MERGE:
            arrangements.join(tx, story, apart, MERGE, "ann", lite.clock())
        else:
            arrangements.split(tx, story, [variant], "ann", lite.clock())
    decided = lite.stories(first, variant, other)
    lite.take(FINED_ZH, source="daily")
    lite.take(f"{VARIANT}, says paper", source="late")
    classify_pending(lite.store, classify, rules=RULES, now=lite.clock)
    with lite.store.begin() as tx:
        relatives.wait(tx, {first: "m1", variant: "m1", other: "m1"})
    gathering.work(lite.store, lite.clock)
    assert lite.stories(first, variant, other) == decided


def test_a_story_is_linked_to_those_before_and_after_it(lite: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = "Prosecutors open probe into Halvorsen over controls"
    monkeypatch.setitem(LIKE, probe, "fine")
    [before] = lite.take(probe)
    lite.clock.advance(days=5)
    [fined], [unlike] = lite.take(FINED), lite.take("Meridian Steel opens a mill")
    early, late, other = lite.stories(before, fined, unlike)
    with lite.store.read() as tx:
        assert gathering.links(tx, late).earlier == (early,)
        assert gathering.links(tx, early).later == (late,)
        assert gathering.links(tx, other) == gathering.links(tx, 10**9) == gathering.Links()


def test_an_edit_that_denies_changes_what_the_article_does(lite: Desk) -> None:
    [first] = lite.take("Halvorsen in talks to buy Oakfield Retail chain", guid="1")
    lite.clock.advance(hours=1)
    intake = Intake("wire", lite.linker, RULES, lite.clock, classify)
    edited = Item("Halvorsen denies talks to buy Oakfield Retail chain", guid="1")
    pipeline.take_in(lite.store, [edited], intake, Taken())
    with lite.store.read() as tx:
        assert [held.role for held in memberships.history(tx, first)] == ["report", "denial"]


def test_the_made_up_ones_are_not_compared(lite: Desk) -> None:
    made_up = [replace(article, sample=True) for article in _articles(lite, FINED)]
    with lite.store.begin() as tx:
        gathering.expect(tx, [(article, classify([article])[0]) for article in made_up])
        assert relatives.waiting(tx, 9, lock=False) == {}


def _articles(desk: Desk, *titles: str) -> list[Article]:
    with desk.store.read() as tx:
        return articles.get_many(tx, desk.take(*titles))


def test_what_comes_at_once_becomes_the_stories_of_what_comes_one_by_one(
    sqlite_store: Store, now: object, tmp_path: Path
) -> None:
    """Whatever the order within the batch."""
    titles = [VARIANT, CUT, FINED_ZH, "Meridian Steel opens a mill", RAISED, FINED]
    parts = []
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    other.upgrade()
    for store, at_once in ((sqlite_store, True), (other, False)):
        desk = desk_of(store, Clock(now))  # type: ignore[arg-type]
        if at_once:
            desk.take(*titles)
        else:
            for title in titles:
                desk.take(title)
        with store.read() as tx:
            held = {one.article.title: one.article.story_id for one in articles.page(tx, limit=200)}
        parts.append([{title for title in titles if held[title] == held[one]} for one in titles])
    other.close()
    assert parts[0] == parts[1]
    assert parts[0][0] == {VARIANT, FINED_ZH, FINED} and len(parts[0][1]) == 1
