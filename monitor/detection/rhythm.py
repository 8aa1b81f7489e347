"""When an archive was read: every hour from its first row to its last, but for gaps that its own rhythm does
not explain.

An archive tells what was published and not who was reading. A silent night, weekend or holiday is quiet; a
silent fortnight of a daily wire is a hole in the archive, and no evidence of quiet. What tells them apart is
how often the source writes at this hour of the week, and how much in these months.

Counted are hours in which there is any row, so that a thousand rows of one minute weigh as one does. By the
hour of the week, the share of hours with a row gives a rate (of a Poisson process seen only as "any" or
"none": its cloglog); by the week, the median of the active weeks around scales it. A run of silent hours is
explained where it is no rarer, at these rates, than `RAREST`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

WEEK = 168
"""Hours; hour 0 since 1970 fell on a Thursday at midnight, UTC."""
NEAR = 8
"""Active weeks before and after a week that its level is taken from: a hole has none, however long."""
RAREST = 1e-6
"""A run of silent hours that is rarer than this was not read. An archive of five years has some ten thousand
runs, and hours of a holiday are silent together, which the rates do not know."""
_STEPS = 60
"""Halvings that find a week's level, to far less than it is known."""


def read(hours: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """The hours (`cells.hour`) in which an archive counts as read, in order, from those of its rows: from the
    first to the last of them, without unexplained gaps. Empty where there are no rows."""
    rows = np.unique(np.asarray(hours, np.int64))
    if not len(rows):
        return rows
    first, last = int(rows[0]), int(rows[-1])
    every = np.arange(first, last + 1)
    active = np.zeros(len(every), bool)
    active[rows - first] = True
    rates = _rates(every, active)
    summed = np.concatenate(([0.0], np.cumsum(rates)))
    read = np.ones(len(every), bool)
    for before, after in pairwise((rows - first).tolist()):
        if after - before > 1 and summed[after] - summed[before + 1] > -np.log(RAREST):
            read[before + 1 : after] = False
    return every[read]


def _rates(every: NDArray[np.int64], active: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The rate of each hour: how many rows, or bursts of rows, are expected of it."""
    place, week = every % WEEK, every // WEEK - every[0] // WEEK
    weeks = int(week[-1]) + 1
    by_week: NDArray[np.float64] = np.bincount(week, active, weeks).astype(np.float64)
    told = np.flatnonzero(by_week)  # a week without a row says nothing about hours
    inside = np.isin(week, told)
    with_row = np.bincount(place[inside], active[inside], WEEK)
    seen = np.bincount(place[inside], minlength=WEEK)
    shape = -np.log1p(-(with_row + 0.5 / WEEK) / (seen + 1.0))
    levels = np.array([_level(by_week, told, one) for one in range(weeks)])
    rates: NDArray[np.float64] = shape[place] * _scales(shape, levels)[week]
    return rates


def _level(by_week: NDArray[np.float64], told: NDArray[np.int64], week: int) -> float:
    """Hours with a row in a usual week around this one."""
    at = int(np.searchsorted(told, week))
    return float(np.median(by_week[told[max(0, at - NEAR) : at + NEAR]]))


def _scales(shape: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """By what the shape is to be multiplied for as many hours with a row as the levels say."""
    low, high = np.zeros(len(levels)), np.full(len(levels), 1e6)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        fewer = (1 - np.exp(-middle[:, None] * shape)).sum(axis=1) < levels
        low, high = np.where(fewer, middle, low), np.where(fewer, high, middle)
    return np.asarray(low)
