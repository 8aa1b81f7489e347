"""Simpler methods, fitted on the training texts of one set, to measure the model beside.

tfidf       TF-IDF with logistic regression: words and pairs of words in English, 1 to 3 characters in
            Chinese (for a company: of the text with the company's name replaced by a mark, and of the
            name); strength and class weighting chosen by macro-F1 (topics: accuracy) on a quarter of
            the training texts set apart
embeddings  logistic regression on the sentence vectors of an encoder that is not fine-tuned
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from benchmarks.questions import Question, measure
from monitor_plugins.transformer.names import find
from monitor_plugins.transformer.serving.engine import Engine

STRENGTHS = (1.0, 4.0, 16.0, 64.0)


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
    known, asked = _vectors(vectors, train.texts), _vectors(vectors, held.texts)
    return measure(held, _chances(model, known, train.truth, asked, train.several))


def _vectors(engine: Engine, texts: Sequence[str]) -> np.ndarray:
    """Of length 1; a blank text's is all zero."""
    blank = bytes(2 * engine.model.body.config.hidden_size)
    found = np.stack([np.frombuffer(one or blank, "<f2") for one in engine.judge(texts).vectors])
    lengths: np.ndarray = np.linalg.norm(found.astype(np.float32), axis=1, keepdims=True)
    return np.asarray(found / lengths.clip(1e-9))


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
