"""One series of a board: its entries of late, and the sums by hour of what is older."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells


class Entry(NamedTuple):
    """A pair of a story and a voice that counts in a series; `weight` in millionths."""

    cell: int
    story_id: int
    voice: str
    article_id: int
    negative: bool
    weight: int


Table = NDArray[np.int64]
"""Entries as columns, (6, N): a row for each field of `Entry`, the voice as a number."""
CELL, STORY, VOICE, ARTICLE, NEGATIVE, WEIGHT = range(6)
"""Its rows."""
NO_ENTRIES: Table = np.zeros((6, 0), np.int64)
Voices = dict[str, int]
"""Numbers of voices, in the order in which they were given."""


def table(entries: Sequence[Entry], voices: Voices) -> Table:
    """Entries as columns; a voice that has no number gets the next one."""
    found = np.empty((len(Entry._fields), len(entries)), np.int64)
    for voice in dict.fromkeys(map(itemgetter(VOICE), entries)):
        voices.setdefault(voice, len(voices))
    for row in range(len(found)):
        column = map(itemgetter(row), entries)
        found[row] = np.fromiter(map(voices.get, column) if row == VOICE else column, np.int64, len(entries))
    return found


class Change(NamedTuple):
    """An entry that began to count in a series, or ceased to (`sign` -1). `fresh`: because an article came or
    was judged, not because somebody changed something."""

    sign: int
    series: str
    entry: Entry
    fresh: bool


def _whole() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Hours:
    """How many entries each of some hours holds, in order, and what they weigh together (millionths)."""

    hours: array[int] = field(default_factory=_whole)
    numbers: array[int] = field(default_factory=_whole)
    weights: array[int] = field(default_factory=_whole)

    def add(self, hour: int, number: int, weight: int) -> None:
        """Count more, or fewer, in an hour. Raises ValueError where more goes than there is."""
        place = bisect_left(self.hours, hour)
        if place == len(self.hours) or self.hours[place] != hour:
            self.hours.insert(place, hour)
            self.numbers.insert(place, 0)
            self.weights.insert(place, 0)
        self.numbers[place] += number
        self.weights[place] += weight
        if self.numbers[place] <= 0:
            short = self.numbers[place] < 0
            del self.hours[place], self.numbers[place], self.weights[place]
            if short:
                raise ValueError(f"hour {hour}: more is taken out of a series than is in it")

    def merge(self, other: Hours) -> None:
        """Count what another holds, too."""
        if not self.hours or (other.hours and other.hours[0] > self.hours[-1]):
            self.hours += other.hours
            self.numbers += other.numbers
            self.weights += other.weights
            return
        for hour, number, weight in zip(other.hours, other.numbers, other.weights, strict=True):
            self.add(hour, number, weight)

    def forget(self, before: int) -> None:
        """Drop the hours before one."""
        place = bisect_left(self.hours, before)
        if place:
            del self.hours[:place], self.numbers[:place], self.weights[:place]


class Line:
    """One series: its entries by cell, and what they add up to from the first on; before the cell `settled`
    what they add up to by hour (`old`)."""

    __slots__ = ("_table", "cells", "entries", "old", "settled", "sums")

    def __init__(self) -> None:
        self._table: Table | None = None
        self.entries: list[Entry] = []
        self.cells = _whole()
        self.sums = array("q", [0])
        self.old = Hours()
        self.settled = 0

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        if entry.cell < self.settled:
            self.old.add(entry.cell // cells.IN_HOUR, 1, entry.weight)
            return
        if not self.entries or entry >= self.entries[-1]:
            self.entries.append(entry)
            self.cells.append(entry.cell)
            self.sums.append(self.sums[-1] + entry.weight)
            return
        insort(self.entries, entry)
        self._again(bisect_left(self.entries, entry))

    def take(self, entry: Entry) -> None:
        """Count an entry no more. Raises ValueError where it does not count."""
        if entry.cell < self.settled:
            self.old.add(entry.cell // cells.IN_HOUR, -1, -entry.weight)
            return
        place = bisect_left(self.entries, entry)
        if place == len(self.entries) or self.entries[place] != entry:
            raise ValueError(f"{entry}: taken out of a series that it is not in")
        del self.entries[place]
        self._again(place)

    def number(self, since: int) -> int:
        """How many entries count from a cell on; on an hour's edge where that is settled."""
        late = len(self.cells) - bisect_left(self.cells, since)
        return late + sum(self.old.numbers[bisect_left(self.old.hours, since // cells.IN_HOUR) :])

    def hours(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The hours from `start` to before `end` in which anything counts, how many entries and what they
        weigh together. An hour of late stands once for each of its entries."""
        of_old = slice(bisect_left(self.old.hours, start), bisect_left(self.old.hours, end))
        first = bisect_left(self.cells, start * cells.IN_HOUR)
        last = bisect_left(self.cells, end * cells.IN_HOUR)
        late = np.array(self.cells[first:last], np.int64) // cells.IN_HOUR
        sums = np.array(self.sums[first : last + 1], np.int64)
        weights = sums[1:] - sums[:-1]
        if of_old.start == of_old.stop:
            return late, np.ones(last - first, np.int64), weights
        old = (self.old.hours, self.old.numbers, self.old.weights)
        hours, numbers, before = (np.array(one[of_old], np.int64) for one in old)
        return (
            np.concatenate((hours, late)),
            np.concatenate((numbers, np.ones(last - first, np.int64))),
            np.concatenate((before, weights)),
        )

    def table(self, voices: Voices) -> Table:
        """The entries as columns, for questions about thousands of them. They are kept from the first
        question on, so that the next one makes only what is new."""
        known = NO_ENTRIES if self._table is None else self._table
        if self._table is None or known.shape[1] < len(self.entries):
            known = np.concatenate((known, table(self.entries[known.shape[1] :], voices)), axis=1)
            self._table = known
        return known

    def settle(self, before: int) -> None:
        """Keep what lies before a cell, on an hour's edge, by hour alone."""
        self.settled = before
        place = bisect_left(self.cells, before)
        if not place:
            return
        hours = np.array(self.cells[:place], np.int64) // cells.IN_HOUR
        weights = np.diff(np.array(self.sums[: place + 1], np.int64))
        firsts = np.flatnonzero(np.diff(hours, prepend=hours[0] - 1))
        self.old.merge(
            Hours(
                array("q", hours[firsts].tobytes()),
                array("q", np.diff(firsts, append=place).tobytes()),
                array("q", np.add.reduceat(weights, firsts).tobytes()),
            )
        )
        self._drop(place)

    def forget(self, before: int) -> None:
        """Drop what lies before a cell."""
        self.old.forget(before // cells.IN_HOUR)
        place = bisect_left(self.cells, before)
        if place:
            self._drop(place)

    def _drop(self, place: int) -> None:
        """Drop the entries before a place."""
        del self.entries[:place], self.cells[:place]
        if self._table is not None:
            self._table = self._table[:, place:]
        gone = self.sums[place]
        self.sums = array("q", [one - gone for one in self.sums[place:]])

    def _again(self, place: int) -> None:
        """Make the sums from a place on anew."""
        del self.cells[place:], self.sums[place + 1 :]
        if self._table is not None:
            self._table = self._table[:, :place]
        total = self.sums[place]
        for entry in self.entries[place:]:
            self.cells.append(entry.cell)
            total += entry.weight
            self.sums.append(total)
