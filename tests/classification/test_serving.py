"""What the served classifier hands on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import pytest

from monitor.classification import champion, manifest
from monitor.classification.serving import ServedClassifier
from monitor.errors import UserError
from monitor.hookspecs import Classifier
from monitor.records import Article, Explanation, ModelState, ModelVersion, Prediction
from monitor.store import Store, models
from monitor.testing import FakeClassifier, make_article, make_snapshot


class Silent:
    """A classifier that can judge and nothing else."""

    kind: ClassVar[str] = "silent"

    def load(self, model: Path, version: str) -> None:
        self.inner = FakeClassifier()
        self.inner.load(model, version)

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        return self.inner.classify(articles)


def served(
    store: Store, factory: Callable[[], Classifier], folder: Path, now: datetime, *, beside: bool = False
) -> ServedClassifier:
    FakeClassifier().fit(make_snapshot(), None, folder / "first", lambda what, done, total: None)
    manifest.seal(folder / "first")
    return ServedClassifier(
        store,
        factory,
        kind=factory().kind,
        shipped=folder / "first",
        directory=folder,
        now=lambda: now,
        beside=beside,
    )


def register(store: Store, folder: Path, now: datetime) -> str:
    """Another version, whole and a challenger; its id."""
    FakeClassifier().fit(make_snapshot(), None, folder / "second", lambda what, done, total: None)
    version = ModelVersion(
        id="second",
        kind="fake",
        path="second",
        digest=manifest.seal(folder / "second"),
        state=ModelState.CHALLENGER,
        created_at=now,
    )
    with store.begin() as tx:
        models.put(tx, version)
    return version.id


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


class Slow(FakeClassifier):
    """Explains, and loads a second version, only when it is let."""

    loads: ClassVar[threading.Event]
    explains: ClassVar[threading.Event]

    def load(self, model: Path, version: str) -> None:
        super().load(model, version)
        if version == "second":
            assert self.loads.wait(30)

    def explain(self, article: Article, target: str) -> Explanation:
        assert self.explains.wait(30)
        return super().explain(article, target)


@pytest.fixture
def slow() -> type[Slow]:
    Slow.loads, Slow.explains = threading.Event(), threading.Event()
    return Slow


def test_what_follows_a_promotion_is_judged_by_the_promoted(
    sqlite_store: Store, tmp_path: Path, now: datetime, slow: type[Slow]
) -> None:
    serving = served(sqlite_store, slow, tmp_path, now)
    assert serving.classify([make_article("a")])[0].model.startswith("shipped-")
    champion.promote(sqlite_store, register(sqlite_store, tmp_path, now), tmp_path, now, user="desk")
    slow.loads.set()
    assert serving.classify([make_article("a")])[0].model == "second"


def test_a_host_serves_on_while_a_new_champion_loads(
    sqlite_store: Store, tmp_path: Path, now: datetime, slow: type[Slow]
) -> None:
    serving = served(sqlite_store, slow, tmp_path, now, beside=True)
    first = serving.classify([make_article("a")])[0].model
    champion.promote(sqlite_store, register(sqlite_store, tmp_path, now), tmp_path, now, user="desk")
    for _ in range(3):  # none of these waits
        assert serving.classify([make_article("a")])[0].model == first
    slow.loads.set()
    deadline = time.monotonic() + 30
    while serving.classify([make_article("a")])[0].model != "second":
        assert time.monotonic() < deadline
    assert serving.load().version.id == "second"


def test_an_explanation_holds_nobody_up(
    sqlite_store: Store, tmp_path: Path, now: datetime, slow: type[Slow]
) -> None:
    serving = served(sqlite_store, slow, tmp_path, now)
    serving.load()
    with ThreadPoolExecutor(1) as pool:
        explanation = pool.submit(serving.explain, make_article("Record profit"), "sentiment")
        assert serving.classify([make_article("a")])
        assert not explanation.done()
        slow.explains.set()
        assert explanation.result(30).label == "positive"
