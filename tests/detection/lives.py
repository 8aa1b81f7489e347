"""Made-up lives of series for tests of the walk: news of a few companies, moment by moment."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import numpy as np

from monitor.detection import cells
from monitor.detection.lines import Change, Entry
from monitor.detection.panels import Panel, Present, Scores
from monitor.detection.refits import WEEK, monday
from monitor.detection.rollups import WHOLE

FIRST = monday(400_000)
"""The hour in which these lives begin, a Monday's first."""
START = cells.begins(FIRST, cells.HOUR)
Life = list[tuple[datetime, list[Change]]]
"""Changes by moments, in order."""


@dataclass
class Plain:
    """Scores by how many times the usual count of a day is in the last one; keeps the panels it fitted."""

    panels: list[Panel] = field(default_factory=list)

    kind: ClassVar[str] = "plain"
    larger_is_rarer: ClassVar[bool] = True

    def fit(self, past: Panel) -> object:
        self.panels.append(past)
        days = max(past.read.sum() / 24, 1)
        return (past.negative[:, past.read].sum(axis=1) + 0.5) / days

    def test(self, fitted: object, present: Present) -> Scores:
        usual = np.asarray(fitted)[present.rows]
        day = present.lengths.index(24)
        seen = present.negative[:, day]
        return Scores(seen / usual, np.full(len(usual), day), usual, usual * 0, usual * 3)


@dataclass
class Rare(Plain):
    """The same as p-values: each time that the usual is there again is a tenth as probable."""

    presents: list[Present] = field(default_factory=list)

    kind: ClassVar[str] = "rare"
    larger_is_rarer: ClassVar[bool] = False

    def test(self, fitted: object, present: Present) -> Scores:
        self.presents.append(present)
        found = super().test(fitted, present)
        return Scores(
            10.0 ** -np.minimum(found.p, 300.0), found.window, found.expected, found.low, found.high
        )


def moment(cell: int) -> datetime:
    """A moment within a cell."""
    return cells.begins(cell) + cells.FINE / 2


def change(
    at: int, series: str, story: int, *, negative: bool = True, sign: int = 1, fresh: bool = True
) -> Change:
    """A story that counts in a series from the cell `at` on."""
    weight = WHOLE if negative else 0
    return Change(sign, series, Entry(at, story, f"v{story}", story, negative, weight), fresh)


def told(at: int, company: str, story: int, *, negative: bool = True, known: int | None = None) -> Life:
    """A story of a company that counts in the cell `at` and becomes `known` in that cell, or in another."""
    found = [change(at, name, story, negative=negative) for name in ("all", f"company:{company}")]
    return [(moment(at if known is None else known), found)]


def life(weeks: float, seed: int = 0, a_day: float = 4.0) -> Life:
    """News of three companies for so many weeks, a quarter of it negative."""
    rng = random.Random(seed)
    found: Life = []
    for story in range(1, int(weeks * 7 * a_day) + 1):
        at = FIRST * cells.IN_HOUR + int(story / a_day * 24 * cells.IN_HOUR)
        company = rng.choice(("acme", "brick", "cargo"))
        found += told(at, company, story, negative=rng.random() < 0.25)
    return found


def surge(week: int, stories: int, company: str = "acme", hour: int = 30) -> Life:
    """So many negative stories of a company within as many five minutes, in a week after the first."""
    start = (FIRST + week * WEEK + hour) * cells.IN_HOUR
    return [one for n in range(stories) for one in told(start + n, company, 10_000 + week * 100 + n)]


def merged(*lives: Sequence[tuple[datetime, Iterable[Change]]]) -> Life:
    """Several lives as one, in order of time."""
    moments: dict[datetime, list[Change]] = {}
    for one in lives:
        for at, found in one:
            moments.setdefault(at, []).extend(found)
    return sorted(moments.items(), key=lambda one: one[0])
