"""The watch line on a real store: what fires, once, and what only looks like a surge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from monitor import watch as line
from monitor.errors import ConflictError, NotFoundError, PluginError
from monitor.records import (
    Alert,
    AlertState,
    Article,
    Decision,
    Delivery,
    DeliveryState,
    Mention,
    Route,
    Scope,
    Signal,
    Window,
)
from monitor.settings import AlertSettings
from monitor.store import (
    Store,
    alerts,
    answers,
    articles,
    deliveries,
    mentions,
    polls,
    predictions,
    sources,
    stories,
    tasks,
)
from monitor.testing import make_prediction
from monitor_plugins.surge import Surge

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ACME = Scope("company", "acme")
SETTINGS = AlertSettings(history_windows=12, min_history_windows=6)


@dataclass
class Newsroom:
    """Fills a store with stories, and evaluates."""

    store: Store
    make: Callable[..., Article]
    settings: AlertSettings = SETTINGS
    notifiers: Sequence[str] = ("desk", "phone")
    detector: Any = field(default_factory=Surge)

    def publish(
        self, at: datetime, n: int = 1, *, negative: bool = True, company: str = "acme", **fields: Any
    ) -> None:
        with self.store.begin() as tx:
            for _ in range(n):
                fields = {"first_seen_at": at, "published_at": at} | fields
                story_id = stories.create(tx, at)
                piece = articles.insert(tx, self.make(story_id=story_id, **fields))
                stories.join(tx, story_id, piece.source, at)
                mentions.replace(tx, piece.id, [Mention(company, "x", 0, 1)], at)
                said = make_prediction(negative=0.9, neutral=0.1) if negative else make_prediction(0.1, 0.9)
                predictions.put(tx, piece.id, said, Decision(Route.ACCEPT, ""), ["debt"], at)

    def ordinary(self, now: datetime, hours: int = 10) -> None:
        """Hours of two stories each, every other hour one of them negative."""
        for back in range(hours, 0, -1):
            self.publish(now - back * HOUR + MINUTE, negative=back % 2 == 0)
            self.publish(now - back * HOUR + 2 * MINUTE, negative=False, company="other")

    def read(self, *at: datetime, source: str = "wire") -> None:
        """The source answers at these times."""
        with self.store.begin() as tx:
            for one in at:
                sources.succeeded(tx, source, {}, [], one, 300)
                polls.note(tx, source, one, read=True)

    def watch(self, now: datetime) -> list[Alert]:
        titles = {ACME: ("Acme Corp", "顶点公司")}
        return line.watch(self.store, self.detector, self.settings, self.notifiers, now, titles)

    def outbox(self) -> list[Delivery]:
        with self.store.read() as tx:
            return sorted(deliveries.all(tx), key=lambda one: (one.created_at, one.notifier, one.alert_id))

    def history(self, alert: Alert) -> list[str]:
        with self.store.read() as tx:
            return [event.event for event in alerts.events(tx, alert.id)]


@pytest.fixture
def room(sqlite_store: Store, article: Callable[..., Article]) -> Newsroom:
    return Newsroom(sqlite_store, article)


def scopes(changed: Sequence[Alert]) -> set[str]:
    return {str(alert.scope) for alert in changed}


def test_a_planted_surge_fires_once_per_scope_and_tells_each_notifier_once(
    store: Store, article: Callable[..., Article], now: datetime
) -> None:
    room = Newsroom(store, article)
    room.ordinary(now)
    assert room.watch(now) == []
    room.publish(now + MINUTE, 12)
    at = now + 2 * MINUTE
    changed = room.watch(at)
    assert scopes(changed) == {"all", "topic:debt", "company:acme"}
    assert {alert.state for alert in changed} == {AlertState.FIRING}
    acme = next(alert for alert in changed if alert.scope == ACME)
    assert acme.observed == 12 and 0 < acme.expected < 2 and acme.p_value < 1e-4
    assert len(acme.article_ids) == 12
    assert len(room.outbox()) == 2 * 3
    told = next(one for one in room.outbox() if one.alert_id == acme.id)
    assert (told.event, told.state, told.attempts) == ("opened", DeliveryState.PENDING, 0)
    assert told.created_at == at
    assert told.payload["scope"]["zh"] == "顶点公司" and told.payload["observed"] == 12
    assert {piece["negative"] for piece in told.payload["evidence"]} == {0.9}
    for again in (at, at, at + timedelta(minutes=5)):
        assert room.watch(again) == [], "the same stories say nothing new"
    assert len(room.outbox()) == 2 * 3
    with store.read() as tx:
        assert len(alerts.page(tx)) == 3
    assert room.history(acme) == ["opened"]


def test_the_whole_life_of_an_alert(room: Newsroom, now: datetime) -> None:
    room.settings = SETTINGS.model_copy(update={"scopes": ("company",)})
    room.ordinary(now)
    room.publish(now, 8)
    (opened,) = room.watch(now + MINUTE)
    room.publish(now + 5 * MINUTE, 8)
    (worse,) = room.watch(now + 6 * MINUTE)
    assert (worse.id, worse.observed, worse.state) == (opened.id, 16, AlertState.FIRING)
    assert len(worse.article_ids) == 16
    line.acknowledge(room.store, opened.id, "ann", now + 7 * MINUTE, "on it")
    room.publish(now + 50 * MINUTE, negative=False)
    (lull,) = room.watch(now + 70 * MINUTE)
    assert (lull.state, lull.acknowledged_by) == (AlertState.RECOVERING, "ann")
    (over,) = room.watch(now + 4 * HOUR)
    assert (over.state, over.resolved_by) == (AlertState.RESOLVED, "")
    assert room.history(over) == ["opened", "updated", "acknowledged", "recovering", "resolved"]
    assert [(one.notifier, one.event) for one in room.outbox()] == [
        (name, event) for event in ("opened", "updated", "resolved") for name in ("desk", "phone")
    ]
    assert [one.payload["observed"] for one in room.outbox()][::2] == [8, 16, 16], "frozen when written"
    assert len({one.id for one in room.outbox()}) == 6
    assert room.watch(now + 5 * HOUR) == []


def test_a_new_installation_learns_before_it_fires(room: Newsroom, now: datetime) -> None:
    room.publish(now - 7 * HOUR + MINUTE, 30)  # what the feeds had piled up
    assert room.watch(now - 7 * HOUR + 2 * MINUTE) == []
    for back in range(6, 0, -1):
        room.publish(now - back * HOUR + MINUTE, negative=False)
    room.publish(now, 20)
    assert room.watch(now + MINUTE) == [], "five windows were watched, not six"
    room.settings = SETTINGS.model_copy(update={"min_history_windows": 5})
    assert scopes(room.watch(now + MINUTE)) == {"all", "topic:debt", "company:acme"}


def test_a_history_shorter_than_what_must_be_watched_is_enough_when_full(
    room: Newsroom, now: datetime
) -> None:
    room.settings = SETTINGS.model_copy(update={"history_windows": 5, "min_history_windows": 24})
    room.ordinary(now)
    room.publish(now, 20)
    assert scopes(room.watch(now + MINUTE)) == {"all", "topic:debt", "company:acme"}


def test_the_pile_of_the_first_poll_is_no_baseline(room: Newsroom, now: datetime) -> None:
    room.publish(now - 11 * HOUR, 60)
    room.ordinary(now)
    room.publish(now, 9)
    alert = next(alert for alert in room.watch(now + MINUTE) if alert.scope == ACME)
    assert alert.expected < 1


def test_what_arrives_at_once_after_an_outage_is_no_surge(room: Newsroom, now: datetime) -> None:
    for back in range(10, 2, -1):
        room.publish(now - back * HOUR + MINUTE, 2)
        room.publish(now - back * HOUR + 2 * MINUTE, 4, negative=False)
    room.read(*(now - 10 * HOUR + 5 * k * MINUTE for k in range(8 * 12)))
    room.read(now - MINUTE)
    room.publish(now - MINUTE, 30)  # two hours later, all of it, and without a date
    for minutes in (0, 20, 50):
        assert room.watch(now + timedelta(minutes=minutes)) == []
    room.publish(now, 30, published_at=now - 2 * MINUTE, company="other")
    assert scopes(room.watch(now + 5 * MINUTE)) == {"all", "topic:debt", "company:other"}, (
        "dated: it is of now"
    )
    room.read(*(now + 5 * k * MINUTE for k in range(12)))
    room.publish(now + 50 * MINUTE, 40)
    assert room.watch(now + 70 * MINUTE), "once the gap has left, surges are seen again"


def test_quiet_hours_are_no_outage_while_sources_are_read(room: Newsroom, now: datetime) -> None:
    room.ordinary(now - 2 * HOUR)  # and then nothing for two hours
    room.read(*(now - 12 * HOUR + 5 * k * MINUTE for k in range(12 * 12 + 1)))
    room.publish(now, 40)
    assert scopes(room.watch(now + MINUTE)) == {"all", "topic:debt", "company:acme"}


def test_what_is_judged_late_is_tested_in_its_own_hour(
    store: Store, article: Callable[..., Article], now: datetime
) -> None:
    room = Newsroom(store, article)
    room.read(*(now - 12 * HOUR + 5 * k * MINUTE for k in range(12 * 12 + 1)))
    room.ordinary(now)
    assert room.watch(now) == []
    surged = now - 2 * HOUR + 10 * MINUTE
    with store.begin() as tx:
        waiting = []
        for _ in range(40):
            made = article(story_id=stories.create(tx, surged), first_seen_at=surged, published_at=surged)
            waiting.append(articles.insert(tx, replace(made, mentions=(Mention("acme", "x", 0, 1),))))
    assert room.watch(now + MINUTE) == [], "nobody knows yet what they say"
    with store.begin() as tx:
        for piece in waiting:
            said = make_prediction(negative=0.9, neutral=0.1)
            predictions.put(tx, piece.id, said, Decision(Route.ACCEPT, ""), ["debt"], now)
    found = room.watch(now + 2 * MINUTE)
    assert scopes(found) == {"all", "topic:debt", "company:acme"}
    acme = next(alert for alert in found if alert.scope == ACME)
    assert (acme.start_at, acme.end_at) == (now - 2 * HOUR, now - HOUR)
    assert acme.observed == len(acme.article_ids) == 41, "one was known in time"
    assert {piece.id for piece in waiting} < set(acme.article_ids)
    with store.read() as tx:
        notes = [str(event.note) for event in alerts.events(tx, acme.id)]
    assert notes[0].startswith("seen late, 1 h after its window ended: 41 negative")
    assert room.watch(now + 2 * MINUTE) == [], "once more, and not again"
    assert {one.state for one in room.watch(now + 3 * MINUTE)} == {AlertState.RECOVERING}


def test_back_numbers_are_no_late_surge_of_a_source_nobody_read_then(room: Newsroom, now: datetime) -> None:
    room.ordinary(now)
    room.read(now - MINUTE, source="new")
    room.publish(now, 40, published_at=now - 2 * HOUR, source="new")
    room.publish(now, 40, published_at=now - 2 * HOUR, source="archive")  # imported: it never was
    assert room.watch(now + MINUTE) == []


def test_what_an_archive_brings_of_today_is_no_news(room: Newsroom, now: datetime) -> None:
    room.ordinary(now)
    room.publish(now, 40, history=True)
    assert room.watch(now + MINUTE) == []
    room.publish(now + MINUTE, 9)
    alert = next(alert for alert in room.watch(now + 2 * MINUTE) if alert.scope == ACME)
    assert alert.observed == 9


def test_back_numbers_of_a_new_source_are_no_surge(room: Newsroom, now: datetime) -> None:
    room.ordinary(now)
    room.publish(now, 30, published_at=now - timedelta(days=3), source="new")
    room.read(now + MINUTE, source="newer")
    room.publish(now + MINUTE, 30, source="newer")
    assert room.watch(now + MINUTE) == []
    room.publish(now + MINUTE, 9)
    alert = next(alert for alert in room.watch(now + 2 * MINUTE) if alert.scope == ACME)
    assert alert.observed == 9, "only what is news counts"


def test_a_repeat_after_a_day(room: Newsroom, now: datetime) -> None:
    room.settings = SETTINGS.model_copy(update={"scopes": ("company",), "repeat_hours": 0.5})
    room.ordinary(now)
    room.publish(now, 9)
    assert [alert.state for alert in room.watch(now + MINUTE)] == [AlertState.FIRING]
    assert room.watch(now + 25 * MINUTE) == []
    assert len(room.watch(now + 31 * MINUTE)) == 1
    assert [one.event for one in room.outbox()] == ["opened", "opened", "updated", "updated"]


def test_closing_by_hand_tells_people_and_keeps_its_stories_quiet(room: Newsroom, now: datetime) -> None:
    room.settings = SETTINGS.model_copy(update={"scopes": ("company",)})
    room.ordinary(now)
    room.publish(now, 9)
    (opened,) = room.watch(now + MINUTE)
    closed = line.resolve(room.store, opened.id, "ann", now + 2 * MINUTE, "known", notifiers=["desk"])
    assert (closed.state, closed.resolved_by) == (AlertState.RESOLVED, "ann")
    last = room.outbox()[-1]
    assert (last.notifier, last.event, last.payload["note"]) == ("desk", "resolved", "known")
    assert room.watch(now + 5 * MINUTE) == []
    room.publish(now + 6 * MINUTE, 10)
    (again,) = room.watch(now + 7 * MINUTE)
    assert again.id != opened.id and again.observed == 10, "what is new opens the next one at once"
    assert not set(again.article_ids) & set(opened.article_ids)
    with pytest.raises(ConflictError, match="resolved by ann"):
        line.resolve(room.store, opened.id, "bob", now)
    with pytest.raises(ConflictError):
        line.acknowledge(room.store, opened.id, "bob", now)
    with pytest.raises(NotFoundError, match="no such alert"):
        line.acknowledge(room.store, "alert_none", "bob", now)


def test_the_sample_is_watched_on_request_and_its_alert_says_so(room: Newsroom, now: datetime) -> None:
    for back in range(10, 0, -1):
        room.publish(now - back * HOUR + MINUTE, negative=False, sample=True)
    room.publish(now, 9, sample=True)
    room.settings = SETTINGS.model_copy(update={"include_sample": False})
    assert room.watch(now + MINUTE) == []
    room.settings = SETTINGS
    assert room.watch(now + MINUTE)
    assert {one.payload["sample"] for one in room.outbox()} == {True}
    assert all(one.payload["title"].startswith("[sample data]") for one in room.outbox())


def test_a_surge_is_of_the_companies_it_is_negative_about(
    store: Store, article: Callable[..., Article], now: datetime
) -> None:
    room = Newsroom(store, article, SETTINGS.model_copy(update={"scopes": ("all", "company")}))
    room.ordinary(now)
    sides = {"acme": make_prediction(0.8, 0.2).sentiment, "rival": make_prediction(0.1, 0.2, 0.7).sentiment}
    named = tuple(Mention(company, company, 0, 1) for company in sides)
    room.publish(now + MINUTE, 12, negative=False)
    with store.begin() as tx:
        for view in articles.page(tx, since=now, limit=12):
            mentions.replace(tx, view.article.id, named, now)
            said = make_prediction(0.1, 0.9, companies=sides)
            predictions.put(tx, view.article.id, said, Decision(Route.ACCEPT, ""), ["debt"], now)
    (alert,) = room.watch(now + 2 * MINUTE)
    assert alert.scope == ACME and alert.observed == 12
    pieces = room.outbox()[0].payload["evidence"]
    assert len(pieces) == 12 and {piece["negative"] for piece in pieces} == {0.8}
    with store.begin() as tx:
        for view in articles.views(tx, alert.article_ids[:6]):
            mentions.replace(tx, view.article.id, named[:1], now)
            task = tasks.open_task(tx, view.article.id, Decision(Route.REVIEW, ""), 0.5, now)
            assert task is not None
            answers.answer(tx, task.id, "ann", "neutral", None, now)
    line.resolve(store, alert.id, "ann", now + 3 * MINUTE, notifiers=["desk"])
    pieces = room.outbox()[-1].payload["evidence"]
    assert [piece["negative"] for piece in pieces] == [0.8] * 6 + [0.0] * 6


def test_an_alert_of_a_detector_no_longer_configured_ends(room: Newsroom, now: datetime) -> None:
    room.settings = SETTINGS.model_copy(update={"scopes": ("company",)})
    room.ordinary(now)
    room.publish(now, 9)
    (opened,) = room.watch(now + MINUTE)
    room.settings = room.settings.model_copy(update={"detector": "other"})
    room.publish(now + HOUR, negative=False)
    assert {(alert.rule, alert.state) for alert in room.watch(now + 10 * MINUTE)} == {
        ("surge", AlertState.RECOVERING),
        ("other", AlertState.FIRING),
    }
    assert opened.rule == "surge"


@dataclass
class Broken:
    kind: ClassVar[str] = "broken"

    def test(self, history: Sequence[Window], window: Window) -> Signal | None:
        raise ZeroDivisionError("no such luck")


def test_a_detector_that_raises_is_named_and_leaves_the_alerts_alone(room: Newsroom, now: datetime) -> None:
    room.ordinary(now)
    room.publish(now, 9)
    before = room.watch(now + MINUTE)
    room.detector = Broken()
    with pytest.raises(PluginError, match="detector 'surge' failed on all: ZeroDivisionError: no such luck"):
        room.watch(now + 5 * MINUTE)
    with room.store.read() as tx:
        assert {alert.state for alert in alerts.page(tx)} == {AlertState.FIRING}
        assert len(alerts.page(tx)) == len(before)


def test_an_alert_and_its_messages_are_stored_together_or_not_at_all(
    room: Newsroom, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.settings = SETTINGS.model_copy(update={"scopes": ("company",)})
    room.ordinary(now)
    room.publish(now, 9)
    add, added = deliveries.add, []

    def add_then_die(tx: Any, delivery: Delivery) -> None:
        added.append(delivery)
        if len(added) == 2:
            raise KeyboardInterrupt
        add(tx, delivery)

    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "add", add_then_die)
        with pytest.raises(KeyboardInterrupt):
            room.watch(now + MINUTE)
    assert room.outbox() == []
    (alert,) = room.watch(now + MINUTE)
    assert room.history(alert) == ["opened"] and len(room.outbox()) == 2
    assert [one.id for one in room.outbox()] == [one.id for one in added], "the same ids as the first time"
