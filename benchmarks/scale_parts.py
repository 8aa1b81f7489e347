"""What `benchmarks.scale` measures itself: the parts of an article's way of which no other result tells.

Made-up articles, half of them English and half Chinese, of two lengths, are taken in by the ingest line
itself with a stand-in classifier, on SQLite and on PostgreSQL. Told are, for each article, the processor's
time of this process, and of PostgreSQL's, by part, and the bytes by which the store grows. Time is the
processor's, not the clock's, because other programs work on the same machine (`load` says how much).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sqlalchemy import text

from benchmarks.commits import databases
from benchmarks.machine import rounded
from benchmarks.rollups import COMPANIES, NOW, SOURCES, zipf
from monitor import Article, Item, Prediction
from monitor.detection.coverage import Reading
from monitor.news import identity, normalize
from monitor.news.companies import Linker
from monitor.pipeline import CHUNK, Intake, Taken, prepare, take_in
from monitor.records import Company
from monitor.settings import RoutingSettings
from monitor.store import Store, open_store
from monitor.taxonomy import TOPICS

LENGTHS = (300, 3000)
"""Characters of an article's text: what a feed tells of it, and the whole of a report."""
WARM, CHUNKS = 2, 4
"""Chunks before the measured ones, and measured ones."""
VECTOR = 384
"""Numbers of the shipped model's vector."""
WORDS = 3000
CHINESE = 0x4E00


class Judge:
    """A stand-in classifier that says as much as the shipped model: a sentiment, every topic, each named
    company, and a vector."""

    def __init__(self) -> None:
        self.dice = np.random.default_rng(7)

    def __call__(self, batch: Sequence[Article]) -> list[Prediction]:
        return [self._one(article) for article in batch]

    def _one(self, article: Article) -> Prediction:
        sure = float(self.dice.uniform(0.4, 0.98))
        said = {"negative": sure, "neutral": (1 - sure) / 2, "positive": (1 - sure) / 2}
        topics = {topic.name: float(self.dice.random() ** 4) for topic in TOPICS}
        named = {mention.company_id: said for mention in article.mentions}
        vector = self.dice.normal(size=VECTOR).astype("<f2").tobytes()
        return Prediction(said, topics, "model-1", companies=named, vector=vector)


def items(first: int, number: int, length: int) -> list[Item]:
    """So many items, no two of one story; four in ten name one of COMPANIES companies."""
    made = []
    for place in range(first, first + number):
        dice = np.random.default_rng(place)
        name = f"Firmament{dice.choice(COMPANIES, p=zipf(COMPANIES))} " if dice.random() < 0.4 else ""
        title = f"{name}{_words(dice, 60, place % 2 == 1)}"
        made.append(Item(guid=f"g-{place}", title=title, text=_words(dice, length, place % 2 == 1)))
    return made


def _words(dice: np.random.Generator, length: int, chinese: bool) -> str:
    """Text of about `length` characters, of words drawn by Zipf's law."""
    drawn = np.minimum(dice.zipf(1.3, size=length), WORDS)
    if chinese:
        return "".join(chr(CHINESE + int(one)) for one in drawn[:length])
    spelt = (np.base_repr(int(one) * 977 + 40, 36).lower() for one in drawn)
    return " ".join(spelt)[:length]


def linker() -> Linker:
    return Linker([Company(f"company-{n}", f"Firmament{n}", ()) for n in range(COMPANIES)])


def intake(known: Linker) -> Intake:
    """As a source of five minutes is taken in."""
    reading = Reading(NOW - timedelta(days=1), NOW, timedelta(minutes=5))
    return Intake("intake", known, RoutingSettings(), lambda: NOW, Judge(), key=b"k", reading=reading)


def prepared(length: int) -> dict[str, float]:
    """Microseconds of the processor for each article, before anything is stored, by part."""
    some, known = items(0, CHUNK, length), linker()
    doing = intake(known)
    made = [normalize.article(one, source="s", identity_key="", now=NOW) for one in some]  # warms up
    parts: dict[str, Callable[[], object]] = {
        "normalise": lambda: [
            normalize.article(one, source="s", identity_key="", now=NOW, dates=doing.dates) for one in some
        ],
        "link": lambda: [known.mentions(one.content, NOW.date()) for one in made],
        "identify": lambda: [identity.bands(identity.signature(one.content)) for one in made],
        "prepare, all of it": lambda: prepare(some, doing, doing.reader()),
    }
    return {name: rounded(1e6 * _seconds(call) / CHUNK) for name, call in parts.items()}


def _seconds(call: Callable[[], object]) -> float:
    """The least of three calls, of the processor."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return min(taken)


def stored(
    url: str, length: int, server: Callable[[], float], size: Callable[[Store], int]
) -> dict[str, Any]:
    """What taking in an article costs and how much it grows the store at `url`, which is empty."""
    store = open_store(url)
    store.prepare(migrate=True)
    doing = intake(linker())
    place = 0

    def chunk() -> None:
        nonlocal place
        for _ in range(SOURCES // 8):  # of several sources, as polls are
            share = CHUNK // (SOURCES // 8)
            take_in(store, items(place, share, length), doing, Taken())
            place += share

    for _ in range(WARM):
        chunk()
    before, number = size(store), place
    ours, theirs, began = time.process_time(), server(), time.perf_counter()
    made = 0.0
    for _ in range(CHUNKS):
        chunk()
    seconds = time.perf_counter() - began
    ours, theirs = time.process_time() - ours, server() - theirs
    number = place - number
    made = _seconds(lambda: items(place, 64, length)) / 64  # what making them up took is not theirs
    grown = size(store) - before
    store.close()
    return {
        "characters": length,
        "articles": number,
        "at_a_time": CHUNK // (SOURCES // 8),
        "process_us": rounded(1e6 * (ours / number - made)),
        "server_us": rounded(1e6 * theirs / number),
        "clock_us": rounded(1e6 * (seconds / number - made)),
        "bytes": round(grown / number),
        "load": rounded(os.getloadavg()[0]),
    }


def _sqlite_size(store: Store) -> int:
    with store.begin() as tx:
        pages = tx.execute(text("PRAGMA page_count")).scalar_one()
        free = tx.execute(text("PRAGMA freelist_count")).scalar_one()
        return int((pages - free) * tx.execute(text("PRAGMA page_size")).scalar_one())


def _postgresql_size(store: Store) -> int:
    with store.begin() as tx:
        return int(tx.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def _server_seconds(folder: Path) -> float:
    """The processor's time of the PostgreSQL in `folder`, with its sessions that ended."""
    (file,) = folder.rglob("postmaster.pid")
    first = psutil.Process(int(file.read_text(encoding="utf-8").split()[0]))
    times = first.cpu_times()
    spent = times.user + times.system + times.children_user + times.children_system
    for session in first.children():
        try:
            of = session.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += of.user + of.system
    return float(spent)


def measured() -> dict[str, Any]:
    """All of it."""
    found: dict[str, Any] = {
        "prepare_us": {str(length): prepared(length) for length in LENGTHS},
        "stores": {},
    }
    for name in ("sqlite", "postgresql"):
        found["stores"][name] = []
        for length in LENGTHS:
            # Not a folder of this user alone: a server that root starts runs as another one.
            with tempfile.TemporaryDirectory(prefix="monitor-scale-") as made:
                folder = Path(made)
                folder.chmod(0o755)
                if name == "sqlite":
                    one = stored(f"sqlite:///{folder}/m.db", length, lambda: 0.0, _sqlite_size)
                else:
                    with databases(folder) as urls:
                        server = partial(_server_seconds, folder)
                        one = stored(urls[name], length, server, _postgresql_size)
            found["stores"][name].append(one)
    return found
