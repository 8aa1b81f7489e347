"""What several people said of the same things, as one table of numbers.

Enters: who said what of what, in any order. Leaves: a table with one row per thing (a unit: a text) and one
column per reader (an analyst), in which a value stands by its number and MISSING where the reader did not
read the unit. Agreement, consensus and quality are arithmetic over that table and nothing else. Pure.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MISSING = -1
"""In a table of readings: this reader did not read this unit."""

Table = NDArray[np.intp]
"""Units by readers: the number of the value, or MISSING."""


@dataclass(frozen=True, slots=True)
class Votes:
    """`table[u, r]` is the number, among `values`, of what `readers[r]` said of `units[u]`."""

    table: Table
    units: tuple[Hashable, ...]  # in the order they were met
    readers: tuple[str, ...]  # likewise
    values: tuple[Hashable, ...]

    @property
    def given(self) -> NDArray[np.bool_]:
        """Where somebody said something."""
        given: NDArray[np.bool_] = self.table != MISSING
        return given


def collect(
    said: Iterable[tuple[Hashable, str, Hashable]], values: Sequence[Hashable] | None = None
) -> Votes:
    """The table of (unit, reader, value). Of two answers of one reader to one unit the later counts.

    `values` gives the values their numbers; without it they are numbered in the order they are met.
    Raises ValueError for a value that is not among `values`.
    """
    numbers: dict[Hashable, int] = {value: number for number, value in enumerate(values or ())}
    units: dict[Hashable, int] = {}
    readers: dict[str, int] = {}
    cells: dict[tuple[int, int], int] = {}
    for unit, reader, value in said:
        if value not in numbers:
            if values is not None:
                raise ValueError(f"{value!r} is none of {tuple(values)}")
            numbers[value] = len(numbers)
        cells[units.setdefault(unit, len(units)), readers.setdefault(reader, len(readers))] = numbers[value]
    table = np.full((len(units), len(readers)), MISSING, dtype=np.intp)
    for place, number in cells.items():
        table[place] = number
    return Votes(table, tuple(units), tuple(readers), tuple(numbers))


def counts(table: Table, classes: int) -> NDArray[np.int64]:
    """How many readers gave each unit each value: units by values. Raises ValueError for a number that
    is neither a value's nor MISSING."""
    if table.ndim != 2:
        raise ValueError(f"readings have the shape {table.shape}: expected units by readers")
    if table.size and (table.min() < MISSING or table.max() >= classes):
        raise ValueError(f"readings lie in [{table.min()}, {table.max()}]: expected 0 to {classes - 1}")
    found = np.zeros((len(table), classes), dtype=np.int64)
    units, readers = np.nonzero(table != MISSING)
    np.add.at(found, (units, table[units, readers]), 1)
    return found
