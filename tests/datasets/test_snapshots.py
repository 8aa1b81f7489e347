"""Snapshots: nobody changes sides, nothing leaks, and the same examples are the same snapshot."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.datasets import snapshots
from monitor.news import identity
from monitor.records import Article, Example, Label, Mention, Snapshot
from monitor.testing import make_article
from monitor.testing.fakes import START

MakeArticle = Callable[..., Article]
WORDS = ("mill", "rail", "port", "bank", "wheat", "steel", "cable", "glass", "copper", "sugar", "tram")


def sentences(n: int, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=12)) + f" {seed}-{i}" for i in range(n)]


def examples(n: int, seed: int = 0) -> list[Example]:
    labels = ("negative", "neutral", "positive")
    return [Example(text, labels[i % 3], origin="a.csv") for i, text in enumerate(sentences(n, seed))]


def texts(snapshot: Snapshot) -> dict[str, set[str]]:
    sides = {"train": snapshot.train, "development": snapshot.development, "gold": snapshot.gold}
    return {name: {example.text for example in some} for name, some in sides.items()}


def label(article: Article, sentiment: str, minutes: int = 0, **fields: object) -> tuple[Label, Article]:
    values = {"task_id": article.id, "user": "ann", "topics": None} | fields
    given_at = START + timedelta(minutes=minutes)
    return Label(article.id, sentiment=sentiment, created_at=given_at, **values), article  # type: ignore[arg-type]


# --- labels to examples ---------------------------------------------------------------------


def test_a_label_becomes_an_example_in_its_story() -> None:
    article = make_article("Mill closes", id=1, story_id=3, block_id=7)
    (example,) = snapshots.from_labels([label(article, "negative", topics=("legal",))])
    assert example == Example("Mill closes", "negative", ("legal",), "analysts", "block 7")


def test_of_several_labels_on_one_content_the_newest_counts() -> None:
    one, copy = (
        make_article("Mill closes", id=1, story_id=3, block_id=7),
        make_article("Mill closes", id=2, story_id=9),
    )
    labelled = [label(one, "neutral", 5), label(copy, "negative", 9), label(one, "positive", 2)]
    for order in (labelled, labelled[::-1]):
        (example,) = snapshots.from_labels(order)
        assert example.sentiment == "negative"
    same_time = [label(one, "neutral", id=4), label(copy, "positive", id=3)]
    assert snapshots.from_labels(same_time)[0].sentiment == "neutral"


def test_a_label_is_about_the_company_too_where_the_article_names_one() -> None:
    acme, bolt = Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 11, 15)
    one = make_article("Acme sues. Acme wins", id=1, mentions=(acme, replace(acme, start=11, end=15)))
    two = make_article("Acme sues, Bolt pays", id=2, mentions=(acme, bolt))
    first, second = snapshots.from_labels([label(one, "positive"), label(two, "positive")])
    assert (first.sentiment, first.companies) == ("positive", (("Acme", "positive"),))
    assert (second.sentiment, second.companies) == ("positive", ())


def test_an_article_without_text_teaches_nothing() -> None:
    assert snapshots.from_labels([label(make_article(" ", id=1), "neutral")]) == []


# --- sides ----------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 60))
@settings(deadline=None, max_examples=15)
def test_an_example_never_changes_sides(seed: int, n: int, more: int) -> None:
    first = texts(snapshots.build(examples(n, seed)))
    grown = texts(snapshots.build([*examples(more, seed + 1), *examples(n, seed)]))
    assert not first["train"] & grown["development"]
    assert not first["development"] & grown["train"]


@pytest.mark.parametrize("seed", range(3))  # fixed: MinHash bands miss a pair in a hundred
def test_near_duplicates_never_stand_on_two_sides(seed: int) -> None:
    originals = examples(40, seed)
    copies = [replace(one, text=f"{one.text} update") for one in originals]
    sides = texts(snapshots.build([*originals, *copies], [replace(one) for one in originals[::4]]))
    names = list(sides)
    for i, name in enumerate(names):
        for other in names[i + 1 :]:
            for one in sides[name]:
                for two in sides[other]:
                    alike = identity.similarity(identity.signature(one), identity.signature(two))
                    assert alike < identity.STORY_THRESHOLD, (name, one, other, two)
    assert all(sides.values())


def test_a_story_stays_together_and_one_with_a_gold_text_teaches_nothing() -> None:
    stories = [replace(one, group=f"story {i // 3}") for i, one in enumerate(examples(300))]
    sides = {one.text: snapshots.side(one) for one in stories}
    for i in range(0, 300, 3):
        assert len({sides[one.text] for one in stories[i : i + 3]}) == 1
    built = snapshots.build(stories, stories[:1])
    assert built.gold == (stories[0],)
    assert not {one.group for one in (*built.train, *built.development)} & {"story 0"}


def test_the_share_of_development_is_what_is_said() -> None:
    drawn = [snapshots.side(one) for one in examples(3000)]
    assert 380 < drawn.count("development") < 520  # 450 expected, standard deviation 20


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(0, 10))
@settings(deadline=None, max_examples=15)
def test_gold_is_what_is_declared_and_nothing_else(seed: int, n: int, m: int) -> None:
    declared = examples(m, seed + 20_000)
    built = snapshots.build(examples(n, seed), declared)
    assert {one.text for one in built.gold} == {one.text for one in declared}


# --- identity of a snapshot -----------------------------------------------------------------


def test_the_id_depends_on_the_content_and_not_on_its_order() -> None:
    some = examples(30)
    first = snapshots.build(some)
    assert snapshots.build(some[::-1]) == first
    assert snapshots.build([*some[:-1], replace(some[-1], sentiment="x")]).id != first.id
    assert snapshots.build(some[:-1]).id != first.id
    told = [*some[:-1], replace(some[-1], companies=(("Acme", "positive"),))]
    built = snapshots.build(told)
    assert built.id != first.id and told[-1] in (*built.train, *built.development, *built.gold)
    assert len(first.id) == 64


def test_of_the_same_text_the_first_counts() -> None:
    one, other = Example("Mill closes", "negative"), Example("Mill closes", "positive")
    built = snapshots.build([one, other])
    assert [*built.train, *built.development, *built.gold] == [one]


def test_nothing_gives_an_empty_snapshot() -> None:
    built = snapshots.build([])
    assert (built.train, built.development, built.gold) == ((), (), ())


def test_texts_that_no_encoding_takes_are_split_too() -> None:
    built = snapshots.build([Example("lone \ud800 surrogate", "neutral")])
    assert len(built.id) == 64


def test_counts_are_by_side_and_origin() -> None:
    built = snapshots.build([*examples(40), Example("Mill closes", "negative", origin="analysts")])
    counted = snapshots.counts(built)
    assert set(counted) == {"train", "development", "gold"}
    assert sum(side["all"] for side in counted.values()) == 41
    assert sum(side.get("analysts", 0) for side in counted.values()) == 1
