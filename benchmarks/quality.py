"""How well the model judges, set by set, beside simpler methods fitted on the same texts.

    python -m benchmarks.quality --data DIR [--model models/default] [--base DIR] [--fine-tune] [--json]

Everything is measured on the development split of `models/train.py`, whose near-duplicates all
stand on one side; the sets' published test parts are not read. Baselines are fitted on the training texts of
the one set they are measured on, the model on all of them at once:

tfidf       TF-IDF with logistic regression: words and pairs of words in English, 1 to 3 characters in
            Chinese (for a company: of the text with the company's name replaced by a mark, and of the
            name); strength and class weighting chosen by macro-F1 (topics: accuracy) on a quarter of
            the training texts set apart
embeddings  logistic regression on the sentence vectors of the encoder in `--base`, not fine-tuned

With `--fine-tune`, sets that must not be in a shipped model (Financial PhraseBank, FiQA) are split the same
way, the model is fitted further on the training part of each in a temporary folder, and measured.
Intervals are 95% percentile bootstraps over texts.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from benchmarks.machine import command, describe
from monitor import SENTIMENTS, Example, Snapshot
from monitor.evaluation import bootstrap
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.calibration import expected_calibration_error
from monitor_plugins.transformer.datasets import DATA_SETS, group, read_examples, read_topics, split
from monitor_plugins.transformer.engine import Engine
from monitor_plugins.transformer.names import find

STRENGTHS = (1.0, 4.0, 16.0, 64.0)
THRESHOLD = 0.5
DRAWS = 500
PARTIAL = ("negative", "not negative")
HELD_OUT = {"fpb": "sentiment/fpb_train.csv", "fiqa": "sentiment/fiqa_train.csv"}
"""Sets that no shipped model may be fitted on."""

PUBLISHED = {
    "tfns.sentiment": {
        "measure": "weighted_f1",
        "FinGPT v3.3 (13B)": 0.903,
        "DistilBERT": 0.902,
        "FinBERT-tone": 0.884,
        "TF-IDF": 0.843,
    },
    "fpb.sentiment": {
        "measure": "weighted_f1",
        "FinGPT v3.3 (13B)": 0.882,
        "FinBERT": 0.880,
        "GPT-4": 0.833,
        "TF-IDF": 0.786,
    },
    "fiqa.sentiment": {"measure": "weighted_f1", "FinGPT v3.3 (13B)": 0.874, "GPT-4": 0.630, "TF-IDF": 0.682},
    "sentfin.company": {"measure": "accuracy", "RoBERTa, FinBERT": 0.943, "TF-IDF": 0.766},
    "tfn_topic.topics": {"measure": "accuracy", "FinBERT-tone": 0.911, "TF-IDF": 0.853},
    "finfe.sentiment": {"measure": "macro_f1", "TF-IDF": 0.696},
    "finnl.topics": {"measure": "micro_f1", "TF-IDF": 0.813},
    "cfsc.company": {"measure": "accuracy", "TF-IDF": 0.807},
    "negative_entity.sentiment": {"measure": "macro_f1", "TF-IDF": 0.947},
}
"""On the sets' published test parts, which are easier: near-duplicates stand on both sides of them."""

AIMS = {
    "tfns.sentiment": 0.90,
    "fpb.sentiment": 0.88,
    "fiqa.sentiment": 0.86,
    "sentfin.company": 0.92,
    "tfn_topic.topics": 0.89,
    "finnl.topics": 0.86,
    "cfsc.company": 0.86,
}
"""What the project wants to reach of each one's published measure, on its published test part."""
AHEAD = {"finfe.sentiment": 0.05, "negative_entity.sentiment": 0.0}
"""How far to be ahead of the simpler methods, where nothing comparable is published."""


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


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the model beside simpler methods.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--base", help="measure logistic regression on this encoder's sentence vectors too")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/quality.json"))
    parser.add_argument("--baselines", type=Path, help="take the baselines' figures from this earlier result")
    parser.add_argument("--fine-tune", action="store_true", help="measure on the sets kept out of the model")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    topics, judged = read_topics(arguments.data)
    snapshot = split(read_examples(arguments.data))
    earlier = _earlier(arguments.baselines, snapshot.id)
    engine = Engine.load(arguments.model)
    vectors = _encoder(arguments.base, topics) if arguments.base else None
    sets: dict[str, Any] = {}
    for one in DATA_SETS:
        sides = [
            [example for example in side if example.origin == one.name]
            for side in (snapshot.train, snapshot.development)
        ]
        names = [name for name in topics if name in judged.get(one.name, ())]
        for task in ("sentiment", "topics", "company"):
            train, held = (ask(side, task, one.language, names) for side in sides)
            if not held.texts:
                continue
            key = f"{one.name}.{task}"
            if key in earlier:
                figures = {
                    name: earlier[key][name] for name in ("tfidf", "embeddings") if name in earlier[key]
                }
            else:
                figures = {"tfidf": tfidf(train, held)}
            if vectors is not None and task != "company" and "embeddings" not in figures:
                figures["embeddings"] = embedded(train, held, vectors)
            figures["model"] = judge(engine, held)
            sets[key] = {"train": len(train.texts), "development": len(held.texts), **figures}
            _report(key, sets[key])
    if arguments.fine_tune:
        for name, file in HELD_OUT.items():
            key = f"{name}.sentiment"
            sets[key] = fine_tuned(arguments.data / file, arguments.model)
            _report(key, sets[key])
    for key, figures in sets.items():
        figures["published"] = PUBLISHED.get(key, {})
        figures["aim"] = aim(key, figures)
    result = {
        "command": command(parser, arguments),
        "model": engine.config.id,
        "data": snapshot.id,
        "sets": sets,
        **describe("torch", "transformers", "scikit-learn", "numpy"),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


# --- questions --------------------------------------------------------------------------


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


def judge(engine: Engine, held: Question) -> dict[str, Any]:
    """The model's figures."""
    started = time.perf_counter()
    outcome = engine.judge(held.texts, [[name] for name in held.companies])
    seconds = time.perf_counter() - started
    if held.task == "topics":
        chances = outcome.topics[:, [engine.config.topics.index(name) for name in held.classes]]
    elif held.task == "company":
        chances = np.concatenate(list(outcome.company))
    else:
        chances = outcome.sentiment
    if held.classes is PARTIAL:
        chances = np.stack([chances[:, 0], chances[:, 1:].sum(1)], axis=1)
    return {**measure(held, chances), "texts_per_second": _round(len(held.texts) / seconds)}


# --- figures ----------------------------------------------------------------------------


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
    statistics = {
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
        **{name: _round(statistic(every)) for name, statistic in statistics.items()},
        "calibration_error": _round(expected_calibration_error(sure, agree)),
        "intervals": {
            name: [_round(end) for end in bootstrap(statistics[name], len(every), draws=DRAWS)]
            for name in ("accuracy", "macro_f1", "weighted_f1", "micro_f1")
        },
        "classes": {
            held.classes[i]: {"texts": int(held.truth[:, i].sum()), "f1": _round(score)}
            for i, score in zip(present, each, strict=True)
        },
    }


# --- the baselines ----------------------------------------------------------------------


def tfidf(train: Question, held: Question) -> dict[str, Any]:
    """Figures of TF-IDF with logistic regression."""
    texts = np.array(_marked(train), dtype=object)
    order = np.random.default_rng(0).permutation(len(texts))
    checked, fitted = order[: len(order) // 4], order[len(order) // 4 :]
    choices = [(strength, weighting) for weighting in (None, "balanced") for strength in STRENGTHS]

    def worth(strength: float, weighting: str | None) -> float:
        pipeline = _pipeline(train, strength, weighting)
        chances = _chances(pipeline, texts[fitted], train.truth[fitted], texts[checked], train.several)
        truth = train.truth[checked]
        if train.task == "topics":
            return float(truth[np.arange(len(truth)), chances.argmax(1)].mean())
        return float(f1_score(truth.argmax(1), chances.argmax(1), average="macro"))

    tried = Parallel(n_jobs=os.cpu_count())(delayed(worth)(*choice) for choice in choices)
    strength, weighting = choices[int(np.argmax(tried))]
    pipeline = _pipeline(train, strength, weighting)
    chances = _chances(pipeline, texts, train.truth, _marked(held), train.several)
    return {**measure(held, chances), "C": strength, "class_weight": weighting or "none"}


def embedded(train: Question, held: Question, vectors: Engine) -> dict[str, Any]:
    """Figures of logistic regression on sentence vectors."""
    regression: Any = LogisticRegression(C=16.0, class_weight="balanced", max_iter=1000)
    model = OneVsRestClassifier(regression) if train.several else regression
    known, asked = vectors.embed(train.texts), vectors.embed(held.texts)
    return measure(held, _chances(model, known, train.truth, asked, train.several))


def _marked(question: Question) -> list[str]:
    """The texts, with the company asked about replaced by a mark and named at the end."""
    if not question.companies:
        return list(question.texts)
    marked = []
    for text, name in zip(question.texts, question.companies, strict=True):
        for start, end in reversed(find(text, name)):
            text = f"{text[:start]} TARGET {text[end:]}"
        marked.append(f"{text} {name}")
    return marked


def _chances(model: Any, texts: Any, truth: np.ndarray, others: Any, several: bool) -> np.ndarray:
    """The others' probabilities by column of `truth`, fitted on the texts."""
    if several:
        return np.asarray(model.fit(texts, truth).predict_proba(others))
    model.fit(texts, truth.argmax(1))
    chances = np.zeros((len(others), truth.shape[1]))
    chances[:, model.classes_] = model.predict_proba(others)
    return chances


def _pipeline(question: Question, strength: float, weighting: str | None) -> Pipeline:
    if question.language == "zh":
        vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    else:
        vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)[$#]?\w+")
    regression: Any = LogisticRegression(C=strength, class_weight=weighting, max_iter=300, tol=1e-3)
    return make_pipeline(vectors, OneVsRestClassifier(regression) if question.several else regression)


def _encoder(base: str, topics: Sequence[str]) -> Engine:
    from monitor_plugins.transformer.start import from_base

    begun = from_base(base, topics, "base", max_tokens=128, ngrams=0)
    begun.model.eval().requires_grad_(False)
    return Engine(begun.config, begun.model, begun.tokenizer, begun.config.max_tokens, 2048)


# --- sets kept out of the shipped model -------------------------------------------------


def read_held_out(file: Path) -> list[Example]:
    """The texts of one of those sets, each once, grouped by near-duplicate."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = {row["text"]: row["label"] for row in csv.DictReader(lines)}
    return [
        Example(text, label, origin=file.stem, group=name)
        for (text, label), name in zip(rows.items(), group(list(rows)), strict=True)
    ]


def fine_tuned(file: Path, model: Path) -> dict[str, Any]:
    """Figures of the model after fitting it further on nine tenths of the file, on the rest."""
    both = split(read_held_out(file))
    train, held = (ask(side, "sentiment", "en", ()) for side in (both.train, both.development))
    # What is measured on must not choose the best epoch or the temperature.
    inner = split(both.train, share=0.1, salt="inner")
    plugin = Transformer(epochs=5)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "model")
        fitted = Snapshot(inner.id, inner.train, inner.development)
        trained = plugin.fit(fitted, model, out, lambda what, done, total: None)
        engine = Engine.load(out)
    return {
        "train": len(inner.train),
        "development": len(held.texts),
        "tfidf": tfidf(train, held),
        "model": judge(engine, held),
        "fit_seconds": trained["training"]["seconds"],
    }


def aim(key: str, figures: dict[str, Any]) -> float | None:
    """What the model should reach of the set's published measure; None where nothing was asked for."""
    if key not in AHEAD:
        return AIMS.get(key)
    name = PUBLISHED[key]["measure"]
    simpler = [figures[who][name] for who in ("tfidf", "embeddings") if who in figures]
    return round(max(simpler) + AHEAD[key], 4)


# --- the result -------------------------------------------------------------------------


def table(result: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{'set':<28} {'measure':<12} {'tfidf':>7} {'model':>7}   95% interval"]
    for name, figures in result["sets"].items():
        for key in ("accuracy", "macro_f1", "weighted_f1"):
            low, high = figures["model"]["intervals"][key]
            lines.append(
                f"{name:<28} {key:<12} {figures['tfidf'][key]:>7.4f} {figures['model'][key]:>7.4f}"
                f"   {low:.4f} to {high:.4f}"
            )
    return "\n".join(lines)


def _report(key: str, figures: dict[str, Any]) -> None:
    shown = {who: one["macro_f1"] for who, one in figures.items() if isinstance(one, dict)}
    print(f"{key}: macro-F1 {shown}", file=sys.stderr, flush=True)


def _earlier(file: Path | None, data: str) -> dict[str, Any]:
    if file is None:
        return {}
    result = json.loads(file.read_text(encoding="utf-8"))
    if result["data"] != data:
        sys.exit(
            f"{file}: measured on other data ({result['data'][:12]}, not {data[:12]}): leave out --baselines"
        )
    return dict(result["sets"])


def _round(value: float) -> float:
    return round(float(value), 4)


if __name__ == "__main__":
    sys.exit(main())
