"""Heads against scikit-learn's, and committees of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from monitor.acquisition import committee, head

linear = pytest.importorskip("sklearn.linear_model")


def drawn(rows: int = 200, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(3, 2, (rows, 6)).astype(np.float32)
    labels = (vectors[:, :3] + rng.normal(0, 2, (rows, 3))).argmax(axis=1)
    return vectors, labels


@pytest.mark.parametrize("strength", [0.1, 1.0, 30.0])
def test_a_head_is_scikit_learns_regression(strength: float) -> None:
    vectors, labels = drawn()
    ours = head.fit(vectors, labels, strength=strength, rounds=1000)
    scaled = (vectors - ours.middle) * ours.scale
    theirs = linear.LogisticRegression(C=strength, tol=1e-8, max_iter=5000).fit(scaled, labels)
    assert np.allclose(ours.probabilities(vectors), theirs.predict_proba(scaled), atol=5e-3)


def test_weights_count_as_repeats() -> None:
    vectors, labels = drawn(60)
    heavy = np.random.default_rng(1).integers(0, 4, 60)
    scaling = head.scaling(vectors)
    one = head.fit(vectors, labels, weights=heavy, middle=scaling[0], scale=scaling[1], rounds=1000)
    rows = np.repeat(np.arange(60), heavy)
    two = head.fit(vectors[rows], labels[rows], middle=scaling[0], scale=scaling[1], rounds=1000)
    assert np.allclose(one.probabilities(vectors), two.probabilities(vectors), atol=5e-3)


def test_fitting_goes_on_from_the_last_head() -> None:
    vectors, labels = drawn(400)
    first = head.fit(vectors[:300], labels[:300])
    on = head.fit(vectors, labels, start=first, rounds=1000)
    again = head.fit(vectors, labels, middle=first.middle, scale=first.scale, rounds=1000)
    assert np.allclose(on.probabilities(vectors), again.probabilities(vectors), atol=5e-3)


def test_one_class_and_no_label_are_no_error() -> None:
    vectors, labels = drawn(20)
    only = head.fit(vectors, np.full(20, 2)).probabilities(vectors)
    assert (only.argmax(axis=1) == 2).all() and np.isfinite(only).all()
    nothing = head.fit(vectors[:0], labels[:0]).probabilities(vectors)
    assert np.allclose(nothing, 1 / 3)


def test_a_row_without_a_vector_has_no_probabilities() -> None:
    vectors, labels = drawn(20)
    vectors = vectors.copy()
    fitted = head.fit(vectors, labels)
    vectors[3] = np.nan
    found = fitted.probabilities(vectors)
    assert np.isnan(found[3]).all() and np.isfinite(np.delete(found, 3, axis=0)).all()


@pytest.mark.parametrize("way", committee.WAYS)
def test_members_agree_where_labels_are_and_differ_elsewhere(way: str) -> None:
    vectors, labels = drawn(120)
    far = (vectors - vectors.mean(axis=0)) * 6
    everything = np.concatenate([vectors, far])
    found = committee.members(everything, vectors, labels, np.random.default_rng(0), way=way)
    assert found.shape == (committee.MEMBERS, 240, 3)
    assert np.allclose(found.sum(axis=2), 1, atol=1e-5)
    apart = found.std(axis=0).mean(axis=1)
    assert apart.max() > 0.01
    again = committee.members(everything, vectors, labels, np.random.default_rng(0), way=way)
    assert np.array_equal(found, again)


def test_a_way_that_there_is_not_is_refused() -> None:
    vectors, labels = drawn(20)
    with pytest.raises(ValueError, match="way: expected one of bootstrap, dropout"):
        committee.members(vectors, vectors, labels, np.random.default_rng(0), way="vote")
