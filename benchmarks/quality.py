"""How well the model judges, set by set, beside TF-IDF with logistic regression.

    python benchmarks/quality.py --data DIR [--model models/default] [--json] [--out FILE]

Both are measured on the development split of `models/train.py`; the baseline is fitted on the
same training texts of the one set it is measured on, the model on all of them at once. The
baseline reads words and pairs of words in English, 1 to 3 characters in Chinese; its strength
of regularisation and class weighting are chosen by macro-F1 (sentiment) or accuracy (topics)
on a quarter of the training texts set apart, and it is then fitted on all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from monitor import SENTIMENTS, Example
from monitor_plugins.transformer.calibration import expected_calibration_error
from monitor_plugins.transformer.datasets import DATA_SETS, DataSet, read_examples, read_topics, split

STRENGTHS = (1.0, 4.0, 16.0, 64.0)
THRESHOLD = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the model beside a baseline.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/quality.json"))
    parser.add_argument("--baseline", type=Path, help="take the baseline's figures from this earlier result")
    parser.add_argument("--skip-model", action="store_true", help="measure the baseline only")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    topics, judged = read_topics(arguments.data)
    snapshot = split(read_examples(arguments.data))
    earlier = _earlier(arguments.baseline, snapshot.id)
    engine = None
    if not arguments.skip_model:
        from monitor_plugins.transformer.engine import Engine

        engine = Engine.load(arguments.model)
    sets: dict[str, Any] = {}
    for one in DATA_SETS:
        train = [example for example in snapshot.train if example.origin == one.name]
        held = [example for example in snapshot.development if example.origin == one.name]
        names = [name for name in topics if name in judged.get(one.name, ())]
        figures: dict[str, Any] = {"train": len(train), "development": len(held)}
        if one.name in earlier:
            figures["baseline"] = earlier[one.name]["baseline"]
        else:
            figures["baseline"] = baseline(one, train, held, names)
        if engine is not None:
            started = time.perf_counter()
            outcome = engine.judge([example.text for example in held])
            seconds = time.perf_counter() - started
            if names:
                columns = [engine.config.topics.index(name) for name in names]
                figures["model"] = topic_figures(held, outcome.topics[:, columns], names)
            else:
                figures["model"] = sentiment_figures(held, outcome.sentiment)
            figures["model"]["texts_per_second"] = round(len(held) / seconds, 1)
        sets[one.name] = figures
        print(f"{one.name}: {json.dumps(figures)}", file=sys.stderr, flush=True)
    result = {
        "command": "python benchmarks/quality.py --data DIR --model " + arguments.model.as_posix(),
        "model": engine.config.id if engine else "",
        "data": snapshot.id,
        "sets": sets,
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("torch", "transformers", "scikit-learn", "numpy")},
        },
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


# --- figures ----------------------------------------------------------------------------


def sentiment_figures(held: Sequence[Example], chances: np.ndarray) -> dict[str, float]:
    """Of three-class probabilities; for the set that knows negative or not, of those two."""
    labels = [example.sentiment or "" for example in held]
    if any(label.startswith("!") for label in labels):
        truth = np.array([label.startswith("!") for label in labels], dtype=int)
        if chances.shape[1] == len(SENTIMENTS):
            chances = np.stack([chances[:, 0], chances[:, 1:].sum(1)], axis=1)
        guesses = chances.argmax(1)
    else:
        truth = np.array([SENTIMENTS.index(label) for label in labels])
        guesses = chances.argmax(1)
    present = np.unique(truth)
    return {
        "macro_f1": _round(f1_score(truth, guesses, average="macro", labels=present)),
        "accuracy": _round(accuracy_score(truth, guesses)),
        "weighted_f1": _round(f1_score(truth, guesses, average="weighted", labels=present)),
        "calibration_error": _round(expected_calibration_error(chances.max(1), guesses == truth)),
    }


def topic_figures(held: Sequence[Example], chances: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """`accuracy`: the best-scoring topic is (one of) the right one(s). The F1 figures are of
    the best topic where every text has one, and of those over one half elsewhere."""
    truth = np.array([[name in (example.topics or ()) for name in names] for example in held])
    best = chances.argmax(1)
    right = truth[np.arange(len(held)), best]
    guesses = np.eye(len(names), dtype=bool)[best] if (truth.sum(1) == 1).all() else chances >= THRESHOLD
    present = np.flatnonzero(truth.any(0))
    sure = np.maximum(chances, 1 - chances)
    agree = (chances >= THRESHOLD) == truth
    return {
        "accuracy": _round(right.mean()),
        "macro_f1": _round(
            f1_score(truth[:, present], guesses[:, present], average="macro", zero_division=0)
        ),
        "weighted_f1": _round(
            f1_score(truth[:, present], guesses[:, present], average="weighted", zero_division=0)
        ),
        "calibration_error": _round(expected_calibration_error(sure.ravel(), agree.ravel())),
    }


# --- the baseline -----------------------------------------------------------------------


def baseline(
    one: DataSet, train: Sequence[Example], held: Sequence[Example], names: Sequence[str]
) -> dict[str, Any]:
    """Figures of TF-IDF with logistic regression; `names` are the set's topics, none for sentiment."""
    several = any(len(example.topics or ()) > 1 for example in train)
    texts = np.array([example.text for example in train], dtype=object)
    truth = _truth(train, names)
    order = np.random.default_rng(0).permutation(len(train))
    checked, fitted = order[: len(order) // 4], order[len(order) // 4 :]
    tried = []
    for weighting in (None, "balanced"):
        for strength in STRENGTHS:
            pipeline = _pipeline(one, strength, weighting, several)
            chances = _chances(pipeline, texts[fitted], truth[fitted], texts[checked], several)
            if names:
                measure = truth[checked, chances.argmax(1)].mean()
            else:
                measure = f1_score(truth[checked].argmax(1), chances.argmax(1), average="macro")
            tried.append((measure, strength, weighting))
    _, strength, weighting = max(tried, key=lambda row: row[0])
    pipeline = _pipeline(one, strength, weighting, several)
    chances = _chances(pipeline, texts, truth, [example.text for example in held], several)
    found = topic_figures(held, chances, names) if names else sentiment_figures(held, chances)
    return {**found, "C": strength, "class_weight": weighting or "none"}


def _truth(examples: Sequence[Example], names: Sequence[str]) -> np.ndarray:
    """A 0/1 matrix: of topics, of sentiments, or of negative and not negative."""
    if names:
        return np.array([[name in (e.topics or ()) for name in names] for e in examples], dtype=int)
    labels = [example.sentiment or "" for example in examples]
    classes = ["negative", "!negative"] if "!negative" in labels else list(SENTIMENTS)
    return np.array([[label == one for one in classes] for label in labels], dtype=int)


def _chances(
    pipeline: Pipeline, texts: Sequence[str], truth: np.ndarray, others: Sequence[str], several: bool
) -> np.ndarray:
    """The others' probabilities by column of `truth`, fitted on the texts."""
    if several:
        return np.asarray(pipeline.fit(texts, truth).predict_proba(others))
    pipeline.fit(texts, truth.argmax(1))
    chances = np.zeros((len(others), truth.shape[1]))
    chances[:, pipeline.classes_] = pipeline.predict_proba(others)
    return chances


def _pipeline(one: DataSet, strength: float, weighting: str | None, several: bool) -> Pipeline:
    if one.language == "zh":
        vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    else:
        vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)[$#]?\w+")
    regression: Any = LogisticRegression(C=strength, class_weight=weighting, max_iter=300, tol=1e-3)
    return make_pipeline(vectors, OneVsRestClassifier(regression) if several else regression)


# --- the result -------------------------------------------------------------------------


def table(result: dict[str, Any]) -> str:
    lines = [f"{'set':<16} {'measure':<12} {'baseline':>9} {'model':>9}"]
    for name, figures in result["sets"].items():
        for measure in ("macro_f1", "accuracy", "weighted_f1", "calibration_error"):
            model = figures.get("model", {}).get(measure, float("nan"))
            lines.append(f"{name:<16} {measure:<12.12} {figures['baseline'][measure]:>9.4f} {model:>9.4f}")
    return "\n".join(lines)


def _earlier(file: Path | None, data: str) -> dict[str, Any]:
    if file is None:
        return {}
    result = json.loads(file.read_text(encoding="utf-8"))
    if result["data"] != data:
        sys.exit(
            f"{file}: measured on other data ({result['data'][:12]}, not {data[:12]}): leave out --baseline"
        )
    return dict(result["sets"])


def _round(value: float) -> float:
    return round(float(value), 4)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
