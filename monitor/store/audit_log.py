"""The heads of the audit that stand outside the database: in backups, and in the log."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.store import saved
from monitor.store.audit import Head

MAX_LINE = 1_000_000


def heads_in(path: Path) -> list[Head]:
    """The heads that a backup or a log knows, in their order. A line that is none is passed over.

    Raises DataError where it is a damaged backup, SchemaError where it is one of another version,
    OSError where it cannot be read.
    """
    if saved.is_one(path):
        return [saved.header(path).audit]
    found: list[Head] = []
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE):
            if b'"audit"' not in line:
                continue
            try:
                said = json.loads(line)
                if said["event"] == "audit":
                    found.append(Head(int(said["entries"]), str(said["seal"])))
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
    return list(dict.fromkeys(found))
