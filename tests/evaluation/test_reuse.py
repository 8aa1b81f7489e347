"""The budget of a gold set: all uses together may err with the level, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evaluation.reuse import Use

LEVEL = 0.05


def test_all_histories_together_spend_the_level() -> None:
    """Each earlier use decided nothing, for or against: the parts of all branches of this tree."""
    from math import comb

    spent = sum(
        comb(k - 1, j) * 3**j * Use(k, j).spent(LEVEL) for k in range(1, 400) for j in range(min(k, 60))
    )
    assert 0.9 * LEVEL < spent <= LEVEL


def test_the_first_use_has_most() -> None:
    assert 0.012 < Use().spent(LEVEL) < 0.02
    assert Use(2).spent(LEVEL) > Use(3).spent(LEVEL) > Use(50).spent(LEVEL) > 1e-4
    assert Use(101).spent(LEVEL) < Use(100).spent(LEVEL) / 20


@given(st.integers(3, 300), st.data())
def test_what_decided_before_costs(number: int, data: st.DataObject) -> None:
    decided = data.draw(st.integers(1, max(1, (number - 1) // 2)))  # then there are fewer branches again
    assert 0 <= Use(number, decided).spent(LEVEL) < Use(number, decided - 1).spent(LEVEL)


def test_uses_that_cannot_be() -> None:
    for number, decided in ((0, 0), (2, 2), (3, -1)):
        with pytest.raises(ValueError, match="that decided"):
            Use(number, decided)
