"""The benchmark of p's uniformity: a uniform p where counts are as fitted, and one that is not where they are
not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.surges_pit import in_order, part, table, transformed
from monitor.detection.panels import LENGTHS
from tests.detection.worlds import WEEK, panel

LEVELS = np.repeat([0.05, 1.0], 40)
PAST = panel(LEVELS, 34, np.random.default_rng(30), dispersion=1.3)


def test_whole_weeks_change_places() -> None:
    order = np.array([2, 0, 1])
    found = in_order(part(PAST, 0, 3 * WEEK), order)
    assert (found.negative[:, :WEEK] == PAST.negative[:, 2 * WEEK : 3 * WEEK]).all()
    assert (found.volume[WEEK:] == PAST.volume[: 2 * WEEK]).all()
    assert part(PAST, WEEK, 2 * WEEK).start == PAST.start + WEEK


def test_p_is_uniform_where_the_future_is_as_the_past_and_not_where_it_is_more() -> None:
    p = transformed(PAST, np.random.default_rng(31))
    assert p.shape == (2 * 28, len(LEVELS), len(LENGTHS)) and (p > 0).all() and (p <= 1).all()
    told = table(p, LEVELS)
    assert [(one["series"], one["hours"]) for one in told] == [(40, length) for length in LENGTHS] * 2
    assert all(one["mean"] == pytest.approx(0.5, abs=0.06) and one["off"] < 0.12 for one in told)
    grown = PAST.negative.copy()
    grown[:, 26 * WEEK :] *= 3
    more = table(transformed(replace(PAST, negative=grown), np.random.default_rng(31)), LEVELS)
    of_weeks = next(one for one in more if one["hours"] == 168 and one["level"][0] > 0.1)
    assert of_weeks["mean"] < 0.2 and of_weeks["under"]["0.01"] > 0.2
