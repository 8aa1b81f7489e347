"""How good predictions are, measured against known labels.

Precision, recall and the F1 averages are scikit-learn's (`precision_recall_fscore_support`
with `zero_division=0`); a test compares every number. The expected calibration error is
Guo et al., On Calibration of Modern Neural Networks (ICML 2017), with 15 equal-width bins
over the probability of the top class. Intervals are percentile bootstraps (Efron and
Tibshirani, An Introduction to the Bootstrap, 1993, 13.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.records import SENTIMENTS, Prediction, likeliest

BINS = 15
TOPIC_THRESHOLD = 0.5

Indicator = NDArray[np.bool_]
"""Texts by classes: True where the text has the class."""


def evaluate_sentiment(truth: Sequence[str], predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Metrics of the most probable sentiment.

    `n`, `accuracy`, `macro_f1` (mean over the classes present in `truth`), `weighted_f1`,
    `micro_f1`, `ece`, and `per_class` with precision, recall, f1 and support; these lie in [0, 1].
    `confusion` counts texts, a row for each true class and a column for each guess, in the order of
    SENTIMENTS; `reliability` has a row for each bin of confidence with a text in it (`reliability`). No
    texts give `{"n": 0}` alone.
    """
    _check_lengths(truth, predictions)
    return _of_sentiments(truth, [prediction.sentiment for prediction in predictions])


def evaluate_company(
    truth: Sequence[Sequence[tuple[str, str]]], predictions: Sequence[Prediction]
) -> dict[str, Any]:
    """Metrics of the most probable sentiment towards companies: `truth` holds, for each text,
    pairs of a company's id and the sentiment towards it. `n` counts the pairs; keys as in
    `evaluate_sentiment`."""
    _check_lengths(truth, predictions)
    pairs = [
        (label, prediction.towards(company))
        for companies, prediction in zip(truth, predictions, strict=True)
        for company, label in companies
    ]
    return _of_sentiments([label for label, _ in pairs], [towards for _, towards in pairs])


def evaluate_topics(truth: Sequence[Sequence[str]], predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Metrics of the topics, among those present in `truth` (each text has at least one).

    `accuracy` counts a text right when its best-scoring topic is one of its own. The F1
    averages are over the chosen topics: those at 0.5 or above, or the best one where none
    is. `ece` is of the best topic's probability. Keys as in `evaluate_sentiment`.
    """
    _check_lengths(truth, predictions)
    if not truth:
        return {"n": 0}
    names = sorted({name for topics in truth for name in topics})
    scores = np.array([[one.topics.get(name, 0.0) for name in names] for one in predictions], dtype=float)
    wanted = np.array([[name in topics for name in names] for topics in truth])
    rows = np.arange(len(truth))
    best = scores.argmax(axis=1)
    right = wanted[rows, best]
    chosen = scores >= TOPIC_THRESHOLD
    chosen[rows, best] = True
    return {
        "n": len(truth),
        "accuracy": float(right.mean()),
        **_averages(wanted, chosen, names),
        "ece": calibration_error(scores[rows, best], right),
    }


def calibration_error(confidence: NDArray[np.float64], right: Indicator, bins: int = BINS) -> float:
    """Mean distance between confidence and accuracy over equal-width bins (lower, upper],
    weighted by the texts in each. 0 for no texts."""
    if not len(confidence):
        return 0.0
    return float(np.abs(_gaps(confidence, right, bins)).sum() / len(confidence))


def reliability(confidence: NDArray[np.float64], right: Indicator, bins: int = BINS) -> list[dict[str, Any]]:
    """What `calibration_error` sums up, bin by bin, of those that have a text: `low` and `high` (the bin is
    what lies above the one and not above the other), `n` texts, their mean `confidence`, and how many are
    `right`."""
    each = place(confidence, bins)
    return [
        {
            "low": number / bins,
            "high": (number + 1) / bins,
            "n": int((each == number).sum()),
            "confidence": float(confidence[each == number].mean()),
            "right": int(right[each == number].sum()),
        }
        for number in np.unique(each).tolist()
    ]


def place(confidence: NDArray[np.float64], bins: int = BINS) -> NDArray[np.intp]:
    """The number of the bin, (lower, upper], that each confidence lies in."""
    return np.clip(np.ceil(confidence * bins).astype(np.intp) - 1, 0, bins - 1)


def overconfidence(confidence: NDArray[np.float64], right: Indicator, bins: int = BINS) -> float:
    """The part of the calibration error by which confidence is over accuracy: what lets wrong answers
    pass for sure ones. 0 for no texts."""
    if not len(confidence):
        return 0.0
    return float(np.maximum(_gaps(confidence, right, bins), 0).sum() / len(confidence))


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float],
    n: int,
    *,
    seed: int = 0,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of a statistic of `n` texts: called with the row numbers of each
    of `draws` resamples. To compare two models, subtract within `statistic` (paired)."""
    if n == 0:
        raise ValueError("no texts to resample")
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, n, n)) for _ in range(draws)]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def macro_f1(truth: NDArray[np.intp], guesses: NDArray[np.intp]) -> float:
    """Mean F1 over the classes present in `truth`, both given as class numbers: what a
    bootstrap calls a thousand times."""
    size = int(max(truth.max(), guesses.max())) + 1
    support = np.bincount(truth, minlength=size)
    hits = np.bincount(truth[truth == guesses], minlength=size)
    f1 = 2 * hits / np.maximum(support + np.bincount(guesses, minlength=size), 1)
    return float(f1[support > 0].mean())


def _gaps(confidence: NDArray[np.float64], right: Indicator, bins: int) -> NDArray[np.float64]:
    """Confidence minus accuracy in each bin, times the texts in it."""
    weights = confidence - right
    return np.bincount(place(confidence, bins), weights=weights, minlength=bins).astype(float)


def _of_sentiments(truth: Sequence[str], likely: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    if not truth:
        return {"n": 0}
    guesses = [likeliest(each) for each in likely]
    right = np.array([one == other for one, other in zip(truth, guesses, strict=True)])
    confidence = np.array([max(each.values()) for each in likely])
    wanted, chosen = _one_hot(truth, SENTIMENTS), _one_hot(guesses, SENTIMENTS)
    return {
        "n": len(truth),
        "accuracy": float(right.mean()),
        **_averages(wanted, chosen, SENTIMENTS),
        "ece": calibration_error(confidence, right),
        "confusion": (wanted.T.astype(int) @ chosen.astype(int)).tolist(),
        "reliability": reliability(confidence, right),
    }


def _one_hot(labels: Sequence[str], classes: Sequence[str]) -> Indicator:
    return np.array([[label == name for name in classes] for label in labels])


def _averages(wanted: Indicator, chosen: Indicator, names: Sequence[str]) -> dict[str, Any]:
    hits = (wanted & chosen).sum(axis=0)
    support, guessed = wanted.sum(axis=0), chosen.sum(axis=0)
    precision = hits / np.maximum(guessed, 1)
    recall = hits / np.maximum(support, 1)
    f1 = 2 * hits / np.maximum(support + guessed, 1)
    present = support > 0
    return {
        "macro_f1": float(f1[present].mean()),
        "weighted_f1": float((f1 * support).sum() / support.sum()),
        "micro_f1": float(2 * hits.sum() / (support.sum() + guessed.sum())),
        "per_class": {
            name: {
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
            }
            for i, name in enumerate(names)
            if present[i]
        },
    }


def _check_lengths(truth: Sequence[object], predictions: Sequence[Prediction]) -> None:
    if len(truth) != len(predictions):
        raise ValueError(f"{len(truth)} labels and {len(predictions)} predictions: one of each per text")
