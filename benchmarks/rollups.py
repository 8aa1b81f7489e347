"""What a look for surges, a page and an intake cost as history grows.

    python -m benchmarks.rollups [--articles 100000 1000000] [--json]

A store is filled with made-up articles: 33,000 a day up to now, four in five of them stories of their own,
200 companies and 24 topics, named as often as Zipf's law says. Timed are the watch with the three shipped
rules: walking through all of it at first, going on after a start, a look after 256 articles (several times),
and one in which something came in every series; and the counts that the overview reads for a day, a week and
a month, beside the same made by counting rows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, insert, select

from benchmarks.machine import command, describe, peak_memory
from monitor import Item
from monitor.alerts.routing import Tree
from monitor.detection import cells, rollups
from monitor.detection.bundled import DETECTORS
from monitor.detection.coverage import Reading
from monitor.detection.lines import Change, Entry
from monitor.news.companies import Linker
from monitor.pipeline import CHUNK, Intake, Taken, take_in
from monitor.records import Company, Scope
from monitor.settings import AlertSettings, RoutingSettings
from monitor.settings.rules import SHIPPED
from monitor.store import Store, counts, open_store
from monitor.store import rollups as counting
from monitor.store.schema import (
    article_topics,
    articles,
    company_sentiments,
    counted,
    memberships,
    mentions,
    stories,
    texts,
)
from monitor.testing import make_prediction
from monitor.watch import Watch

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
A_DAY = 33_000
COMPANIES, TOPICS, SOURCES = 200, 24, 40
BATCH = 20_000
TIMES = 5


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what counts cost as history grows.")
    parser.add_argument("--articles", type=int, nargs="+", default=[100_000, 1_000_000], help="in turn")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/rollups.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()
    result: dict[str, Any] = {"command": command(parser, arguments), "runs": []}
    for number in arguments.articles:
        with tempfile.TemporaryDirectory() as folder:
            result["runs"].append(run(Path(folder), number))
        result |= describe("sqlalchemy", "numpy")
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(result["runs"][-1]), file=sys.stderr, flush=True)
    if arguments.json:
        print(json.dumps(result, indent=1))
    return 0


def run(folder: Path, number: int) -> dict[str, Any]:
    """All figures of a store with so many articles, in seconds."""
    store = open_store(f"sqlite:///{folder}/monitor.db")
    store.prepare(migrate=True)
    began = time.perf_counter()
    fill(store, number)
    filled = time.perf_counter() - began
    with store.read() as tx:
        series = len(counts.scopes(tx, NOW - timedelta(hours=1)))
    found: dict[str, Any] = {
        "articles": number,
        "fill_seconds": round(filled, 1),
        "series_alive": series,
        **looks(store),
    }
    for name, hours in (("day", 24), ("week", 24 * 7), ("month", 24 * 30)):
        found[f"overview_{name}"] = timed(partial(overview, store, hours))
        found[f"overview_{name}_by_rows"] = timed(partial(by_rows, store, hours), 2)
    found["peak_mb"] = peak_memory()
    store.close()
    return found


def fill(store: Store, number: int) -> None:
    """So many articles with everything that counts of them, the last one now."""
    dice = np.random.default_rng(0)
    companies, topics = zipf(COMPANIES), zipf(TOPICS)
    first = NOW - timedelta(days=number / A_DAY)
    story = 0
    for begin in range(0, number, BATCH):
        rows: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in (
                "stories",
                "texts",
                "articles",
                "members",
                "topics",
                "mentions",
                "towards",
                "counted",
            )
        }
        told = []
        for id in range(begin + 1, min(begin + BATCH, number) + 1):
            at = first + timedelta(days=(id - 1) / A_DAY)
            if dice.random() < 0.8 or not story:
                story += 1
                rows["stories"].append(
                    {"id": story, "first_seen_at": at, "last_seen_at": at, "reach": 1, "voices": 1}
                    | {"article_id": id, "sample": False, "sentiment": "", "confidence": 0.0}
                )
            weight = int(dice.beta(0.4, 1.2) * rollups.WHOLE)
            sentiment = "negative" if weight > rollups.WHOLE / 2 else "neutral"
            source = f"source-{dice.integers(SOURCES)}"
            key = f"{id:064d}"
            rows["texts"].append(
                {"id": id, "key": key, "story_id": story, "u": 0.5, "share": 0.05, "audited": False}
                | {"purpose": "gate", "twice": False, "place": 0.5, "explored": False, "explore_share": 0.0}
                | {"sample": False, "drawn_at": at}
            )
            rows["articles"].append(
                {"id": id, "text_id": id, "source": source, "identity_key": key, "content_hash": key}
                | {
                    "story_id": story,
                    "block_id": story,
                    "publisher": "",
                    "author": "",
                    "title": key,
                    "text": "",
                    "content": key,
                    "search_text": key,
                }
                | {"url": "", "author": "", "language": "zh" if id % 3 else "en", "published_at": at}
                | {"first_seen_at": at, "pending": False, "sentiment": sentiment, "confidence": 0.8}
                | {"negative": weight, "cell": cells.cell(at)}
            )
            rows["members"].append(
                {"article_id": id, "story_id": story, "voice": source, "role": "report", "since": at}
                | {"how": "arrival", "user": ""}
            )
            named = {f"company-{one}" for one in dice.choice(COMPANIES, dice.integers(0, 3), p=companies)}
            about = {f"topic-{one}" for one in dice.choice(TOPICS, dice.integers(0, 3), p=topics)}
            rows["topics"] += [{"article_id": id, "topic": one} for one in about]
            for company in named:
                place = {"article_id": id, "company_id": company}
                found = {"start": 0, "end": 1, "alias": company, "role": "subject", "found_at": at}
                rows["mentions"].append({**place, **found})
                rows["towards"].append(
                    {**place, "sentiment": sentiment, "confidence": 0.8, "negative": weight}
                )
            judged = rollups.Judgement(sentiment, weight)
            told.append(
                rollups.Told(
                    id, story, source, cells.cell(at), source, "zh" if id % 3 else "en", False, judged,
                    tuple(about), dict.fromkeys(named, judged),
                )
            )  # fmt: skip
        with store.begin() as tx:
            for table, name in (
                (stories, "stories"),
                (texts, "texts"),
                (articles, "articles"),
                (memberships, "members"),
                (article_topics, "topics"),
                (mentions, "mentions"),
                (company_sentiments, "towards"),
            ):
                tx.execute(insert(table), rows[name])
            parts = []
            for (of, voice), entries in rollups.entries(told).items():
                # Polls bring several at a time: what counts becomes known every five minutes.
                since = cells.begins(min(one.cell for one in entries.values()) + 1) - timedelta(seconds=1)
                known = {"story_id": of, "voice": voice, "since": since, "fresh": True}
                rows["counted"].append({**known, "entries": rollups.encoded(entries)})
                parts += list(rollups.changes({}, entries))
            tx.execute(insert(counted), rows["counted"])
            counting.add(tx, parts, NOW)


def looks(store: Store) -> dict[str, Any]:
    """What the watch costs: walking through the past at first, going on after a start, a look after a batch
    of articles, and one in which something came in every series."""
    rules = [table.rule(name) for name, table in SHIPPED.items()]
    said = {rule.name: {"detector": rule.detector} for rule in rules}
    detectors = {kind: DETECTORS[kind]() for kind in {rule.detector for rule in rules}}
    settings = AlertSettings(include_sample=False)

    def watch() -> Watch:
        return Watch(store, rules, said, detectors, settings)

    found: dict[str, Any] = {"first_look": once(lambda: watch().look(NOW, Tree()))}
    going = watch()
    found["start"] = once(lambda: going.look(NOW, Tree()))
    walk = going._walk
    assert walk is not None
    found["series"] = len(walk._names)
    ticks = iter(range(1, 1000))

    def batch() -> None:
        going.look(NOW + next(ticks) * timedelta(seconds=1), Tree())

    taken = []
    for turn in range(TIMES + 1):
        take(store, CHUNK * (1000 + turn))
        taken.append(once(batch))
    found["look"] = {"median": round(statistics.median(taken[1:]), 4), "most": max(taken[1:])}
    names = [name for name in walk._names if not name.endswith(":")]
    now = cells.cell(NOW)

    def every() -> None:
        number = next(ticks)
        came = [
            Change(1, name, Entry(now, -number, f"voice {number}", 1, True, rollups.WHOLE), True)
            for name in names
        ]
        walk.step(NOW + number * timedelta(seconds=1), came)

    found["look_at_every_series"] = timed(every)
    return found


def once(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    call()
    return round(time.perf_counter() - began, 4)


def zipf(number: int) -> NDArray[np.float64]:
    """Probabilities of so many things, the n-th in proportion to 1 / n."""
    shares: NDArray[np.float64] = 1 / np.arange(1, number + 1)
    return np.asarray(shares / shares.sum())


def overview(store: Store, hours: int) -> int:
    """What the overview page counts."""
    size = cells.FINE if hours <= 72 else cells.HOUR
    end = cells.after(NOW, size)
    start = end - timedelta(hours=hours)
    with store.read() as tx:
        trend = counts.trend(tx, start, end, 60 if hours <= 48 else 360, Scope("all"))
        edges = [start - (end - start), start, end]
        topics = counts.many(tx, [Scope("topic", f"topic-{n}") for n in range(TOPICS)], edges)
    return sum(window.negative for window in trend) + len(topics)


def by_rows(store: Store, hours: int) -> int:
    """The same by counting articles: what it costs without cells."""
    start = cells.cell(NOW - timedelta(hours=2 * hours))
    with store.read() as tx:
        every = select(articles.c.cell, articles.c.sentiment, func.count()).where(articles.c.cell >= start)
        found = len(tx.execute(every.group_by(articles.c.cell, articles.c.sentiment)).all())
        named = select(article_topics.c.topic, articles.c.cell, articles.c.sentiment, func.count())
        joined = named.join(articles, articles.c.id == article_topics.c.article_id)
        of_topics = joined.where(articles.c.cell >= start)
        grouped = of_topics.group_by(article_topics.c.topic, articles.c.cell, articles.c.sentiment)
        return found + len(tx.execute(grouped).all())


def timed(call: Callable[[], object], times: int = TIMES) -> dict[str, float]:
    """Median and most of several calls, in seconds; one before them warms up."""
    call()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return {"median": round(statistics.median(taken), 4), "most": round(max(taken), 4)}


def judge(batch: Any) -> list[Any]:
    """A stand-in classifier."""
    return [make_prediction(0.7, 0.3) if len(one.content) % 3 else make_prediction(0.1, 0.9) for one in batch]


def take(store: Store, number: int) -> float:
    """Take in a batch of articles, the first of this number; seconds."""
    items = [
        Item(guid=f"g-{n}", title=f"Firmament{n % (2 * COMPANIES)} {words(n)}", text="", url="")
        for n in range(number + 1, number + CHUNK + 1)
    ]
    linker = Linker([Company(f"company-{n}", f"Firmament{n}", ()) for n in range(COMPANIES)])
    reading = Reading(NOW - timedelta(days=1), NOW, timedelta(minutes=5))
    doing = Intake(
        *("intake", linker, RoutingSettings(), lambda: NOW, judge),
        language="en",
        key=b"k",
        reading=reading,
    )
    began = time.perf_counter()
    take_in(store, items, doing, Taken())
    return time.perf_counter() - began


def words(number: int) -> str:
    """Words that make no two items one story."""
    dice = np.random.default_rng(number)
    return " ".join("".join(chr(97 + c) for c in dice.integers(0, 26, 7)) for _ in range(8))


if __name__ == "__main__":
    sys.exit(main())
