"""When scores become an alert: one rule's openings, grouped and damped, under one cut.

A **rise** is a series whose score passed the floor when something new was counted in it. Under a cut,

- a rise at the cut, of enough voices, **opens** an episode, unless one that is open explains it;
- an open episode **explains** a rise of a series that is its own already, and one of whose excess over the
  expected at least half is the episode's stories. So what rises on the same stories is one episode;
- it is **named** by the smallest scope that rose on these stories;
- it **ends** when nothing of its own rose to `EXIT` of the cut for `HOLD`. A score between the two keeps it
  open and opens nothing (hysteresis), so a count at the edge of the cut is one alert.

The same function runs the rule that is watching, replays it, and tells `detection.budget` how often a cut
would have opened. It never looks at what came later.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.detection import cells, rules

HOLD = timedelta(hours=24) // cells.FINE
"""Cells without a rise after which an episode is over."""
EXIT = 0.8
"""Of the cut: scores from here on keep an episode open."""
SHARED = 0.5
"""Of a rise's excess: so much must be an episode's stories for it to be the same."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A series that scored high at the cell `at`, by what became known at `seen_at` (None: as the cell
    ended). `stories` are those behind it, told by so many `voices` in these `articles`; `observed`,
    `expected`, `low` and `high` are of the window of `hours` that decided, which ended `late` cells
    before."""

    at: int
    series: str
    score: float
    stories: frozenset[int]
    voices: int
    observed: float
    expected: float
    hours: int
    low: float = 0.0
    high: float = 0.0
    seen_at: datetime | None = None
    articles: tuple[int, ...] = ()
    late: int = 0

    @property
    def when(self) -> datetime:
        """The moment of it."""
        return self.seen_at or cells.begins(self.at)

    @property
    def excess(self) -> float:
        """How many voices are more than usual."""
        return max(self.observed - self.expected, 1.0)


@dataclass(slots=True)
class Episode:
    """What one rule opened: `first` is the rise that did, `highest` the highest one of the series that names
    it, `name`; `series` are all that rose, with the most voices of each; `since` and `last_at` are cells,
    `last_seen_at` the moment in which it last rose."""

    first: Rise
    highest: Rise
    since: int
    last_at: int
    series: dict[str, int] = field(default_factory=dict)
    stories: set[int] = field(default_factory=set)
    ended_at: int | None = None
    articles: set[int] = field(default_factory=set)
    name: str = ""
    last_seen_at: datetime | None = None

    def rose(self, series: str, voices: int) -> None:
        """A series rose, with so many voices. The smallest scope names the episode, but a topic of a company
        only where it is more than half of what rose about that company."""
        self.series[series] = max(voices, self.series.get(series, 0))
        if self._half(self.name):
            whole = [name for name in self.series if not self._half(name)]
            self.name = rules.smallest(whole)
        elif not self._half(series):
            self.name = rules.smallest((self.name, series))

    def _half(self, series: str) -> bool:
        """Whether a series is at most half of what rose about its company."""
        whole = self.series.get(f"company:{rules.company(series)}", 0)
        return whole >= 2 * self.series.get(series, 0) > 0


@dataclass(slots=True)
class Episodes:
    """The episodes of one rule, as they open and end."""

    least: int
    open: list[Episode] = field(default_factory=list)
    past: list[Episode] = field(default_factory=list)

    def end(self, now: int) -> list[Episode]:
        """End what nothing kept open until the cell `now`."""
        over = [one for one in self.open if now - one.last_at > HOLD]
        for one in over:
            one.ended_at = one.last_at + HOLD
            self.open.remove(one)
            self.past.append(one)
        return over

    def close(self, episode: Episode, now: int) -> None:
        """End an open episode, because somebody says so, if it is not over by itself."""
        episode.ended_at = min(now, episode.last_at + HOLD)
        self.open.remove(episode)
        self.past.append(episode)

    def rise(self, at: int, rises: Iterable[Rise], cut: float) -> list[Episode]:
        """Take in what rose at the cell `at`: the episodes that it opened."""
        self.end(at)
        opened: list[Episode] = []
        for one in sorted(rises, key=lambda one: (rules.size(one.series), -one.score, one.series)):
            if one.score < EXIT * cut:
                continue
            known = next((episode for episode in self.open if explains(episode, one)), None)
            if known is not None:
                self._joined(known, one, cut)
            elif one.score >= cut and one.voices >= self.least:
                episode = Episode(
                    *(one, one, at, at, {one.series: one.voices}, set(one.stories)),
                    articles=set(one.articles),
                    name=one.series,
                    last_seen_at=one.when,
                )
                self.open.append(episode)
                opened.append(episode)
        return opened

    def _joined(self, episode: Episode, one: Rise, cut: float) -> None:
        episode.last_at = one.at
        episode.last_seen_at = one.when
        if one.score < cut:
            return
        known = one.series in episode.series
        episode.rose(one.series, one.voices)
        # A larger scope holds other stories too: they are not this episode's.
        if known or rules.size(one.series) <= rules.size(episode.name):
            episode.stories |= one.stories
            episode.articles |= set(one.articles)
        if one.series == episode.name and (
            episode.highest.series != one.series or one.score > episode.highest.score
        ):
            episode.highest = one


def alert_id(rule: str, episode: Episode) -> str:
    """The id of the alert that an episode of a rule is: the same whoever derives it."""
    text = f"{rule}\n{episode.first.series}\n{episode.first.when.isoformat()}"
    return "alert_" + hashlib.sha256(text.encode()).hexdigest()[:24]


def explains(episode: Episode, one: Rise) -> bool:
    """Whether an open episode is what rises."""
    if one.series in episode.series:
        return True
    return len(one.stories & episode.stories) >= SHARED * min(one.excess, len(one.stories) or 1)


def openings(rises: Sequence[Rise], cut: float, least: int, most: float = math.inf) -> int:
    """How many episodes these rises, in order of time, would have opened under a cut; the counting stops at
    the first above `most`."""
    state, found, place = Episodes(least), 0, 0
    floor = EXIT * cut
    high = [one for one in rises if one.score >= floor]
    while place < len(high) and found <= most:
        at, upto = high[place].at, place
        while upto < len(high) and high[upto].at == at:
            upto += 1
        found += len(state.rise(at, high[place:upto], cut))
        state.past.clear()
        place = upto
    return found
