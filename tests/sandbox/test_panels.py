"""What a detector is given and answers crosses the pipe whole."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection.panels import Scores
from monitor.sandbox import panels
from monitor.testing import make_panel, make_present


def same(one: Any, other: Any) -> bool:
    for field in dataclasses.fields(one):
        here, there = getattr(one, field.name), getattr(other, field.name)
        if isinstance(here, np.ndarray):
            assert here.dtype.kind == there.dtype.kind and np.array_equal(here, there, equal_nan=True)
        else:
            assert here == there and type(here) is type(there), field.name
    return True


def through(packed: tuple[dict[str, Any], bytes]) -> tuple[dict[str, Any], bytes]:
    header, body = packed
    return json.loads(json.dumps(header)), body


@given(st.integers(1, 5), st.integers(0, 2), st.lists(st.dates(), max_size=3))
def test_a_panel_goes_there_and_back(series: int, weeks: int, holidays: list[date]) -> None:
    names = tuple(f"company:蓝桥-{number}" for number in range(series))
    read = np.arange(168 * weeks) % 3 == 0
    panel = make_panel(
        series, weeks, names=names, read=read, zone="Asia/Shanghai", holidays=frozenset(holidays)
    )
    assert same(panel, panels.panel_unpacked(*through(panels.panel_packed(panel))))


def test_numbers_of_numpy_are_numbers() -> None:
    panel = make_panel(2, 1, start=np.int64(7))
    back = panels.panel_unpacked(*through(panels.panel_packed(panel)))
    assert back.start == 7
    scaled = {"doubt": tuple(np.full(5, 0.01)), "grain": (1.5,) * 5}
    present = make_present(panel, end=np.int64(9), lengths=tuple(np.array([1, 6, 24, 72, 168])), **scaled)
    back = panels.present_unpacked(*through(panels.present_packed(present)))
    assert (back.end, back.doubt, back.grain) == (9, (0.01,) * 5, (1.5,) * 5)


@given(st.integers(1, 5), st.floats(0, 1e9))
def test_a_present_goes_there_and_back(series: int, more: float) -> None:
    present = make_present(make_panel(series, 1), more)
    assert same(present, panels.present_unpacked(*through(panels.present_packed(present))))


def test_scores_go_there_and_back() -> None:
    numbers = np.array([1e-300, 1.0, np.inf])
    scores = Scores(numbers, np.array([0, 4, 2]), numbers, numbers, numbers)
    assert same(scores, panels.scores_unpacked(*through(panels.scores_packed(scores))))
    header, body = panels.scores_packed(scores)
    fewer = {"columns": header["columns"][:4]}
    with pytest.raises(ValueError, match="columns"):
        panels.scores_unpacked(fewer, body)


def test_a_panel_of_a_child_cannot_be_written_to() -> None:
    back = panels.panel_unpacked(*panels.panel_packed(make_panel(2, 1)))
    with pytest.raises(ValueError, match="read-only"):
        back.negative[0, 0] = 1.0
