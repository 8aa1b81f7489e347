"""What people do with an alert beside acknowledging and closing it: whose it is, how grave, what they say.

    assign ─→ owner      regrade ─→ severity, deadlines      comment ─→ its history

An alert has one owner or none. Whoever acknowledges one that nobody has takes it; assigning acknowledges
nothing, for being given an alert is not having seen it. Its severity is its rule's until somebody raises or
lowers it with a reason; what the rule said stays beside it (`Alert.rule_severity`). A comment changes nothing
and is no note of an action: it can be written on what is over, too. Who did what, when, is in the history.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts import deadlines
from monitor.alerts.lifecycle import Event
from monitor.errors import ConflictError, UserError
from monitor.messages import Message
from monitor.records import Alert, AlertState
from monitor.settings import AlertSettings
from monitor.settings.rules import SEVERITIES


def assign(alert: Alert, owner: str, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
    """Make it this user's, "": nobody's. Nothing happens where it is already.

    Raises ConflictError where the alert is resolved.
    """
    if alert.state is AlertState.RESOLVED:
        raise ConflictError(Message("caring.over", alert=alert.id))
    if alert.owner == owner:
        return alert, ()
    key = "caring.assigned" if owner else "caring.unassigned"
    note = Message(key, user=owner or alert.owner)
    return replace(alert, owner=owner, updated_at=now), (Event("assigned", note),)


def regrade(
    alert: Alert, severity: str, why: str, settings: AlertSettings, now: datetime, wait: timedelta
) -> tuple[Alert, tuple[Event, ...]]:
    """Raise or lower its severity, for the reason `why`; its deadlines follow, from the end of the `wait` of
    such an alert on. Nothing happens where it is that grave already.

    Raises ConflictError where the alert is resolved and without a reason, UserError for a severity that is
    none.
    """
    if severity not in SEVERITIES:
        raise UserError(Message("silences.severity", severity=severity, known=", ".join(SEVERITIES)))
    if not why:
        raise ConflictError(Message("caring.no_reason"))
    if alert.state is AlertState.RESOLVED:
        raise ConflictError(Message("caring.over", alert=alert.id))
    if alert.severity == severity:
        return alert, ()
    values = {"before": grade(alert.severity), "after": grade(severity), "why": why}
    changed = deadlines.dated(replace(alert, severity=severity, updated_at=now), settings, wait)
    return changed, (Event("regraded", Message("caring.regraded", **values)),)


def comment(text: str) -> Event:
    """Something that somebody says about it. Raises ConflictError where that is nothing."""
    if not text:
        raise ConflictError(Message("caring.empty"))
    return Event("commented", text)


def grade(severity: str) -> str:
    """A severity in the reader's words."""
    return Message(f"caring.grade.{severity}") if severity in SEVERITIES else severity
