"""The temperature: that it is found, kept near 1 where little is known, and of use on texts not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.evaluation import temperature
from monitor.evaluation.bounds import Floats


def drawn(n: int, true: float, seed: int = 0) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """What a model says that is too sure by the factor `true`, and what was read."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, 3))
    honest = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = (rng.random((n, 1)) > honest.cumsum(1)).sum(1).clip(max=2)
    said = np.exp(logits * true)
    return said / said.sum(1, keepdims=True), truth.astype(np.int64)


def fitted(chances: Floats, truth: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    found = temperature.fitted(chances, truth, np.ones(len(truth)))
    assert found is not None
    return found


def loss(chances: Floats, truth: np.ndarray[tuple[int], np.dtype[np.int64]], at: float) -> float:
    softened = chances ** (1 / at)
    softened = softened / softened.sum(1, keepdims=True)
    return float(-np.log(softened[np.arange(len(truth)), truth]).mean())


@pytest.mark.parametrize("true", [0.5, 1.0, 1.5, 3.0])
def test_with_many_readings_the_true_one_is_found(true: float) -> None:
    assert fitted(*drawn(5000, true)) == pytest.approx(true, rel=0.06)


@pytest.mark.parametrize("n", [0, 1, temperature.FEWEST - 1])
def test_of_few_readings_there_is_none(n: int) -> None:
    chances, truth = drawn(n, 2.0) if n else (np.zeros((0, 3)), np.zeros(0, np.int64))
    assert temperature.fitted(chances, truth, np.ones(n)) is None


@settings(max_examples=30, deadline=None)
@given(st.floats(0.4, 3.5), st.integers(0, 99))
def test_it_is_nearer_to_1_the_fewer_there_are(true: float, seed: int) -> None:
    """The same readings many times over say more of the same."""
    chances, truth = drawn(temperature.FEWEST, true, seed)
    few = fitted(chances, truth)
    many = fitted(np.tile(chances, (20, 1)), np.tile(truth, 20))
    assert abs(np.log(few)) <= abs(np.log(many)) + 1e-4
    assert np.log(few) * np.log(many) >= -1e-4


@settings(max_examples=30, deadline=None)
@given(st.integers(30, 80), st.integers(0, 99))
def test_it_is_bounded_whatever_is_read(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet([0.02, 0.02, 0.02], n)
    for truth in (chances.argmax(1), chances.argmin(1)):
        assert 1 / temperature.MOST <= fitted(chances, truth.astype(np.int64)) <= temperature.MOST


def test_half_a_weight_twice_is_one() -> None:
    chances, truth = drawn(60, 2.0)
    half = temperature.fitted(np.tile(chances, (2, 1)), np.tile(truth, 2), np.full(120, 0.5))
    assert half == pytest.approx(fitted(chances, truth), rel=1e-3)


def test_the_order_of_the_readings_does_not_matter() -> None:
    chances, truth = drawn(200, 1.7)
    rows = np.random.default_rng(1).permutation(200)
    assert fitted(chances[rows], truth[rows]) == pytest.approx(fitted(chances, truth), rel=1e-4)


def test_texts_that_were_not_seen_are_judged_better() -> None:
    """Thirty readings of a model that is far too sure are enough to do better than leaving it as it is."""
    better = []
    for seed in range(40):
        at = fitted(*drawn(30, 2.5, seed))
        fresh = drawn(500, 2.5, seed + 1000)
        better.append(loss(*fresh, at) < loss(*fresh, 1.0))
    assert sum(better) >= 38


def test_a_model_that_is_right_about_itself_is_hardly_touched() -> None:
    lost = []
    for seed in range(40):
        at = fitted(*drawn(30, 1.0, seed))
        fresh = drawn(500, 1.0, seed + 1000)
        lost.append(loss(*fresh, at) - loss(*fresh, 1.0))
    assert float(np.mean(lost)) < 0.02


def test_what_is_as_good_as_the_same_is_the_same() -> None:
    assert temperature.next_to(1.0, None) == 1.0
    assert temperature.next_to(1.3, None) == 1.3
    assert temperature.next_to(1.0, 1.04) == 1.0
    assert temperature.next_to(1.0, 1.2) == 1.2
