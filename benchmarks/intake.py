"""What the counts cost an intake, on both databases, as history grows.

    python -m benchmarks.intake [--stores sqlite:100000 sqlite:300000 postgresql:100000] [--json]

A store is filled as `benchmarks.rollups` fills it. Then batches of 256 articles with a stand-in classifier
are taken in, with the counts and without, in turn, on the same store. Told are the articles a second of
either, by how much the counts slow a batch (medians), the part of a batch in which it is counted (`counting`,
seconds), and the `load` of the machine, which blurs the difference more than the part.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.commits import databases
from benchmarks.machine import command, describe
from benchmarks.rollups import fill, take
from monitor.pipeline import CHUNK
from monitor.store import Store, Tx, open_store
from monitor.store import rollups as counting

STORES = ["sqlite:100000", "sqlite:300000", "postgresql:100000"]
BATCHES = 12
"""Batches of intake timed with the counts, and as many without."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what the counts cost an intake.")
    parser.add_argument("--stores", nargs="+", default=STORES, help="each a database and how many articles")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/intake.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()
    result: dict[str, Any] = {"command": command(parser, arguments), "batch": CHUNK, "runs": []}
    for one in arguments.stores:
        database, _, number = one.partition(":")
        result["runs"].append(run(database, int(number)))
        print(json.dumps(result["runs"][-1]), file=sys.stderr, flush=True)
        result |= describe("sqlalchemy", "psycopg")
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(result, indent=1))
    return 0


def run(database: str, number: int) -> dict[str, Any]:
    """The figures of a database with so many articles."""
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as addresses:
        store = open_store(addresses[database])
        store.prepare(migrate=True)
        fill(store, number)
        if database == "postgresql":
            with store.begin() as tx:
                _number_on(tx)
        found = measured(store)
        store.close()
    return {"database": database, "articles": number, **found}


def measured(store: Store) -> dict[str, Any]:
    """What a batch takes with the counts and without, in turn."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    spent: list[float] = []
    for turn in range(2 * BATCHES + 2):
        with_counts = turn % 2 == 0
        with timed(spent) if with_counts else uncounted():
            seconds = take(store, turn * CHUNK)
        if turn >= 2:
            taken[with_counts].append(seconds)
    counted, plain = statistics.median(taken[True]), statistics.median(taken[False])
    return {
        "per_second": round(CHUNK / counted, 1),
        "per_second_without": round(CHUNK / plain, 1),
        "slower": round(counted / plain - 1, 4),
        "counting": round(statistics.median(spent[1:]), 4),
        "load": round(os.getloadavg()[1], 1),
    }


@contextlib.contextmanager
def timed(spent: list[float]) -> Iterator[None]:
    """Within it, the seconds of each counting are noted."""
    fold = counting.fold

    def noted(tx: Tx) -> None:
        touched, began = counting.TOUCHED in tx.info, time.perf_counter()
        fold(tx)
        if touched:
            spent.append(time.perf_counter() - began)

    counting.fold = noted
    try:
        yield
    finally:
        counting.fold = fold


@contextlib.contextmanager
def uncounted() -> Iterator[None]:
    """Within it nothing is counted."""
    fold = counting.fold
    counting.fold = counting.begin
    try:
        yield
    finally:
        counting.fold = fold


def _number_on(tx: Tx) -> None:
    """Let PostgreSQL give numbers after those that were given."""
    for name in ("stories", "texts", "articles"):
        tx.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
        )


if __name__ == "__main__":
    sys.exit(main())
