"""What a rule has come to on a walk: what opened, its cut, and the rises that cuts are found on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.detection import budget, cells
from monitor.detection.budget import Cut
from monitor.detection.episodes import EXIT, SHARED, Episode, Episodes, Rise
from monitor.detection.refits import SETTLED, WEEK
from monitor.detection.rules import Rule

FLOOR = 1.0
"""Scores under it are never kept: one test in ten is above it by chance. What is under the square of `EXIT`
of a checked cut is not kept either: no cut falls so far in a week."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An episode that a rule opened or that ended at the cell `at`."""

    at: int
    rule: str
    episode: Episode
    cut: Cut


@dataclass(frozen=True, slots=True)
class Closing:
    """Somebody closed an alert at a moment. `articles` are those that were known by it, if that was written
    down then; None: those that the counts hold at that moment."""

    at: datetime
    alert_id: str
    articles: frozenset[int] | None = None


@dataclass(slots=True)
class Run:
    """What a rule has come to: its openings, its cut, and the rises of the past that cuts are found on.

    `tests` are how many series were tested under each cut, from the cell on in which it began; `known` the
    articles that somebody closed, with the cell in which they were; `new` the rises that nobody took yet."""

    rule: Rule
    episodes: Episodes
    cut: Cut
    floor: float = FLOOR
    rises: list[Rise] = field(default_factory=list)
    tests: list[tuple[int, int]] = field(default_factory=list)
    known: dict[int, int] = field(default_factory=dict)
    new: list[Rise] = field(default_factory=list)

    def known_since(self, oldest: int) -> frozenset[int]:
        """The articles that somebody closed from the cell `oldest` on."""
        return frozenset(article for article, since in self.known.items() if since >= oldest)

    def take(self, now: int, rises: Sequence[Rise]) -> list[Episode]:
        """Take in what rose in a moment: the episodes that it opened."""
        self.rises += rises
        self.new += rises
        return self.episodes.rise(now, rises, self.cut.value)

    def ended(self, now: int) -> list[Opened]:
        """What is over by the cell `now`."""
        return [Opened(now, self.rule.name, one, self.cut) for one in self.episodes.end(now)]

    def under(self, cut: Cut, tests: int = 0) -> None:
        """Go on under a cut, under which so many series were tested already."""
        self.cut = cut
        self.floor = max(EXIT**2 * cut.value, FLOOR) if cut.checked else FLOOR
        self.tests.append((cut.since, tests))

    def next_cut(
        self, hour: int, series: int, *, larger: bool, useful: Mapping[int, int] | None = None
    ) -> Cut:
        """The cut from an hour on, where so many series are watched; `larger`: scores are no p-values.
        `useful` are articles of alerts that somebody calls so, with the cell from which on that is known:
        what rises on them is no false alert."""
        end = hour * cells.IN_HOUR
        since = end - budget.MOST * WEEK * cells.IN_HOUR
        self.rises = [one for one in self.rises if one.at >= since]
        self.tests = [(begins, number) for begins, number in self.tests if begins >= since]
        begins = self.tests[0][0] if self.tests else end
        weeks = (end - begins) / (WEEK * cells.IN_HOUR)
        if weeks < budget.ENOUGH and not larger:
            number = sum(number for _, number in self.tests)
            # Before anything was tested, every series is taken to be tested once an hour.
            value = budget.unchecked(number / weeks if weeks else series * WEEK, self.rule.budget)
            return Cut(self.rule.name, end, value, checked=False, weeks=weeks, openings=0)
        if weeks < SETTLED:  # of scores that are no p-values, nothing is known before
            return Cut(self.rule.name, end, math.inf, checked=False, weeks=weeks, openings=0)
        useful = useful or {}
        false = [one for one in self.rises if not _explained(one, useful, end)]
        value, opened = budget.find(false, weeks, self.rule.budget, self.rule.least)
        enough = weeks >= budget.ENOUGH
        return Cut(self.rule.name, end, value, checked=enough, weeks=weeks, openings=opened)


def _explained(rise: Rise, useful: Mapping[int, int], by: int) -> bool:
    """Whether at least `SHARED` of the articles of a rise were called useful by the cell `by`."""
    known = sum(article in useful and useful[article] <= by for article in rise.articles)
    return known > 0 and known >= SHARED * len(rise.articles)


def happened(
    cuts: Mapping[str, Sequence[tuple[Cut, int]]], rises: Mapping[str, Sequence[Rise]]
) -> list[tuple[int, int, str, Cut | list[Rise]]]:
    """By cell, each cut with its tests, then what rose under it, moment by moment, with the rules' names."""
    found: list[tuple[tuple[int, int, datetime], int, str, Cut | list[Rise]]] = []
    for name, some in cuts.items():
        found += [((cut.since, 0, cells.begins(cut.since)), tests, name, cut) for cut, tests in some]
    for name, kept in rises.items():
        moments: dict[tuple[int, datetime], list[Rise]] = defaultdict(list)
        for one in kept:
            moments[one.at, one.when].append(one)
        found += [((at, 1, when), 0, name, together) for (at, when), together in moments.items()]
    found.sort(key=lambda one: (one[0], one[2]))
    return [(key[0], tests, name, what) for key, tests, name, what in found]
