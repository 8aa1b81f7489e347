"""One table of articles against the same partitioned by month of `first_seen_at`, on PostgreSQL.

The tables are made in a schema of their own, with the columns and indexes that weigh of `articles`;
identities are in a table beside, for a unique key of a partitioned table must hold the column that it is
partitioned by. Both are filled alike; then each takes in articles in transactions of 128, is asked for pages,
and loses the texts of its oldest month: the plain one in batches, as the product does, the partitioned one by
writing the month's partition anew without them and putting it in the place of the old one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

from benchmarks.machine import rounded

MONTHS = 12
CHUNK, CHUNKS = 128, 100
ASKED = 20
PRUNED = 2000
"""Rows in one transaction of pruning."""
COLUMNS = """id bigint NOT NULL, text_id bigint NOT NULL, source varchar(200) NOT NULL, story_id bigint NOT
NULL,
 content_hash varchar(64) NOT NULL, title text NOT NULL, text text NOT NULL, content text NOT NULL,
 url text NOT NULL, first_seen_at timestamptz NOT NULL, published_at timestamptz NOT NULL,
 sentiment varchar(16) NOT NULL, cell integer NOT NULL, body_removed_at timestamptz"""
INDEXES = (
    "(source, content_hash)",
    "(text_id)",
    "(first_seen_at)",
    "(published_at)",
    "(story_id)",
    "(cell, sentiment)",
)
ROW = """SELECT n, n, 'source-' || n % 40, n, md5(n::text) || md5((n+1)::text), 'Headline number ' || n,
 repeat(md5(n::text), 8), 'Headline number ' || n || repeat(md5(n::text), 8), 'https://news.example/' || n,
 {at}, {at}, CASE WHEN n % 5 = 0 THEN 'negative' ELSE 'neutral' END, (n / 100)::integer, NULL
 FROM generate_series({first}, {last}) AS n"""
BEGAN = "timestamptz '2025-01-01 00:00+00'"


def run(url: str, rows: int) -> dict[str, Any]:
    """Both layouts in turn: rates, times and sizes."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    found: dict[str, Any] = {"rows": rows, "months": MONTHS}
    try:
        for name, make in (("plain", _plain), ("partitioned", _partitioned)):
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
                tx.execute(text("DROP SCHEMA IF EXISTS scratch CASCADE"))
                tx.execute(text("CREATE SCHEMA scratch"))
                make(tx)
                found[name] = _figures(tx, rows, partitioned=name == "partitioned")
        with engine.begin() as tx:
            tx.execute(text("DROP SCHEMA scratch CASCADE"))
    finally:
        engine.dispose()
    return found


def _plain(tx: Connection) -> None:
    tx.execute(text(f"CREATE TABLE scratch.articles ({COLUMNS}, PRIMARY KEY (id))"))
    _indexes(tx, "articles")


def _partitioned(tx: Connection) -> None:
    tx.execute(
        text(
            f"CREATE TABLE scratch.articles ({COLUMNS}, PRIMARY KEY (id, first_seen_at))"
            " PARTITION BY RANGE (first_seen_at)"
        )
    )
    for month in range(MONTHS + 1):
        tx.execute(text(f"CREATE TABLE scratch.m{month} PARTITION OF scratch.articles {_bounds(month)}"))
    _indexes(tx, "articles")


def _bounds(month: int) -> str:
    days = (f"2025-01-01 00:00+00'::timestamptz + interval '{30 * n} days" for n in (month, month + 1))
    begin, end = days
    return f"FOR VALUES FROM ('{begin}') TO ('{end}')"


def _indexes(tx: Connection, table: str) -> None:
    for columns in INDEXES:
        tx.execute(text(f"CREATE INDEX ON scratch.{table} {columns}"))
    if table == "articles":
        tx.execute(
            text("CREATE TABLE scratch.identities (source varchar(200), key varchar(64), id bigint NOT NULL,"
                 " PRIMARY KEY (source, key))")
        )  # fmt: skip


def _figures(tx: Connection, rows: int, *, partitioned: bool) -> dict[str, Any]:
    at = f"{BEGAN} + n * (interval '{30 * MONTHS} days' / {rows})"
    began = time.perf_counter()
    step = max(rows // 20, 1)
    for first in range(1, rows + 1, step):
        last = min(first + step - 1, rows)
        tx.execute(text("INSERT INTO scratch.articles " + ROW.format(at=at, first=first, last=last)))
        tx.execute(text(_identities(first, last)))
    found: dict[str, Any] = {"fill_seconds": rounded(time.perf_counter() - began)}
    tx.execute(text("VACUUM (ANALYZE) scratch.articles"))
    found["mb"] = _mb(tx)
    found["intake_per_second"] = _intake(tx, rows)
    found |= _pages(tx, rows)
    found |= _rewritten(tx) if partitioned else _emptied(tx)
    found["mb_after"] = _mb(tx)
    found["vacuum_seconds"] = rounded(_timed(lambda: tx.execute(text("VACUUM scratch.articles"))))
    found["mb_vacuumed"] = _mb(tx)
    return found


def _identities(first: int, last: int) -> str:
    return (
        "INSERT INTO scratch.identities SELECT 'source-' || n % 40, md5(n::text), n"
        f" FROM generate_series({first}, {last}) AS n"
    )


def _intake(tx: Connection, rows: int) -> float:
    """Articles a second, in transactions of CHUNK, of the time after the last."""
    at = f"{BEGAN} + interval '{30 * MONTHS} days' + n * interval '1 microsecond'"
    began = time.perf_counter()
    for turn in range(CHUNKS):
        first = rows + 1 + turn * CHUNK
        tx.execute(text("BEGIN"))
        tx.execute(
            text("INSERT INTO scratch.articles " + ROW.format(at=at, first=first, last=first + CHUNK - 1))
        )
        tx.execute(text(_identities(first, first + CHUNK - 1)))
        tx.execute(text("COMMIT"))
    return rounded(CHUNK * CHUNKS / (time.perf_counter() - began))


def _pages(tx: Connection, rows: int) -> dict[str, float]:
    """Milliseconds of what pages ask: the newest of a source, the newest negative before one, one by its id,
    and a story's."""
    asked = {
        "newest_ms": "SELECT * FROM scratch.articles WHERE source = 'source-7' ORDER BY id DESC LIMIT 50",
        "before_ms": "SELECT * FROM scratch.articles WHERE sentiment = 'negative' AND id < :id"
        " ORDER BY id DESC LIMIT 50",
        "one_ms": "SELECT * FROM scratch.articles WHERE id = :id",
        "story_ms": "SELECT * FROM scratch.articles WHERE story_id = :id",
    }
    found = {}
    for name, statement in asked.items():
        told = text(statement)
        took = []
        for turn in range(ASKED):
            number = {"id": 1 + (turn * 7_919 * 101) % rows} if ":id" in statement else {}
            began = time.perf_counter()
            tx.execute(told, number).all()
            took.append(time.perf_counter() - began)
        found[name] = rounded(1000 * sorted(took)[ASKED // 2])
    return found


def _emptied(tx: Connection) -> dict[str, float]:
    """The oldest month's texts removed in batches, but for one row in 30."""
    took: list[float] = []
    edge, after = f"{BEGAN} + interval '30 days'", 0
    old = f"first_seen_at < {edge} AND body_removed_at IS NULL AND id % 30 <> 0"
    while True:
        some = text(f"SELECT id FROM scratch.articles WHERE {old} AND id > :after ORDER BY id LIMIT {PRUNED}")
        ids = list(tx.scalars(some, {"after": after}))
        if not ids:
            break
        emptied = text(
            f"UPDATE scratch.articles SET text = '', content = title, body_removed_at = now()"
            f" WHERE id = ANY(:ids) AND {old}"
        )
        began = time.perf_counter()
        tx.execute(emptied, {"ids": ids})
        took.append(time.perf_counter() - began)
        after = ids[-1]
    return {"prune_seconds": rounded(sum(took)), "longest_ms": rounded(1000 * max(took))}


def _rewritten(tx: Connection) -> dict[str, float]:
    """The same by writing the oldest partition anew, and putting it in the place of the old one."""
    keep = "id % 30 = 0"
    began = time.perf_counter()
    tx.execute(text("CREATE TABLE scratch.new (LIKE scratch.articles)"))
    tx.execute(
        text(
            "INSERT INTO scratch.new SELECT id, text_id, source, story_id, content_hash, title,"
            f" CASE WHEN {keep} THEN text ELSE '' END, CASE WHEN {keep} THEN content ELSE title END, url,"
            f" first_seen_at, published_at, sentiment, cell, CASE WHEN {keep} THEN NULL ELSE now() END"
            " FROM scratch.m0"
        )
    )
    tx.execute(text("ALTER TABLE scratch.new ADD PRIMARY KEY (id, first_seen_at)"))
    _indexes(tx, "new")
    low, high = f"{BEGAN}", f"{BEGAN} + interval '30 days'"
    # Proves the bounds beforehand: else the swap reads the table under its lock.
    within = f"CHECK (first_seen_at >= {low} AND first_seen_at < {high})"
    tx.execute(text(f"ALTER TABLE scratch.new ADD CONSTRAINT within {within}"))

    def swap() -> None:
        tx.execute(text("BEGIN"))
        tx.execute(text("ALTER TABLE scratch.articles DETACH PARTITION scratch.m0"))
        tx.execute(text("DROP TABLE scratch.m0"))
        tx.execute(text(f"ALTER TABLE scratch.articles ATTACH PARTITION scratch.new {_bounds(0)}"))
        tx.execute(text("COMMIT"))

    swapped = _timed(swap)
    return {"prune_seconds": rounded(time.perf_counter() - began), "longest_ms": rounded(1000 * swapped)}


def _mb(tx: Connection) -> float:
    size = tx.scalar(
        text(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid ="
            " c.relnamespace WHERE n.nspname = 'scratch' AND c.relkind = 'r'"
        )
    )
    return rounded(int(size or 0) / 1e6)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
