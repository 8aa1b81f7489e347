"""The alerts page: whether anybody looks, what surges, and one alert with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.app import Monitor
from monitor.messages import Message
from monitor.records import Role
from monitor.schedule.scheduler import Job, Scheduler
from monitor.store import alerts, runs
from tests.dashboard.pages import opened, said

ROLES = (Role.VIEWER, Role.ANALYST)
ALERT = "alert_5f0c7d1e9ab24c"


def scheduled(monitor: Monitor, run: Callable[[], str] = lambda: "0 alerts changed") -> Scheduler:
    job = Job("watch", timedelta(minutes=5), run)
    return Scheduler(monitor.store, [job], heart=monitor.heart, now=monitor.now)


def without_alert(monitor: Monitor) -> None:
    with monitor.store.begin() as tx:
        for table in ("deliveries", "alert_events", "alert_articles", "alerts"):
            tx.exec_driver_sql(f"DELETE FROM {table}")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("language", "words", "never"),
    [("en", "No check was made yet", "quiet"), ("zh", "尚未进行过检查", "平静")],
)
def test_nothing_is_quiet_before_the_first_check(
    monitor: Monitor, log_in: Callable[..., str], language: str, words: str, never: str, role: Role
) -> None:
    app = opened("alerts", log_in("ann", role), language)
    assert words in app.info[0].value and "monitor run" in app.info[0].value and not app.success
    assert scheduled(monitor).lead()
    app = opened("alerts", log_in("ann", role), language)
    assert (
        words in app.info[0].value and "UTC" in app.info[0].value and "monitor run" not in app.info[0].value
    )
    assert never not in said(app)
    monitor.close()


@pytest.mark.parametrize(
    ("language", "blind", "learning", "quiet"),
    [
        ("en", "No article has come yet", "No alert can open before", "All quiet"),
        ("zh", "尚未收到任何文章", "之前不会触发预警", "一切平静"),
    ],
)
def test_what_a_check_can_tell(
    filled: Monitor, log_in: Callable[..., str], language: str, blind: str, learning: str, quiet: str
) -> None:
    without_alert(filled)
    session = log_in("ann", Role.VIEWER)
    scheduled(filled).tick("watch")
    app = opened("alerts", session, language)
    assert quiet in app.success[0].value and "UTC" in app.success[0].value
    with filled.store.begin() as tx:
        for table in ("hour_cells", "fine_cells"):
            tx.exec_driver_sql(f"DELETE FROM {table} WHERE cell < (SELECT max(cell) FROM {table})")
    assert learning in opened("alerts", session, language).info[0].value
    with filled.store.begin() as tx:
        for table in ("hour_cells", "fine_cells"):
            tx.exec_driver_sql(f"DELETE FROM {table}")
    assert blind in opened("alerts", session, language).info[0].value


@pytest.mark.parametrize(("language", "words"), [("en", "The last check failed"), ("zh", "上次检查失败")])
def test_a_check_that_failed_is_told(
    filled: Monitor, log_in: Callable[..., str], language: str, words: str
) -> None:
    without_alert(filled)

    def broken() -> str:
        raise ZeroDivisionError("oops")

    scheduled(filled, broken).tick("watch")
    app = opened("alerts", log_in("ann"), language)
    assert words in app.warning[0].value and "oops" not in said(app) and not app.success


def test_a_schedule_that_ended_is_told(filled: Monitor, log_in: Callable[..., str]) -> None:
    without_alert(filled)
    with filled.store.begin() as tx:
        runs.claim(tx, "watch", 1, "gone", filled.now(), 1.0)
        runs.finish(tx, "watch", 1, "done", "0 alerts changed", filled.now())
    assert "No process makes any" in opened("alerts", log_in("ann")).warning[0].value


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "title"), [("en", "Negative coverage surges"), ("zh", "负面舆情激增")])
def test_filled(filled: Monitor, log_in: Callable[..., str], language: str, title: str, role: Role) -> None:
    app = opened("alerts", log_in("ann", role), language, zone="Asia/Shanghai")
    assert title in said(app) and "UTC+8" in said(app) and not app.error and not app.warning
    app.button[0].click().run(timeout=60)
    assert app.query_params["id"] in (ALERT, [ALERT])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_alert(filled: Monitor, log_in: Callable[..., str], language: str, role: Role) -> None:
    note = Message("alerting.numbers", observed=9, expected=0.6, p=0.001)
    with filled.store.begin() as tx:
        alerts.event(tx, ALERT, filled.now(), "", "updated", note)
    app = opened("alerts", log_in("ann", role), language, query={"id": ALERT})
    assert note.said(language) in said(app) and "Northwind" in said(app)
    labels = {button.label for button in app.button}
    assert bool(labels & {"Acknowledge", "认领"}) == (role is Role.ANALYST)


@pytest.mark.parametrize(("language", "words"), [("en", "no such alert"), ("zh", "没有该预警")])
def test_no_such_alert(filled: Monitor, log_in: Callable[..., str], language: str, words: str) -> None:
    app = opened("alerts", log_in("ann"), language, query={"id": "💥" * 300})
    assert words in app.warning[0].value


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
@pytest.mark.parametrize("query", [{}, {"id": ALERT}])
def test_the_store_fails(
    filled: Monitor, log_in: Callable[..., str], language: str, busy: str, query: dict[str, str]
) -> None:
    app = opened("alerts", log_in("ann"), language, failing=True, query=query)
    assert len(app.error) == 1 and busy in app.error[0].value


def test_what_is_shown_stands_in_the_address(filled: Monitor, log_in: Callable[..., str]) -> None:
    with filled.store.begin() as tx:
        tx.exec_driver_sql("UPDATE alerts SET state = 'resolved'")
    assert not opened("alerts", log_in("ann")).button
    assert opened("alerts", log_in("ann"), query={"show": "all"}).button
    assert "which is not there" in opened("alerts", log_in("ann"), query={"show": "x"}).warning[0].value
