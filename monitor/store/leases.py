"""Leases: what only one process may do at a time. It is held as long as its holder lives
(`monitor.store.processes`), so there is nothing to renew and no date to run out."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Insert, case, or_, select, update

from monitor.store import dialect, processes
from monitor.store.dialect import Tx
from monitor.store.schema import leases


def take(tx: Tx, name: str, holder: str, *, anew: bool = False) -> int | None:
    """Take the lease `name`, or have it still; None while another living process has it, or, with
    `anew`, this one too.

    The number returned is a fencing token: it grows with every new holder, so that work done
    under a smaller one than the lease's is of a holder that lost it.
    """
    fencing: int | None = tx.scalar(_taking(tx, [name], holder, anew).returning(leases.c.token))
    return fencing


def take_all(tx: Tx, names: Collection[str], holder: str) -> dict[str, int]:
    """Take those of these leases that nobody else holds, or have them still; the token of each."""
    taken: dict[str, int] = {}
    for some in dialect.parts(sorted(names)):  # in one order, so that no two wait for each other
        rows = tx.execute(_taking(tx, some, holder).returning(leases.c.name, leases.c.token))
        taken.update((row.name, row.token) for row in rows)
    return taken


def _taking(tx: Tx, names: Collection[str], holder: str, anew: bool = False) -> Insert:
    # In an upsert a bare column is the stored row's.
    token = case((leases.c.holder == holder, leases.c.token), else_=leases.c.token + 1)
    rows = [{"name": name, "holder": holder, "token": 1} for name in names]
    return (
        dialect.insert(tx, leases)
        .values(rows)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "token": token},
            where=or_(
                leases.c.holder.in_([""] if anew else [holder, ""]),
                leases.c.holder.not_in(processes.living()),
            ),
        )
    )


def holder(tx: Tx, name: str) -> str:
    """Who has the lease; "" where nobody living has."""
    found = tx.scalar(
        select(leases.c.holder).where(leases.c.name == name, leases.c.holder.in_(processes.living()))
    )
    return found or ""


def holders(tx: Tx, beginning: str) -> dict[str, tuple[str, int]]:
    """Who has the leases of such names, and each one's token, by the rest of the name; those that nobody
    living has are left out."""
    living = leases.c.holder.in_(processes.living())
    rows = tx.execute(select(leases).where(leases.c.name.startswith(beginning, autoescape=True), living))
    return {row.name.removeprefix(beginning): (row.holder, row.token) for row in rows}


def holds(tx: Tx, name: str, token: int, *, keep: bool = False) -> bool:
    """Whether `token` is still the lease's: nobody else has taken it since. With `keep`, nobody takes it
    before this transaction, which writes, has ended: what it commits is of a holder that still had it."""
    found = select(leases.c.token).where(leases.c.name == name, leases.c.holder != "")
    return tx.scalar(found.with_for_update(read=True) if keep else found) == token


def release(tx: Tx, name: str, holder: str) -> None:
    """Give the lease back, if `holder` still has it. The row stays: its token must keep growing."""
    release_all(tx, [name], holder)


def release_all(tx: Tx, names: Collection[str], holder: str) -> None:
    """Give those of these leases back that `holder` still has."""
    for some in dialect.parts(sorted(names)):
        ours = (leases.c.name.in_(some), leases.c.holder == holder)
        tx.execute(update(leases).where(*ours).values(holder=""))
