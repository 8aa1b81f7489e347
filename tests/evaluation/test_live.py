"""Intervals of live figures hold what they promise, and are shorter than those of the labels alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_score, recall_score

from monitor.evaluation.live import Figure, Read, binomial, figures, table

Floats = np.ndarray


def world(number: int, rng: np.random.Generator, sure: float = 1.0) -> tuple[Floats, Floats]:
    """What a model says of texts, and what they are; it is as right as it says where `sure` is 1."""
    scores = rng.normal(size=(number, 3)) * 3
    says, true = (np.exp(one) / np.exp(one).sum(axis=1, keepdims=True) for one in (scores, sure * scores))
    labels = (rng.random((number, 1)) > true.cumsum(axis=1)).sum(axis=1).clip(max=2)
    return says, labels


def read(says: Floats, labels: Floats, blocks: Floats | None = None) -> Read:
    number = len(labels)
    return Read(says, labels, np.full(number, 0.1), np.arange(number) if blocks is None else blocks)


def scored(says: Floats, labels: Floats) -> dict[str, float]:
    called = says.argmax(axis=1)
    return {
        "accuracy": float((called == labels).mean()),
        "macro_f1": float(f1_score(labels, called, average="macro")),
        "precision.negative": float(precision_score(labels, called, labels=[0], average="macro")),
        "recall.negative": float(recall_score(labels, called, labels=[0], average="macro")),
    }


def test_without_unread_texts_it_is_the_metric_and_the_exact_interval() -> None:
    says, labels = world(150, np.random.default_rng(0))
    found = figures(read(says, labels), np.zeros((0, 3)))
    for name, value in scored(says, labels).items():
        assert found[name].estimate.value == pytest.approx(value)
        assert found[name].estimate == found[name].plain
    right = round(150 * found["accuracy"].estimate.value)
    exact = binomtest(right, 150).proportion_ci(0.95, "exact")
    plain = binomial(right, 150)
    assert (plain.low, plain.high) == pytest.approx((exact.low, exact.high))
    assert found["accuracy"].plain.low == pytest.approx(exact.low, abs=0.005)
    assert found["accuracy"].plain.high == pytest.approx(exact.high, abs=0.005)


@pytest.mark.parametrize("sure", [1.0, 0.5], ids=["calibrated", "over-confident"])
def test_intervals_hold_and_are_shorter(sure: float) -> None:
    """2 standard errors of 150 trials under 95% are 91.4%."""
    rng = np.random.default_rng(1)
    says, labels = world(60_000, rng, sure)
    truth = scored(says, labels)
    held, width, plain = (dict.fromkeys(truth, 0.0) for _ in range(3))
    for _ in range(150):
        drawn = rng.choice(len(labels), 4200, replace=False)
        found = figures(read(says[drawn[:200]], labels[drawn[:200]]), says[drawn[200:]])
        for name, value in truth.items():
            one = found[name]
            held[name] += (one.estimate.low <= value <= one.estimate.high) / 150
            width[name] += one.estimate.high - one.estimate.low
            plain[name] += one.plain.high - one.plain.low
    assert min(held.values()) >= 0.914, held
    assert all(width[name] < plain[name] for name in truth)


def test_texts_drawn_with_unequal_probability_count_by_it() -> None:
    rng = np.random.default_rng(2)
    says, labels = world(60_000, rng)
    chance = np.where(says.max(axis=1) > 0.9, 0.002, 0.02)  # the unsure are drawn ten times as often
    truth = scored(says, labels)["accuracy"]
    held, naive = 0, []
    for _ in range(100):
        drawn = rng.random(len(labels)) < chance
        rest = rng.choice(np.flatnonzero(~drawn), 4000, replace=False)
        number = int(drawn.sum())
        one = figures(Read(says[drawn], labels[drawn], chance[drawn], np.arange(number)), says[rest])
        held += one["accuracy"].estimate.low <= truth <= one["accuracy"].estimate.high
        naive.append(float((says[drawn].argmax(axis=1) == labels[drawn]).mean()))
    assert held >= 91
    assert np.mean(naive) < truth - 0.02, "the plain share of right ones would mislead"


def test_copies_of_a_story_are_one_reading() -> None:
    says, labels = world(100, np.random.default_rng(3))
    twice = [np.concatenate([one, one]) for one in (says, labels)]
    alone = figures(read(says, labels), np.zeros((0, 3)))["accuracy"].plain
    copied = figures(read(*twice, np.tile(np.arange(100), 2)), np.zeros((0, 3)))["accuracy"].plain
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high), abs=1e-6)


def test_a_missing_audit_is_an_error() -> None:
    says, labels = world(100, np.random.default_rng(4))
    right = labels == says.argmax(axis=1)
    missing = np.where(np.arange(100) == np.flatnonzero(right)[0], -1, labels)
    before, after = (figures(read(says, one), np.zeros((0, 3)))["accuracy"] for one in (labels, missing))
    assert after.estimate.value == pytest.approx(before.estimate.value - 0.01)


def test_what_cannot_be_told_is_left_out() -> None:
    says = np.tile([[0.1, 0.1, 0.8]], (30, 1))
    found = figures(read(says, np.full(30, 2)), says)
    assert set(found) == {"accuracy", "precision.positive", "recall.positive"}
    assert found["accuracy"].estimate.high == 1 and found["accuracy"].estimate.low < 0.9
    assert figures(read(says[:0], np.zeros(0, int)), says) == {}
    assert table(found)["accuracy"]["labels"] == 30


@pytest.mark.parametrize(
    ("inclusion", "level", "told"), [(0.0, 0.95, "inclusion"), (1.5, 0.95, "inclusion"), (1.0, 1.0, "level")]
)
def test_bad_numbers_are_named(inclusion: float, level: float, told: str) -> None:
    says, labels = world(10, np.random.default_rng(5))
    with pytest.raises(ValueError, match=told):
        figures(Read(says, labels, np.full(10, inclusion), np.arange(10)), says, level=level)


def test_the_figure_says_what_it_is_worth() -> None:
    rng = np.random.default_rng(6)
    says, labels = world(5000, rng)
    found: Figure = figures(read(says[:300], labels[:300]), says[300:])["accuracy"]
    assert found.worth > 300 and 0 < found.trust <= 1 and found.unread == 4700
