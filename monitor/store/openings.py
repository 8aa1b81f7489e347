"""How many alerts there were: of each company, and by each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from monitor.records import OPEN, Alert, Scope
from monitor.store import alerts, samples
from monitor.store.dialect import Tx
from monitor.store.schema import alerts as table


def open_of_companies(tx: Tx, *, include_sample: bool = True) -> Mapping[str, int]:
    """By company (id), how many alerts that are about it, or about a topic of it, are open."""
    where = [table.c.state.in_([state.value for state in OPEN]), table.c.scope_kind.in_(("company", "both"))]
    found: Counter[str] = Counter()
    for kind, name in tx.execute(
        select(table.c.scope_kind, table.c.scope_name).where(*where, *_real(include_sample))
    ):
        found[Scope(kind, name).company] += 1
    return found


def of_company(tx: Tx, company: str, limit: int, *, include_sample: bool = True) -> list[Alert]:
    """The newest alerts that are about a company, or about a topic of it."""
    own = and_(table.c.scope_kind == "company", table.c.scope_name == company)
    topic = and_(table.c.scope_kind == "both", table.c.scope_name.endswith(f":{company}", autoescape=True))
    newest = (table.c.opened_at.desc(), table.c.id.desc())
    ids = select(table.c.id).where(or_(own, topic), *_real(include_sample)).order_by(*newest).limit(limit)
    found = [alerts.get(tx, id) for id in tx.scalars(ids).all()]
    # "legal:a:b" ends as the company b's would, and is the company a:b's: topics' names hold no colon.
    return [one for one in found if one.scope.company == company]


def by_rule(tx: Tx, since: datetime) -> Mapping[str, int]:
    """By rule, how many alerts opened since then; those of the sample are left out."""
    rows = tx.execute(
        select(table.c.rule, func.count())
        .where(table.c.opened_at >= since, samples.alert_of_real())
        .group_by(table.c.rule)
    )
    return {rule: int(number) for rule, number in rows}


def _real(include_sample: bool) -> tuple[ColumnElement[bool], ...]:
    return () if include_sample else (samples.alert_of_real(),)
