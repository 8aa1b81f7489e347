"""The life cycle of an alert, as a pure state machine.

    signal ─→ PENDING ─confirm_minutes→ FIRING ⇄ ACKNOWLEDGED
                 │                        │ quiet ⇅ signal   │
                 └─quiet→ RESOLVED        └──→ RECOVERING ←──┘ ─recover_after→ RESOLVED

There is at most one open alert per rule and scope: whatever repeats joins it. Every
decision depends on times kept in the alert, never on how often `step` is called, so
evaluating the same window again changes nothing. People are told when an alert opens,
when it gets much worse (twice the stories they were last told of), every `repeat_hours`
while nobody has acknowledged it, and when it resolves.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import ConflictError
from monitor.messages import Message
from monitor.records import Alert, AlertState, Signal
from monitor.settings import AlertSettings

WORSE = 2
"""An alert is much worse at this many times the stories people were last told of."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an alert, for its history.

    `name` is one of pending, opened, updated, acknowledged, recovering, again, resolved,
    dropped. `notify` says that people are told: a delivery per notifier.
    """

    name: str
    note: str
    notify: bool = False


def surges(signal: Signal, settings: AlertSettings) -> bool:
    """Whether `signal` is one to act on: improbable enough, and enough stories."""
    return (
        signal.p_value <= settings.p_value
        and signal.observed >= settings.min_negative
        and signal.observed > signal.expected
    )


def step(
    alert: Alert | None,
    signal: Signal | None,
    settings: AlertSettings,
    now: datetime,
    article_ids: tuple[int, ...] = (),
) -> tuple[Alert | None, tuple[Event, ...]]:
    """The alert after one evaluation, and what happened.

    `alert` is the newest alert of the signal's rule and scope, if there is one; `signal` the
    verdict on the newest window (None: nothing to say), `article_ids` its evidence, which adds up. Returns
    the same alert and no events where nothing changed.
    """
    if alert is None or alert.state is AlertState.RESOLVED:
        if signal is None or not surges(signal, settings):
            return alert, ()
        return _open(signal, settings, now, article_ids, alert.id if alert else "")
    if signal is None or not surges(signal, settings):
        return _quiet(alert, settings, now)
    if signal.end_at < alert.end_at:  # an evaluation that arrives late
        return alert, ()
    return _again(alert, signal, settings, now, article_ids)


def acknowledge(alert: Alert, user: str, now: datetime, note: str = "") -> tuple[Alert, tuple[Event, ...]]:
    """Somebody takes care: repeats stop, much worse is still told.

    Raises ConflictError where the alert is resolved or acknowledged already.
    """
    if alert.state is AlertState.RESOLVED:
        raise ConflictError(Message("alerts.already_resolved", alert=alert.id))
    if alert.acknowledged_by:
        values = {"alert": alert.id, "user": alert.acknowledged_by}
        raise ConflictError(Message("alerts.already_acknowledged", **values))
    changed = replace(
        alert,
        state=alert.state if alert.state is AlertState.RECOVERING else AlertState.ACKNOWLEDGED,
        acknowledged_by=user,
        updated_at=now,
        notified_observed=max(alert.notified_observed, alert.observed),
    )
    return changed, (Event("acknowledged", note),)


def resolve(alert: Alert, user: str, now: datetime, note: str = "") -> tuple[Alert, tuple[Event, ...]]:
    """Somebody closes the alert by hand. The articles that it holds then open none; others may, at once.

    Raises ConflictError where the alert is resolved already.
    """
    if alert.state is AlertState.RESOLVED:
        key = "alerts.resolved_by" if alert.resolved_by else "alerts.resolved_itself"
        raise ConflictError(Message(key, alert=alert.id, user=alert.resolved_by))
    changed = replace(alert, state=AlertState.RESOLVED, resolved_at=now, resolved_by=user, updated_at=now)
    return changed, (Event("resolved", note, notify=alert.notified_at is not None),)


def alert_id(rule: str, scope: object, opened_at: datetime, before: str = "") -> str:
    """The id of the alert that opens for this rule and scope at this time, after the alert `before`.

    It is derived, not drawn, so that two processes that open the same alert collide on its row instead of
    making two; one that opens in the minute in which another ended is a new one.
    """
    text = f"{rule}\n{scope}\n{opened_at.isoformat()}\n{before}"
    return "alert_" + hashlib.sha256(text.encode()).hexdigest()[:24]


def _open(
    signal: Signal, settings: AlertSettings, now: datetime, article_ids: tuple[int, ...], before: str
) -> tuple[Alert, tuple[Event, ...]]:
    alert = Alert(
        id=alert_id(signal.rule, signal.scope, signal.end_at, before),
        rule=signal.rule,
        scope=signal.scope,
        state=AlertState.PENDING,
        opened_at=now,
        updated_at=now,
        observed=signal.observed,
        expected=signal.expected,
        p_value=signal.p_value,
        start_at=signal.start_at,
        end_at=signal.end_at,
        article_ids=tuple(sorted(article_ids)),
    )
    if settings.confirm_minutes > 0:
        return alert, (Event("pending", _opening(signal, now)),)
    return _tell(replace(alert, state=AlertState.FIRING), "opened", _opening(signal, now), now)


def _again(
    alert: Alert, signal: Signal, settings: AlertSettings, now: datetime, article_ids: tuple[int, ...]
) -> tuple[Alert, tuple[Event, ...]]:
    """An open alert's scope still surges."""
    changed = replace(
        alert,
        observed=signal.observed,
        expected=signal.expected,
        p_value=signal.p_value,
        start_at=signal.start_at,
        end_at=signal.end_at,
        article_ids=tuple(sorted({*article_ids, *alert.article_ids})),
        quiet_windows=0,
    )
    if alert.state is AlertState.PENDING:
        if now - alert.opened_at < timedelta(minutes=settings.confirm_minutes):
            return changed, ()
        return _tell(replace(changed, state=AlertState.FIRING), "opened", _numbers(signal), now)
    events: tuple[Event, ...] = ()
    if alert.state is AlertState.RECOVERING:
        state = AlertState.ACKNOWLEDGED if alert.acknowledged_by else AlertState.FIRING
        changed = replace(changed, state=state, updated_at=now)
        events = (Event("again", _numbers(signal)),)
    if signal.observed >= WORSE * max(alert.notified_observed, 1):
        note = Message("alerting.worse", numbers=_numbers(signal), before=alert.notified_observed)
        changed, told = _tell(changed, "updated", note, now)
        return changed, events + told
    waited = now - (alert.notified_at or alert.opened_at)
    if not alert.acknowledged_by and waited >= timedelta(hours=settings.repeat_hours):
        changed, told = _tell(
            changed, "updated", Message("alerting.unacknowledged", numbers=_numbers(signal)), now
        )
        return changed, events + told
    return changed, events


def _quiet(alert: Alert, settings: AlertSettings, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
    """An open alert's scope does not surge (any more)."""
    if alert.state is AlertState.PENDING:  # nobody was told, so nobody is now
        changed = replace(alert, state=AlertState.RESOLVED, resolved_at=now, updated_at=now)
        return changed, (Event("dropped", Message("alerting.dropped")),)
    if now <= alert.opened_at:  # the look that opened it, repeated: what came late is tested once
        return alert, ()
    last = max(alert.end_at, alert.opened_at)  # one that was seen late is as old as its opening
    windows = max((now - last) // timedelta(minutes=settings.window_minutes), 0)
    if windows >= settings.recover_after:
        changed = replace(
            alert, state=AlertState.RESOLVED, quiet_windows=windows, resolved_at=now, updated_at=now
        )
        note = Message("alerting.over", windows=windows)
        return changed, (Event("resolved", note, notify=alert.notified_at is not None),)
    if alert.state is not AlertState.RECOVERING:
        changed = replace(alert, state=AlertState.RECOVERING, quiet_windows=windows, updated_at=now)
        return changed, (Event("recovering", Message("alerting.calm")),)
    return replace(alert, quiet_windows=windows), ()


def _tell(alert: Alert, name: str, note: str, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
    changed = replace(alert, updated_at=now, notified_at=now, notified_observed=alert.observed)
    return changed, (Event(name, note, notify=True),)


def _opening(signal: Signal, now: datetime) -> Message:
    """What the window held; where it is long over, that it was seen late."""
    hours = int((now - signal.end_at) / timedelta(hours=1))
    return Message("alerting.late", hours=hours, numbers=_numbers(signal)) if hours else _numbers(signal)


def _numbers(signal: Signal) -> Message:
    figures = {"observed": signal.observed, "expected": signal.expected, "p": signal.p_value}
    return Message("alerting.numbers", **figures)
