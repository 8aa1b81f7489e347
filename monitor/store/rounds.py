"""When a receiver last got what it gets regularly: a digest, a heartbeat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from monitor.schedule.timetable import Last
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import rounds


def last(tx: Tx, receiver: str, what: str) -> tuple[Last, datetime] | None:
    """When it got one last, on the store's clock and on the wall; None where it never did."""
    wanted = select(rounds).where(rounds.c.receiver == receiver, rounds.c.what == what)
    row = tx.execute(wanted).first()
    if row is None:
        return None
    return Last(row.seconds, datetime.fromisoformat(row.served) if row.served else None), row.at


def put(tx: Tx, receiver: str, what: str, last: Last, at: datetime) -> None:
    """It gets one now, or is waited for from now on."""
    values = {"seconds": last.seconds, "served": last.served.isoformat() if last.served else "", "at": at}
    statement = dialect.insert(tx, rounds).values(receiver=receiver, what=what, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["receiver", "what"], set_=values))
