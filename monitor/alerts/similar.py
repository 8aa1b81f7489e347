"""Past alerts that resemble one, so that whoever looks at it sees how such alerts ended. Pure.

About the same company first, then about the same topic, then of the same rule about anything of the same
kind; among equals those of the same rule, then the newest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.records import Alert, AlertState, Verdict

MOST = 5
"""Similar alerts that are shown."""


class Likeness(StrEnum):
    """What two alerts have in common, the closest first."""

    COMPANY = "company"
    TOPIC = "topic"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Similar:
    """A past alert, without its articles, what it has in common with the one that is looked at, and what
    people said of it."""

    alert: Alert
    likeness: Likeness
    verdicts: Sequence[Verdict] = ()


def likeness(alert: Alert, other: Alert) -> Likeness | None:
    """What two alerts have in common; None where it is nothing that matters."""
    if alert.scope.company and alert.scope.company == other.scope.company:
        return Likeness.COMPANY
    if alert.scope.topic and alert.scope.topic == other.scope.topic:
        return Likeness.TOPIC
    if (alert.rule, alert.scope.kind) == (other.rule, other.scope.kind):
        return Likeness.RULE
    return None


def similar(
    alert: Alert, others: Iterable[Alert], verdicts: Mapping[str, Sequence[Verdict]] | None = None
) -> list[Similar]:
    """The MOST most similar of the alerts that opened before `alert` and are over, with what people said of
    them."""
    said = verdicts or {}
    order = list(Likeness)
    found = [
        Similar(replace(other, article_ids=()), close, tuple(said.get(other.id, ())))
        for other in others
        if other.id != alert.id
        and other.state is AlertState.RESOLVED
        and other.opened_at <= alert.opened_at
        and (close := likeness(alert, other)) is not None
    ]
    found.sort(key=lambda one: (one.alert.opened_at, one.alert.id), reverse=True)
    found.sort(key=lambda one: (order.index(one.likeness), one.alert.rule != alert.rule))
    return found[:MOST]
