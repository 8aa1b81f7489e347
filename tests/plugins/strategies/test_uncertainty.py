"""The uncertainty strategies against SciPy and the definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import entropy

from monitor.testing import make_pool
from monitor_plugins.strategies.uncertainty import Entropy, LeastConfidence, Margin, Random

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


@pytest.mark.parametrize("strategy", [LeastConfidence(), Margin(), Entropy()], ids=lambda one: one.kind)
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
        for strategy in (LeastConfidence(), Margin(), Entropy(), Random())
    }
    assert told == {
        "least_confidence": "only 0.46 sure of negative",
        "margin": "top two 0.46 / 0.44",
        "entropy": "spread over the classes: 0.46 / 0.44 / 0.10",
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
