"""A version that says negative more often makes no surge, and hides none."""

from __future__ import annotations

import math
import random
from copy import deepcopy
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import cells
from monitor.detection.boards import LENGTHS, Board
from monitor.detection.bundled import DETECTORS
from monitor.detection.lines import WEIGHT, Change, Entry
from monitor.detection.refits import WEEK
from monitor.detection.rollups import WHOLE
from monitor.detection.rules import Rule
from monitor.detection.turns import APART, ENOUGH, NONE, OWN, Ratio, Scale, Step, Turn, own, ratio, scale
from monitor.detection.walk import Walk
from tests.detection.lives import FIRST, Life, change, merged, moment
from tests.detection.test_walk import opened, through

BEGIN = FIRST * cells.IN_HOUR
WEEKS = 4
AT = BEGIN + WEEKS * WEEK * cells.IN_HOUR + 100
"""When the version "b" begins to serve in place of "a"."""
KNOWN = Ratio(AT + 5, 1 / 1.5, 0.0016, 640)
RULES = (Rule("surge", "surge", budget=1.0), Rule("share", "share", budget=1.0))


# --- the ratio --------------------------------------------------------------------------------


def pairs(number: int, seed: int, more: float = 1.5) -> list[tuple[float, float]]:
    """What two versions say of articles: the second finds `more` times as many negative."""
    rng = random.Random(seed)
    drawn = [rng.random() for _ in range(number)]
    return [(0.9 if one < 0.2 else 0.1, 0.9 if one < 0.2 * more else 0.1) for one in drawn]


def test_the_ratio_lies_in_its_band_about_as_often_as_that_says() -> None:
    old, new = 0.1 + 0.8 * 0.2, 0.1 + 0.8 * 0.3
    inside = 0
    for seed in range(200):
        found = ratio(pairs(ENOUGH, seed))
        assert found.articles == ENOUGH and 0 < found.variance < 0.01
        low, high = Step(0, found.ratio, found.variance).band
        inside += low < old / new < high
    assert 180 <= inside <= 199


@pytest.mark.parametrize("said", [[], [(0.5, 0.4)], [(0.0, 0.0), (0.0, 0.3)], [(0.2, 0.0), (0.3, 0.0)]])
def test_of_what_tells_nothing_the_ratio_is_not_known(said: list[tuple[float, float]]) -> None:
    found = ratio(said, 7)
    assert found == Ratio(7, 1.0, APART**2, len(said))


def test_versions_that_say_the_same_have_a_ratio_of_one_for_sure() -> None:
    found = ratio([(0.2, 0.2), (0.9, 0.9)])
    assert (found.ratio, found.variance) == (1.0, 0.0)


def test_few_articles_move_it_little_and_it_gets_surer() -> None:
    found = [ratio(pairs(number, 3)) for number in (5, 50, 500, 5000)]
    off = [abs(math.log(one.ratio)) for one in found]
    assert off[0] < off[-1]
    assert [one.variance for one in found] == sorted((one.variance for one in found), reverse=True)
    assert all(one.variance < APART**2 for one in found)


# --- the scale --------------------------------------------------------------------------------


def turn(at: int, model: str, before: str, *known: Ratio) -> Turn:
    return Turn(at, model, before, known)


def test_a_ratio_is_in_force_from_when_it_was_known() -> None:
    better = Ratio(AT + 90, 0.7, 0.001, 900)
    turns = [turn(AT, "b", "a", KNOWN, better)]
    factors = [scale(turns, FIRST, FIRST, AT + later).factor(AT + 1) for later in (0, 4, 5, 89, 90, 1000)]
    assert factors == [1.0, 1.0, KNOWN.ratio, KNOWN.ratio, 0.7, 0.7]
    assert scale(turns, FIRST, FIRST, AT - 1) == NONE == scale([], FIRST, FIRST, AT)
    assert scale(turns, FIRST, FIRST, AT + 9).factor(AT - 1) == 1.0


def test_ratios_multiply_and_a_version_that_served_before_needs_none() -> None:
    half, third = Ratio(0, 0.5, 0.01, 600), Ratio(0, 1 / 3, 0.02, 700)
    turns = [
        turn(AT, "b", "a", half),
        turn(AT + 10, "c", "b", third),
        turn(AT + 20, "b", "c"),
        turn(AT + 30, "a", "b"),
    ]
    found = scale(turns, FIRST, FIRST, AT + 40)
    assert [one.factor for one in found.steps] == pytest.approx([1 / 2, 1 / 6, 1 / 2, 1])
    assert [one.variance for one in found.steps] == pytest.approx([0.01, 0.03, 0.01, 0])
    assert [one.articles for one in found.steps] == [600, 600, 600, 0]
    assert [one.model for one in found.within(AT + 5, AT + 100)] == ["b", "c", "b"]
    assert [one.model for one in found.within(AT + 12, AT + 15)] == ["c"]
    assert found.within(AT + 30, AT + 100) == []


def test_it_ends_with_the_past_of_the_version_before() -> None:
    turns = [turn(AT, "b", "a", KNOWN)]
    past = AT - BEGIN
    ends = -(-(AT + min(OWN, past)) // cells.IN_HOUR)
    assert own(turns, FIRST, ends - 1) is None and own(turns, FIRST, ends) == AT
    later = ends * cells.IN_HOUR + 5
    assert scale(turns, FIRST, ends - 1, later).steps and scale(turns, FIRST, ends, later) == NONE
    assert own(turns, FIRST - 99 * WEEK, ends) is None, "with a longer past it takes eight weeks"
    assert own(turns, FIRST - 99 * WEEK, AT // cells.IN_HOUR + 8 * WEEK + 1) == AT
    assert own([turn(BEGIN - 5, "b", "a")], FIRST, FIRST + 24) == BEGIN - 5, "nothing was judged before"


def test_it_ends_with_baselines_fitted_after_all_was_judged_again() -> None:
    """Until then the past that is compared with is another version's, whatever was judged since."""
    judged_at = AT + 3 * 24 * cells.IN_HOUR
    before = turn(AT, "b", "a", KNOWN)
    after = replace(before, anew=judged_at)
    hour = AT // cells.IN_HOUR + 1
    late = judged_at // cells.IN_HOUR + 1
    assert scale([after], FIRST, hour, judged_at + 5) == scale([before], FIRST, hour, judged_at + 5) != NONE
    assert scale([after], FIRST, late, judged_at + 5) == NONE != scale([before], FIRST, late, judged_at + 5)
    assert own([after], FIRST, late) is None, "baselines are fitted on what is before the turn, too"
    again = turn(judged_at + 9, "c", "b", KNOWN)
    [step] = scale([after, again], FIRST, late, judged_at + 20).steps
    assert (step.model, step.against) == ("c", "b"), "the next version is held against the one that judged"


@given(
    starts=st.lists(st.integers(0, 300), max_size=3, unique=True).map(sorted),
    factors=st.lists(st.floats(0.2, 5), min_size=3, max_size=3),
    found=st.lists(st.tuples(st.integers(0, 300), st.integers(0, WHOLE)), max_size=20),
)
def test_windows_and_hours_hold_what_counts_times_its_factor(
    starts: list[int], factors: list[float], found: list[tuple[int, int]]
) -> None:
    end = BEGIN + 312
    by = Scale(tuple(Step(BEGIN + at, factor) for at, factor in zip(starts, factors, strict=False)))
    board = Board()
    some = [Entry(BEGIN + at, n, "v", n, True, weight) for n, (at, weight) in enumerate(found)]
    for one in some:
        board.apply(Change(1, "all", one, True))
    present = board.present(["all"], [0], end, frozenset(), by)
    for column, hours in enumerate(LENGTHS):
        inside = [one for one in some if one.cell >= end - hours * cells.IN_HOUR]
        due = sum(one.weight * by.factor(one.cell) for one in inside) / WHOLE
        assert present.negative[0, column] == pytest.approx(due)
        assert present.voices[0, column] == len(inside)
    told = board.table("all", end, frozenset(), by)
    assert told[WEIGHT].tolist() == [round(one.weight * by.factor(one.cell)) for one in sorted(some)]
    without = board.present(["all"], [0], end, frozenset(range(len(some))), by)
    assert without.negative == pytest.approx(0, abs=1e-9)
    hours = by.hours(FIRST, FIRST + 26)
    fine = [by.factor(cell) for cell in range(BEGIN, end)]
    assert hours == pytest.approx(np.reshape(fine, (-1, cells.IN_HOUR)).mean(axis=1))
    panel = board.panel(["all"], FIRST, FIRST + 26, np.ones(26, bool), by)
    plain = board.panel(["all"], FIRST, FIRST + 26, np.ones(26, bool))
    assert panel.negative == pytest.approx(plain.negative * hours)


def test_windows_are_in_doubt_by_the_part_of_them_that_is_scaled() -> None:
    by = Scale((Step(BEGIN, 0.5, 0.04), Step(BEGIN + 72, 2.0, 0.01)))
    end = BEGIN + 144  # six hours under each
    assert by.doubt(end, 6) == pytest.approx(0.01) and by.grain(end, 6) == pytest.approx(2)
    assert by.doubt(end, 12) == pytest.approx(((0.2 + 0.1) / 2) ** 2) and by.grain(end, 12) == 1.5
    assert by.doubt(end, 24) == pytest.approx(((0.2 + 0.1) / 4) ** 2) and by.grain(end, 24) == 1.25
    assert NONE.doubt(end, 24) == 0 and NONE.grain(end, 24) == 1


@pytest.mark.parametrize(
    ("step", "begins"),
    [
        (
            Step(0, 0.82, 0.0006, 640, "b", "a"),
            "Counts of model b are scaled by 0.82 (0.78 to 0.86), from 640",
        ),
        (Step(0, 0.9, 0.01, 64, "b", "a"), "Counts of model b are scaled by 0.90 (0.74 to 1.09), from 64"),
        (Step(0, 1, APART**2, 0, "b", "a"), "No article was judged by both b and a yet."),
    ],
)
def test_readers_are_told(step: Step, begins: str) -> None:
    assert step.sentence.startswith(begins)
    assert f"模型 {step.model} 的计数" in step.sentence.said("zh")


# --- on a walk --------------------------------------------------------------------------------


def news(start: int, end: int, part: float, seed: int, a_day: float = 50.0) -> Life:
    """News of two companies between two cells, of which such a part is called negative."""
    rng, found = random.Random(seed), []
    for story in range(int((end - start) / 24 / cells.IN_HOUR * a_day)):
        at = start + int(story / a_day * 24 * cells.IN_HOUR)
        bad, names = rng.random() < part, ("all", f"company:{rng.choice(('acme', 'brick'))}")
        some = [change(at, name, seed * 10_000 + story, negative=bad) for name in names]
        found.append((moment(at), some))
    return found


@cache
def walked_to_the_turn() -> Walk:
    detectors = {name: DETECTORS[name]() for name in ("surge", "share")}
    walk = Walk(RULES, detectors, FIRST, ("company:acme", "company:brick"))
    through(walk, news(BEGIN, AT, 0.25, 1))
    return walk


def alarms(changes: Life, *turns: Turn) -> list[tuple[int, str, str]]:
    """What opens from the turn on."""
    walk = deepcopy(walked_to_the_turn())
    walk.turns = turns
    return opened(through(walk, changes))


MORE = news(AT, AT + 8 * 24 * cells.IN_HOUR, 0.375, 2)
"""The same, judged by a version that says negative one and a half times as often."""


def test_a_version_that_says_negative_more_often_opens_nothing() -> None:
    assert alarms(MORE), "it would, were the versions taken for one"
    assert alarms(MORE, turn(AT, "b", "a", KNOWN)) == []
    assert alarms(MORE, turn(AT, "b", "a")) == [], "nor while nothing is known of the ratio"


def test_a_surge_after_the_turn_opens_as_ever() -> None:
    start = AT + 2 * 24 * cells.IN_HOUR
    names = ("all", "company:acme")
    surge = [(moment(start + n), [change(start + n, name, 90_000 + n) for name in names]) for n in range(24)]
    until = [one for one in MORE if one[0] < moment(start + 24)]
    for known in ((), (KNOWN,)):
        found = alarms(merged(until, surge), turn(AT, "b", "a", *known))
        assert "surge" in {rule for _, rule, _ in found}
        assert {name for _, _, name in found} <= {"company:acme", "all"}
        assert all(start <= at <= start + 24 for at, _, _ in found)
