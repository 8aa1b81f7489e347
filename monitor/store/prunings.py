"""What was removed because it was old: of which kind, from when to when, and when it was looked at last.

A row of a kind is written in the transactions that remove, so that it is never behind them. Whoever reads the
past asks it first: what is older than `until_at` is not all there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.expired import Sum
from monitor.store.schema import articles, polls, prunings


@dataclass(frozen=True, slots=True)
class Pruning:
    """The last run that looked at a `kind` was `at` this time, and at `seconds` of the store's clock. In all
    so many rows and bytes went, which were of [`since_at`, `until_at`); None where nothing ever did."""

    kind: str
    at: datetime
    seconds: float
    since_at: datetime | None
    until_at: datetime | None
    rows: int
    bytes: int


def all(tx: Tx) -> dict[str, Pruning]:
    """What is known of every kind that was ever looked at."""
    rows = tx.execute(select(prunings).order_by(prunings.c.kind)).mappings()
    return {row["kind"]: Pruning(**row) for row in rows}


def of(tx: Tx, kind: str) -> Pruning | None:
    """What was removed of a kind; None where nothing ever was."""
    row = tx.execute(select(prunings).where(prunings.c.kind == kind, prunings.c.rows > 0)).mappings().first()
    return None if row is None else Pruning(**row)


def stirred(tx: Tx) -> datetime | None:
    """When the newest article came, or a source was asked last; None where neither ever happened."""
    asked = tx.scalar(select(func.max(polls.c.at)).where(~polls.c.held))
    came = tx.scalar(select(func.max(articles.c.first_seen_at)))
    return max((one for one in (asked, came) if one is not None), default=None)


def note(
    tx: Tx, kind: str, at: datetime, seconds: float, gone: Sum | None = None, until: datetime | None = None
) -> None:
    """A run looked at a kind, and removed what is `gone` and older than `until`."""
    gone = gone or Sum()
    until = until if gone.rows else None
    statement = dialect.insert(tx, prunings).values(
        kind=kind,
        at=at,
        seconds=seconds,
        since_at=gone.since_at,
        until_at=until,
        rows=gone.rows,
        bytes=gone.bytes,
    )
    new = statement.excluded
    earliest, latest = (func.min, func.max) if tx.dialect.name == "sqlite" else (func.least, func.greatest)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["kind"],
            set_={
                "at": new.at,
                "seconds": new.seconds,
                # SQLite's are none where any is none.
                "since_at": earliest(
                    func.coalesce(prunings.c.since_at, new.since_at),
                    func.coalesce(new.since_at, prunings.c.since_at),
                ),
                "until_at": latest(
                    func.coalesce(prunings.c.until_at, new.until_at),
                    func.coalesce(new.until_at, prunings.c.until_at),
                ),
                "rows": prunings.c.rows + new.rows,
                "bytes": prunings.c.bytes + new.bytes,
            },
        )
    )
