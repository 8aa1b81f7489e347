"""Counts of many series while they change, for whoever goes through time: windows, evidence, the past.

A `Board` holds what the cells of the store hold, for a walk through the past that does not ask the store at
each step. Changes come in the order in which they became known; what each says may be of any earlier cell.
So a window that is read between two changes counts exactly what the store counted then.

What is too old for any window that is still asked for is kept as sums by hour alone (`settle`), so that a
board grows with the news of some days, and with years only by what an hour of a series takes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells, rules
from monitor.detection.lines import (
    ARTICLE,
    CELL,
    NO_ENTRIES,
    WEIGHT,
    Change,
    Entry,
    Hours,
    Line,
    Table,
    Voices,
)
from monitor.detection.panels import Panel, Present
from monitor.detection.rollups import WHOLE
from monitor.detection.turns import NONE, Scale

LENGTHS = (1, 6, 24, 48, 72, 120, 168)
"""Hours of the windows: those that a detector expects, and two between, which `reaches` finds only while a
fit is of last night."""
OTHERS = ":"
"""The row of a pool's series that had nothing in a panel's time: `company:` stands for every such company."""


class Board:
    """Counts of all series as far as the changes that it was given."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._since = 0
        self._settled = 0
        self._voices: Voices = {}

    def begin(self, hours: Mapping[str, Hours], before: int) -> None:
        """Begin with what is known by hour of the time before a cell, on an hour's edge."""
        self._settled = max(self._settled, before)
        for name, found in hours.items():
            line = self._lines.setdefault(name, Line())
            line.settle(self._settled)
            line.old.merge(found)

    def apply(self, change: Change) -> None:
        """Count what a change says, unless it is of a time that was forgotten. Raises ValueError where it
        takes away what never counted."""
        if change.entry.cell < self._since:
            return
        line = self._lines.get(change.series)
        if line is None:
            line = self._lines[change.series] = Line()
            line.settle(self._settled)
        if change.sign > 0:
            line.add(change.entry)
        else:
            line.take(change.entry)

    def names(self, since: int, least: int = 1) -> list[str]:
        """Every series that counts at least so many entries from a cell on, on an hour's edge."""
        return sorted(name for name, line in self._lines.items() if line.number(since) >= least)

    def settle(self, before: int) -> None:
        """Keep what lies before a cell, on an hour's edge, by hour alone: no window that begins earlier is
        asked for any more, but an entry of that time may still come or go."""
        if before > self._settled:
            self._settled = before
            for line in self._lines.values():
                line.settle(before)

    def evidence(
        self, series: str, end: int, hours: int, without: Collection[int] = frozenset()
    ) -> list[Entry]:
        """The negative entries of the window of `hours` that ends before the cell `end`, without those of
        some articles."""
        found = self._within(series, end - hours * cells.IN_HOUR, end)
        return [entry for entry in found if entry.negative and entry.article_id not in without]

    def table(
        self, series: str, end: int, without: Collection[int] = frozenset(), scale: Scale = NONE
    ) -> Table:
        """What counts in the longest window that ends before the cell `end`, without some articles, as
        columns, each with its weight by `scale`; `voices` says whose the numbers of voices are."""
        line = self._lines.get(series)
        if line is None:
            return NO_ENTRIES
        first = bisect_left(line.cells, end - max(LENGTHS) * cells.IN_HOUR)
        found = line.table(self._voices)[:, first : bisect_left(line.cells, end)]
        if without:
            found = found[:, ~np.isin(found[ARTICLE], list(without))]
        if scale.steps:
            found = found.copy()
            found[WEIGHT] = np.rint(found[WEIGHT] * scale.factors(found[CELL]))
        return found

    @property
    def voices(self) -> list[str]:
        """The voices of which a `table` told so far, each in the place of its number."""
        return list(self._voices)

    def present(
        self,
        names: Sequence[str],
        rows: Sequence[int],
        end: int,
        without: Collection[int] = frozenset(),
        scale: Scale = NONE,
    ) -> Present:
        """The windows of these series that end before the cell `end`, as if some articles had never come;
        `rows` are their places in a panel. What counts is scaled by `scale`."""
        starts = [end - hours * cells.IN_HOUR for hours in LENGTHS]
        negative = np.zeros((len(names), len(LENGTHS)))
        voices = np.zeros((len(names), len(LENGTHS)))
        for place, name in enumerate(names):
            negative[place], voices[place] = self._windows(name, starts, end, scale)
            if without:
                for entry in self._of(name, starts[-1], end, without):
                    within = [entry.cell >= start for start in starts]
                    weight = entry.weight / WHOLE * scale.factor(entry.cell)
                    negative[place] -= np.where(within, weight, 0.0)
                    voices[place] -= within
                np.maximum(negative[place], 0.0, out=negative[place])
        volume = np.array(self._windows("all", starts, end)[1], np.float64)
        for entry in self._of("all", starts[-1], end, without) if without else ():
            volume -= [entry.cell >= start for start in starts]
        beside = np.tile(volume, (len(names), 1))
        doubt = tuple(scale.doubt(end, hours) for hours in LENGTHS) if scale.steps else ()
        grain = tuple(scale.grain(end, hours) for hours in LENGTHS) if scale.steps else ()
        return Present(np.asarray(rows, np.int64), end, LENGTHS, negative, voices, beside, doubt, grain)

    def panel(
        self, names: Sequence[str], start: int, end: int, read: NDArray[np.bool_], scale: Scale = NONE
    ) -> Panel:
        """The hours from `start` to before `end` of these series, scaled by `scale`; `read` says when
        somebody was reading."""
        rows: list[NDArray[np.int64]] = []
        hours: list[NDArray[np.int64]] = []
        numbers: list[NDArray[np.int64]] = []
        weights: list[NDArray[np.int64]] = []
        for place, name in enumerate(names):
            at, number, weight = self._hours(name, start, end)
            rows.append(np.full(len(at), place))
            hours.append(at)
            numbers.append(number)
            weights.append(weight)
        shape = (len(names), end - start)
        cell = np.concatenate(rows) * shape[1] + np.concatenate(hours) if rows else np.zeros(0, np.int64)
        total = shape[0] * shape[1]
        # Millionths are whole, so that their sums are the same in any order and in any parts.
        negative = np.bincount(cell, _joined(weights), total).reshape(shape) / WHOLE
        if scale.steps:
            negative = negative * scale.hours(start, end)
        voices = np.asarray(np.bincount(cell, _joined(numbers), total), np.float64).reshape(shape)
        at, of_all, _ = self._hours("all", start, end)
        volume = np.asarray(np.bincount(at, of_all, shape[1]), np.float64)
        pools = tuple(rules.kind(name) for name in names)
        return Panel(tuple(names), pools, start, negative, voices, volume, read)

    def forget(self, before: int) -> None:
        """Drop what lies before a cell, for good. Where some of it was settled, the cell is on an hour's
        edge."""
        self._since = max(self._since, before)
        for line in self._lines.values():
            line.forget(before)

    def told(self, series: str, end: int, hours: int, stories: Collection[int]) -> list[Entry]:
        """The entries of some stories in the window of `hours` that ends before the cell `end`."""
        found = self._within(series, end - hours * cells.IN_HOUR, end)
        return [entry for entry in found if entry.story_id in stories]

    def _of(self, name: str, start: int, end: int, articles: Collection[int]) -> list[Entry]:
        """The entries of some articles in the cells from `start` to before `end`."""
        return [entry for entry in self._within(name, start, end) if entry.article_id in articles]

    def _within(self, name: str, start: int, end: int) -> list[Entry]:
        line = self._lines.get(name)
        if line is None:
            return []
        return line.entries[bisect_left(line.cells, start) : bisect_left(line.cells, end)]

    def _windows(
        self, name: str, starts: Sequence[int], end: int, scale: Scale = NONE
    ) -> tuple[list[float], list[int]]:
        line = self._lines.get(name)
        if line is None:
            return [0.0] * len(starts), [0] * len(starts)
        last = bisect_left(line.cells, end)
        firsts = [bisect_left(line.cells, start, 0, last) for start in starts]
        return _weighed(line, firsts, last, scale), [last - first for first in firsts]

    def _hours(
        self, name: str, start: int, end: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """What these hours hold: hours after the first one, how many entries, and their weight. An hour may
        stand several times."""
        line = self._lines.get(name)
        if line is None:
            return _NOTHING, _NOTHING, _NOTHING
        at, number, weight = line.hours(start, end)
        return at - start, number, weight


def _weighed(line: Line, firsts: Sequence[int], last: int, scale: Scale) -> list[float]:
    """What the entries from each of these places to before `last` weigh together."""
    total = line.sums[last]
    if not scale.steps:
        return [(total - line.sums[first]) / WHOLE for first in firsts]
    edges = [*(bisect_left(line.cells, one.cell, 0, last) for one in scale.steps), last]
    factors = [1.0, *(one.factor for one in scale.steps)]
    found = []
    for first in firsts:
        stops = [max(edge, first) for edge in edges]
        parts = zip(factors, [first, *stops], stops, strict=False)
        found.append(sum(factor * (line.sums[stop] - line.sums[at]) for factor, at, stop in parts) / WHOLE)
    return found


_NOTHING = np.zeros(0, np.int64)


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(parts) if parts else _NOTHING
