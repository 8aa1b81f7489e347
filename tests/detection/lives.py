"""Made-up lives of series for tests of the walk: news of a few companies, hour by hour."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from monitor.detection import cells
from monitor.detection.boards import Change, Entry
from monitor.detection.panels import Panel, Present, Scores
from monitor.detection.rollups import WHOLE
from monitor.detection.walk import WEEK, monday

FIRST = monday(400_000)
"""The hour in which these lives begin, a Monday's first."""


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


def change(
    at: int, series: str, story: int, *, negative: bool = True, sign: int = 1, fresh: bool = True
) -> Change:
    """A story that counts in a series from the cell `at` on."""
    weight = WHOLE if negative else 0
    return Change(at + 1, sign, series, Entry(at, story, f"v{story}", story, negative, weight), fresh)


def life(weeks: int, seed: int = 0, a_day: float = 4.0) -> list[tuple[int, list[Change]]]:
    """News of three companies for so many weeks, a quarter of it negative."""
    rng = random.Random(seed)
    found: list[tuple[int, list[Change]]] = []
    for story in range(1, int(weeks * 7 * a_day) + 1):
        at = FIRST * cells.IN_HOUR + int(story / a_day * 24 * cells.IN_HOUR)
        company = rng.choice(("acme", "brick", "cargo"))
        negative = rng.random() < 0.25
        found.append(
            (
                at + 1,
                [change(at, name, story, negative=negative) for name in ("all", f"company:{company}")],
            )
        )
    return found


def surge(week: int, stories: int, company: str = "acme", hour: int = 30) -> list[tuple[int, list[Change]]]:
    """So many negative stories of a company within as many five minutes, in a week after the first."""
    start = (FIRST + week * WEEK + hour) * cells.IN_HOUR
    return [
        (
            start + n + 1,
            [change(start + n, name, 10_000 + week * 100 + n) for name in ("all", f"company:{company}")],
        )
        for n in range(stories)
    ]


def merged(*lives: Sequence[tuple[int, list[Change]]]) -> list[tuple[int, list[Change]]]:
    """Several lives as one, in order of time."""
    by_cell: dict[int, list[Change]] = {}
    for one in lives:
        for at, found in one:
            by_cell.setdefault(at, []).extend(found)
    return sorted(by_cell.items())
