"""What people do with alerts: whose they are, how grave they are, what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.alerts import caring, deadlines, lifecycle
from monitor.errors import ConflictError, UserError
from monitor.records import AlertState
from monitor.settings import AlertSettings as Settings
from tests.alarms import AT, NO_WAIT, alarm

LATER = AT + timedelta(minutes=7)
OVER = replace(alarm(), state=AlertState.RESOLVED, resolved_at=AT)


def test_an_alert_has_one_owner_or_none() -> None:
    taken, [event] = caring.assign(alarm(), "ann", LATER)
    assert (taken.owner, taken.updated_at, event.name, event.notify) == ("ann", LATER, "assigned", False)
    assert str(event.note) == "it is ann's now"
    assert caring.assign(taken, "ann", LATER) == (taken, ()), "it is hers already"
    handed, _ = caring.assign(taken, "bo", LATER)
    free, [event] = caring.assign(handed, "", LATER)
    assert free.owner == "" and "bo" in str(event.note)
    assert taken.state is AlertState.FIRING and not taken.acknowledged_by, "and nobody has acknowledged it"


def test_who_acknowledges_takes_what_nobody_has() -> None:
    assert lifecycle.acknowledge(alarm(), "ann", LATER)[0].owner == "ann"
    assert lifecycle.acknowledge(alarm(owner="bo"), "ann", LATER)[0].owner == "bo"
    assert lifecycle.acknowledge(alarm(), "ann", LATER)[0].acknowledged_at == LATER


def test_a_severity_is_changed_with_a_reason_and_the_rules_stays() -> None:
    alert = deadlines.dated(alarm(), Settings(), NO_WAIT)
    graver, [event] = caring.regrade(alert, "critical", "a bank run", Settings(), LATER, NO_WAIT)
    assert (graver.severity, graver.rule_severity) == ("critical", "warning")
    assert event.name == "regraded" and str(event.note) == "warning → critical: a bank run"
    assert graver.acknowledge_by == AT + timedelta(minutes=15), "from the opening on"
    assert caring.regrade(graver, "critical", "again", Settings(), LATER, NO_WAIT) == (graver, ())
    lower, _ = caring.regrade(graver, "info", "known", Settings(), LATER, NO_WAIT)
    assert lower.acknowledge_by is None
    with pytest.raises(UserError, match="grave"):
        caring.regrade(alert, "grave", "x", Settings(), LATER, NO_WAIT)
    with pytest.raises(ConflictError, match="say why"):
        caring.regrade(alert, "info", "", Settings(), LATER, NO_WAIT)


def test_what_is_over_is_nobodys_to_assign_and_is_still_spoken_of() -> None:
    with pytest.raises(ConflictError, match="only a comment"):
        caring.assign(OVER, "ann", LATER)
    with pytest.raises(ConflictError, match="only a comment"):
        caring.regrade(OVER, "info", "why", Settings(), LATER, NO_WAIT)
    assert caring.comment("it was a hoax").note == "it was a hoax"
    with pytest.raises(ConflictError, match="give its text"):
        caring.comment("")
