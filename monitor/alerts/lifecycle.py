"""The life cycle of an alert, as a pure state machine over what a rule's episode has come to.

    opened ─→ PENDING ─wait_minutes→ FIRING ⇄ ACKNOWLEDGED
                                       │ QUIET ⇅ rises      │
                                       └──→ RECOVERING ←────┘ ─over→ RESOLVED

An alert is what an episode of a rule is to people (`detection.episodes`): it opens and ends with it. Every
decision depends on times kept in the alert and the episode, never on how often `step` is called, so looking
again changes nothing. There is something to tell when an alert opens, when it gets much worse (`WORSE`
times the voices that were last told of), and when it is over; whom, when and how often is decided for each
receiver (`alerts.hearings`). Of an alert that opens **beside** one of another rule that holds most of its
articles, people are not told again: only when it gets much worse than it was then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alerts import deadlines
from monitor.alerts.notice import usual
from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.detection.episodes import HOLD, Episode
from monitor.detection.rollups import scope_of
from monitor.detection.rules import Rule
from monitor.errors import ConflictError
from monitor.messages import Message
from monitor.records import Alert, AlertState, Scope
from monitor.settings import AlertSettings

WORSE = 2
"""An alert is much worse at this many times the voices people were last told of."""
QUIET = timedelta(hours=6)
"""An alert that did not rise for so long is recovering."""
STEP = timedelta(hours=1)
"""By so much a clock was set back if a wait begins later than now: then the wait is over, for nobody knows
how long it was, and it may be a year."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an alert, for its history.

    `name` is one of pending, opened, updated, acknowledged, recovering, again, resolved. `notify` says that
    there is something to tell people; `worse` that it is much worse than was told.
    """

    name: str
    note: str
    notify: bool = False
    worse: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """An episode of a rule, under the rule's cut when it opened or since; `larger`: its scores are no
    p-values."""

    alert_id: str
    rule: Rule
    episode: Episode
    cut: Cut
    larger: bool = False


def step(
    alert: Alert | None,
    seen: Seen | None,
    settings: AlertSettings,
    wait: timedelta,
    now: datetime,
    beside: Alert | None = None,
    silent: str = "",
) -> tuple[Alert | None, tuple[Event, ...]]:
    """The alert after a look, and what happened. Returns the same alert and no events where nothing changed.

    `alert` is the alert of that episode, if there is one already; `seen` is None where the episode is none
    any more, as where its rule was taken out: then the alert goes quiet, and ends. A new one gathers for
    `wait` before there is something to tell. `beside`: people know of this alert, which says the same.
    `silent`: the sources whose silence explains it."""
    if alert is None:
        if seen is None or seen.episode.ended_at is not None:
            return None, ()
        return _open(seen, settings, wait, now, beside, silent)
    if alert.state is AlertState.RESOLVED:
        return alert, ()
    changed = alert if seen is None else _figures(alert, seen)
    over = changed.last_at + HOLD * cells.FINE if seen is None else _over(seen.episode)
    if over is not None and now >= over:
        hours = round(HOLD * cells.FINE / timedelta(hours=1))
        changed = replace(changed, state=AlertState.RESOLVED, resolved_at=over, updated_at=now)
        told = alert.notified_at is not None
        return changed, (Event("resolved", Message("alerting.over", hours=hours), notify=told),)
    if alert.state is AlertState.PENDING:
        if not waited(alert.opened_at, now, wait):
            return changed, ()
        return _fires(changed, numbers(changed), now, beside, silent)
    return _going_on(alert, changed, now)


def acknowledge(alert: Alert, user: str, now: datetime, note: str = "") -> tuple[Alert, tuple[Event, ...]]:
    """Somebody takes care: repeats stop, nothing is escalated, and much worse is still told. It is theirs
    unless somebody has it.

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
        acknowledged_at=now,
        owner=alert.owner or user,
        updated_at=now,
        notified_voices=max(alert.notified_voices, alert.voices),
    )
    return changed, (Event("acknowledged", note),)


def resolve(alert: Alert, user: str, now: datetime, note: str = "") -> tuple[Alert, tuple[Event, ...]]:
    """Somebody closes the alert by hand. The stories that it holds then open none; others may, at once.

    Raises ConflictError where the alert is resolved already.
    """
    if alert.state is AlertState.RESOLVED:
        key = "alerts.resolved_by" if alert.resolved_by else "alerts.resolved_itself"
        raise ConflictError(Message(key, alert=alert.id, user=alert.resolved_by))
    changed = replace(alert, state=AlertState.RESOLVED, resolved_at=now, resolved_by=user, updated_at=now)
    return changed, (Event("resolved", note, notify=alert.notified_at is not None),)


def scope(episode: Episode) -> Scope:
    """The scope that names an episode."""
    return scope_of(episode.name)


def numbers(alert: Alert) -> Message:
    """What the alert's window held."""
    hours = round((alert.end_at - alert.start_at) / timedelta(hours=1))
    figures = {"voices": alert.voices, "hours": hours, "observed": alert.observed, "expected": usual(alert)}
    if alert.p_value is None:
        return Message("alerting.scored", **figures, score=alert.score, cut=alert.cut)
    return Message("alerting.numbers", **figures, p=alert.p_value)


def says_the_same(alert: Alert, other: Alert) -> bool:
    """Whether people who know of `other`, of another rule, know what `alert` tells: it is open, and holds at
    least half of its articles."""
    if other.rule == alert.rule or other.state is AlertState.RESOLVED or other.notified_at is None:
        return False
    return 2 * len(set(alert.article_ids) & set(other.article_ids)) >= len(alert.article_ids) > 0


def waited(since: datetime, now: datetime, wait: timedelta) -> bool:
    """Whether a wait since then is over; it is, too, where the clock was set back by STEP or more."""
    return not -STEP < now - since < wait


def _open(
    seen: Seen, settings: AlertSettings, wait: timedelta, now: datetime, beside: Alert | None, silent: str
) -> tuple[Alert, tuple[Event, ...]]:
    first = seen.episode.first
    blank = Alert(
        id=seen.alert_id,
        rule=seen.rule.name,
        scope=scope(seen.episode),
        state=AlertState.PENDING,
        opened_at=first.when,
        updated_at=now,
        observed=0.0,
        expected=0.0,
        p_value=None,
        start_at=first.when,
        end_at=first.when,
        voices=0,
        score=0.0,
        cut=seen.cut.value,
        checked=seen.cut.checked,
        last_at=first.when,
        severity=seen.rule.severity,
        rule_severity=seen.rule.severity,
    )
    alert = deadlines.dated(_figures(blank, seen), settings, max(wait, now - first.when))
    late = first.late // cells.IN_HOUR
    note = numbers(alert)
    if late:
        note = Message("alerting.late", hours=late, numbers=note)
    if not waited(alert.opened_at, now, wait):
        return alert, (Event("pending", note),)
    return _fires(alert, note, now, beside, silent)


def _fires(
    alert: Alert, note: Message, now: datetime, beside: Alert | None, silent: str
) -> tuple[Alert, tuple[Event, ...]]:
    """People are told that it opened; where that is late, it may be calm already."""
    changed = replace(alert, state=AlertState.FIRING)
    if silent or beside is not None:
        changed = replace(changed, updated_at=now, notified_voices=alert.voices)
        if beside is not None:
            note = Message("alerting.beside", numbers=note, rule=beside.rule, alert=beside.id)
        else:
            note = Message("alerting.silent", numbers=note, sources=silent)
        told: tuple[Event, ...] = (Event("opened", note),)
    else:
        changed, told = _tell(changed, "opened", note, now)
    if now - changed.last_at <= QUIET:
        return changed, told
    changed, calm = _calms(changed, now)
    return changed, told + calm


def _calms(alert: Alert, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
    note = Message("alerting.calm", hours=round(QUIET / timedelta(hours=1)))
    return replace(alert, state=AlertState.RECOVERING, updated_at=now), (Event("recovering", note),)


def _figures(alert: Alert, seen: Seen) -> Alert:
    """The alert with what its episode says now."""
    one, episode = seen.episode.highest, seen.episode
    end = cells.begins(one.at - one.late)
    return replace(
        alert,
        scope=scope(episode),
        observed=one.observed,
        expected=one.expected,
        low=one.low,
        high=one.high,
        p_value=None if seen.larger else 10.0**-one.score,
        score=one.score,
        voices=one.voices,
        start_at=end - timedelta(hours=one.hours),
        end_at=end,
        last_at=episode.last_seen_at or one.when,
        article_ids=tuple(sorted({*alert.article_ids, *episode.articles})),
    )


def _over(episode: Episode) -> datetime | None:
    return None if episode.ended_at is None else cells.begins(episode.ended_at)


def _going_on(alert: Alert, changed: Alert, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
    """An alert that people were told of, or may be, and that is not over."""
    if now - changed.last_at > QUIET:
        if alert.state is AlertState.RECOVERING:
            return changed, ()
        return _calms(changed, now)
    events: tuple[Event, ...] = ()
    if alert.state is AlertState.RECOVERING:
        state = AlertState.ACKNOWLEDGED if alert.acknowledged_by else AlertState.FIRING
        changed = replace(changed, state=state, updated_at=now)
        events = (Event("again", numbers(changed)),)
    if changed.voices >= WORSE * max(alert.notified_voices, 1):
        note = Message("alerting.worse", numbers=numbers(changed), before=alert.notified_voices)
        changed, told = _tell(changed, "updated", note, now, worse=True)
        return changed, events + told
    return changed, events


def _tell(
    alert: Alert, name: str, note: str, now: datetime, *, worse: bool = False
) -> tuple[Alert, tuple[Event, ...]]:
    changed = replace(alert, updated_at=now, notified_at=now, notified_voices=alert.voices)
    return changed, (Event(name, note, notify=True, worse=worse),)
