"""Windows of other lengths, made of the week's and of the panel's hours, are what counting gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monitor.detection.panels import LENGTHS
from monitor.detection.reaches import Reach
from tests.detection.worlds import WEEK, cut, panel, present

ALL = panel(np.array([0.5, 4.0, 30.0]), 3, np.random.default_rng(5))
PAST = cut(ALL, 2 * WEEK)
REACH = Reach.of(PAST, WEEK)


@pytest.mark.parametrize("later", [0, 1, 17, 24])
def test_they_are_what_counting_gives(later: int) -> None:
    end = 2 * WEEK + later
    found = REACH.lengthened(present(ALL, end), (48, 120))
    assert found.lengths == (1, 6, 24, 48, 72, 120, 168)
    for place, length in ((3, 48), (5, 120)):
        for column, counted in ((found.negative, ALL.negative), (found.voices, ALL.voices)):
            assert column[:, place] == pytest.approx(counted[:, end - length : end].sum(axis=1))
        assert found.volume[:, place] == pytest.approx(ALL.volume[end - length : end].sum())
    again = present(ALL, end)
    kept = [found.lengths.index(length) for length in LENGTHS]
    assert np.array_equal(found.negative[:, kept], again.negative)


def test_inside_an_hour_the_hour_is_shared_out() -> None:
    end = 2 * WEEK + 5
    whole = present(ALL, end)
    found = REACH.lengthened(replace(whole, end=whole.end + 6), (48,))
    begun = end - 48
    early = ALL.negative[:, end - 72 : begun].sum(axis=1)
    early += (ALL.negative[:, begun] - ALL.negative[:, end - 72]) / 2
    wanted = np.clip(whole.negative[:, 3] - early, whole.negative[:, 2], whole.negative[:, 3])
    assert found.negative[:, 3] == pytest.approx(wanted)


def test_a_window_that_begins_after_the_panel_is_not_told() -> None:
    found = REACH.lengthened(present(ALL, 2 * WEEK + 60), (48, 120))
    assert found.lengths == (1, 6, 24, 72, 120, 168)


def test_what_the_panel_does_not_reach_is_not_told() -> None:
    short = Reach.of(PAST, 30)
    assert short.lengthened(present(ALL, 2 * WEEK + 1), (48, 120)).lengths == LENGTHS
    assert REACH.lengthened(present(ALL, 2 * WEEK), (24, 500)).lengths == LENGTHS


def test_what_counts_late_never_makes_a_window_less_than_a_shorter_one() -> None:
    now = present(ALL, 2 * WEEK + 3)
    corrected = replace(now, negative=np.minimum(now.negative, now.negative[:, [2]]))
    found = REACH.lengthened(corrected, (48, 120))
    assert (np.diff(found.negative, axis=1) >= 0).all()
