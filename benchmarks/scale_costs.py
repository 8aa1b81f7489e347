"""What an article costs at each step, by the committed results, and how far one unit of each part goes.

Pure: results in (as their JSON files have them, by name), costs out. Every cost names the file and the key
that it comes from; what no result says is an assumption, and ASSUMED has all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DAY = 86_400.0
SIZES = (100_000, 1_000_000, 10_000_000, 100_000_000)
Results = Mapping[str, Mapping[str, Any]]
WORKER = "whole intake but the model, PostgreSQL: the worker"
SERVER = "the same: PostgreSQL's own processes"


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is not measured."""

    value: float
    unit: str
    what: str


ASSUMED: Mapping[str, Assumed] = {
    "peak": Assumed(3, "times", "the busiest hour over the mean of a day"),
    "use": Assumed(0.6, "of its time", "how busy a part may be in that hour"),
    "new": Assumed(5, "articles", "new ones that a poll of a feed brings, of the 50 that it shows"),
    "network": Assumed(0.5, "s", "what a site takes to answer"),
    "interval": Assumed(300, "s", "how often a source is polled"),
    "a_source": Assumed(240, "articles a day", "what one source publishes"),
    "kept": Assumed(90, "days", "how long articles are kept"),
    "machine": Assumed(16, "cores", "a machine; cores as fast as those that were measured"),
    "disk": Assumed(4_000, "GB", "the disk of a database"),
    "dead": Assumed(120, "s", "two leases: the longest until another has the sources of a worker that died"),
    "exchange": Assumed(4, "s", "a classifier loads a new champion between two batches"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one article takes of one core, or of one GPU, in microseconds, and where that stands."""

    step: str
    micros: float
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """One unit of something that articles pass: `micros` of it for each. `most` is how many units there can
    be (None: any number), `next` what is done when they are used up."""

    name: str
    unit: str
    micros: float
    most: int | None
    next: str
    source: str

    def a_day(self) -> float:
        """Articles a day that one unit is enough for, in its busiest hour."""
        return DAY * 1e6 / self.micros * ASSUMED["use"].value / ASSUMED["peak"].value

    def units(self, a_day: float) -> int:
        """Units for so many articles a day."""
        return max(1, math.ceil(a_day / self.a_day()))

    def used_up(self, a_day: float) -> float:
        """Of all the units that there can be (of one, where there can be any number), the share that so many
        articles a day need; above 1 it is a bottleneck."""
        return a_day / self.a_day() / (self.most or 1)


def costs(results: Results) -> list[Cost]:
    """The steps, in the order of the ingest line and the watch."""
    feeds = results["sandbox"]["polls"]["rss, 50 items"]["child_ms"]
    before = results["scale"]["prepare_us"]["300"]
    linking = results["companies"]["speed"]["10000"]["texts_per_second"]
    speed = results["stories_speed"]["speed"]
    int8 = results["classify"]["ways"]["ours, int8"]["texts_per_second"]
    threads = results["classify"]["threads"]
    gpu = results["gpu"]["end_to_end"]["texts_per_second"]
    sqlite, postgresql = (results["scale"]["stores"][name][0] for name in ("sqlite", "postgresql"))
    counted = {one["database"]: one["counting"] for one in results["intake"]["runs"]}
    batch = results["intake"]["batch"]
    look = results["rollups"]["runs"][-1]["look"]["median"]
    notifier = results["sandbox"]["calls"]["notifier"]["child_ms"]
    return [
        Cost(
            "fetch and parse (a poll of 50 items, shared by those that are new)",
            1000 * feeds / ASSUMED["new"].value,
            "sandbox.json polls, and the assumption `new`",
        ),
        Cost("normalise", before["normalise"], "scale.json prepare_us"),
        Cost("link, 200 companies", before["link"], "scale.json prepare_us"),
        Cost("link, 10,000 companies", 1e6 / linking, "companies.json speed"),
        Cost("identify (MinHash)", before["identify"], "scale.json prepare_us"),
        Cost("story, by text", 1e6 / speed["text_per_second"], "stories_speed.json"),
        Cost("story, by vectors", 1e6 / speed["joining_per_second"], "stories_speed.json"),
        Cost("classify, int8, of one core", threads * 1e6 / int8, "classify.json ways"),
        Cost("classify, of one H200 (and its 16 cores)", 1e6 / gpu, "gpu.json end_to_end"),
        Cost("whole intake but the model, SQLite", sqlite["process_us"], "scale.json stores"),
        Cost(
            "whole intake but the model, PostgreSQL: the worker",
            postgresql["process_us"],
            "scale.json stores",
        ),
        Cost("the same: PostgreSQL's own processes", postgresql["server_us"], "scale.json stores"),
        *(
            Cost(f"of these: counting, {name} (by the clock)", 1e6 * seconds / batch, "intake.json counting")
            for name, seconds in counted.items()
        ),
        Cost("watch, a look after 256 articles", 1e6 * look / batch, "rollups.json look"),
        Cost("delivery, a message (not each article)", 1000 * notifier, "sandbox.json calls"),
    ]


def parts(results: Results) -> dict[str, Part]:
    """The parts that can be a bottleneck."""
    of = {one.step: one for one in costs(results)}
    fetch = next(one for step, one in of.items() if step.startswith("fetch"))
    sqlite = of["whole intake but the model, SQLite"]
    worker = of[WORKER]
    server = of[SERVER]
    chunk = results["scale"]["stores"]["postgresql"][0]["at_a_time"]
    commits = results["commits"]["postgresql"]["per_second"]
    look = of["watch, a look after 256 articles"]
    cpu, gpu = of["classify, int8, of one core"], of["classify, of one H200 (and its 16 cores)"]
    return {
        "sqlite": Part(
            "SQLite's one writer", "writer", sqlite.micros, 1, "PostgreSQL and several workers", sqlite.source
        ),
        "ingest": Part(
            "ingest on PostgreSQL, worker and server in turn",
            "thread",
            fetch.micros + worker.micros + server.micros,
            None,
            "more workers; sources are shared out among them",
            f"{fetch.source}; {worker.source}",
        ),
        "cpu": Part("classifier on cores", "core", cpu.micros, None, "more replicas, or a GPU", cpu.source),
        "gpu": Part("classifier on a H200", "GPU", gpu.micros, None, "a second GPU", gpu.source),
        "server": Part(
            "PostgreSQL's cores",
            "core",
            server.micros,
            64,
            "a larger machine; beyond it, one installation for each desk or region",
            server.source,
        ),
        "commits": Part(
            "commits that move one hour's counts",
            "hour",
            1e6 / commits / chunk,
            1,
            "larger bundles (sources polled less often bring more at once); beyond it, one installation for"
            " each desk or region",
            "commits.json postgresql (the worst case: every commit on the same few cells), divided by the"
            " articles of a commit, scale.json at_a_time",
        ),
        "watch": Part(
            "the watch, one leading process",
            "core",
            look.micros,
            1,
            "a longer `[jobs] watch_seconds`; beyond it, rules and companies divided among installations",
            look.source,
        ),
    }


def gigabytes(results: Results, store: str, characters: int, a_day: float) -> float:
    """What a day's articles of so many characters add to a store."""
    found = {one["characters"]: one["bytes"] for one in results["scale"]["stores"][store]}
    return float(found[characters] * a_day / 1e9)


def plan(a_day: float, found: Mapping[str, Part]) -> str:
    """Which parts an installation of this size is made of: "sqlite" while its writer is enough, else
    "postgresql"."""
    return "sqlite" if found["sqlite"].used_up(a_day) <= 1 else "postgresql"


def bottlenecks(a_day: float, found: Mapping[str, Part]) -> list[tuple[Part, float]]:
    """The parts in use at a size, the most used first; those of any number by their first unit."""
    store = plan(a_day, found)
    names = (
        ("sqlite", "cpu", "watch") if store == "sqlite" else ("ingest", "cpu", "server", "commits", "watch")
    )
    rows = [(found[name], found[name].used_up(a_day)) for name in names]
    return sorted(rows, key=lambda row: -row[1])
