"""Quotes of open alerts are found once, of what is stored, and never where the classifier does not work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import Monitor
from monitor.errors import ModelError
from monitor.records import AlertState, Article, Mention, Prediction, Scope
from monitor.schedule.scheduler import jobs_of
from monitor.store import Store, Tx, alerts, arrangements, articles, mentions, quotes, stories
from monitor.testing import make_prediction
from tests.alarms import alarm
from tests.monitors import monitor_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEXT = "Acme reports\nAcme is fined. Acme grows."


class Judge:
    """Finds a fine negative; `down` while it does not work."""

    def __init__(self) -> None:
        self.down = False
        self.read: list[str] = []

    def classify(self, articles: Sequence[Article]) -> list[Prediction]:
        if self.down:
            raise ModelError("no model can be loaded")
        self.read += [one.content for one in articles]
        return [make_prediction(*((0.9, 0.1) if "fined" in one.content else (0.2, 0.8))) for one in articles]


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def monitor(
    sqlite_store: Store, tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Monitor]:
    with monitor_of("", sqlite_store, tmp_path, lambda: NOW) as found:
        monkeypatch.setitem(found.__dict__, "classifying", judge)
        yield found


def test_each_text_is_asked_about_once_and_its_place_is_kept(
    monitor: Monitor, judge: Judge, article: Callable[..., Article]
) -> None:
    acme = (Mention("acme", "Acme", 0, 4), Mention("acme", "Acme", 13, 17), Mention("acme", "Acme", 28, 32))

    def publish(tx: Tx, *, story_id: int = 0, **fields: object) -> Article:
        story_id = story_id or stories.create(tx, NOW)
        stored = articles.insert(tx, article(story_id=story_id, **fields))
        stories.join(tx, story_id, stored.source, NOW)
        return stored

    with monitor.store.begin() as tx:
        first = publish(tx, content=TEXT, mentions=acme, first_seen_at=NOW - timedelta(hours=1))
        repeat = publish(tx, content=TEXT, story_id=first.story_id, mentions=acme, first_seen_at=NOW)
        other = publish(tx, content="Nothing happened", first_seen_at=NOW)
        closed = publish(tx, content="An old story", first_seen_at=NOW)
        alerts.put(tx, alarm("a1", NOW, scope=Scope("company", "acme")), [first.id, repeat.id])
        alerts.put(tx, alarm("a2", NOW), [other.id])
        alerts.put(tx, alarm("a3", NOW, state=AlertState.RESOLVED), [closed.id])
        assert list(quotes.leading(tx, [first.id, repeat.id, other.id])) == [other.id, first.id]
    [job] = [job for job in jobs_of(monitor) if job.name == "quote"]
    judge.down = True
    assert monitor.quote() == 0
    judge.down = False
    assert job.run() == "sentences of 2 articles found"
    assert sorted(judge.read) == ["Acme grows.", "Acme is fined.", "Acme reports", "Nothing happened"]
    with monitor.store.read() as tx:
        [found] = quotes.of(tx, [first.text_id], "acme").values()
        assert TEXT[found.start : found.end] == "Acme is fined." and found.negative == 0.9
        assert found.model == "fake" and quotes.of(tx, [first.text_id], "") == {}
        assert quotes.of(tx, [closed.text_id], "") == {}
    assert monitor.quote() == 0 and len(judge.read) == 4


def test_of_an_alert_that_has_its_quotes_nothing_is_asked_until_something_moves(
    monitor: Monitor, judge: Judge, article: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    missing = quotes.missing

    def noted(tx: Tx, article_ids: Collection[int], company_id: str) -> list[int]:
        looked.append(len(article_ids))
        return missing(tx, article_ids, company_id)

    def looks() -> list[int]:
        """Of how much evidence it was asked what is missing, until nothing is."""
        looked.clear()
        while monitor.quote():
            pass
        monitor.quote()
        return list(looked)

    monkeypatch.setattr(quotes, "missing", noted)
    with monitor.store.begin() as tx:
        told = []
        for number in range(3):
            story = stories.create(tx, NOW)
            content = f"Acme is fined {number} times"
            told.append(articles.insert(tx, article(story_id=story, content=content, first_seen_at=NOW)))
            stories.join(tx, story, told[-1].source, NOW)
        alerts.put(tx, alarm("a1", NOW, scope=Scope("company", "acme")), [one.id for one in told[:2]])
        alerts.put(tx, alarm("a2", NOW), [told[0].id])
    assert looks() == [1, 2, 1, 2] and looks() == []
    judge.down = True
    with monitor.store.begin() as tx:
        alerts.put(tx, alarm("a1", NOW, scope=Scope("company", "acme")), [told[2].id])
    assert looks() == [3, 3], "it rose, and nobody answers yet"
    judge.down = False
    assert looks() == [3, 3] and looks() == []
    with monitor.store.begin() as tx:
        edited = replace(told[1], content="Acme is fined after all", content_hash="1")
        articles.revise(tx, edited, NOW)
    assert looks() == [3, 3] and judge.read[-1] == "Acme is fined after all"
    with monitor.store.begin() as tx:
        mentions.replace(tx, told[2].id, [Mention("acme", "Acme", 0, 4)], NOW)
    assert looks() == [3], "who is named decides whose sentences are shown"
    with monitor.store.begin() as tx:
        arrangements.join(tx, told[0].story_id, told[1].story_id, "merge", "ann", NOW)
    assert looks() == [3]
    with monitor.store.begin() as tx:
        alerts.put(tx, alarm("a1", NOW, state=AlertState.RESOLVED))
    assert looks() == [] and list(monitor._quoted) == ["a2"]
