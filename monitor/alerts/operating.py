"""Operational alerts: what does not work, in the life of an alert and outside every budget.

    conditions ─attend→ pending ─WAIT→ told ─CALM→ over

A **condition** is something that an operator has to look at: a source that is silent, messages that nobody
can be sent, a detector that fails, a model that drifted, a rule that opens more than its budget. As long as
it holds there is one alert of the rule `operation`, whose scope says what it is about (`source:bbc`). It is
told once it has held for `WAIT`, is repeated, routed and acknowledged as any other, and is over when the
condition has not held for `CALM`.

What somebody closed by hand stays closed while the same condition goes on: until it begins anew, or for
`AGAIN`.

Where most sources are silent at once it is not they: one alert says so, and none opens for each of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alerts.deadlines import dated
from monitor.alerts.lifecycle import Event, waited
from monitor.messages import Message
from monitor.records import OPERATION, Alert, AlertState, Scope
from monitor.settings import AlertSettings

WAIT = timedelta(minutes=15)
"""So long a condition holds before anybody is told."""
CALM = timedelta(minutes=30)
"""So long a condition has not held when its alert is over: what comes and goes is one alert."""
TOUCH = timedelta(minutes=10)
"""How old it may be that a condition was last seen to hold, by what is stored of its alert."""
AGAIN = timedelta(hours=24)
"""An alert that was closed by hand opens again after so long, if its condition still holds."""
MANY = 3
"""Sources that are silent at once, and at least half of all, are one condition."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that does not work: `scope` is what, `what` says how in a sentence, `since` when it began,
    None where that is not known."""

    scope: Scope
    what: str
    since: datetime | None = None
    severity: str = "warning"


def grouped(conditions: Sequence[Condition], sources: int, already: Collection[Scope]) -> list[Condition]:
    """The conditions, with one for all silent sources where most of so many `sources` are; those that have an
    alert `already` keep it."""
    silent = [one for one in conditions if one.scope.kind == "source"]
    if len(silent) < MANY or 2 * len(silent) < sources:
        return list(conditions)
    names = ", ".join(sorted(one.scope.name for one in silent))
    what = Message("operating.silent_all", number=len(silent), sources=sources, names=names)
    begun = max((one.since for one in silent if one.since is not None), default=None)
    whole = Condition(Scope("source"), what, begun, "critical")
    kept = [one for one in conditions if one.scope.kind != "source" or one.scope in already]
    return [*kept, whole]


def attend(
    alerts: Mapping[Scope, Alert],
    closed: Mapping[Scope, datetime],
    conditions: Sequence[Condition],
    settings: AlertSettings,
    now: datetime,
) -> list[tuple[Alert, tuple[Event, ...]]]:
    """Every alert that something happens to, with what: `alerts` are those that are open by what they are
    about, `closed` when somebody closed one by hand last."""
    found: list[tuple[Alert, tuple[Event, ...]]] = []
    holding = {one.scope: one for one in conditions}
    for scope, one in holding.items():
        alert = alerts.get(scope)
        if alert is None:
            at = closed.get(scope)
            if at is None or now - at >= AGAIN or (one.since is not None and one.since > at):
                found.append(_open(one, settings, now))
            continue
        found += _goes_on(alert, one, now)
    for scope, alert in alerts.items():
        pending = alert.state is AlertState.PENDING
        if scope not in holding and (pending or now - alert.last_at >= CALM):
            note = Message("operating.over", minutes=0 if pending else round(CALM / timedelta(minutes=1)))
            over = replace(alert, state=AlertState.RESOLVED, resolved_at=now, updated_at=now)
            found.append((over, (Event("resolved", note, notify=not pending),)))
    return found


def _open(one: Condition, settings: AlertSettings, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
    key = f"{OPERATION}\n{one.scope}\n{now.isoformat()}"
    alert = Alert(
        id="alert_" + hashlib.sha256(key.encode()).hexdigest()[:24],
        rule=OPERATION,
        scope=one.scope,
        state=AlertState.PENDING,
        opened_at=now,
        updated_at=now,
        observed=0.0,
        expected=0.0,
        p_value=None,
        start_at=min(one.since or now, now),
        end_at=now,
        voices=0,
        score=0.0,
        cut=0.0,
        checked=False,
        last_at=now,
        severity=one.severity,
        rule_severity=one.severity,
    )
    return dated(alert, settings, WAIT), (Event("pending", one.what),)


def _goes_on(alert: Alert, one: Condition, now: datetime) -> list[tuple[Alert, tuple[Event, ...]]]:
    seen = replace(alert, last_at=now, end_at=now)
    if alert.state is AlertState.PENDING:
        if not waited(alert.opened_at, now, WAIT):
            return []
        told = replace(seen, state=AlertState.FIRING, updated_at=now, notified_at=now)
        return [(told, (Event("opened", one.what, notify=True),))]
    return [(seen, ())] if now - alert.last_at >= TOUCH else []
