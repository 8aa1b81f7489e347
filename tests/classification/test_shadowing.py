"""A shadow's work, end to end: it judges beside the champion, and serves when its time has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from monitor.classification import manifest
from monitor.classification.shadowing import Shadowing
from monitor.errors import ModelError
from monitor.records import Article, Decision, ModelState, ModelVersion, Prediction, Route
from monitor.settings import RoutingSettings
from monitor.store import Store, articles, models, predictions, shadows, stories
from monitor.testing import EXAMPLES, FakeClassifier, make_prediction, make_snapshot
from tests.store.test_shadows import pass_hours

Make = Callable[..., Article]
TEXTS = 70


class Fussy(FakeClassifier):
    """Raises for what it calls a riddle."""

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        if any("riddle" in one.content for one in articles):
            raise ValueError("a riddle")
        return super().classify(articles)


@pytest.fixture
def begun(sqlite_store: Store, article: Make, now: datetime, tmp_path: Path) -> Store:
    """`new`, a folder in `tmp_path`, is the shadow of `old`, which has judged TEXTS articles since."""
    FakeClassifier().fit(make_snapshot(EXAMPLES), None, tmp_path / "new", lambda what, done, total: None)
    digest = manifest.seal(tmp_path / "new")
    with sqlite_store.begin() as tx:
        models.put(tx, ModelVersion("old", "fake", "old", "0" * 64, ModelState.CHAMPION, now))
        new = ModelVersion("new", "fake", "new", digest, ModelState.CHALLENGER, now, shadow_hours=2)
        models.put(tx, new)
        shadows.admit(tx, "new", "good", now)
        for number in range(TEXTS):
            text = "what a riddle" if number == 3 else ""
            made = articles.insert(tx, article(text, story_id=stories.create(tx, now)))
            sure = Decision(Route.ACCEPT, "sure")
            predictions.put(tx, made.id, make_prediction(model="old", neutral=0.9), sure, [], now)
    return sqlite_store


def working(store: Store, directory: Path, now: datetime, factory: type = FakeClassifier) -> Shadowing:
    return Shadowing(store, factory, directory, RoutingSettings(), lambda: now)


def test_it_judges_everything_and_then_serves(begun: Store, tmp_path: Path, now: datetime) -> None:
    shadowing = working(begun, tmp_path, now)
    found = shadowing.work(0.05)
    assert found is not None and found.verdict == ""
    assert (found.seen["articles"], found.seen["failed"]) == (TEXTS, 0)
    with begun.begin() as tx:
        assert all(current[0].model == "old" for current in predictions.of(tx, range(1, TEXTS + 1)).values())
        pass_hours(tx, 2.5)
    ended = shadowing.work(0.05)
    assert ended is not None and ended.verdict == "promoted"
    assert shadowing.work(0.05) is None
    with begun.read() as tx:
        assert models.get(tx, "new").state is ModelState.CHAMPION


def test_what_it_fails_on_is_counted_and_stops_nothing_else(
    begun: Store, tmp_path: Path, now: datetime
) -> None:
    found = working(begun, tmp_path, now, Fussy).work(0.05)
    assert found is not None and (found.seen["articles"], found.seen["failed"]) == (TEXTS - 1, 1)
    again = working(begun, tmp_path, now, Fussy).work(0.05)
    assert again == found, "it is not asked again of what it failed on"


def test_a_damaged_folder_is_refused(begun: Store, tmp_path: Path, now: datetime) -> None:
    next(one for one in (tmp_path / "new").iterdir() if one.name != manifest.NAME).write_text("other")
    found = working(begun, tmp_path, now).work(0.05)
    assert found is not None and found.verdict == "refused"
    assert found.outcome.startswith("the model could not be loaded: ")
    with begun.read() as tx:
        assert models.get(tx, "new").state is ModelState.REFUSED


def test_a_classifier_that_is_down_is_no_verdict(begun: Store, tmp_path: Path, now: datetime) -> None:
    class Down(FakeClassifier):
        def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
            raise ValueError("no memory")

    with pytest.raises(ModelError):
        working(begun, tmp_path, now, Down).work(0.05)
    with begun.read() as tx:
        assert shadows.running(tx) is not None
