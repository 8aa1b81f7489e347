"""What rises together is one episode, what lingers at the edge does not flap, and cuts count honestly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.detection.episodes import EXIT, HOLD, Episodes, Rise, openings


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
    assert opened.series == {one.series for one in told}
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
