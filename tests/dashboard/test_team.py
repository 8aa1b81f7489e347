"""The team page, and what stands beside an article and the queue."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.desk import Circumstances, Desk, LabelExample
from monitor.records import Decision, Lane, Mention, Role, Route
from monitor.store import articles, labels, mentions, tasks, users
from tests.dashboard.pages import opened, said

ARTICLE = {"id": "1"}


def desk(monitor: Monitor, log_in: Callable[..., str], name: str, role: Role = Role.ANALYST) -> Desk:
    log_in(name, role)
    with monitor.store.read() as tx:
        found = users.get(tx, name)
    assert found is not None
    return Desk(monitor, found[0])


def press(app: AppTest, label: str) -> AppTest:
    button = next(one for one in app.button if one.label == label)
    app = button.click().run(timeout=60)
    assert not app.exception
    return app


@pytest.fixture
def disputed(filled: Monitor, log_in: Callable[..., str]) -> Monitor:
    with filled.store.begin() as tx:
        asked = Decision(Route.AUDIT, "drawn")
        task = tasks.ask(tx, 1, Lane.DUEL, asked, 0.5, filled.now(), wanted=2)
    assert task is not None
    for name, sentiment in (("bo", "negative"), ("cy", "positive")):
        one = desk(filled, log_in, name)
        companies = dict.fromkeys(one.article(1).article.named, sentiment)
        how = Circumstances(note=f"as {sentiment} as can be")
        one.label(task.id, sentiment, [], companies, how)
    return filled


@pytest.mark.parametrize(("language", "none"), [("en", "no guidelines yet"), ("zh", "暂无标注规范")])
@pytest.mark.parametrize("role", list(Role))
def test_empty(monitor: Monitor, log_in: Callable[..., str], language: str, none: str, role: Role) -> None:
    app = opened("team", log_in("ann", role), language)
    assert none in app.info[0].value and not app.error
    assert len(app.tabs) == (2 if role is Role.VIEWER else 4)
    assert len(app.dataframe[0].value) == 5


@pytest.mark.parametrize(
    ("language", "decide", "done"), [("en", "Decide", "Decided: Negative"), ("zh", "裁决", "已裁决为负面")]
)
def test_a_dispute_is_decided_and_then_the_names_are_told(
    disputed: Monitor, log_in: Callable[..., str], language: str, decide: str, done: str
) -> None:
    session = log_in("ann", Role.ANALYST)
    app = opened("team", session, language)
    shown = said(app)
    assert "as negative as can be" in shown and "bo" not in [one.value for one in app.markdown]
    app = press(app, decide)
    assert len(app.error) == 1, "a sentiment is asked for"
    app.button_group[0].set_value("negative")
    app = press(app, decide)
    (told,) = app.success
    assert done in told.value and "bo" in told.value and "cy" in told.value
    assert not [one for one in app.button if one.label == decide]


@pytest.mark.parametrize(
    ("language", "decide", "said_of"),
    [
        ("en", "Decide", "Towards Harbour Bank (they say: {})"),
        ("zh", "裁决", "对Harbour Bank的情感（各方：{}）"),
    ],
)
def test_companies_are_decided_beside_what_each_reader_says(
    filled: Monitor, log_in: Callable[..., str], language: str, decide: str, said_of: str
) -> None:
    """The readers agree on the article and on one company, and differ on the other."""
    with filled.store.begin() as tx:
        about = next(one.article for one in articles.page(tx, limit=500) if one.article.named)
        named = [
            Mention("lumen", "Lumen", 0, 1),
            Mention("harbour", "Harbour", 2, 3),
        ]
        mentions.replace(tx, about.id, named, filled.now())
        task = tasks.ask(tx, about.id, Lane.DUEL, Decision(Route.AUDIT, "drawn"), 0.5, filled.now(), wanted=2)
    assert task is not None
    for name, towards in (("bo", "negative"), ("cy", "positive")):
        both = {"lumen": "neutral", "harbour": towards}
        desk(filled, log_in, name).label(task.id, "neutral", ["legal"], both)
    app = opened("team", log_in("ann", Role.ANALYST), language)
    words = {"en": ("Negative", "Positive"), "zh": ("负面", "正面")}[language]
    boxes = {one.label.replace("\\", "").replace("\u2060", ""): one for one in app.selectbox}
    label = next(
        said_of.format(" / ".join(order))
        for order in (words, words[::-1])
        if said_of.format(" / ".join(order)) in boxes
    )
    lumen = next(box for name, box in boxes.items() if "Lumen" in name)
    assert lumen.value == "neutral" and boxes[label].value is None, "what all say is where it begins"
    app = press(app, decide)
    assert len(app.error) == 1 and "Harbour Bank" in app.error[0].value, "what they differ in must be decided"
    boxes = {one.label.replace("\\", "").replace("\u2060", ""): one for one in app.selectbox}
    boxes[label].set_value("negative")
    app = press(app, decide)
    assert len(app.success) == 1
    with filled.store.read() as tx:
        decided = next(one for one in labels.of_text(tx, about.text_id) if one.gold)
    assert (decided.sentiment, decided.topics) == ("neutral", ("legal",))
    assert decided.companies == {"lumen": "neutral", "harbour": "negative"}


def test_who_read_it_is_not_asked_and_sees_their_answer(
    disputed: Monitor, log_in: Callable[..., str]
) -> None:
    app = opened("team", log_in("bo", Role.ANALYST))
    assert not [one for one in app.button if one.label == "Decide"]
    assert "as negative as can be" in said(app)
    app = press(app, "Take back")
    assert "taken back" in said(app) and not [one for one in app.button if one.label == "Take back"]


def test_an_administrator_writes_guidelines_and_sets_skills(
    disputed: Monitor, log_in: Callable[..., str]
) -> None:
    session = log_in("root", Role.ADMIN)
    app = opened("team", session)
    app.text_area[0].set_value("# How\n- a denial is neutral")
    app = press(app, "Put it in force")
    boss = desk(disputed, log_in, "root", Role.ADMIN)
    assert boss.guideline().text.startswith("# How") and boss.guideline().version == 1
    assert "a denial is neutral" in "".join(one.value for one in app.markdown)
    bo = next(one for one in app.multiselect if one.label.startswith("Languages") and "bo" in one.form_id)
    bo.set_value(["zh"])
    save = next(one for one in app.button if one.form_id == bo.form_id)
    assert not save.click().run(timeout=60).exception
    assert next(one for one in boss.analysts() if one.user == "bo").skills.languages == ("zh",)


def test_guidelines_stand_beside_the_queue(filled: Monitor, log_in: Callable[..., str]) -> None:
    boss = desk(filled, log_in, "root", Role.ADMIN)
    assert not opened("queue", log_in("ann", Role.ANALYST)).expander
    boss.write_guideline("read all of it", [LabelExample("negative", "<b>Mill</b> closes", "jobs go")])
    app = opened("queue", log_in("ann", Role.ANALYST))
    assert "version 1" in app.expander[0].label and "&lt;b&gt;Mill" in "".join(
        one.body for one in app.get("html")
    )


def test_comments_and_the_whole_story_stand_beside_an_article(
    filled: Monitor, log_in: Callable[..., str]
) -> None:
    session = log_in("ann", Role.ANALYST)
    story = next(
        one for one in desk(filled, log_in, "ann").articles(limit=500) if one.article.story_id
    ).article
    query = {"id": str(story.id)}
    app = opened("articles", session, query=query)
    box = next(one for one in app.text_area if one.label.startswith("Say something"))
    box.set_value("look <i>twice</i>")
    app = press(app, "Send")
    assert "look &lt;i&gt;twice&lt;/i&gt;" in "".join(one.body for one in app.get("html"))
    viewer = opened("articles", log_in("vera", Role.VIEWER), query=query)
    assert "twice" in said(viewer) and not viewer.text_area
    app = press(app, "Remove")
    assert "twice" not in said(app)
