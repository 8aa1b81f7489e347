"""Backups: one gzip file of JSON lines, the same for both databases.

A logical copy rather than the database's own format: it is one code path for both, moves a
monitor from SQLite to PostgreSQL, and can be read with ``zcat``. It is taken in one read
transaction, so it is consistent while others write. Restoring happens in one write transaction, so
others see the old content or the new, and a damaged file changes nothing.

    {"monitor": "0.1.0", "schema": "0001", "created_at": ...}
    {"table": "sources", "columns": ["name", ...]}
    ["reuters", ...]
    ...
    {"rows": {"sources": 12, ...}}          last, so a file cut short is noticed

Leases are left out: an older fencing token must never come back.
"""

from __future__ import annotations

import errno
import gzip
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, text, update

import monitor
from monitor.errors import DataError, DiskFullError, SchemaError
from monitor.messages import Message
from monitor.store import migrations
from monitor.store.dialect import Tx, to_json
from monitor.store.schema import UtcDateTime, clock, leases, metadata, processes

BATCH = 1000  # rows in one insert
TABLES = [table for table in metadata.sorted_tables if table not in (leases, processes)]
"""Referred-to tables first. Who is at work is no part of a backup."""


def dump(tx: Tx, path: Path) -> None:
    """Write everything to `path`, which appears only when complete; readable by its owner only.

    Raises DiskFullError, or DataError where `path` cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            with gzip.open(file, "wt", encoding="utf-8", compresslevel=6) as lines:
                for line in _lines(tx):
                    lines.write(to_json(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        kind = DiskFullError if error.errno == errno.ENOSPC else DataError
        raise kind(f"{path}: the backup was not written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def check(path: Path) -> None:
    """Read all of a backup. Raises DataError where it is damaged, SchemaError at another version."""
    counted: dict[str, int] = {}
    for table, _ in _rows(path):
        counted[table.name] = counted.get(table.name, 0) + 1


def load(tx: Tx, path: Path) -> None:
    """Replace everything in the database, whose schema must be this program's, by the backup."""
    if tx.dialect.name == "postgresql":  # nobody may add a row between the deletes and the inserts
        tx.execute(text(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN ACCESS EXCLUSIVE MODE"))
    for table in reversed(TABLES):
        tx.execute(delete(table))
    batch: list[dict[str, Any]] = []
    filling: Table | None = None
    for table, row in _rows(path):
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


def _lines(tx: Tx) -> Iterator[Any]:
    yield {
        "monitor": monitor.__version__,
        "schema": migrations.head(),
        "created_at": datetime.now(UTC).isoformat(),
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
    return value.isoformat() if isinstance(value, datetime) else value


def _rows(path: Path) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Every row of a backup with its table; the file is checked on the way, its end at the end."""
    tables = {table.name: table for table in TABLES}
    counted = {table.name: 0 for table in TABLES}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            header = json.loads(next(lines))
            if header["schema"] != migrations.head():
                raise SchemaError(
                    f"{path}: a backup of schema {header['schema']} by monitor {header['monitor']}; this "
                    f"program has schema {migrations.head()}: restore it with that version, then "
                    "`monitor db upgrade`"
                )
            table, columns, times = TABLES[0], [""], [False]
            complete = False
            for line in lines:  # to the very end, where gzip's own checksum is
                value = json.loads(line)
                if complete:
                    raise DataError(f"{path}: the backup is damaged: it goes on after its end")
                if isinstance(value, list):
                    counted[table.name] += 1
                    yield (
                        table,
                        {
                            name: datetime.fromisoformat(field) if is_time and field else field
                            for name, field, is_time in zip(columns, value, times, strict=True)
                        },
                    )
                elif "table" in value:
                    table, columns = tables[value["table"]], value["columns"]
                    times = [isinstance(table.c[name].type, UtcDateTime) for name in columns]
                elif value["rows"] == counted:
                    complete = True
                else:
                    raise DataError(f"{path}: the backup is damaged: it lacks rows")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a readable backup: {error}") from error
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise DataError(f"{path}: not a backup made by `monitor db backup`: {error!r}") from error
    if not complete:
        raise DataError(f"{path}: the backup is cut short")


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
