"""Until when somebody is to acknowledge an alert, and until when it is to be over: its service levels.

Both are set when it opens, from the settings of that day and its severity, and stand in the alert, so that a
start, another file of settings or a clock that is set afterwards moves none of them. Another severity dates
them anew. The time before anyone is told of an alert, because it gathers or was seen late, does not count.
Whoever acknowledges or closes an alert meets the first, whatever ends it meets the second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.records import Alert
from monitor.settings import AlertSettings


class Duty(StrEnum):
    """What is to be done in time."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One of an alert's deadlines; `done_at` is when it was met, or met too late, None while it runs."""

    duty: Duty
    due_at: datetime
    done_at: datetime | None

    def over(self, now: datetime) -> timedelta:
        """How much too late it is, or was done; negative while there is time."""
        return (self.done_at or now) - self.due_at

    def overdue(self, now: datetime) -> bool:
        """Whether it was missed: not done in time, or not done and over by now."""
        return self.over(now) > timedelta(0)


def dated(alert: Alert, settings: AlertSettings, wait: timedelta) -> Alert:
    """The alert with the deadlines of its severity, none where the settings set none; people are told of it
    `wait` after it opened."""
    begins = alert.opened_at + wait
    minutes = getattr(settings.acknowledge_minutes, alert.severity)
    hours = getattr(settings.resolve_hours, alert.severity)
    return replace(
        alert,
        acknowledge_by=begins + timedelta(minutes=minutes) if minutes else None,
        resolve_by=begins + timedelta(hours=hours) if hours else None,
    )


def of(alert: Alert) -> tuple[Deadline, ...]:
    """An alert's deadlines, as they stand."""
    found = []
    if alert.acknowledge_by is not None:
        done = alert.acknowledged_at or alert.resolved_at
        found.append(Deadline(Duty.ACKNOWLEDGE, alert.acknowledge_by, done))
    if alert.resolve_by is not None:
        found.append(Deadline(Duty.RESOLVE, alert.resolve_by, alert.resolved_at))
    return tuple(found)


def next_of(alert: Alert) -> Deadline | None:
    """The one that runs and is due first, or was; None where none runs."""
    running = [one for one in of(alert) if one.done_at is None]
    return min(running, key=lambda one: one.due_at, default=None)


def overdue(alert: Alert, now: datetime) -> bool:
    """Whether something that is still to be done with it should have been by now."""
    return any(one.done_at is None and one.overdue(now) for one in of(alert))
