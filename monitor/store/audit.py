"""Who did what: one row per action, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from monitor.store.dialect import Tx
from monitor.store.schema import audit


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action: `user` did `action` to `target`; `detail` is any JSON object."""

    id: int
    at: datetime
    user: str
    action: str
    target: str
    detail: Mapping[str, Any]


def write(
    tx: Tx, at: datetime, user: str, action: str, target: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Record an action, in the transaction that does it."""
    values = {"at": at, "user": user, "action": action, "target": target, "detail": dict(detail or {})}
    tx.execute(insert(audit).values(values))


def page(tx: Tx, limit: int = 100, before_id: int = 0) -> list[AuditEntry]:
    """The newest actions; the next page starts `before_id` the last."""
    statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before_id:
        statement = statement.where(audit.c.id < before_id)
    return [
        AuditEntry(row.id, row.at, row.user, row.action, row.target, row.detail)
        for row in tx.execute(statement)
    ]
