"""A head is scikit-learn's logistic regression, and folds keep stories together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from monitor.evaluation import heads


def test_a_head_says_what_scikit_learn_says() -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(300, 12)) + 5).astype(np.float32)
    labels = (vectors[:, :3] + rng.normal(size=(300, 3))).argmax(axis=1)
    head = heads.fit(vectors, labels, 3, rounds=500)
    scaled = (vectors - head.middle) * head.scale
    oracle = LogisticRegression(C=1.0, max_iter=2000, tol=1e-8).fit(scaled, labels)
    scores = head.scores(vectors)
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    assert np.abs(chances - oracle.predict_proba(scaled)).max() < 0.01


def test_a_head_of_one_class_or_of_equal_vectors_says_so() -> None:
    ones = np.ones((5, 4), np.float32)
    assert (heads.fit(ones, np.full(5, 2), 3).scores(ones).argmax(axis=1) == 2).all()
    with pytest.raises(ValueError, match="at least one"):
        heads.fit(np.zeros((0, 4), np.float32), np.zeros(0, int), 3)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(2, 4))
def test_every_row_is_held_out_once_and_no_story_twice(blocks: list[int], number: int) -> None:
    given = np.array(blocks)
    held_out: list[int] = []
    for fit, held in heads.folds(given, number, np.random.default_rng(1)):
        assert not set(given[fit]) & set(given[held])
        assert sorted([*fit, *held]) == list(range(len(blocks)))
        held_out += held.tolist()
    assert sorted(held_out) == list(range(len(blocks)))
