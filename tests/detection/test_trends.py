"""Windows, and what they say: the share of the stories that is negative."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import trends
from monitor.records import Scope, Window

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def windows(*counts: tuple[int, int]) -> list[Window]:
    """Hourly windows of all news: stories, and how many of them are negative."""
    return [Window(Scope("all"), AT + HOUR * i, AT + HOUR * (i + 1), *pair) for i, pair in enumerate(counts)]


def test_shares() -> None:
    some = windows((4, 1), (0, 0), (6, 4))
    assert trends.shares(some) == (0.25, None, 4 / 6)
    assert trends.share(some) == 0.5
    assert trends.share(windows((0, 0), (0, 0))) is None
    assert trends.share([]) is None and trends.shares([]) == ()


counts = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (max(pair), min(pair)))


@given(st.lists(counts, min_size=1, max_size=20))
def test_the_share_of_all_is_the_mean_of_shares_weighed_by_stories(found: list[tuple[int, int]]) -> None:
    some = windows(*found)
    each, together = trends.shares(some), trends.share(some)
    assert all(one is None or 0 <= one <= 1 for one in each)
    stories = sum(window.stories for window in some)
    if together is None:
        assert stories == 0
        return
    weighed = sum(one * window.stories for one, window in zip(each, some, strict=True) if one is not None)
    assert together == pytest.approx(weighed / stories)
