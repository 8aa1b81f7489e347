"""Silences: what people are not told of for a while, because somebody says so.

A silence says which alerts it is about (their rule, company, topic or severity; what it leaves open may be
any) and for how long. It stops messages and nothing else: the alert opens, rises and ends as it would, its
history says what was not told, and acknowledging it is another thing. With `until_worse` the news that an
alert got much worse is told all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.alerts.lifecycle import Event
from monitor.records import Alert


@dataclass(frozen=True, slots=True)
class Silence:
    """Of alerts of this `rule`, `company` (its id), `topic` and `severity` nobody is told from `begins_at` to
    before `ends_at`; "" is any of them. `user` wrote it, `note` says why."""

    id: int
    rule: str
    company: str
    topic: str
    severity: str
    begins_at: datetime
    ends_at: datetime
    until_worse: bool
    user: str
    note: str = ""

    def about(self, alert: Alert) -> bool:
        """Whether it is about this alert."""
        wanted = (
            (self.rule, alert.rule),
            (self.company, alert.scope.company),
            (self.topic, alert.scope.topic),
            (self.severity, alert.severity),
        )
        return all(not one or one == found for one, found in wanted)

    def covers(self, alert: Alert, event: Event, now: datetime) -> bool:
        """Whether nobody is told `now` of what happened to an alert."""
        if not self.begins_at <= now < self.ends_at or not self.about(alert):
            return False
        return not (self.until_worse and event.worse)
