"""Rules tried on counts that are made up: do they open what they must, and nothing else?

    past (drawn, by a seed) + hours (as they are said) -> changes -> walk -> what opened

Each count is so many stories of one voice, spread over its hour, in the series and in all that hold it: a
topic of a company counts for the company, for the topic and for all news, as it does in the store. What opens
in the drawn past is no part of the trial.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from monitor.detection import cells, rules
from monitor.detection.lines import Change, Entry
from monitor.detection.panels import Detector
from monitor.detection.refits import WEEK, monday
from monitor.detection.rollups import WHOLE
from monitor.detection.rules import Rule
from monitor.detection.walk import Walk

FIRST = monday(400_000)
"""The hour in which the past of every trial begins, a Monday's first."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A series: how many negative voices a day are usual, and how many are in each hour of the trial."""

    name: str
    usual: float
    hours: Sequence[int]


@dataclass(frozen=True, slots=True)
class Expected:
    """An alert that must open: by this rule, named by this series, in one of the hours from first to last."""

    rule: str
    series: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Found:
    """An alert that opened in an hour of the trial."""

    rule: str
    series: str
    hour: int
    voices: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What opened, what of the expected did not, and what opened that was not expected."""

    opened: tuple[Found, ...]
    missing: tuple[Expected, ...]
    unexpected: tuple[Found, ...]

    @property
    def passed(self) -> bool:
        """Whether all opened that must, and nothing else."""
        return not self.missing and not self.unexpected


def tried(
    series: Sequence[Counted],
    expected: Sequence[Expected],
    chosen: Sequence[Rule],
    detectors: Mapping[str, Detector],
    *,
    weeks: int,
    news: float,
    seed: int,
) -> Outcome:
    """Walk through a past of so many weeks and the hours after it. `news` are further voices a day of which
    none is negative."""
    walk = Walk(chosen, detectors, FIRST, [one.name for one in series])
    begins = FIRST + weeks * WEEK
    opened: list[Found] = []
    for at, changes in _told(series, begins, news, np.random.default_rng(seed)):
        for one in walk.step(at, changes):
            hour = cells.hour(at) - begins
            if hour >= 0 and one.episode.ended_at is None and one.episode.since == one.at:
                opened.append(Found(one.rule, one.episode.name, hour, one.episode.first.voices))
    missing, left = [], list(opened)
    for wanted in expected:
        met = next((one for one in left if _is(one, wanted)), None)
        if met is None:
            missing.append(wanted)
        else:
            left.remove(met)
    return Outcome(tuple(opened), tuple(missing), tuple(left))


def _is(found: Found, wanted: Expected) -> bool:
    same = (found.rule, found.series) == (wanted.rule, wanted.series)
    return same and wanted.first <= found.hour <= wanted.last


def _told(
    series: Sequence[Counted], begins: int, news: float, dice: np.random.Generator
) -> Iterator[tuple[datetime, list[Change]]]:
    """Moment by moment, what begins to count."""
    length = max((len(one.hours) for one in series), default=0)
    story = 0
    for hour in range(FIRST, begins + length):
        place = hour - begins
        told: list[tuple[float, bool, tuple[str, ...]]] = []
        for one in series:
            drawn = int(dice.poisson(one.usual / 24)) if place < 0 else 0
            number = drawn if place < 0 else (one.hours[place] if place < len(one.hours) else 0)
            told += [((n + 0.5) / max(number, 1), True, holding(one.name)) for n in range(number)]
        told += [(float(when), False, ("all",)) for when in dice.random(int(dice.poisson(news / 24)))]
        for within, negative, names in sorted(told):
            story += 1
            at = cells.begins(hour, cells.HOUR) + within * 0.999 * cells.HOUR
            weight = WHOLE if negative else 0
            entry = Entry(cells.cell(at), story, f"voice {story}", story, negative, weight)
            yield at, [Change(1, name, entry, True) for name in names]


def holding(name: str) -> tuple[str, ...]:
    """The series in which what counts in one counts too: itself, and all that hold it."""
    topic, _, company = name.partition(":")[2].partition(":")
    found = {"all": (), "both": (f"company:{company}", f"topic:{topic}")}.get(rules.kind(name), ())
    return tuple(dict.fromkeys((name, *found, "all")))
