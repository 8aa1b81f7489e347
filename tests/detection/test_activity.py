"""What a series is held against: the volume of the rest, by as much as series follow it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monitor.detection.activity import days
from monitor.detection.panels import Panel
from tests.detection.worlds import MONDAY, WEEK, panel, present, week

WEEKS = 12


def swinging(followed: bool, rng: np.random.Generator, pool: str = "company") -> Panel:
    """Twenty series, and a volume that swings by the day; they swing with it, or they do not."""
    hours = WEEKS * WEEK
    swing = np.repeat(rng.gamma(8, 1 / 8, hours // 24), 24)
    mean = np.resize(week(), hours)
    negative = rng.poisson(np.full((20, 1), 3 / 24) * mean * (swing if followed else 1)).astype(float)
    volume = rng.poisson(2000 / 24 * mean * swing) + negative.sum(axis=0)
    names = tuple(f"company:{row}" for row in range(20))
    read = np.ones(hours, dtype=bool)
    return Panel(names, (pool,) * 20, MONDAY, negative, negative, volume, read)


def test_series_that_follow_the_volume_are_held_against_it() -> None:
    past = swinging(True, np.random.default_rng(6))
    now = present(past, WEEKS * WEEK)
    activity = days(past).now
    busy = replace(now, volume=now.volume * 2)
    assert activity.of(busy)[:, 2] / activity.of(now)[:, 2] == pytest.approx(2, rel=0.1)


def test_series_that_do_not_follow_it_are_not() -> None:
    past = swinging(False, np.random.default_rng(7))
    now = present(past, WEEKS * WEEK)
    activity = days(past).now
    busy = replace(now, volume=now.volume * 2)
    assert (activity.of(busy)[:, 2] / activity.of(now)[:, 2]).max() < 1.3


def test_a_series_does_not_excuse_itself() -> None:
    """Voices of its own that make the volume rise leave its activity as it was."""
    past = swinging(True, np.random.default_rng(8))
    now = present(past, WEEKS * WEEK)
    own = np.zeros_like(now.voices)
    own[0] = 500
    grown = replace(now, voices=now.voices + own, volume=now.volume + own[0])
    before, after = days(past).now.of(now), days(past).now.of(grown)
    assert after[0] == pytest.approx(before[0])
    assert (after[1:] > before[1:]).all()


def test_all_news_has_nothing_to_be_held_against() -> None:
    past = swinging(True, np.random.default_rng(9), pool="all")
    now = present(past, WEEKS * WEEK)
    activity = days(past).now
    assert np.array_equal(activity.of(now), activity.of(replace(now, volume=now.volume * 3)))
    assert activity.of(now)[0, 4] == pytest.approx(WEEK)


def test_hours_that_nobody_read_are_left_out_of_their_days() -> None:
    past = panel(np.array([5.0, 5.0]), 4, np.random.default_rng(10))
    read = past.read.copy()
    read[30:40] = False
    garbled = past.negative.copy()
    garbled[:, 30:40] = 1e6
    whole, part = days(past), days(replace(past, read=read, negative=garbled))
    assert part.negative[:, 1] == pytest.approx(
        past.negative[:, [*range(24, 30), *range(40, 48)]].sum(axis=1)
    )
    assert (part.activity[:, 1] < whole.activity[:, 1]).all()


def test_days_end_with_the_panel() -> None:
    past = panel(np.array([5.0]), 2, np.random.default_rng(11))
    shifted = replace(
        past,
        start=past.start + 5,
        negative=past.negative[:, 5:],
        voices=past.voices[:, 5:],
        volume=past.volume[5:],
        read=past.read[5:],
    )
    assert days(shifted).negative[0, -1] == past.negative[0, -24:].sum()
    assert days(shifted).negative.shape == (1, 13)


def test_nothing_seen_is_no_error() -> None:
    empty = replace(
        panel(np.array([1.0]), 2, np.random.default_rng(12)),
        negative=np.zeros((1, 2 * WEEK)),
        voices=np.zeros((1, 2 * WEEK)),
        volume=np.zeros(2 * WEEK),
    )
    assert np.isfinite(days(empty).now.of(present(empty, 2 * WEEK))).all()
