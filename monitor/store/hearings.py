"""What each receiver knows of an alert, and what is held back from it."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import RowMapping, select

from monitor.alerts.hearings import Known
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import hearings


def of_alert(tx: Tx, alert_id: str) -> dict[str, Known]:
    """What receivers know of an alert, by their names."""
    rows = tx.execute(select(hearings).where(hearings.c.alert_id == alert_id)).mappings()
    return {row["receiver"]: _known(row) for row in rows}


def put(tx: Tx, alert_id: str, receiver: str, known: Known) -> None:
    """Store what a receiver knows of an alert now."""
    values = asdict(known)
    statement = dialect.insert(tx, hearings).values(alert_id=alert_id, receiver=receiver, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["alert_id", "receiver"], set_=values))


def held(tx: Tx) -> list[tuple[str, str, Known]]:
    """What is held back, the longest first: the alert, the receiver, and what that knows."""
    wanted = select(hearings).where(hearings.c.held_at.is_not(None))
    order = (hearings.c.held_at, hearings.c.alert_id, hearings.c.receiver)
    rows = tx.execute(wanted.order_by(*order)).mappings()
    return [(row["alert_id"], row["receiver"], _known(row)) for row in rows]


def _known(row: RowMapping) -> Known:
    return Known(
        first_at=row["first_at"],
        told_at=row["told_at"],
        voices=row["voices"],
        level=row["level"],
        over=row["over"],
        held_at=row["held_at"],
        held_by=row["held_by"],
    )
