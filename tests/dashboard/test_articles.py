"""The articles page: a search that stands in the address, and one article."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from monitor.app import Monitor
from monitor.records import Role
from monitor.store import articles, prunings
from monitor.store.expired import Sum
from monitor.store.schema import articles as rows
from tests.dashboard.pages import opened, said

ROLES = (Role.VIEWER, Role.ANALYST)
GONE = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "none"), [("en", "No article matches"), ("zh", "没有匹配的文章")])
def test_empty(monitor: Monitor, log_in: Callable[..., str], language: str, none: str, role: Role) -> None:
    app = opened("articles", log_in("ann", role), language)
    assert none in app.info[0].value and not app.error and not app.warning


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "label"), [("en", "Negative"), ("zh", "负面")])
def test_filled(filled: Monitor, log_in: Callable[..., str], language: str, label: str, role: Role) -> None:
    app = opened("articles", log_in("ann", role), language, zone="Asia/Shanghai")
    shown = said(app)
    assert "Northwind" in shown and label in shown and "UTC+8" in shown
    assert not app.error and not app.warning and app.button
    assert [field.value for field in app.date_input] == [None, None]


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库")])
def test_the_store_fails(filled: Monitor, log_in: Callable[..., str], language: str, busy: str) -> None:
    app = opened("articles", log_in("ann"), language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value
    assert "srv" not in said(app)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"text": "northwind recall"}, "Northwind Motors"),
        ({"sentiment": "positive"}, "Positive"),
        ({"company": "jade", "sentiment": "negative"}, "towards Jade Pharma"),
        ({"source": "harbour-wire"}, "Harbour Wire"),
        ({"topic": "legal"}, "Legal and regulation"),
        ({"from": "2020-01-01", "to": "2100-01-01"}, "Northwind"),
    ],
)
def test_filters_stand_in_the_address(
    filled: Monitor, log_in: Callable[..., str], query: Mapping[str, str], expected: str
) -> None:
    app = opened("articles", log_in("ann"), query=query)
    assert expected in said(app) and not app.warning
    assert {name: app.query_params[name] for name in query} == {
        name: [value] for name, value in query.items()
    } or {name: app.query_params[name] for name in query} == dict(query)


def test_a_choice_is_written_to_the_address(filled: Monitor, log_in: Callable[..., str]) -> None:
    app = opened("articles", log_in("ann"), "zh")
    app.selectbox(key="filter-sentiment").select("negative").run(timeout=60)
    assert app.query_params["sentiment"] in ("negative", ["negative"])
    app.text_input(key="filter-text").input("recall").run(timeout=60)
    assert not app.exception and app.query_params["text"] in ("recall", ["recall"])
    app.selectbox(key="filter-sentiment").select("").run(timeout=60)
    assert "sentiment" not in app.query_params


@pytest.mark.parametrize(
    "query",
    [
        {"sentiment": "angry"},
        {"topic": "💥"},
        {"company": "../etc"},
        {"source": "x" * 5000},
        {"from": "yesterday"},
        {"to": "0001-01-01"},
    ],
)
@pytest.mark.parametrize(("language", "words"), [("en", "which is not there"), ("zh", "不存在")])
def test_an_odd_value_is_told_and_left_out(
    filled: Monitor, log_in: Callable[..., str], query: Mapping[str, str], language: str, words: str
) -> None:
    app = opened("articles", log_in("ann"), language, query=query)
    assert words in app.warning[0].value and len(app.warning) == 1
    assert "Northwind" in said(app)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "٣", "0", "1.5"])
def test_an_odd_page_is_the_newest(filled: Monitor, log_in: Callable[..., str], before: str) -> None:
    app = opened("articles", log_in("ann"), query={"before": before})
    assert "Northwind" in said(app) and "before" not in app.query_params


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "back"), [("en", "All articles"), ("zh", "全部文章")])
def test_one_article(
    filled: Monitor, log_in: Callable[..., str], language: str, back: str, role: Role
) -> None:
    with filled.store.read() as tx:
        view = articles.page(tx, limit=1)[0]
    app = opened("articles", log_in("ann", role), language, query={"id": str(view.article.id)})
    assert view.article.title in said(app) and app.button[0].label == back
    app.button[0].click().run(timeout=60)
    assert "id" not in app.query_params


@pytest.mark.parametrize("id", ["999999", "0", "x", "9" * 30, "-3"])
def test_no_such_article(filled: Monitor, log_in: Callable[..., str], id: str) -> None:
    app = opened("articles", log_in("ann"), query={"id": id})
    assert "no such article" in app.warning[0].value


@pytest.mark.parametrize(
    ("language", "removed", "kept"),
    [
        ("en", "was removed on 2026-0", "Texts of before 2020-01-02"),
        ("zh", "按保留期限删除", "2020-01-02 之前"),
    ],
)
def test_a_removed_text_says_so(
    filled: Monitor, log_in: Callable[..., str], language: str, removed: str, kept: str
) -> None:
    with filled.store.begin() as tx:
        [newest] = articles.page(tx, limit=1)
        mine = rows.c.id == newest.article.id
        gone = {"text": "", "content": newest.article.title, "search_text": "", "body_removed_at": GONE}
        tx.execute(update(rows).where(mine).values(gone))
        prunings.note(tx, "bodies", GONE, 0.0, Sum(1, 1, GONE), datetime(2020, 1, 2, tzinfo=UTC))
    app = opened("articles", log_in("ann", Role.ANALYST), language, query={"id": str(newest.article.id)})
    assert removed in app.info[0].value and not app.error and not app.exception
    app = opened("articles", log_in("ann"), language, query={"text": "recall"})
    assert any(kept in one.value for one in app.caption)
