"""A walk that goes on where another one was is that one: whatever had happened, and whatever comes."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detection import cells
from monitor.detection.boards import LENGTHS
from monitor.detection.budget import Cut
from monitor.detection.episodes import HOLD, Episode, Rise, alert_id
from monitor.detection.lines import Change, Hours
from monitor.detection.refits import SETTLED, WEEK, fitted_at, settled
from monitor.detection.rules import Rule
from monitor.detection.runs import Closing, Opened
from monitor.detection.walk import Walk
from tests.detection.lives import FIRST, Life, Plain, Rare, change, life, merged, moment, surge, told

RULES = (
    Rule("rare", "rare", budget=2.0),
    Rule("companies", "rare", scopes=("company",), budget=0.5, least=5),
    Rule("scores", "plain", budget=1.0),
)
BEGIN = FIRST * cells.IN_HOUR


@dataclass
class Going:
    """A walk, with what it told, what it kept and what somebody closed, as the store would have it."""

    walk: Walk = field(
        default_factory=lambda: Walk(RULES, {"rare": Rare(), "plain": Plain()}, FIRST, ("company:acme",))
    )
    told: list[Opened] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)

    def through(self, events: Iterable[tuple[datetime, list[Change] | None]]) -> None:
        """Steps through changes; None: somebody closes every alert that is open then."""
        for at, found in events:
            if found is None:
                for closing in self.open(at):
                    self.closings.append(replace(closing, articles=self.walk.close(closing)))
            else:
                self.told += self.walk.step(at, found)

    def open(self, at: datetime) -> list[Closing]:
        """The closings of what is open."""
        return [
            Closing(at, alert_id(name, episode))
            for name, run in self.walk.runs.items()
            for episode in run.episodes.open
            if self.walk.now - episode.last_at <= HOLD
        ]


def resumed(before: Going, past: Life, looked: datetime) -> Going:
    """A new walk that goes on from what was kept by a moment."""
    new = Going()
    hour = fitted_at(FIRST, looked)
    assert hour is not None
    edge = cells.begins(hour * cells.IN_HOUR - 1)
    late = settled(hour, max(LENGTHS)) * cells.IN_HOUR
    by_hour: dict[str, Hours] = defaultdict(Hours)
    for one in standing(past, edge):
        if one.entry.cell < late:
            by_hour[one.series].add(one.entry.cell // cells.IN_HOUR, 1, one.entry.weight)
    new.walk.board.begin(by_hour, late)
    for one in standing(past, edge):
        if one.entry.cell >= late:
            new.walk.board.apply(one)
    since = [(at, found) for at, found in past if at >= edge]
    cuts: dict[str, list[tuple[Cut, int]]] = {rule.name: [] for rule in RULES}
    for cut in before.walk.cuts:
        cuts[cut.rule].append((cut, dict(before.walk.runs[cut.rule].tests)[cut.since]))
    rises = {name: list(run.new) for name, run in before.walk.runs.items()}
    new.walk.resume(hour, since, cuts, rises, before.closings)
    new.closings = list(before.closings)
    return new


def standing(past: Life, edge: datetime) -> list[Change]:
    """What counted at a moment, and not what was taken back by then."""
    left: list[Change] = []
    for at, found in past:
        for one in found:
            if at >= edge:
                continue
            if one.sign > 0:
                left.append(one)
            else:
                left.remove(next(o for o in left if (o.series, o.entry) == (one.series, one.entry)))
    return left


def state(going: Going) -> dict[str, Any]:
    """All that what opens later follows from."""
    return {
        name: {
            "open": list(map(plainly, run.episodes.open)),
            "past": sorted(map(plainly, run.episodes.past), key=str),
            "cut": run.cut,
            "floor": run.floor,
            "tests": run.tests,
            "known": run.known,
            "rises": run.rises,
            "cuts": [cut for cut in going.walk.cuts if cut.rule == name],
        }
        for name, run in going.walk.runs.items()
    }


def plainly(one: Episode) -> tuple[object, ...]:
    return (
        *(one.first, one.highest, one.since, one.last_at, sorted(one.series), sorted(one.stories)),
        *(one.ended_at, sorted(one.articles), one.last_seen_at),
    )


def same(one: Going, other: Going) -> None:
    first, second = state(one), state(other)
    for name, of_rule in first.items():
        for key, value in of_rule.items():
            assert value == second[name][key], f"{key} of {name}"


def made(seed: int, weeks: float) -> list[tuple[datetime, list[Change] | None]]:
    """A life with surges, late news, news taken back, and alerts that somebody closes."""
    rng = random.Random(seed)
    last = int(weeks * WEEK)
    parts: list[Life] = [life(weeks, seed)]
    for n in range(int(weeks * 2) + 1):
        hour, company = rng.randrange(20, last), rng.choice(("acme", "brick", "cargo"))
        burst = [
            (
                at,
                [one._replace(entry=one.entry._replace(story_id=one.entry.story_id + 1000 * n)) for one in f],
            )
            for at, f in surge(0, rng.randint(6, 16), company, hour)
        ]
        parts.append(burst)
        if rng.random() < 0.4:  # some of it is taken back within a day
            parts.append(
                [
                    (
                        at + cells.FINE * rng.randrange(1, 200),
                        [one._replace(sign=-1, fresh=False) for one in found],
                    )
                    for at, found in burst[:3]
                ]
            )
        for k in range(rng.randrange(4)):  # and some comes late
            cell = BEGIN + hour * cells.IN_HOUR + k
            known = cell + rng.randrange(1, 40 * cells.IN_HOUR)
            parts.append(told(cell, company, 500_000 + 100 * n + k, known=known))
    whole: list[tuple[datetime, list[Change] | None]] = list(merged(*parts))
    end = whole[-1][0]
    for _ in range(rng.randrange(6)):
        at = moment(BEGIN + rng.randrange(40, last) * cells.IN_HOUR) + cells.FINE / 4
        whole.append((min(at, end), None))
    return sorted(whole, key=lambda one: one[0])


def check(seed: int, weeks: float, stop: float) -> Going:
    events = made(seed, weeks)
    place = max(int(len(events) * stop), 1)
    looked = events[place - 1][0] + cells.FINE / 8
    if fitted_at(FIRST, looked) is None:
        looked = moment(BEGIN + 30 * cells.IN_HOUR)
        place = sum(at < looked for at, _ in events)
    first, later = events[:place], events[place:]
    going = Going()
    going.through(first)
    going.told += going.walk.step(looked)
    again = resumed(going, [(at, found) for at, found in first if found is not None], looked)
    same(again, going)
    before = len(going.told)
    going.through(later)
    again.through(later)
    same(again, going)
    assert [(one.at, one.rule, plainly(one.episode), one.cut) for one in again.told] == [
        (one.at, one.rule, plainly(one.episode), one.cut) for one in going.told[before:]
    ]
    assert again.closings == going.closings
    return going


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), weeks=st.floats(0.6, 3.0), stop=st.floats(0.0, 1.0))
def test_it_opens_closes_and_cuts_as_one_that_never_stopped(seed: int, weeks: float, stop: float) -> None:
    check(seed, weeks, stop)


@pytest.mark.parametrize("seed", range(3))
def test_also_where_baselines_are_weekly_and_scores_have_a_cut(seed: int) -> None:
    going = check(seed, SETTLED + 3.4, 0.8)
    assert any(episode.past or episode.open for episode in (run.episodes for run in going.walk.runs.values()))
    assert going.walk.runs["scores"].cut.value < float("inf")


def test_lives_hold_what_makes_it_hard() -> None:
    """Over some seeds there are alerts, closings of them, late rises and stories taken back."""
    all_of = [check(seed, 2.0, 0.5) for seed in range(8)]
    rises: list[Rise] = [one for going in all_of for run in going.walk.runs.values() for one in run.rises]
    assert sum(len(going.closings) for going in all_of) >= 5
    assert any(one.late for one in rises) and any(run.known for g in all_of for run in g.walk.runs.values())
    assert any(one.sign < 0 for seed in range(8) for _, found in made(seed, 2.0) for one in found or ())


def test_what_rose_before_the_last_fit_still_opens_nothing_again() -> None:
    events = merged(life(1), surge(0, 14, hour=70))
    looked = moment(BEGIN + 80 * cells.IN_HOUR)
    going = Going()
    first = [one for one in events if one[0] < looked]
    going.through(first)
    assert going.walk.runs["rare"].episodes.open
    again = resumed(going, first, looked)
    more = [
        (moment(BEGIN + 81 * cells.IN_HOUR), [change(BEGIN + 81 * cells.IN_HOUR, "company:acme", 10_003)])
    ]
    again.through(more)
    assert [one for one in again.told if one.episode.ended_at is None] == []
