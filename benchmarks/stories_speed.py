"""How fast articles find their story, beside how many stories.

    python -m benchmarks.stories_speed [--window 200000] [--store FILE] [--out FILE]

Processor time of the identify step (signature, look-up, guards) and of joining by given vectors (keys,
look-up, cosines, guards, joins), of 2,048 articles in chunks of 256, against a SQLite store whose stories
were stored in the order of 48 hours. They are about 2,000 companies, of which the busiest tenth are named in
half of them, and no two are the same text; two in a hundred are notices of one form. A quarter of the new
ones tell what a stored one tells in other words, and most of these join its story. Vectors of one company are
near each other. `reference_us` is the processor time of hashing a megabyte on the same machine
in the same minute: other processes slow both down.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import command, describe, hand_over, peak_memory
from monitor.news import gathering, identity
from monitor.news.recognition import Entry, StoryMatcher
from monitor.news.stories import matching
from monitor.records import Article, Mention, Prediction
from monitor.store import Store, Tx, articles, intake, open_store, relatives, vectors
from monitor.testing import make_article

START = datetime(2026, 3, 2, tzinfo=UTC)
COMPANIES, NEW, CHUNK = 2_000, 2_048, 256
VOCABULARY = 5_000
"""Words of the made headlines, drawn as words are (Zipf)."""
NOTICES = 0.02
"""Share of the headlines that are notices of one form."""
RETOLD = 0.25
"""Share of the new articles that tell what a stored one does."""
_SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en", "il")]
_ACTS = "raises cuts misses beats wins loses approves rejects opens closes names settles delays halts resumes"
_VERBS = _ACTS.split()


def _words(rng: np.random.Generator) -> list[str]:
    return ["".join(rng.choice(_SYLLABLES, int(rng.integers(2, 4)))) for _ in range(VOCABULARY)]


WORDS = _words(np.random.default_rng(1))
_RANKS = 1 / np.arange(3, VOCABULARY + 3)
_SHARES = np.cumsum(_RANKS / _RANKS.sum())


def speed(window: int, path: Path, width: int = 384) -> dict[str, Any]:
    """Articles a second, by processor time, against a store of this many stories. One that is there already
    is taken as it is, its newest headlines read first, as the process that stored them has."""
    store = open_store(f"sqlite:///{path}")
    store.upgrade()
    began = time.perf_counter()
    with store.read() as tx:
        there = articles.count(tx)
        rng = np.random.default_rng(3 + there)
        for article in articles.get_many(tx, list(range(max(1, there - matching.CACHED), there + 1))):
            gathering.keys(article)
            gathering.role(article)
    for first in range(there, window, 2048):
        _fill(store, rng, first, min(2048, window - first), window, width)
    window = max(window, there)
    filled = time.perf_counter() - began
    now = START + timedelta(hours=48)
    with store.read() as tx:
        past = articles.get_many(tx, rng.integers(window * 7 // 8, window, NEW).tolist())
    made = [_made(rng, 10**9 + window + n, now) for n in range(NEW)]
    for place in np.flatnonzero(rng.random(len(past)) < RETOLD):
        made[place] = _retold(rng, past[place], made[place])
    before = peak_memory()
    clock = time.process_time()
    for first in range(0, NEW, CHUNK):
        with store.read() as tx:
            entries = [_text(article) for article in made[first : first + CHUNK]]
            matcher = StoryMatcher(tx, entries)
            for _ in entries:
                matcher.place()
    text = time.process_time() - clock
    clock = time.process_time()
    for article in made:
        gathering.keys(article)
    keys = time.process_time() - clock
    stored = []
    with store.begin() as tx:
        for first in range(0, NEW, CHUNK):
            stored += _keep(tx, rng, made[first : first + CHUNK], width)
        relatives.wait(tx, {one.id: "m" for one in stored})
    clock = time.process_time()
    joined = len(gathering.work(store, lambda: now))
    joining = keys + time.process_time() - clock
    reference = _reference()
    size = Path(str(store.path)).stat().st_size if store.path else 0
    store.close()
    return {
        "window_stories": window,
        "articles": NEW,
        "chunk": CHUNK,
        "joined": joined,
        "text_per_second": round(NEW / text),
        "joining_per_second": round(NEW / joining),
        "with_vectors_per_second": round(NEW / (text + joining)),
        "reference_us": reference,
        "filled_seconds": round(filled),
        "database_mb": round(size / 1e6),
        "peak_mb_before": before,
        "peak_mb": peak_memory(),
    }


def _made(rng: np.random.Generator, number: int, at: datetime) -> Article:
    """A headline that no other has; half name one of the busiest tenth of the companies."""
    busy = rng.random() < 0.5
    company = int(rng.integers(0, COMPANIES // 10 if busy else COMPANIES))
    name = WORDS[company].capitalize() + WORDS[-company - 1]
    if rng.random() < NOTICES:
        text = f"{name}: notice on the pledge of shares held by the controlling shareholder, No. {number}"
    else:
        words = [WORDS[place] for place in np.searchsorted(_SHARES, rng.random(8))]
        amount, before, after = int(rng.integers(2, 900)), " ".join(words[:5]), " ".join(words[5:])
        text = f"{name} {rng.choice(_VERBS)} {before} {amount} {after}"
    return make_article(
        text,
        source="speed",
        language="en",
        identity_key=f"{number:064d}",
        first_seen_at=at,
        published_at=at,
        mentions=(Mention(f"c{company}", name, 0, len(name)),),
    )


def _retold(rng: np.random.Generator, told: Article, new: Article) -> Article:
    """The article `new` with what another one tells, its words in another order and two left out."""
    name, verb, *rest = told.content.split()
    words = [rest[place] for place in rng.permutation(len(rest))[2:]]
    text = " ".join((name, verb, *words))
    return replace(new, title=text, content=text, mentions=told.mentions)


def _text(article: Article) -> Entry:
    signature = identity.signature(article.content)
    return Entry(article, "", None, signature, identity.bands(signature), "source speed")


def _entry(article: Article) -> Entry:
    signature = identity.signature(article.content)
    return Entry(
        article,
        "",
        None,
        signature,
        identity.bands(signature),
        "source speed",
        gathering.role(article),
        gathering.keys(article),
    )


def _fill(store: Store, rng: np.random.Generator, first: int, number: int, window: int, width: int) -> None:
    made = [_made(rng, n, START + timedelta(hours=47 * n / window)) for n in range(first, first + number)]
    with store.begin() as tx:
        _keep(tx, rng, made, width)


def _keep(tx: Tx, rng: np.random.Generator, made: Sequence[Article], width: int) -> list[Article]:
    entries = [_entry(article) for article in made]
    stored = intake.keep(
        tx,
        [
            intake.Arrival(one.article, one.signature, one.bands, one.voice, None, one.role, one.keys)
            for one in entries
        ],
    )
    rows = rng.normal(size=(len(made), width))
    for row, article in zip(rows, made, strict=True):
        row += np.random.default_rng(int(article.mentions[0].company_id[1:])).normal(size=width)
    rows = rows.astype("<f2")
    said = {"negative": 0.2, "neutral": 0.6, "positive": 0.2}
    vectors.keep(
        tx,
        {
            one.id: Prediction(said, {}, "m", vector=row.tobytes())
            for one, row in zip(stored, rows, strict=True)
        },
    )
    return stored


def _reference() -> int:
    block = bytes(1_000_000)
    clock = time.process_time()
    for _ in range(50):
        hashlib.sha256(block).digest()
    return round((time.process_time() - clock) / 50 * 1e6)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--window", type=int, default=200_000, help="stories in the store")
    parser.add_argument("--store", type=Path, help="a store filled by an earlier run; else a new one")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    result = {
        "benchmark": "stories_speed",
        "command": command(parser, arguments),
        **describe("numpy", "sqlalchemy", "pyahocorasick"),
        "speed": speed(arguments.window, arguments.store or Path(tempfile.mkdtemp()) / "speed.db"),
    }
    hand_over(result, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
