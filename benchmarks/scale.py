"""How many machines for how many articles, from measured parts: writes docs/scale.md.

    python -m benchmarks.scale [--measure]

What each step costs an article is read from the committed results of the other programs, and from this one's
own (benchmarks/results/scale.json, which --measure makes anew: `benchmarks.scale_parts`). From these follow
the machines for SIZES articles a day, and which part is used up first (`benchmarks.scale_costs`). The way of
an article through the queues is simulated at each size, on an ordinary day, in a burst, with a node that
dies and with a new model (`benchmarks.queues`), and the same simulation is held beside a run of a real worker
(benchmarks/results/latency.json). `benchmarks.scale_page` writes it down.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import scale_costs, scale_page
from benchmarks.machine import command, describe, rounded
from benchmarks.queues import Beat, Burst, Found, Line, Silence, Stage, Trouble, run
from benchmarks.scale_costs import ASSUMED, SIZES
from benchmarks.scale_parts import measured

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
SECONDS, WARM, AT = 1500.0, 300.0, 600.0
"""Of a simulation: how long articles are published, what is left out at first, when trouble begins."""
BURST = Burst(AT, 300.0, 10.0)
MOST_SOURCES = 1500
"""Sources that are simulated; of more, several are one, which brings as much."""
SEED = 1
TICKS = 5.0
"""Seconds between two looks of the watch, and of the outbox, as shipped ([jobs])."""
NOTICED = TICKS / 10
"""A job's slot is looked for ten times between two of its runs (monitor/schedule/scheduler.py)."""


def line_of(a_day: float, results: scale_costs.Results) -> tuple[Line, dict[str, int]]:
    """The queues of an installation of this size, and how many units of each part it has."""
    found = scale_costs.parts(results)
    store = scale_costs.plan(a_day, found)
    units = {"cpu": found["cpu"].units(a_day)}
    if store == "sqlite":
        units["sqlite"] = 1
        keeping = Stage("store", 1, 0.0, found["sqlite"].micros / 1e6)
    else:
        units["ingest"] = max(2, found["ingest"].units(a_day))
        keeping = Stage("store", units["ingest"], 0.0, found["ingest"].micros / 1e6)
    places = 8 * units.get("ingest", 1)
    sources = max(1, round(a_day / ASSUMED["a_source"].value))
    stages = (
        Stage("fetch", places, ASSUMED["network"].value, 0.0),
        Stage("classify", units["cpu"], 0.0, found["cpu"].micros / 1e6),
        keeping,
    )
    watch = Beat(TICKS, NOTICED, 0.0, found["watch"].micros / 1e6)
    outbox = Beat(TICKS, NOTICED, results["sandbox"]["calls"]["notifier"]["child_ms"] / 1000)
    rate, interval = a_day / scale_costs.DAY, ASSUMED["interval"].value
    return Line(rate, min(sources, MOST_SOURCES), interval, stages, watch, outbox), units


def days(a_day: float, results: scale_costs.Results) -> dict[str, Any]:
    """An ordinary day and three others, in seconds from published, and from polled, to the message."""
    line, units = line_of(a_day, results)
    half = max(1, units["cpu"] // 2)
    threads = units.get("ingest", 1)
    machines = max(2, -(-threads // round(ASSUMED["machine"].value))) if "ingest" in units else 1
    share, lost = 1 / machines, -(-threads // machines)
    trouble: Mapping[str, dict[str, Any]] = {
        "ordinary": {},
        "burst": {"burst": BURST},
        "dead node": {
            "silence": Silence(AT, ASSUMED["dead"].value, share),
            "troubles": [Trouble("store", AT, ASSUMED["dead"].value, lost, dies=True)],
        },
        "new model": {
            "troubles": [
                Trouble("classify", at, ASSUMED["exchange"].value, some, dies=False)
                for at, some in ((AT, half), (AT + 10, units["cpu"] - half))
            ]
        },
    }
    told = {name: _told(run(line, SECONDS, SEED, warm=WARM, **more)) for name, more in trouble.items()}
    return {
        "a_day": a_day,
        "units": units,
        "sources": line.sources,
        "days": told,
        "dead_share": rounded(share),
    }


def _told(found: Found) -> dict[str, Any]:
    waited = found.seconds - found.polled
    return {
        "articles": found.told,
        "p50": rounded(found.quantile(0.5)),
        "p95": rounded(found.quantile(0.95)),
        "worst_minute_p95": rounded(_worst_minute(found)),
        "after_poll_p50": rounded(float(np.quantile(waited, 0.5))),
        "longest_queue": {queue.stage.name: queue.most for queue in found.queues},
    }


def _worst_minute(found: Found) -> float:
    """The greatest p95 of the articles published within one minute."""
    minutes = (found.published // 60).astype(int)
    parts = [found.seconds[minutes == minute] for minute in np.unique(minutes)]
    return max(float(np.quantile(one, 0.95)) for one in parts if len(one))


def beside_a_run(results: scale_costs.Results) -> dict[str, Any]:
    """The simulation of what `benchmarks.latency` did: eight articles at a time, on one machine, from when
    they were polled to the message; over twenty phases of the watch and the outbox to each other."""
    found = scale_costs.parts(results)
    judge = results["classify"]["threads"]
    stages = (
        Stage("classify", 1, 0.0, found["cpu"].micros / judge / 1e6),
        Stage("store", 1, 0.0, found["sqlite"].micros / 1e6),
    )
    outbox = Beat(TICKS, NOTICED, results["sandbox"]["calls"]["notifier"]["child_ms"] / 1000)
    watch = Beat(TICKS, NOTICED, results["rollups"]["runs"][0]["look"]["median"])
    line = Line(0.8, 1, 10.0, stages, watch, outbox)
    runs = [run(line, 300.0, seed) for seed in range(20)]
    waited = [one.seconds - one.polled for one in runs]
    medians = [float(np.median(one)) for one in waited]
    every = np.concatenate(waited)
    return {
        "real": results["latency"]["seconds"],
        "median": rounded(float(np.median(every))),
        "p95": rounded(float(np.quantile(every, 0.95))),
        "most": rounded(float(every.max())),
        "medians_by_phase": [rounded(min(medians)), rounded(max(medians))],
    }


def read() -> dict[str, dict[str, Any]]:
    """The committed results, by name."""
    files = sorted(RESULTS.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files if file.stem in READ}


READ: Sequence[str] = (
    *("sandbox", "companies", "stories_speed", "classify", "gpu", "intake", "commits", "rollups"),
    *("latency", "scale"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write docs/scale.md from measured parts.")
    parser.add_argument("--measure", action="store_true", help="measure this program's own parts anew")
    arguments = parser.parse_args()
    file = RESULTS / "scale.json"
    if arguments.measure:
        result = {
            "benchmark": "scale",
            "command": command(parser, arguments),
            **describe("sqlalchemy", "psycopg", "numpy"),
            **measured(),
        }
    else:
        result = json.loads(file.read_text(encoding="utf-8"))
    results = {**read(), "scale": result}
    result["simulated"] = [days(size, results) for size in SIZES]
    result["beside_a_run"] = beside_a_run(results)
    file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    scale_page.write(results, ROOT / "docs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
