"""Who said what, as a table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evaluation.votes import MISSING, collect, counts

SAID = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["ann", "bo", "陈"]), st.sampled_from("abc")))


def test_a_table_has_a_row_per_unit_and_a_column_per_reader() -> None:
    found = collect([(7, "ann", "b"), (9, "bo", "a"), (7, "bo", "b")], "ab")
    assert (found.units, found.readers, found.values) == ((7, 9), ("ann", "bo"), ("a", "b"))
    assert found.table.tolist() == [[1, 1], [MISSING, 0]]
    assert found.given.tolist() == [[True, True], [False, True]]


def test_a_value_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="'z' is none of"):
        collect([(1, "ann", "z")], "ab")
    with pytest.raises(ValueError, match="expected 0 to 1"):
        counts(np.array([[2, 0]]), 2)
    with pytest.raises(ValueError, match="units by readers"):
        counts(np.array([2, 0]), 3)


@given(SAID)
def test_nothing_said_is_lost_and_the_later_counts(said: list[tuple[int, str, str]]) -> None:
    found = collect(said)
    last = {(unit, reader): value for unit, reader, value in said}
    for (unit, reader), value in last.items():
        cell = found.table[found.units.index(unit), found.readers.index(reader)]
        assert found.values[cell] == value
    assert found.given.sum() == len(last) == counts(found.table, len(found.values)).sum()
