"""After a promotion texts are judged by the new version too, once each, and nothing but the ratio moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import Monitor
from monitor.detection import cells
from monitor.errors import ModelError
from monitor.operation import rejudging
from monitor.records import Article, Decision, ModelState, ModelVersion, Prediction, Route
from monitor.schedule.scheduler import jobs_of
from monitor.store import Store, articles, models, past, predictions, stories, turns
from monitor.testing import make_prediction
from tests.monitors import monitor_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = Decision(Route.ACCEPT, "")


class Judge:
    """Calls every second text negative; `fails` on some, `model` says who judges."""

    def __init__(self) -> None:
        self.model, self.read = "b", list[str]()
        self.fails: BaseException | None = None
        self.never = ""

    def classify(self, articles: Sequence[Article]) -> list[Prediction]:
        if self.fails is not None:
            raise self.fails
        if any(one.title == self.never for one in articles):
            raise ValueError("not this one")
        found = [one for one in articles if one.title.startswith("Text")]
        self.read += [one.title for one in found]
        bad = [one.title.startswith("Text") and int(one.title.split()[1]) % 2 == 0 for one in articles]
        return [make_prediction(*((0.9, 0.1) if one else (0.1, 0.9)), model=self.model) for one in bad]


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def begun(
    sqlite_store: Store, tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Monitor]:
    """A process begins on the store."""
    monkeypatch.setattr(turns, "MOST", 30)
    monkeypatch.setattr(rejudging, "TEXTS", 8)

    def begin() -> Monitor:
        monitor = monitor_of("", sqlite_store, tmp_path, lambda: NOW + 5 * timedelta(minutes=1))
        monkeypatch.setitem(monitor.__dict__, "classifying", judge)
        return monitor

    return begin


def serves(store: Store, model: str, at: datetime) -> None:
    with store.begin() as tx:
        models.put(tx, ModelVersion(model, "fake", "p", "d", ModelState.CHALLENGER, at))
        models.promote(tx, model, "by hand", at)


@pytest.fixture
def published(sqlite_store: Store, article: Callable[..., Article]) -> list[int]:
    """Fifty articles of the last weeks that version a judged, a quarter of them negative; then b serves."""
    serves(sqlite_store, "a", NOW - 70 * DAY)
    ids = []
    with sqlite_store.begin() as tx:
        for n in range(50):
            at = NOW - 60 * DAY + n * DAY
            story = stories.create(tx, at)
            text = f"Text {n}"
            piece = articles.insert(tx, article(text, story_id=story, first_seen_at=at, published_at=at))
            stories.join(tx, story, piece.source, at)
            said = make_prediction(*((0.9, 0.1) if n % 4 == 0 else (0.1, 0.9)), model="a")
            predictions.put(tx, piece.id, said, KEPT, [], at)
            ids.append(piece.id)
    serves(sqlite_store, "b", NOW)
    return ids


def test_texts_are_judged_once_however_often_the_process_is_killed(
    begun: Callable[[], Monitor], judge: Judge, sqlite_store: Store, published: list[int]
) -> None:
    with sqlite_store.read() as tx:
        counted = list(past.changes(tx, NOW + DAY))
    for kill in range(6):
        with begun() as monitor:
            if kill == 2:  # in the middle of a batch
                judge.fails = KeyboardInterrupt()
                with pytest.raises(KeyboardInterrupt):
                    monitor.rejudge()
                judge.fails = None
                continue
            [job] = [job for job in jobs_of(monitor) if job.name == "rejudge"]
            assert job.run() == f"{(8, 8, 0, 8, 6, 0)[kill]} texts judged again"
    assert len(judge.read) == len(set(judge.read)) == 30
    days = sorted(int(title.split()[1]) for title in judge.read)
    assert days[0] >= 4, "of the last eight weeks"
    assert days[0] < 15 and days[-1] > 40, "of all of them"
    with sqlite_store.read() as tx:
        [turn], newest = turns.all(tx), turns.newest(tx)
        assert newest is not None and newest.compared
        assert list(past.changes(tx, NOW + DAY)) == counted, "it moves no count"
        assert {one.model for one, _ in predictions.of(tx, published).values()} == {"a"}
    assert (turn.model, turn.before, turn.cell) == ("b", "a", cells.cell(NOW))
    assert turn.ratios[-1].articles == 30 and turn.ratios[-1].ratio < 0.9
    assert turn.ratios[0].since == cells.cell(NOW + 5 * timedelta(minutes=1)) + turns.LATER


def test_what_both_said_already_is_not_asked_again(
    begun: Callable[[], Monitor], judge: Judge, sqlite_store: Store, published: list[int]
) -> None:
    with sqlite_store.begin() as tx:
        for id in published:
            said = make_prediction(0.1, 0.9, model="b")
            predictions.put_beside(tx, id, said, Route.ACCEPT, "shadow", NOW)
    monitor = begun()
    assert monitor.rejudge() == 0 == len(judge.read)
    with sqlite_store.read() as tx:
        assert turns.all(tx)[0].ratios[-1].articles == 30


def test_while_the_classifier_fails_or_is_another_version_they_wait(
    begun: Callable[[], Monitor], judge: Judge, sqlite_store: Store, published: list[int]
) -> None:
    monitor = begun()
    judge.fails = ModelError("no model can be loaded")
    assert monitor.rejudge() == 0
    judge.fails, judge.model = None, "a"
    assert monitor.rejudge() == 0
    with sqlite_store.read() as tx:
        assert turns.all(tx)[0].ratios == ()
    judge.model = "b"
    assert monitor.rejudge() == 8


def test_a_text_that_cannot_be_judged_holds_up_nothing(
    begun: Callable[[], Monitor], judge: Judge, sqlite_store: Store, published: list[int]
) -> None:
    monitor = begun()
    judge.never = "Text 20"
    assert sum(monitor.rejudge() for _ in range(6)) in (29, 30)
    with sqlite_store.read() as tx:
        newest = turns.newest(tx)
    assert newest is not None and newest.compared


def test_nothing_is_asked_where_nothing_turned_or_long_ago(
    begun: Callable[[], Monitor], judge: Judge, sqlite_store: Store
) -> None:
    monitor = begun()
    assert monitor.rejudge() == 0
    serves(sqlite_store, "a", NOW - 70 * DAY)
    assert monitor.rejudge() == 0
    serves(sqlite_store, "b", NOW - 60 * DAY)
    assert monitor.rejudge() == 0 == len(judge.read)


def test_every_way_in_which_another_version_serves_is_a_turn(sqlite_store: Store) -> None:
    serves(sqlite_store, "a", NOW)
    serves(sqlite_store, "b", NOW + DAY)
    with sqlite_store.begin() as tx:
        models.rollback(tx, NOW + 2 * DAY)
        models.promote(tx, "a", "again", NOW + 3 * DAY)
        models.promote(tx, "b", "once more", NOW + 4 * DAY)
        models.refuse(tx, "b", "damaged", NOW + 5 * DAY)
        models.promote(tx, "a", "in its place", NOW + 5 * DAY)
        found = [(one.before, one.model) for one in turns.all(tx)]
    assert found == [("a", "b"), ("b", "a"), ("a", "b"), ("b", "a")]
