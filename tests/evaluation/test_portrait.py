"""Confusion, calibration and figures of a version: from audits by their weights and stories, from gold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix

from monitor.evaluation import portrait
from monitor.evaluation.live import Read
from monitor.evaluation.metrics import calibration_error, evaluate_sentiment
from monitor.evaluation.portrait import of_audits, of_gold, wilson
from monitor.records import SENTIMENTS
from monitor.testing import make_prediction

SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed: int) -> Read:
    """Audits of one share, each a story of its own; some of them missing."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    says = rng.dirichlet((0.6, 0.6, 0.6), n)
    labels = np.append(rng.integers(0, 3, n - 1), 1)
    labels[: n // 5] = -1
    return Read(says, labels, np.full(n, 0.2), np.arange(n))


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_of_one_share_it_is_what_is_plainly_counted(seed: int) -> None:
    read = drawn(seed)
    found = of_audits(read)
    assert found is not None
    known = read.labels >= 0
    truth, says = read.labels[known], read.probabilities[known]
    called = says.argmax(axis=1)
    wanted = confusion_matrix(truth, called, labels=[0, 1, 2])
    assert (found.source, found.texts, found.missing) == ("audits", known.sum(), (~known).sum())
    assert [list(row) for row in found.confusion] == wanted.tolist()
    for row, counts in zip(found.shares, wanted.tolist(), strict=True):
        assert list(row) == pytest.approx([one / sum(counts) for one in counts] if sum(counts) else [])
    assert found.ece == pytest.approx(calibration_error(says.max(axis=1), called == truth))
    assert sum(one.texts for one in found.bins) == found.texts
    for one in found.bins:
        assert one.low < one.confidence <= one.high + 1e-9
        right = round(one.right.value * one.texts)
        exact = binomtest(right, one.texts).proportion_ci(method="wilson")
        assert (one.right.low, one.right.high) == pytest.approx((exact.low, exact.high))
    # A text that nobody could judge is an error of the figures, and in no picture.
    assert found.figures["accuracy"].value == pytest.approx((called == truth).sum() / len(read.labels))


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_gold_and_audits_of_one_share_draw_the_same(seed: int) -> None:
    read = drawn(seed)
    some = read.labels >= 0
    plain = Read(read.probabilities[some], read.labels[some], np.ones(some.sum()), np.arange(some.sum()))
    told = [make_prediction(*row) for row in plain.probabilities.tolist()]
    measured = evaluate_sentiment([SENTIMENTS[label] for label in plain.labels], told)
    audits, gold = of_audits(plain), of_gold(measured)
    assert audits is not None and gold is not None and gold.source == "gold"
    assert (gold.confusion, gold.texts) == (audits.confusion, audits.texts)
    assert gold.ece == pytest.approx(audits.ece)
    for one, other in zip(gold.bins, audits.bins, strict=True):
        assert (one.texts, one.confidence) == (other.texts, pytest.approx(other.confidence))
        assert one.right.low == pytest.approx(other.right.low)
    assert gold.figures.keys() == audits.figures.keys()
    for name, figure in gold.figures.items():
        assert figure.value == pytest.approx(audits.figures[name].value), name
        assert figure.low == pytest.approx(audits.figures[name].low), name


def test_texts_drawn_with_a_small_share_weigh_more() -> None:
    """Three right ones of a day when all were drawn, one wrong one of a day when one in three was."""
    says = np.array([[0.9, 0.05, 0.05]] * 4)
    read = Read(says, np.array([0, 0, 0, 0]), np.array([1, 1, 1, 1 / 3]), np.arange(4))
    wrong = Read(says, np.array([0, 0, 0, 1]), read.inclusion, read.blocks)
    found = of_audits(wrong)
    assert found is not None
    [bin] = found.bins
    assert bin.right.value == pytest.approx(0.5) and found.ece == pytest.approx(0.4)
    assert found.confusion == ((3, 0, 0), (1, 0, 0), (0, 0, 0)), "counts are of texts, as they are"
    assert found.shares == ((1.0, 0.0, 0.0), (1.0, 0.0, 0.0), ())
    # Four texts of which one weighs three are worth (1 + 1 + 1 + 3)^2 / (1 + 1 + 1 + 9) = 3.
    assert (bin.right.low, bin.right.high) == pytest.approx((wilson(0.5, 3).low, wilson(0.5, 3).high))


def test_texts_of_one_story_are_one_block() -> None:
    says = np.array([[0.9, 0.05, 0.05]] * 6)
    apart = of_audits(Read(says, np.zeros(6, np.int64), np.ones(6), np.arange(6)))
    together = of_audits(Read(says, np.zeros(6, np.int64), np.ones(6), np.array([0, 0, 0, 1, 1, 1])))
    assert apart is not None and together is not None
    assert apart.bins[0].right.low == pytest.approx(wilson(1.0, 6).low)
    assert together.bins[0].right.low == pytest.approx(wilson(1.0, 2).low)
    assert together.bins[0].texts == 6


def test_where_nothing_was_read_there_is_no_portrait() -> None:
    none = Read(np.zeros((0, 3)), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    missing = Read(np.array([[1.0, 0, 0]]), np.array([-1]), np.ones(1), np.zeros(1, np.int64))
    assert of_audits(none) is None and of_audits(missing) is None
    for measured in (None, {}, {"n": 0}, {"accuracy": 0.9, "ece": 0.02}, "x"):
        assert of_gold(measured) is None
    assert portrait.told(None) is None


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (3, 7), (50, 50), (999, 1000)])
def test_wilson_is_scipys(right: int, n: int) -> None:
    exact = binomtest(right, n).proportion_ci(method="wilson")
    found = wilson(right / n, n)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-12)
    with pytest.raises(ValueError, match="at least one text"):
        wilson(0.5, 0)
