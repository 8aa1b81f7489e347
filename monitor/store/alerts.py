"""Alerts, what is behind them, and what happened to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, case, func, insert, or_, select, update

from monitor.detection.causes import Causes, from_json, to_json
from monitor.detection.runs import Closing
from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import OPERATION, Alert, AlertState, Scope
from monitor.store import dialect, samples
from monitor.store.dialect import Tx
from monitor.store.schema import alert_articles, alert_events, alerts


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One thing that happened to an alert; `user` is "" where the monitor did it."""

    alert_id: str
    at: datetime
    user: str
    event: str
    note: str


def find(tx: Tx, alert_id: str, *, lock: bool = False) -> Alert | None:
    """The alert with this id, if there is one. With `lock` nobody else changes it until this transaction
    ends: who puts it back has to, or what somebody did meanwhile would be undone."""
    return next(iter(chosen(tx, [alerts.c.id == alert_id], limit=1, lock=lock)), None)


def closings(tx: Tx, since: datetime) -> list[Closing]:
    """What somebody closed since then, in order."""
    by_hand = (alerts.c.resolved_by != "", alerts.c.resolved_at >= since)
    columns = (alerts.c.resolved_at, alerts.c.id, alerts.c.closed)
    rows = tx.execute(select(*columns).where(*by_hand).order_by(alerts.c.resolved_at, alerts.c.id))
    return [
        Closing(row.resolved_at, row.id, None if row.closed is None else frozenset(row.closed))
        for row in rows
    ]


def close(tx: Tx, alert_id: str, articles: Iterable[int]) -> None:
    """Write down which articles are known since somebody closed an alert."""
    tx.execute(update(alerts).where(alerts.c.id == alert_id).values(closed=sorted(articles)))


def causes(tx: Tx, alert_id: str) -> Causes | None:
    """What an alert's highest rise hangs on; None where that was not asked yet, or of no alert."""
    found = tx.scalar(select(alerts.c.causes).where(alerts.c.id == alert_id))
    return None if found is None else from_json(found)


def hang_on(tx: Tx, alert_id: str, found: Causes) -> None:
    """Write down what an alert hangs on."""
    tx.execute(update(alerts).where(alerts.c.id == alert_id).values(causes=to_json(found)))


def put(tx: Tx, alert: Alert, article_ids: Sequence[int] = ()) -> None:
    """Store an alert, or everything new about one stored before, and add to its evidence.

    Evidence is never taken away: both `alert.article_ids` and `article_ids` are added.
    """
    values = {
        "rule": alert.rule,
        "scope_kind": alert.scope.kind,
        "scope_name": alert.scope.name,
        "state": alert.state.value,
        "opened_at": alert.opened_at,
        "updated_at": alert.updated_at,
        "start_at": alert.start_at,
        "end_at": alert.end_at,
        "last_at": alert.last_at,
        "severity": alert.severity,
        "rule_severity": alert.rule_severity,
        "owner": alert.owner,
        "voices": alert.voices,
        "observed": alert.observed,
        "expected": alert.expected,
        "low": alert.low,
        "high": alert.high,
        "p_value": alert.p_value,
        "score": alert.score,
        "cut": alert.cut,
        "checked": alert.checked,
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledge_by": alert.acknowledge_by,
        "resolve_by": alert.resolve_by,
        "resolved_at": alert.resolved_at,
        "resolved_by": alert.resolved_by,
        "notified_at": alert.notified_at,
        "notified_voices": alert.notified_voices,
    }
    statement = dialect.insert(tx, alerts).values(id=alert.id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    rows = [
        {"alert_id": alert.id, "article_id": article_id}
        for article_id in dict.fromkeys([*alert.article_ids, *article_ids])
    ]
    if rows:
        tx.execute(dialect.insert(tx, alert_articles).on_conflict_do_nothing(), rows)


def get(tx: Tx, alert_id: str, *, lock: bool = False) -> Alert:
    """The alert with this id; with `lock` as of `find`. Raises NotFoundError."""
    found = find(tx, alert_id, lock=lock)
    if found is None:
        raise NotFoundError(Message("alerts.none", alert=alert_id))
    return found


def page(
    tx: Tx,
    states: Sequence[AlertState] = (),
    limit: int = 50,
    before: str = "",
    *,
    include_sample: bool = True,
) -> list[Alert]:
    """Alerts in any of `states` (all where empty), newest first; the next page starts `before` an id.
    Without the sample, alerts are left out whose evidence is all of it."""
    conditions: list[ColumnElement[bool]] = [] if include_sample else [samples.alert_of_real()]
    if states:
        conditions.append(alerts.c.state.in_([AlertState(state).value for state in states]))
    if before:
        last = get(tx, before)
        # Several alerts often open at one moment, so the time alone is no place to go on from.
        conditions.append(
            (alerts.c.opened_at < last.opened_at)
            | ((alerts.c.opened_at == last.opened_at) & (alerts.c.id < last.id))
        )
    return chosen(tx, conditions, limit=limit)


def opened(tx: Tx, since: datetime) -> dict[str, list[datetime]]:
    """By rule, when its alerts opened from then on, in order; those of the sample are left out."""
    of_real = (alerts.c.opened_at >= since, samples.alert_of_real())
    found: dict[str, list[datetime]] = defaultdict(list)
    when = select(alerts.c.rule, alerts.c.opened_at).where(*of_real).order_by(alerts.c.opened_at)
    for rule, at in tx.execute(when):
        found[rule].append(at)
    return found


def operational(tx: Tx, since: datetime) -> tuple[dict[Scope, Alert], dict[Scope, datetime]]:
    """The operational alerts that are open, by what they are about, locked; and when somebody closed one by
    hand last, from then on."""
    still = (alerts.c.rule == OPERATION, alerts.c.state != AlertState.RESOLVED.value)
    rows = chosen(tx, still, lock=True)
    by_hand = (alerts.c.rule == OPERATION, alerts.c.resolved_by != "", alerts.c.resolved_at >= since)
    closed = tx.execute(
        select(alerts.c.scope_kind, alerts.c.scope_name, func.max(alerts.c.resolved_at))
        .where(*by_hand)
        .group_by(alerts.c.scope_kind, alerts.c.scope_name)
    )
    return {one.scope: one for one in rows}, {Scope(kind, name): at for kind, name, at in closed}


def about(scope: Scope) -> ColumnElement[bool]:
    """The condition that an alert is about this company or topic, alone or together with another."""
    name = alerts.c.scope_name
    if scope.topic:
        both = name.startswith(f"{scope.name}:", autoescape=True)
    else:
        # "legal:a:b" ends as the company b's would, and is the company a:b's: topics' names hold no colon.
        written = scope.name.replace("/", "//").replace("%", "/%").replace("_", "/_")
        both = name.like(f"%:{written}", escape="/") & ~name.like(f"%:%:{written}", escape="/")
    alone = (alerts.c.scope_kind == scope.kind) & (alerts.c.scope_name == scope.name)
    return alone | ((alerts.c.scope_kind == "both") & both)


def like(tx: Tx, alert: Alert, limit: int = 50, *, include_sample: bool = True) -> list[Alert]:
    """Alerts that are over, opened before `alert`, and have its company, its topic, or its rule and kind of
    scope: those about the company first, then about the topic, each newest first."""
    near = [Scope("company", alert.scope.company)] if alert.scope.company else []
    near += [Scope("topic", alert.scope.topic)] if alert.scope.topic else []
    places = [(about(scope), 0 if scope.company else 1) for scope in near]
    places.append(((alerts.c.rule == alert.rule) & (alerts.c.scope_kind == alert.scope.kind), 2))
    conditions = [
        alerts.c.id != alert.id,
        alerts.c.state == AlertState.RESOLVED.value,
        alerts.c.opened_at <= alert.opened_at,
        or_(*(condition for condition, _ in places)),
        *([] if include_sample else [samples.alert_of_real()]),
    ]
    return chosen(tx, conditions, (case(*places, else_=3), *NEWEST), limit=limit)


FIGURES = ("updated", "recovering", "again")
"""What may happen to an alert again and again, with other figures each time."""


def event(tx: Tx, alert_id: str, at: datetime, user: str, event: str, note: str = "") -> None:
    """Record what happened to an alert and who did it. What the monitor does again in the same hour, with the
    same words or of FIGURES with any, is one row: no surge, however long, and no setting makes a history
    without end."""
    values = {"alert_id": alert_id, "at": at, "user": user, "event": event, "note": note}
    if not user:
        hour = at.replace(minute=0, second=0, microsecond=0)
        same = [alert_events.c.alert_id == alert_id, alert_events.c.user == "", alert_events.c.event == event]
        same += [alert_events.c.at >= hour, alert_events.c.at < hour + timedelta(hours=1)]
        same += [] if event in FIGURES else [alert_events.c.note == note]
        if tx.execute(update(alert_events).where(*same).values(at=at, note=note)).rowcount:
            return
    tx.execute(insert(alert_events).values(values))


def newest_notes(tx: Tx, alert_ids: Sequence[str]) -> dict[str, str]:
    """By alert, what the monitor last wrote to its history of what it is about."""
    told = ("pending", "opened", "updated")
    asked = (alert_events.c.alert_id.in_(alert_ids), alert_events.c.event.in_(told))
    rows = tx.execute(
        select(alert_events.c.alert_id, alert_events.c.note).where(*asked).order_by(alert_events.c.id)
    )
    return {row.alert_id: row.note for row in rows}


def evidence(tx: Tx, alert_id: str) -> list[int]:
    """The articles behind an alert, in order."""
    of = alert_articles.c.alert_id == alert_id
    chosen = select(alert_articles.c.article_id).where(of).order_by(alert_articles.c.article_id)
    return list(tx.scalars(chosen))


def events(tx: Tx, alert_id: str) -> list[AlertEvent]:
    """What happened to an alert, oldest first."""
    rows = tx.execute(
        select(alert_events).where(alert_events.c.alert_id == alert_id).order_by(alert_events.c.id)
    )
    return [AlertEvent(row.alert_id, row.at, row.user, row.event, row.note) for row in rows]


NEWEST = (alerts.c.opened_at.desc(), alerts.c.id.desc())
"""The order of a list, if no other is asked for."""


def chosen(
    tx: Tx,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]] = NEWEST,
    *,
    limit: int | None = None,
    offset: int = 0,
    lock: bool = False,
) -> list[Alert]:
    """The alerts that meet all `conditions`, from the place `offset` on."""
    wanted = select(alerts).where(*conditions).order_by(*order).limit(limit).offset(offset or None)
    rows = tx.execute(wanted.with_for_update() if lock else wanted).mappings().all()
    evidence: dict[str, list[int]] = defaultdict(list)
    for row in tx.execute(
        select(alert_articles)
        .where(alert_articles.c.alert_id.in_([row["id"] for row in rows]))
        .order_by(alert_articles.c.article_id)
    ):
        evidence[row.alert_id].append(row.article_id)
    return [_record(row, tuple(evidence.get(row["id"], ()))) for row in rows]


def _record(row: RowMapping, article_ids: tuple[int, ...]) -> Alert:
    return Alert(
        id=row["id"],
        rule=row["rule"],
        scope=Scope(row["scope_kind"], row["scope_name"]),
        state=AlertState(row["state"]),
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        observed=row["observed"],
        expected=row["expected"],
        low=row["low"],
        high=row["high"],
        p_value=row["p_value"],
        score=row["score"],
        cut=row["cut"],
        checked=row["checked"],
        voices=row["voices"],
        severity=row["severity"],
        rule_severity=row["rule_severity"],
        owner=row["owner"],
        last_at=row["last_at"],
        start_at=row["start_at"],
        end_at=row["end_at"],
        article_ids=article_ids,
        acknowledged_by=row["acknowledged_by"],
        acknowledged_at=row["acknowledged_at"],
        acknowledge_by=row["acknowledge_by"],
        resolve_by=row["resolve_by"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        notified_at=row["notified_at"],
        notified_voices=row["notified_voices"],
    )
