"""The q-value of an alert is that of its test among all that its rule made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection.discovery import q_value

SCORES = st.lists(st.floats(1, 300), max_size=30, unique=True)


@pytest.mark.parametrize(
    ("score", "scores", "tests", "q"),
    [
        (6.0, [], 1000, 1e-3),  # p times the number of tests
        (3.0, [], 1000, 1.0),
        (6.0, [6.0], 1000, 1e-3),  # it is among them already
        (4.0, [5.0, 6.0, 7.0], 1000, 1e-4 * 1000 / 4),  # it is the fourth
        (5.0, [], 0, 1e-5),
    ],
)
def test_it_is_benjamini_and_hochbergs(score: float, scores: list[float], tests: int, q: float) -> None:
    assert q_value(score, scores, tests) == pytest.approx(q)


@given(score=st.floats(1, 300), scores=SCORES, tests=st.integers(0, 5000), more=st.integers(1, 5000))
def test_laws(score: float, scores: list[float], tests: int, more: int) -> None:
    found = q_value(score, scores, tests)
    assert 10.0**-score <= found * (1 + 1e-9) and found <= 1
    assert q_value(score, scores, tests + more + 31) >= found - 1e-12, "more tests make it less rare"
    rarer = q_value(score + 1, scores, tests)
    assert rarer <= found + 1e-12
