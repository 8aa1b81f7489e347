"""Fifty sources that hang beside fifty that do not: how long after it came due a good one is stored.

    python -m benchmarks.polling

A monitor of its own, with sources in plugin files, a store on disk and the fake classifier: the good
sources alone, and with the others beside them, in turns in one run. Half of the others wait for ever, half
compute for ever; each is ended after `--limit` seconds and polled again like any failing source, but without
its pauses (they would hide what is asked). The delay is from the moment a source came due to the moment its
articles are stored; each source's first two polls are left out. `ratio` is the 95th percentile with the
others beside, divided by that without.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from benchmarks.machine import command, describe, rounded
from monitor import config, failures
from monitor.app import Monitor
from monitor.classification import manifest
from monitor.hookspecs import silent
from monitor.records import PollResult
from monitor.testing import FakeClassifier, make_snapshot

PLUGIN = '''
import threading
import time
from dataclasses import dataclass

from monitor import Fetched, Item, hookimpl


@dataclass
class Good:
    """Delivers a new item at every poll, after waiting for somebody's server."""

    seconds: float
    kind = "good"

    def fetch(self, state, fetcher):
        time.sleep(self.seconds)
        n = state.get("n", 0) + 1
        return Fetched([Item(title=f"Bank number {n} publishes its report", guid=str(n))], {"n": n})


@dataclass
class Hung:
    kind = "hung"
    spins: bool = False

    def fetch(self, state, fetcher):
        while self.spins:
            pass
        threading.Event().wait()


@hookimpl
def register_sources():
    return [Good, Hung]
'''
CLASSIFIER = """
from monitor import hookimpl
from monitor.testing import FakeClassifier


@hookimpl
def register_classifiers():
    return [FakeClassifier]
"""


def settings_of(folder: Path, good: int, hung: int, options: argparse.Namespace) -> Path:
    """A config.toml with so many sources of each kind."""
    (folder / "mine").mkdir(parents=True)
    (folder / "mine" / "polling_benchmark_plugin.py").write_text(PLUGIN, encoding="utf-8")
    (folder / "mine" / "polling_benchmark_classifier.py").write_text(CLASSIFIER, encoding="utf-8")
    FakeClassifier().fit(make_snapshot(), None, folder / "model", silent)
    manifest.seal(folder / "model")
    minutes = options.interval / 60
    tables = [
        f'plugins_dir = "mine"\n[plugins]\ncall_seconds = {options.limit}\n[fetch]\nconcurrency = 8\n'
        f"slow_seconds = {options.limit / 2}\n[jobs]\npoll_seconds = 1.0\nlease_seconds = 5\n"
        '[classifier]\nkind = "fake"\nmodel = "model"\n'
    ]
    tables += [
        f'[sources.good{n}]\nkind = "good"\nseconds = {options.answer}\ninterval_minutes = {minutes}\n'
        for n in range(good)
    ]
    tables += [
        f'[sources.hung{n}]\nkind = "hung"\nspins = {str(n % 2 == 0).lower()}\ninterval_minutes = {minutes}\n'
        for n in range(hung)
    ]
    (folder / "config.toml").write_text("\n".join(tables), encoding="utf-8")
    return folder / "config.toml"


@dataclass
class Part:
    """What was seen of so many sources of each kind, in all its turns."""

    good: int
    hung: int
    delays: list[float] = field(default_factory=list)
    polls: Counter[str] = field(default_factory=Counter)
    processes: int = 0

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.delays, n=20)[-1]

    def told(self) -> dict[str, Any]:
        return {
            "good": self.good,
            "hung": self.hung,
            "polls": dict(self.polls),
            "delays_counted": len(self.delays),
            "median_seconds": rounded(statistics.median(self.delays)),
            "p95_seconds": rounded(self.p95),
            "most_processes": self.processes,
        }


def take_turn(part: Part, options: argparse.Namespace) -> None:
    """Poll for a while; add the delays of the good sources to `part`, and how the others fared."""
    found: dict[str, list[float]] = defaultdict(list)
    ended: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        path = settings_of(Path(name), part.good, part.hung, options)
        with Monitor.open(config.load(path, {})) as monitor:
            poll = monitor._poll

            def timed(source: str) -> PollResult:
                result = poll(source)
                now = time.monotonic()
                part.polls["good" if source.startswith("good") else "hung"] += 1
                if source in ended:
                    found[source].append(now - ended[source] - options.interval)
                ended[source] = now
                return result

            monitor._poll = timed  # type: ignore[method-assign,assignment]
            monitor.keep_alive()
            until = time.monotonic() + options.seconds
            while time.monotonic() < until:
                monitor.heart.beat()  # the store's clock is as late as its last beat
                monitor.poll_due()
                part.processes = max(part.processes, len(monitor.registry.pool.pids))
                threading.Event().wait(0.1)
    part.delays += [delay for name, its in found.items() if name.startswith("good") for delay in its[1:]]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--good", type=int, default=50)
    parser.add_argument("--hung", type=int, default=50)
    parser.add_argument("--answer", type=float, default=1.0, help="seconds that a good source takes")
    parser.add_argument("--interval", type=float, default=20.0, help="seconds between two polls of a source")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds that a fetch may take")
    parser.add_argument("--seconds", type=float, default=150.0, help="length of each turn")
    parser.add_argument("--turns", type=int, default=2, help="turns of each of the two parts")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    failures.FIRST_RETRY = failures.LAST_RETRY = timedelta(seconds=options.interval)
    alone, beside = Part(options.good, 0), Part(options.good, options.hung)
    for _ in range(options.turns):
        take_turn(alone, options)
        take_turn(beside, options)
    result = {
        "benchmark": "polling",
        "command": command(parser, options),
        **describe("pydantic", "pluggy", "sqlalchemy"),
        "answer_seconds": options.answer,
        "interval_seconds": options.interval,
        "limit_seconds": options.limit,
        "alone": alone.told(),
        "beside": beside.told(),
        "ratio": rounded(beside.p95 / alone.p95),
    }
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if options.json or not options.out else f"ratio {result['ratio']}")
    return 0 if result["ratio"] <= 1.2 else 1


if __name__ == "__main__":
    sys.exit(main())
