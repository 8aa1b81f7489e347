from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config, learning, outbox
from monitor.alerts.hearings import Known
from monitor.alerts.routing import Tree
from monitor.app import Monitor
from monitor.desk import Circumstances, Desk, Towards, Wanted, auth, desk_for, serve_from
from monitor.detection.rules import Rule
from monitor.errors import (
    AccessError,
    AttemptsError,
    ConfigError,
    ConflictError,
    ModelError,
    NotFoundError,
    UserError,
)
from monitor.records import (
    AlertState,
    Company,
    Decision,
    DeliveryState,
    Lane,
    ModelState,
    Role,
    Route,
    Scope,
    TaskState,
    TrainingState,
    User,
    VerdictKind,
    Wrong,
)
from monitor.registry import Registry
from monitor.store import (
    alerts,
    articles,
    audit,
    deliveries,
    hearings,
    labels,
    open_store,
    predictions,
    processes,
    sources,
    tasks,
    trainings,
    users,
)
from monitor.store.processes import Process
from monitor.testing import FakeClassifier, FakeFetcher, newsroom
from monitor.testing.newsroom import Newsroom

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, Newsroom]:
    """A folder with a newsroom's settings and database, to copy."""
    folder = tmp_path_factory.mktemp("newsroom")
    newsroom.settle(folder)
    shutil.copy(sqlite_template, folder / "furnished.db")
    store = open_store(f"sqlite:///{folder / 'furnished.db'}")
    room = newsroom.furnish(store, NOW, hours=24)
    store.close()
    return folder, room


@pytest.fixture(scope="module")
def registry(furnished: tuple[Path, Newsroom]) -> Registry:
    return Registry.discover(furnished[0] / "plugins")


@pytest.fixture
def monitor(furnished: tuple[Path, Newsroom], registry: Registry, sqlite_url: str) -> Iterator[Monitor]:
    """A monitor on an empty store; `room` furnishes it."""
    settings = config.load(furnished[0] / "config.toml", {"MONITOR_STORE__URL": sqlite_url})
    store = open_store(sqlite_url)
    with Monitor(
        settings, store, registry, FakeFetcher(), companies=newsroom.COMPANIES, now=lambda: NOW
    ) as monitor:
        yield monitor


@pytest.fixture
def room(furnished: tuple[Path, Newsroom], monitor: Monitor) -> Newsroom:
    shutil.copy(furnished[0] / "furnished.db", monitor.settings.store.url.removeprefix("sqlite:///"))
    return furnished[1]


@pytest.fixture
def desk_of(monitor: Monitor) -> Callable[[str], Desk]:
    """A desk by role; the user's name is the role's."""

    def make(role: str) -> Desk:
        with monitor.store.begin() as tx:
            found = users.get(tx, role)
            user = found[0] if found else users.add(tx, role, "no password", Role(role), NOW)
        return Desk(monitor, user)

    return make


@pytest.fixture
def desk(desk_of: Callable[[str], Desk], room: Newsroom) -> Desk:
    """An administrator's desk in a furnished newsroom."""
    return desk_of("admin")


def may_change_password(desk: Desk) -> None:
    with pytest.raises(AccessError, match="old password"):
        desk.change_password("", "")


# What each role may do: every public method once, with arguments that are refused for nothing else.
READING: dict[str, Callable[[Desk], object]] = {
    "min_seen_ms": lambda desk: desk.min_seen_ms(),
    "overview": lambda desk: desk.overview(),
    "samples": lambda desk: desk.samples(),
    "trend": lambda desk: desk.trend(Scope("all")),
    "articles": lambda desk: desk.articles(),
    "article": lambda desk: desk.article(1),
    "texts_kept_since": lambda desk: desk.texts_kept_since(),
    "story": lambda desk: desk.story(10**9),
    "stories": lambda desk: desk.stories(),
    "rules": lambda desk: desk.rules(),
    "written_rule": lambda desk: desk.written_rule(Rule("surge", "surge")),
    "coverage": lambda desk: desk.coverage(),
    "company": lambda desk: desk.company("missing"),
    "explanation": lambda desk: desk.explanation(10**9),
    "companies": lambda desk: desk.companies(),
    "find_companies": lambda desk: desk.find_companies("x"),
    "preview_alias": lambda desk: desk.preview_alias("x", "missing"),
    "topics": lambda desk: desk.topics(),
    "plugins": lambda desk: desk.plugins(),
    "alerts": lambda desk: desk.alerts(),
    "alert": lambda desk: desk.alert("missing"),
    "spared": lambda desk: desk.spared("missing"),
    "find_alerts": lambda desk: desk.find_alerts(Wanted()),
    "alert_counts": lambda desk: desk.alert_counts(Wanted()),
    "caseload": lambda desk: desk.caseload(Wanted()),
    "alert_rules": lambda desk: desk.alert_rules(),
    "alert_owners": lambda desk: desk.alert_owners(),
    "watching": lambda desk: desk.watching(),
    "silences": lambda desk: desk.silences(),
    "deliveries": lambda desk: desk.deliveries(),
    "receivers": lambda desk: desk.receivers(),
    "queue_stats": lambda desk: desk.queue_stats(),
    "agreement": lambda desk: desk.agreement(),
    "guideline": lambda desk: desk.guideline(),
    "guidelines": lambda desk: desk.guidelines(),
    "comments": lambda desk: desk.comments(1),
    "sources": lambda desk: desk.sources(),
    "troubles": lambda desk: desk.troubles(),
    "source_titles": lambda desk: desk.source_titles(),
    "models": lambda desk: desk.models(),
    "measured": lambda desk: desk.measured(),
    "new_labels": lambda desk: desk.new_labels(),
    "duel": lambda desk: desk.duel("missing"),
    "shadow": lambda desk: desk.shadow("missing"),
    "doubted": lambda desk: desk.doubted("missing"),
    "figures": lambda desk: desk.figures("missing"),
    "learning_curve": lambda desk: desk.learning_curve(),
    "asking": lambda desk: desk.asking(),
    "events_of": lambda desk: desk.events_of("missing"),
    "model_events": lambda desk: desk.model_events(),
    "trainings": lambda desk: desk.trainings(),
    "training": lambda desk: desk.training("missing"),
    "create_token": lambda desk: desk.create_token("script"),
    "tokens": lambda desk: desk.tokens(),
    "revoke_token": lambda desk: desk.revoke_token("missing"),
    "revoke_others": lambda desk: desk.revoke_others(),
    "change_password": lambda desk: may_change_password(desk),
    "store_health": lambda desk: desk.store_health(),
}
ANALYSING: dict[str, Callable[[Desk], object]] = {
    "acknowledge": lambda desk: desk.acknowledge("missing"),
    "resolve": lambda desk: desk.resolve("missing"),
    "judge_alert": lambda desk: desk.judge_alert("missing", VerdictKind.USEFUL),
    "assign": lambda desk: desk.assign("missing"),
    "comment_on_alert": lambda desk: desk.comment_on_alert("missing", "x"),
    "change_severity": lambda desk: desk.change_severity("missing", "info", "why"),
    "handle": lambda desk: desk.handle(["missing"], "assign"),
    "silence": lambda desk: desk.silence(1, rule="surge"),
    "try_rules": lambda desk: desk.try_rules([Rule("surge", "missing")], 4),
    "unsilence": lambda desk: desk.unsilence(10**9),
    "retry": lambda desk: desk.retry("missing"),
    "retry_all": lambda desk: desk.retry_all("missing"),
    "test_receiver": lambda desk: desk.test_receiver("missing"),
    "tasks": lambda desk: desk.tasks(),
    "label": lambda desk: desk.label(10**9, "neutral"),
    "skip": lambda desk: desk.skip(10**9),
    "correct": lambda desk: desk.correct(10**9, "neutral"),
    "report": lambda desk: desk.report(10**9, Wrong.NOT_NEWS),
    "feedback": lambda desk: desk.feedback(),
    "close_feedback": lambda desk: desk.close_feedback(10**9),
    "undo": lambda desk: desk.undo(),
    "release": lambda desk: desk.release([10**9]),
    "hold": lambda desk: desk.hold([10**9]),
    "poll": lambda desk: desk.poll("missing"),
    "comment": lambda desk: desk.comment(10**9, "x"),
    "remove_comment": lambda desk: desk.remove_comment(10**9),
    "disputes": lambda desk: desk.disputes(),
    "decide": lambda desk: desk.decide(10**9, "neutral"),
    "merge_stories": lambda desk: desk.merge_stories(10**9, 1),
    "split_story": lambda desk: desk.split_story(10**9, [1]),
    "label_story": lambda desk: desk.label_story(10**9, "neutral"),
    "history": lambda desk: desk.history(),
    "take_back": lambda desk: desk.take_back(10**9),
}
RULING: dict[str, Callable[[Desk], object]] = {
    "promote": lambda desk: desk.promote("missing"),
    "rollback": lambda desk: desk.rollback(),
    "train": lambda desk: desk.train(),
    "resume": lambda desk: desk.resume("missing"),
    "cancel": lambda desk: desk.cancel("missing"),
    "users": lambda desk: desk.users(),
    "keep_company": lambda desk: desk.keep_company(Company("acme", "Acme")),
    "drop_company": lambda desk: desk.drop_company("missing"),
    "add_user": lambda desk: desk.add_user("", "", Role.VIEWER),
    "disable_user": lambda desk: desk.disable_user("missing"),
    "write_guideline": lambda desk: desk.write_guideline(""),
    "analysts": lambda desk: desk.analysts(),
    "agreeing_pairs": lambda desk: desk.agreeing_pairs(),
    "doubts": lambda desk: desk.doubts(),
    "decide_doubt": lambda desk: desk.decide_doubt("missing", True, "why"),
    "set_skills": lambda desk: desk.set_skills("missing", [], []),
    "labels": lambda desk: desk.labels(),
    "bring_labels": lambda desk: desk.bring_labels([{}]),
    "bring_file": lambda desk: desk.bring_file(Path("missing.jsonl")),
    "audit": lambda desk: desk.audit(),
    "audit_actions": lambda desk: desk.audit_actions(),
    "audit_state": lambda desk: desk.audit_state(),
}


def test_every_method_has_a_role() -> None:
    methods = {name for name in dir(Desk) if not name.startswith("_")}
    assert methods == {*READING, *ANALYSING, *RULING}


def test_what_a_role_may_not_do_is_refused_and_recorded(
    desk_of: Callable[[str], Desk], monitor: Monitor
) -> None:
    for role, forbidden in (("viewer", {**ANALYSING, **RULING}), ("analyst", RULING)):
        desk = desk_of(role)
        desk.address = "10.0.0.1"
        for name, act in forbidden.items():
            with pytest.raises(AccessError, match=rf"^{role} is an? {role}; to .* takes an? "):
                act(desk)
                pytest.fail(f"{role} may {name}")
    monitor.recurring.flush()
    with monitor.store.read() as tx:
        entries = audit.page(tx)
    assert {(one.action, one.address) for one in entries} == {("access.refused", "10.0.0.1")}
    times = {role: 0 for role in ("viewer", "analyst")}
    for one in entries:
        times[one.user] += int(one.detail.get("more", 1))
    assert times == {"viewer": len(ANALYSING) + len(RULING), "analyst": len(RULING)}
    first = entries[-1]
    assert (first.user, first.target, dict(first.detail)) == (
        "viewer",
        "acknowledge alerts",
        {"role": "viewer", "needed": "analyst"},
    )


def test_what_a_role_may_do_is_not_refused(desk_of: Callable[[str], Desk]) -> None:
    for role, allowed in (("viewer", READING), ("analyst", {**READING, **ANALYSING}), ("admin", ANALYSING)):
        for act in allowed.values():
            with suppress(NotFoundError, UserError):
                act(desk_of(role))


# --- look ---------------------------------------------------------------------------------------


def test_the_overview_agrees_with_what_was_put_in(desk: Desk, room: Newsroom) -> None:
    overview = desk.overview(24)
    assert overview.articles == len(room.article_ids)
    assert overview.stories == sum(window.stories for window in overview.trend)
    assert 0 < overview.negative_share < 1
    assert overview.negative_share == overview.negative / overview.stories
    assert (overview.open_alerts, overview.open_tasks) == (1, len(room.task_ids))
    assert list(overview.sources_failing) == [newsroom.FEEDS[-1]]
    assert not overview.sample
    negatives = [trend.negative for trend in overview.topics]
    assert negatives == sorted(negatives, reverse=True) and overview.topics[0].topic.name == "legal"
    assert overview.top_stories[0].reach >= overview.top_stories[-1].reach >= 1


def test_the_sample_counts_only_while_there_is_nothing_else(
    desk_of: Callable[[str], Desk], monitor: Monitor
) -> None:
    desk = desk_of("viewer")
    assert desk.overview().sample and desk.overview().stories == 0
    newsroom.furnish(monitor.store, NOW, sample=True, hours=3)
    shown = desk.overview()
    assert shown.sample and shown.stories > 0 and all(story.sample for story in shown.top_stories)
    assert desk.overview(sample=False).stories == 0


def test_an_article_is_explained_by_what_serves(
    desk: Desk, monitor: Monitor, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "served", FakeClassifier())
    (view, *_) = desk.articles(company="northwind")
    told = desk.explanation(view.article.id)
    assert told.text == view.article.content and told.attributions
    name = view.article.named["northwind"]
    assert desk.explanation(view.article.id, f"company:{name}").target == f"company:{name}"
    with pytest.raises(UserError, match="target 'nonsense' is unknown: expected sentiment"):
        desk.explanation(view.article.id, "nonsense")
    with pytest.raises(NotFoundError):
        desk.explanation(10**9)


@pytest.mark.parametrize("hours", [0, -1, 24 * 367])
def test_periods_out_of_range_are_refused(desk: Desk, hours: int) -> None:
    with pytest.raises(UserError, match="hours"):
        desk.overview(hours)
    with pytest.raises(UserError):
        desk.trend(Scope("all"), hours)


def test_a_trend_has_its_steps_and_a_bound(desk: Desk) -> None:
    assert len(desk.trend(Scope("company", "northwind"), 24, 60)) == 24
    with pytest.raises(UserError, match="2000 steps"):
        desk.trend(Scope("all"), 24 * 300, 5)


def test_articles_are_found_in_both_languages(desk: Desk) -> None:
    for text in ("brake", "制动"):
        found = desk.articles(text=text, sentiment="negative", company="northwind")
        assert found and all(text in view.article.text for view in found)


def test_an_article_comes_with_its_story(desk: Desk, room: Newsroom) -> None:
    story = next(view for view in desk.articles(limit=500) if view.companies)
    detail = desk.article(story.article.id)
    assert detail.prediction and detail.decision and detail.companies == story.companies
    assert list(detail.companies) == sorted(detail.article.named)
    told = {view.article.story_id for view in detail.story}
    assert told <= {detail.article.story_id} and detail.article.id not in {v.article.id for v in detail.story}


# --- alerts -------------------------------------------------------------------------------------


def test_an_alert_shows_its_evidence(desk: Desk, room: Newsroom) -> None:
    detail = desk.alert(room.alert_id)
    assert {view.article.id for view in detail.evidence} == set(detail.alert.article_ids)
    (own,) = [window for window in detail.history if window.start_at == detail.alert.start_at]
    assert own.negative == detail.alert.voices and detail.alert.observed / 2 < own.weight <= own.stories
    assert sum(window.negative for window in detail.history) > own.negative, "and what went before"
    assert {delivery.notifier for delivery in detail.deliveries} == {"desk-webhook", "night-desk"}
    assert [event.event for event in detail.events] == ["opened"]


def test_acknowledging_and_resolving_are_recorded_with_who_and_why(
    desk: Desk, room: Newsroom, monitor: Monitor
) -> None:
    assert desk.acknowledge(room.alert_id, " calling\x1b[31m the company\n ").state is AlertState.ACKNOWLEDGED
    with pytest.raises(ConflictError):
        desk.acknowledge(room.alert_id)
    assert desk.resolve(room.alert_id).resolved_by == "admin"
    with pytest.raises(ConflictError):
        desk.resolve(room.alert_id)
    assert desk.alerts() == [] and len(desk.alerts(())) == 1
    events = desk.alert(room.alert_id).events
    assert [event.event for event in events] == ["opened", "acknowledged", "resolved"]
    assert [event.user for event in events] == ["", "admin", "admin"]
    assert events[1].note == "calling[31m the company"
    with monitor.store.read() as tx:
        assert [entry.action for entry in audit.page(tx, 2)] == ["alert.resolve", "alert.acknowledge"]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("", ["day"]),
        ('[rules.surge]\nreceivers = ["night", "off"]\n', ["night"]),
        ('[rules.surge]\nreceivers = ["off"]\n', []),
        ('[rules.other]\nreceivers = ["night"]\n', ["day"]),
    ],
)
def test_who_hears_of_a_rules_alerts_hears_of_their_end(
    tmp_path: Path, monitor: Monitor, registry: Registry, room: Newsroom, rules: str, told: list[str]
) -> None:
    tables = [f'[notifiers.{name}]\nkind = "console"\n' for name in ("day", "night")]
    off = '[notifiers.off]\nkind = "console"\nenabled = false\n'
    (tmp_path / "config.toml").write_text(f'{"".join(tables)}{off}[alerts]\nnotify = ["day"]\n{rules}')
    settings = config.load(tmp_path / "config.toml", {"MONITOR_STORE__URL": monitor.settings.store.url})
    store = open_store(settings.store.url)
    with Monitor(settings, store, registry, FakeFetcher(), companies=(), now=lambda: NOW) as other:
        with other.store.begin() as tx:
            alert = alerts.get(tx, room.alert_id)
            heard = [one.receiver for one in other.tree.hearings(alert)]
            for name in heard:
                hearings.put(tx, alert.id, name, Known(NOW, NOW, alert.voices))
        assert heard == told
        Desk(other, User(1, "ann", Role.ANALYST, NOW)).resolve(room.alert_id)
    with monitor.store.read() as tx:
        ends = [one.notifier for one in deliveries.all(tx, (), 100) if one.event == "resolved"]
    assert ends == told


def test_a_receiver_that_is_no_notifier_stops_a_start(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[notifiers.night]\nkind = "console"\n[rules.surge]\nreceivers = ["night", "nihgt"]\n'
    )
    told = (
        r"^config.toml: \[rules.surge\] receivers: there is no notifier 'nihgt' \(did you mean 'night'\?\);"
    )
    with pytest.raises(ConfigError, match=told):
        config.load(tmp_path / "config.toml", {})


def test_a_message_on_a_topic_of_a_company_says_what_is_negative_towards_it(
    desk: Desk, room: Newsroom, monitor: Monitor
) -> None:
    surge = desk.alert(room.alert_id).evidence[0]
    other = next(
        one for one in desk.articles(sentiment="negative", limit=500) if "northwind" not in one.companies
    )
    with monitor.store.begin() as tx:
        alert = replace(alerts.get(tx, room.alert_id), scope=Scope("both", "legal:northwind"))
        alerts.put(
            tx, replace(alert, id="both", article_ids=(surge.article.id, other.article.id), start_at=NOW)
        )
    with monitor.store.begin() as tx:
        hearings.put(tx, "both", "desk", Known(NOW, NOW, 1))
    outbox.resolve(monitor.store, "both", "ann", NOW, tree=Tree.plain(["desk"]), titles=monitor.titles)
    with monitor.store.read() as tx:
        (told,) = [one.payload for one in deliveries.all(tx, (), 100) if one.alert_id == "both"]
    assert told["scope"]["en"] == "Northwind Motors, Legal and regulation"
    found = {one["article_id"]: one["negative"] for one in told["evidence"]}
    assert found[surge.article.id] > 0.3 and found[other.article.id] is None


def test_a_dead_message_can_be_sent_again(desk: Desk, room: Newsroom, monitor: Monitor) -> None:
    (dead,) = desk.deliveries((DeliveryState.DEAD,))
    desk.retry(dead.id)
    assert desk.deliveries((DeliveryState.DEAD,)) == []
    with monitor.store.read() as tx:
        assert [delivery.id for delivery in deliveries.due(tx, 10)] == [dead.id]


# --- the queue ----------------------------------------------------------------------------------


def test_labelling_skipping_and_undoing(desk: Desk, room: Newsroom, monitor: Monitor) -> None:
    first, second = desk.tasks(2)
    assert first.task.priority >= second.task.priority and first.prediction is not None
    label = desk.label(first.task.id, "positive", ["deal", "deal"])
    assert (label.user, label.sentiment, label.topics) == ("admin", "positive", ("deal",))
    desk.skip(second.task.id)
    stats = desk.queue_stats()
    assert (stats["open"], stats["done"], stats["skipped"]) == (len(room.task_ids) - 2, 1, 1)
    assert desk.articles(sentiment="positive", limit=500) and desk.new_labels() == 1
    again = desk.undo()
    assert again is not None and again.task.state is TaskState.OPEN
    assert desk.undo() is not None and desk.undo() is None
    assert desk.new_labels() == 0
    with monitor.store.read() as tx:
        actions = [entry.action for entry in audit.page(tx)]
    assert actions == ["task.undo", "task.undo", "task.skip", "task.label"]


def test_bad_answers_are_refused_before_anything_changes(desk: Desk) -> None:
    (view,) = desk.tasks()
    with pytest.raises(UserError, match="expected one of negative, neutral, positive"):
        desk.label(view.task.id, "angry")
    with pytest.raises(UserError, match="topic 'weather'"):
        desk.label(view.task.id, "neutral", ["weather"])
    assert desk.queue_stats()["labels"] == 0


def test_an_answer_says_how_it_came_about_and_judges_companies(desk: Desk, monitor: Monitor) -> None:
    view = next(view for view in desk.tasks(100) if view.article.named)
    company = next(iter(view.article.named))
    how = Circumstances(suggested=True, seconds=3.25, key="one")
    label = desk.label(view.task.id, "neutral", None, {company: "negative"}, how)
    assert (label.companies, label.suggested, label.seconds) == ({company: "negative"}, True, 3.25)
    assert desk.label(view.task.id, "neutral", None, {company: "negative"}, how) == label
    assert desk.article(view.article.id).companies[company] == Towards("negative", 1.0)
    with monitor.store.read() as tx:
        assert [entry.action for entry in audit.page(tx)] == ["task.label"], "written down once"
    other = next(view for view in desk.tasks(100) if view.article.named)
    with pytest.raises(UserError, match="company 'nobody': expected one of"):
        desk.label(other.task.id, "neutral", None, {"nobody": "negative"})
    with pytest.raises(UserError, match="seconds"):
        desk.label(other.task.id, "neutral", how=Circumstances(seconds=-1))


def test_tasks_given_back_are_for_others(desk: Desk, desk_of: Callable[[str], Desk]) -> None:
    mine = [view.task.id for view in desk.tasks(100)]
    assert desk_of("analyst").tasks(100) == []
    desk.release(mine[:2])
    assert [view.task.id for view in desk_of("analyst").tasks(100)] == mine[:2]


def test_a_task_brings_what_its_page_shows(desk: Desk) -> None:
    views = [view for view in desk.tasks(100) if view.article.named]
    assert views
    for view in views:
        assert [(one.id, one.alias) for one in view.companies] == list(view.article.named.items())
        assert {one.name for one in view.companies} <= {company.name for company in newsroom.COMPANIES}
        assert view.source in desk.source_titles().values()
        assert view.reason["en"] == str(view.task.reason) and view.reason.keys() == {"en", "zh"}
        named = {view.article.text[start:end] for start, end in view.text_marks}
        assert named == set(view.article.named.values())


def test_a_story_that_is_judged_blind_is_handed_without_its_other_articles_predictions(
    desk: Desk, monitor: Monitor
) -> None:
    first = desk.tasks(1)[0].article
    story = first.story_id
    with monitor.store.begin() as tx:
        told = f"{first.content} That is not all."
        other = replace(first, content=told, text=told, identity_key="other", id=0, text_id=0)
        stored = articles.insert(tx, other)
        prediction = FakeClassifier().classify([stored])[0]
        unsure = Decision(Route.REVIEW, "unsure")
        predictions.put(tx, stored.id, prediction, unsure, (), NOW)
        assert tasks.open_task(tx, stored.id, unsure, 0.5, NOW) is not None
    asked = [view for view in desk.tasks(100) if view.article.story_id == story]
    assert len(asked) == 2
    with monitor.store.begin() as tx:
        tasks.claim(tx, desk.user.name, [asked[0].task.id], NOW, blind=True)
    for view in desk.tasks(100):
        hidden = view.article.story_id == story
        assert (view.prediction is None) == hidden and (view.reason["en"] == "") == hidden


def test_an_answer_to_another_article_than_the_one_seen_is_refused(desk: Desk) -> None:
    view = desk.tasks(1)[0]
    for give in (
        lambda: desk.label(view.task.id, "neutral", article="another"),
        lambda: desk.skip(view.task.id, article="another"),
    ):
        with pytest.raises(ConflictError, match="about another article now"):
            give()
    assert desk.label(view.task.id, "neutral", article=view.article.identity_key).sentiment == "neutral"


def test_an_undo_of_an_answer_that_is_taken_back_is_not_written_down_again(
    desk: Desk, monitor: Monitor
) -> None:
    view = desk.tasks(1)[0]
    desk.label(view.task.id, "neutral", how=Circumstances(key="one"))
    for key in ("two", "three"):
        undone = desk.undo(key, "one")
        assert undone is not None and undone.task.id == view.task.id
    with monitor.store.read() as tx:
        assert [entry.action for entry in audit.page(tx)] == ["task.undo", "task.label"]


def test_who_judges_blind_is_told_nowhere_what_the_model_thinks(
    desk: Desk, room: Newsroom, monitor: Monitor
) -> None:
    negative = {view.article.id for view in desk.articles(sentiment="negative", limit=500)}
    views = desk.tasks(100, blind=True)
    assert all(view.prediction is None and not view.task.reason for view in views)
    hidden = {view.article.id for view in views}
    assert (
        hidden & negative
        and hidden & {view.article.id for view in desk.alert(room.alert_id).evidence} == set()
    )
    for article_id in hidden:
        detail = desk.article(article_id)
        assert detail.prediction is None and detail.decision is None
        assert {towards.sentiment for towards in detail.companies.values()} <= {""}
        with pytest.raises(ConflictError, match="without the model's opinion"):
            desk.explanation(article_id)
    listed = {view.article.id: view for view in desk.articles(limit=500)}
    for article_id in hidden:
        view = listed[article_id]
        assert (view.prediction, view.route, view.sentiment, view.topics) == (None, None, "", ())
    assert not hidden & {view.article.id for view in desk.articles(sentiment="negative", limit=500)}
    assert not hidden & {view.article.id for view in desk.articles(topic="legal", limit=500)}
    stories = {view.article.story_id for view in views}
    assert all(not one.label for one in desk.overview().top_stories if one.id in stories)
    assert all(not one.payload for one in desk.deliveries())
    told = [desk.alert(room.alert_id).alert, *desk.alerts(states=()), desk.acknowledge(room.alert_id)]
    assert all(not hidden & set(alert.article_ids) for alert in told)
    assert all(not one.payload for one in desk.alert(room.alert_id).deliveries)
    # another analyst sees all of it, and so does this one once they have answered
    other = Desk(monitor, replace(desk.user, name="another"))
    assert {view.article.id for view in other.articles(sentiment="negative", limit=500)} == negative
    for view in views:
        desk.skip(view.task.id)
    assert {view.article.id for view in desk.articles(sentiment="negative", limit=500)} == negative
    assert desk.alert(room.alert_id).evidence and desk.deliveries()[0].payload


def test_two_analysts_at_once_give_every_task_one_label(
    desk_of: Callable[[str], Desk], room: Newsroom, monitor: Monitor
) -> None:
    with monitor.store.begin() as tx:
        names = [users.add(tx, f"analyst-{n}", "no password", Role.ANALYST, monitor.now()) for n in range(4)]
    conflicts = []

    def work(user: User) -> None:
        desk = Desk(monitor, user)
        while views := desk.tasks(2):
            for view in views:
                try:
                    desk.label(view.task.id, "neutral")
                except ConflictError as error:
                    conflicts.append(error)

    threads = [threading.Thread(target=work, args=(user,)) for user in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with monitor.store.read() as tx:
        stats = tasks.stats(tx)
    assert stats["labels"] == stats["done"] == len(room.task_ids) and not conflicts


# --- sources and models ---------------------------------------------------------------------------


def test_sources_join_the_settings_with_the_store(desk: Desk) -> None:
    views = {view.name: view for view in desk.sources()}
    assert list(views) == list(newsroom.FEEDS)
    assert views["caijing-shibao"].title == "财经时报" and views["caijing-shibao"].configured
    assert views[newsroom.FEEDS[-1]].status.consecutive_failures == 1


def test_a_source_that_is_configured_no_more_is_still_shown(desk: Desk, monitor: Monitor) -> None:
    with monitor.store.begin() as tx:
        sources.failed(tx, "old", "gone", NOW, 0.0)
    assert [view.name for view in desk.sources() if not view.configured] == ["old"]


def test_polling_unknown_sources_is_refused_with_the_known_ones(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="harbour-wire"):
        desk.poll("missing")
    assert desk.poll("harbour-wire").ok


def test_a_damaged_model_is_not_promoted(desk: Desk) -> None:
    version = next(one for one in desk.models() if one.state is ModelState.RETIRED)
    with pytest.raises(ModelError):
        desk.promote(version.id)
    assert next(one for one in desk.models() if one.id == version.id).state is ModelState.RETIRED


@pytest.fixture
def running(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Trainings that wait for this event, then end with a version."""
    go_on, holder = threading.Event(), monitor.heart.holder

    def run(id: str) -> None:
        with monitor.store.begin() as tx:
            claim = trainings.claim(tx, id, holder, NOW)
        assert go_on.wait(60)
        with monitor.store.begin() as tx:
            if not trainings.finish(tx, claim, "m1", "promoted", "/srv/models/m1 serves", NOW):
                trainings.end(tx, claim, TrainingState.FAILED, "", NOW)

    monkeypatch.setattr(monitor, "run_training", run)
    monkeypatch.setattr(learning, "check", lambda *_: None)
    yield go_on
    go_on.set()
    _join_trainings()


def _join_trainings() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("training "):
            thread.join(60)


def test_training_runs_in_the_background_and_tells_how_it_ended(
    desk: Desk, desk_of: Callable[[str], Desk], running: threading.Event
) -> None:
    assert desk.trainings() == []
    asked = desk.train("dashboard")
    assert (asked.state, asked.asked_by, asked.via) == (TrainingState.QUEUED, "admin", "dashboard")
    with pytest.raises(ConflictError, match=f"running already .{asked.id}."):
        desk.train()
    running.set()
    _join_trainings()
    (ended,) = desk_of("viewer").trainings()
    assert (ended.id, ended.state, ended.verdict) == (asked.id, TrainingState.DONE, "promoted")
    assert ended.outcome == "m1 serves", "without its folder"
    assert desk.training(asked.id) == ended


def test_a_training_is_cancelled_and_resumed_at_the_desk_wherever_it_runs(
    desk: Desk, monitor: Monitor, running: threading.Event
) -> None:
    """Here in a process elsewhere, which dies once."""
    asked = learning.ask(monitor.store, NOW, user="cron", via="schedule")
    with monitor.store.begin() as tx:
        processes.enter(tx, Process("elsewhere", "host", "worker", "", 1, 1, 0, NOW, NOW))
        trainings.claim(tx, asked.id, "elsewhere", NOW)
        processes.leave(tx, "elsewhere", NOW)
    assert desk.training(asked.id).state is TrainingState.INTERRUPTED
    assert desk.resume(asked.id).state is TrainingState.QUEUED
    while desk.training(asked.id).state is not TrainingState.RUNNING:
        time.sleep(0.05)
    assert desk.cancel(asked.id).state is TrainingState.CANCELLING
    running.set()
    _join_trainings()
    ended = desk.training(asked.id)
    assert (ended.state, ended.outcome) == (TrainingState.CANCELLED, "cancelled by admin")
    with pytest.raises(ConflictError, match="is cancelled"):
        desk.resume(asked.id)
    with monitor.store.read() as tx:
        actions = [(one.action, one.user) for one in audit.page(tx)]
    assert actions[:2] == [("training.cancel", "admin"), ("training.resume", "admin")]


def test_what_can_be_refused_is_refused_before_there_is_a_training(desk: Desk) -> None:
    with pytest.raises(UserError, match="nothing to learn from"):
        desk.train()
    assert desk.trainings() == []


def test_what_happened_to_a_version_is_told(desk: Desk) -> None:
    champion = next(one for one in desk.models() if one.state is ModelState.CHAMPION)
    told = desk.events_of(champion.id)
    assert [one.event for one in told] == ["gated", "promoted"] and told == desk.model_events()[champion.id]
    assert told[0].reason == champion.reason
    with pytest.raises(NotFoundError):
        desk.events_of("missing")


# --- users ----------------------------------------------------------------------------------------


def test_users_are_added_and_disabled(desk: Desk, monitor: Monitor) -> None:
    desk.add_user(" eve ", "a long password", Role.VIEWER)
    with pytest.raises(ConflictError, match="eve"):
        desk.add_user("eve", "a long password", Role.VIEWER)
    secret, _ = auth.log_in(monitor.store, "eve", "a long password", NOW)
    desk.disable_user("eve")
    assert auth.user_of_session(monitor.store, secret, NOW) is None
    with pytest.raises(ConflictError, match="yourself"):
        desk.disable_user("admin")
    assert [(user.name, user.disabled) for user in desk.users()] == [("admin", False), ("eve", True)]


def test_tokens_are_named_and_run_out(desk: Desk, monitor: Monitor) -> None:
    token = desk.create_token("nightly export", 30)
    assert auth.user_of_token(monitor.store, token, NOW) == desk.user
    assert auth.user_of_token(monitor.store, token, NOW + timedelta(days=30)) is None
    for name, days in (("", 1), ("x" * 101, 1), ("a\x00", 1), ("fine", 0), ("fine", 10**9)):
        with pytest.raises(UserError):
            desk.create_token(name, days)


def test_the_door_opens_for_a_live_session_only(monitor: Monitor, desk_of: Callable[[str], Desk]) -> None:
    user = desk_of("viewer").user
    with monitor.store.begin() as tx:
        users.add_token(tx, auth.digest("secret"), "session", user.id, "", NOW, NOW + timedelta(hours=1))
    serve_from(monitor)
    found = desk_for("secret")
    assert found is not None and found.user == user
    assert desk_for("") is None and desk_for("other") is None


# --- one's own password and tokens ----------------------------------------------------------------


@pytest.fixture
def own(monitor: Monitor) -> Callable[..., Desk]:
    """A desk that was come to by a log-in: own("ann") has logged in just now, with PASSWORD."""

    def make(name: str, role: Role = Role.VIEWER) -> Desk:
        with monitor.store.begin() as tx:
            if users.get(tx, name) is None:
                users.add(tx, name, HASH, role, NOW)
        secret, user = auth.log_in(monitor.store, name, PASSWORD, NOW, "10.0.0.1")
        return Desk(monitor, user, address="10.0.0.1", key=auth.digest(secret))

    return make


PASSWORD = "correct horse"
HASH = auth.hash_password(PASSWORD, "ann")


def test_everybody_sees_and_ends_their_own_tokens(own: Callable[..., Desk], monitor: Monitor) -> None:
    ann, elsewhere, bob = own("ann"), own("ann"), own("bob")
    ann.create_token("nightly export", 30)
    listed = ann.tokens()
    assert sorted((one.kind, one.name, one.own) for one in listed) == [
        ("api", "nightly export", False),
        ("session", "", False),
        ("session", "", True),
    ]
    other = next(one for one in listed if one.kind == "session" and not one.own)
    with pytest.raises(NotFoundError):
        bob.revoke_token(other.id)
    for act in (lambda: bob.tokens("ann"), lambda: bob.revoke_token(other.id, "ann")):
        with pytest.raises(AccessError, match="of others takes an admin"):
            act()
    ann.revoke_token(other.id)
    with monitor.store.read() as tx:
        assert users.token(tx, elsewhere.key, NOW) is None
        newest = audit.page(tx, action="session.revoke")[0]
    assert (newest.user, newest.target, newest.detail["id"]) == ("ann", "ann", other.id)
    assert ann.revoke_others() == 1
    assert [one.own for one in ann.tokens()] == [True]
    assert len(bob.tokens()) == 1


def test_an_administrator_ends_anybodys(own: Callable[..., Desk]) -> None:
    ann, admin = own("ann"), own("root", Role.ADMIN)
    (session,) = admin.tokens("ann")
    assert (session.user, session.own) == ("ann", False)
    admin.revoke_token(session.id, "ann")
    assert ann.tokens() == []


def test_a_password_is_changed_by_who_knows_it(own: Callable[..., Desk], monitor: Monitor) -> None:
    ann, elsewhere = own("ann"), own("ann")
    token = ann.create_token("script")
    with pytest.raises(AccessError, match="old password is not right"):
        ann.change_password("wrong horse!", "a better password")
    with pytest.raises(UserError, match="characters"):
        ann.change_password(PASSWORD, "short")
    ann.change_password(PASSWORD, "a better password")
    with pytest.raises(AccessError):
        auth.log_in(monitor.store, "ann", PASSWORD, NOW)
    auth.log_in(monitor.store, "ann", "a better password", NOW)
    with monitor.store.read() as tx:
        assert users.token(tx, ann.key, NOW) is not None, "the session that changed it goes on"
        assert users.token(tx, elsewhere.key, NOW) is None
        actions = [(one.action, one.address) for one in audit.page(tx, action="user")]
    assert auth.user_of_token(monitor.store, token, NOW) is None
    assert actions == [("user.password", "10.0.0.1"), ("user.password_refused", "10.0.0.1")]


def test_an_open_session_is_no_place_to_guess_at_the_password(
    own: Callable[..., Desk], monitor: Monitor
) -> None:
    ann, bob = own("ann"), own("bob")
    for _ in range(5):
        with pytest.raises(AccessError, match="not right"):
            ann.change_password("wrong horse!", "a better password")
    with pytest.raises(AccessError, match="too often; try again in 15 minutes"):
        ann.change_password(PASSWORD, "a better password")
    bob.change_password(PASSWORD, "a better password")


def test_guesses_at_a_password_made_at_once_are_all_judged_by_the_limit(
    own: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, start = own("ann"), threading.Barrier(20)
    judged: list[str] = []
    monkeypatch.setattr(auth, "verify_password", lambda _, tried: judged.append(tried))

    def guess() -> None:
        start.wait(60)
        with suppress(AccessError):
            ann.change_password("wrong horse!", "a better password")

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(judged) == 5
    with pytest.raises(AttemptsError) as error:
        ann.change_password(PASSWORD, "a better password")
    assert 0 < error.value.retry_after <= 900


# --- saying that a judgement is wrong --------------------------------------------------------------


def test_a_correction_counts_at_once_and_is_heard_as_often_as_it_is_made(
    desk_of: Callable[[str], Desk], room: Newsroom, monitor: Monitor
) -> None:
    analyst, other = desk_of("analyst"), desk_of("admin")
    about = room.article_ids[0]
    first = analyst.correct(about, "positive", ["macro"], note="it denies it", key="one")
    assert (first.lane, first.inclusion, first.suggested, first.gold) == (Lane.REQUEST, None, True, False)
    assert (first.note, first.topics) == ("it denies it", ("macro",))
    assert analyst.correct(about, "positive", ["macro"], note="it denies it", key="one") == first
    detail = analyst.article(about)
    assert (detail.sentiment, detail.topics, detail.labelled) == ("positive", ("macro",), True)
    second = other.correct(about, "neutral")
    assert second.task_id != first.task_id and other.article(about).sentiment == "neutral"
    with pytest.raises(ConflictError, match="the key one was used for another answer"):
        analyst.correct(about, "negative", key="one")
    assert analyst.undo("back") is not None and other.article(about).sentiment == "neutral"
    with monitor.store.read() as tx:
        actions = [entry.action for entry in audit.page(tx)]
        assert [label.id for label in labels.of_text(tx, articles.get(tx, about).text_id)] == [second.id]
    assert actions == ["task.undo", "article.correct", "article.correct"]


def test_a_correction_is_of_what_the_article_names_and_the_monitor_knows(desk: Desk, room: Newsroom) -> None:
    about = room.article_ids[0]
    with pytest.raises(UserError, match="'bad'"):
        desk.correct(about, "bad")
    with pytest.raises(UserError, match="topic 'weather'"):
        desk.correct(about, "neutral", ["weather"])
    with pytest.raises(NotFoundError, match="company 'nobody'"):
        desk.correct(about, "neutral", companies={"nobody": "neutral"})
    with pytest.raises(UserError, match="note"):
        desk.correct(about, "neutral", note="x" * 2001)
    assert desk.queue_stats()["lanes"]["request"]["done"] == 0, "nothing of it is kept"


def test_who_judges_a_story_blind_corrects_nothing_of_it_meanwhile(
    desk: Desk, room: Newsroom, monitor: Monitor
) -> None:
    [view] = desk.tasks(1, blind=True)
    with pytest.raises(ConflictError, match="without the model's opinion"):
        desk.correct(view.article.id, "neutral")
    with pytest.raises(ConflictError, match="without the model's opinion"):
        desk.report(view.article.id, Wrong.SENTIMENT)


@pytest.mark.parametrize("kind", list(Wrong))
def test_feedback_goes_where_it_belongs(desk: Desk, room: Newsroom, monitor: Monitor, kind: Wrong) -> None:
    about = room.article_ids[0]
    told = desk.report(about, kind, "an advert")
    again = desk.report(about, kind, "an advert, surely")
    assert again.id == told.id and desk.feedback() == [again]
    asked = desk.queue_stats()["lanes"]["request"]["open"]
    assert asked == (1 if kind in (Wrong.SENTIMENT, Wrong.TOPIC) else 0)
    closed = desk.close_feedback(told.id)
    assert closed.closed_by == desk.user.name
    assert desk.feedback() == [] and desk.feedback(everything=True) == [closed]
    with pytest.raises(NotFoundError, match="feedback 99"):
        desk.close_feedback(99)


def test_what_measures_is_answered_whole(desk: Desk, room: Newsroom, monitor: Monitor) -> None:
    drawn = Decision(Route.AUDIT, "drawn at random", 0.05)
    with monitor.store.begin() as tx:
        named = [one for one in articles.get_many(tx, room.article_ids) if len(one.named) == 1]
        two = [one for one in articles.get_many(tx, room.article_ids) if len(one.named) > 1]
        task = next(filter(None, (tasks.open_task(tx, one.id, drawn, 0.5, NOW) for one in named)))
        wide = next(filter(None, (tasks.open_task(tx, one.id, drawn, 0.5, NOW) for one in two)), None)
    with pytest.raises(UserError, match="missing: the topics"):
        desk.label(task.id, "neutral")
    label = desk.label(task.id, "neutral", [])
    assert (label.lane, label.inclusion, label.topics) == (Lane.AUDIT, 0.05, ())
    if wide is not None:
        with pytest.raises(UserError, match="missing: "):
            desk.label(wide.id, "neutral", [])


# --- the audit ------------------------------------------------------------------------------------


def test_the_audit_is_read_by_an_administrator(own: Callable[..., Desk], monitor: Monitor) -> None:
    own("ann").create_token("script")
    admin = own("root", Role.ADMIN)
    entries = admin.audit()
    assert [(one.user, one.action, one.target) for one in entries] == [
        ("root", "session.open", ""),
        ("ann", "api.open", "script"),
        ("ann", "session.open", ""),
    ]
    assert [one.user for one in admin.audit(action="session", user="ann")] == ["ann"]
    assert [one.id for one in admin.audit(limit=1, before_id=entries[0].id)] == [entries[1].id]
    assert admin.audit(address="10.0.0.2") == []
    assert admin.audit_actions() == ["api.open", "session.open"]
    state = admin.audit_state()
    assert (state.entries, state.problem, state.first_bad) == (3, "", 0)
    with monitor.store.begin() as tx:
        tx.exec_driver_sql("UPDATE audit SET target = 'x' WHERE id = 2")
    assert admin.audit_state().first_bad == 2
    with pytest.raises(UserError, match="limit"):
        admin.audit(limit=0)


# --- stories -------------------------------------------------------------------------------------


def test_a_story_is_shown_with_who_tells_it(desk: Desk, room: Newsroom) -> None:
    view = desk.articles(limit=1)[0]
    found = desk.story(view.article.story_id)
    assert found.story.reach == len(found.members) >= 1
    assert found.story.voices == len(found.voices) and found.title == found.members[0].title
    assert [one.first_seen_at for one in found.members] == sorted(one.first_seen_at for one in found.members)
    with pytest.raises(NotFoundError):
        desk.story(10**9)


def test_an_analyst_merges_and_splits_stories_and_it_is_written_down(
    desk_of: Callable[[str], Desk], room: Newsroom
) -> None:
    analyst, admin = desk_of("analyst"), desk_of("admin")
    one, other, *_ = {view.article.story_id: view for view in analyst.articles(limit=200)}.values()
    stays, goes = one.article.story_id, other.article.story_id
    merged = analyst.merge_stories(stays, goes)
    assert merged.story.id == stays and analyst.story(goes).story.id == stays
    moved = [m.membership for m in merged.members if m.membership.article_id == other.article.id]
    assert [(m.how, m.user) for m in moved] == [("merge", "analyst")]
    with pytest.raises(ConflictError):
        analyst.merge_stories(goes, stays)
    apart = analyst.split_story(stays, [other.article.id])
    assert [m.membership.article_id for m in apart.members] == [other.article.id]
    with pytest.raises(ConflictError):
        analyst.split_story(stays, [other.article.id])
    actions = [entry.action for entry in admin.audit(limit=2)]
    assert actions == ["story.split", "story.merge"]


def test_who_judges_a_story_blind_is_not_told_what_it_is_negative_about(
    desk_of: Callable[[str], Desk], room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of("analyst")
    negative = next(
        found
        for view in desk.articles(limit=200)
        if (found := desk.story(view.article.story_id)).story.negative_for
    )
    monkeypatch.setattr(desk, "_hidden", lambda tx: {negative.story.id})
    assert desk.story(negative.story.id).story.negative_for == ()
