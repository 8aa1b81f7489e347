"""When scores become an alert: one rule's openings, grouped and damped, under one cut.

A **rise** is a series whose score passed the floor when something new was counted in it. Under a cut,

- a rise at the cut, of enough voices, **opens** an episode, unless one that is open explains it;
- an open episode **explains** a rise of a series that is its own already, and one of whose excess over the
  expected at least half is the episode's stories. So what rises on the same stories is one episode;
- it is **named** by the smallest scope that rose on these stories, which is one that holds more than half of
  them: of forty stories of a branch, the three about one company do not name it;
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
    """What one rule opened: `first` is the rise that did; `series` are all that rose, with the most voices of
    each, `tops` with the highest rise and `told` with the stories of each; `name` is one of them. `since` and
    `last_at` are cells, `last_seen_at` the moment in which it last rose."""

    first: Rise
    since: int
    last_at: int
    series: dict[str, int] = field(default_factory=dict)
    stories: set[int] = field(default_factory=set)
    ended_at: int | None = None
    articles: set[int] = field(default_factory=set)
    name: str = ""
    last_seen_at: datetime | None = None
    told: dict[str, set[int]] = field(default_factory=dict)
    tops: dict[str, Rise] = field(default_factory=dict)

    @property
    def highest(self) -> Rise:
        """The highest rise of the series that names it."""
        return self.tops[self.name]

    @classmethod
    def of(cls, first: Rise) -> Episode:
        """The episode that a rise opens."""
        found = cls(first, first.at, first.at, name=first.series, last_seen_at=first.when)
        found.rose(first)
        return found

    def rose(self, one: Rise) -> None:
        """A series rose. Its stories are the episode's, but those of a larger scope only where it is what
        opened, or is the company that names it: a larger scope holds others too."""
        series, company = one.series, rules.company(one.series)
        known = series in self.series and company != "" and company == rules.company(self.name)
        self.series[series] = max(one.voices, self.series.get(series, 0))
        self.told.setdefault(series, set()).update(one.stories)
        self.tops[series] = max(one, self.tops.get(series, one), key=lambda rise: rise.score)
        if known or series == self.first.series or rules.size(series) <= rules.size(self.name):
            self.stories |= one.stories
            self.articles |= set(one.articles)
        if not self._tells(self.name):
            whole = [name for name in self.series if self._tells(name)]
            self.name = rules.smallest(whole or self._most())
        elif self._tells(series):
            self.name = rules.smallest((self.name, series))

    def _tells(self, series: str) -> bool:
        """Whether a series may name the episode: it holds more than half of its stories, and as a topic of a
        company more than half of what rose about that."""
        about = self.series.get(f"company:{rules.company(series)}", 0)
        return about < 2 * self.series[series] and 2 * self._held(series) > len(self.stories)

    def _most(self) -> list[str]:
        """The series that hold most of its stories."""
        most = max(map(self._held, self.series))
        return [name for name in self.series if self._held(name) == most]

    def _held(self, series: str) -> int:
        return len(self.told[series] & self.stories)


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
                episode = Episode.of(one)
                self.open.append(episode)
                opened.append(episode)
        return opened

    def _joined(self, episode: Episode, one: Rise, cut: float) -> None:
        episode.last_at = one.at
        episode.last_seen_at = one.when
        if one.score < cut:
            return
        episode.rose(one)


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
