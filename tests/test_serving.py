"""What the served classifier hands on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import pytest

from monitor import manifest
from monitor.errors import UserError
from monitor.hookspecs import Classifier
from monitor.records import Article, Prediction
from monitor.serving import ServedClassifier
from monitor.store import Store
from monitor.testing import FakeClassifier, make_article, make_snapshot


class Silent:
    """A classifier that can judge and nothing else."""

    kind: ClassVar[str] = "silent"

    def load(self, model: Path, version: str) -> None:
        self.inner = FakeClassifier()
        self.inner.load(model, version)

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        return self.inner.classify(articles)


def served(store: Store, factory: type[Classifier], folder: Path, now: datetime) -> ServedClassifier:
    FakeClassifier().fit(make_snapshot(), None, folder / "first", lambda what, done, total: None)
    manifest.seal(folder / "first")
    return ServedClassifier(
        store, factory, kind=factory.kind, shipped=folder / "first", directory=folder, now=lambda: now
    )


def test_an_explanation_is_the_champions(sqlite_store: Store, tmp_path: Path, now: datetime) -> None:
    serving = served(sqlite_store, FakeClassifier, tmp_path, now)
    article = make_article("Record profit lifts shares")
    told = serving.explain(article, "sentiment")
    [prediction] = serving.classify([article])
    assert (told.label, told.model) == (prediction.label, prediction.model)
    assert told.probability == prediction.confidence
    with pytest.raises(UserError, match="'x' is unknown"):
        serving.explain(article, "x")


def test_a_classifier_that_cannot_explain_says_so(sqlite_store: Store, tmp_path: Path, now: datetime) -> None:
    serving = served(sqlite_store, Silent, tmp_path, now)
    with pytest.raises(UserError, match="the classifier 'silent' cannot explain what it says"):
        serving.explain(make_article("Record profit"), "sentiment")
