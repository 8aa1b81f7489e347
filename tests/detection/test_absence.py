"""The silence of a source explains what would not have opened without that source, and nothing else."""

from __future__ import annotations

import random
from copy import deepcopy
from functools import cache

import numpy as np
import pytest

from monitor.detection import absence, cells
from monitor.detection.absence import Absence, Brought
from monitor.detection.bundled import DETECTORS
from monitor.detection.rollups import WHOLE
from monitor.detection.rules import Rule
from monitor.detection.runs import Opened
from monitor.detection.turns import NONE, Scale, Step
from monitor.detection.walk import Walk
from monitor.testing import make_panel
from tests.detection.lives import FIRST, Life, change, moment
from tests.detection.test_walk import through

BEGIN = FIRST * cells.IN_HOUR
QUIET = BEGIN + 21 * 24 * cells.IN_HOUR
"""When the wire falls silent."""
RULES = (Rule("share", "share", budget=1.0, scopes=("all",)), Rule("surge", "surge", budget=1.0))
WIRE, PAPER = 10**8, 2 * 10**8
"""Their stories have numbers from these on."""


def told(source: int, start: int, end: int, a_day: float, part: float, company: str) -> Life:
    """What a source tells of a company between two cells, a part of it negative."""
    rng, found = random.Random(source + start), []
    for n in range(int((end - start) / 24 / cells.IN_HOUR * a_day)):
        at = start + int((n + 0.5) / a_day * 24 * cells.IN_HOUR)
        bad, story = rng.random() < part, source + at
        found.append((moment(at), [change(at, name, story, negative=bad) for name in ("all", company)]))
    return found


def lived() -> Life:
    """Three weeks: the wire tells much and little of it is negative, the paper little and most of it is."""
    wire = told(WIRE, BEGIN, QUIET, 60, 0.05, "company:other")
    paper = told(PAPER, BEGIN, QUIET, 20, 0.6, "company:acme")
    return sorted([*wire, *paper], key=lambda one: one[0])


@cache
def walked() -> Walk:
    detectors = {name: DETECTORS[name]() for name in ("share", "surge")}
    walk = Walk(RULES, detectors, FIRST, ("company:acme", "company:other"))
    through(walk, lived())
    return walk


def brought(source: int, company: str) -> Absence:
    """What one of them brought."""
    found: dict[str, dict[int, tuple[int, int]]] = {}
    ids = set()
    for _, some in lived():
        for one in some:
            if one.entry.story_id // WIRE == source // WIRE:
                hours = found.setdefault(one.series, {})
                number, weight = hours.get(one.entry.cell // cells.IN_HOUR, (0, 0))
                hours[one.entry.cell // cells.IN_HOUR] = number + 1, weight + one.entry.weight
                ids.add(one.entry.article_id)
    nothing: Brought = {}
    return Absence(found["all"], found.get(company, nothing), frozenset(ids))


def opened(walk: Walk, changes: Life, rule: str) -> Opened:
    """What a rule opened first."""
    return next(one for one in through(walk, changes) if one.rule == rule and one.episode.ended_at is None)


def explained(walk: Walk, one: Opened, source: int) -> bool:
    rise = one.episode.highest
    return walk.explained(one.rule, rise, one.cut.value, brought(source, rise.series))


def test_a_share_that_rose_with_the_silence_is_explained_by_it() -> None:
    walk = deepcopy(walked())
    goes_on = told(PAPER, QUIET, QUIET + 48 * cells.IN_HOUR, 20, 0.6, "company:acme")
    found = opened(walk, goes_on, "share")
    assert found.episode.name == "all"
    assert explained(walk, found, WIRE)
    assert not explained(walk, found, PAPER), "it hangs on what that tells"


@pytest.mark.parametrize("source", [WIRE, PAPER])
def test_a_surge_is_explained_by_no_silence(source: int) -> None:
    """Neither one of the paper while the wire is silent, nor what the wire told before it fell silent."""
    walk, company = deepcopy(walked()), "company:other" if source == WIRE else "company:acme"
    surge = [
        (moment(QUIET + n), [change(QUIET + n, name, source + QUIET + n) for name in ("all", company)])
        for n in range(24)
    ]
    found = opened(walk, surge, "surge")
    gone = brought(WIRE, found.episode.highest.series)
    ids = {one.entry.article_id for _, some in surge for one in some if source == WIRE}
    gone = Absence(gone.news, gone.own, gone.articles | ids)
    assert not walk.explained("surge", found.episode.highest, found.cut.value, gone)


def test_the_past_without_it_is_less_by_what_it_brought_and_never_less_than_nothing() -> None:
    past = make_panel(4, 1)
    hour, row = past.start + 5, 2
    gone = Absence({hour: (1, WHOLE // 2), past.start - 1: (9, 9)}, {hour: (10**6, 10**12)})
    less = absence.without(past, past.names[row], gone, NONE)
    assert less.volume[5] == max(past.volume[5] - 1, 0) and less.voices[0, 5] == past.voices[0, 5] - 1
    assert less.negative[0, 5] == pytest.approx(max(past.negative[0, 5] - 0.5, 0))
    assert less.negative[row, 5] == less.voices[row, 5] == 0
    same = np.ones(past.negative.shape, bool)
    same[[0, row], 5] = False
    assert np.array_equal(less.negative[same], past.negative[same])
    scaled = absence.without(past, "all", gone, Scale((Step(0, 0.5),)))
    assert scaled.negative[0, 5] == pytest.approx(max(past.negative[0, 5] - 0.25, 0))
