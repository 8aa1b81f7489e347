"""A walk opens on what is new and rare, knows nothing of later, and learns from weeks before alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detection import cells
from monitor.detection.budget import ENOUGH
from monitor.detection.rules import Rule
from monitor.detection.walk import LEARNING, WEEK, Opened, Walk, monday
from tests.detection.lives import FIRST, Plain, change, life, merged, surge

RULE = Rule("surge", "plain", budget=0.03)
"""Less than one opening in the weeks of these lives: the cut is above whatever chance brought."""


def walked(
    changes: list[tuple[int, list[object]]], *rules: Rule, gaps: tuple[tuple[int, int], ...] = ()
) -> tuple[Walk, list[Opened]]:
    """A walk through all of it, and what opened and ended."""
    walk = Walk(rules or (RULE,), {"plain": Plain()}, FIRST, ("company:acme", "topic:legal"), gaps)
    told = [one for now, found in changes for one in walk.step(now, found)]  # type: ignore[arg-type]
    return walk, told


def opened(told: list[Opened]) -> list[tuple[int, str]]:
    return [(one.at, one.episode.name) for one in told if one.episode.since == one.at]


def test_a_surge_opens_one_alert_named_by_the_company() -> None:
    week = ENOUGH + LEARNING + 2
    _, told = walked(merged(life(week + 2), surge(week, 12)))
    begun = (FIRST + week * WEEK) * cells.IN_HOUR
    found = [one for one in told if one.at >= begun and one.episode.since == one.at]
    assert [one.episode.name for one in found] == ["company:acme"]
    first = found[0].episode.first
    assert found[0].cut.checked and first.score >= found[0].cut.value
    assert first.observed > 3 * first.expected and first.voices >= RULE.least
    assert found[0].episode.series == {"all", "company:acme"}


def test_nothing_opens_before_there_is_a_past_to_compare_with() -> None:
    walk, told = walked(merged(life(LEARNING - 1), surge(LEARNING - 1, 40)))
    assert told == [] and walk.cuts == []


def test_what_somebody_changed_opens_nothing() -> None:
    week = ENOUGH + LEARNING + 2
    edited = [(at, [one._replace(fresh=False) for one in found]) for at, found in surge(week, 12)]
    _, told = walked(merged(life(week + 2), edited))
    assert [at for at, _ in opened(told) if at // cells.IN_HOUR >= FIRST + week * WEEK] == []


def test_what_was_taken_back_does_not_count() -> None:
    week = ENOUGH + LEARNING + 2
    begun = surge(week, 12)
    back = [(at, [one._replace(sign=-1, known=at, fresh=False) for one in found]) for at, found in begun[:10]]
    start = begun[0][0]
    _, told = walked(merged(life(week + 2), begun[:10], [(at, found) for at, found in back], begun[10:]))
    late = [at for at, _ in opened(told) if at >= start + 10]
    assert late == []


@settings(max_examples=15)
@given(seed=st.integers(0, 50), week=st.integers(LEARNING, 12), later=st.integers(1, 3))
def test_what_comes_later_changes_nothing_before(seed: int, week: int, later: int) -> None:
    whole = merged(life(14, seed), surge(week, 8), surge(min(week + later, 13), 9, "brick"))
    end = (FIRST + (week + 1) * WEEK) * cells.IN_HOUR
    _, all_told = walked(whole)
    _, told = walked([one for one in whole if one[0] <= end])
    assert opened(told) == [one for one in opened(all_told) if one[0] <= end]


def test_cuts_are_unchecked_until_there_are_weeks_enough_and_keep_the_budget_then() -> None:
    walk, told = walked(life(ENOUGH + LEARNING + 20, a_day=12.0), Rule("surge", "plain", budget=0.5, least=1))
    checked = [cut for cut in walk.cuts if cut.checked]
    assert [cut.checked for cut in walk.cuts] == sorted(cut.checked for cut in walk.cuts)
    assert len(checked) == 21 and all(cut.openings <= 0.5 * cut.weeks for cut in checked)
    assert all(cut.openings >= 0.5 * cut.weeks - 2 for cut in checked), "it is spent, too"
    assert opened(told)


def test_hours_in_which_nobody_read_are_no_evidence() -> None:
    gap = (FIRST + 10, FIRST + 40)
    walk, _ = walked(life(LEARNING + 2), gaps=(gap,))
    detector = walk.detectors["plain"]
    assert isinstance(detector, Plain)
    panel = detector.panels[0]
    assert panel.start == FIRST
    assert not panel.read[10:40].any() and panel.read[:10].all() and panel.read[40:].all()


def test_panels_hold_what_is_watched_what_was_seen_and_one_for_all_others() -> None:
    walk, _ = walked(
        merged(life(LEARNING + 2), [(FIRST * cells.IN_HOUR + 9, [change(FIRST * 12, "both:legal:acme", 1)])])
    )
    detector = walk.detectors["plain"]
    assert isinstance(detector, Plain)
    names = detector.panels[-1].names
    assert {"all", "company:acme", "company:brick", "topic:legal", "company:", "both:", "topic:"} <= set(
        names
    )
    assert "both:legal:acme" not in names, "what was seen once has no baseline of its own"


@pytest.mark.parametrize("hour", [0, 96, 400_000])
def test_weeks_begin_on_monday(hour: int) -> None:
    found = monday(hour)
    assert 0 <= found - hour < WEEK
    assert cells.begins(found, cells.HOUR).weekday() == 0 and cells.begins(found, cells.HOUR).hour == 0
