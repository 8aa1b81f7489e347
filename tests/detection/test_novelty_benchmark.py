"""The benchmark of novelty: distances to what was told before, and what a rule of them opens."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from benchmarks.novelty import SPAN, Seen, distances, opened
from monitor.detection import cells
from monitor.detection.lines import Change, Entry
from monitor.detection.refits import WEEK
from tests.detection.lives import FIRST, START


def told(days: float, company: str, article: int, *, negative: bool):
    entry = Entry(0, article, "v", article, negative, 0)
    return START + timedelta(days=days), Change(1, f"company:{company}", entry, fresh=True)


def test_the_nearest_story_of_the_same_company_in_28_days_counts() -> None:
    rows = np.array([[1, 0], [0, 1], [0.8, 0.6], [1, 0], [1, 0]], np.float32)
    some = [
        told(0, "a", 10, negative=False),
        told(1, "b", 11, negative=True),  # nothing was told of it before
        told(2, "a", 12, negative=True),
        told(2.5, "a", 99, negative=True),  # has no vector
        told(3, "b", 13, negative=True),
        told(SPAN.days + 1, "a", 14, negative=True),  # the first story is too old
    ]
    found = list(distances(some, rows, [10, 11, 12, 13, 14]))
    assert [(one.article, one.past) for one in found] == [(12, 1), (13, 1), (14, 1)]
    assert [one.distance for one in found] == pytest.approx([0.2, 1.0, 0.2], abs=1e-6)


def test_the_cut_is_of_the_weeks_before_and_opens_as_often_as_the_budget_says() -> None:
    rng = np.random.default_rng(7)
    weeks = 40
    hours = np.sort(rng.uniform(0, weeks * WEEK, weeks * 20))
    seen = [
        Seen(cells.begins(FIRST, cells.HOUR) + hour * cells.HOUR, f"company:{place}", place, place, 5, 0.0)
        for place, hour in enumerate(hours)
    ]
    found = opened(seen, rng.random(len(seen)), FIRST, 1.0)
    assert all(one.opened_at >= START + timedelta(weeks=4) for one in found)
    assert len(found) == pytest.approx(weeks - 4, rel=0.35)
