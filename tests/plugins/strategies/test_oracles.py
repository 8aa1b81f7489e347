"""The strategies against implementations of others: scikit-activeml, autograd, and brute force."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.testing import make_pool
from monitor_plugins.strategies import committee, coverage, gradients, neighbours, uncertainty
from monitor_plugins.strategies.committee import BatchBald, Committee
from monitor_plugins.strategies.coverage import CoreSet
from monitor_plugins.strategies.gradients import Badge, Gradients
from monitor_plugins.strategies.ranking import Turns, lots

active = pytest.importorskip("skactiveml.pool", reason="scikit-activeml is not installed")

SEEDS = [0, 1, 2]


def probabilities(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).dirichlet((0.7, 0.7, 0.7), shape)


# --- scikit-activeml ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_uncertainties(seed: int) -> None:
    p = probabilities(seed, 200)
    for ours, theirs in (
        (uncertainty.least_confidence, "least_confident"),
        (uncertainty.margin, "margin_sampling"),
        (uncertainty.entropy, "entropy"),
    ):
        assert np.allclose(ours(p), active.uncertainty_scores(p, method=theirs))


@pytest.mark.parametrize("seed", SEEDS)
def test_committees(seed: int) -> None:
    members = probabilities(seed, 5, 200)
    votes = members.argmax(axis=2).T
    assert np.allclose(
        committee.vote_entropy(members), active.vote_entropy(votes, classes=[0, 1, 2]), atol=1e-6
    )
    divergence = active.average_kl_divergence(members)
    assert np.allclose(committee.consensus_divergence(members), divergence, atol=1e-5)
    rows = Committee("consensus").select(make_pool(200, members=members, story=None), 20, _rng()).rows
    assert rows == np.argsort(-divergence)[:20].tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_bald_alone_and_in_batches(seed: int) -> None:
    members = probabilities(seed, 4, 40)
    # The first scores are BALD's. By default it draws four label combinations; this many make it exact.
    theirs = active.batch_bald(members.copy(), batch_size=5, n_MC_samples=5000, random_state=0)
    assert np.allclose(committee.mutual_information(members), theirs[0], atol=1e-5)
    rows = BatchBald().select(make_pool(40, members=members, story=None), 5, _rng()).rows
    assert rows == [int(np.nanargmax(scores)) for scores in theirs]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("labelled", [1, 7, 80])
def test_core_set_in_the_same_order(seed: int, labelled: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(400 + labelled, 16)).astype(np.float32)
    known = np.full(400 + labelled, np.nan)
    known[400:] = 0
    theirs = active.CoreSet(random_state=0).query(vectors, known, batch_size=30)
    pool = make_pool(400, vectors=vectors[:400], labelled_vectors=vectors[400:], labels=None, story=None)
    choice = CoreSet().select(pool, 30, _rng())
    assert choice.rows == theirs.tolist()
    nearest = np.linalg.norm(vectors[choice.rows[0]] - vectors[400:], axis=1).min()
    assert choice.scores[0] == pytest.approx(nearest, rel=1e-4)


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


# --- autograd -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_are_those_of_autograd(seed: int) -> None:
    import torch

    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(20, 6))
    weights = torch.tensor(rng.normal(size=(3, 6)), requires_grad=True)
    p = torch.softmax(torch.tensor(vectors) @ weights.T, dim=1).detach().numpy()
    expected = np.zeros(20)
    likeliest = []
    for row in range(20):
        logs = torch.log_softmax(torch.tensor(vectors[row]) @ weights.T, dim=0)
        for label in range(3):
            (gradient,) = torch.autograd.grad(-logs[label], weights, retain_graph=True)
            expected[row] += p[row, label] * float(gradient.norm())
            if label == p[row].argmax():
                likeliest.append(gradient.numpy().ravel())
    assert np.allclose(gradients.expected_gradient_length(p, vectors), expected, rtol=1e-5)
    # BADGE's, too: their lengths, and how far they are apart, without ever writing one out.
    written = np.array(likeliest)
    factored = Gradients(p, vectors)
    assert np.allclose(factored.squared, (written**2).sum(axis=1), rtol=1e-5)
    apart = ((written[:, None] - written[None, :]) ** 2).sum(axis=2)
    assert np.allclose(factored.distances(slice(None), np.arange(20)), apart, atol=1e-5)


# --- brute force ----------------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000), size=st.integers(2, 40), width=st.integers(1, 9))
@settings(deadline=None, max_examples=60)
def test_distances_of_gradients(seed: int, size: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    p, vectors = rng.dirichlet((1, 1, 1), size), rng.normal(size=(size, width)).astype(np.float32)
    errors = p.copy()
    errors[np.arange(size), p.argmax(axis=1)] -= 1
    written = (errors[:, :, None] * vectors[:, None, :].astype(np.float64)).reshape(size, -1)
    others = rng.integers(0, size, 3)
    apart = ((written[:, None] - written[others][None, :]) ** 2).sum(axis=2)
    assert np.allclose(Gradients(p, vectors).distances(np.arange(size), others), apart, atol=1e-4)


def test_badge_draws_by_the_squared_distance() -> None:
    """k-means++ with all distances known gives these pairs with these probabilities; the draws that are
    turned down must not bend them."""
    rng = np.random.default_rng(5)
    p, vectors = rng.dirichlet((1, 1, 1), 9), rng.normal(size=(9, 3)).astype(np.float32)
    full = Gradients(p, vectors)
    apart = full.distances(slice(None), np.arange(9))
    first = int(full.squared.argmax())
    pool = make_pool(9, probabilities=p, vectors=vectors, story=None)
    draws = 4000
    found = Counter(tuple(Badge().select(pool, 3, np.random.default_rng(seed)).rows) for seed in range(draws))
    assert {rows[0] for rows in found} == {first}
    statistic = 0.0
    for second, third in product(range(9), range(9)):
        if second in (first, third) or third == first:
            continue
        near = np.minimum(apart[first], apart[second])
        share = apart[first, second] / apart[first].sum() * near[third] / near.sum()
        statistic += (found[first, second, third] - draws * share) ** 2 / (draws * share)
    # Chi-squared with 55 degrees of freedom: 93 is passed by chance once in a thousand.
    assert statistic < 93


def test_badge_prefers_what_is_unsure() -> None:
    shares = np.linspace(0.34, 0.98, 30)
    p = np.column_stack([shares, (1 - shares) / 2, (1 - shares) / 2])
    lengths = Gradients(p, np.ones((30, 4), dtype=np.float32)).squared
    assert (np.diff(lengths) < 0).all()


@given(seed=st.integers(0, 10_000), size=st.integers(1, 60), known=st.integers(0, 50), n=st.integers(1, 12))
@settings(deadline=None, max_examples=60)
def test_core_set_takes_the_farthest(seed: int, size: int, known: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(size, 3)).astype(np.float32)
    centres = rng.normal(size=(known, 3)).astype(np.float32)
    pool = make_pool(size, vectors=vectors, labelled_vectors=centres, labels=None, story=None)
    choice = CoreSet().select(pool, n, _rng())
    taken = list(centres.astype(np.float64))
    for row, score in zip(choice.rows, choice.scores, strict=True):
        if taken:
            apart = np.linalg.norm(vectors[:, None].astype(np.float64) - np.array(taken), axis=2).min(axis=1)
            assert score == pytest.approx(apart.max(), abs=2e-3)
        taken.append(vectors[row].astype(np.float64))


def test_core_set_measures_the_blocks_that_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """With bounds that are refreshed a few at a time it takes the same rows."""
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(3000, 8)).astype(np.float32) * rng.uniform(0.2, 2, (3000, 1)).astype(
        np.float32
    )
    pool = make_pool(3000, vectors=vectors, labelled_vectors=vectors[::50], labels=None, story=None)
    whole = CoreSet().select(pool, 40, _rng()).rows
    monkeypatch.setattr(coverage, "_BLOCK", 7)
    monkeypatch.setattr(coverage, "_FIRST", 3)
    monkeypatch.setattr(coverage, "_EAGER", 0)
    assert CoreSet().select(pool, 40, _rng()).rows == whole


def test_batches_of_bald_are_taken_greedily() -> None:
    """Each row is the one that adds most to the mutual information, written out over all labels."""
    members = probabilities(3, 3, 12)

    def information(rows: list[int]) -> float:
        joint = np.array(
            [
                [
                    np.prod([members[m, row, label] for row, label in zip(rows, labels, strict=True)])
                    for m in range(3)
                ]
                for labels in product(range(3), repeat=len(rows))
            ]
        )
        mean = joint.mean(axis=1)
        return float(-(mean * np.log(mean)).sum() + (joint * np.log(joint)).sum() / 3)

    pool = make_pool(12, members=members, story=None)
    rows, gains = committee.batch_bald(members, 4, Turns(pool), lots(pool, _rng()), _rng())
    for place in range(4):
        before = rows[:place].tolist()
        best = max(set(range(12)) - set(before), key=lambda row: information([*before, row]))
        assert rows[place] == best
        assert gains[: place + 1].sum() == pytest.approx(information([*before, best]))


def test_batches_of_bald_beyond_what_can_be_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """With labels drawn instead of counted the gains are near the exact ones."""
    members = probabilities(4, 4, 30)
    pool = make_pool(30, members=members, story=None)
    _, exact = committee.batch_bald(members, 6, Turns(pool), lots(pool, _rng()), _rng())
    monkeypatch.setattr(committee, "CONFIGURATIONS", 400)
    _, drawn = committee.batch_bald(members, 6, Turns(pool), lots(pool, _rng()), _rng())
    assert np.allclose(exact, drawn, atol=0.05)


def test_members_of_one_mind_have_nothing_to_tell() -> None:
    members = np.repeat(probabilities(0, 1, 50), 5, axis=0)
    assert np.abs(committee.mutual_information(members)).max() < 1e-9
    assert committee.vote_entropy(members).max() == 0
    assert (committee.mutual_information(probabilities(1, 5, 500)) >= 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_contrast_by_all_distances(seed: int) -> None:
    from scipy.stats import entropy

    rng = np.random.default_rng(seed)
    p, known = rng.dirichlet((1, 1, 1), 30), rng.dirichlet((1, 1, 1), 12)
    vectors, places = rng.normal(size=(30, 4)), rng.normal(size=(12, 4))
    found = neighbours.contrast(p, vectors, known, places, 5)
    for row in range(30):
        near = np.argsort(np.linalg.norm(vectors[row] - places, axis=1))[:5]
        assert found[row] == pytest.approx(np.mean([entropy(known[one], p[row]) for one in near]), rel=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_similarity_by_all_pairs(seed: int) -> None:
    from sklearn.metrics.pairwise import cosine_similarity

    vectors = np.random.default_rng(seed).normal(size=(50, 6)).astype(np.float32)
    assert np.allclose(coverage.similarity(vectors), cosine_similarity(vectors).mean(axis=1), atol=1e-6)


def test_typical_finds_the_middle_of_each_group() -> None:
    rng = np.random.default_rng(0)
    middles = 20 * rng.normal(size=(5, 8))
    vectors = np.concatenate([middle + rng.normal(size=(40, 8)) for middle in middles]).astype(np.float32)
    group = np.repeat(np.arange(5), 40)
    nothing = np.zeros((0, 8), dtype=np.float32)
    pool = make_pool(200, vectors=vectors, labelled_vectors=nothing, labels=None, story=None)
    rows = coverage.Typical().select(pool, 5, _rng()).rows
    assert sorted(group[rows].tolist()) == [0, 1, 2, 3, 4]
    for row in rows:
        own = vectors[group == group[row]]
        far = np.linalg.norm(own - own.mean(axis=0), axis=1)
        assert np.linalg.norm(vectors[row] - own.mean(axis=0)) <= np.median(far)
