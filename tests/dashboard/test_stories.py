"""The stories page: the newest, and one with who tells it; merged and split by analysts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.desk import Desk
from monitor.records import Role, User
from tests.dashboard.pages import TIMEOUT, linked, opened, said


def by(desk_of: Monitor) -> Desk:
    return Desk(desk_of, User(1, "eve", Role.ANALYST, desk_of.now()))


def told_by_three(monitor: Monitor) -> int:
    return next(one.story.id for one in by(monitor).stories() if one.story.reach == 3)


@pytest.mark.parametrize(("language", "words"), [("zh", "3 家信源")])
def test_stories_are_listed_and_filtered(
    filled: Monitor, log_in: Callable[..., str], language: str, words: str
) -> None:
    session = log_in("vi", Role.VIEWER)
    app = opened("stories", session, language)
    assert words in said(app) and len([one for one in linked(app) if "/stories?id=" in one]) == 30
    [older] = [button for button in app.button if button.label in ("Older", "更早")]
    older.click().run(timeout=TIMEOUT)
    assert app.query_params["before"]
    bad = {"company": "harbour", "sentiment": "negative", "hours": "24"}
    shown = said(opened("stories", session, language, query=bad))
    found = by(filled).stories(company="harbour", negative=True, hours=24)
    assert found and all(one.story.title in shown for one in found) and "brake" not in shown
    none = opened("stories", session, language, query={"company": "x"})
    assert len(none.warning) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Voices (3)", "first", "Negative for", "by its text")),
    ],
)
def test_one_story(
    filled: Monitor, log_in: Callable[..., str], language: str, words: tuple[str, ...]
) -> None:
    bad = next(
        one.story for one in by(filled).stories(company="northwind", negative=True) if one.story.voices == 3
    )
    app = opened("stories", log_in("vi", Role.VIEWER), language, query={"id": str(bad.id)})
    assert all(word in said(app) for word in words) and bad.title in said(app)
    assert "/companies?id=northwind" in linked(app) and f"/articles?id={bad.article_id}" in linked(app)
    assert not app.text_input and not app.multiselect, "a viewer arranges nothing"


@pytest.mark.parametrize("id", ["999999999", "１", "?id=1", "-1", "9" * 19])
def test_no_such_story(filled: Monitor, log_in: Callable[..., str], id: str) -> None:
    app = opened("stories", log_in("ann"), query={"id": id})
    assert "no such story" in app.warning[0].value and not app.error


def confirm(app: AppTest, key: str) -> None:
    [sure] = [button for button in app.button if button.key and button.key.startswith(key)]
    sure.click().run(timeout=TIMEOUT)
    assert not app.exception and not app.error, app.error


def test_an_analyst_splits_a_story_and_merges_it_again(filled: Monitor, log_in: Callable[..., str]) -> None:
    session, story = log_in("bo", Role.ANALYST), told_by_three(filled)
    app = opened("stories", session, query={"id": str(story)})
    members = by(filled).story(story).members
    apart = members[-1].membership.article_id
    app.multiselect(key=f"split-{story}").select(apart).run(timeout=TIMEOUT)
    confirm(app, "story.split.do")
    new = int(
        app.query_params["id"][0] if isinstance(app.query_params["id"], list) else app.query_params["id"]
    )
    assert new != story and [one.membership.article_id for one in by(filled).story(new).members] == [apart]
    assert by(filled).story(story).story.reach == 2
    app = opened("stories", session, query={"id": str(story)})
    for none in (str(story), "999999999", "soon"):
        app.text_input(key=f"merge-{story}").input(none).run(timeout=TIMEOUT)
        assert "no other story" in app.warning[0].value
    app.text_input(key=f"merge-{story}").input(f"https://news.example/stories?id={new}&tz=UTC")
    app.run(timeout=TIMEOUT)
    assert members[-1].title in said(app)
    confirm(app, "story.merge.do")
    assert by(filled).story(story).story.reach == 3
    gone = opened("stories", session, query={"id": str(new)})
    assert f"went into story {story}" in gone.info[0].value


def test_an_article_leads_to_its_story(filled: Monitor, log_in: Callable[..., str]) -> None:
    story = by(filled).story(told_by_three(filled))
    page = f"/stories?id={story.story.id}"
    article = str(story.members[0].membership.article_id)
    assert page in linked(opened("articles", log_in("ann"), query={"id": article}))
    assert any(one.startswith("/stories?id=") for one in linked(opened("articles", log_in("ann"))))


def test_articles_of_the_last_hours_alone(filled: Monitor, log_in: Callable[..., str]) -> None:
    app = opened("articles", log_in("ann"), query={"hours": "24", "company": "northwind"})
    [bound] = [button for button in app.button if button.key == "filter-lately"]
    assert bound.label == "Last 24 hours only"
    bound.click().run(timeout=TIMEOUT)
    assert "hours" not in app.query_params
    assert "which is not there" in opened("articles", log_in("ann"), query={"hours": "5"}).warning[0].value
