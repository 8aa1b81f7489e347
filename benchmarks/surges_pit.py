"""Whether the p of a count is uniform: by level and window, on the archive's weeks in another order.

    python -m benchmarks.surges_pit --data ../shared/data/streams/reuters_2006_2010.parquet --store FILE
        [--out FILE]

Whole weeks of the archive in the store FILE (`benchmarks.surges` makes it) are shuffled, all series together,
companies without the weeks around their listed events. Baselines are fitted on 26 weeks, as in use, and every
day of the four weeks after them the windows that end with it are looked at; then the next four, and so on.
What is looked at is the tail of the negative binomial of the mean and variance that are expected, as the
detectors take it (`detection.tails`), before anything is corrected over windows. The counts are whole or not,
and many are 0, so the part of each p between a count and the next is drawn (the randomised probability
integral transform; Czado, Gneiting and Held, Biometrics 65, 2009, 1254-1261). Were all as fitted, p would be
uniform: a half in the mean, and under 0.01 one time in a hundred.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import surges_data
from benchmarks.machine import command, describe, hand_over, rounded
from benchmarks.surges import FORWARD, listed_events, settled, without
from monitor.detection import baselines, cells, refits, tails
from monitor.detection.boards import Board
from monitor.detection.panels import LENGTHS, Panel, Present
from monitor.store import open_store, past

Floats = NDArray[np.float64]

LEVELS = (0.0, 0.02, 0.1, 0.5, 2.0, np.inf)
"""Negative voices a day, between which series are taken together."""
TESTED = 4
"""Weeks that a fit is tested on."""
HALF_LIFE = 26.0
FEWEST = 20
"""Entries in all without which a series is left out."""


def in_order(panel: Panel, order: NDArray[np.int64]) -> Panel:
    """The panel with its whole weeks in this order."""
    hours = (order[:, None] * refits.WEEK + np.arange(refits.WEEK)).ravel()
    return replace(
        panel,
        negative=panel.negative[:, hours],
        voices=panel.voices[:, hours],
        volume=panel.volume[hours],
        read=panel.read[hours],
    )


def part(panel: Panel, begin: int, end: int) -> Panel:
    """The hours from one to before another, counted from the panel's first."""
    return replace(
        panel,
        start=panel.start + begin,
        negative=panel.negative[:, begin:end],
        voices=panel.voices[:, begin:end],
        volume=panel.volume[begin:end],
        read=panel.read[begin:end],
    )


def present(panel: Panel, hour: int) -> Present:
    """The windows of all series that end with so many hours of a panel."""

    def windows(values: Floats) -> Floats:
        return np.stack([values[..., hour - length : hour].sum(axis=-1) for length in LENGTHS], axis=-1)

    return Present(
        np.arange(len(panel.names)),
        (panel.start + hour) * cells.IN_HOUR,
        LENGTHS,
        windows(panel.negative),
        windows(panel.voices),
        np.tile(windows(panel.volume), (len(panel.names), 1)),
    )


def drawn(found: baselines.Baseline, now: Present, rng: np.random.Generator) -> Floats:
    """The p of every window, (S, W), the part between a count and the next being drawn."""
    mean, variance = found.expect(now)
    unit = np.broadcast_to(found.unit(now.rows), mean.shape)
    counted, due, spread = now.negative / unit, mean / unit, variance / unit**2
    below, above = (tails.upper(np.maximum(counted + side, -0.5), due, spread) for side in (-0.5, 0.5))
    return np.asarray(above + rng.random(mean.shape) * (below - above))


def transformed(panel: Panel, rng: np.random.Generator) -> Floats:
    """The p of all windows of all days that are tested, (days, S, W)."""
    weeks = panel.negative.shape[1] // refits.WEEK
    found = []
    for first in range(refits.PAST, weeks - TESTED + 1, TESTED):
        begin, end = (first - refits.PAST) * refits.WEEK, first * refits.WEEK
        fitted = baselines.fit(part(panel, begin, end), HALF_LIFE)
        for hour in range(end + refits.DAY, end + TESTED * refits.WEEK + 1, refits.DAY):
            found.append(drawn(fitted, present(panel, hour), rng))
    return np.stack(found)


def table(p: Floats, level: Floats) -> list[dict[str, Any]]:
    """By level and window: how many series, the mean of p, how far its distribution is from the uniform one
    at most, and how often it is under 0.1, 0.01 and 0.001."""
    told = []
    for low, high in pairwise(LEVELS):
        some = (level > low) & (level <= high)
        if not some.any():
            continue
        for place, length in enumerate(LENGTHS):
            values = np.sort(p[:, some, place].ravel())
            off = np.abs(values - (np.arange(len(values)) + 0.5) / len(values)).max()
            told.append(
                {
                    "level": [low, None if np.isinf(high) else high],
                    "series": int(some.sum()),
                    "hours": length,
                    "mean": rounded(values.mean()),
                    "off": rounded(off),
                    "under": {str(at): rounded((values < at).mean()) for at in (0.1, 0.01, 0.001)},
                }
            )
    return told


def main() -> int:
    parser = surges_data.asking("surges_pit", __doc__ or "")
    arguments = parser.parse_args()
    listed = listed_events(surges_data.watched(arguments.data))
    with open_store(f"sqlite:///{arguments.store}").read() as tx:
        first = past.first(tx)
        assert first is not None
        changes = without(settled(list(past.changes(tx, FORWARD[1]))), listed)
    board = Board()
    for _, change in changes:
        board.apply(change)
    start = refits.monday(first)
    weeks = (cells.hour(changes[-1][0]) + 1 - start) // refits.WEEK
    end = start + weeks * refits.WEEK
    names = board.names(start * cells.IN_HOUR, FEWEST)
    panel = board.panel(names, start, end, np.ones(end - start, np.bool_))
    rng = np.random.default_rng(8)
    p = transformed(in_order(panel, rng.permutation(weeks)), rng)
    level = panel.negative.sum(axis=1) / (weeks * 7)
    result = {
        "benchmark": "surges_pit",
        "command": command(parser, arguments),
        **describe("numpy", "scipy"),
        "series": len(names),
        "days": len(p),
        "table": table(p, level),
    }
    hand_over(result, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
