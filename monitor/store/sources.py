"""Sources: where each one stopped reading, and how it fares."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, case, func, select

from monitor.messages import Message
from monitor.records import Pace, SourceStatus
from monitor.store import clock, dialect
from monitor.store.dialect import Tx
from monitor.store.schema import articles, sources


def status(tx: Tx, name: str) -> SourceStatus:
    """The source's state and health; a blank one for a source never polled."""
    row = tx.execute(select(sources).where(sources.c.name == name)).mappings().first()
    stored = tx.scalar(select(func.count()).select_from(articles).where(articles.c.source == name)) or 0
    if row is None:
        return SourceStatus(name=name, articles=stored)
    return _record(row, stored, clock.seconds(tx))


def all(tx: Tx) -> list[SourceStatus]:
    """Every source that was ever polled, by name."""
    stored = {
        row.source: row.stored
        for row in tx.execute(
            select(articles.c.source, func.count().label("stored")).group_by(articles.c.source)
        )
    }
    rows = tx.execute(select(sources).order_by(sources.c.name)).mappings()
    seconds = clock.seconds(tx)
    return [_record(row, stored.get(row["name"], 0), seconds) for row in rows]


@dataclass(frozen=True, slots=True)
class Pulse:
    """When a source answered last (None: never), and how often it failed since, with what."""

    name: str
    last_success_at: datetime | None
    failures: int
    error: str


def pulses(tx: Tx) -> list[Pulse]:
    """How every source that was ever polled fares, by name; unlike `all`, no articles are counted."""
    columns = (
        sources.c.name,
        sources.c.last_success_at,
        sources.c.consecutive_failures,
        sources.c.last_error,
    )
    return [Pulse(*row) for row in tx.execute(select(*columns).order_by(sources.c.name))]


def waits(tx: Tx) -> dict[str, tuple[float, Pace]]:
    """By source that was ever polled: seconds until it is due (negative: since), and its pace."""
    seconds = clock.seconds(tx)
    rows = tx.execute(select(sources.c.name, sources.c.next_poll, sources.c.pace))
    return {row.name: (row.next_poll - seconds, Pace(row.pace)) for row in rows}


def first_read(tx: Tx, name: str) -> datetime | None:
    """When a source first answered; None where it never did."""
    found: datetime | None = tx.scalar(select(sources.c.first_read_at).where(sources.c.name == name))
    return found


def succeeded(
    tx: Tx,
    name: str,
    state: Mapping[str, Any],
    warnings: Sequence[str],
    now: datetime,
    wait_seconds: float,
    *,
    malformed: int = 0,
    pace: Pace = Pace.QUICK,
) -> None:
    """Keep what the next fetch continues from; it is due after `wait_seconds` on the store's clock.
    Belongs in the transaction that stores the items."""
    seconds = clock.seconds(tx)
    values = {
        "malformed": malformed,
        "pace": pace.value,
        "state": dict(state),
        "warnings": [one.encoded() if isinstance(one, Message) else one for one in warnings],
        "last_polled_at": now,
        "last_success_at": now,
        "polled": seconds,
        "next_poll": seconds + wait_seconds,
        "consecutive_failures": 0,
        "last_error": "",
        "asked": False,
    }
    statement = dialect.insert(tx, sources).values(name=name, first_read_at=now, **values)
    first = func.coalesce(sources.c.first_read_at, now)
    tx.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={**values, "first_read_at": first})
    )


def ask(tx: Tx, names: Collection[str]) -> None:
    """Have sources polled now, whoever polls them: they are due, and asked for until they were polled."""
    blank = {"state": {}, "warnings": [], "pace": Pace.NEW.value, "asked": True}
    for name in sorted(names):
        statement = dialect.insert(tx, sources).values(name=name, **blank)
        due = {"asked": True, "next_poll": 0.0}
        tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=due))


def asked(tx: Tx) -> set[str]:
    """The sources that somebody wants polled now."""
    return set(tx.scalars(select(sources.c.name).where(sources.c.asked)))


def held(tx: Tx, name: str, since: datetime) -> None:
    """Take a source to have answered `since` then, or since it did in truth, if that is earlier: an archive
    of it was brought. It is due as before; one that was never polled is due at once."""
    blank = {"state": {}, "warnings": [], "pace": Pace.QUICK.value, "first_read_at": since}
    statement = dialect.insert(tx, sources).values(name=name, **blank)
    known = sources.c.first_read_at
    earlier = case((known.is_(None) | (known > since), since), else_=known)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"first_read_at": earlier}))


def failed(
    tx: Tx,
    name: str,
    error: str,
    now: datetime,
    wait_seconds: float,
    *,
    malformed: int = 0,
    pace: Pace = Pace.QUICK,
) -> None:
    """Record a failed poll, due again after `wait_seconds`; the state to continue from stays."""
    seconds = clock.seconds(tx)
    values = {
        "malformed": malformed,
        "pace": pace.value,
        "last_polled_at": now,
        "polled": seconds,
        "next_poll": seconds + wait_seconds,
        "last_error": error,
        "asked": False,
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


def _record(row: RowMapping, stored: int, seconds: float) -> SourceStatus:
    return SourceStatus(
        name=row["name"],
        state=row["state"],
        last_polled_at=row["last_polled_at"],
        last_success_at=row["last_success_at"],
        polled=row["polled"],
        next_poll=row["next_poll"],
        wait_seconds=max(0.0, row["next_poll"] - seconds),
        consecutive_failures=row["consecutive_failures"],
        last_error=row["last_error"],
        articles=stored,
        warnings=tuple(Message.decoded(one) for one in row["warnings"]),
        malformed=row["malformed"],
        pace=Pace(row["pace"]),
    )
