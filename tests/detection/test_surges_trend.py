"""The worlds of the benchmark of budgets under a trend: their levels, their growth and their dispersion."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.surges_trend import START, Stream, drawn, numbers, of_numbers, streams
from monitor.detection import cells
from monitor.detection.lines import Change, Entry
from monitor.detection.refits import WEEK
from monitor.detection.rollups import WHOLE
from tests.detection.worlds import week

TOLD = (("all", True, 700_000), ("company:a", True, 900_000))
WEEKS = 52


def test_growth_is_a_years_and_the_middle_is_the_archives() -> None:
    level = 20 / WEEK
    found = list(drawn([Stream(level, 1.5, (TOLD,))], week(), (1.6, 1.6), np.random.default_rng(1), WEEKS))
    hours = np.array([cells.hour(at) for at, _ in found]) - START
    assert (np.diff(hours) >= 0).all() and hours[0] >= 0 and hours[-1] < WEEKS * WEEK
    halves = np.histogram(hours, [0, WEEKS * WEEK // 2, WEEKS * WEEK])[0]
    assert halves[1] / halves[0] == pytest.approx(1.6**0.5, rel=0.2)
    assert len(found) == pytest.approx(20 * WEEKS, rel=0.1)


def test_every_story_is_new_and_counts_as_the_archives() -> None:
    quiet = Stream(1 / WEEK, 1.0, ((("all", False, 1_000),),))
    streams_ = [Stream(5 / WEEK, 1.0, (TOLD,)), quiet]
    found = list(drawn(streams_, week(), (1.0, 1.0), np.random.default_rng(2), 8))
    entries = [change.entry for _, some in found for change in some]
    assert len({one.story_id for one in entries}) == len(found)
    shapes = {tuple((c.series, c.entry.negative, c.entry.weight) for c in some) for _, some in found}
    assert shapes == {TOLD, (("all", False, 1_000),)}
    assert all(cells.cell(at) == change.entry.cell and change.fresh for at, some in found for change in some)


def test_numbers_give_weights_the_dispersion_that_was_fitted() -> None:
    rng = np.random.default_rng(3)
    weights = rng.choice([0.1, 0.9], 5_000)
    told = of_numbers(weights, 1.4)
    drawn_ = numbers(np.full(40_000, 2.0), told, rng)
    ends = np.cumsum(drawn_)
    sums = np.concatenate(([0.0], np.cumsum(rng.choice([0.1, 0.9], int(ends[-1])))))
    total = sums[ends] - sums[ends - drawn_]
    assert total.var() / total.mean() == pytest.approx(1.4, rel=0.05)
    assert of_numbers(weights, 0.1) == 1.0, "no less than a Poisson's"
    assert numbers(np.full(9_000, 2.0), 1.0, rng).var() == pytest.approx(2.0, rel=0.1)


def test_a_story_is_of_the_first_company_that_it_names() -> None:
    def change(series: str, story: int, weight: int) -> Change:
        return Change(1, series, Entry(0, story, "v", story, weight > WHOLE // 2, weight), fresh=True)

    at = cells.begins(0)
    some = [
        *(change("all", 1, 600_000), change("company:b", 1, 800_000), change("company:a", 1, 200_000)),
        *(change("all", 2, 100_000), change("topic:debt", 2, 100_000)),
    ]
    alone, named = streams([(at, one) for one in some], 2.0, {"company:a": 3.0})
    assert [len(one.stories[0]) for one in (alone, named)] == [1, 3], "topics are left out"
    assert alone.level == named.level == pytest.approx(1 / 2 / WEEK)
    assert named.dispersion == of_numbers(np.array([0.8, 0.2]), 3.0)
