"""Any rules over the past, exactly as they would have run: what would have opened, and under which cuts.

A replay is a walk (`detection.walk`) over changes in the order in which they became known, from the first
one on. What opened before `since` belongs to the weeks that cuts are found on, and is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.detection.episodes import Episode, alert_id
from monitor.detection.fits import Gaps, no_gaps
from monitor.detection.lines import Change
from monitor.detection.markets import UTC, Market
from monitor.detection.panels import Detector
from monitor.detection.rollups import scope_of
from monitor.detection.rules import Rule
from monitor.detection.runs import Closing
from monitor.detection.turns import Turn
from monitor.detection.walk import Walk
from monitor.records import Scope

Progress = Callable[[datetime], None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """An alert as it would have been. `observed` and `expected` are of the window of `hours` that ended at
    `opened_at`; 95% of such counts lie from `low` to `high`; the cut is on `score`; `stories` are all that it
    came to hold. `resolved_at`: None while it was open when the replay ended. `p`: None where the detector's
    score is no p-value."""

    id: str
    rule: str
    severity: str
    scope: Scope
    opened_at: datetime
    resolved_at: datetime | None
    observed: float
    expected: float
    low: float
    high: float
    p: float | None
    score: float
    cut: float
    checked: bool
    hours: int
    stories: tuple[int, ...]
    series: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """What rules would have done from `since` to `until`; `cuts` are those that were in force, in order."""

    since: datetime
    until: datetime
    rules: tuple[Rule, ...]
    alerts: tuple[Replayed, ...]
    cuts: tuple[Cut, ...]

    @property
    def weeks(self) -> float:
        """How long it was."""
        return (self.until - self.since) / timedelta(weeks=1)

    def a_week(self, rule: str) -> float:
        """How many alerts a week a rule would have opened."""
        return sum(alert.rule == rule for alert in self.alerts) / self.weeks


@dataclass(frozen=True, slots=True)
class Past:
    """What a replay goes over: the changes by moments, the hour in which reading began, which series to
    expect though they never counted, the hours in which nobody was reading, the alerts that somebody closed,
    the articles that somebody called useful, with the cell from which on that was known, whose week the news
    have, and when another version of the model began to serve."""

    changes: Iterable[tuple[datetime, Sequence[Change]]]
    first: int
    known: Sequence[str] = ()
    gaps: Gaps = no_gaps
    closings: Sequence[Closing] = ()
    useful: Mapping[int, int] = field(default_factory=dict)
    market: Market = UTC
    turns: Sequence[Turn] = ()


def replay(
    past: Past,
    rules: Sequence[Rule],
    detectors: Mapping[str, Detector],
    since: datetime,
    until: datetime,
    progress: Progress = lambda at: None,
) -> Replay:
    """Walk through the past and tell what opened from `since` to before `until`."""
    going = Walk(
        rules,
        detectors,
        past.first,
        past.known,
        past.gaps,
        useful=lambda: past.useful,
        market=past.market,
        turns=past.turns,
    )
    told: list[tuple[str, Episode, Cut]] = []
    end = cells.cell(until)
    waiting = sorted(past.closings, key=lambda one: one.at, reverse=True)
    for at, found in past.changes:
        if at >= until:
            break
        while waiting and waiting[-1].at <= at:
            going.close(waiting.pop())
        progress(at)
        told += _opened(going, at, found)
    while waiting and waiting[-1].at <= until:
        going.close(waiting.pop())
    told += _opened(going, until, ())
    begun = cells.cell(since)
    by_name = {rule.name: rule for rule in rules}
    alerts = tuple(
        _alert(by_name[rule], episode, cut, larger=detectors[by_name[rule].detector].larger_is_rarer)
        for rule, episode, cut in told
        if episode.first.when >= since
    )
    cuts = [cut for cut in going.cuts if cut.since < end]
    before = max((cut.since for cut in cuts if cut.since <= begun), default=0)
    return Replay(since, until, tuple(rules), alerts, tuple(cut for cut in cuts if cut.since >= before))


def _opened(going: Walk, at: datetime, found: Sequence[Change]) -> list[tuple[str, Episode, Cut]]:
    return [
        (one.rule, one.episode, one.cut)
        for one in going.step(at, found)
        if one.episode.ended_at is None and one.episode.since == one.at
    ]


def _alert(rule: Rule, episode: Episode, cut: Cut, *, larger: bool) -> Replayed:
    highest = episode.highest
    ended = episode.ended_at
    return Replayed(
        id=alert_id(rule.name, episode),
        rule=rule.name,
        severity=rule.severity,
        scope=scope_of(episode.name),
        opened_at=episode.first.when,
        resolved_at=None if ended is None else cells.begins(ended),
        observed=highest.observed,
        expected=highest.expected,
        low=highest.low,
        high=highest.high,
        p=None if larger else 10.0**-highest.score,
        score=highest.score,
        cut=cut.value,
        checked=cut.checked,
        hours=highest.hours,
        stories=tuple(sorted(episode.stories)),
        series=tuple(sorted(episode.series)),
    )
