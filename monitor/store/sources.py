"""Sources: where each one stopped reading, and how it fares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, select

from monitor.messages import Message
from monitor.records import SourceStatus
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import articles, sources


def status(tx: Tx, name: str) -> SourceStatus:
    """The source's state and health; a blank one for a source never polled."""
    row = tx.execute(select(sources).where(sources.c.name == name)).mappings().first()
    stored = tx.scalar(select(func.count()).select_from(articles).where(articles.c.source == name)) or 0
    return SourceStatus(name=name, articles=stored) if row is None else _record(row, stored)


def all(tx: Tx) -> list[SourceStatus]:
    """Every source that was ever polled, by name."""
    stored = {
        row.source: row.stored
        for row in tx.execute(
            select(articles.c.source, func.count().label("stored")).group_by(articles.c.source)
        )
    }
    rows = tx.execute(select(sources).order_by(sources.c.name)).mappings()
    return [_record(row, stored.get(row["name"], 0)) for row in rows]


def waits(tx: Tx, now: datetime) -> dict[str, tuple[float, bool]]:
    """By source that was ever polled: seconds until it is due (negative: since), and whether it is slow."""
    rows = tx.execute(select(sources.c.name, sources.c.next_poll_at, sources.c.slow))
    return {
        row.name: ((row.next_poll_at - now).total_seconds() if row.next_poll_at else 0.0, row.slow)
        for row in rows
    }


def succeeded(
    tx: Tx,
    name: str,
    state: Mapping[str, Any],
    warnings: Sequence[str],
    now: datetime,
    next_poll_at: datetime | None,
    *,
    malformed: int = 0,
    slow: bool = False,
) -> None:
    """Keep what the next fetch continues from. Belongs in the transaction that stores the items."""
    values = {
        "malformed": malformed,
        "slow": slow,
        "state": dict(state),
        "warnings": [one.encoded() if isinstance(one, Message) else one for one in warnings],
        "last_polled_at": now,
        "last_success_at": now,
        "next_poll_at": next_poll_at,
        "consecutive_failures": 0,
        "last_error": "",
    }
    statement = dialect.insert(tx, sources).values(name=name, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def failed(
    tx: Tx,
    name: str,
    error: str,
    now: datetime,
    next_poll_at: datetime | None,
    *,
    malformed: int = 0,
    slow: bool = False,
) -> None:
    """Record a failed poll; the state to continue from stays."""
    values = {
        "malformed": malformed,
        "slow": slow,
        "last_polled_at": now,
        "next_poll_at": next_poll_at,
        "last_error": error,
    }
    statement = dialect.insert(tx, sources).values(
        name=name, state={}, warnings=[], consecutive_failures=1, **values
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={**values, "consecutive_failures": sources.c.consecutive_failures + 1},
        )
    )


def _record(row: RowMapping, stored: int) -> SourceStatus:
    return SourceStatus(
        name=row["name"],
        state=row["state"],
        last_polled_at=row["last_polled_at"],
        last_success_at=row["last_success_at"],
        next_poll_at=row["next_poll_at"],
        consecutive_failures=row["consecutive_failures"],
        last_error=row["last_error"],
        articles=stored,
        warnings=tuple(map(Message.decoded, row["warnings"])),
        malformed=row["malformed"],
        slow=row["slow"],
    )
