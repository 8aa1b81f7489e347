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
from tests.dashboard import pages


def opened(session: str, language: str = "en", **query: str) -> AppTest:
    return pages.opened("audit", session, language, query=query)


@pytest.fixture
def session(monitor: Monitor, log_in: Callable[..., str]) -> str:
    secret = log_in("ann")
    with monitor.store.begin() as tx:
        reason = Message("store.restoring", who="bob")
        audit.write(
            tx,
            monitor.now(),
            "bob\u202e",
            "model.refuse",
            "v1",
            {"reason": reason, "n": [1, 2], "role": "viewer"},
        )
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
    assert ("角色: 访客" if language == "zh" else "role: viewer") in table["detail"][1]


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


@pytest.mark.parametrize(("language", "none"), [("en", "No entry matches"), ("zh", "没有匹配的记录")])
def test_empty(monitor: Monitor, log_in: Callable[..., str], language: str, none: str) -> None:
    app = pages.opened("audit", log_in("ann"), language, query={"user": "nobody"})
    assert none in app.info[0].value and not app.error


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
def test_the_store_fails(session: str, language: str, busy: str) -> None:
    app = pages.opened("audit", session, language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value


def test_an_odd_value_in_the_address_is_told(session: str) -> None:
    app = opened(session, action="nothing.such", days="400")
    assert len(app.warning) == 2 and "which is not there" in app.warning[0].value
    assert app.dataframe


@pytest.mark.parametrize(("language", "what"), [("en", "read the audit"), ("zh", "查看审计记录")])
def test_a_refused_act_is_named(
    monitor: Monitor, log_in: Callable[..., str], session: str, language: str, what: str
) -> None:
    monitor.recurring.note("access.refused", "bob", "read the audit", "10.0.0.2", {"role": "analyst"})
    monitor.recurring.flush()
    table = opened(session, language, action="access.refused").dataframe[0].value
    assert table["target"].tolist() == [what]
