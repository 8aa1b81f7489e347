"""What was measured of the model that serves, on a schedule: drift, live accuracy, savings, and the hint to
stop.

Each look writes a few rows; pages, the command line and the API read the newest, for measuring takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select

from monitor.store import clock
from monitor.store.dialect import Tx
from monitor.store.schema import measurements

KEPT = 10_000
"""Rows that are kept, the newest: more than a year of daily looks."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One result: `kind` is label, covariate, live, savings or hint; `scope` what it is about (all,
    language:zh, ...); `values` as JSON has them; `fired` where it should be acted on."""

    at: datetime
    model: str
    kind: str
    scope: str
    fired: bool
    values: Mapping[str, Any]


def put(tx: Tx, found: Sequence[Measurement]) -> None:
    """Store the results of a look, and remove those that are too many."""
    if not found:
        return
    seconds = clock.seconds(tx)
    rows = [
        {
            "at": one.at,
            "seconds": seconds,
            "model": one.model,
            "kind": one.kind,
            "scope": one.scope,
            "fired": one.fired,
            "values": dict(one.values),
        }
        for one in found
    ]
    tx.execute(insert(measurements), rows)
    newest = tx.scalar(select(func.max(measurements.c.id))) or 0
    tx.execute(delete(measurements).where(measurements.c.id <= newest - KEPT))


def newest(tx: Tx, kinds: Sequence[str] = ()) -> list[Measurement]:
    """The results of the last look that has any of these kinds (none: of any), in the order they were
    stored."""
    some = measurements.c.kind.in_(kinds) if kinds else measurements.c.id.is_not(None)
    last = select(func.max(measurements.c.seconds)).where(some).scalar_subquery()
    rows = tx.execute(
        select(measurements).where(some, measurements.c.seconds == last).order_by(measurements.c.id)
    )
    return [Measurement(row.at, row.model, row.kind, row.scope, row.fired, row.values) for row in rows]


def fired_since(tx: Tx, seconds: float) -> bool:
    """Whether anything fired after this moment of the store's clock."""
    after = (measurements.c.fired, measurements.c.seconds > seconds)
    return bool(tx.scalar(select(exists().where(*after))))
