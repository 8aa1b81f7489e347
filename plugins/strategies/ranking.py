"""What all strategies share: rows in the order of their scores, ties by lot, stories spread.

Lots are drawn along the ids, not along the rows, so that a pool in another order gives the same articles.
Of articles that tell the same event one is asked first; the others follow where nothing else is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor import Choice, Message, Pool

Rows = NDArray[np.int64]
Scores = NDArray[np.floating[Any]]

CHUNK = 16_384
"""Rows that are worked on at a time, so that a million need no more memory than these."""


def lots(pool: Pool, rng: np.random.Generator) -> Scores:
    """A number in [0, 1) for every row, the same for an article wherever it stands in the pool."""
    drawn = rng.random(len(pool))
    ids = pool.ids
    if len(ids) < 2 or bool((ids[1:] > ids[:-1]).all()):
        return drawn
    placed = np.empty_like(drawn)
    placed[np.argsort(ids, kind="stable")] = drawn
    return placed


def top(scores: Scores, n: int, drawn: Scores) -> Rows:
    """The `n` rows of the highest scores, the highest first; ties go by the higher lot."""
    if n < len(scores):
        cut = np.partition(scores, len(scores) - n)[len(scores) - n]
        rows = np.flatnonzero(scores >= cut)
    else:
        rows = np.arange(len(scores))
    return rows[np.lexsort((-drawn[rows], -scores[rows]))[:n]]


def ranked(pool: Pool, scores: Scores, n: int, rng: np.random.Generator) -> Rows:
    """At most `n` rows of the highest scores, of each story one before a second of any."""
    n = min(max(n, 0), len(pool))
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    drawn = lots(pool, rng)
    some = n
    while True:
        rows = top(scores, some, drawn)
        first = firsts(pool, rows)
        if int(first.sum()) >= n or some >= len(pool):
            return np.concatenate([rows[first], rows[~first]])[:n]
        some = min(4 * some, len(pool))


def firsts(pool: Pool, rows: Rows) -> NDArray[np.bool_]:
    """Which of these rows are the first of their story among them; a row without a story is one."""
    found = np.ones(len(rows), dtype=bool)
    if pool.story is not None and len(rows):
        stories = pool.story[rows]
        found[:] = False
        found[np.unique(stories, return_index=True)[1]] = True
        found |= stories == 0
    return found


class Turns:
    """Who may be taken next, where rows are taken one by one: no row twice, and of each story one before a
    second of any."""

    def __init__(self, pool: Pool) -> None:
        self.free = np.ones(len(pool), dtype=bool)  # may be taken now
        self._taken = np.zeros(len(pool), dtype=bool)
        self._story = pool.story

    def take(self, row: int) -> None:
        """Row `row` is taken."""
        self._taken[row] = True
        self.free[row] = False
        if self._story is not None and self._story[row]:
            self.free[self._story == self._story[row]] = False
        if not self.free.any():
            self.free = ~self._taken


def chunks(rows: int) -> Iterator[slice]:
    """Slices of CHUNK rows."""
    for start in range(0, rows, CHUNK):
        yield slice(start, min(start + CHUNK, rows))


def chosen(rows: Rows, scores: Scores, reasons: Sequence[str]) -> Choice:
    """A choice; a score that is not finite becomes the largest number, or the smallest."""
    finite = np.nan_to_num(np.asarray(scores, dtype=np.float64))
    return Choice(rows.tolist(), finite.tolist(), list(reasons))


def top_two(probabilities: Scores) -> list[Message]:
    """The two highest probabilities of each row, in words."""
    told = []
    for row in np.sort(np.asarray(probabilities, dtype=np.float64), axis=1)[:, ::-1]:
        if np.isfinite(row).all():
            told.append(Message("acquisition.top_two", first=float(row[0]), second=float(row[1])))
        else:
            told.append(Message("acquisition.unjudged"))
    return told
