"""The uncertainty strategies against SciPy and the definitions, and the strategy's contract."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import entropy

from monitor import SENTIMENTS, Prediction
from monitor.testing import check_strategy, make_prediction
from monitor_plugins.uncertainty import Entropy, LeastConfidence, Margin, Random, register_strategies

EVERY = [LeastConfidence(), Margin(), Entropy(), Random()]
Rows = NDArray[np.float64]


def pool_of(rows: Rows) -> dict[int, Prediction]:
    return {10 + 3 * i: make_prediction(*row) for i, row in enumerate(rows.tolist())}


def margin(rows: Rows) -> Rows:
    return -np.diff(np.sort(rows, axis=1)[:, -2:], axis=1)[:, 0]


ORACLES = [
    (LeastConfidence(), lambda rows: -rows.max(axis=1)),
    (Margin(), margin),
    (Entropy(), lambda rows: entropy(rows, axis=1)),
]


@pytest.mark.parametrize("strategy, oracle", ORACLES, ids=lambda one: getattr(one, "kind", ""))
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 30))
@settings(deadline=None, max_examples=50)
def test_the_highest_by_definition_come_first(strategy: Margin, oracle: object, seed: int, n: int) -> None:
    rows = np.random.default_rng(seed).dirichlet((0.7, 0.7, 0.7), 25)
    pool = pool_of(rows)
    scores = dict(zip(pool, oracle(rows), strict=True))  # type: ignore[operator]
    expected = sorted(pool, key=scores.__getitem__, reverse=True)[:n]
    assert strategy.select(pool, [], n, np.random.default_rng(0)) == expected


@pytest.mark.parametrize("strategy", EVERY, ids=lambda one: one.kind)
def test_the_contract(strategy: Random) -> None:
    assert len(check_strategy(strategy)) == 10


@pytest.mark.parametrize("strategy", EVERY, ids=lambda one: one.kind)
def test_equal_scores_are_drawn_evenly_and_repeatably(strategy: Random) -> None:
    pool = pool_of(np.full((40, 3), 1 / 3))
    first = [tuple(strategy.select(pool, [], 5, np.random.default_rng(seed))) for seed in range(30)]
    assert first == [tuple(strategy.select(pool, [], 5, np.random.default_rng(seed))) for seed in range(30)]
    assert len(set(first)) == 30
    assert len({id for ids in first for id in ids}) > 30  # 150 draws of 40: not the oldest every time


def test_the_order_of_the_pool_does_not_matter() -> None:
    pool = pool_of(np.random.default_rng(1).dirichlet((1, 1, 1), 20))
    turned = dict(reversed(pool.items()))
    for strategy in EVERY:
        picks = [strategy.select(some, [], 8, np.random.default_rng(2)) for some in (pool, turned)]
        assert picks[0] == picks[1]


@pytest.mark.parametrize("strategy", EVERY[:3], ids=lambda one: one.kind)
def test_probabilities_that_are_no_numbers_come_first(strategy: Margin) -> None:
    pool: Mapping[int, Prediction] = pool_of(np.full((5, 3), 1 / 3)) | {
        7: Prediction(dict.fromkeys(SENTIMENTS, float("nan")), {}, "m")
    }
    assert strategy.select(pool, [], 1, np.random.default_rng(0)) == [7]


def test_certain_predictions_have_no_entropy() -> None:
    assert Entropy().utility(np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])).tolist() == pytest.approx(
        [0.0, np.log(2)]
    )


def test_random_draws_all_alike() -> None:
    pool = pool_of(np.random.default_rng(4).dirichlet((0.3, 0.3, 0.3), 10))
    rng = np.random.default_rng(0)
    counts = dict.fromkeys(pool, 0)
    for _ in range(600):
        counts[Random().select(pool, [], 1, rng)[0]] += 1
    # 60 expected each, standard deviation 7.3.
    assert all(30 < count < 90 for count in counts.values())


def test_the_hook_registers_every_kind() -> None:
    kinds = [strategy.kind for strategy in register_strategies()]
    assert kinds == ["least_confidence", "margin", "entropy", "random"]
