"""river's detectors, and the sum that is read from inside one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monitor.detection.detectors.drifts import Adwin, PageHinkley
from tests.detection.worlds import WEEK, cut, panel, present

drift = pytest.importorskip("river.drift")

ALL = panel(np.array([2.0, 9.0]), 9, np.random.default_rng(50))
PAST = cut(ALL, 8 * WEEK)


def test_the_score_is_what_the_threshold_is_held_against() -> None:
    """At any threshold river alarms where the score is over it."""
    detector = PageHinkley(delta=0.05)
    now = present(ALL, 8 * WEEK + 24)
    fitted = detector.fit(PAST)
    score = detector.test(fitted, now).p
    days = PAST.negative.reshape(2, -1, 24).sum(axis=2) / fitted.scale[:, None]
    for row in range(2):
        for threshold in (score[row] * 0.99, score[row] * 1.01):
            # What is before does not alarm: an alarm would begin anew.
            test = drift.PageHinkley(min_instances=57, delta=0.05, threshold=threshold, mode="up")
            for value in [*days[row], now.negative[row, 2] / fitted.scale[row]]:
                test.update(float(value))
            assert test.drift_detected == (score[row] > threshold)


def test_a_day_that_nobody_read_is_no_day() -> None:
    read = PAST.read.copy()
    read[100] = False
    for detector in (PageHinkley(), Adwin()):
        whole, part = detector.fit(PAST), detector.fit(replace(PAST, read=read))
        assert whole.mean != pytest.approx(part.mean)
