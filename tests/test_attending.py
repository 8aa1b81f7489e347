"""What does not work in a running monitor becomes an alert of its own, and is told and over by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.desk import Desk
from monitor.errors import ConfigError
from monitor.records import AlertState, Article, DeliveryState, Role, Scope, User
from monitor.store import Store, alerts, articles, deliveries, measurements, polls, sources, stories
from monitor.store.measurements import Measurement
from monitor.testing import Clock, make_delivery
from tests.alarms import alarm
from tests.monitors import monitor_of

CONFIG = """
[sources.wire]
kind = "rss"
url = "https://wire.example/feed"
interval_minutes = 10
[sources.paper]
kind = "rss"
url = "https://paper.example/feed"
[sources.off]
kind = "rss"
url = "https://off.example/feed"
enabled = false
[notifiers.desk]
kind = "console"
[rules.surge]
budget = 0.5
"""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def monitor(sqlite_store: Store, tmp_path: Path, clock: Clock) -> Iterator[Monitor]:
    with monitor_of(CONFIG, sqlite_store, tmp_path, clock) as monitor:
        yield monitor


def attended(monitor: Monitor, clock: Clock, minutes: int = 20) -> dict[str, str]:
    """Look every minute for a while: what is open afterwards, with what its history says first."""
    for _ in range(minutes):
        clock.advance(seconds=60)
        monitor.attend()
    with monitor.store.read() as tx:
        found, _ = alerts.operational(tx, clock())
        return {str(scope): str(alerts.events(tx, one.id)[0].note) for scope, one in found.items()}


def failing(monitor: Monitor, clock: Clock, *names: str) -> None:
    """Sources that answered two hours ago and have failed since."""
    with monitor.store.begin() as tx:
        for name in names:
            sources.succeeded(tx, name, {}, [], clock() - 2 * HOUR, 60)
            for minute in (60, 30):
                sources.failed(tx, name, "HTTP 503", clock() - minute * MINUTE, 60)


def test_where_everything_works_there_is_no_alert(monitor: Monitor, clock: Clock) -> None:
    with monitor.store.begin() as tx:
        sources.succeeded(tx, "wire", {}, [], clock(), 60)
    assert attended(monitor, clock) == {}


def test_a_source_that_fails_is_told_and_is_over_once_it_answers(monitor: Monitor, clock: Clock) -> None:
    failing(monitor, clock, "wire", "off", "gone")
    found = attended(monitor, clock)
    assert list(found) == ["source:wire"], "one that is off, or in no table, is nobody's trouble"
    assert "HTTP 503" in found["source:wire"] and "every 10 minutes" in found["source:wire"]
    with monitor.store.begin() as tx:
        assert list(monitor.watching.silent(tx, clock())) == ["wire"], "the watch knows what it may explain"
        sources.succeeded(tx, "wire", {}, [], clock(), 60)
        [opened] = deliveries.all(tx)
    assert opened.payload["scope"]["en"] == "source wire" and "HTTP 503" in opened.payload["en"]["text"]
    assert attended(monitor, clock, 40) == {}
    with monitor.store.read() as tx:
        assert [one.event for one in deliveries.all(tx)] == ["resolved", "opened"]
        [alert] = alerts.page(tx)
    assert alert.state is AlertState.RESOLVED and alert.resolved_by == ""


def test_one_that_answers_and_brings_nothing_is_told(monitor: Monitor, clock: Clock) -> None:
    with monitor.store.begin() as tx:
        for n in range(20):
            polls.note(tx, "wire", clock() - timedelta(days=2) - n * HOUR, read=True, new=1)
        sources.succeeded(tx, "wire", {}, [], clock(), 60)
    found = attended(monitor, clock)
    assert "never silent for more than 1 h" in found["source:wire"]
    with monitor.store.read() as tx:
        assert list(monitor.watching.silent(tx, clock())) == ["wire"], "likewise"


def test_messages_that_were_given_up_are_told_by_receiver(monitor: Monitor, clock: Clock) -> None:
    with monitor.store.begin() as tx:
        alerts.put(tx, alarm("a"))
        for n in range(2):
            dead = make_delivery(id=f"m{n}", alert_id="a", notifier="desk", place=n)
            deliveries.add(tx, replace(dead, created_at=clock()))
            deliveries.failed(tx, f"m{n}", "HTTP 410", None)
    found = attended(monitor, clock)
    assert "2 messages to desk" in found["notifiers:desk"] and "HTTP 410" in found["notifiers:desk"]
    with monitor.store.begin() as tx:
        for one in deliveries.all(tx, (DeliveryState.DEAD,)):
            deliveries.retry(tx, one.id)
    assert attended(monitor, clock, 40) == {}


def test_a_detector_that_fails_is_told(monitor: Monitor, clock: Clock) -> None:
    monitor._report("detectors", "surge", "ValueError: no")
    assert "ValueError: no" in attended(monitor, clock)["detectors:surge"]
    monitor._report("detectors", "surge", "")
    assert attended(monitor, clock, 40) == {}


@pytest.mark.parametrize("fired", [True, False])
def test_a_drift_is_told(monitor: Monitor, clock: Clock, fired: bool) -> None:
    values = {"before": 100, "now": 80, "p_value": 3e-9, "auc": 0.93}
    with monitor.store.begin() as tx:
        measurements.put(tx, [Measurement(clock(), "m-1", "covariate", "language:zh", fired, values)])
    found = attended(monitor, clock)
    assert list(found) == (["models:m-1 (covariate language:zh)"] if fired else [])
    assert all("0.93" in what for what in found.values())


def test_a_rule_over_its_budget_is_told(
    monitor: Monitor, clock: Clock, article: Callable[..., Article]
) -> None:
    def opened(number: int) -> None:
        with monitor.store.begin() as tx:
            told = articles.insert(tx, article(story_id=stories.create(tx, clock()))).id
            alerts.put(tx, alarm(f"a{number}", clock() - number * HOUR), [told])

    # Half an alert a week lets one expect 6 in four weeks at most, in 99 of 100 such times.
    for number in range(6):
        opened(number)
    assert attended(monitor, clock) == {}
    opened(6)
    found = attended(monitor, clock)
    assert "opened 7 alerts in 4 weeks" in found["rule:surge"] and "6 at most" in found["rule:surge"]


def test_an_operational_alert_is_read_and_closed_as_any_other(monitor: Monitor, clock: Clock) -> None:
    failing(monitor, clock, "wire")
    attended(monitor, clock)
    desk = Desk(monitor, User(1, "ann", Role.ANALYST, clock()))
    [alert] = desk.alerts()
    found = desk.alert(alert.id)
    assert found.alert.scope == Scope("source", "wire") and found.history == [] and found.evidence == []
    monitor.watch()
    assert desk.alerts() == [alert], "the watch leaves it alone"
    desk.resolve(alert.id, "known")
    assert attended(monitor, clock, 60) == {}, "nothing new happened"


def test_operational_alerts_go_by_routes_and_are_repeated_with_what_does_not_work(
    sqlite_store: Store, tmp_path: Path, clock: Clock
) -> None:
    routes = """
    [notifiers.ops]
    kind = "console"
    [[routes]]
    rules = ["operation"]
    scopes = ["source"]
    receivers = ["ops"]
    repeat_hours = 2
    """
    with monitor_of(CONFIG + routes, sqlite_store, tmp_path, clock) as monitor:
        failing(monitor, clock, "wire")
        attended(monitor, clock, 140)
        with sqlite_store.read() as tx:
            told = sorted(deliveries.all(tx), key=lambda one: one.created_at)
    assert [(one.notifier, one.event) for one in told] == [("ops", "opened"), ("ops", "updated")]
    for one in told:
        assert "HTTP 503" in one.payload["en"]["text"] and "HTTP 503" in one.payload["zh"]["text"]
    assert "nobody has acknowledged it" in told[1].payload["en"]["text"]


def test_no_rule_may_have_their_name(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[rules.operation]\n", "utf-8")
    with pytest.raises(ConfigError, match="operation is the monitor's own name"):
        config.load(tmp_path / "config.toml", {})
