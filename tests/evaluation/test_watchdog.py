"""The watchdog: it barks when it should, nearly never else, and cannot be put off."""

from __future__ import annotations

import math

import numpy as np
import pytest

from monitor.evaluation import watchdog
from monitor.evaluation.bounds import Sample

ALPHA = 0.05


def fired(wrong: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """After how many labels each run fires; a million where it does not."""
    had = watchdog.wealth(wrong, np.ones(wrong.shape) if weight is None else weight, ALPHA)
    reached = had >= 1 / watchdog.LEVEL
    return np.where(reached.any(-1), reached.argmax(-1) + 1, 1_000_000)


def known(wrong: np.ndarray, rate: float) -> np.ndarray:
    """The same of Wald's test that knows the rate, at the same level."""
    step = np.where(wrong, math.log(rate / ALPHA), math.log((1 - rate) / (1 - ALPHA)))
    reached = np.cumsum(step, -1) >= -math.log(watchdog.LEVEL)
    return np.where(reached.any(-1), reached.argmax(-1) + 1, 1_000_000)


@pytest.mark.parametrize("rate", [0.05, 0.04, 0.01])
def test_it_is_quiet_where_the_bound_holds(rate: float) -> None:
    wrong = np.random.default_rng(0).random((400, 5000)) < rate
    assert (fired(wrong) <= 5000).mean() <= 0.01 + 2 * (0.01 * 0.99 / 400) ** 0.5


def test_it_is_quiet_where_the_drawn_speak_unequally_for_all() -> None:
    rng = np.random.default_rng(0)
    often = rng.random((400, 3000)) < 10 / 11
    wrong = rng.random((400, 3000)) < np.where(often, 0.08, 0.02)  # of those drawn 7.5%, of all texts 5%
    weight = np.where(often, 0.1, 1.0)
    assert (fired(wrong, weight) <= 3000).mean() <= 0.01 + 2 * (0.01 * 0.99 / 400) ** 0.5
    assert (fired(wrong) <= 3000).mean() > 0.5


@pytest.mark.parametrize("rate", [0.1, 0.15, 0.25, 0.5, 0.9])
def test_it_is_nearly_as_fast_as_who_knows_the_rate(rate: float) -> None:
    wrong = np.random.default_rng(0).random((1000, 1500)) < rate
    assert np.minimum(fired(wrong), 1500).mean() <= 1.5 * np.minimum(known(wrong, rate), 1500).mean()


def test_a_good_year_does_not_make_it_deaf() -> None:
    """After 1,000 good labels it needs less than half of what Wald's test needs that ran all along."""
    rng = np.random.default_rng(0)
    wrong = np.concatenate([rng.random((200, 1000)) < 0.02, rng.random((200, 3000)) < 0.1], 1)
    mine, walds = np.median(fired(wrong)) - 1000, np.median(known(wrong, 0.1)) - 1000
    assert 0 < mine < 0.5 * walds


def test_wealth_is_finite_whatever_comes() -> None:
    had = watchdog.wealth(np.ones(3000), np.ones(3000), ALPHA)
    assert np.isfinite(had).all() and had[-1] > 1e50


def sample(errors: list[tuple[float, bool]]) -> Sample:
    return Sample.of(np.array([score for score, _ in errors]), np.array([wrong for _, wrong in errors]))


def test_while_nothing_speaks_against_it_the_last_threshold_serves() -> None:
    found = watchdog.find(sample([(0.9, False)] * 50), (0.8, 0.6), ALPHA)
    assert (found.threshold, found.fired) == (0.6, False)
    assert watchdog.find(sample([]), (0.8, 0.6), ALPHA).watches[0].wealth == 1.0


def test_it_tightens_to_the_next_threshold_against_which_nothing_speaks() -> None:
    """Between 0.6 and 0.8 everything is wrong, above it nothing."""
    found = watchdog.find(sample([(0.7, True), (0.9, False)] * 20), (0.95, 0.8, 0.6), ALPHA)
    assert (found.threshold, found.fired) == (0.8, True)
    assert found.watches[0].fired is not None and found.watches[0].threshold == 0.6


def test_it_suspends_where_nothing_is_left() -> None:
    found = watchdog.find(sample([(0.99, True)] * 10), (0.8, 0.6), ALPHA)
    assert (found.threshold, found.fired, len(found.watches)) == (None, True, 2)
    assert watchdog.find(sample([(0.9, False)]), (), ALPHA).threshold is None


def test_good_labels_after_it_fired_do_not_quiet_it() -> None:
    found = watchdog.find(sample([(0.9, True)] * 10 + [(0.9, False)] * 2000), (0.6,), ALPHA)
    assert found.threshold is None and found.fired
    assert found.watches[0].wealth < 100


def test_what_is_not_accepted_says_nothing() -> None:
    assert watchdog.watch(sample([(0.5, True)] * 100), 0.6, ALPHA) == watchdog.Watch(0.6, 0, 0, 1.0, None)


def test_a_story_speaks_once() -> None:
    one = Sample.of(np.full(50, 0.9), np.ones(50, bool), block=np.zeros(50, np.int64))
    assert watchdog.watch(one, 0.6, ALPHA).labels == 1


def test_the_level_says_how_far_it_is() -> None:
    assert watchdog.Watch(0.6, 0, 0, 0.1, None).level == 0
    assert watchdog.Watch(0.6, 0, 0, 10.0, None).level == pytest.approx(0.5)
    assert watchdog.Watch(0.6, 0, 0, 5000.0, 3).level == 1
