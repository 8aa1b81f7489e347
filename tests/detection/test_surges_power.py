"""The arithmetic of the benchmark of planted surges: cuts, openings, and the others that it draws beside."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.surges_simulated import (
    WEEK,
    World,
    caught,
    cut,
    drawn,
    openings,
    oracle,
    page_hinkley,
    presents,
)
from monitor.detection.panels import LENGTHS
from tests.detection.worlds import week

RUN = drawn(World(week(), 1.3, (0.5, 4.0), 6, 4), 2 * WEEK, np.random.default_rng(60))
ROWS = np.array([1, 8, 11])
HOURS = range(RUN.first + 30, RUN.first + 60)


def test_an_alert_opens_again_after_a_day_of_quiet() -> None:
    rare = np.zeros((2, 100), dtype=bool)
    rare[0, [3, 4, 20, 60]] = True  # 20 is still the first alert, 60 is another
    assert openings(rare, 24) == 2


def test_the_cut_opens_as_often_as_wanted_and_ties_are_drawn() -> None:
    rng = np.random.default_rng(61)
    fine = rng.normal(size=(300, 336))
    found, chance = cut(fine, 40, 24)
    at, above = openings(fine >= found, 24), openings(fine > found, 24)
    assert above <= 40 <= at and above + chance * (at - above) == pytest.approx(40, abs=1)
    coarse = np.round(fine)
    found, chance = cut(coarse, 40, 24)
    at, above = openings(coarse >= found, 24), openings(coarse > found, 24)
    assert at > 60 and above + chance * (at - above) == pytest.approx(40, abs=1)


def test_what_was_open_before_does_not_open() -> None:
    values = np.array([[0, 0, 5.0], [5, 5, 5.0], [0, 4, 0.0], [0, 0, 0.0]])
    assert caught(values, (4.0, 0.25)).tolist() == [1, 0, 0.25, 0]


def test_windows_are_sums_of_hours_and_of_what_is_planted() -> None:
    extra = np.zeros((3, len(HOURS)))
    extra[1, 5] = 7
    hour, present = list(zip(HOURS, presents(RUN, HOURS, ROWS, extra), strict=True))[9]
    for place, length in enumerate(LENGTHS):
        wanted = RUN.negative[ROWS, hour + 1 - length : hour + 1].sum(axis=1)
        wanted[1] += 7 if length > 4 else 0
        assert present.negative[:, place] == pytest.approx(wanted)
    assert present.end == (RUN.past.start + hour + 1) * 12


def test_page_hinkley_is_rivers() -> None:
    drift = pytest.importorskip("river.drift")
    extra = np.zeros((3, len(HOURS)))
    extra[:, 10] = 3
    found = page_hinkley(RUN, HOURS, ROWS, extra)
    for row, series in enumerate(ROWS):
        delta = RUN.negative[series, : RUN.first].mean() / 2
        test = drift.PageHinkley(min_instances=1, delta=delta, threshold=float("inf"), alpha=1.0, mode="up")
        for value in RUN.negative[series, : HOURS.start]:
            test.update(float(value))
        for place, hour in enumerate(HOURS):
            test.update(float(RUN.negative[series, hour] + extra[row, place]))
            score = test._sum_increase - test._min_increase
            assert found[row, place] == pytest.approx(score, abs=1e-9)


def test_the_oracle_is_pages_sum() -> None:
    from scipy import stats

    extra = np.zeros((3, len(HOURS)))
    extra[2] = 2
    found = oracle(RUN, 3.0, HOURS, ROWS, extra)
    for row, series in enumerate(ROWS):
        state = 0.0
        for hour in range(RUN.first, HOURS.stop):
            count = RUN.negative[series, hour]
            count += extra[row, hour - HOURS.start] if hour in HOURS else 0
            calm = RUN.world.truth[series] * RUN.mean[hour] / 0.3
            law = [stats.nbinom.logpmf(count, size, 1 / 1.3) for size in (3 * calm, calm)]
            state = max(state, 0.0) + law[0] - law[1]
            if hour in HOURS:
                assert found[row, hour - HOURS.start] == pytest.approx(state, abs=1e-8)
