"""How large the store is: by kind of data, and how much of it is dead space.

PostgreSQL tells the disk that tables take with their indexes, and how many of their rows are dead (its
statistics, https://www.postgresql.org/docs/current/monitoring-stats.html); its autovacuum looks after them.
SQLite tells the pages that are free (`PRAGMA freelist_count`), which later rows fill; of a kind it is counted
what the rows hold, without indexes, and what is in none of them is told as a rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from monitor.store.dialect import Tx
from monitor.store.engine import Store

VACUUM = "vacuum"
"""What `prunings` calls it."""
REST = "other"

TABLES: Mapping[str, Sequence[str]] = {
    "articles": ("articles", "revisions"),
    "index": ("article_search_data",),
    "identities": ("texts", "signatures", "story_bands", "stories", "story_keys", "memberships"),
    "predictions": ("predictions", "article_topics", "company_sentiments"),
    "vectors": ("vectors",),
    "counts": ("counted", "fine_cells", "hour_cells"),
    "polls": ("polls",),
    "audit": ("audit",),
}
"""What is told by itself, and its tables."""
HELD: Mapping[str, tuple[str, ...]] = {
    "articles": ("title", "text", "content", "search_text", "url"),
    "revisions": ("title", "text"),
    "article_search_data": ("block",),
    "signatures": ("signature",),
    "predictions": ("sentiment", "topics", "companies", "chosen", "reason"),
    "vectors": ("data",),
    "counted": ("entries", "voice"),
    "hour_cells": ("series",),
    "fine_cells": ("series",),
    "audit": ("detail", "target"),
}
"""The columns that SQLite's rows are large by; of each row ROW more."""
ROW = 60


@dataclass(frozen=True, slots=True)
class Size:
    """What a kind of data takes: rows (PostgreSQL: about), bytes, and of these about how many are dead."""

    kind: str
    rows: int
    bytes: int
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """All of the store: its bytes, and how many are free or dead. `vacuumed_at`: when PostgreSQL's server
    last saw to any table; of SQLite `prunings` knows."""

    bytes: int
    dead: int
    sizes: Sequence[Size]
    vacuumed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """Bytes before and after."""

    before: int
    after: int


def whole(tx: Tx) -> Whole:
    """How large everything is. SQLite counts every row: about as long as reading the file takes."""
    return _sqlite(tx) if tx.dialect.name == "sqlite" else _postgresql(tx)


def vacuum(store: Store) -> Vacuumed:
    """`Store.vacuum`, and what it gave."""
    with store.read() as tx:
        before = _bytes(tx)
    store.vacuum()
    with store.read() as tx:
        return Vacuumed(before, _bytes(tx))


def _bytes(tx: Tx) -> int:
    if tx.dialect.name == "sqlite":
        return _pragma(tx, "page_count") * _pragma(tx, "page_size")
    return int(tx.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _pragma(tx: Tx, name: str) -> int:
    return int(tx.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)


def _sqlite(tx: Tx) -> Whole:
    found = []
    for kind, tables in TABLES.items():
        rows = held = 0
        for table in tables:
            columns = "".join(f" + octet_length({name})" for name in HELD.get(table, ()))
            counted = f"SELECT count(*), coalesce(sum({ROW}{columns}), 0) FROM {table}"
            number, size = tx.exec_driver_sql(counted).one()
            rows, held = rows + number, held + size
        found.append(Size(kind, rows, held))
    dead, every = _pragma(tx, "freelist_count") * _pragma(tx, "page_size"), _bytes(tx)
    rest = max(every - dead - sum(one.bytes for one in found), 0)
    return Whole(every, dead, [*found, Size(REST, 0, rest)])


def _postgresql(tx: Tx) -> Whole:
    told = text(
        "SELECT relname, n_live_tup, n_dead_tup, pg_total_relation_size(relid) AS size,"
        " greatest(last_vacuum, last_autovacuum) AS at FROM pg_stat_user_tables WHERE schemaname = 'public'"
    )
    rows = {row.relname: row for row in tx.execute(told)}
    found = []
    named = {table for tables in TABLES.values() for table in tables}
    rest = [table for table in rows if table not in named]
    for kind, tables in [*TABLES.items(), (REST, rest)]:
        its = [rows[table] for table in tables if table in rows]
        dead = sum(row.size * row.n_dead_tup // max(row.n_live_tup + row.n_dead_tup, 1) for row in its)
        live = sum(row.n_live_tup for row in its)
        if its:
            found.append(Size(kind, live, sum(row.size for row in its), dead))
    last = max((row.at.astimezone(UTC) for row in rows.values() if row.at is not None), default=None)
    return Whole(_bytes(tx), sum(one.dead for one in found), found, last)
