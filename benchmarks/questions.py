"""Questions that a labelled set asks, and figures of an answer: what `benchmarks.quality` measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from benchmarks.machine import rounded
from monitor import SENTIMENTS, Example
from monitor.evaluation.metrics import bootstrap
from monitor_plugins.transformer.fitting.calibration import expected_calibration_error

THRESHOLD = 0.5
DRAWS = 500
PARTIAL = ("negative", "not negative")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask of one set: texts (with the company asked about), and what is right.

    `truth` is a 0/1 matrix, texts x `classes`.
    """

    task: str
    language: str
    classes: tuple[str, ...]
    texts: tuple[str, ...]
    companies: tuple[str, ...]
    truth: np.ndarray

    @property
    def several(self) -> bool:
        """Whether a text can be of several classes."""
        return bool((self.truth.sum(1) != 1).any())


def ask(examples: Sequence[Example], task: str, language: str, names: Sequence[str]) -> Question:
    """The examples' question for `task`; `names` are the topics the set's annotators chose from."""
    if task == "topics":
        known = [example for example in examples if example.topics is not None]
        truth = [[name in (example.topics or ()) for name in names] for example in known]
        texts, companies = tuple(example.text for example in known), ()
        return Question(task, language, tuple(names), texts, companies, np.array(truth, dtype=int))
    if task == "company":
        rows = [(e.text, name, label) for e in examples for name, label in e.companies]
    else:
        rows = [(e.text, "", e.sentiment) for e in examples if e.sentiment is not None]
    labels = [label for _, _, label in rows]
    classes = PARTIAL if any(label.startswith("!") for label in labels) else SENTIMENTS
    named = [PARTIAL[label.startswith("!")] if classes is PARTIAL else label for label in labels]
    return Question(
        task,
        language,
        classes,
        tuple(text for text, _, _ in rows),
        tuple(name for _, name, _ in rows) if task == "company" else (),
        np.array([[label == one for one in classes] for label in named], dtype=int),
    )


def measure(held: Question, chances: np.ndarray) -> dict[str, Any]:
    """Accuracy (topics: of the best-scoring one), F1 averages over the classes that occur, calibration
    error, intervals, and per class how many there are and their F1.

    F1 is of the best class where every text has one, and elsewhere, as in `monitor evaluate`, of those
    at one half or above and the best.
    """
    best = np.eye(len(held.classes), dtype=int)[chances.argmax(1)]
    guesses = ((chances >= THRESHOLD) | (best > 0)).astype(int) if held.several else best
    right = (held.truth * best).sum(1)
    present = np.flatnonzero(held.truth.any(0))

    def f1(rows: np.ndarray, average: str) -> float:
        truth, guessed = held.truth[rows][:, present], guesses[rows][:, present]
        return float(f1_score(truth, guessed, average=average, zero_division=0))

    every = np.arange(len(held.texts))
    statistics: dict[str, Callable[[np.ndarray], float]] = {
        "accuracy": lambda rows: float(right[rows].mean()),
        "macro_f1": lambda rows: f1(rows, "macro"),
        "weighted_f1": lambda rows: f1(rows, "weighted"),
        "micro_f1": lambda rows: f1(rows, "micro"),
    }
    if held.several:
        sure, agree = np.maximum(chances, 1 - chances).ravel(), (guesses == held.truth).ravel()
    else:
        sure, agree = chances.max(1), right > 0
    each = f1_score(held.truth[:, present], guesses[:, present], average=None, zero_division=0)
    return {
        **{name: rounded(statistic(every)) for name, statistic in statistics.items()},
        "calibration_error": rounded(expected_calibration_error(sure, agree)),
        "intervals": {
            name: [rounded(end) for end in bootstrap(statistics[name], len(every), draws=DRAWS)]
            for name in ("accuracy", "macro_f1", "weighted_f1", "micro_f1")
        },
        "classes": {
            held.classes[i]: {"texts": int(held.truth[:, i].sum()), "f1": rounded(score)}
            for i, score in zip(present, each, strict=True)
        },
    }
