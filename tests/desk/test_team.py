"""Analysts among each other: guidelines, comments, decisions, stories at once, skills, history, figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.desk import Circumstances, Desk
from monitor.errors import AccessError, ConflictError, NotFoundError, UserError
from monitor.records import Article, Decision, Lane, ModelState, ModelVersion, Role, Route, TaskState
from monitor.registry import Registry
from monitor.store import Store, answers, articles, labels, models, predictions, stories, tasks, users
from monitor.store.guidelines import Guideline, LabelExample
from monitor.store.users import Skills
from monitor.testing import FakeFetcher, make_article, make_prediction, newsroom

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Registry]:
    folder = tmp_path_factory.mktemp("team")
    newsroom.settle(folder)
    return folder, Registry.discover(folder / "plugins")


@pytest.fixture
def monitor(settled: tuple[Path, Registry], store: Store) -> Iterator[Monitor]:
    folder, registry = settled
    settings = config.load(folder / "config.toml", {})
    with Monitor(
        settings, store, registry, FakeFetcher(), companies=newsroom.COMPANIES, now=lambda: NOW
    ) as monitor:
        yield monitor


@pytest.fixture
def sit(monitor: Monitor) -> Callable[..., Desk]:
    """A desk of the user of that name; an analyst unless told otherwise."""

    def sit(name: str, role: Role = Role.ANALYST) -> Desk:
        with monitor.store.begin() as tx:
            found = users.get(tx, name)
            return Desk(monitor, found[0] if found else users.add(tx, name, "none", role, NOW))

    return sit


@pytest.fixture
def publish(monitor: Monitor) -> Callable[..., Article]:
    """Stores an article, in a story of its own unless told otherwise, judged neutral with 0.8."""

    def publish(text: str, *, story: int = 0, language: str = "en", topic: str = "") -> Article:
        with monitor.store.begin() as tx:
            story = story or stories.create(tx, NOW)
            made = make_article(text, story_id=story)
            stored = articles.insert(tx, replace(made, language=language, first_seen_at=NOW))
            said = make_prediction(0.1, 0.8, 0.1)
            chosen = (topic,) if topic else ()
            predictions.put(tx, stored.id, said, Decision(Route.REVIEW, "unsure"), chosen, NOW)
        return stored

    return publish


def ask(monitor: Monitor, article: Article, *, lane: Lane = Lane.REVIEW, wanted: int = 1) -> int:
    with monitor.store.begin() as tx:
        task = tasks.ask(tx, article.id, lane, Decision(Route.REVIEW, "unsure"), 0.5, NOW, wanted=wanted)
    assert task is not None
    return task.id


# --- guidelines and comments ----------------------------------------------------------------


def test_guidelines_have_versions_and_labels_keep_theirs(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    admin, ann = sit("root", Role.ADMIN), sit("ann")
    assert ann.guideline() == Guideline()
    assert ann.label(ask(monitor, publish("Before any")), "neutral").guideline == 0
    example = LabelExample("negative", "公司否认，称并未被立案", "a denial is neutral only where ...")
    first = admin.write_guideline("# How\n- denials", [example])
    assert ann.label(ask(monitor, publish("Under the first")), "neutral").guideline == 1
    second = admin.write_guideline("# How, again")
    assert (first.version, second.version) == (1, 2)
    assert ann.guideline() == second and ann.guideline(1) == first
    assert ann.guideline(1).examples == (example,) and first.user == "root"
    assert [one.version for one in ann.guidelines()] == [2, 1]
    corrected = ann.correct(publish("Corrected").id, "positive")
    assert corrected.guideline == 2
    with pytest.raises(NotFoundError):
        ann.guideline(9)
    with pytest.raises(AccessError):
        ann.write_guideline("mine")
    for text, examples in (
        (" ", []),
        ("x" * 20_001, []),
        ("x", [LabelExample("sport", "goal")]),
        ("x", [LabelExample("negative", " ")]),
        ("x", [example] * 101),
    ):
        with pytest.raises(UserError):
            admin.write_guideline(text, examples)


def test_comments_are_read_by_who_does_not_judge_blind(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    ann, bo, admin = sit("ann"), sit("bo"), sit("root", Role.ADMIN)
    article = publish("Mill closes")
    first = ann.comment(article.id, " clearly negative \n")
    assert [(one.user, one.text) for one in bo.comments(article.id)] == [("ann", "clearly negative")]
    ask(monitor, article, lane=Lane.AUDIT)
    assert bo.tasks(1)[0].task.blind
    assert bo.comments(article.id) == [] and len(ann.comments(article.id)) == 1
    with pytest.raises(AccessError, match="is not yours"):
        bo.remove_comment(first.id)
    second = ann.comment(article.id, "no")
    ann.remove_comment(second.id)
    admin.remove_comment(first.id)
    assert ann.comments(article.id) == []
    with pytest.raises(NotFoundError):
        ann.remove_comment(first.id)
    with pytest.raises(NotFoundError):
        ann.comment(10**9, "x")
    for text in ("", " \n", "x" * 2001):
        with pytest.raises(UserError):
            ann.comment(article.id, text)


# --- decisions ------------------------------------------------------------------------------


@pytest.fixture
def disputed(monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]) -> Article:
    """An audit that ann and bo read differently."""
    article = publish("Mill closes")
    task = ask(monitor, article, lane=Lane.AUDIT, wanted=2)
    sit("ann").label(task, "negative", [], how=Circumstances(note="jobs go"))
    sit("bo").label(task, "neutral", [])
    return article


def test_who_decides_sees_what_was_said_and_not_by_whom(sit: Callable[..., Desk], disputed: Article) -> None:
    (one,) = sit("cy").disputes()
    assert one.article.id == disputed.id
    assert sorted(answer.sentiment for answer in one.answers) == ["negative", "neutral"]
    assert {answer.user for answer in one.answers} == {""}
    assert sit("ann").disputes() == sit("bo").disputes() == []


def test_what_is_decided_is_gold_and_then_the_names_are_told(
    monitor: Monitor, sit: Callable[..., Desk], disputed: Article
) -> None:
    cy = sit("cy")
    decided = cy.decide(disputed.text_id, "negative", ["legal"], note="jobs", key="k1")
    assert decided.label.gold and decided.label.lane is Lane.REQUEST
    assert {(one.user, one.sentiment, one.note) for one in decided.answers} == {
        ("ann", "negative", "jobs go"),
        ("bo", "neutral", ""),
    }
    again = cy.decide(disputed.text_id, "negative", ["legal"], note="jobs", key="k1")
    assert again.label == decided.label
    assert cy.disputes() == []
    with monitor.store.read() as tx:
        (current,) = labels.current(tx)
        assert current.label.gold and len(labels.of_text(tx, disputed.text_id)) == 3
        assert sum(one.gold for one in labels.of_text(tx, disputed.text_id)) == 1
    with pytest.raises(ConflictError, match="decided already"):
        sit("dee").decide(disputed.text_id, "neutral")


def test_nobody_decides_between_themselves_and_another(sit: Callable[..., Desk], disputed: Article) -> None:
    with pytest.raises(ConflictError, match="you read it yourself"):
        sit("ann").decide(disputed.text_id, "negative")
    with pytest.raises(NotFoundError, match="do not differ"):
        sit("cy").decide(10**6, "negative")
    with pytest.raises(UserError):
        sit("cy").decide(disputed.text_id, "angry")
    sit("bo").undo()
    with pytest.raises(NotFoundError, match="do not differ"):
        sit("cy").decide(disputed.text_id, "negative")


def test_topics_and_companies_can_differ_too(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    task = ask(monitor, publish("Mill closes"), lane=Lane.AUDIT, wanted=2)
    sit("ann").label(task, "negative", ["legal"])
    sit("bo").label(task, "negative", [])
    assert len(sit("cy").disputes()) == 1
    same = ask(monitor, publish("Bank opens"), wanted=2)
    sit("ann").label(same, "positive")
    sit("bo").label(same, "positive", ["legal"])
    assert len(sit("cy").disputes()) == 1, "who judged no topics says nothing against them"


# --- a story at once ------------------------------------------------------------------------


def test_a_story_is_labelled_at_once_and_measures_nothing(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    first = publish("Mill closes")
    second = publish("The mill shuts", story=first.story_id)
    copy = publish("Mill closes", story=first.story_id)
    audit = ask(monitor, second, lane=Lane.AUDIT)
    ann = sit("ann")
    assert copy.text_id == first.text_id
    assert ann.label_story(first.story_id, "negative", ["legal"], "all of it") == 2
    assert ann.label_story(first.story_id, "positive") == 0, "answers of one's own stay"
    with monitor.store.read() as tx:
        assert tasks.get(tx, audit).state is TaskState.OPEN
        given = [one for text in (first.text_id, second.text_id) for one in labels.of_text(tx, text)]
        assert {(one.sentiment, one.gold, one.lane, one.suggested) for one in given} == {
            ("negative", False, Lane.REQUEST, True)
        }
    assert [one.task.id for one in sit("bo").tasks(5)] == [audit], "it is asked of somebody else, blind"
    assert audit not in [one.task.id for one in ann.tasks(5)]
    with pytest.raises(ConflictError, match="without the model's opinion"):
        sit("bo").label_story(first.story_id, "negative")
    with pytest.raises(NotFoundError):
        ann.label_story(10**6, "negative")
    with pytest.raises(UserError, match="AAA"):  # though nothing is left to be labelled
        ann.label_story(first.story_id, "negative", ["AAA"])


# --- skills ---------------------------------------------------------------------------------


def test_tasks_go_to_who_reads_the_language_and_first_to_who_knows_the_topic(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    about = {
        "plain": publish("Mill closes"),
        "legal": publish("Court rules", topic="legal"),
        "zh": publish("工厂关闭", language="zh"),
        "unknown": publish("???", language=""),
    }
    ids = {ask(monitor, article): name for name, article in about.items()}
    admin, ann, bo = sit("root", Role.ADMIN), sit("ann"), sit("bo")
    admin.set_skills("ann", ["en"], ["legal"])

    def handed(desk: Desk) -> list[str]:
        found = [ids[view.task.id] for view in desk.tasks(9)]
        desk.release(list(ids))
        return found

    assert handed(ann)[0] == "legal" and set(handed(ann)) == {"plain", "legal", "unknown"}
    assert set(handed(bo)) == set(about)
    assert admin.set_skills("ann", [], []) == Skills()
    assert set(handed(ann)) == set(about)
    for languages, topics in ((["EN"], []), (["english"], []), ([], ["sport"])):
        with pytest.raises(UserError):
            admin.set_skills("ann", languages, topics)
    with pytest.raises(NotFoundError):
        admin.set_skills("nobody", [], [])


# --- history --------------------------------------------------------------------------------


def test_ones_own_answers_can_be_taken_back_with_what_learnt_from_them(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    ann = sit("ann")
    label = ann.label(ask(monitor, publish("Mill closes")), "negative")
    skipped = ask(monitor, publish("Unreadable"))
    ann.skip(skipped, Circumstances(note="no text at all"))
    with monitor.store.begin() as tx:
        version = ModelVersion(
            "m9", "fake", "nowhere", "0" * 64, ModelState.CHALLENGER, NOW, snapshot="s" * 64
        )
        models.put(tx, version)
        models.snapshot(tx, version.snapshot, {}, [label.id], NOW)
    newest, oldest = ann.history()
    assert (newest.outcome, newest.note, newest.trained) == ("skip", "no text at all", ())
    assert (oldest.id, oldest.title, oldest.trained) == (label.id, "Mill closes", (version.id,))
    assert [one.id for one in ann.history(before_id=newest.id)] == [oldest.id]
    ann.take_back(oldest.id)
    assert ann.history()[1].withdrawn_at == NOW
    assert [view.task.id for view in ann.tasks(1)] == [label.task_id]
    with pytest.raises(NotFoundError):
        sit("bo").take_back(oldest.id)
    assert sit("bo").history() == []
    with pytest.raises(UserError):
        ann.skip(ask(monitor, publish("Long")), Circumstances(note="x" * 2001))


# --- figures --------------------------------------------------------------------------------


def test_how_analysts_agree_and_how_good_each_is(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    """ann and bo agree; cy says positive of everything."""
    desks = {name: sit(name) for name in ("ann", "bo", "cy")}
    truth = ["negative", "neutral", "positive"] * 8
    for number, sentiment in enumerate(truth):
        task = ask(monitor, publish(f"text {number}"), lane=Lane.AUDIT, wanted=3)
        for name, desk in desks.items():
            desk.label(task, "positive" if name == "cy" else sentiment, [])
    admin = sit("root", Role.ADMIN)
    team = sit("vera", Role.VIEWER).agreement()
    assert team.audits == team.sentiment and team.audits.units == 24
    assert team.audits.alpha is not None and 0 < team.audits.alpha < 0.6
    assert team.topics.alpha is None and team.topics.percent == 1.0
    found = {one.user: one for one in admin.analysts()}
    assert set(found) == {"ann", "bo", "cy", "root"}
    assert found["root"].shared == 0 and found["root"].quality is None
    qualities = [found[name].quality for name in ("ann", "bo", "cy")]
    assert all(one is not None for one in qualities) and qualities[2] == min(qualities)  # type: ignore[type-var]
    meter = found["ann"].anchoring
    assert meter is not None and meter.verdict.key == "anchoring.few"
    pairs = {(one.first, one.second): one.percent for one in admin.agreeing_pairs()}
    assert pairs[("ann", "bo")] == 1.0 and pairs[("ann", "cy")] == pytest.approx(1 / 3)
    with pytest.raises(AccessError):
        desks["ann"].analysts()


def test_nobody_has_read_anything(sit: Callable[..., Desk]) -> None:
    team = sit("vera", Role.VIEWER).agreement()
    assert (team.sentiment.units, team.sentiment.alpha) == (0, None)
    admin = sit("root", Role.ADMIN)
    assert [one.user for one in admin.analysts()] == ["root"] and admin.agreeing_pairs() == []


def test_the_meter_sees_what_the_model_said_when_it_was_answered(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    ann = sit("ann")
    for number in range(60):
        task = ask(monitor, publish(f"text {number}"))
        shown = number % 2 == 0
        ann.label(task, "neutral" if shown else "negative", how=Circumstances(suggested=shown))
    later = make_prediction(0.8, 0.1, 0.1, model="later")
    with monitor.store.begin() as tx:
        for article in articles.get_many(tx, range(1, 61)):
            decision = Decision(Route.REVIEW, "unsure")
            predictions.put(tx, article.id, later, decision, (), NOW + timedelta(days=1))
    (meter,) = [one.anchoring for one in sit("root", Role.ADMIN).analysts() if one.user == "ann"]
    assert meter is not None and (meter.shown, meter.blind) == (30, 30)
    assert meter.verdict.key == "anchoring.anchored" and meter.difference == pytest.approx(1.0)


def test_an_answer_is_not_counted_twice(
    monitor: Monitor, sit: Callable[..., Desk], publish: Callable[..., Article]
) -> None:
    """An analyst who corrects themselves gave one reading: the newest."""
    article = publish("Mill closes")
    ann = sit("ann")
    ann.label(ask(monitor, article), "neutral")
    ann.correct(article.id, "negative")
    assert ann.agreement().sentiment.units == 0 and sit("cy").disputes() == []
    sit("bo").correct(article.id, "negative")
    assert ann.agreement().sentiment.units == 1 and sit("cy").disputes() == []
    with monitor.store.read() as tx:
        assert answers.known(tx, "ann", "") is False
