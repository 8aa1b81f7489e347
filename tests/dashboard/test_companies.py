"""The companies page: the list, and one company."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.app import Monitor
from monitor.records import Role
from tests.dashboard.pages import TIMEOUT, linked, opened, said

ALERT = "alert_5f0c7d1e9ab24c"


@pytest.mark.parametrize(("language", "columns"), [("zh", "负面占比")])
def test_every_number_of_the_list_leads_to_what_it_counts(
    filled: Monitor, log_in: Callable[..., str], language: str, columns: str
) -> None:
    app = opened("companies", log_in("vi", Role.VIEWER), language, query={"hours": "24"})
    assert columns in said(app) and "Northwind Motors" in said(app)
    links = linked(app)
    assert "/companies?id=northwind&hours=24" in links
    assert "/articles?company=northwind&hours=24" in links
    assert "/articles?company=northwind&hours=24&sentiment=negative" in links
    assert "/alerts?company=northwind" in links and "/alerts?company=harbour" not in links


def test_a_search_leaves_those_of_the_name(filled: Monitor, log_in: Callable[..., str]) -> None:
    session = log_in("ann")
    found = said(opened("companies", session, query={"text": "海港"}))
    assert "Harbour Bank" in found and "Northwind" not in found
    assert "No watched company" in opened("companies", session, query={"text": "zzz"}).info[0].value


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Stories, newest first", "Legal and regulation", "ticker", "less than a week")),
    ],
)
def test_one_company(
    filled: Monitor, log_in: Callable[..., str], language: str, words: tuple[str, ...]
) -> None:
    app = opened("companies", log_in("vi", Role.VIEWER), language, query={"id": "northwind", "hours": "24"})
    shown, links = said(app), linked(app)
    assert not app.error and not app.warning and len(app.get("vega_lite_chart")) == 2
    assert all(word in shown for word in (*words, "Northwind Motors", "北风汽车", "NWM"))
    assert f"/alerts?id={ALERT}" in links and "/stories?company=northwind&hours=24" in links
    assert any(link.startswith("/stories?id=") for link in links)
    assert int(app.metric[1].value) > 0 and app.metric[3].value == "1"


@pytest.mark.parametrize(("language", "words"), [("zh", "不在关注列表")])
def test_no_such_company(filled: Monitor, log_in: Callable[..., str], language: str, words: str) -> None:
    app = opened("companies", log_in("ann"), language, query={"id": "💥<b>"})
    assert words in app.warning[0].value and not app.error


def test_going_back_leads_to_the_list(filled: Monitor, log_in: Callable[..., str]) -> None:
    app = opened("companies", log_in("ann"), query={"id": "harbour"})
    app.button[0].click().run(timeout=TIMEOUT)
    assert "id" not in app.query_params and "Northwind" in said(app)
