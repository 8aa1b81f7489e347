"""The audit's page: entries in the reader's language, filtered by the address, and the chain checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.messages import Message
from monitor.records import Role
from monitor.store import audit


def page() -> None:
    from zoneinfo import ZoneInfo

    import streamlit as st

    from monitor.desk import desk_for
    from monitor_dashboard import audit
    from monitor_dashboard.frame import Frame
    from monitor_dashboard.messages import speaker

    desk = desk_for(st.session_state["session"], "10.0.0.1")
    assert desk is not None
    language = st.session_state["language"]
    audit.show(Frame(desk, language, speaker(language), ZoneInfo("UTC")))


def opened(session: str, language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_function(page)
    app.session_state["session"], app.session_state["language"] = session, language
    for name, value in query.items():
        app.query_params[name] = value
    app.run(timeout=60)
    assert not app.exception
    return app


@pytest.fixture
def session(monitor: Monitor, log_in: Callable[..., str]) -> str:
    secret = log_in("ann")
    with monitor.store.begin() as tx:
        reason = Message("store.restoring", who="bob")
        audit.write(tx, monitor.now(), "bob\u202e", "model.refuse", "v1", {"reason": reason, "n": [1, 2]})
        long_ago = monitor.now() - timedelta(days=40)
        audit.write(tx, long_ago, "eve", "plugin.own", "x\ny", address="10.0.0.9")
    return secret


@pytest.mark.parametrize(
    ("language", "words", "why"),
    [("en", "refused a model", "a backup is being restored"), ("zh", "模型未通过", "正在恢复备份（bob）")],
)
def test_entries_are_said_in_the_readers_language(session: str, language: str, words: str, why: str) -> None:
    table = opened(session, language).dataframe[0].value
    assert table["id"].tolist() == [3, 2, 1]
    assert table["user"].tolist() == ["eve", "bob\ufffd", "ann"]
    assert table["action"].tolist()[:2] == ["plugin.own", words], "an action without words goes by its name"
    assert table["address"].tolist() == ["10.0.0.9", "", "10.0.0.1"]
    assert why in table["detail"][1] and "n: 1, 2" in table["detail"][1]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"user": "ann"}, [1]),
        ({"action": "model"}, [2]),
        ({"action": "session.open"}, [1]),
        ({"address": "10.0.0.9"}, [3]),
        ({"text": "V1"}, [2]),
        ({"days": "30"}, [2, 1]),
        ({"before": "3"}, [2, 1]),
        ({"before": "x"}, [3, 2, 1]),
        ({"user": "ann", "action": "model"}, []),
    ],
)
def test_the_filters_stand_in_the_address(session: str, query: dict[str, str], ids: list[int]) -> None:
    app = opened(session, **query)
    shown = [row for table in app.dataframe for row in table.value["id"].tolist()]
    assert shown == ids
    if not ids:
        assert "No entry matches" in app.info[0].value


def test_pages_go_back_and_forth(session: str, monitor: Monitor) -> None:
    with monitor.store.begin() as tx:
        for number in range(60):
            audit.write(tx, monitor.now(), "ann", "task.label", f"task {number}")
    app = opened(session)
    assert app.dataframe[0].value["id"].tolist() == list(range(63, 13, -1))
    (older,) = (one for one in app.button if one.label == "Older")
    older.click().run(timeout=60)
    assert app.dataframe[0].value["id"].tolist() == list(range(13, 0, -1))
    assert app.query_params["before"] == "14"
    (newest,) = (one for one in app.button if one.label == "Newest")
    newest.click().run(timeout=60)
    assert app.dataframe[0].value["id"].tolist()[0] == 63


def test_the_chain_is_checked_when_asked(session: str, monitor: Monitor) -> None:
    app = opened(session)
    assert not app.success and not app.error
    app.button[0].click().run(timeout=60)
    assert "3 entries, each as it was written" in app.success[0].value
    with monitor.store.begin() as tx:
        tx.exec_driver_sql("UPDATE audit SET target = 'x' WHERE id = 2")
    app.button[0].click().run(timeout=60)
    assert "Entry 2 is not as it was written" in app.error[0].value


def test_nobody_else_reads_it(log_in: Callable[..., str], session: str) -> None:
    app = opened(log_in("bob", Role.ANALYST), "zh")
    assert not app.dataframe and "管理员" in app.info[0].value
