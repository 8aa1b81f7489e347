"""What removing a month of old texts costs, and who waits for it.

    python -m benchmarks.retention [--articles N] [--rows N] [--out FILE]

On SQLite and on PostgreSQL a store of made-up articles of a year is filled: texts of some 500 characters,
half in Chinese, each with its prediction, every second one judged by an older version too; one in 50
labelled, one in 100 cited by an alert. Then the oldest month is removed, as the nightly job does it. Told are
the seconds, the longest transaction that wrote, and how long another process waits that stores eight judged
articles at a time, alone and beside it; the size of the store before, after, and after a vacuum. How busy the
machine was with other work (its load average) is told too, because everything here waits for that.

Then, on PostgreSQL alone, one table of articles against the same partitioned by month
(`benchmarks.partitions`).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select

from benchmarks import partitions
from benchmarks.commits import databases
from benchmarks.machine import command, describe, hand_over, rounded
from monitor import config
from monitor.app import Monitor
from monitor.records import Decision, Route
from monitor.store import Store, Tx, alerts, articles, open_store, predictions, search, sizes, stories
from monitor.store.schema import alert_articles, answers, tasks, texts
from monitor.store.schema import articles as article_rows
from monitor.store.schema import predictions as prediction_rows
from monitor.store.schema import stories as story_rows
from monitor.testing import make_article, make_prediction
from tests.alarms import alarm

ARTICLES, ROWS = 300_000, 1_000_000
DAYS, KEPT = 360, 330
BATCH = 10_000
VARIETY = 2000
"""Different texts."""
BESIDE, PAUSE = 8, 0.1
"""Articles in one transaction of who works beside, and seconds between two."""
ALONE_SECONDS = 15.0
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACCEPT = Decision(Route.ACCEPT, "")
SAID = {"negative": 0.2, "neutral": 0.7, "positive": 0.1}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=ARTICLES, help="in a store")
    parser.add_argument("--rows", type=int, default=ROWS, help="in a table that is partitioned")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    result: dict[str, Any] = {
        "benchmark": "retention",
        "command": command(parser, arguments),
        **describe("sqlalchemy", "psycopg"),
        "articles": arguments.articles,
        "load_before": rounded(os.getloadavg()[0]),
    }
    # Not a folder of this user alone: a server that root starts runs as another one, who must get there.
    with tempfile.TemporaryDirectory(prefix="monitor-retention-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with databases(folder) as urls:
            for name in ("sqlite", "postgresql"):
                result[name] = run(folder / name, urls[name], arguments.articles)
                print(f"{name}: {result[name]}", file=sys.stderr, flush=True)
                (folder / "monitor.db").unlink(missing_ok=True)
            result["partitions"] = partitions.run(urls["postgresql"], arguments.rows)
    result["load_after"] = rounded(os.getloadavg()[0])
    hand_over(result, arguments.out)
    return 0


def run(folder: Path, url: str, number: int) -> dict[str, Any]:
    """All figures of one database."""
    folder.mkdir(exist_ok=True)
    days = f"bodies_days = {KEPT}\npredictions_days = {KEPT}\n"
    (folder / "config.toml").write_text(f'[store]\nurl = "{url}"\n[retention]\n{days}', "utf-8")
    with Monitor.open(config.load(folder / "config.toml", {}), now=lambda: NOW, migrate=True) as monitor:
        store = monitor.store
        began = time.perf_counter()
        fill(store, number)
        found: dict[str, Any] = {"fill_seconds": rounded(time.perf_counter() - began)}
        store.vacuum()
        found["mb_before"] = _mb(store)
        found["alone"] = _beside(url, lambda: time.sleep(ALONE_SECONDS))
        held: list[float] = []
        plan, planned = _timed(monitor.plan)
        found["dry_run_seconds"] = rounded(planned)
        with _measured(store, held):
            began = time.perf_counter()
            done: list[Any] = []
            found["beside"] = _beside(url, lambda: done.extend(monitor.prune(clock_is_right=True)))
        went = {one.kind: one for one in done}
        assert {one.kind: one.rows for one in plan} == {kind: one.rows for kind, one in went.items()}
        found |= {
            "seconds": rounded(found["beside"].pop("seconds")),
            "bodies": went["bodies"].rows,
            "predictions": went["predictions"].rows,
            "kept": next(one.kept for one in plan if one.kind == "bodies"),
            "mb_of_text": rounded(went["bodies"].bytes / 1e6),
            "transactions": len(held),
            "longest_write_ms": rounded(1000 * max(held)),
            "mb_after": _mb(store),
        }
        vacuumed, seconds = _timed(monitor.vacuum)
        found |= {"vacuum_seconds": rounded(seconds), "mb_vacuumed": rounded(vacuumed.after / 1e6)}
    return found


@contextmanager
def _measured(store: Store, held: list[float]) -> Iterator[None]:
    """Note how long each transaction that writes holds its lock, from its beginning to its commit."""
    begin = store.begin

    @contextmanager
    def timed() -> Iterator[Tx]:
        with begin() as tx:
            began = time.perf_counter()
            yield tx
        held.append(time.perf_counter() - began)

    store.begin = timed  # type: ignore[method-assign]
    try:
        yield
    finally:
        del store.begin


def _timed(call: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    found = call()
    return found, time.perf_counter() - began


def _mb(store: Store) -> float:
    with store.read() as tx:
        return rounded(sizes.whole(tx).bytes / 1e6)


def _beside(url: str, work: Any) -> dict[str, Any]:
    """Do some work while another process stores articles: how long that waits, in milliseconds."""
    context = multiprocessing.get_context("spawn")
    ready, over = context.Event(), context.Event()
    queue: Any = context.Queue()
    other: Any = context.Process(target=arriving, args=(url, ready, over, queue), daemon=True)
    other.start()
    if not ready.wait(120):
        raise RuntimeError("the other process stored nothing")
    _, seconds = _timed(work)
    over.set()
    took = np.array(queue.get(timeout=120)) * 1000
    other.join()
    p50, p95 = np.percentile(took, [50, 95])
    return {
        "seconds": seconds,
        "transactions": len(took),
        "p50_ms": rounded(float(p50)),
        "p95_ms": rounded(float(p95)),
        "most_ms": rounded(float(took.max())),
    }


def arriving(url: str, ready: Event, over: Event, queue: Any) -> None:
    """Store eight judged articles again and again, until it is over; how long each time took."""
    store, took, number = open_store(url), list[float](), 0
    seed = time.time_ns()
    while not over.is_set():
        began = time.perf_counter()
        with store.begin() as tx:
            for _ in range(BESIDE):
                number += 1
                story = stories.create(tx, NOW)
                made = make_article(
                    f"news {seed} {number}", story_id=story, first_seen_at=NOW, published_at=NOW
                )
                stored = articles.insert(tx, made)
                stories.join(tx, story, stored.source, NOW)
                predictions.put(tx, stored.id, make_prediction(0.2, 0.8), ACCEPT, ("t1",), NOW)
        took.append(time.perf_counter() - began)
        ready.set()
        time.sleep(PAUSE)
    store.close()
    queue.put(took)


# --- a store of a year ------------------------------------------------------------------------


def fill(store: Store, number: int) -> None:
    """So many articles of DAYS, evenly."""
    dice = np.random.default_rng(0)
    bodies = [_body(dice, chinese=bool(n % 2)) for n in range(VARIETY)]
    words = [search.index_text(body) for body in bodies]
    first = NOW - timedelta(days=DAYS)
    with store.begin() as tx:
        alerts.put(tx, alarm("cites", NOW))
    for begin in range(0, number, BATCH):
        ids = range(begin + 1, min(begin + BATCH, number) + 1)
        seen = {id: first + timedelta(days=DAYS * (id - 1) / number) for id in ids}
        with store.begin() as tx:
            _insert(tx, ids, seen, bodies, words)
    if store.dialect == "postgresql":  # ids were given, and not drawn
        with store.begin() as tx:
            for table in (story_rows, texts, article_rows, tasks):
                newest = select(func.setval(func.pg_get_serial_sequence(table.name, "id"), number))
                tx.execute(newest)


def _insert(tx: Tx, ids: range, seen: dict[int, datetime], bodies: list[str], words: list[str]) -> None:
    key = {id: f"{id:064d}" for id in ids}
    of_story = {"reach": 1, "voices": 1, "sample": False, "sentiment": "neutral", "confidence": 0.7}
    tx.execute(
        insert(story_rows),
        [
            {"id": id, "first_seen_at": seen[id], "last_seen_at": seen[id], "article_id": id, **of_story}
            for id in ids
        ],
    )
    drawn = {"u": 0.5, "share": 0.05, "audited": False, "purpose": "gate", "twice": False, "place": 0.5}
    drawn |= {"explored": False, "explore_share": 0.0, "sample": False}
    tx.execute(
        insert(texts),
        [{"id": id, "key": key[id], "story_id": id, "drawn_at": seen[id], **drawn} for id in ids],
    )
    plain = {"url": "https://news.example/", "author": "", "publisher": "", "pending": False}
    plain |= {"sentiment": "neutral", "confidence": 0.7, "negative": 200_000}
    rows = []
    for id in ids:
        body, title = bodies[id % VARIETY], f"Headline number {id}"
        rows.append(
            {"id": id, "text_id": id, "source": f"source-{id % 40}", "identity_key": key[id]}
            | {"content_hash": key[id], "story_id": id, "block_id": id, "title": title, "text": body}
            | {"content": f"{title}\n{body}", "search_text": words[id % VARIETY], "cell": id // 100}
            | {
                "language": "zh" if id % 2 else "en",
                "published_at": seen[id],
                "first_seen_at": seen[id],
                **plain,
            }
        )
    tx.execute(insert(article_rows), rows)
    said: dict[str, Any] = {"sentiment": SAID, "companies": {}}
    said["topics"] = {f"topic-{n}": 0.05 for n in range(24)}
    said |= {"chosen": [], "label": "neutral", "confidence": 0.7, "route": "accept", "reason": ""}
    judged = [
        {"article_id": id, "model": "new", "current": True, "created_at": seen[id], **said} for id in ids
    ]
    judged += [
        {"article_id": id, "model": "old", "current": False, "created_at": seen[id], **said}
        for id in ids
        if id % 2
    ]
    tx.execute(insert(prediction_rows), judged)
    asked = {"lane": "review", "reason": "", "priority": 0.5, "state": "done"}
    labelled = [id for id in ids if not id % 50]
    tx.execute(
        insert(tasks),
        [{"id": id, "text_id": id, "article_id": id, "created_at": seen[id], **asked} for id in labelled],
    )
    answer = {"user": "ann", "outcome": "label", "sentiment": "neutral", "companies": {}}
    tx.execute(
        insert(answers),
        [
            {"task_id": id, "text_id": id, "article_id": id, "created_at": seen[id], **answer}
            for id in labelled
        ],
    )
    cited = [{"alert_id": "cites", "article_id": id} for id in ids if not id % 100]
    tx.execute(insert(alert_articles), cited)


def _body(dice: np.random.Generator, *, chinese: bool) -> str:
    if chinese:
        return "".join(chr(0x4E00 + int(n)) for n in dice.integers(0, 3000, 170))
    ranks = dice.zipf(1.3, 90) % 20_000
    return " ".join(f"w{int(n):x}ord" for n in ranks)


if __name__ == "__main__":
    sys.exit(main())
