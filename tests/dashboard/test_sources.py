"""The sources page: whether each is read, and one line for one outage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.app import Monitor
from monitor.messages import Message
from monitor.records import Role
from monitor.schedule.holdings import SOURCE
from monitor.store import leases, processes, sources
from monitor.testing import newsroom
from tests.dashboard.pages import opened

ROLES = (Role.VIEWER, Role.ANALYST)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "none"), [("en", "Nothing here yet"), ("zh", "暂无内容")])
def test_empty(monitor: Monitor, log_in: Callable[..., str], language: str, none: str, role: Role) -> None:
    app = opened("sources", log_in("ann", role), language)
    assert none in app.info[0].value and not app.error


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "fine"), [("en", "fine"), ("zh", "正常")])
def test_filled(filled: Monitor, log_in: Callable[..., str], language: str, fine: str, role: Role) -> None:
    app = opened("sources", log_in("ann", role), language, zone="Asia/Shanghai")
    table = app.dataframe[0].value
    assert len(table) == len(newsroom.FEEDS) and any(fine in one for one in table["health"])
    assert "UTC+8" in app.dataframe[0].proto.columns and len(app.warning) == 1
    assert bool(app.selectbox) == (role is Role.ANALYST)


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
def test_the_store_fails(filled: Monitor, log_in: Callable[..., str], language: str, busy: str) -> None:
    app = opened("sources", log_in("ann"), language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value


@pytest.mark.parametrize(("language", "more"), [("en", "and 2 more"), ("zh", "另有 2 个")])
def test_one_outage_is_one_box(filled: Monitor, log_in: Callable[..., str], language: str, more: str) -> None:
    with filled.store.begin() as tx:
        for name in newsroom.FEEDS:
            told = Message("fetcher.unresolved_in_time", host=f"{name}.example")
            sources.failed(tx, name, told, filled.now(), 60.0)
    (box,) = opened("sources", log_in("ann"), language).warning
    assert more in box.value and "Harbour Wire" in box.value
    with filled.store.begin() as tx:
        for name in newsroom.FEEDS:
            sources.succeeded(tx, name, {}, [Message("feeds.malformed", problem="x")], filled.now(), 60.0)
    app = opened("sources", log_in("ann"), language)
    assert not app.warning and len(app.info) == 1 and more in app.info[0].value


def test_items_that_could_not_be_used_have_a_column_where_there_are_any(
    filled: Monitor, log_in: Callable[..., str]
) -> None:
    secret = log_in("ann")
    assert "malformed" not in opened("sources", secret).dataframe[0].value
    with filled.store.begin() as tx:
        sources.succeeded(tx, newsroom.FEEDS[0], {}, [], filled.now(), 60.0, malformed=3)
    table = opened("sources", secret).dataframe[0].value
    assert table["malformed"].tolist() == [3] + [0] * (len(newsroom.FEEDS) - 1)


def test_the_sample_is_marked_and_its_articles_counted_only_alone(
    filled: Monitor, log_in: Callable[..., str]
) -> None:
    feed = filled.settings.sources[newsroom.FEEDS[0]]
    filled.settings.sources[newsroom.FEEDS[0]] = feed.model_copy(update={"kind": "sample"})
    table = opened("sources", log_in("ann"), "zh").dataframe[0].value
    assert table["title"][0].endswith("· 示例") and table["articles"].isna().tolist()[0]
    with filled.store.begin() as tx:
        tx.exec_driver_sql("UPDATE articles SET sample = 1")
    assert opened("sources", log_in("ann"), "zh").dataframe[0].value["articles"][0] > 0


def test_the_worker_of_each_source_is_named_where_there_are_several(
    filled: Monitor, log_in: Callable[..., str]
) -> None:
    secret = log_in("ann")
    holders = ("desk.internal:1:0a1b2c3d", "desk.internal:2:4e5f6a7b")
    with filled.store.begin() as tx:
        for pid, holder in enumerate(holders, start=1):
            lives = processes.Process(holder, "desk", "worker", "", pid, 1, 0, filled.now(), filled.now())
            processes.enter(tx, lives)
        leases.take_all(tx, [SOURCE + name for name in newsroom.FEEDS[:3]], holders[0])
    assert "worker" not in opened("sources", secret).dataframe[0].value
    with filled.store.begin() as tx:
        leases.take_all(tx, [SOURCE + name for name in newsroom.FEEDS], holders[1])
    table = opened("sources", secret).dataframe[0].value
    assert list(table["worker"]) == ["0a1b2c3d"] * 3 + ["4e5f6a7b"] * 2, "and nothing says which machine"
