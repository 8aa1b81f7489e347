"""The alerts page: whether anybody looks, what surges, and one alert with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pyarrow import ipc

from monitor.alerts.silencing import Silence
from monitor.app import Monitor
from monitor.messages import Message
from monitor.records import Role, Scope
from monitor.schedule.scheduler import Job, Scheduler
from monitor.store import alerts, runs, silences
from monitor_dashboard import charts
from tests.dashboard.pages import TIMEOUT, opened, said

ROLES = (Role.VIEWER, Role.ANALYST)
ALERT = "alert_5f0c7d1e9ab24c"


def scheduled(monitor: Monitor, run: Callable[[], str] = lambda: "0 alerts changed") -> Scheduler:
    job = Job("watch", timedelta(minutes=5), run)
    return Scheduler(monitor.store, [job], heart=monitor.heart, now=monitor.now)


def without_alert(monitor: Monitor) -> None:
    with monitor.store.begin() as tx:
        for table in ("deliveries", "hearings", "alert_events", "alert_articles", "alerts"):
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
        tx.exec_driver_sql("DELETE FROM counted WHERE since < (SELECT max(since) FROM counted)")
    assert learning in opened("alerts", session, language).info[0].value
    with filled.store.begin() as tx:
        tx.exec_driver_sql("DELETE FROM counted")
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
    figures = {"voices": 10, "hours": 1, "observed": 9, "expected": 0.6}
    note = Message("alerting.late", hours=3, numbers=Message("alerting.numbers", **figures, p=0.001))
    with filled.store.begin() as tx:
        alerts.event(tx, ALERT, filled.now(), "", "updated", note)
    app = opened("alerts", log_in("ann", role), language, query={"id": ALERT})
    assert note.said(language) in said(app) and "Northwind" in said(app)
    labels = {button.label for button in app.button}
    assert bool(labels & {"Acknowledge", "认领"}) == (role is Role.ANALYST)


@pytest.mark.parametrize(
    ("language", "title", "little", "unchecked"),
    [
        ("en", "Northwind Motors · Legal and regulation", "under 0.1", "fewer than 26 weeks"),
        ("zh", "Northwind Motors · 法律与监管", "不足 0.1", "历史不足 26 周"),
    ],
)
def test_a_rare_alert_of_a_topic_of_a_company(
    filled: Monitor, log_in: Callable[..., str], language: str, title: str, little: str, unchecked: str
) -> None:
    with filled.store.begin() as tx:
        alert = alerts.get(tx, ALERT)
        rare = replace(
            alert,
            id="alert_rare",
            rule="buildup",
            scope=Scope("both", "legal:northwind"),
            start_at=alert.end_at - timedelta(hours=168),
            observed=3.6,
            expected=0.001,
            low=0.0,
            high=0.02,
            p_value=None,
            checked=False,
            severity="critical",
        )
        alerts.put(tx, rare)
    listed = opened("alerts", log_in("ann"), language)
    assert title in said(listed) and little in said(listed)
    assert said(listed).count({"en": "critical", "zh": "严重"}[language]) == 1
    told = said(opened("alerts", log_in("ann"), language, query={"id": "alert_rare"}))
    assert title in told and little in told and unchecked in told
    assert "buildup" in told and "0.0" not in told, "next to nothing is not nothing"
    assert "×" not in told + said(listed), "nor does a factor over it tell anything"


@pytest.mark.parametrize(("hours", "filled_bars", "width"), [(1, 1, 1), (6, 1, 6), (48, 2, 24), (168, 7, 24)])
def test_the_bars_of_the_alerts_window_are_filled(
    filled: Monitor, log_in: Callable[..., str], hours: int, filled_bars: int, width: int
) -> None:
    with filled.store.begin() as tx:
        alert = alerts.get(tx, ALERT)
        start = alert.end_at - timedelta(hours=hours)
        alerts.put(tx, replace(alert, start_at=start, expected=7.0, low=2.0, high=15.0))
    (drawn,) = opened("alerts", log_in("ann"), query={"id": ALERT}).get("vega_lite_chart")
    tables = [ipc.open_stream(one.data.data).read_pandas() for one in drawn.proto.datasets]
    (bars,) = [table for table in tables if "weight" in table]
    (line,) = [table for table in tables if "level" in table]
    assert bars["alert"].sum() == filled_bars
    assert (bars["end"] - bars["at"] == timedelta(hours=width)).all()
    assert line["level"].item() == pytest.approx(7 * width / hours)
    assert line["low"].item() < line["level"].item() < line["high"].item()
    assert (line["at"].item(), line["end"].item()) == (bars["at"].min(), bars["end"].max())
    assert bars["weight"].sum() > bars["negative"].sum() / 2 > 0


def test_what_is_usual_in_a_bar(filled: Monitor) -> None:
    with filled.store.read() as tx:
        alert = replace(alerts.get(tx, ALERT), expected=3.5, low=1.0, high=7.0)
    day = timedelta(days=1)
    whole = alert.end_at - alert.start_at
    assert charts.usual(alert, whole) == (3.5, 1.0, 7.0)
    week = replace(alert, start_at=alert.end_at - 7 * day)
    level, low, high = charts.usual(week, day)
    assert level == pytest.approx(0.5) and low == 0.0
    assert high == pytest.approx(0.5 + 3.5 / 7**0.5), "the less there is, the more it scatters"


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


@pytest.mark.parametrize(
    ("language", "do", "until", "end"),
    [
        ("en", "Tell nobody", "Nobody is told of Northwind Motors · surge until", "End it"),
        ("zh", "不再通知", "ann 已静默 Northwind Motors · surge，至", "结束静默"),
    ],
)
def test_alerts_like_one_are_silenced_and_heard_of_again(
    filled: Monitor, log_in: Callable[..., str], language: str, do: str, until: str, end: str
) -> None:
    session = log_in("ann", Role.ANALYST)
    app = opened("alerts", session, language, query={"id": ALERT})
    app.selectbox(key=f"silence-hours-{ALERT}").select(24)
    app.text_input(key=f"note-{ALERT}").input("a *known* case")
    [begin] = [button for button in app.button if button.label == do]
    begin.click().run(timeout=TIMEOUT)
    assert not app.exception, app.exception
    with filled.store.read() as tx:
        [made] = silences.active(tx, filled.now())
    assert (made.rule, made.company, made.topic, made.user) == ("surge", "northwind", "", "ann")
    assert made.until_worse and made.ends_at - made.begins_at == timedelta(hours=24)
    app = opened("alerts", session, language)
    assert until in said(app) and "a *known* case" in said(app)
    [over] = [button for button in app.button if button.label == end]
    over.click().run(timeout=TIMEOUT)
    assert until not in said(app)
    with filled.store.read() as tx:
        assert silences.active(tx, filled.now()) == []


def test_a_viewer_sees_silences_and_ends_none(filled: Monitor, log_in: Callable[..., str]) -> None:
    now = filled.now()
    with filled.store.begin() as tx:
        silences.add(tx, Silence(0, "", "", "legal", "critical", now, now + timedelta(hours=1), False, "ann"))
    app = opened("alerts", log_in("vi", Role.VIEWER))
    assert "Nobody is told of Legal and regulation · critical until" in said(app)
    assert not {"End it", "Tell nobody"} & {button.label for button in app.button}
