"""Whether anybody looks for surges: what the alerts page says before it says that all is quiet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.app import Monitor
from monitor.desk import Desk
from monitor.records import Role, User
from monitor.schedule import scheduler
from monitor.schedule.scheduler import Job, Scheduler
from monitor.testing import newsroom
from monitor.testing.newsroom import Newsroom
from tests.desk.conftest import NOW


@pytest.fixture
def desk(monitor: Monitor) -> Desk:
    return Desk(monitor, User(1, "ann", Role.VIEWER, NOW))


def schedule(monitor: Monitor, run: Callable[[], str] = lambda: "0 alerts changed") -> Scheduler:
    job = Job("watch", timedelta(seconds=monitor.settings.jobs.watch_seconds), run)
    return Scheduler(monitor.store, [job], heart=monitor.heart, now=monitor.now)


def test_nobody_looks_before_the_schedule_runs(desk: Desk) -> None:
    seen = desk.watching()
    assert (seen.last_at, seen.next_at, seen.problem, seen.blind) == (None, None, "", True)


def test_the_first_check_is_due_once_somebody_leads(desk: Desk, monitor: Monitor) -> None:
    assert schedule(monitor).lead()
    seen = desk.watching()
    assert seen.last_at is None and seen.next_at == NOW


def test_the_next_check_is_an_interval_after_the_last(desk: Desk, monitor: Monitor) -> None:
    assert schedule(monitor).tick("watch")
    seen = desk.watching()
    assert seen.last_at == NOW and seen.next_at is not None
    assert timedelta(seconds=4) < seen.next_at - NOW <= timedelta(seconds=5)


def test_a_check_that_failed_is_told(desk: Desk, monitor: Monitor) -> None:
    def broken() -> str:
        raise ValueError("no such column")

    assert schedule(monitor, broken).tick("watch")
    seen = desk.watching()
    assert seen.last_at is None and "nobody expected (ValueError)" in seen.problem
    assert scheduler.LEASE == "scheduler"


def test_what_is_usual_is_learnt_first(desk: Desk, monitor: Monitor) -> None:
    newsroom.furnish(monitor.store, NOW, hours=4)
    ready = desk.watching().ready_at
    assert ready is not None and timedelta(hours=19) < ready - NOW < timedelta(hours=24)
    assert not desk.watching().blind


def test_after_a_day_an_alert_can_open(desk: Desk, room: Newsroom) -> None:
    assert desk.watching().ready_at is None and not desk.watching().blind
