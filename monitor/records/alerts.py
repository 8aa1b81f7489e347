"""What is counted, what a detector says of it, the alerts that come of it, and the messages about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from monitor.fields import checked


class AlertState(StrEnum):
    """Life cycle of an alert; `pending` and `recovering` damp flapping."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RECOVERING = "recovering"
    RESOLVED = "resolved"


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # retries exhausted; shown to the operator, can be sent again


@dataclass(frozen=True, slots=True)
@checked
class Scope:
    """What a count is about: all news, one topic, or one company."""

    kind: str  # "all" | "topic" | "company"
    name: str = ""  # the topic's name, or the company's id

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
@checked
class Window:
    """Stories of one scope first seen in [start_at, end_at): how many, how many negative."""

    scope: Scope
    start_at: datetime  # included
    end_at: datetime  # not included
    stories: int  # distinct ones
    negative: int  # of them


@dataclass(frozen=True, slots=True)
@checked
class Signal:
    """A detector's verdict on the newest window of one scope.

    `p_value`: the probability of a count at least as high if nothing had changed.
    """

    scope: Scope  # the window's
    rule: str  # the detector's kind
    observed: int  # negative stories in the window
    expected: float  # how many of them are usual
    p_value: float  # of a count at least as high if nothing had changed
    start_at: datetime  # the window's
    end_at: datetime  # the window's


@dataclass(frozen=True, slots=True)
class Alert:
    """An open or closed alert: one per (rule, scope) at a time, whatever repeats."""

    id: str
    rule: str
    scope: Scope
    state: AlertState
    opened_at: datetime
    updated_at: datetime
    observed: int
    expected: float
    p_value: float
    start_at: datetime
    end_at: datetime
    article_ids: tuple[int, ...] = ()
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    quiet_windows: int = 0  # consecutive windows without a signal
    notified_at: datetime | None = None  # when people were last told of it
    notified_observed: int = 0  # and of how many stories: what "much worse" is measured against


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one notifier, stored until delivered. `id` never changes on retry.

    `place` is its place among those of its alert for this notifier. `next_attempt` and `created` are
    on the store's clock, in seconds; `created_at` is what the wall clock said, for people.
    """

    id: str  # the same at every attempt: the receiver drops what it has seen
    alert_id: str
    notifier: str  # the instance's name
    event: str  # "opened" | "updated" | "resolved" | "test"
    payload: Mapping[str, Any]  # title, text, and what docs/alerts.md lists
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt: float = 0.0
    created: float = 0.0
    place: int = 0
    last_error: str = ""
    delivered_at: datetime | None = None
