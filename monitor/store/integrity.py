"""Is the database's file whole?"""

from __future__ import annotations

from sqlalchemy import text

from monitor.store.dialect import Tx


def damage(tx: Tx) -> str:
    """What is wrong with a SQLite file, "" where nothing is. A PostgreSQL server checks itself."""
    if tx.dialect.name != "sqlite":
        return ""
    found = str(tx.scalar(text("PRAGMA quick_check(1)")))
    return "" if found == "ok" else found
