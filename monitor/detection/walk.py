"""Through time with rules: what opens and ends, cell by cell, knowing nothing that came later.

    changes -> board -> (once a week: past -> fit, risen -> cut) -> windows -> scores -> episodes

One walk serves whoever asks: the watch that runs, a replay of a rule over the past, and the programs that
measure false alarms. It tests a series only when something fresh and negative was counted in it, because
nothing else can raise a score; what somebody edits, labels or merges moves the counts and opens nothing.

Baselines and cuts are set anew when a week begins (Monday, 00:00 UTC), on what was counted by then. Before
`LEARNING` weeks of the past there is nothing to compare with, and nothing opens.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.detection import budget, cells, rules
from monitor.detection.boards import OTHERS, Board, Change
from monitor.detection.budget import Cut
from monitor.detection.episodes import EXIT, Episode, Episodes, Rise
from monitor.detection.panels import Detector, Panel, Scores
from monitor.detection.rollups import WHOLE
from monitor.detection.rules import Rule

WEEK = 168
"""Hours."""
PAST = 26
"""Weeks that baselines are fitted on at most."""
LEARNING = 4
"""Weeks of the past without which nothing is tested."""
SEVERAL = 3
"""Entries in the past from which a series has a baseline of its own; any other is as its pool's rarest."""
FLOOR = 1.0
"""Scores under it are never kept: one test in ten is above it by chance. What is under the square of `EXIT`
of a checked cut is not kept either: no cut falls so far in a week."""
_MONDAY = 4 * 24
"""Hours from the beginning of 1970, a Thursday, to its first Monday."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An episode that a rule opened or that ended at the cell `at`."""

    at: int
    rule: str
    episode: Episode
    cut: Cut


@dataclass(slots=True)
class Run:
    """What a rule has come to: its openings, its cut, and the rises of the past that cuts are found on."""

    rule: Rule
    episodes: Episodes
    cut: Cut
    floor: float = FLOOR
    rises: list[Rise] = field(default_factory=list)
    tests: list[tuple[int, int]] = field(default_factory=list)  # per week: when it began, how many


@dataclass(slots=True)
class Walk:
    """A walk from the hour `first` on, in which reading began.

    `known` are the series to expect though they never counted anything (watched companies, topics).
    `read_from` and `gaps` say in which hours somebody was reading.
    """

    rules: Sequence[Rule]
    detectors: Mapping[str, Detector]
    first: int
    known: Sequence[str] = ()
    gaps: Sequence[tuple[int, int]] = ()
    board: Board = field(default_factory=Board)
    runs: dict[str, Run] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    _fitted: dict[str, Any] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)
    _next: int = 0

    def __post_init__(self) -> None:
        nothing = Cut("", 0, math.inf, checked=False, weeks=0, openings=0)
        self.runs = {rule.name: Run(rule, Episodes(rule.least), nothing) for rule in self.rules}
        self._next = monday(self.first + LEARNING * WEEK)

    def step(self, now: int, changes: Iterable[Change]) -> list[Opened]:
        """Everything that became known until the cell `now`: what opens and what ends by it.

        Steps go forward; one without changes ends what is over.
        """
        told: list[Opened] = []
        while self._next * cells.IN_HOUR <= now:
            for run in self.runs.values():
                told += _ended(run, self._next * cells.IN_HOUR)
            self._anew(self._next)
            self._next += WEEK
        touched: dict[str, None] = {}
        for change in changes:
            self.board.apply(change)
            if change.sign > 0 and change.fresh and change.entry.negative:
                touched[change.series] = None
        for run in self.runs.values():
            told += _ended(run, now)
        if touched and self._fitted:
            told += self._tested(now, list(touched))
        return told

    def _tested(self, now: int, touched: Sequence[str]) -> list[Opened]:
        told: list[Opened] = []
        names = [name for name in touched if rules.kind(name) in self._kinds]
        if not names:
            return told
        rows = [self._row(name) for name in names]
        present = self.board.present(names, rows, now)
        by_detector: dict[str, Scores] = {}
        for run in self.runs.values():
            rule = run.rule
            if rule.detector not in self._fitted:
                continue
            scores = by_detector.get(rule.detector)
            if scores is None:
                detector = self.detectors[rule.detector]
                scores = detector.test(self._fitted[rule.detector], present)
                by_detector[rule.detector] = scores
            rises = []
            value = _score(scores.p, larger=self.detectors[rule.detector].larger_is_rarer)
            for place, name in enumerate(names):
                if rules.watched(name, rule):
                    run.tests[-1] = (run.tests[-1][0], run.tests[-1][1] + 1)
                    if value[place] >= run.floor:
                        hours = present.lengths[int(scores.window[place])]
                        rises.append(self._risen(now, name, float(value[place]), hours, scores, place))
            if not rises:
                continue
            run.rises += rises
            told += [
                Opened(now, rule.name, episode, run.cut)
                for episode in run.episodes.rise(now, rises, run.cut.value)
            ]
        return told

    def _risen(self, now: int, name: str, score: float, hours: int, scores: Scores, place: int) -> Rise:
        found = self.board.evidence(name, now, hours)
        return Rise(
            at=now,
            series=name,
            score=score,
            stories=frozenset(entry.story_id for entry in found),
            voices=len({(entry.story_id, entry.voice) for entry in found}),
            observed=sum(entry.weight for entry in found) / WHOLE,
            expected=float(scores.expected[place]),
            hours=hours,
            low=float(scores.low[place]),
            high=float(scores.high[place]),
        )

    @property
    def _kinds(self) -> set[str]:
        """The kinds of scope that any rule watches; all news is counted in any case."""
        return {kind for rule in self.rules for kind in rule.scopes} | {"all"}

    def _row(self, name: str) -> int:
        found = self._rows.get(name)
        return self._rows[f"{rules.kind(name)}{OTHERS}"] if found is None else found

    def _anew(self, hour: int) -> None:
        """Fit baselines and find cuts on what is before an hour."""
        panel = self._panel(hour)
        self._rows = {name: row for row, name in enumerate(panel.names)}
        for name in dict.fromkeys(rule.detector for rule in self.rules):
            self._fitted[name] = self.detectors[name].fit(panel)
        for run in self.runs.values():
            larger = self.detectors[run.rule.detector].larger_is_rarer
            run.cut = _cut(run, hour, len(panel.names), larger=larger)
            run.floor = max(EXIT**2 * run.cut.value, FLOOR) if run.cut.checked else FLOOR
            self.cuts.append(run.cut)
            run.tests.append((hour, 0))
        self.board.forget((hour - (PAST + 2) * WEEK) * cells.IN_HOUR)

    def _panel(self, hour: int) -> Panel:
        start = max(self.first, hour - PAST * WEEK)
        kinds = self._kinds
        often = self.board.names(start * cells.IN_HOUR, SEVERAL)
        found = {name for name in (*often, *self.known) if rules.kind(name) in kinds}
        others = {f"{kind}{OTHERS}" for kind in kinds}
        return self.board.panel(sorted(found | others), start, hour, self._read(start, hour))

    def _read(self, start: int, end: int) -> NDArray[np.bool_]:
        read = np.ones(end - start, np.bool_)
        for first, last in self.gaps:
            read[max(first - start, 0) : max(last - start, 0)] = False
        return read


def monday(hour: int) -> int:
    """The first hour from `hour` on in which a week begins."""
    return hour + (_MONDAY - hour) % WEEK


def _score(p: NDArray[np.float64], *, larger: bool) -> NDArray[np.float64]:
    return p if larger else -np.log10(p)


def _ended(run: Run, now: int) -> list[Opened]:
    return [Opened(now, run.rule.name, one, run.cut) for one in run.episodes.end(now)]


def _cut(run: Run, hour: int, series: int, *, larger: bool) -> Cut:
    """The cut from an hour on, where so many series are watched; `larger`: scores are no p-values."""
    end = hour * cells.IN_HOUR
    since = end - budget.MOST * WEEK * cells.IN_HOUR
    run.rises = [one for one in run.rises if one.at >= since]
    run.tests = run.tests[-budget.MOST :]
    weeks = len(run.tests)
    if weeks < budget.ENOUGH and not larger:
        mean = sum(number for _, number in run.tests) / weeks if weeks else series
        value = budget.unchecked(mean, run.rule.budget)
        return Cut(run.rule.name, end, value, checked=False, weeks=weeks, openings=0)
    if not weeks:
        return Cut(run.rule.name, end, math.inf, checked=False, weeks=0, openings=0)
    value, opened = budget.find(run.rises, weeks, run.rule.budget, run.rule.least)
    enough = weeks >= budget.ENOUGH
    return Cut(run.rule.name, end, value, checked=enough, weeks=weeks, openings=opened)


def by_rule(opened: Iterable[Opened]) -> dict[str, list[Opened]]:
    """What opened or ended, by rule."""
    found: dict[str, list[Opened]] = defaultdict(list)
    for one in opened:
        found[one.rule].append(one)
    return dict(found)


def alerts(walk: Walk) -> list[tuple[str, Episode]]:
    """Every episode that a walk opened, with its rule, in order of time."""
    found = [
        (name, episode)
        for name, run in walk.runs.items()
        for episode in (*run.episodes.past, *run.episodes.open)
    ]
    return sorted(found, key=lambda one: (one[1].since, one[0], one[1].first.series))
