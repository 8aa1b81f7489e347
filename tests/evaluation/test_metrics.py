"""Metrics against scikit-learn's, and the calibration error against its definition."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from monitor.evaluation.metrics import (
    bootstrap,
    calibration_error,
    evaluate_company,
    evaluate_sentiment,
    evaluate_topics,
    macro_f1,
)
from monitor.records import SENTIMENTS, Prediction
from monitor.testing import make_prediction

TOPICS = ("deal", "earnings", "legal", "macro")
SEEDS = st.integers(0, 2**32 - 1)


def sentiment_case(seed: int) -> tuple[list[str], list[Prediction]]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 40))
    classes = rng.choice(SENTIMENTS, int(rng.integers(1, 4)), replace=False)
    truth = [str(label) for label in rng.choice(classes, n)]
    return truth, [make_prediction(*row) for row in rng.dirichlet((0.6, 0.6, 0.6), n).tolist()]


def topic_case(seed: int) -> tuple[list[tuple[str, ...]], list[Prediction]]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    truth = [tuple(rng.choice(TOPICS[:3], int(rng.integers(1, 4)), replace=False).tolist()) for _ in range(n)]
    scores = rng.random((n, len(TOPICS))).tolist()
    return truth, [make_prediction(topics=dict(zip(TOPICS, row, strict=True))) for row in scores]


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_sentiment_agrees_with_scikit_learn(seed: int) -> None:
    truth, predictions = sentiment_case(seed)
    found = evaluate_sentiment(truth, predictions)
    guesses = [prediction.label for prediction in predictions]
    present = sorted(set(truth))
    assert found["n"] == len(truth)
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, guesses))
    for average in ("macro", "weighted"):
        expected = f1_score(truth, guesses, labels=present, average=average, zero_division=0)
        assert found[f"{average}_f1"] == pytest.approx(expected)
    micro = f1_score(truth, guesses, labels=list(SENTIMENTS), average="micro", zero_division=0)
    assert found["micro_f1"] == pytest.approx(micro)
    each = precision_recall_fscore_support(truth, guesses, labels=present, zero_division=0)
    assert list(found["per_class"]) == [name for name in SENTIMENTS if name in present]
    for name, *expected_scores in zip(present, *each, strict=True):
        assert list(found["per_class"][name].values()) == pytest.approx(expected_scores)


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_companies_count_as_texts_of_their_own_do(seed: int) -> None:
    """However the companies are spread over texts, the figures are those of one text for each."""
    truth, each = sentiment_case(seed)
    rng = np.random.default_rng(seed)
    texts: list[tuple[list[tuple[str, str]], dict[str, Mapping[str, float]]]] = [([], {})]
    for number, (label, prediction) in enumerate(zip(truth, each, strict=True)):
        if rng.random() < 0.5:
            texts.append(([], {}))
        texts[-1][0].append((f"company {number}", label))
        texts[-1][1][f"company {number}"] = prediction.sentiment
    predictions = [make_prediction(1.0, companies=companies) for _, companies in texts]
    found = evaluate_company([pairs for pairs, _ in texts], predictions)
    assert found == evaluate_sentiment(truth, each)


def test_a_company_that_the_model_says_nothing_of_is_measured_by_the_text() -> None:
    assert evaluate_company([[("acme", "negative")]], [make_prediction(1.0)])["accuracy"] == 1.0
    assert evaluate_company([[]], [make_prediction(1.0)]) == {"n": 0}
    with pytest.raises(ValueError, match="2 labels and 1 predictions"):
        evaluate_company([[], []], [make_prediction(1.0)])


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_topics_agree_with_scikit_learn(seed: int) -> None:
    truth, predictions = topic_case(seed)
    found = evaluate_topics(truth, predictions)
    names = sorted({name for topics in truth for name in topics})
    wanted = np.array([[name in topics for name in names] for topics in truth])
    scores = np.array([[one.topics[name] for name in names] for one in predictions])
    chosen = (scores >= 0.5) | (scores == scores.max(axis=1, keepdims=True))
    for average in ("macro", "weighted", "micro"):
        expected = f1_score(wanted, chosen, average=average, zero_division=0)
        assert found[f"{average}_f1"] == pytest.approx(expected)
    best = [names[i] for i in scores.argmax(axis=1)]
    right = [name in topics for name, topics in zip(best, truth, strict=True)]
    assert found["accuracy"] == pytest.approx(np.mean(right))
    assert found["ece"] == pytest.approx(calibration_error(scores.max(axis=1), np.array(right)))


def test_topics_absent_from_the_file_do_not_count() -> None:
    prediction = make_prediction(topics={"macro": 0.9, "legal": 0.3, "deal": 0.2})
    found = evaluate_topics([("legal",), ("deal",)], [prediction, prediction])
    assert found["accuracy"] == 0.5
    assert found["micro_f1"] == pytest.approx(0.5)
    assert set(found["per_class"]) == {"legal", "deal"}


def test_a_topic_the_model_does_not_know_scores_zero() -> None:
    found = evaluate_topics([("new",)], [make_prediction(topics={"legal": 0.9})])
    assert found["n"] == 1 and found["accuracy"] == 1.0  # the only topic present is its own
    two = evaluate_topics([("new",), ("legal",)], [make_prediction(topics={"legal": 0.9})] * 2)
    assert two["per_class"]["new"]["recall"] == 0.0


def test_one_class_in_the_truth_leaves_the_others_out_of_macro_f1() -> None:
    found = evaluate_sentiment(["negative"] * 3, [make_prediction(0.8, 0.1, 0.1)] * 3)
    assert found["macro_f1"] == found["weighted_f1"] == found["micro_f1"] == 1.0
    assert set(found["per_class"]) == {"negative"}


def test_nothing_to_judge_gives_no_metrics() -> None:
    assert evaluate_sentiment([], []) == {"n": 0}
    assert evaluate_topics([], []) == {"n": 0}


def test_labels_and_predictions_must_match() -> None:
    with pytest.raises(ValueError, match="2 labels and 1 predictions"):
        evaluate_sentiment(["negative", "neutral"], [make_prediction(1)])


# --- calibration --------------------------------------------------------------------------


def by_definition(confidence: list[float], right: list[bool], bins: int = 15) -> float:
    """Guo et al. (2017), equation 3, bin by bin."""
    total = 0.0
    for m in range(bins):
        low, high = m / bins, (m + 1) / bins
        inside = [i for i, c in enumerate(confidence) if low < c <= high or (m == 0 and c == 0)]
        if inside:
            accuracy = sum(right[i] for i in inside) / len(inside)
            mean = sum(confidence[i] for i in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(accuracy - mean)
    return total


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_is_its_definition(pairs: list[tuple[float, bool]]) -> None:
    confidence, right = [c for c, _ in pairs], [r for _, r in pairs]
    # A confidence within rounding of a bin's edge may fall to either side.
    if all(abs(c * 15 - round(c * 15)) > 1e-9 for c in confidence):
        found = calibration_error(np.array(confidence), np.array(right))
        assert found == pytest.approx(by_definition(confidence, right), abs=1e-12)


def test_calibration_error_of_known_cases() -> None:
    assert calibration_error(np.array([0.8] * 10), np.array([True] * 8 + [False] * 2)) == pytest.approx(0)
    assert calibration_error(np.array([1.0] * 4), np.array([False] * 4)) == pytest.approx(1)
    assert calibration_error(np.array([]), np.array([], dtype=bool)) == 0.0


# --- intervals ----------------------------------------------------------------------------


def test_an_interval_is_repeatable_and_covers_a_mean_as_the_normal_one_does() -> None:
    right = np.random.default_rng(3).random(400) < 0.7

    def mean(rows: np.ndarray) -> float:
        return float(right[rows].mean())

    low, high = bootstrap(mean, len(right), seed=1)
    assert (low, high) == bootstrap(mean, len(right), seed=1)
    half = 1.96 * math.sqrt(right.mean() * (1 - right.mean()) / len(right))
    assert low == pytest.approx(right.mean() - half, abs=0.01)
    assert high == pytest.approx(right.mean() + half, abs=0.01)


def test_an_interval_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no texts"):
        bootstrap(lambda rows: 0.0, 0)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
@settings(deadline=None)
def test_the_fast_macro_f1_is_the_same(pairs: list[tuple[int, int]]) -> None:
    truth, guesses = np.array(pairs).T
    expected = f1_score(truth, guesses, labels=np.unique(truth), average="macro", zero_division=0)
    assert macro_f1(truth, guesses) == pytest.approx(expected)
