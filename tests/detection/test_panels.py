"""Columns that do not fit together are refused where they are made."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from monitor.detection.panels import LENGTHS, Panel, Present, nearest
from tests.detection.worlds import panel, present

PAST = panel(np.array([1.0, 5.0, 0.1]), 2, np.random.default_rng(1))
NOW = present(PAST, 200)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("negative", PAST.negative[:, :-1], "Panel.negative: expected shape"),
        ("voices", PAST.voices[:2], "Panel.voices: expected shape"),
        ("read", PAST.read[:-1], "Panel.read: expected shape"),
        ("volume", -PAST.volume - 1, "Panel.volume: expected finite counts"),
        ("negative", PAST.negative * np.nan, "Panel.negative: expected finite counts"),
        ("voices", PAST.voices + np.inf, "Panel.voices: expected finite counts"),
        ("pools", ("company",), "Panel.pools: expected 3 names"),
    ],
)
def test_a_panel_that_does_not_fit_is_refused(column: str, value: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(PAST, **{column: value})


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("negative", NOW.negative[:2], "Present.negative: expected shape"),
        ("volume", NOW.volume[1:], "Present.volume: expected shape"),
        ("voices", NOW.voices - 1e9, "Present.voices: expected finite counts"),
        ("lengths", LENGTHS[::-1], "shortest first"),
        ("lengths", (0, 6, 24, 72, 168), "shortest first"),
        ("lengths", (6, 6, 24, 72, 168), "shortest first"),
        ("doubt", (0.1,), "Present.doubt: expected 5 numbers of 0.0 or more"),
        ("doubt", (0.1, 0.1, 0.1, 0.1, -1e-9), "Present.doubt"),
        ("grain", (1.0, 1.0, 1.0, 1.0, 0.9), "Present.grain: expected 5 numbers of 1.0 or more"),
    ],
)
def test_a_present_that_does_not_fit_is_refused(column: str, value: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(NOW, **{column: value})


def test_some_of_the_series() -> None:
    some = PAST.only(np.array([2, 0]))
    assert some.names == ("company:2", "company:0")
    assert np.array_equal(some.negative, PAST.negative[[2, 0]])
    assert np.array_equal(some.volume, PAST.volume)


def test_records_are_picklable() -> None:
    for one in (PAST, NOW):
        again = pickle.loads(pickle.dumps(one))
        assert np.array_equal(again.negative, one.negative)


def test_an_empty_panel_is_one() -> None:
    nothing = np.zeros((0, 0))
    assert Panel((), (), 0, nothing, nothing, np.zeros(0), np.zeros(0, dtype=bool)).names == ()
    none = np.zeros((0, 2))
    assert len(Present(np.zeros(0, dtype=int), 0, (1, 6), none, none, none).rows) == 0


@pytest.mark.parametrize(("hours", "place"), [(1, 0), (3, 0), (4, 1), (24, 2), (48, 2), (1000, 4)])
def test_the_nearest_length(hours: int, place: int) -> None:
    assert nearest(LENGTHS, hours) == place
