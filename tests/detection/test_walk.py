"""A walk opens on what is new and rare, knows nothing of later, and learns from what was before alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detection import cells
from monitor.detection.budget import ENOUGH, unchecked
from monitor.detection.episodes import HOLD, alert_id, openings
from monitor.detection.fits import Gaps, fails, no_gaps
from monitor.detection.markets import Market
from monitor.detection.panels import Detector, Panel, Present, Scores
from monitor.detection.refits import LEARNING, SETTLED, WEEK, fitted_at, following, monday
from monitor.detection.rules import Rule
from monitor.detection.runs import Closing, Opened
from monitor.detection.walk import Walk
from tests.detection.lives import (
    FIRST,
    START,
    Life,
    Plain,
    Rare,
    change,
    life,
    merged,
    moment,
    surge,
    told,
)

RULE = Rule("surge", "plain", budget=0.03)
"""Less than one opening in the weeks of these lives: the cut is above whatever chance brought."""
RARE = Rule("rare", "rare", budget=1.0)
DAY = 24 * cells.IN_HOUR
BEGIN = FIRST * cells.IN_HOUR


def begun(
    *rules: Rule,
    gaps: Gaps = no_gaps,
    failed: Callable[[str, Exception], None] = fails,
    **detectors: Detector,
) -> Walk:
    """A walk of these rules that has not set out."""
    known = ("company:acme", "topic:legal")
    found = {"plain": Plain(), "rare": Rare(), **detectors}
    return Walk(rules or (RULE,), found, FIRST, known, gaps, failed)


def walked(changes: Life, *rules: Rule, gaps: Gaps = no_gaps) -> tuple[Walk, list[Opened]]:
    """A walk through all of it, and what opened and ended."""
    walk = begun(*rules, gaps=gaps)
    return walk, through(walk, changes)


def through(walk: Walk, changes: Life) -> list[Opened]:
    return [one for at, found in changes for one in walk.step(at, found)]


def opened(told: Iterable[Opened]) -> list[tuple[int, str, str]]:
    """What opened: when, by which rule, on which series."""
    return [
        (one.at, one.rule, one.episode.first.series)
        for one in told
        if one.episode.since == one.at and one.at == one.episode.first.at
    ]


def plain(walk: Walk, name: str = "plain") -> Any:
    return walk.detectors[name]


# --- what opens -------------------------------------------------------------------------------


def test_a_surge_opens_one_alert_named_by_the_company() -> None:
    week = ENOUGH + 3
    _, told = walked(merged(life(week + 2), surge(week, 12)))
    start = (FIRST + week * WEEK) * cells.IN_HOUR
    found = [one for one in told if one.at >= start and one.episode.since == one.at]
    assert [one.episode.name for one in found] == ["company:acme"]
    first = found[0].episode.first
    assert found[0].cut.checked and first.score >= found[0].cut.value
    assert first.observed > 3 * first.expected and first.voices >= RULE.least
    assert set(found[0].episode.series) == {"all", "company:acme"}
    assert len(first.articles) == first.voices and first.late == 0
    assert first.when == moment(first.at - 1), "it opened in the moment in which the last of it became known"


@pytest.mark.parametrize("hour", [0, 5, LEARNING - 1, LEARNING, LEARNING + 5])
def test_nothing_opens_before_there_is_a_past_to_compare_with(hour: int) -> None:
    walk = begun(RARE)
    found = through(walk, surge(0, 40, hour=hour))
    # The forty come in forty times five minutes.
    ends = FIRST + hour + 40 / cells.IN_HOUR
    assert bool(opened(found)) is bool(walk.cuts) is (ends > FIRST + LEARNING)
    assert all(at >= (FIRST + LEARNING) * cells.IN_HOUR for at, _, _ in opened(found))
    assert walk.ready_at == START + timedelta(hours=LEARNING)


def test_scores_that_are_no_p_values_open_nothing_in_the_first_weeks() -> None:
    rules = (Rule("scores", "plain", budget=9.0), Rule("chances", "rare", budget=9.0))
    bursts = [surge(week, 15, hour=60) for week in range(SETTLED + 3)]
    walk, told = walked(merged(life(SETTLED + 3), *bursts), *rules)
    weeks = {
        rule.name: {(at // cells.IN_HOUR - FIRST) // WEEK for at, r, _ in opened(told) if r == rule.name}
        for rule in rules
    }
    assert min(weeks["scores"]) >= SETTLED and min(weeks["chances"]) == 0
    early = [cut for cut in walk.cuts if cut.rule == "scores" and cut.weeks < SETTLED]
    assert early and all(cut.value == math.inf and not cut.checked for cut in early)
    assert all(math.isfinite(cut.value) for cut in walk.cuts if cut not in early)


def test_the_first_cut_is_that_of_every_series_tested_once_an_hour() -> None:
    walk, _ = walked(life(1), RARE)
    names = len(plain(walk, "rare").panels[0].names)
    assert walk.cuts[0].value == unchecked(names * WEEK, RARE.budget)
    assert walk.cuts[0].since == (FIRST + LEARNING) * cells.IN_HOUR and not walk.cuts[0].checked
    tests = walk.runs["rare"].tests
    assert walk.cuts[-1].value == unchecked(
        sum(number for _, number in tests[:-1]) / walk.cuts[-1].weeks, RARE.budget
    )


def test_every_series_in_which_something_negative_came_is_tested_and_counted() -> None:
    some = merged(life(2))
    walk, _ = walked(some, RARE)
    ready = (FIRST + LEARNING) * cells.IN_HOUR
    came = [one for at, found in some for one in found if one.entry.negative and cells.cell(at) + 1 >= ready]
    assert sum(number for _, number in walk.runs["rare"].tests) == len(came)
    assert sum(len(one.rows) for one in plain(walk, "rare").presents) == len(came)


def test_what_somebody_changed_opens_nothing_until_something_comes() -> None:
    week = ENOUGH + 3
    edited = [(at, [one._replace(fresh=False) for one in found]) for at, found in surge(week, 12)]
    walk, before = walked(merged(life(week), edited))
    assert [at for at, _, _ in opened(before) if at // cells.IN_HOUR >= FIRST + week * WEEK] == []
    [(_, _, series)] = opened(through(walk, told(walk.now, "acme", 1)))
    assert series == "company:acme"


def test_what_is_not_negative_is_not_tested() -> None:
    found = [one for n in range(30) for one in told(BEGIN + 2 * DAY + n, "acme", n + 1, negative=False)]
    walk, _ = walked(found, RARE)
    assert walk.cuts and plain(walk, "rare").presents == []


def test_what_was_taken_back_does_not_count() -> None:
    week = ENOUGH + 3
    begun = surge(week, 12)
    back = [
        (at + timedelta(seconds=1), [one._replace(sign=-1, fresh=False) for one in found])
        for at, found in begun[:10]
    ]
    start = cells.cell(begun[0][0])
    _, told = walked(merged(life(week + 2), begun[:10], back, begun[10:]))
    assert [at for at, _, _ in opened(told) if at >= start + 10] == []


def test_what_was_before_reading_began_is_not_counted() -> None:
    before = [(START + timedelta(hours=30), told(BEGIN - 40 + n, "acme", n + 1)[0][1]) for n in range(40)]
    walk, found = walked(merged(before), RARE)
    assert found == [] and walk.board.names(0) == []


# --- what comes late --------------------------------------------------------------------------


def late(hours_late: int, stories: int = 12, at: int = BEGIN + 6 * DAY) -> Life:
    """So many stories of one hour that all become known at a moment, so many hours after it."""
    known = moment(at + hours_late * cells.IN_HOUR + 2 * cells.IN_HOUR)
    return merged(*([(known, told(at + n % cells.IN_HOUR, "acme", 500 + n)[0][1])] for n in range(stories)))


def test_what_comes_late_is_tested_in_the_window_of_its_own_hour_too() -> None:
    walk, found = walked(merged(life(2), late(30)), RARE)
    ends = {one.end for one in plain(walk, "rare").presents}
    own = BEGIN + 6 * DAY + cells.IN_HOUR
    assert own in ends
    # A day's window that ends now holds none of it, so only its own hour's can have opened.
    [one] = [one for one in found if one.episode.since == one.at and one.episode.first.late]
    episode = one.episode
    assert episode.first.series == "company:acme" and episode.first.late == one.at - own
    assert episode.first.when == late(30)[0][0] and episode.first.voices >= 12
    assert episode.first.observed >= 12 and len(episode.first.articles) == episode.first.voices


def test_what_is_less_than_an_hour_old_is_tested_once() -> None:
    at = BEGIN + 6 * DAY
    for age, tests in ((cells.IN_HOUR - 1, 1), (cells.IN_HOUR, 2)):
        walk, _ = walked(told(at, "acme", 1, known=at + age), RARE)
        assert len(plain(walk, "rare").presents) == tests, age


def test_one_that_is_late_is_never_told_before_it_was_known() -> None:
    walk, found = walked(merged(life(2), late(30)), RARE)
    known = late(30)[0][0]
    for one in found:
        assert one.episode.since <= one.at
    assert all(one.when <= known for run in walk.runs.values() for one in run.rises if one.late)


def test_a_late_story_of_before_reading_began_has_no_window_of_its_own() -> None:
    at = BEGIN + DAY + 2
    changes = [(moment(at), [change(BEGIN - 3, "all", 1), change(at, "all", 2)])]
    walk, _ = walked(changes, RARE)
    assert {one.end for one in plain(walk, "rare").presents} == {at + 1}


# --- what somebody closed ---------------------------------------------------------------------


def closed(walk: Walk, changes: Life, at: datetime) -> tuple[str, list[Opened]]:
    """Walk through changes, close what is open then, and say which alert it was."""
    found = through(walk, changes)
    [run] = walk.runs.values()
    [episode] = run.episodes.open
    id = alert_id(run.rule.name, episode)
    walk.close(Closing(at, id))
    return id, found


def test_what_somebody_closed_is_left_out_and_others_and_new_voices_open_at_once() -> None:
    first = merged(life(1), surge(1, 15, hour=10))
    after = cells.cell(first[-1][0]) + 2
    # The same stories, told by other voices, and twelve of something else.
    again = [
        (
            moment(after + n),
            [
                one._replace(entry=one.entry._replace(cell=after + n, voice=f"copy{n}", article_id=900 + n))
                for one in found
            ],
        )
        for n, (_, found) in enumerate(surge(1, 15, hour=10))
    ]
    other = [one for n in range(15) for one in told(after + 40 + n, "acme", 700 + n)]
    for more in (again, other):
        walk = begun(RARE)
        _, before = closed(walk, first, moment(after - 1))
        assert len([one for one in opened(before) if one[0] >= BEGIN + WEEK * cells.IN_HOUR]) == 1
        assert opened(through(walk, more[:2])) == [], "the fifteen that were closed count no more"
        [(_, _, series)] = opened(through(walk, more[2:]))
        assert series == "company:acme"
        [episode] = walk.runs["rare"].episodes.open
        assert episode.first.observed <= 15
        assert episode.articles <= {one.entry.article_id for _, some in more for one in some}
    # Where nobody closed anything, all of it is one alert.
    going = begun(RARE)
    assert len(opened(through(going, merged(first, again, other)))) == len(opened(before))


def test_what_somebody_closed_stays_known_where_its_story_goes_into_another() -> None:
    first = merged(life(1), surge(1, 15, hour=10))
    after = cells.cell(first[-1][0]) + 2
    walk = begun(RARE)
    closed(walk, first, moment(after - 1))
    for _, found in surge(1, 15, hour=10):
        walk.step(moment(after), [one._replace(sign=-1, fresh=False) for one in found])
        merged_into = [one._replace(entry=one.entry._replace(story_id=5), fresh=False) for one in found]
        walk.step(moment(after), merged_into)
    assert opened(through(walk, [(moment(after + 1), told(after + 1, "acme", 5)[0][1])])) == []


def test_only_the_rule_whose_alert_was_closed_knows_its_stories() -> None:
    walk = begun(RARE, Rule("second", "rare", budget=1.0))
    through(walk, merged(life(1), surge(1, 15, hour=10)))
    [episode] = walk.runs["rare"].episodes.open
    walk.close(Closing(moment(walk.now), alert_id("rare", episode)))
    assert walk.runs["rare"].episodes.open == [] and len(walk.runs["second"].episodes.open) == 1
    assert set(walk.runs["rare"].known) >= episode.articles and walk.runs["second"].known == {}
    presents = plain(walk, "rare").presents
    presents.clear()
    walk.step(moment(walk.now), told(walk.now, "acme", 1)[0][1])
    assert len(presents) == 2, "each rule was asked of its own counts"
    assert presents[0].negative.sum() < presents[1].negative.sum()


def test_what_came_since_it_last_rose_is_known_to_who_closes_it() -> None:
    walk = begun(RARE)
    through(walk, merged(life(1), surge(1, 15, hour=10)))
    [episode] = walk.runs["rare"].episodes.open
    at, since = walk.now, episode.since
    # It came in the episode's time and rose no more; and one of before it opened.
    edited = [change(cell, "company:acme", story, fresh=False) for cell, story in ((at, 1), (since - 50, 2))]
    walk.step(moment(at), edited)
    returned = walk.close(Closing(moment(at), alert_id("rare", episode)))
    assert returned >= episode.articles and returned == set(walk.runs["rare"].known)
    assert {one.entry.article_id in returned for one in edited} == {True, False}


def test_what_was_written_down_as_known_by_a_closing_is_known_whatever_came_since() -> None:
    walk = begun(RARE)
    through(walk, merged(life(1), surge(1, 15, hour=10)))
    [episode] = walk.runs["rare"].episodes.open
    at = walk.now
    walk.step(moment(at), [change(at, "company:acme", 1, fresh=False)])
    returned = walk.close(Closing(moment(at), alert_id("rare", episode), frozenset({4})))
    assert returned == episode.articles | {4} == set(walk.runs["rare"].known)
    assert walk.runs["rare"].episodes.open == []


def test_closing_what_is_no_alert_does_nothing() -> None:
    walk = begun(RARE)
    through(walk, merged(life(1), surge(1, 15, hour=10)))
    walk.close(Closing(moment(walk.now), "alert_of_nothing"))
    assert len(walk.runs["rare"].episodes.open) == 1 and walk.runs["rare"].known == {}


@pytest.mark.parametrize("stepped", [False, True])
def test_what_was_over_when_somebody_closed_it_is_known_too(stepped: bool) -> None:
    walk = begun(RARE)
    through(walk, merged(life(1), surge(1, 15, hour=10)))
    [episode] = walk.runs["rare"].episodes.open
    walk.runs["rare"].episodes.past.clear()
    later = cells.begins(episode.last_at + 2 * HOLD)
    if stepped:
        walk.step(later)
    assert walk.close(Closing(later, alert_id("rare", episode))) >= episode.articles
    assert episode.ended_at == episode.last_at + HOLD and walk.runs["rare"].episodes.past == [episode]
    assert set(walk.runs["rare"].known) >= episode.articles


# --- detectors that fail ----------------------------------------------------------------------


@dataclass
class Failing(Rare):
    """Fails at what it is told to."""

    fitting: bool = False
    testing: bool = False

    def fit(self, past: Panel) -> object:
        if self.fitting:
            raise RuntimeError("cannot fit")
        return super().fit(past)

    def test(self, fitted: object, present: Present) -> Scores:
        if self.testing:
            raise RuntimeError("cannot test")
        return super().test(fitted, present)


RULES = (Rule("good", "rare"), Rule("poor", "failing"))


@pytest.mark.parametrize(("fitting", "testing"), [(True, False), (False, True)])
def test_a_detector_that_fails_costs_only_its_own_rules(fitting: bool, testing: bool) -> None:
    told: list[tuple[str, str]] = []
    walk = begun(
        *RULES,
        failing=Failing(fitting=fitting, testing=testing),
        failed=lambda name, error: told.append((name, str(error))),
    )
    found = opened(through(walk, merged(life(1), surge(1, 15, hour=10))))
    alone = opened(through(begun(RULES[0]), merged(life(1), surge(1, 15, hour=10))))
    assert found == alone and {rule for _, rule, _ in found} == {"good"}
    assert set(told) == {("failing", "cannot fit" if fitting else "cannot test")}


def test_without_anybody_to_tell_a_failure_is_raised() -> None:
    walk = begun(RULES[1], failing=Failing(fitting=True))
    with pytest.raises(RuntimeError, match="cannot fit"):
        through(walk, life(1))


def test_what_failed_is_fitted_again_on_the_past_of_the_last_time() -> None:
    poor = Failing(fitting=True)
    walk = begun(*RULES, failing=poor, failed=lambda name, error: None)
    through(walk, life(1))
    # What counts since adds series that the panel of last time did not have.
    news = merged(*(told(walk.now + 5 + n, "abacus", 800 + n) for n in range(6)))
    through(walk, news)
    walk.retry()
    assert poor.panels == []
    poor.fitting = False
    walk.retry()
    walk.retry()
    [again] = poor.panels
    good = plain(walk, "rare").panels[-1]
    assert (again.names, again.start, len(again.volume)) == (good.names, good.start, len(good.volume))
    assert np.array_equal(again.negative, good.negative)
    at = walk.now + 20
    found = through(walk, merged(*(told(at + n, "brick", 900 + n) for n in range(15))))
    assert "poor" in {rule for _, rule, _ in opened(found)}
    rises = [
        [(one.at, one.series, one.score) for one in run.rises if one.at > at] for run in walk.runs.values()
    ]
    assert rises[0] == rises[1] and rises[0], "its rows are those of the panel that the others were fitted on"


# --- time -------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(seed=st.integers(0, 50), week=st.integers(1, 12), later=st.integers(1, 3))
def test_what_comes_later_changes_nothing_before(seed: int, week: int, later: int) -> None:
    whole = merged(life(14, seed), surge(week, 8), surge(min(week + later, 13), 9, "brick"))
    end = (FIRST + (week + 1) * WEEK) * cells.IN_HOUR
    _, all_told = walked(whole, RULE, RARE)
    _, told = walked([one for one in whole if cells.cell(one[0]) < end], RULE, RARE)
    assert opened(told) == [one for one in opened(all_told) if one[0] <= end]


def test_a_step_of_an_earlier_moment_is_of_the_last_ones_time() -> None:
    walk = begun(RARE)
    through(walk, merged(life(1), surge(1, 15, hour=10)))
    now = walk.now
    walk.step(START, told(now, "acme", 1)[0][1])
    assert walk.now == now and plain(walk, "rare").presents[-1].end == now


def test_a_step_without_changes_ends_what_is_over_and_tests_nothing() -> None:
    walk = begun(RARE)
    through(walk, merged(life(1), surge(1, 15, hour=10)))
    tested = len(plain(walk, "rare").presents)
    [episode] = walk.runs["rare"].episodes.open
    assert walk.step(cells.begins(episode.last_at + HOLD - 1)) == []
    [over] = walk.step(cells.begins(episode.last_at + HOLD))
    assert over.episode is episode and over.rule == "rare"
    assert episode.ended_at == episode.last_at + HOLD
    assert len(plain(walk, "rare").presents) == tested


def test_baselines_are_fitted_daily_while_they_are_young_and_weekly_after() -> None:
    walk, _ = walked(life(SETTLED + 3), RARE)
    hours = [cut.since // cells.IN_HOUR for cut in walk.cuts]
    assert hours[0] == FIRST + LEARNING
    young = [one for one in hours if one < FIRST + SETTLED * WEEK]
    assert [b - a for a, b in pairwise(young)] == [24] * (SETTLED * 7 - 2)
    old = hours[len(young) :]
    assert old == [FIRST + week * WEEK for week in range(SETTLED, SETTLED + 4)]
    panels = plain(walk, "rare").panels
    assert [panel.start + len(panel.volume) for panel in panels] == hours


@given(first=st.integers(390_000, 400_000), steps=st.integers(1, 60))
def test_every_fit_follows_the_one_before_on_a_day_or_a_week(first: int, steps: int) -> None:
    hour = first + LEARNING
    for _ in range(steps):
        after = following(hour, first)
        begins = cells.begins(after, cells.HOUR)
        assert begins.hour == 0 and after > hour
        if after < first + SETTLED * WEEK:
            assert after - hour <= 24
        else:
            assert begins.weekday() == 0 and after - hour <= WEEK
        hour = after


@given(first=st.integers(390_000, 400_000), minutes=st.integers(0, 60 * WEEK * 8))
def test_when_baselines_were_fitted_last_is_what_a_walk_did(first: int, minutes: int) -> None:
    now = cells.begins(first, cells.HOUR) + timedelta(minutes=minutes)
    walk = Walk((RARE,), {"rare": Rare()}, first)
    walk.step(now)
    last = [cut.since // cells.IN_HOUR for cut in walk.cuts]
    assert fitted_at(first, now) == (last[-1] if last else None)


def test_cuts_are_unchecked_until_there_are_weeks_enough_and_keep_the_budget_then() -> None:
    walk, told = walked(life(ENOUGH + 22, a_day=12.0), Rule("surge", "plain", budget=0.5, least=1))
    checked = [cut for cut in walk.cuts if cut.checked]
    assert [cut.checked for cut in walk.cuts] == sorted(cut.checked for cut in walk.cuts)
    assert all(cut.checked is (cut.weeks >= ENOUGH) for cut in walk.cuts)
    assert len(checked) == 22 and all(cut.openings <= 0.5 * cut.weeks for cut in checked)
    last = checked[-1]
    rises = [one for one in walk.runs["surge"].rises if one.at < last.since]
    assert openings(rises, last.value, 1) == last.openings
    lower = max(one.score for one in rises if one.score < last.value)
    assert openings(rises, lower, 1) > 0.5 * last.weeks, "it is spent, too"
    assert opened(told)


# --- panels -----------------------------------------------------------------------------------


def test_hours_in_which_nobody_read_are_no_evidence() -> None:
    asked: list[tuple[int, int]] = []

    def gaps(start: int, end: int) -> Sequence[tuple[int, int]]:
        asked.append((start, end))
        return [(FIRST + 10, FIRST + 40), (FIRST - 90, FIRST - 80)]

    walk, _ = walked(life(3), gaps=gaps)
    panels = plain(walk).panels
    assert asked == [(FIRST, FIRST + len(panel.volume)) for panel in panels]
    panel = panels[3]
    assert panel.start == FIRST
    assert not panel.read[10:40].any() and panel.read[:10].all() and panel.read[40:].all()
    assert not panels[0].read[10:].any(), "a gap that goes on is cut off with the panel"


def test_panels_hold_what_is_watched_what_was_seen_and_one_for_all_others() -> None:
    once = [(moment(BEGIN + 9), [change(BEGIN + 9, "both:legal:acme", 1)])]
    walk, _ = walked(merged(life(3), once))
    names = plain(walk).panels[-1].names
    assert {"all", "company:acme", "company:brick", "topic:legal", "company:", "both:", "topic:"} <= set(
        names
    )
    assert "both:legal:acme" not in names, "what was seen once has no baseline of its own"


@pytest.mark.parametrize("hour", [0, 96, 400_000])
def test_weeks_begin_on_monday(hour: int) -> None:
    found = monday(hour)
    assert 0 <= found - hour < WEEK
    assert cells.begins(found, cells.HOUR).weekday() == 0 and cells.begins(found, cells.HOUR).hour == 0


# --- whose week ---------------------------------------------------------------------------------


def test_detectors_fit_the_week_of_the_market_with_its_holidays() -> None:
    market = Market("Asia/Shanghai", "CN")
    walk = Walk((RULE,), {"plain": Plain()}, FIRST, market=market)
    through(walk, life(2))
    panels = plain(walk).panels
    assert panels and {panel.zone for panel in panels} == {"Asia/Shanghai"}
    last = panels[-1]
    assert last.holidays == market.days(last.start, last.start + len(last.volume))
    assert {panel.zone for panel in plain(walked(life(1), RULE)[0]).panels} == {"UTC"}
