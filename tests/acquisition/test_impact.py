"""An article's label moves an alert where it is in doubt and its series is near one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.acquisition.impact import impact, nearness
from monitor.records import Scope

LEGAL, ACME = Scope("topic", "legal"), Scope("company", "acme")


@pytest.mark.parametrize(
    ("ratio", "found"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (2.0, 0.5), (4.0, 0.25), (-1.0, 0.0)]
)
def test_at_the_cut_a_series_is_nearest(ratio: float, found: float) -> None:
    assert nearness(ratio) == found


@given(st.floats(1e-6, 1e6))
def test_as_far_over_as_under_is_as_near(ratio: float) -> None:
    assert nearness(ratio) == pytest.approx(nearness(1 / ratio)) and 0 < nearness(ratio) <= 1


def test_the_nearest_of_an_articles_series_counts() -> None:
    series = [[LEGAL, ACME], [LEGAL], [], [Scope("company", "brick")]]
    found = impact(np.full(4, 0.5), series, {LEGAL: 0.25, ACME: 0.75})
    assert found.tolist() == [0.75, 0.25, 0.0, 0.0]


def test_what_is_surely_negative_or_surely_not_moves_nothing() -> None:
    found = impact(np.array([0.0, 0.5, 1.0, 0.9]), [[LEGAL]] * 4, {LEGAL: 1.0})
    assert found.tolist() == pytest.approx([0.0, 1.0, 0.0, 0.36])


@given(
    st.lists(st.tuples(st.floats(0, 1), st.lists(st.sampled_from([LEGAL, ACME]), max_size=2)), max_size=9),
    st.dictionaries(st.sampled_from([LEGAL, ACME]), st.floats(0, 1)),
)
def test_impacts_are_shares(some: list[tuple[float, list[Scope]]], near: dict[Scope, float]) -> None:
    found = impact(np.array([one for one, _ in some]), [series for _, series in some], near)
    assert found.shape == (len(some),) and ((found >= 0) & (found <= 1)).all()
