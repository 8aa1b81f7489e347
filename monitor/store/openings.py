"""The alerts of companies: those of one, and how many are open of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import ColumnElement, select

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
    conditions = [alerts.about(Scope("company", company)), *_real(include_sample)]
    return alerts.chosen(tx, conditions, limit=limit)


def _real(include_sample: bool) -> tuple[ColumnElement[bool], ...]:
    return () if include_sample else (samples.alert_of_real(),)
