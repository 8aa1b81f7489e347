"""CROWDLAB and ActiveLab against cleanlab, and what they must do whoever computes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.evaluation.consensus import Worth, consensus, worth
from monitor.evaluation.votes import MISSING

ORACLE = json.loads((Path(__file__).parent / "agreement_oracle.json").read_text(encoding="utf-8"))
SEEDS = st.integers(0, 2**32 - 1)
NONE = np.empty((0, 3))


def made(seed: int, readers: int = 4) -> tuple[Any, Any, Any]:
    """Readings of 60 texts by readers of whom the last guesses, the model's probabilities, the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 60)
    skill = np.full(readers, 0.9)
    skill[-1] = 0.0
    right = rng.random((60, readers)) < skill
    table = np.where(right, truth[:, None], rng.integers(0, 3, (60, readers)))
    table = np.where(rng.random((60, readers)) < 0.7, table, MISSING)
    table[:, 0] = np.where((table == MISSING).all(axis=1), truth, table[:, 0])
    raw = np.eye(3)[truth] * 1.5 + rng.normal(0, 1, (60, 3))
    return table, np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True), truth


@pytest.mark.parametrize("case", ORACLE["consensus"], ids=lambda case: case["name"])
def test_cleanlab_says_the_same(case: dict[str, Any]) -> None:
    table = np.array(case["table"])
    found = consensus(table, np.array(case["probabilities"]))
    assert found.labels.tolist() == case["labels"]
    for name in ("quality", "reader_quality", "reader_weights", "model_weight"):
        assert getattr(found, name) == pytest.approx(np.array(case[name]), abs=1e-12, nan_ok=True), name
    scores = worth(found, table, np.array(case["unread"]))
    assert scores.again == pytest.approx(np.array(case["again"]), abs=1e-12)
    assert scores.new == pytest.approx(np.array(case["new"]), abs=1e-12)


@settings(max_examples=20)
@given(SEEDS)
def test_who_guesses_is_worst_and_counts_least(seed: int) -> None:
    table, probabilities, _ = made(seed)
    found = consensus(table, probabilities)
    assert found.reader_quality.argmin() == found.reader_weights.argmin() == 3
    assert found.posterior.sum(axis=1) == pytest.approx(1.0)


def test_the_consensus_is_right_more_often_than_the_most_votes() -> None:
    """Over fixed draws: of a single one of 60 texts nothing is certain."""
    right = []
    for seed in range(50):
        table, probabilities, truth = made(seed)
        votes = np.stack([(table == label).sum(axis=1) for label in range(3)], axis=1)
        right.append(
            (
                (consensus(table, probabilities).labels == truth).mean(),
                (votes.argmax(axis=1) == truth).mean(),
            )
        )
    ours, most = np.mean(right, axis=0)
    assert ours > 0.92
    assert ours > most + 0.02


@settings(max_examples=20)
@given(SEEDS)
def test_the_order_of_texts_and_readers_does_not_matter(seed: int) -> None:
    table, probabilities, _ = made(seed)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(60), rng.permutation(4)
    one, other = consensus(table, probabilities), consensus(table[rows][:, columns], probabilities[rows])
    assert other.labels.tolist() == one.labels[rows].tolist()
    assert other.reader_quality == pytest.approx(one.reader_quality[columns])
    assert worth(other, table[rows][:, columns], NONE).again == pytest.approx(
        worth(one, table, NONE).again[rows]
    )


def test_ties_are_broken_the_same_way_every_time() -> None:
    table = np.array([[0, 1], [0, 0], [2, 2], [1, 0]])
    sure = np.array([[0.2, 0.5, 0.3], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.5, 0.4, 0.1]])
    assert consensus(table, sure).labels.tolist() == [1, 0, 2, 0]
    level = np.full((4, 3), 1 / 3)
    assert consensus(table, level).labels.tolist() == [1, 0, 2, 1]  # the class that is rarer over all


def test_nothing_was_read_twice() -> None:
    table = np.array([[0, MISSING], [MISSING, 2]])
    probabilities = np.array([[0.6, 0.3, 0.1], [0.5, 0.3, 0.2]])
    found = consensus(table, probabilities)
    assert found.labels.tolist() == [0, 2] and found.quality.tolist() == [0.6, 0.2]
    assert np.isnan(found.reader_quality).all()
    assert worth(found, table, np.array([[0.4, 0.3, 0.3]])).next(2) == [(True, 1), (False, 0)]


def test_one_who_reads_alone_gets_the_mean_of_the_others() -> None:
    table = np.array([[0, 0, MISSING], [1, 1, MISSING], [2, 1, MISSING], [MISSING, MISSING, 2]])
    found = consensus(table, np.full((4, 3), 1 / 3))
    assert found.reader_weights[2] == pytest.approx(found.reader_weights[:2].mean())
    assert np.isnan(found.reader_quality[2]) and not np.isnan(found.reader_quality[:2]).any()


def test_a_disputed_text_is_asked_again_before_a_settled_one() -> None:
    table = np.array([[0, 0], [1, 1], [2, 2], [0, 2], [0, 0], [1, 1]])
    probabilities = np.full((6, 3), 0.1)
    probabilities[np.arange(6), [0, 1, 2, 1, 0, 1]] = 0.8
    scores = worth(consensus(table, probabilities), table, np.array([[0.98, 0.01, 0.01]]))
    assert scores.next(1) == [(True, 3)]
    assert set(scores.next(99)) == {(True, row) for row in range(6)} | {(False, 0)}
    assert Worth(np.array([0.5]), np.array([0.5])).next(2) == [(False, 0), (True, 0)]


def test_bad_input_is_named() -> None:
    level = np.full((2, 3), 1 / 3)
    with pytest.raises(ValueError, match="unit 1 has no reading"):
        consensus(np.array([[0], [MISSING]]), level)
    with pytest.raises(ValueError, match="3 units were read and 2"):
        consensus(np.array([[0], [1], [2]]), level)
    with pytest.raises(ValueError, match="not a number"):
        consensus(np.array([[0], [1]]), np.full((2, 3), np.nan))
    with pytest.raises(ValueError, match="expected units by classes"):
        consensus(np.array([[0], [1]]), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="expected 0 to 2"):
        consensus(np.array([[0], [3]]), level)
    assert len(consensus(np.empty((0, 2), dtype=int), NONE).labels) == 0
