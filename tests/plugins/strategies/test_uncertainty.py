"""The uncertainty strategies against SciPy and the definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import entropy

from monitor import Pool
from monitor.testing import make_pool
from monitor_plugins.strategies.uncertainty import (
    PRIOR,
    Adjusted,
    Entropy,
    LeastConfidence,
    Margin,
    Random,
)

Rows = NDArray[np.float64]


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
def test_the_highest_by_definition_come_first(strategy: Margin, oracle: Any, seed: int, n: int) -> None:
    rows = np.random.default_rng(seed).dirichlet((0.7, 0.7, 0.7), 25)
    expected = np.argsort(-oracle(rows), kind="stable")[:n]
    pool = make_pool(25, probabilities=rows, story=None)
    assert strategy.select(pool, n, np.random.default_rng(0)).rows == expected.tolist()


@pytest.mark.parametrize(
    "strategy", [LeastConfidence(), Margin(), Entropy(), Adjusted()], ids=lambda one: one.kind
)
def test_probabilities_that_are_no_numbers_come_first(strategy: Margin) -> None:
    rows = np.full((6, 3), 1 / 3)
    rows[4] = np.nan
    choice = strategy.select(make_pool(6, probabilities=rows), 2, np.random.default_rng(0))
    assert choice.rows[0] == 4 and np.isfinite(choice.scores).all()
    assert choice.reasons[0] == "the model's probabilities are no numbers"


def test_certain_predictions_have_no_entropy() -> None:
    rows = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    assert Entropy().utility(rows).tolist() == pytest.approx([0.0, np.log(2)])


def test_reasons_say_what_was_seen() -> None:
    pool = make_pool(1, probabilities=np.array([[0.46, 0.1, 0.44]]))
    told = {
        strategy.kind: strategy.select(pool, 1, np.random.default_rng(0)).reasons[0]
        for strategy in (LeastConfidence(), Margin(), Entropy(), Adjusted(), Random())
    }
    assert told == {
        "least_confidence": "only 0.46 sure of negative",
        "margin": "top two 0.46 / 0.44",
        "entropy": "spread over the classes: 0.46 / 0.44 / 0.10",
        "adjusted": "negative 0.46 or positive 0.44, weighed by how rare they are",
        "random": "drawn by lot",
    }


def test_random_draws_all_alike() -> None:
    pool = make_pool(10, story=None)
    rng = np.random.default_rng(0)
    counts = np.zeros(10)
    for _ in range(600):
        counts[Random().select(pool, 1, rng).rows[0]] += 1
    # 60 expected each, standard deviation 7.3.
    assert ((counts > 30) & (counts < 90)).all()


def lopsided(seed: int, n: int = 40) -> Rows:
    return np.random.default_rng(seed).dirichlet((0.3, 2.0, 0.6), n)


def chosen(strategy: Adjusted | LeastConfidence, rows: Rows, labels: int, n: int = 10) -> list[int]:
    pool = Pool(ids=np.arange(len(rows)), probabilities=rows, labels=np.zeros(labels, dtype=np.int64))
    return list(strategy.select(pool, n, np.random.default_rng(0)).rows)


@given(seed=st.integers(0, 2**32 - 1), strength=st.floats(0, 1), labels=st.integers(0, 500))
@settings(deadline=None, max_examples=50)
def test_adjusted_is_least_confidence_at_shares_between_the_models_and_equal_ones(
    seed: int, strength: float, labels: int
) -> None:
    rows = lopsided(seed)
    shares = (labels * rows.mean(axis=0) + PRIOR / 3) / (labels + PRIOR)
    weighed = rows / shares**strength
    oracle = -(weighed / weighed.sum(axis=1, keepdims=True)).max(axis=1)
    expected = np.argsort(-oracle, kind="stable")[:10].tolist()
    assert chosen(Adjusted(strength), rows, labels) == expected


@given(seed=st.integers(0, 2**32 - 1), labels=st.integers(0, 500))
@settings(deadline=None, max_examples=50)
def test_adjusted_does_not_care_which_class_is_the_rare_one(seed: int, labels: int) -> None:
    rows = lopsided(seed)
    turned = np.ascontiguousarray(rows[:, [2, 0, 1]])
    assert chosen(Adjusted(), rows, labels) == chosen(Adjusted(), turned, labels)


@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_adjusted_knows_no_shares_before_there_are_labels(seed: int) -> None:
    rows = lopsided(seed)
    assert chosen(Adjusted(), rows, 0) == chosen(LeastConfidence(), rows, 0)
    assert chosen(Adjusted(0.0), rows, 400) == chosen(LeastConfidence(), rows, 400)


def test_adjusted_asks_where_a_rare_class_is_less_likely_than_the_frequent_one() -> None:
    rows = np.concatenate([np.tile([0.0, 0.98, 0.02], (96, 1)), [[0.35, 0.65, 0.0], [0.5, 0.5, 0.0]] * 2])
    assert set(chosen(Adjusted(), rows, 500, 2)) == {96, 98}
    assert set(chosen(LeastConfidence(), rows, 500, 2)) == {97, 99}


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_adjusted_has_a_strength_between_nothing_and_all(strength: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Adjusted(strength)
