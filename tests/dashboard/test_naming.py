"""Names of companies on their page: tried on what is stored, added and taken away by administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.news.companies import Doubt
from monitor.records import Alias, AliasKind, Company, Role
from monitor_dashboard.messages import MESSAGES
from tests.dashboard.pages import TIMEOUT, opened, said


def confirm(app: AppTest, label: str) -> None:
    [sure] = [one for one in app.button if one.key and one.key.startswith(f"{label}-")]
    sure.click().run(timeout=TIMEOUT)
    assert not app.exception and not app.error, app.error


def company(monitor: Monitor, id: str) -> Company | None:
    return next((one for one in monitor.companies if one.id == id), None)


@pytest.fixture
def app(filled: Monitor, log_in: Callable[..., str]) -> AppTest:
    return opened("companies", log_in("ada", Role.ADMIN), query={"id": "northwind"})


def test_a_name_is_tried_then_added_then_taken_away(filled: Monitor, app: AppTest) -> None:
    app.text_input(key="try-name-northwind").input("brake").run(timeout=TIMEOUT)
    app.selectbox(key="try-kind-northwind").select(AliasKind.BRAND).run(timeout=TIMEOUT)
    app.date_input(key="try-from-northwind").set_value(date(2020, 1, 2)).run(timeout=TIMEOUT)
    assert "brake: in " in said(app) and "by no other name" in said(app)
    confirm(app, "naming.add")
    added = Alias("brake", AliasKind.BRAND, date(2020, 1, 2))
    kept = company(filled, "northwind")
    assert kept is not None and added in kept.names
    names = [one for one in app.selectbox if one.label == "Name"]
    place = [one for one in names[0].options].index("brake · brand · 2020-01-02 – ")
    names[0].select_index(place).run(timeout=TIMEOUT)
    confirm(app, "naming.remove.do")
    kept = company(filled, "northwind")
    assert (
        kept is not None and added not in kept.every_name and "NWM" in {one.name for one in kept.every_name}
    )


def test_what_a_name_gets_wrong_is_told(filled: Monitor, app: AppTest) -> None:
    app.text_input(key="try-name-northwind").input("Bank").run(timeout=TIMEOUT)
    assert "No name there:" in said(app) and "in another company's name" in said(app)


def test_a_company_is_no_longer_watched(filled: Monitor, app: AppTest) -> None:
    confirm(app, "naming.drop")
    assert company(filled, "northwind") is None and "id" not in app.query_params


def test_a_company_is_put_on_the_list(filled: Monitor, log_in: Callable[..., str]) -> None:
    app = opened("companies", log_in("ada", Role.ADMIN), "zh")
    app.text_input(key="new-name").input("Acme")
    app.text_input(key="new-id").input("harbour").run(timeout=TIMEOUT)
    assert "已在列表中" in app.warning[0].value
    app.text_input(key="new-aliases").input("ACM | 艾可米|")
    app.text_input(key="new-id").input("acme").run(timeout=TIMEOUT)
    assert "艾可米：" in said(app)
    confirm(app, "naming.new.do")
    assert company(filled, "acme") == Company("acme", "Acme", ("ACM", "艾可米"))
    assert "".join(app.query_params["id"]) == "acme"


def test_an_analyst_tries_names_and_changes_none(filled: Monitor, log_in: Callable[..., str]) -> None:
    app = opened("companies", log_in("bo", Role.ANALYST), query={"id": "northwind"})
    app.text_input(key="try-name-northwind").input("brake").run(timeout=TIMEOUT)
    assert "brake: in " in said(app)
    assert not [one for one in app.button if one.key and one.key.startswith("naming.")]
    viewer = opened("companies", log_in("vi", Role.VIEWER), query={"id": "northwind"})
    assert not viewer.text_input


def test_every_doubt_has_words() -> None:
    for doubt in Doubt:
        assert not doubt or f"doubt.{doubt}" in MESSAGES
