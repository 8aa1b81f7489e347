"""The list of alerts: which are asked for, in what order, how many in each state, and what is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from monitor.records import OPEN, Alert, AlertState, Scope
from monitor.store import alerts as stored
from monitor.store import samples
from monitor.store.dialect import Tx
from monitor.store.schema import alert_articles, alerts, articles


class Sort(StrEnum):
    """What stands first in a list of alerts."""

    AGE = "age"  # the youngest
    SEVERITY = "severity"  # the gravest
    SLA = "sla"  # what is due first


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts are asked for. What is empty may be any.

    `company` is an id and `topic` a name, also where the alert is about both. `owner` "" is nobody's, None
    anybody's. They opened from `since` to before `until`. `text` stands in the title of an article of
    their evidence, in their id or in their rule's name; or they are about one of `companies` or `topics`,
    whose names hold it. `overdue_at`: what should have been done by then, and was not.
    """

    states: tuple[AlertState, ...] = ()
    severity: str = ""
    rule: str = ""
    company: str = ""
    topic: str = ""
    owner: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    companies: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    overdue_at: datetime | None = None


def page(
    tx: Tx,
    wanted: Wanted,
    sort: Sort = Sort.AGE,
    *,
    limit: int,
    offset: int = 0,
    include_sample: bool = True,
) -> list[Alert]:
    """The alerts asked for, from the place `offset` on; what is equal in the order is, the youngest first."""
    conditions = _conditions(wanted, include_sample)
    order = (*_ORDERS[sort], *stored.NEWEST)
    return stored.chosen(tx, conditions, order, limit=limit, offset=offset)


def by_state(tx: Tx, wanted: Wanted, *, include_sample: bool = True) -> Mapping[AlertState, int]:
    """How many there are in each state of what is asked for, whichever states are."""
    conditions = _conditions(wanted, include_sample, states=False)
    rows = tx.execute(select(alerts.c.state, func.count()).where(*conditions).group_by(alerts.c.state))
    found = {AlertState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in AlertState}


def overdue(tx: Tx, now: datetime, *, include_sample: bool = True) -> int:
    """How many open alerts should have been acknowledged, or be over, by now."""
    wanted = Wanted(states=OPEN, overdue_at=now)
    conditions = _conditions(wanted, include_sample)
    return tx.scalar(select(func.count()).select_from(alerts).where(*conditions)) or 0


def rules(tx: Tx) -> list[str]:
    """The rules that ever opened an alert, by name."""
    return list(tx.scalars(select(alerts.c.rule).distinct().order_by(alerts.c.rule)))


def owners(tx: Tx) -> list[str]:
    """Whoever owns an alert, by name."""
    owned = select(alerts.c.owner).where(alerts.c.owner != "").distinct()
    return list(tx.scalars(owned.order_by(alerts.c.owner)))


_TO_ACKNOWLEDGE = and_(alerts.c.acknowledged_at.is_(None), alerts.c.acknowledge_by.is_not(None))
_DUE = case(
    (alerts.c.state == AlertState.RESOLVED.value, None),
    (
        and_(
            _TO_ACKNOWLEDGE, or_(alerts.c.resolve_by.is_(None), alerts.c.acknowledge_by < alerts.c.resolve_by)
        ),
        alerts.c.acknowledge_by,
    ),
    else_=alerts.c.resolve_by,
)
"""What `deadlines.next_of` says, for the database to sort by."""
_GRAVITY = case({"critical": 0, "warning": 1, "info": 2}, value=alerts.c.severity, else_=3)
_ORDERS: Mapping[Sort, Sequence[ColumnElement[Any]]] = {
    Sort.AGE: (),
    Sort.SEVERITY: (_GRAVITY,),
    Sort.SLA: (_DUE.is_(None), _DUE),
}


def _conditions(wanted: Wanted, include_sample: bool, *, states: bool = True) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [] if include_sample else [samples.alert_of_real()]
    if states and wanted.states:
        found.append(alerts.c.state.in_([state.value for state in wanted.states]))
    equal = ((alerts.c.severity, wanted.severity), (alerts.c.rule, wanted.rule))
    found += [column == value for column, value in equal if value]
    if wanted.owner is not None:
        found.append(alerts.c.owner == wanted.owner)
    found += [stored.about(Scope("company", wanted.company))] if wanted.company else []
    found += [stored.about(Scope("topic", wanted.topic))] if wanted.topic else []
    found += [alerts.c.opened_at >= wanted.since] if wanted.since else []
    found += [alerts.c.opened_at < wanted.until] if wanted.until else []
    if wanted.text:
        found.append(_says(wanted))
    if wanted.overdue_at is not None:
        late = (alerts.c.acknowledge_by < wanted.overdue_at, alerts.c.resolve_by < wanted.overdue_at)
        running = and_(alerts.c.acknowledged_at.is_(None), late[0])
        found += [alerts.c.state != AlertState.RESOLVED.value, or_(running, late[1])]
    return found


def _says(wanted: Wanted) -> ColumnElement[bool]:
    titled = (
        exists()
        .where(alert_articles.c.alert_id == alerts.c.id)
        .where(alert_articles.c.article_id == articles.c.id)
        .where(articles.c.title.icontains(wanted.text, autoescape=True))
    )
    named = [stored.about(Scope("company", one)) for one in wanted.companies]
    named += [stored.about(Scope("topic", one)) for one in wanted.topics]
    own = (column.icontains(wanted.text, autoescape=True) for column in (alerts.c.id, alerts.c.rule))
    return or_(titled, *own, *named)
