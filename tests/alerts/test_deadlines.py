"""Until when somebody is to act: deadlines by severity, met, missed and running."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import deadlines, lifecycle
from monitor.alerts.deadlines import Deadline, Duty
from monitor.records import Alert, AlertState
from monitor.settings import AlertSettings as Settings
from tests.alarms import AT, NO_WAIT, alarm

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITS = Settings.model_validate(
    {"wait_minutes": 10, "acknowledge_minutes": {"critical": 5}, "resolve_hours": {"info": 2}}
)


def dated(**fields: object) -> Alert:
    return deadlines.dated(alarm(**fields), LIMITS, 10 * MINUTE)


@pytest.mark.parametrize(
    ("severity", "acknowledge", "resolve"),
    [("critical", 5 * MINUTE, 24 * HOUR), ("warning", HOUR, 72 * HOUR), ("info", None, 2 * HOUR)],
)
def test_deadlines_are_those_of_the_severity_once_people_were_told(
    severity: str, acknowledge: timedelta | None, resolve: timedelta
) -> None:
    alert = dated(severity=severity)
    begins = AT + 10 * MINUTE
    assert alert.acknowledge_by == (None if acknowledge is None else begins + acknowledge)
    assert alert.resolve_by == begins + resolve
    assert len(deadlines.of(alert)) == 1 + (acknowledge is not None)


def test_what_is_due_first_runs_until_it_is_done() -> None:
    alert = dated(severity="critical")
    due = deadlines.next_of(alert)
    assert due == Deadline(Duty.ACKNOWLEDGE, AT + 15 * MINUTE, None)
    assert not deadlines.overdue(alert, AT + 15 * MINUTE) and due.over(AT + 3 * MINUTE) == -12 * MINUTE
    assert deadlines.overdue(alert, AT + 16 * MINUTE)
    late, _ = lifecycle.acknowledge(alert, "ann", AT + 20 * MINUTE)
    first, second = deadlines.of(late)
    assert first.overdue(AT + HOUR) and first.over(AT + 9 * HOUR) == 5 * MINUTE, "it stays as late as it was"
    assert deadlines.next_of(late) == second and not deadlines.overdue(late, AT + HOUR)
    assert deadlines.overdue(late, AT + 25 * HOUR)
    closed, _ = lifecycle.resolve(late, "ann", AT + 2 * HOUR)
    assert deadlines.next_of(closed) is None and not deadlines.overdue(closed, AT + 999 * HOUR)


def test_what_is_over_is_acknowledged_too() -> None:
    closed, _ = lifecycle.resolve(dated(), "ann", AT + 30 * MINUTE)
    assert [one.done_at for one in deadlines.of(closed)] == [AT + 30 * MINUTE] * 2
    assert not any(one.overdue(AT + 99 * HOUR) for one in deadlines.of(closed))


def test_no_deadline_is_none() -> None:
    blank = Settings.model_validate({"acknowledge_minutes": {"warning": 0}, "resolve_hours": {"warning": 0}})
    alert = deadlines.dated(alarm(), blank, NO_WAIT)
    assert deadlines.of(alert) == () and deadlines.next_of(alert) is None
    assert not deadlines.overdue(alert, AT + 9999 * HOUR)


@given(st.integers(-10_000, 10_000), st.integers(-10_000, 10_000), st.booleans())
def test_only_time_makes_an_open_alert_overdue(first: int, later: int, taken: bool) -> None:
    """Once overdue it stays so until somebody does it; a clock that is set moves no deadline."""
    alert = dated(severity="critical")
    if taken:
        alert = replace(alert, acknowledged_by="ann", acknowledged_at=AT, state=AlertState.ACKNOWLEDGED)
    a, b = sorted((AT + first * MINUTE, AT + later * MINUTE))
    assert deadlines.overdue(alert, b) or not deadlines.overdue(alert, a)
