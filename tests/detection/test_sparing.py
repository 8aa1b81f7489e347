"""What a smaller budget would have spared: by the cut that would have held, found as every cut is."""

from __future__ import annotations

import random

import pytest

from monitor.detection import budget
from monitor.detection.budget import Cut
from monitor.detection.episodes import HOLD, Rise, openings
from monitor.detection.rules import Rule
from monitor.detection.sparing import SHARES, spared

RULE = Rule("surge", "surge", budget=1.0)
WEEKS = 40.0
END = 5_000_000


def rises() -> list[Rise]:
    """A hundred rises that are episodes of their own, and some of later."""
    rng = random.Random(3)
    step = int(HOLD) + 5
    return [
        Rise(END - (100 - n) * step, f"company:{n}", rng.uniform(2, 9), frozenset({n}), 5, 5.0, 1.0, 24)
        for n in range(110)
    ]


def test_a_cut_of_half_the_budget_opens_half_as_many() -> None:
    past = rises()
    value, found = budget.find([one for one in past if one.at < END], WEEKS, 1.0, 3)
    cut = Cut("surge", END, value, checked=True, weeks=WEEKS, openings=found)
    score = sorted((one.score for one in past if one.at < END), reverse=True)[15]
    tried = spared(score, cut, past, RULE, larger=False)
    assert [one.budget for one in tried] == list(SHARES)
    assert (tried[0].cut, tried[0].openings, tried[0].told) == (value, found, True)
    assert [one.told for one in tried] == [True, True, False, False]
    for one in tried:
        before = [rise for rise in past if rise.at < END]
        assert one.openings == openings(before, one.cut, 3) <= one.budget * WEEKS
    cuts = [one.cut for one in tried]
    assert cuts == sorted(cuts)


def test_an_unchecked_cut_rises_by_the_logarithm_of_the_budget() -> None:
    cut = Cut("surge", END, budget.unchecked(5000, 1.0), checked=False, weeks=3.0, openings=0)
    tried = spared(4.2, cut, rises(), RULE, larger=False)
    assert [one.cut for one in tried] == [pytest.approx(budget.unchecked(5000, share)) for share in SHARES]
    assert [one.told for one in tried] == [True, True, False, False]
    assert {one.openings for one in tried} == {None}


def test_scores_that_are_no_p_values_have_a_cut_of_what_weeks_there_are() -> None:
    past = rises()
    cut = Cut("surge", END, 4.0, checked=False, weeks=10.0, openings=3)
    tried = spared(8.9, cut, past, RULE, larger=True)
    assert tried[0].cut == 4.0 and tried[1].openings is not None and tried[1].cut > 4.0
