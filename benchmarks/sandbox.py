"""What it costs to run plugins where they can be killed.

    python -m benchmarks.sandbox

One poll of each bundled source, and of one in a file, in this process and in a child that is warm; the same
for a strategy, a detector and a notifier; a child's start; the processes and the memory of a hundred sources
polled eight at a time, of one plugin and of a hundred; and a record's check of its fields. Medians, and
both sides of a comparison in turns in one run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import make_dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from benchmarks.machine import command, describe, rounded
from monitor.extensions.building import build
from monitor.extensions.loading import Origin, load
from monitor.hookspecs import Response
from monitor.records import Item, PollResult
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import DetectorProxy, NotifierProxy, SourceProxy, StrategyProxy
from monitor.schedule.polling import Polling
from monitor.testing import FakeFetcher, make_delivery, make_panel, make_pool, make_present

URL = "https://feed.example/rss"
PLUGIN = """
from dataclasses import dataclass
from monitor import Fetched, Item, hookimpl


@dataclass
class Source:
    items: int = 50
    kind = "{kind}"

    def fetch(self, state, fetcher):
        items = [Item(title=f"headline {{n}}", text="x" * 500, guid=str(n)) for n in range(self.items)]
        return Fetched(items)


@dataclass
class Notifier:
    kind = "{kind}"

    def send(self, delivery, fetcher):
        fetcher.post("https://feed.example/rss", delivery.id.encode())


@hookimpl
def register_sources():
    return [Source]


@hookimpl
def register_notifiers():
    return [Notifier]
"""


def feed(items: int) -> bytes:
    """A feed of so many items with half a thousand characters each."""
    entries = "".join(
        f"<item><title>Bank number {n} publishes its report</title><guid>{n}</guid>"
        f"<link>https://feed.example/{n}</link><pubDate>Mon, 02 Mar 2026 08:00:00 +0800</pubDate>"
        f"<description>{'The lender said that it would not appeal. ' * 12}</description></item>"
        for n in range(items)
    )
    return f'<rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'.encode()


def in_turns(repeats: int, **ways: Callable[[], object]) -> dict[str, float]:
    """Median milliseconds of each way, tried in turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append((time.perf_counter() - start) * 1000)
    return {name: rounded(statistics.median(times)) for name, times in taken.items()}


def compared(repeats: int, here: Callable[[], object], child: Callable[[], object]) -> dict[str, float]:
    """One call in this process and in a warm child (milliseconds)."""
    found = in_turns(repeats, here=here, child=child)
    return {
        "here_ms": found["here"],
        "child_ms": found["child"],
        "more_ms": rounded(found["child"] - found["here"]),
    }


def polls(pool: Pool, folder: Path, repeats: int) -> dict[str, Any]:
    """One poll of each source."""
    rows = folder / "archive.jsonl"
    row = json.dumps({"title": "Bank publishes its report", "text": "It would not appeal. " * 25})
    rows.write_text(f"{row}\n" * 10_000, encoding="utf-8")
    fetcher = FakeFetcher({URL: Response(200, URL, {"content-type": "application/rss+xml"}, feed(50))})
    mine = folder / "mine.py"
    mine.write_text(PLUGIN.format(kind="mine"), encoding="utf-8")
    sources = {
        "rss, 50 items": (bundled("rss"), "rss", {"url": URL}),
        "rss, not changed (304)": (bundled("rss"), "rss", {"url": URL}),
        "jsonl, 10,000 rows": (bundled("jsonl"), "jsonl", {"path": str(rows)}),
        "sample, a week": (bundled("sample"), "sample", {}),
        "a file of one's own, 50 items": (Origin("mine", "directory", str(mine)), "mine", {}),
    }
    found = {}
    for name, (origin, kind, options) in sources.items():
        here = build(load(origin).classes["sources", kind], kind, options, "")
        child = SourceProxy(pool, origin, "sources", kind, name, options, "")
        state: dict[str, Any] = {}
        answers = fetcher
        if "304" in name:
            answers = FakeFetcher({URL: Response(304, URL, {}, b"")})
        many = max(5, repeats // 20) if "10,000" in name else repeats
        found[name] = compared(
            many, partial(here.fetch, state, answers), partial(child.fetch, state, answers)
        )
    return found


def bundled(name: str) -> Origin:
    return Origin(name, "bundled", f"monitor_plugins.{name}")


def others(pool: Pool, folder: Path, repeats: int) -> dict[str, Any]:
    """One call of each other kind that may run in a child."""
    panel = make_panel(2000, 26)
    present = make_present(panel)
    surge = build(load(bundled("detectors")).classes["detectors", "surge"], "surge", {}, "")
    surge_child = DetectorProxy(pool, bundled("detectors"), "detectors", "surge", "surge", {}, "")
    fitted, learnt = surge.fit(panel), surge_child.fit(panel)
    kind = "least_confidence"
    least = build(load(bundled("strategies")).classes["strategies", kind], kind, {}, "")
    least_child = StrategyProxy(pool, bundled("strategies"), "strategies", kind, kind, {}, "")
    some = make_pool(5000)
    mine = Origin("mine", "directory", str(folder / "mine.py"))
    notifier = build(load(mine).classes["notifiers", "mine"], "mine", {}, "")
    notifier_child = NotifierProxy(pool, mine, "notifiers", "mine", "mine", {}, "")
    fetcher = FakeFetcher({URL: b""})
    return {
        "detector, fit: 2,000 series, 26 weeks": compared(
            5, lambda: surge.fit(panel), lambda: surge_child.fit(panel)
        ),
        "detector, test: 2,000 series": compared(
            max(5, repeats // 20),
            lambda: surge.test(fitted, present),
            lambda: surge_child.test(learnt, present),
        ),
        "strategy, 5,000 articles": compared(
            max(5, repeats // 20),
            lambda: least.select(some, 5000, np.random.default_rng(0)),
            lambda: least_child.select(some, 5000, np.random.default_rng(0)),
        ),
        "notifier": compared(
            repeats,
            lambda: notifier.send(make_delivery(), fetcher),
            lambda: notifier_child.send(make_delivery(), fetcher),
        ),
    }


def starts(folder: Path, repeats: int) -> dict[str, float]:
    """From nothing to the first answer (milliseconds)."""

    def start(origin: Origin) -> Callable[[], None]:
        def run() -> None:
            pool = Pool()
            pool.describe(origin)
            pool.close()

        return run

    mine = Origin("mine", "directory", str(folder / "mine.py"))
    return in_turns(
        max(5, repeats // 10), **{"a file of one's own": start(mine), "rss": start(bundled("rss"))}
    )


def hundred(folder: Path, plugins: int) -> dict[str, Any]:
    """A hundred sources of so many plugins, eight at a time: processes and memory, at most and after."""
    body = feed(50)
    fetcher = FakeFetcher({URL: Response(200, URL, {}, body)})
    pool = Pool()
    if plugins == 1:
        origins = [(bundled("rss"), "rss", {"url": URL})] * 100
    else:
        origins = []
        for n in range(plugins):
            file = folder / f"mine_{n}.py"
            file.write_text(PLUGIN.format(kind=f"mine_{n}"), encoding="utf-8")
            origins.append((Origin(file.stem, "directory", str(file)), f"mine_{n}", {}))
    proxies = {
        f"s{n}": SourceProxy(pool, origin, "sources", kind, f"s{n}", options, "")
        for n, (origin, kind, options) in enumerate(origins)
    }

    def poll(name: str) -> PollResult:
        fetched = proxies[name].fetch({}, fetcher)
        return PollResult(name, True, len(fetched.items))

    polling = Polling(
        poll,
        dict,
        dict.fromkeys(proxies, True),
        lambda: list(proxies),
        concurrency=8,
        slow_concurrency=2,
    )
    most = {"processes": 0, "memory_mb": 0.0}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            used = memory(pool.pids)
            most["processes"] = max(most["processes"], used["processes"])
            most["memory_mb"] = max(most["memory_mb"], used["memory_mb"])

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    results = polling.now(list(proxies))
    seconds = time.perf_counter() - start
    done.set()
    watcher.join()
    after = memory(pool.pids)
    pool.close()
    assert all(result.fetched == 50 for result in results)
    return {"seconds": rounded(seconds), "at_most": most, "afterwards": after}


def memory(pids: list[int]) -> dict[str, Any]:
    """Processes, and the memory that is theirs alone or their share of what they have together (PSS)."""
    shares = []
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:  # it has just ended
            continue
        shares += [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return {"processes": len(shares), "memory_mb": round(sum(shares) / 1000, 1)}


def records(repeats: int) -> dict[str, float]:
    """100,000 items, with and without the check of their fields (milliseconds)."""
    fields = [(name, Item.__annotations__[name]) for name in Item.__slots__]
    plain = make_dataclass("PlainItem", fields, frozen=True, slots=True)
    values = ("a title", "some text", "https://a.example/1", "guid", "author", datetime.now(UTC), "en")

    def make(cls: Any) -> Callable[[], None]:
        def run() -> None:
            for _ in range(100_000):
                cls(*values)

        return run

    found = in_turns(max(5, repeats // 20), checked=make(Item), unchecked=make(plain))
    return {"checked_ms": found["checked"], "unchecked_ms": found["unchecked"]}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as name:
        folder, pool = Path(name), Pool()
        result = {
            "benchmark": "sandbox",
            "command": command(parser, options),
            **describe("feedparser", "pydantic", "pluggy"),
            "polls": polls(pool, folder, options.repeats),
            "calls": others(pool, folder, options.repeats),
            "starts_ms": starts(folder, options.repeats),
            "hundred_sources": {
                "of one plugin": hundred(folder, 1),
                "of a hundred plugins": hundred(folder, 100),
            },
            "records": records(options.repeats),
        }
        pool.close()
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if options.json or not options.out:
        print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
