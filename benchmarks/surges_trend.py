"""How many false alerts a budget costs where news grows or fades: on counts of which nothing is an event.

    python -m benchmarks.surges_trend --store FILE [--worlds N] [--kept FILE] [--out FILE]

The archive in the store FILE (`benchmarks.surges` makes it) says what the counts are drawn from: the week's
shape, and of each of its companies how often it is told of, what a story about it weighs in which series, and
the dispersion of its days, as the baselines fit it. What names no company is one more such stream.

Hours are independent negative binomials with that dispersion, so that short windows vary somewhat more than
the archive's, and weeks less. What falls into an hour is drawn from that stream's own stories, each with its
weights, as a new story. The series are those of the companies and that of all news: a world of these is
walked through in a minute, and topics are sums of the same stories.

The mean of every hour is multiplied by the yearly growth, and is the archive's in the middle of the time:
everything fades by 40% a year, nothing changes, everything grows by 60%, or (`mixed`) each stream has a
growth of its own between these two.

Each world is walked through from its beginning: 27 weeks, of which cuts are found, then two years in which
openings are counted, the cut of each week being found on the weeks before. Whatever opens is false.
`--kept FILE` keeps what each world cost, and goes on after those that it holds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import command, describe, hand_over, rounded
from benchmarks.surges import FORWARD, Known, cost, settled, summary
from monitor.detection import baselines, cells, refits, rules
from monitor.detection.boards import Board
from monitor.detection.budget import ENOUGH
from monitor.detection.lines import Change, Entry
from monitor.detection.panels import LENGTHS
from monitor.detection.rollups import WHOLE
from monitor.detection.seasons import Calendar
from monitor.store import open_store, past

Floats = NDArray[np.float64]

YEARS = 2
WEEKS = ENOUGH + 1 + 52 * YEARS
"""Of a world, with those that are not counted."""
START = refits.monday(cells.hour(FORWARD[0]))
"""The hour in which every world begins."""
GROWTHS: dict[str, tuple[float, float]] = {
    "fades": (0.6, 0.6),
    "level": (1.0, 1.0),
    "grows": (1.6, 1.6),
    "mixed": (0.6, 1.6),
}
"""What a year multiplies the news by: from, to."""
KINDS = ("company", "all")
HALF_LIFE = 1000.0  # weeks: all of the archive weighs the same
DAY = LENGTHS.index(24)

Told = tuple[tuple[str, bool, int], ...]
"""A story: the series that it counts in, whether it is negative there, and its weight."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The stories of a company, or those of none: how many an hour, their variance over their mean, and which
    they are."""

    level: float
    dispersion: float
    stories: tuple[Told, ...]


def streams(changes: Sequence[Known], weeks: float, spread: Mapping[str, float]) -> list[Stream]:
    """The streams of an archive of so many weeks; `spread` is the dispersion of the days of each series."""
    told: dict[tuple[int, str, int], list[tuple[str, bool, int]]] = {}
    weights: dict[str, list[float]] = {}
    for _, (_, series, entry, _) in changes:
        if rules.kind(series) not in KINDS:
            continue
        one = told.setdefault((entry.story_id, entry.voice, entry.article_id), [])
        one.append((series, entry.negative, entry.weight))
        weights.setdefault(rules.kind(series), []).append(entry.weight / WHOLE)
    by_owner: dict[str, list[Told]] = {}
    for some in told.values():
        about = sorted(series for series, _, _ in some if rules.kind(series) == "company")
        by_owner.setdefault(about[0] if about else "all", []).append(tuple(some))
    return [
        Stream(
            len(some) / weeks / refits.WEEK,
            of_numbers(np.array(weights[rules.kind(name)]), spread.get(name, 1.0)),
            tuple(some),
        )
        for name, some in sorted(by_owner.items())
    ]


def of_numbers(weights: Floats, spread: float) -> float:
    """The dispersion of the number of stories of such weights with which that of what they weigh together is
    `spread`; never less than a Poisson's."""
    mean = float(weights.mean())
    return max((spread * mean - float(weights.var())) / mean**2, 1.0)


def drawn(
    some: Sequence[Stream], week: Floats, growth: tuple[float, float], rng: np.random.Generator, weeks: int
) -> Iterator[past.Moment]:
    """A world, story by story."""
    hours = np.arange(weeks * refits.WEEK)
    years = (hours - hours.mean()) / (52 * refits.WEEK)
    found: list[tuple[float, int]] = []
    for place, stream in enumerate(some):
        grown = np.exp(rng.uniform(*np.log(growth)) * years)
        mean = stream.level * np.resize(week, len(hours)) * grown
        number = numbers(mean, stream.dispersion, rng)
        within = np.repeat(hours, number) + rng.random(int(number.sum()))
        found += [(one, place) for one in within.tolist()]
    found.sort()
    for story, (at_hour, place) in enumerate(found):
        stories = some[place].stories
        at = cells.begins(START, cells.HOUR) + at_hour * cells.HOUR
        cell = cells.cell(at)
        yield (
            at,
            [
                Change(1, series, Entry(cell, story, "", story, negative, weight), fresh=True)
                for series, negative, weight in stories[int(rng.integers(len(stories)))]
            ],
        )


def numbers(mean: Floats, dispersion: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Negative binomials of these means, their variance so many times as large; 1: Poisson."""
    if dispersion <= 1.0:
        return np.asarray(rng.poisson(mean))
    size = np.maximum(mean, 1e-12) / (dispersion - 1)
    return np.asarray(rng.negative_binomial(size, 1 / dispersion))


def fitted(changes: Sequence[Known], first: int) -> tuple[list[Stream], Floats]:
    """The streams of an archive, and the shape of its week."""
    board = Board()
    for _, change in changes:
        board.apply(change)
    end = cells.hour(changes[-1][0]) + 1
    names = [name for name in board.names(0) if rules.kind(name) in KINDS]
    read = np.ones(end - first, np.bool_)
    panel = board.panel(names, first, end, read)
    spread = baselines.fit(panel, HALF_LIFE).dispersion[:, DAY]
    week = Calendar.of(panel.volume, read, first).week
    named = dict(zip(names, spread.tolist(), strict=True))
    return streams(changes, (end - first) / refits.WEEK, named), week


def main() -> int:
    parser = argparse.ArgumentParser(prog="surges_trend", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", type=Path, required=True, help="SQLite file with the archive in it")
    parser.add_argument("--worlds", type=int, default=4, help="drawn of each growth")
    parser.add_argument("--kept", type=Path, help="what worlds cost, one a line, to go on after")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/surges_trend.json"))
    arguments = parser.parse_args()
    with open_store(f"sqlite:///{arguments.store}").read() as tx:
        first = past.first(tx)
        assert first is not None
        changes = settled(list(past.changes(tx, FORWARD[1])))
    some, week = fitted(changes, first)
    known = sorted({series for stream in some for one in stream.stories for series, _, _ in one})
    known.remove("all")
    kept: dict[tuple[str, int], dict[str, float]] = {}
    if arguments.kept is not None and arguments.kept.exists():
        for line in arguments.kept.read_text("utf-8").splitlines():
            name, world, rates = json.loads(line)
            kept[name, world] = rates
    for world, (place, (name, growth)) in product(range(arguments.worlds), enumerate(GROWTHS.items())):
        if (name, world) in kept:
            continue
        rng = np.random.default_rng([5, place, world])
        kept[name, world] = cost(drawn(some, week, growth, rng, WEEKS), START, known)
        line = json.dumps([name, world, kept[name, world]])
        print(line, file=sys.stderr, flush=True)
        if arguments.kept is not None:
            with arguments.kept.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
    told = {
        name: {
            "yearly": list(growth),
            "budgets": summary([kept[name, world] for world in range(arguments.worlds)]),
        }
        for name, growth in GROWTHS.items()
    }
    result = {
        "benchmark": "surges_trend",
        "command": command(parser, arguments),
        **describe("numpy", "scipy"),
        "worlds": arguments.worlds,
        "weeks": 52 * YEARS,
        "streams": len(some),
        "stories_a_week": rounded(sum(one.level for one in some) * refits.WEEK),
        "growths": told,
    }
    hand_over(result, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
