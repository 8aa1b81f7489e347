"""What is counted, the alerts that come of it, and the messages about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from monitor.fields import checked


class AlertState(StrEnum):
    """Life cycle of an alert: see `alerts.lifecycle`."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RECOVERING = "recovering"
    RESOLVED = "resolved"


OPEN = tuple(state for state in AlertState if state is not AlertState.RESOLVED)
"""The states of an alert that is not over."""
LEAST_EXPECTED = 0.1
"""What is expected is told to a tenth, and as less than that: never as none at all."""
OPERATION = "operation"
"""The rule of operational alerts, which no settings name: see `alerts.operating`."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # retries exhausted; shown to the operator, can be sent again
    FOLDED = "folded"  # a newer message of its alert stands for it: see `delivery`


@dataclass(frozen=True, slots=True)
@checked
class Scope:
    """What a count is about: all news, one topic, one company, or a topic of a company; or what an
    operational alert is about: a source, a receiver, a detector, a model, a rule."""

    kind: str  # "all" | "topic" | "company" | "both", or of operation "source" | "notifiers" | ...
    name: str = ""  # the topic's name, the company's id, or both with a colon between

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @property
    def topic(self) -> str:
        """The topic that it is about; empty where it is about none."""
        if self.kind == "both":
            return self.name.partition(":")[0]
        return self.name if self.kind == "topic" else ""

    @property
    def company(self) -> str:
        """The company (its id) that it is about; empty where it is about none."""
        if self.kind == "both":
            return self.name.partition(":")[2]
        return self.name if self.kind == "company" else ""


@dataclass(frozen=True, slots=True)
@checked
class Window:
    """What counts of one scope in [start_at, end_at): a story once for each voice that tells it."""

    scope: Scope
    start_at: datetime  # included
    end_at: datetime  # not included
    stories: int  # as voices tell them
    negative: int  # of them
    weight: float = 0.0  # their probabilities of being negative, summed: what detectors test


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule opened, and what became of it: one for whatever rises on the same stories.

    The window from `start_at` to `end_at` is that of the highest score of the smallest scope that rose. In it
    `voices` were negative; all voices weigh `observed`, each as much as it is probably negative. `expected`
    is what is usual of that, and 95% of what is usual lies from `low` to `high`. `score` was compared with
    the rule's `cut`, which past weeks gave if it is `checked`; `p_value` is None where the score is none of a
    p-value.
    """

    id: str
    rule: str
    scope: Scope
    state: AlertState
    opened_at: datetime
    updated_at: datetime
    observed: float
    expected: float
    p_value: float | None
    start_at: datetime
    end_at: datetime
    voices: int
    score: float
    cut: float
    checked: bool
    last_at: datetime  # when it last rose
    low: float = 0.0
    high: float = 0.0
    severity: str = "warning"
    rule_severity: str = "warning"  # what its rule said; `severity` is another where somebody changed it
    owner: str = ""  # whose it is
    article_ids: tuple[int, ...] = ()
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    notified_at: datetime | None = None  # when there was last something new to tell people
    notified_voices: int = 0  # and of how many: what "much worse" is measured against
    acknowledge_by: datetime | None = None  # until when somebody is to: see `alerts.deadlines`
    resolve_by: datetime | None = None  # until when it is to be over

    @property
    def operational(self) -> bool:
        """Whether it is of something that does not work, and not of the news."""
        return self.rule == OPERATION


class VerdictKind(StrEnum):
    """What somebody says of an alert."""

    USEFUL = "useful"
    NOISE = "noise"
    WRONG_COMPANY = "wrong_company"
    DUPLICATE = "duplicate"
    WRONG_LABEL = "wrong_label"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a user says of an alert: one of each user stands. `other_id` is the alert that it repeats, ""
    where none is named; `article_id` the article whose label is wrong, 0 likewise."""

    alert_id: str
    user: str
    kind: VerdictKind
    at: datetime
    note: str = ""
    other_id: str = ""
    article_id: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one notifier, stored until delivered. `id` never changes on retry. `alert_id` is ""
    where it is about many alerts, or none.

    `place` is its place among those of its alert for this notifier. `next_attempt` and `created` are
    on the store's clock, in seconds; `created_at` is what the wall clock said, for people.
    """

    id: str  # the same at every attempt: the receiver drops what it has seen
    alert_id: str
    notifier: str  # the instance's name
    event: (
        str  # "opened" | "updated" | "escalated" | "resolved" | "summary" | "digest" | "heartbeat" | "test"
    )
    payload: Mapping[str, Any]  # title, text, and what docs/alerts.md lists
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt: float = 0.0
    created: float = 0.0
    place: int = 0
    last_error: str = ""
    delivered_at: datetime | None = None
