"""Wire variants and translations: what is weighed, and which stories become one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.stories import corrections, facts, guards, matching
from monitor.news.stories.matching import Known, Pair, Told

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BANK = frozenset({"halvorsen"})
FINED = "Halvorsen Bank fined 57 million pounds over controls"
FINED_ZH = "哈尔沃森银行因内控缺陷被罚款5700万英镑"
SAME = "Watchdog fines Halvorsen £57m for weak controls"
OTHER = "Halvorsen Bank opens forty branches in Norway"


def told(id: int, line: str, story: int = 0, at: datetime = NOW, companies: frozenset[str] = BANK) -> Told:
    chinese = facts.is_chinese(line)
    return Told(id, story or id, at, facts.headline(line), companies, chinese, corrections.role(line))


def pairs(new: Told, *others: Told, cosine: float = 0.6) -> list[Pair]:
    """What the matcher makes of an article and others, each at this cosine."""
    side = (1 - cosine**2) ** 0.5
    every = (new, *others)
    known = Known(
        np.array([one.story_id for one in every]),
        np.array([one.at.timestamp() for one in every]),
        np.array([one.chinese for one in every]),
        np.array([[1, 0], *([cosine, side] for _ in others)], np.float32),
    )
    near = matching.nearest(known, 0, np.arange(1, len(every)))
    return matching.ranked(matching.weigh(new, ((every[row], found) for row, found in near)))


def test_a_wire_variant_and_a_translation_are_found() -> None:
    [first, second] = pairs(told(3, SAME), told(1, FINED), told(2, FINED_ZH))
    assert {first.second.article_id, second.second.article_id} == {1, 2}
    assert first.evidence >= second.evidence > 0


def test_unlike_vectors_and_other_events_are_not() -> None:
    assert pairs(told(3, SAME), told(1, OTHER), cosine=0.3) == []


@pytest.mark.parametrize(
    ("line", "companies"),
    [
        ("Halvorsen Bank fined 90 million pounds over controls", BANK),
        (FINED, frozenset({"meridian"})),
        ("Halvorsen Bank Q1 call", BANK),
    ],
)
def test_guards_speak_before_vectors(line: str, companies: frozenset[str]) -> None:
    new = told(3, FINED if "call" not in line else "Halvorsen Bank Q2 call")
    assert pairs(new, told(1, line, companies=companies), cosine=0.99) == []


def test_only_what_is_near_in_time_and_of_another_story() -> None:
    new = told(3, SAME)
    assert pairs(new, told(1, FINED, at=NOW - matching.WINDOW - HOUR)) == []
    assert pairs(new, told(1, FINED, story=3)) == []
    assert pairs(new, told(1, FINED, at=NOW - matching.WINDOW))


def test_few_are_weighed_however_many_are_found() -> None:
    known = [told(n, f"{FINED} {'again ' * n}") for n in range(4, 60)]
    assert len(pairs(told(3, SAME), *known)) == matching.NEAREST


def test_a_denial_attaches_with_less() -> None:
    rumour, denial = "Halvorsen Bank in talks to buy Oakfield", "Halvorsen Bank denies report"
    assert [pair.second.article_id for pair in pairs(told(3, denial), told(1, rumour), cosine=0.75)] == [1]
    assert pairs(told(3, OTHER), told(1, rumour), cosine=0.3) == []


def test_the_best_pair_joins_and_the_older_story_stays() -> None:
    one, two = told(1, FINED), told(2, SAME)
    assert matching.gather([Pair(two, one, 1.0)], {1: [one], 2: [two]}) == [(1, 2)]


def test_a_chain_of_likenesses_does_not_join_opposites() -> None:
    up, between, down = told(1, "Bank raises rates"), told(2, "Bank decides"), told(3, "Bank cuts rates")
    members = {1: [up], 2: [between], 3: [down]}
    ranked = [Pair(between, up, 2.0), Pair(down, between, 1.0)]
    assert matching.gather(ranked, members) == [(1, 2)]


def test_what_an_analyst_parted_stays_apart_whatever_joins_it() -> None:
    one, two, three = told(1, FINED), told(2, FINED), told(3, FINED)
    members = {1: [one], 2: [two], 3: [three]}
    ranked = [Pair(three, two, 3.0), Pair(three, one, 2.0), Pair(two, one, 1.0)]
    assert matching.gather(ranked, members, apart=[(1, 2)]) == [(2, 3)]


def test_a_story_that_an_analyst_arranged_stays_and_two_never_join() -> None:
    one, two = told(1, FINED), told(2, FINED)
    members = {1: [one], 2: [two]}
    assert matching.gather([Pair(two, one, 1.0)], members, settled=frozenset({2})) == [(2, 1)]
    assert matching.gather([Pair(two, one, 1.0)], members, settled=frozenset({1, 2})) == []


lines = st.sampled_from(
    [FINED, FINED_ZH, SAME, OTHER, "Bank raises rates", "Bank cuts rates", "银行加息", "银行降息"]
)


@given(st.lists(st.tuples(lines, st.integers(1, 5)), min_size=2, max_size=8), st.randoms())
def test_no_story_holds_what_a_guard_keeps_apart(drawn: list[tuple[str, int]], rng: object) -> None:
    every = [told(n, line, story=n) for n, (line, _) in enumerate(drawn, 1)]
    ranked = [
        Pair(one, other, float(weight))
        for one, (_, weight) in zip(every, drawn, strict=True)
        for other in every
        if other.article_id < one.article_id
        and not guards.apart(one.facts, other.facts, one.companies, other.companies)
    ]
    ranked.sort(key=lambda pair: -pair.evidence)
    story = {one.article_id: one.article_id for one in every}
    for stays, goes in matching.gather(ranked, {one.story_id: [one] for one in every}):
        assert stays < goes
        story = {article: stays if held == goes else held for article, held in story.items()}
    for one in every:
        for other in every:
            if story[one.article_id] == story[other.article_id]:
                assert not guards.apart(one.facts, other.facts, one.companies, other.companies)


@given(lines, lines, st.floats(-1, 1))
def test_evidence_is_symmetric_and_grows_with_the_cosine(one: str, other: str, cosine: float) -> None:
    first, second = told(1, one), told(2, other)
    assert matching.evidence(first, second, cosine) == pytest.approx(matching.evidence(second, first, cosine))
    assert matching.evidence(first, second, 1.0) >= matching.evidence(first, second, cosine)


def test_languages_are_centred_apart() -> None:
    rng = np.random.default_rng(0)
    news, shift = rng.normal(size=(64, 8)).astype(np.float32), np.array([9, *[0] * 7], np.float32)
    english, chinese = news - shift, news + shift
    centres = {False: matching.centre(english), True: matching.centre(chinese)}
    assert all(centre is not None for centre in centres.values())
    one = matching.centred(english, [False] * 64, centres)  # type: ignore[arg-type]
    other = matching.centred(chinese, [True] * 64, centres)  # type: ignore[arg-type]
    assert np.mean(np.argmax(one @ other.T, axis=1) == np.arange(64)) > 0.9
    assert not matching.centred(english, [False] * 64, {}).any()


def test_a_mean_of_few_is_none() -> None:
    assert matching.centre(np.ones((matching.LEAST - 1, 4), np.float32)) is None


def test_an_article_about_a_company_looks_for_others_about_it() -> None:
    assert matching.asked(matching.keys(FINED, BANK)) == ["company halvorsen", "company halvorsen penalty"]
    names = matching.keys(FINED, frozenset())
    assert matching.asked(names) == names != []


def test_articles_are_found_by_companies_names_and_events() -> None:
    assert "company halvorsen" in matching.keys(FINED, BANK)
    assert "fed rates" in matching.keys("Fed raises rates", frozenset())
    assert "q1 growth" in matching.keys("一季度国内生产总值同比增长5.4%", frozenset())
    assert set(matching.keys("Fed raises rates", frozenset())) & set(matching.keys("美联储加息", frozenset()))
    assert all(len(key) <= matching.KEY for key in matching.keys("X" * 300, frozenset({"c" * 300})))
