"""Notifiers, strategies and detectors that fail now, so that every process can name them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from monitor.records import InstanceFailure
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.engine import Store
from monitor.store.schema import failing


def add(tx: Tx, group: str, name: str, error: str, now: datetime) -> None:
    """Record that an instance failed, once more where it did before."""
    values = {"error": error, "failed_at": now}
    statement = dialect.insert(tx, failing).values(group=group, name=name, failures=1, **values)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["group", "name"], set_={**values, "failures": failing.c.failures + 1}
        )
    )


def remove(tx: Tx, group: str, name: str) -> None:
    """Forget that it failed."""
    tx.execute(delete(failing).where(failing.c.group == group, failing.c.name == name))


def note(store: Store, group: str, name: str, error: str, now: datetime) -> None:
    """Let every process know that an instance fails, or ("") works again. Who works goes on working
    without a write."""
    with store.read() as tx:
        known = any((one.group, one.name) == (group, name) for one in all(tx))
    if not error and not known:
        return
    with store.begin() as tx:
        if error:
            add(tx, group, name, error, now)
        else:
            remove(tx, group, name)


def all(tx: Tx) -> list[InstanceFailure]:
    """Those whose last call failed, by group and name."""
    rows = tx.execute(select(failing).order_by(failing.c.group, failing.c.name))
    return [InstanceFailure(row.group, row.name, row.failures, row.error, row.failed_at) for row in rows]
