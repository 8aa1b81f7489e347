"""The watch line on a real store: what opens, once, and what only looks like a surge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from monitor import outbox
from monitor import watch as line
from monitor.alerts.lifecycle import QUIET
from monitor.alerts.routing import Route as Way
from monitor.alerts.routing import Tree
from monitor.alerts.silencing import Silence
from monitor.detection import cells
from monitor.detection.bundled import DETECTORS
from monitor.detection.coverage import Reading
from monitor.detection.episodes import HOLD
from monitor.detection.panels import Detector
from monitor.detection.rules import Rule
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
)
from monitor.settings import AlertSettings
from monitor.store import (
    Store,
    Tx,
    alerts,
    answers,
    articles,
    deliveries,
    mentions,
    polls,
    predictions,
    silences,
    sources,
    stories,
    tasks,
    walked,
)
from monitor.testing import make_prediction
from monitor.watch import Watch

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OVER = HOLD * cells.FINE
ACME = Scope("company", "acme")
BOTH = Rule("surge", "surge")
COMPANIES = Rule("surge", "surge", scopes=("company",))
KNOWN = ("company:acme", "company:other", "topic:debt")


@dataclass
class Newsroom:
    """Fills a store with stories, and watches it."""

    store: Store
    make: Callable[..., Article]
    rules: Sequence[Rule] = (BOTH,)
    settings: AlertSettings = field(default_factory=AlertSettings)
    notifiers: Sequence[str] = ("desk", "phone")
    detectors: dict[str, Detector] = field(default_factory=lambda: {"surge": DETECTORS["surge"]()})
    failures: dict[str, str] = field(default_factory=dict)
    tree: Tree | None = None
    going: Watch | None = None

    def publish(
        self, at: datetime, n: int = 1, *, negative: bool = True, company: str = "acme", **fields: Any
    ) -> list[int]:
        """Stories about a company, judged as they come; their articles."""
        with self.store.begin() as tx:
            return [self.put(tx, at, negative, company, fields) for _ in range(n)]

    def put(self, tx: Tx, at: datetime, negative: bool, company: str, fields: dict[str, Any]) -> int:
        fields = {"first_seen_at": at, "published_at": at} | fields
        story_id = stories.create(tx, at)
        piece = articles.insert(tx, self.make(story_id=story_id, **fields))
        stories.join(tx, story_id, piece.source, at)
        mentions.replace(tx, piece.id, [Mention(company, "x", 0, 1)], at)
        said = make_prediction(negative=0.9, neutral=0.1) if negative else make_prediction(0.1, 0.9)
        predictions.put(tx, piece.id, said, Decision(Route.ACCEPT, ""), ["debt"], at)
        return piece.id

    def ordinary(self, now: datetime, hours: int = 36, **fields: Any) -> None:
        """Hours of two stories each, every other hour one of them negative."""
        for back in range(hours, 0, -1):
            at = now - back * HOUR + MINUTE
            with self.store.begin() as tx:
                self.put(tx, at, back % 2 == 0, "acme", fields)
                self.put(tx, at, False, "other", fields)

    def read(self, *at: datetime, source: str = "wire") -> None:
        """The source answers at these times."""
        with self.store.begin() as tx:
            for one in at:
                sources.succeeded(tx, source, {}, [], one, 300)
                polls.note(tx, source, one, read=True)

    def watch(self, now: datetime) -> list[Alert]:
        """A look of the watch that goes on."""
        if self.going is None:
            said = {rule.name: {"budget": rule.budget, "scopes": list(rule.scopes)} for rule in self.rules}
            self.going = Watch(
                *(self.store, self.rules, said, self.detectors, self.settings, KNOWN),
                self.failures.__setitem__,
            )
        return self.going.look(now, self.tree or self.everybody, {ACME: ("Acme Corp", "顶点公司")})

    @property
    def everybody(self) -> Tree:
        """Every notifier hears of every alert, when the settings say."""
        wait = timedelta(minutes=self.settings.wait_minutes)
        repeat = timedelta(hours=self.settings.repeat_hours)
        return Tree.plain(self.notifiers, wait=wait, repeat=repeat)

    def restart(self, **fields: Any) -> None:
        """The process ends, and another begins with these."""
        self.going = None
        for name, value in fields.items():
            setattr(self, name, value)

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


def test_a_planted_surge_is_one_alert_of_the_smallest_scope_and_each_notifier_is_told_once(
    store: Store, article: Callable[..., Article], now: datetime
) -> None:
    room = Newsroom(store, article)
    room.ordinary(now)
    assert room.watch(now) == []
    planted = room.publish(now + MINUTE, 12)
    at = now + 2 * MINUTE
    (alert,) = room.watch(at)
    assert (str(alert.scope), alert.state, alert.severity) == (
        "both:debt:acme",
        AlertState.FIRING,
        "warning",
    )
    assert alert.opened_at == now + MINUTE, "when it became known, not when somebody looked"
    assert alert.voices >= 12 and alert.observed >= 10.8 and alert.expected < 2
    assert alert.p_value is not None and alert.p_value < 1e-4
    assert alert.score >= alert.cut > 0 and not alert.checked
    assert set(planted) <= set(alert.article_ids) and len(alert.article_ids) == alert.voices
    assert len(room.outbox()) == 2
    told = room.outbox()[0]
    assert (told.event, told.state, told.attempts) == ("opened", DeliveryState.PENDING, 0)
    assert told.created_at == at
    assert told.payload["scope"]["zh"] == "顶点公司，debt" and told.payload["voices"] == alert.voices
    assert {piece["negative"] for piece in told.payload["evidence"]} == {0.9}
    for again in (at, at, at + timedelta(minutes=5)):
        assert room.watch(again) == [], "the same stories say nothing new"
    assert len(room.outbox()) == 2
    with store.read() as tx:
        assert len(alerts.page(tx)) == 1
    assert room.history(alert) == ["opened"]


def test_the_whole_life_of_an_alert(room: Newsroom, now: datetime) -> None:
    room.rules = (COMPANIES,)
    room.ordinary(now)
    room.publish(now, 8)
    (opened,) = room.watch(now + MINUTE)
    room.publish(now + 5 * MINUTE, 9)
    (worse,) = room.watch(now + 6 * MINUTE)
    assert (worse.id, worse.state) == (opened.id, AlertState.FIRING) and worse.voices >= 2 * opened.voices
    assert len(worse.article_ids) == worse.voices
    outbox.acknowledge(room.store, opened.id, "ann", now + 7 * MINUTE, "on it")
    (lull,) = room.watch(now + QUIET + 6 * MINUTE)
    assert (lull.state, lull.acknowledged_by) == (AlertState.RECOVERING, "ann")
    assert room.watch(now + OVER) == []
    (over,) = room.watch(now + OVER + 20 * MINUTE)
    assert (over.state, over.resolved_by) == (AlertState.RESOLVED, "")
    assert over.resolved_at == cells.after(now + 5 * MINUTE + MINUTE) + OVER
    assert room.history(over) == ["opened", "updated", "acknowledged", "recovering", "resolved"]
    assert [(one.notifier, one.event) for one in room.outbox()] == [
        (name, event) for event in ("opened", "updated", "resolved") for name in ("desk", "phone")
    ]
    told = [one.payload["voices"] for one in room.outbox()][::2]
    assert told == [opened.voices, worse.voices, worse.voices], "frozen when written"
    assert len({one.id for one in room.outbox()}) == 6
    assert room.watch(now + 2 * OVER) == []


def test_it_opens_within_the_look_after_the_article_and_not_when_a_window_ends(
    room: Newsroom, now: datetime
) -> None:
    room.ordinary(now)
    room.watch(now)
    at = now + 61 * timedelta(seconds=1)
    room.publish(at, 12)
    (alert,) = room.watch(at + timedelta(seconds=1))
    assert alert.opened_at == at


def test_a_rule_tells_its_own_receivers(room: Newsroom, now: datetime) -> None:
    own = Way("rules.surge", ("phone",), wanted={"rules": ("surge",)})
    everybody = room.everybody
    room.rules, room.tree = (COMPANIES,), replace(everybody, root=replace(everybody.root, routes=(own,)))
    room.ordinary(now)
    room.publish(now, 12)
    room.watch(now + MINUTE)
    assert [one.notifier for one in room.outbox()] == ["phone"]


def test_a_new_installation_learns_for_a_day(room: Newsroom, now: datetime) -> None:
    begins = now - 23 * HOUR
    room.ordinary(now, 23)
    with room.store.read() as tx:
        ready_at = line.ready_at(tx, room.settings)
    assert ready_at == begins + 25 * HOUR, "a day from the first whole hour on"
    assert room.watch(now) == []
    room.publish(ready_at, 20)
    assert room.watch(ready_at + MINUTE)


def test_before_it_has_learnt_nothing_opens(room: Newsroom, now: datetime) -> None:
    room.ordinary(now, 23)
    room.publish(now, 20)
    assert room.watch(now + MINUTE) == []


def test_before_anything_came_nobody_knows_from_when_on_an_alert_can_open(store: Store) -> None:
    with store.read() as tx:
        assert line.ready_at(tx, AlertSettings()) is None


def test_backlog_is_counted_and_opens_nothing(room: Newsroom, now: datetime) -> None:
    room.ordinary(now)
    room.publish(now, 40, backlog=True)
    assert room.watch(now + MINUTE) == []
    room.publish(now + 2 * MINUTE, 12)
    (alert,) = room.watch(now + 3 * MINUTE)
    assert alert.voices < 40, "what is backlog is not behind it"


def test_quiet_hours_are_no_outage_while_sources_are_read(room: Newsroom, now: datetime) -> None:
    room.ordinary(now - 3 * HOUR)  # and then nothing for three hours
    room.read(*(now - 39 * HOUR + 5 * k * MINUTE for k in range(39 * 12 + 1)))
    reading = Reading(now - 39 * HOUR, now - 5 * MINUTE, 5 * MINUTE)
    assert not reading.backlog(now, now, dated=False)
    room.publish(now, 40)
    assert room.watch(now + MINUTE)


def test_what_is_judged_late_is_seen_when_it_is_judged(
    store: Store, article: Callable[..., Article], now: datetime
) -> None:
    room = Newsroom(store, article, rules=(COMPANIES,))
    room.ordinary(now, 72)
    assert room.watch(now) == []
    surged = now - 30 * HOUR + 10 * MINUTE
    with store.begin() as tx:
        waiting = []
        for _ in range(8):
            made = article(story_id=stories.create(tx, surged), first_seen_at=surged, published_at=surged)
            waiting.append(articles.insert(tx, replace(made, mentions=(Mention("acme", "x", 0, 1),))))
    assert room.watch(now + MINUTE) == [], "nobody knows yet what they say"
    with store.begin() as tx:
        for piece in waiting:
            said = make_prediction(negative=0.9, neutral=0.1)
            predictions.put(tx, piece.id, said, Decision(Route.ACCEPT, ""), ["debt"], now + MINUTE)
    (alert,) = room.watch(now + 2 * MINUTE)
    assert (alert.scope, alert.end_at) == (ACME, cells.begins(cells.hour(surged) + 1, cells.HOUR))
    assert {piece.id for piece in waiting} <= set(alert.article_ids)
    with store.read() as tx:
        [opened] = alerts.events(tx, alert.id)
    assert str(opened.note).startswith("seen late, 29 h after its window ended: ")
    assert room.watch(now + 2 * MINUTE) == []


def test_labels_edits_and_new_models_open_nothing(room: Newsroom, now: datetime) -> None:
    room.ordinary(now)
    made = room.publish(now, 20, negative=False)
    assert room.watch(now + MINUTE) == []
    with room.store.begin() as tx:
        for id in made[:10]:
            task = tasks.open_task(tx, id, Decision(Route.REVIEW, ""), 0.5, now)
            assert task is not None
            answers.answer(tx, task.id, "ann", "negative", None, now + 2 * MINUTE)
        for id in made[10:]:
            said = make_prediction(negative=0.9, neutral=0.1, model="another")
            predictions.put(tx, id, said, Decision(Route.ACCEPT, ""), ["debt"], now + 2 * MINUTE)
    assert room.watch(now + 3 * MINUTE) == []


def test_what_an_archive_brings_of_today_is_no_news(room: Newsroom, now: datetime) -> None:
    room.rules = (COMPANIES,)
    room.ordinary(now)
    room.publish(now, 40, history=True)
    assert room.watch(now + MINUTE) == []
    [new] = room.publish(now + 2 * MINUTE, 1)
    (alert,) = room.watch(now + 3 * MINUTE)
    assert new in alert.article_ids, "with something else it is"


def test_an_archive_of_long_ago_changes_what_is_usual_and_opens_nothing(
    room: Newsroom, now: datetime
) -> None:
    room.rules = (COMPANIES,)
    room.ordinary(now)
    assert room.watch(now) == []
    for back in range(20 * 24, 48, -4):
        room.publish(now - back * HOUR, 3, history=True)
    assert room.watch(now + MINUTE) == []
    with room.store.read() as tx:
        rules = {"surge": {"budget": 1.0, "scopes": ["company"]}}
        kept = walked.kept_cuts(tx, rules, cells.hour(now - 9 * HOUR) * cells.IN_HOUR)
    assert kept is not None and len(kept["surge"]) > 15, "it was walked through again"
    assert room.going is not None and room.going._walk is not None
    assert room.going._walk.first == cells.hour(now - 20 * 24 * HOUR) + 1


def test_a_repeat_after_a_while(room: Newsroom, now: datetime) -> None:
    room.rules = (COMPANIES,)
    room.settings = AlertSettings(repeat_hours=0.5)
    room.ordinary(now)
    room.publish(now, 9)
    assert [alert.state for alert in room.watch(now + MINUTE)] == [AlertState.FIRING]
    assert room.watch(now + 25 * MINUTE) == []
    assert len(room.watch(now + 31 * MINUTE)) == 1
    assert [one.event for one in room.outbox()] == ["opened", "opened", "updated", "updated"]


def test_people_are_told_once_an_alert_has_gathered(room: Newsroom, now: datetime) -> None:
    room.rules = (COMPANIES,)
    room.settings = AlertSettings(wait_minutes=10)
    room.ordinary(now)
    room.publish(now, 9)
    (waits,) = room.watch(now + MINUTE)
    assert waits.state is AlertState.PENDING and room.outbox() == []
    room.publish(now + 5 * MINUTE, 3)
    assert room.watch(now + 6 * MINUTE) == []
    (told,) = room.watch(now + 11 * MINUTE)
    assert told.state is AlertState.FIRING
    assert {one.payload["voices"] for one in room.outbox()} == {told.voices} and told.voices > waits.voices


def test_closing_by_hand_tells_people_and_keeps_its_stories_quiet(room: Newsroom, now: datetime) -> None:
    room.rules = (COMPANIES,)
    room.ordinary(now)
    room.publish(now, 9)
    (opened,) = room.watch(now + MINUTE)
    closed = outbox.resolve(room.store, opened.id, "ann", now + 2 * MINUTE, "known", tree=room.everybody)
    assert (closed.state, closed.resolved_by) == (AlertState.RESOLVED, "ann")
    last = room.outbox()[-1]
    assert (last.notifier, last.event, last.payload["note"]) == ("phone", "resolved", "known")
    assert room.watch(now + 5 * MINUTE) == []
    room.publish(now + 6 * MINUTE, 10)
    (again,) = room.watch(now + 7 * MINUTE)
    assert again.id != opened.id and again.voices == 10, "what is new opens the next one at once"
    assert not set(again.article_ids) & set(opened.article_ids)
    with pytest.raises(ConflictError, match="resolved by ann"):
        outbox.resolve(room.store, opened.id, "bob", now)
    with pytest.raises(ConflictError):
        outbox.acknowledge(room.store, opened.id, "bob", now)
    with pytest.raises(NotFoundError, match="no such alert"):
        outbox.acknowledge(room.store, "alert_none", "bob", now)


def test_what_was_closed_stays_closed_after_a_start(room: Newsroom, now: datetime) -> None:
    room.rules = (COMPANIES,)
    room.ordinary(now)
    room.publish(now, 9)
    (opened,) = room.watch(now + MINUTE)
    outbox.resolve(room.store, opened.id, "ann", now + 2 * MINUTE)
    room.restart()
    assert room.watch(now + 3 * MINUTE) == []
    room.publish(now + 4 * MINUTE, 1)
    room.restart()
    assert room.watch(now + 5 * MINUTE) == [], "one more is no surge"
    room.publish(now + 6 * MINUTE, 9)
    (again,) = room.watch(now + 7 * MINUTE)
    assert not set(again.article_ids) & set(opened.article_ids)


def test_the_sample_is_watched_on_request_and_its_alert_says_so(room: Newsroom, now: datetime) -> None:
    room.ordinary(now, sample=True)
    room.publish(now, 9, sample=True)
    room.settings = AlertSettings(include_sample=False)
    assert room.watch(now + MINUTE) == []
    room.restart(settings=AlertSettings())
    (alert,) = room.watch(now + MINUTE)
    assert room.watch(now + 2 * MINUTE) == []
    assert {one.payload["sample"] for one in room.outbox()} == {True}
    assert all(one.payload["title"].startswith("[sample data]") for one in room.outbox())
    room.publish(now + 3 * MINUTE)
    assert room.watch(now + 4 * MINUTE) == [], "once something is real it is watched no more"
    (over,) = room.watch(now + OVER + HOUR)
    assert (over.id, over.state) == (alert.id, AlertState.RESOLVED)


def test_a_surge_is_of_the_companies_it_is_negative_about(
    store: Store, article: Callable[..., Article], now: datetime
) -> None:
    room = Newsroom(store, article, rules=(replace(BOTH, scopes=("all", "company")),))
    room.ordinary(now)
    sides = {"acme": make_prediction(0.8, 0.2).sentiment, "rival": make_prediction(0.1, 0.2, 0.7).sentiment}
    named = tuple(Mention(company, company, 0, 1) for company in sides)
    with store.begin() as tx:
        for _ in range(12):
            piece = articles.insert(
                tx, article(story_id=stories.create(tx, now), first_seen_at=now, published_at=now)
            )
            mentions.replace(tx, piece.id, named, now)
            said = make_prediction(0.1, 0.9, companies=sides)
            predictions.put(tx, piece.id, said, Decision(Route.ACCEPT, ""), ["debt"], now)
    (alert,) = room.watch(now + 2 * MINUTE)
    assert alert.scope == ACME and alert.voices == 12
    pieces = room.outbox()[0].payload["evidence"]
    assert len(pieces) == 12 and {piece["negative"] for piece in pieces} == {0.8}
    with store.begin() as tx:
        for view in articles.views(tx, alert.article_ids[:6]):
            mentions.replace(tx, view.article.id, named[:1], now)
            task = tasks.open_task(tx, view.article.id, Decision(Route.REVIEW, ""), 0.5, now)
            assert task is not None
            answers.answer(tx, task.id, "ann", "neutral", None, now)
    outbox.resolve(store, alert.id, "ann", now + 3 * MINUTE, tree=room.everybody)
    pieces = room.outbox()[-1].payload["evidence"]
    assert [piece["negative"] for piece in pieces] == [0.8] * 6 + [0.0] * 6


def test_an_alert_of_a_rule_no_longer_there_ends_and_the_new_rule_looks_back_a_day(
    room: Newsroom, now: datetime
) -> None:
    room.rules = (COMPANIES,)
    room.ordinary(now)
    room.publish(now, 9)
    (opened,) = room.watch(now + MINUTE)
    room.restart(rules=(replace(COMPANIES, name="other"),))
    (found,) = room.watch(now + 10 * MINUTE)
    assert (found.rule, found.state, found.opened_at) == ("other", AlertState.FIRING, now)
    ended = {alert.rule: alert.state for alert in room.watch(now + OVER + HOUR)}
    assert ended == {"surge": AlertState.RESOLVED, "other": AlertState.RESOLVED}
    assert opened.rule == "surge"


@dataclass
class Broken:
    """A detector that fails while it is told to."""

    fails: bool = True
    kind: ClassVar[str] = "broken"
    larger_is_rarer: ClassVar[bool] = False

    def fit(self, past: Any) -> Any:
        if self.fails:
            raise ZeroDivisionError("no such luck")
        return DETECTORS["surge"]().fit(past)

    def test(self, fitted: Any, present: Any) -> Any:
        return DETECTORS["surge"]().test(fitted, present)


def test_a_detector_that_raises_is_named_and_costs_its_own_rules_alone(room: Newsroom, now: datetime) -> None:
    broken = Broken()
    room.detectors["broken"] = broken  # type: ignore[assignment]
    room.rules = (COMPANIES, replace(COMPANIES, name="odd", detector="broken"))
    room.ordinary(now)
    room.publish(now, 9)
    with pytest.raises(PluginError, match="broken: ZeroDivisionError: no such luck"):
        room.watch(now + 5 * MINUTE)
    with room.store.read() as tx:
        [alert] = alerts.page(tx)
    assert (alert.rule, alert.state) == ("surge", AlertState.FIRING), "the other rule found its surge"
    assert room.failures == {"surge": "", "broken": "ZeroDivisionError: no such luck"}
    broken.fails = False
    room.publish(now + 6 * MINUTE, 9)
    assert {alert.rule for alert in room.watch(now + 7 * MINUTE)} == {"surge", "odd"}
    assert room.failures["broken"] == ""


def test_an_alert_and_its_messages_are_stored_together_or_not_at_all(
    room: Newsroom, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.rules = (COMPANIES,)
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
    room.restart()
    (alert,) = room.watch(now + MINUTE)
    assert room.history(alert) == ["opened"] and len(room.outbox()) == 2
    assert [one.id for one in room.outbox()] == [one.id for one in added], "the same ids as the first time"


def test_what_two_rules_open_on_the_same_articles_is_told_once(room: Newsroom, now: datetime) -> None:
    room.rules = (COMPANIES, replace(COMPANIES, name="second"))
    room.ordinary(now)
    room.publish(now, 9)
    first, second = room.watch(now + MINUTE)
    assert {first.rule, second.rule} == {"surge", "second"}
    assert {one.alert_id for one in room.outbox()} == {first.id} and len(room.outbox()) == 2
    assert second.notified_at is None and second.state is AlertState.FIRING
    with room.store.read() as tx:
        [opened] = alerts.events(tx, second.id)
    assert f"surge told of the same ({first.id})" in str(opened.note)
    room.publish(now + 5 * MINUTE, 12)
    room.watch(now + 6 * MINUTE)
    worse = {(one.alert_id, one.event) for one in room.outbox()[2:]}
    assert worse == {(first.id, "updated"), (second.id, "opened")}, "much worse is told of either"


def test_a_silence_stops_messages_and_nothing_else(room: Newsroom, now: datetime) -> None:
    room.rules = (COMPANIES,)
    room.ordinary(now)
    with room.store.begin() as tx:
        about = Silence(0, "", "acme", "", "", now, now + HOUR, True, "ann")
        quiet = silences.add(tx, about)
    room.publish(now, 9)
    (alert,) = room.watch(now + MINUTE)
    assert alert.state is AlertState.FIRING and room.outbox() == []
    assert room.history(alert) == ["opened", "silenced"]
    with room.store.read() as tx:
        assert str(alerts.events(tx, alert.id)[1].note) == f"nobody was told: silence {quiet.id}"
    room.publish(now + 5 * MINUTE, 12)
    room.watch(now + 6 * MINUTE)
    assert [one.event for one in room.outbox()] == ["opened", "opened"], "much worse is told all the same"
    outbox.resolve(room.store, alert.id, "ann", now + 2 * HOUR, tree=Tree.plain(["desk", "late"]))
    assert [one.notifier for one in room.outbox() if one.event == "resolved"] == ["desk"], (
        "who never heard of it does not hear of its end"
    )
