"""Bulk work with the shipped model: how fast an archive is judged again, and what the news notice of it.

    python -m benchmarks.bulk --out benchmarks/results/bulk.json

Made-up articles. `plain`: the classifier alone. `inline`, `processes`: the same batches through the
executors, with whether they say the same to the bit. `reclassify`: the whole of `monitor reclassify`, the
store too. `live`: how long one article takes, one after the other, alone and while `monitor reclassify` runs
beside it with its share of the time. `load`: what the machine had to do beside all that, when it began.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine
from monitor import config
from monitor.app import Monitor
from monitor.executor import Executor, cut
from monitor.executor.local import Inline, Processes
from monitor.operation.bulk import Judge, Version
from monitor.records import Article, Decision, ModelState, ModelVersion, Prediction, Route
from monitor.store import articles, models, predictions, stories
from monitor.testing import headlines

BATCH = 64
OLD = "before"


def main() -> int:
    parser = argparse.ArgumentParser(description="Bulk work with the shipped model.")
    parser.add_argument("--articles", type=int, default=384)
    parser.add_argument("--asked", type=int, default=60, help="Live articles, one after the other.")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measured(Path(folder), arguments.articles, arguments.asked, arguments.workers)
    told = {"command": machine.command(parser, arguments), **machine.describe("torch"), **result}
    machine.hand_over(told, arguments.out)
    return 0


def measured(folder: Path, number: int, asked: int, workers: int) -> dict[str, Any]:
    file = folder / "config.toml"
    file.write_text('[log]\nlevel = "warning"\n[bulk]\nthreads = 1\n', "utf-8")
    load = round(os.getloadavg()[0], 1)
    with Monitor.open(config.load(file, {}), role="worker") as monitor:
        made = archive(monitor, number)
        version = monitor.whole_champion()
        work = Judge(Version.of(monitor.settings, monitor.folder_of(version), version.id))
        do = work.version.load()
        do.classify(made[:BATCH])
        began = time.perf_counter()
        for batch in cut(made, BATCH):
            do.classify(batch)
        plain = number / (time.perf_counter() - began)
        found = {one.kind: through(one, work, made) for one in (Inline(1), Processes(workers, 1))}
        alone = latency(do, made[:asked])
        monitor.keep_alive()
        command = [sys.executable, "-m", "monitor", "--config", str(file), "reclassify"]
        began = time.perf_counter()
        beside = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not judged(monitor, version.id) and beside.poll() is None:
            time.sleep(0.1)
        with_it = latency(do, made[:asked])
        went_on = beside.poll() is None
        if beside.wait():
            raise RuntimeError(f"reclassify ended with {beside.returncode}")
        shared = time.perf_counter() - began
        with monitor.store.begin() as tx:  # all of it is the version's before again, and nobody serves
            for one in made:
                predictions.put(tx, one.id, said(), Decision(Route.ACCEPT, ""), [], monitor.now())
    with Monitor.open(config.load(file, {})) as monitor:
        began = time.perf_counter()
        ended = monitor.reclassify()
        seconds = time.perf_counter() - began
    return {
        "load": load,
        "articles": number,
        "threads": 1,
        "plain_per_second": round(plain, 1),
        "executors": {
            kind: {"per_second": rate, "same_bits": digest == found["inline"][1]}
            for kind, (rate, digest) in found.items()
        },
        "workers": workers,
        "reclassify_per_second": round(ended.judged / seconds, 1),
        "reclassify_judged": ended.judged,
        "live_ms": {"alone": alone, "beside": with_it, "was_beside_to_the_end": went_on},
        "beside_per_second": round(number / shared, 1),
        "share": monitor.settings.bulk.share,
    }


def archive(monitor: Monitor, number: int) -> list[Article]:
    """So many articles in the store that a version before the shipped one judged."""
    told = [
        f"{title.format(en=name, zh=name)}\n\n{sentence}"
        for _, _, title, sentence, zh, more in headlines.ORDINARY
        for name, title, sentence in (("Halvorsen", title, sentence), ("远山", zh, more))
    ]
    now = datetime.now(UTC)
    made = []
    with monitor.store.begin() as tx:
        models.put(tx, ModelVersion(OLD, "transformer", "none", "none", ModelState.RETIRED, now))
        for place in range(number):
            at = now - timedelta(minutes=number - place)
            story = stories.create(tx, at)
            one = Article.unstored(f"{told[place % len(told)]} ({place})", at, source="wire")
            one = articles.insert(tx, replace(one, story_id=story, identity_key=str(place)))
            stories.join(tx, story, one.source, at)
            predictions.put(tx, one.id, said(), Decision(Route.ACCEPT, ""), [], at)
            made.append(one)
    return made


def said() -> Prediction:
    return Prediction({"negative": 0.1, "neutral": 0.8, "positive": 0.1}, {}, OLD)


def through(one: Executor, work: Judge, made: Sequence[Article]) -> tuple[float, str]:
    """Articles a second, loading the model not counted, and a digest of everything that was said."""
    with one.map(work, [made[:BATCH]] * one.workers + list(cut(made, BATCH))) as results:
        for _ in range(one.workers):
            next(results)
        began = time.perf_counter()
        told = [prediction for batch in results for prediction in batch]
    rate = len(told) / (time.perf_counter() - began)
    plain = [(p.sentiment, p.topics, p.companies, p.vector) for p in told]
    return round(rate, 1), hashlib.sha256(repr(plain).encode()).hexdigest()


def latency(classifier: Any, made: Sequence[Article]) -> dict[str, float]:
    """Milliseconds that single articles take."""
    took = []
    for one in made:
        began = time.perf_counter()
        classifier.classify([one])
        took.append(1000 * (time.perf_counter() - began))
        time.sleep(0.05)
    return {f"p{part}": round(float(np.percentile(took, part)), 1) for part in (50, 95)}


def judged(monitor: Monitor, model: str) -> int:
    from monitor.store import reclassifications

    with monitor.store.read() as tx:
        active = reclassifications.active(tx)
    return active.judged if active else 0


if __name__ == "__main__":
    sys.exit(main())
