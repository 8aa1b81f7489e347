"""Leases: what only one process may do at a time. It is held as long as its holder lives
(`monitor.store.processes`), so there is nothing to renew and no date to run out."""

from __future__ import annotations

from sqlalchemy import case, or_, select, update

from monitor.store import dialect, processes
from monitor.store.dialect import Tx
from monitor.store.schema import leases


def take(tx: Tx, name: str, holder: str, *, anew: bool = False) -> int | None:
    """Take the lease `name`, or have it still; None while another living process has it, or, with
    `anew`, this one too.

    The number returned is a fencing token: it grows with every new holder, so that work done
    under a smaller one than the lease's is of a holder that lost it.
    """
    # In an upsert a bare column is the stored row's.
    token = case((leases.c.holder == holder, leases.c.token), else_=leases.c.token + 1)
    statement = dialect.insert(tx, leases).values(name=name, holder=holder, token=1)
    fencing: int | None = tx.scalar(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "token": token},
            where=or_(
                leases.c.holder.in_([""] if anew else [holder, ""]),
                leases.c.holder.not_in(processes.living()),
            ),
        ).returning(leases.c.token)
    )
    return fencing


def holder(tx: Tx, name: str) -> str:
    """Who has the lease; "" where nobody living has."""
    found = tx.scalar(
        select(leases.c.holder).where(leases.c.name == name, leases.c.holder.in_(processes.living()))
    )
    return found or ""


def holds(tx: Tx, name: str, token: int) -> bool:
    """Whether `token` is still the lease's: nobody else has taken it since."""
    return tx.scalar(select(leases.c.token).where(leases.c.name == name, leases.c.holder != "")) == token


def release(tx: Tx, name: str, holder: str) -> None:
    """Give the lease back, if `holder` still has it. The row stays: its token must keep growing."""
    tx.execute(update(leases).where(leases.c.name == name, leases.c.holder == holder).values(holder=""))
