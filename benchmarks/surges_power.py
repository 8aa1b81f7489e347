"""How much of a planted surge is found, beside others and beside one who knows nearly everything.

    python -m benchmarks.surges_power --data ../shared/data/streams/reuters_2006_2010.parquet

Counts are drawn with the archive's week and dispersion (`surges_simulated`). In units of one voice, that of
its companies is 1 for hours, 1.2 for six hours, 1.35 for days and 1.8 for weeks (medians of four half years);
six hours is the shortest surge, and `--dispersion` takes another. For each level (voices a day), size and
length 2,000 surges are planted, one in a series, each with 26 weeks of past. Every detector sees the same
counts, every hour. The cut of each is set on drawn weeks without surges, by level, so that all open equally
often by chance (`--rate` for each series and week); where its scores are tied at the cut, chance decides, so
that ties give no advantage. A surge is found if an alert opens between its start and twelve hours after its
end. An alert is open until a day has passed under the cut.

- surge, zscore, farrington: the bundled detectors. They are fitted when the past ends; what `surge` keeps of
  its last hours is brought up to date every other day, as it is every night in use;
- page_hinkley: river's sum (a test holds it against river's), hour by hour, half of the mean hour being what
  an hour may be above the mean;
- adwin: river's window over totals of six hours, its score being how far its mean is above the past's;
- oracle: the likelihood-ratio CUSUM that knows level, week, dispersion and size, and not when.

The ratio is power over the oracle's, over the cells in which the oracle finds a fifth. Its interval is a
bootstrap over plants, paired: the same plants for a detector and the oracle.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.surges_simulated import (
    WEEK,
    Run,
    World,
    adwin,
    caught,
    counts,
    cut,
    drawn,
    oracle,
    page_hinkley,
    rarities,
)
from monitor.detection import cells
from monitor.detection.detectors.farrington import Farrington
from monitor.detection.detectors.surge import Surge
from monitor.detection.detectors.zscore import ZScore
from monitor.detection.seasons import Calendar

Floats = NDArray[np.float64]

LEVELS = (0.02, 0.2, 1.0, 5.0, 20.0)
SIZES = (2.0, 3.0, 5.0)
HOURS = (6, 12, 24, 48, 72, 120)
AFTER = 12  # hours after its end in which a surge may be found
QUIET = 24  # hours under the cut that close an alert
NULL_WEEKS = 4
GROUPS = 4  # different moments at which the plants of one draw begin
WORTH = 0.2  # power of the oracle from which a cell counts


DETECTORS = (Surge(), ZScore(), Farrington())
NAMES = ("oracle", "surge", "zscore", "farrington", "page_hinkley", "adwin")


def scored(
    run: Run, sizes: Sequence[float], hours: range, rows: NDArray[np.int64], extra: Floats
) -> dict[tuple[str, float], NDArray[np.float32]]:
    """How rare everyone finds the hours of some rows, given what is planted on them. Only the oracle knows
    of which size that is; what the others find stands under size 0."""
    found = {("oracle", size): oracle(run, size, hours, rows, extra) for size in sizes}
    for kind, values in rarities(DETECTORS, run, hours, rows, extra).items():
        found[kind, 0.0] = values
    found["page_hinkley", 0.0] = page_hinkley(run, hours, rows, extra)
    found["adwin", 0.0] = adwin(run, hours, rows, extra)
    return {key: values.astype(np.float32) for key, values in found.items()}


Cuts = dict[tuple[str, float, int], tuple[float, float]]
"""By detector, size (0: any) and level: a cut, and the chance that what lies on it opens."""
Found = dict[tuple[int, float, int], dict[str, Floats]]
"""By level, size and length, and by detector: the chance that each plant is found."""


def calibrated(world: World, draws: int, rate: float) -> Cuts:
    """The cuts at which all open equally often, on so many draws of weeks without surges."""
    level = np.repeat(np.arange(len(world.levels)), world.each)
    rows = np.arange(len(level))
    kept: dict[tuple[str, float], list[NDArray[np.float32]]] = {}
    for draw in range(draws):
        run = drawn(world, NULL_WEEKS * WEEK, np.random.default_rng([1, draw]))
        hours = range(run.first, run.first + NULL_WEEKS * WEEK)
        for key, values in scored(run, SIZES, hours, rows, np.zeros((len(rows), len(hours)))).items():
            kept.setdefault(key, []).append(values)
        _tell(f"null {draw + 1} of {draws}")
    target = rate * draws * world.each * NULL_WEEKS
    return {
        (name, size, place): cut(np.concatenate([value[level == place] for value in values]), target, QUIET)
        for (name, size), values in kept.items()
        for place in range(len(world.levels))
    }


def planted(world: World, draws: int, cuts: Cuts) -> Found:
    """Plants in so many draws, one in every series."""
    level = np.repeat(np.arange(len(world.levels)), world.each)
    found: dict[tuple[int, float, int], dict[str, list[Floats]]] = {}
    for draw in range(draws):
        run = drawn(world, 3 * WEEK, np.random.default_rng([2, draw]))
        rng = np.random.default_rng([3, draw])
        for group in range(GROUPS):
            rows = np.arange(group, len(level), GROUPS)
            start = run.first + WEEK + int(rng.integers(WEEK))
            for size, length in product(SIZES, HOURS):
                hours = range(start - 1, start + length + AFTER)
                extra = np.zeros((len(rows), len(hours)))
                mean = world.truth[rows, None] * run.mean[start : start + length]
                extra[:, 1 : 1 + length] = counts(mean * (size - 1), world.dispersion, rng)
                for (name, known), values in scored(run, (size,), hours, rows, extra).items():
                    for place in range(len(world.levels)):
                        one = caught(values[level[rows] == place], cuts[name, known, place])
                        cell = found.setdefault((place, size, length), {})
                        cell.setdefault(name, []).append(one)
        _tell(f"plants {draw + 1} of {draws}")
    return {
        cell: {name: np.concatenate(parts) for name, parts in by_name.items()}
        for cell, by_name in found.items()
    }


def summary(found: Found, levels: Sequence[float], names: Sequence[str] = NAMES) -> dict[str, Any]:
    """Power by cell, and each detector's ratio to the oracle with its interval."""
    rng = np.random.default_rng(4)
    told_cells: list[dict[str, Any]] = []
    ratios: dict[str, list[tuple[float, Floats]]] = {name: [] for name in names if name != "oracle"}
    for (place, size, length), chances in found.items():
        count = len(chances["oracle"])
        picked = rng.integers(count, size=(400, count))
        known = chances["oracle"].mean()
        row: dict[str, Any] = {"level": levels[place], "size": size, "hours": length, "plants": count}
        row["power"] = {name: machine.rounded(chances[name].mean()) for name in names}
        if known >= WORTH:
            drawn_ = {name: chances[name][picked].mean(axis=1) for name in names}
            for name in ratios:
                again = drawn_[name] / np.maximum(drawn_["oracle"], 1e-9)
                ratios[name].append((chances[name].mean() / known, again))
            row["interval"] = {
                name: [machine.rounded(one) for one in np.quantile(kept[-1][1], (0.025, 0.975))]
                for name, kept in ratios.items()
            }
        told_cells.append(row)
    told = {}
    for name, kept in ratios.items():
        each = np.array([one for one, _ in kept])
        again = np.mean([boot for _, boot in kept], axis=0)
        told[name] = {
            "mean": machine.rounded(each.mean()),
            "interval": [machine.rounded(one) for one in np.quantile(again, (0.025, 0.975))],
            "least": machine.rounded(each.min()),
            "cells": len(each),
        }
    return {"ratios": told, "cells": told_cells}


def week_of(data: Path) -> Floats:
    """The shape of the archive's week, in UTC."""
    from pyarrow.parquet import read_table

    dates = read_table(data, columns=["date"]).column("date").to_pylist()
    hours = np.array([cells.hour(datetime.fromisoformat(one)) for one in dates])
    start = int(hours.min())
    volume = np.bincount(hours - start).astype(float)
    return Calendar.of(volume, np.ones(len(volume), dtype=bool), start).week


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="surges_power", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the archive whose week is taken")
    parser.add_argument("--dispersion", type=float, default=1.2, help="variance over mean of any hours")
    parser.add_argument("--plants", type=int, default=2000, help="of each level, size and length")
    parser.add_argument("--each", type=int, default=400, help="series of a level in one draw")
    parser.add_argument("--nulls", type=int, default=12, help="draws of four weeks without surges")
    parser.add_argument("--rate", type=float, default=0.01, help="openings by chance, a series and week")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/surges_power.json"))
    arguments = parser.parse_args()
    began = time.monotonic()
    world = World(week_of(arguments.data), arguments.dispersion, LEVELS, arguments.each, 26)
    cuts = calibrated(world, arguments.nulls, arguments.rate)
    found = planted(world, -(-arguments.plants // arguments.each), cuts)
    result = {
        "command": machine.command(parser, arguments),
        **machine.describe("numpy", "scipy", "river"),
        "seconds": round(time.monotonic() - began),
        "dispersion": arguments.dispersion,
        "rate": arguments.rate,
        "null_weeks": arguments.nulls * arguments.each * NULL_WEEKS,
        "week": [machine.rounded(one) for one in world.shape],
        **summary(found, LEVELS),
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for name, one in result["ratios"].items():
        print(f"{name}: {one}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
