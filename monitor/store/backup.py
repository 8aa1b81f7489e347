"""Backups: one gzip file of JSON lines, the same for both databases.

A logical copy rather than the database's own format: it is one code path for both, moves a
monitor from SQLite to PostgreSQL, and can be read with ``zcat``. It is taken in one read
transaction, so it is consistent while others write. Restoring happens in one write transaction, so
others see the old content or the new, and a damaged file changes nothing.

    {"monitor": "0.1.0", "schema": "0001", "created_at": ..., "audit": {"entries": 7, "seal": ...}}
    {"table": "sources", "columns": ["name", ...]}
    ["reuters", ...]
    ...
    {"rows": {"sources": 12, ...}}          last, so a file cut short is noticed

`saved` reads such a file back.

Leases are left out: an older fencing token must never come back. The audit is this installation's
history and goes on: where the backup's chain is a part of the present one, the present one stays; where
it is not, the backup's takes its place, and the entry of the restore says what stood here before.
"""

from __future__ import annotations

import base64
import errno
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, text, update

import monitor
from monitor.errors import DataError, DiskFullError
from monitor.messages import Message
from monitor.premises import locks, ownership
from monitor.store import audit, migrations, saved
from monitor.store.dialect import Tx, to_json
from monitor.store.saved import TABLES
from monitor.store.schema import audit as audit_table
from monitor.store.schema import clock

BATCH = 1000  # rows in one insert


def dump(tx: Tx, path: Path) -> None:
    """Write everything to `path`, which appears only when complete; readable by its owner only.

    What backups that were killed left in its folder is removed. Raises DiskFullError, or DataError where
    `path` cannot be written.
    """
    try:
        ownership.folder(path.parent)
        with locks.finished(path) as part, gzip.open(part, "wt", encoding="utf-8", compresslevel=6) as lines:
            for line in _lines(tx):
                lines.write(to_json(line) + "\n")
    except OSError as error:
        kind = DiskFullError if error.errno == errno.ENOSPC else DataError
        raise kind(f"{path}: the backup was not written: {error.strerror}") from error


def load(tx: Tx, path: Path, now: datetime, user: str, address: str) -> None:
    """Replace everything in the database, whose schema must be this program's, by the backup; but the
    audit goes on where it may (see above), and says that `user` did it."""
    if tx.dialect.name == "postgresql":  # nobody may add a row between the deletes and the inserts
        tx.execute(text(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN ACCESS EXCLUSIVE MODE"))
    made, before = saved.header(path), audit.head(tx)
    goes_on = audit.had(tx, made.audit)
    replaced = [table for table in TABLES if not (goes_on and table is audit_table)]
    for table in reversed(replaced):
        tx.execute(delete(table))
    batch: list[dict[str, Any]] = []
    filling: Table | None = None
    for table, row in saved.rows(path):
        if table not in replaced:
            continue
        if filling is not None and (table is not filling or len(batch) == BATCH):
            tx.execute(insert(filling), batch)
            batch = []
        filling = table
        batch.append(row)
    if filling is not None:
        tx.execute(insert(filling), batch)
    # The clock goes on from where it was; whoever drove it then does not now.
    tx.execute(update(clock).values(holder=""))
    if tx.dialect.name == "postgresql":
        _restart_sequences(tx)
    told = {"made": made.created_at, "audit_goes_on": goes_on, **audit.taken_over(tx)}
    if before.entries and not goes_on:
        told["before"] = {"entries": before.entries, "seal": before.seal}
    audit.write(tx, now, user, audit.RESTORE, str(path), told, address=address)


def _lines(tx: Tx) -> Iterator[Any]:
    chain = audit.head(tx)
    yield {
        "monitor": monitor.__version__,
        "schema": migrations.head(),
        "created_at": datetime.now(UTC).isoformat(),
        "audit": {"entries": chain.entries, "seal": chain.seal},
    }
    counted = {}
    for table in TABLES:
        yield {"table": table.name, "columns": [column.name for column in table.columns]}
        counted[table.name] = 0
        rows = tx.execute(select(table).execution_options(yield_per=BATCH))
        for row in rows:
            counted[table.name] += 1
            yield [_kept(value) for value in row]
    yield {"rows": counted}


def _kept(value: Any) -> Any:
    """A column's value as JSON keeps it."""
    if isinstance(value, Message):
        return value.encoded()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def _restart_sequences(tx: Tx) -> None:
    """Go on counting ids after the restored ones, which were given and not drawn."""
    for table in TABLES:
        if table.autoincrement_column is None:
            continue
        last = tx.scalar(select(func.max(table.autoincrement_column)))
        if last:
            tx.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"),
                {"table": table.name, "last": last},
            )
