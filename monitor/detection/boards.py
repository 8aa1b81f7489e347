"""Counts of many series while they change, for whoever goes through time: windows, evidence, the past.

A `Board` holds what the cells of the store hold, for a walk through the past that does not ask the store at
each step. Changes come in the order in which they became known; what each says may be of any earlier cell.
So a window that is read between two changes counts exactly what the store counted then.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells, rules
from monitor.detection.panels import Panel, Present
from monitor.detection.rollups import WHOLE

LENGTHS = (1, 6, 24, 48, 72, 120, 168)
"""Hours of the windows: those that a detector expects, and two between, which `reaches` finds only while a
fit is of last night."""
OTHERS = ":"
"""The row of a pool's series that had nothing in a panel's time: `company:` stands for every such company."""


class Entry(NamedTuple):
    """A pair of a story and a voice that counts in a series; `weight` in millionths."""

    cell: int
    story_id: int
    voice: str
    article_id: int
    negative: bool
    weight: int


class Change(NamedTuple):
    """An entry that began to count in a series, or ceased to (`sign` -1). `fresh`: because an article came or
    was judged, not because somebody changed something."""

    sign: int
    series: str
    entry: Entry
    fresh: bool


class Line:
    """One series: its entries by cell, and what they add up to from the first on."""

    __slots__ = ("cells", "entries", "sums")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.cells: list[int] = []
        self.sums: list[int] = [0]

    def add(self, entry: Entry) -> None:
        if not self.entries or entry >= self.entries[-1]:
            self.entries.append(entry)
            self.cells.append(entry.cell)
            self.sums.append(self.sums[-1] + entry.weight)
            return
        insort(self.entries, entry)
        self._again(bisect_left(self.entries, entry))

    def take(self, entry: Entry) -> None:
        place = bisect_left(self.entries, entry)
        if place == len(self.entries) or self.entries[place] != entry:
            raise ValueError(f"{entry}: taken out of a series that it is not in")
        del self.entries[place]
        self._again(place)

    def _again(self, place: int) -> None:
        """Make the sums from a place on anew."""
        self.cells[place:] = [entry.cell for entry in self.entries[place:]]
        total = self.sums[place]
        del self.sums[place + 1 :]
        for entry in self.entries[place:]:
            total += entry.weight
            self.sums.append(total)


class Board:
    """Counts of all series as far as the changes that it was given."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._since = 0

    def apply(self, change: Change) -> None:
        """Count what a change says, unless it is of a time that was forgotten. Raises ValueError where it
        takes away what never counted."""
        if change.entry.cell < self._since:
            return
        line = self._lines.get(change.series)
        if line is None:
            line = self._lines[change.series] = Line()
        if change.sign > 0:
            line.add(change.entry)
        else:
            line.take(change.entry)

    def names(self, since: int, least: int = 1) -> list[str]:
        """Every series that counts at least so many entries from a cell on."""
        return sorted(
            name
            for name, line in self._lines.items()
            if len(line.cells) - bisect_left(line.cells, since) >= least
        )

    def evidence(
        self, series: str, end: int, hours: int, without: Collection[int] = frozenset()
    ) -> list[Entry]:
        """The negative entries of the window of `hours` that ends before the cell `end`, without those of
        some stories."""
        line = self._lines.get(series)
        if line is None:
            return []
        first = bisect_left(line.cells, end - hours * cells.IN_HOUR)
        found = line.entries[first : bisect_left(line.cells, end)]
        return [entry for entry in found if entry.negative and entry.story_id not in without]

    def present(
        self, names: Sequence[str], rows: Sequence[int], end: int, without: Collection[int] = frozenset()
    ) -> Present:
        """The windows of these series that end before the cell `end`, as if some stories had never been told;
        `rows` are their places in a panel."""
        starts = [end - hours * cells.IN_HOUR for hours in LENGTHS]
        negative = np.zeros((len(names), len(LENGTHS)))
        voices = np.zeros((len(names), len(LENGTHS)))
        for place, name in enumerate(names):
            negative[place], voices[place] = self._windows(name, starts, end)
            if without:
                for entry in self._told(name, starts[-1], end, without):
                    within = [entry.cell >= start for start in starts]
                    negative[place] -= np.where(within, entry.weight / WHOLE, 0.0)
                    voices[place] -= within
                np.maximum(negative[place], 0.0, out=negative[place])
        volume = np.array(self._windows("all", starts, end)[1], np.float64)
        for entry in self._told("all", starts[-1], end, without) if without else ():
            volume -= [entry.cell >= start for start in starts]
        return Present(np.asarray(rows, np.int64), end, LENGTHS, negative, voices, volume)

    def panel(self, names: Sequence[str], start: int, end: int, read: NDArray[np.bool_]) -> Panel:
        """The hours from `start` to before `end` of these series; `read` says when somebody was reading."""
        rows: list[NDArray[np.int64]] = []
        hours: list[NDArray[np.int64]] = []
        weights: list[NDArray[np.float64]] = []
        for place, name in enumerate(names):
            at, of_entries = self._hours(name, start, end)
            rows.append(np.full(len(at), place))
            hours.append(at)
            weights.append(of_entries)
        shape = (len(names), end - start)
        cell = np.concatenate(rows) * shape[1] + np.concatenate(hours) if rows else np.zeros(0, np.int64)
        weight = np.concatenate(weights) if weights else np.zeros(0)
        total = shape[0] * shape[1]
        negative = np.asarray(np.bincount(cell, weight, total), np.float64).reshape(shape)
        voices = np.asarray(np.bincount(cell, minlength=total), np.float64).reshape(shape)
        at, _ = self._hours("all", start, end)
        volume = np.bincount(at, minlength=shape[1]).astype(np.float64)
        pools = tuple(rules.kind(name) for name in names)
        return Panel(tuple(names), pools, start, negative, voices, volume, read)

    def forget(self, before: int) -> None:
        """Drop what lies before a cell, for good."""
        self._since = max(self._since, before)
        for line in self._lines.values():
            place = bisect_left(line.cells, before)
            if place:
                del line.entries[:place], line.cells[:place]
                line.sums = [one - line.sums[place] for one in line.sums[place:]]

    def _told(self, name: str, start: int, end: int, stories: Collection[int]) -> list[Entry]:
        """The entries of some stories in the cells from `start` to before `end`."""
        line = self._lines.get(name)
        if line is None:
            return []
        found = line.entries[bisect_left(line.cells, start) : bisect_left(line.cells, end)]
        return [entry for entry in found if entry.story_id in stories]

    def _windows(self, name: str, starts: Sequence[int], end: int) -> tuple[list[float], list[int]]:
        line = self._lines.get(name)
        if line is None:
            return [0.0] * len(starts), [0] * len(starts)
        last = bisect_left(line.cells, end)
        firsts = [bisect_left(line.cells, start, 0, last) for start in starts]
        total = line.sums[last]
        return [(total - line.sums[first]) / WHOLE for first in firsts], [last - first for first in firsts]

    def _hours(self, name: str, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Of every entry in these hours, its hour after the first one and its weight."""
        line = self._lines.get(name)
        if line is None:
            return np.zeros(0, np.int64), np.zeros(0)
        first = bisect_left(line.cells, start * cells.IN_HOUR)
        last = bisect_left(line.cells, end * cells.IN_HOUR)
        hours = np.array(line.cells[first:last], np.int64) // cells.IN_HOUR - start
        return hours, np.diff(np.array(line.sums[first : last + 1], np.float64)) / WHOLE
