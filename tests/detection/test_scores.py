"""What a detector answers is a number for each row, or its error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection.panels import Scores
from monitor.detection.scores import checked
from monitor.errors import PluginError
from monitor.messages import said
from monitor.testing import make_panel, make_present

PRESENT = make_present(make_panel(3, 1))
GOOD: dict[str, Any] = {
    "p": np.array([0.5, 1.0, 1e-300]),
    "window": np.array([0, 4, 1]),
    "expected": np.ones(3),
    "low": np.zeros(3),
    "high": np.full(3, 2.0),
}


def made(**columns: Any) -> Scores:
    return Scores(**(GOOD | columns))


def test_sound_scores_are_taken_as_numbers() -> None:
    given = made(p=np.array([0.5, 1, 0.25], np.float32), window=[0, 4, 1], expected=np.arange(3, dtype="i4"))
    found = checked(given, PRESENT, larger_is_rarer=False)
    assert found.p.dtype == found.expected.dtype == np.float64 and found.window.dtype == np.int64
    assert (found.p.tolist(), found.window.tolist()) == ([0.5, 1.0, 0.25], [0, 4, 1])


@pytest.mark.parametrize("scores", [None, "a surge", (1.0, 2.0), np.ones(3)])
def test_what_is_no_scores_is_named(scores: Any) -> None:
    with pytest.raises(PluginError, match=f"returned {type(scores).__name__}; expected monitor.Scores"):
        checked(scores, PRESENT, larger_is_rarer=False)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"p": None}, r"p of object; expected an array of float64"),
        ({"p": 0.5}, r"p of shape \(\)"),
        ({"p": [[0.5], [0.5, 0.5], []]}, "p of object"),
        ({"p": np.array(["a", "b", "c"])}, "p of <U1"),
        ({"high": np.full(3, 1 + 1j)}, "high of complex128"),
        ({"window": np.array([0, 1])}, r"window of shape \(2,\); expected one number for each of 3 rows"),
        ({"window": np.array([True, False, True])}, "window of bool; expected an array of int64"),
        ({"low": np.array([0.0, np.nan, 0.0])}, "low = nan in row 1; expected a finite number"),
        ({"low": np.array([0.0, 0.0, 2.5])}, "low = 2.5 in row 2; expected a number not over `high`"),
    ],
)
@pytest.mark.parametrize("larger", [False, True])
def test_a_column_that_is_none_is_named(columns: Any, told: str, larger: bool) -> None:
    with pytest.raises(PluginError, match=told) as caught:
        checked(made(**columns), PRESENT, larger_is_rarer=larger)
    assert "应为" in said(caught.value.told, "zh")


@given(st.floats(), st.booleans())
def test_p_is_a_probability_or_any_number(value: float, larger: bool) -> None:
    scores = made(p=np.array([1.0, value, 1.0]))
    if value == value if larger else 0 < value <= 1:
        assert checked(scores, PRESENT, larger_is_rarer=larger).p[1] == value
    else:
        with pytest.raises(PluginError, match=r"`test` returned p = .* in row 1; expected a"):
            checked(scores, PRESENT, larger_is_rarer=larger)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_window_is_one_of_those_there_are(window: int) -> None:
    scores = made(window=np.array([0, 0, window]))
    if 0 <= window < len(PRESENT.lengths):
        assert checked(scores, PRESENT, larger_is_rarer=False).window[2] == window
    else:
        with pytest.raises(PluginError, match="the place of a window, 0 to 4"):
            checked(scores, PRESENT, larger_is_rarer=False)


def test_no_rows_have_no_scores() -> None:
    nothing = make_present(
        make_panel(3, 1),
        rows=np.arange(0),
        **dict.fromkeys(("negative", "voices", "volume"), np.zeros((0, 5))),
    )
    empty = Scores(*[np.zeros(0)] * 5)  # type: ignore[arg-type]
    assert checked(empty, nothing, larger_is_rarer=False).window.dtype == np.int64
