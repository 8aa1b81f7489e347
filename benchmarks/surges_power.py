"""How much of a planted surge is found, beside others and beside one who knows nearly everything.

    python -m benchmarks.surges_power --data ../shared/data/streams/reuters_2006_2010.parquet

Counts are drawn with the archive's week and a dispersion like its hours' (`surges_simulated`). For each level
(voices a day), size and length 2,000 surges are planted, one in a series, each with 26 weeks of past. Every
detector sees the same counts, every hour. The cut of each is set on drawn weeks without surges, by level, so
that all open equally often by chance (`--rate` for each series and week); where its scores are tied at the
cut, chance decides, so that ties give no advantage. A surge is found if an alert opens between its start and
twelve hours after its end. An alert is open until a day has passed under the cut.

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    rarity,
)
from monitor.detection import cells
from monitor.detection.detectors.farrington import Farrington
from monitor.detection.detectors.surge import Surge
from monitor.detection.detectors.zscore import ZScore
from monitor.detection.seasons import Calendar

Floats = NDArray[np.float64]
Scorer = Callable[[Run, float, range, NDArray[np.int64], Floats], Floats]
"""How rare the hours of some rows are, given what is planted on them and of which size."""

LEVELS = (0.02, 0.2, 1.0, 5.0, 20.0)
SIZES = (2.0, 3.0, 5.0)
HOURS = (6, 12, 24, 48, 72, 120)
AFTER = 12  # hours after its end in which a surge may be found
QUIET = 24  # hours under the cut that close an alert
NULL_WEEKS = 4
GROUPS = 4  # different moments at which the plants of one draw begin
WORTH = 0.2  # power of the oracle from which a cell counts


def scorers() -> dict[str, Scorer]:
    """The oracle and the others, by name."""
    found: dict[str, Scorer] = {"oracle": oracle}
    for detector in (Surge(), ZScore(), Farrington()):
        found[detector.kind] = lambda run, size, hours, rows, extra, one=detector: rarity(  # type: ignore[misc]
            one, run, hours, rows, extra
        )
    found["page_hinkley"] = lambda run, size, hours, rows, extra: page_hinkley(run, hours, rows, extra)
    found["adwin"] = lambda run, size, hours, rows, extra: adwin(run, hours, rows, extra)
    return found


@dataclass(frozen=True)
class Cuts:
    """By detector, size and level; a cut, and the chance that what lies on it opens."""

    found: Mapping[tuple[str, float, int], tuple[float, float]]

    @classmethod
    def calibrated(cls, world: World, draws: int, rate: float, some: Mapping[str, Scorer]) -> Cuts:
        """On so many draws of weeks without surges."""
        level = np.repeat(np.arange(len(world.levels)), world.each)
        rows = np.arange(len(level))
        kept: dict[tuple[str, float], list[NDArray[np.float32]]] = {}
        for draw in range(draws):
            run = drawn(world, NULL_WEEKS * WEEK, np.random.default_rng([1, draw]))
            hours = range(run.first, run.first + NULL_WEEKS * WEEK)
            nothing = np.zeros((len(rows), len(hours)))
            for name, scorer in some.items():
                # Only the oracle knows the size.
                for size in SIZES if name == "oracle" else SIZES[:1]:
                    values = scorer(run, size, hours, rows, nothing)
                    kept.setdefault((name, size), []).append(values.astype(np.float32))
            _tell(f"null {draw + 1} of {draws}")
        target = rate * draws * world.each * NULL_WEEKS
        found = {}
        for (name, size), values in kept.items():
            for place in range(len(world.levels)):
                one = cut(np.concatenate([value[level == place] for value in values]), target, QUIET)
                for each in (size,) if name == "oracle" else SIZES:
                    found[name, each, place] = one
        return cls(found)


def planted(
    world: World, draws: int, cuts: Cuts, some: Mapping[str, Scorer]
) -> dict[tuple[int, float, int], dict[str, Floats]]:
    """By level, size and length, and by detector: the chance that each plant is found."""
    level = np.repeat(np.arange(len(world.levels)), world.each)
    found: dict[tuple[int, float, int], dict[str, list[Floats]]] = {}
    for draw in range(draws):
        run = drawn(world, 3 * WEEK, np.random.default_rng([2, draw]))
        rng = np.random.default_rng([3, draw])
        for group in range(GROUPS):
            rows = np.arange(group, len(level), GROUPS)
            start = run.first + WEEK + int(rng.integers(WEEK))
            for size in SIZES:
                for length in HOURS:
                    hours = range(start - 1, start + length + AFTER)
                    extra = np.zeros((len(rows), len(hours)))
                    mean = world.truth[rows, None] * run.mean[start : start + length]
                    extra[:, 1 : 1 + length] = counts(mean * (size - 1), world.dispersion, rng)
                    for name, scorer in some.items():
                        values = scorer(run, size, hours, rows, extra).astype(np.float32)
                        for place in range(len(world.levels)):
                            one = caught(values[level[rows] == place], cuts.found[name, size, place])
                            cell = found.setdefault((place, size, length), {})
                            cell.setdefault(name, []).append(one)
        _tell(f"plants {draw + 1} of {draws}")
    return {
        cell: {name: np.concatenate(parts) for name, parts in by_name.items()}
        for cell, by_name in found.items()
    }


def summary(
    found: Mapping[tuple[int, float, int], Mapping[str, Floats]],
    levels: Sequence[float],
    names: Sequence[str],
) -> dict[str, Any]:
    """Power by cell, and each detector's ratio to the oracle with its interval."""
    rng = np.random.default_rng(4)
    cells_, ratios = [], {name: [] for name in names if name != "oracle"}
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
        cells_.append(row)
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
    return {"ratios": told, "cells": cells_}


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
    parser.add_argument("--dispersion", type=float, default=1.2, help="variance over mean of an hour")
    parser.add_argument("--plants", type=int, default=2000, help="of each level, size and length")
    parser.add_argument("--each", type=int, default=400, help="series of a level in one draw")
    parser.add_argument("--nulls", type=int, default=12, help="draws of four weeks without surges")
    parser.add_argument("--rate", type=float, default=0.01, help="openings by chance, a series and week")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/surges_power.json"))
    arguments = parser.parse_args()
    began = time.monotonic()
    world = World(week_of(arguments.data), arguments.dispersion, LEVELS, arguments.each, 26)
    some = scorers()
    cuts = Cuts.calibrated(world, arguments.nulls, arguments.rate, some)
    found = planted(world, -(-arguments.plants // arguments.each), cuts, some)
    result = {
        "command": machine.command(parser, arguments),
        **machine.describe("numpy", "scipy", "river"),
        "seconds": round(time.monotonic() - began),
        "dispersion": arguments.dispersion,
        "rate": arguments.rate,
        "null_weeks": arguments.nulls * arguments.each * NULL_WEEKS,
        "week": [machine.rounded(one) for one in world.shape],
        **summary(found, LEVELS, list(some)),
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for name, one in result["ratios"].items():
        print(f"{name}: {one}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
