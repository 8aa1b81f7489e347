"""What rises together is one episode, what lingers at the edge does not flap, and cuts count honestly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import cells, rules
from monitor.detection.episodes import EXIT, HOLD, Episode, Episodes, Rise, alert_id, openings

SERIES = ("all", "topic:debt", "company:acme", "company:bolt", "both:debt:acme", "both:legal:acme")


def rise(
    at: int, series: str, score: float, stories: set[int], observed: float = 0.0, expected: float = 0.1
) -> Rise:
    return Rise(
        at, series, score, frozenset(stories), len(stories), observed or len(stories), expected, hours=24
    )


def test_what_rises_on_the_same_stories_is_one_named_by_the_smallest_scope() -> None:
    state = Episodes(least=3)
    stories = {1, 2, 3, 4}
    told = [
        rise(10, "all", 9.0, {*stories, 77, 78}, expected=3.0),
        rise(10, "topic:legal", 8.0, stories),
        rise(10, "company:acme", 7.0, stories),
        rise(10, "both:legal:acme", 6.0, stories),
    ]
    [opened] = state.rise(10, told, cut=5.0)
    assert opened.name == "both:legal:acme" and opened.first.series == "both:legal:acme"
    assert opened.series == {one.series: one.voices for one in told}
    assert opened.stories == stories, "the other stories of all news are not this episode's"


def test_what_rises_later_on_the_same_stories_names_it_if_it_is_smaller() -> None:
    state = Episodes(least=3)
    [opened] = state.rise(10, [rise(10, "topic:legal", 6.0, {1, 2, 3})], cut=5.0)
    assert state.rise(12, [rise(12, "company:acme", 6.0, {2, 3, 4})], cut=5.0) == []
    assert opened.name == "company:acme" and opened.stories == {1, 2, 3, 4}


def test_other_stories_are_another_episode() -> None:
    state = Episodes(least=2)
    state.rise(10, [rise(10, "company:acme", 6.0, {1, 2, 3})], cut=5.0)
    [other] = state.rise(11, [rise(11, "company:brick", 6.0, {3, 8, 9, 10})], cut=5.0)
    assert other.name == "company:brick" and len(state.open) == 2


def test_the_edge_of_the_cut_keeps_it_open_and_opens_nothing() -> None:
    state = Episodes(least=1)
    edge = EXIT * 5.0
    assert state.rise(1, [rise(1, "company:acme", edge, {1})], cut=5.0) == []
    [opened] = state.rise(2, [rise(2, "company:acme", 5.0, {1, 2})], cut=5.0)
    for at in range(HOLD, 5 * HOLD, HOLD):
        assert state.rise(at, [rise(at, "company:acme", edge, {at})], cut=5.0) == []
        assert opened.ended_at is None
    assert state.end(opened.last_at + HOLD) == []
    assert state.end(opened.last_at + HOLD + 1) == [opened]
    assert opened.ended_at == opened.last_at + HOLD


def test_fewer_voices_than_the_least_open_nothing() -> None:
    state = Episodes(least=3)
    assert state.rise(1, [rise(1, "company:acme", 99.0, {1, 2})], cut=5.0) == []
    assert len(state.rise(2, [rise(2, "company:acme", 99.0, {1, 2, 3})], cut=5.0)) == 1


def test_what_somebody_closes_is_over_and_explains_nothing() -> None:
    state = Episodes(least=1)
    [first] = state.rise(10, [rise(10, "company:acme", 6.0, {1, 2})], cut=5.0)
    state.close(first, 12)
    assert (state.open, state.past, first.ended_at) == ([], [first], 12)
    [again] = state.rise(13, [rise(13, "company:acme", 6.0, {1, 2})], cut=5.0)
    assert again is not first
    state.close(again, 13 + 3 * HOLD)
    assert again.ended_at == 13 + HOLD, "it was over by itself before"


def test_an_episode_gathers_its_articles_and_the_moment_of_its_last_rise() -> None:
    state, at = Episodes(least=1), cells.begins(11) + timedelta(seconds=7)
    [found] = state.rise(10, [replace(rise(10, "company:acme", 6.0, {1}), articles=(4, 5))], cut=5.0)
    assert found.articles == {4, 5} and found.last_seen_at == cells.begins(10)
    higher = replace(rise(11, "company:acme", 7.0, {1, 2}), articles=(5, 6), seen_at=at)
    larger = replace(rise(12, "all", 7.0, {1, 2}), articles=(9,))
    edge = replace(rise(13, "company:acme", 4.5, {1, 3}), articles=(8,), seen_at=at + cells.FINE)
    assert state.rise(11, [higher], cut=5.0) == []
    assert found.last_seen_at == at and found.highest is higher
    assert state.rise(12, [larger], cut=5.0) == [] and state.rise(13, [edge], cut=5.0) == []
    assert found.articles == {4, 5, 6}, "neither what is larger nor what is under the cut is its evidence"
    assert found.last_seen_at == at + cells.FINE and found.last_at == 13


def test_an_alerts_id_follows_from_its_rule_what_rose_first_and_when() -> None:
    state = Episodes(least=1)
    one = replace(rise(10, "company:acme", 6.0, {1}), seen_at=cells.begins(9) + timedelta(seconds=7))
    [found] = state.rise(10, [one], cut=5.0)
    id = alert_id("surge", found)
    assert id == "alert_" + sha256(b"surge\ncompany:acme\n1970-01-01T00:45:07+00:00").hexdigest()[:24]
    state.rise(11, [replace(one, at=11, series="both:legal:acme", score=9.0, seen_at=None)], cut=5.0)
    assert found.name == "both:legal:acme" and alert_id("surge", found) == id, "what names it later does not"
    assert alert_id("other", found) != id
    assert one.when == one.seen_at and replace(one, seen_at=None).when == cells.begins(10)


rises = st.lists(
    st.builds(
        rise,
        at=st.integers(0, 40 * HOLD),
        series=st.sampled_from(["all", "topic:legal", "company:acme", "company:brick", "both:legal:acme"]),
        score=st.floats(2.0, 12.0),
        stories=st.sets(st.integers(0, 30), min_size=1, max_size=6),
    ),
    max_size=40,
).map(lambda some: sorted(some, key=lambda one: (one.at, one.series)))


@given(rises=rises, cut=st.floats(2.0, 12.0))
def test_counting_openings_is_running_the_rule(rises: list[Rise], cut: float) -> None:
    state, opened = Episodes(least=2), 0
    for at in dict.fromkeys(one.at for one in rises):
        opened += len(state.rise(at, [one for one in rises if one.at == at], cut))
    assert openings(rises, cut, 2) == opened
    assert openings(rises, cut, 2, most=1) == min(opened, openings(rises, cut, 2, most=1))


@given(rises=rises, cut=st.floats(2.0, 12.0))
def test_every_opening_rose_to_the_cut_and_nothing_open_rises_again(rises: list[Rise], cut: float) -> None:
    state = Episodes(least=1)
    for at in dict.fromkeys(one.at for one in rises):
        held = {series for episode in state.open if at - episode.last_at <= HOLD for series in episode.series}
        for episode in state.rise(at, [one for one in rises if one.at == at], cut):
            assert episode.first.score >= cut and episode.first.series not in held
            assert episode.since == at and episode.ended_at is None


def test_a_topic_of_a_company_names_what_rose_about_it_only_where_it_is_most_of_it() -> None:
    state = Episodes(least=3)
    part, whole = set(range(4)), set(range(7))
    told = [rise(10, "both:debt:acme", 6.0, part), rise(10, "company:acme", 7.0, whole)]
    [opened] = state.rise(10, told, cut=5.0)
    assert opened.name == "both:debt:acme" and opened.stories == part
    more = {*whole, 8}
    state.rise(11, [rise(11, "company:acme", 8.0, more)], cut=5.0)
    assert opened.name == "company:acme" and opened.highest.voices == 8
    assert opened.stories == more, "what else was told of the company is of it"


def test_a_few_of_the_stories_do_not_name_it() -> None:
    """A branch rises on forty stories; that three of them are about one company is no alert about that."""
    state, branch = Episodes(least=3), set(range(40))
    [opened] = state.rise(10, [rise(10, "topic:debt", 6.0, branch)], cut=5.0)
    assert state.rise(11, [rise(11, "both:debt:acme", 9.0, {0, 1, 2})], cut=5.0) == []
    assert (opened.name, opened.highest.voices) == ("topic:debt", 40)
    most = set(range(21))
    state.rise(12, [rise(12, "company:acme", 7.0, most)], cut=5.0)
    assert (opened.name, opened.highest.voices) == ("company:acme", 21), "its name and its numbers are one's"
    state.rise(13, [rise(13, "topic:debt", 6.0, set(range(60)))], cut=5.0)
    assert (opened.name, opened.highest.voices) == ("topic:debt", 60), "what began as more goes on as more"


def test_what_no_series_holds_most_of_is_named_by_what_holds_more_than_others() -> None:
    state = Episodes(least=2)
    [opened] = state.rise(10, [rise(10, "company:acme", 6.0, {1, 2, 3, 4})], cut=5.0)
    state.rise(11, [rise(11, "company:bolt", 6.0, {3, 4, 5, 6})], cut=5.0)
    state.rise(12, [rise(12, "both:debt:bolt", 6.0, {5, 6, 7, 8})], cut=5.0)
    assert opened.stories == set(range(1, 9)) and opened.name == "both:debt:bolt"


named = st.builds(
    rise,
    at=st.just(10),
    series=st.sampled_from(SERIES),
    score=st.floats(5.0, 9.0),
    stories=st.sets(st.integers(0, 12), min_size=1, max_size=9),
)


@given(st.lists(named, min_size=1, max_size=30))
def test_its_name_is_the_smallest_of_what_rose_on_most_of_its_stories(rose: list[Rise]) -> None:
    episode = Episode.of(rose[0])
    for one in rose[1:]:
        episode.rose(one)
    voices = {name: max(one.voices for one in rose if one.series == name) for name in episode.series}
    held = {
        name: len(frozenset().union(*(one.stories for one in rose if one.series == name)) & episode.stories)
        for name in voices
    }
    whole = {
        name
        for name in voices
        if 2 * held[name] > len(episode.stories)
        and not (
            rules.kind(name) == "both" and voices.get(f"company:{rules.company(name)}", 0) >= 2 * voices[name]
        )
    }
    most = {name for name in held if held[name] == max(held.values())}
    assert episode.series == voices and episode.name == rules.smallest(whole or most)
    assert episode.highest.score == max(one.score for one in rose if one.series == episode.name)
