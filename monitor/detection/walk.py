"""Through time with rules: what opens and ends, moment by moment, knowing nothing that came later.

    changes -> board -> (at times: past -> fit, risen -> cut) -> windows -> scores -> episodes

One walk serves whoever asks: the watch that runs, a replay of a rule over the past, and the programs that
measure false alarms. It tests a series only when something fresh and negative was counted in it, because
nothing else can raise a score; what somebody edits, labels or merges moves the counts and opens nothing. What
comes more than an hour late, and not more than `LATE`, is tested in the window that ended with its own hour
too.

Nothing opens in the first `LEARNING` hours. Baselines and cuts are set anew when a day begins (00:00 UTC)
while they are young, and from `SETTLED` weeks on when a week does (Monday), on what was counted by then.

An episode that somebody closes is over, and what told its stories until then is known to its rule: it is
left out of its counts, so that whatever else comes, new voices of these stories too, may open the next one at
once.

Where another version of the model begins to serve, what is counted from then on is scaled to what the past is
made of, by what is known of their ratio at each moment (`detection.turns`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.detection import absence, cells, rules
from monitor.detection.absence import Absence
from monitor.detection.boards import LENGTHS
from monitor.detection.budget import Cut
from monitor.detection.causes import Causes, Counted, causes
from monitor.detection.episodes import Episode, Episodes, Rise, alert_id
from monitor.detection.fits import Fits
from monitor.detection.lines import Change
from monitor.detection.panels import Present, Scores
from monitor.detection.refits import DAY, LATE, LEARNING, following, settled
from monitor.detection.runs import Closing, Opened, Run, happened
from monitor.detection.turns import scale

Useful = Callable[[], Mapping[int, int]]
"""The articles of alerts that somebody calls useful, with the cell from which on that is known: asked when
cuts are found."""


@dataclass(slots=True)
class Walk(Fits):
    """A walk from the hour `first` on, in which reading began; what is of before is not counted. `useful` are
    the articles of alerts that somebody calls so (`Run.next_cut`)."""

    useful: Useful = dict
    cuts: list[Cut] = field(default_factory=list)
    _next: int = 0
    _day: int = 0

    def __post_init__(self) -> None:
        nothing = Cut("", 0, math.inf, checked=False, weeks=0, openings=0)
        self.runs = {rule.name: Run(rule, Episodes(rule.least), nothing) for rule in self.rules}
        self._next = self.first + LEARNING
        self.board.forget(self.first * cells.IN_HOUR)

    @property
    def ready_at(self) -> datetime:
        """From when on anything may open."""
        return cells.begins(self.first + LEARNING, cells.HOUR)

    def step(self, at: datetime, changes: Iterable[Change] = ()) -> list[Opened]:
        """Everything that became known at a moment: what opens and what ends by it.

        Steps go forward: one of an earlier moment is of the last one's time. One without changes ends what is
        over.
        """
        now = self.now = max(self.now, cells.cell(at) + 1)
        told: list[Opened] = []
        while self._next * cells.IN_HOUR <= now:
            for run in self.runs.values():
                told += run.ended(self._next * cells.IN_HOUR)
            self._anew(self._next)
            self._next = following(self._next, self.first)
        self._settle(now // cells.IN_HOUR)
        touched: dict[int, dict[str, None]] = {now: {}}
        for change in changes:
            self.board.apply(change)
            if change.sign > 0 and change.fresh and change.entry.negative:
                touched[now][change.series] = None
                hour = change.entry.cell // cells.IN_HOUR
                late = now - change.entry.cell
                if cells.IN_HOUR < late <= LATE * cells.IN_HOUR and hour >= self.first:
                    touched.setdefault((hour + 1) * cells.IN_HOUR, {})[change.series] = None
        for run in self.runs.values():
            told += run.ended(now)
        if self._fitted and touched[now]:
            told += self._tested(at, touched)
        return told

    def close(self, closing: Closing) -> frozenset[int]:
        """End the episode of an alert that somebody closed, if it is open. Its rule knows the articles now
        that told its stories until then, those too that came since it last rose: who closes an alert has seen
        its page. These are returned. (Articles, for a story has another number once it is merged.)"""
        known: frozenset[int] = closing.articles or frozenset()
        now = max(self.now, cells.cell(closing.at) + 1)
        for name, run in self.runs.items():
            for episode in (*run.episodes.open, *run.episodes.past):
                if alert_id(name, episode) != closing.alert_id:
                    continue
                if episode.ended_at is None:
                    run.episodes.close(episode, now)
                if closing.articles is None:
                    known |= self._told(episode, now)
                known |= episode.articles
                run.known |= dict.fromkeys(known, now)
        return known

    def _told(self, episode: Episode, now: int) -> set[int]:
        """The articles that tell the stories of an episode, those since it began among them."""
        hours = max(LENGTHS)
        seen = self.board.evidence(episode.name, now, hours)
        stories = episode.stories | {one.story_id for one in seen if one.cell >= episode.since}
        told = (self.board.told(name, now, hours, stories) for name in ("all", episode.name))
        return {one.article_id for some in told for one in some}

    def _settle(self, hour: int) -> None:
        """Keep by hour alone what no window begins before any more, once a day."""
        if hour // DAY > self._day:
            self._day = hour // DAY
            self.board.settle(settled(hour, max(LENGTHS)) * cells.IN_HOUR)

    def causes(self, rule: str, rise: Rise, cut: float) -> Causes | None:
        """What a rise of a rule hangs on, by what counts in its windows, and is usual, now; None where its
        detector does not work, and of a rise of so long ago that its windows are kept by hour alone."""
        run, end = self.runs[rule], rise.at - rise.late
        name, fitted = run.rule.detector, self._fitted.get(run.rule.detector)
        if fitted is None or end < self.now - LATE * cells.IN_HOUR:
            return None
        detector = self.detectors[name]
        known = run.known_since(end - max(LENGTHS) * cells.IN_HOUR)
        counted = Counted(
            rise,
            self.board.table(rise.series, end, known, self._scale),
            self.board.table("all", end, known),
            self.board.voices,
            self.board.present([rise.series], [self._row(rise.series)], end, known, self._scale),
        )

        def ask(present: Present) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
            scores = detector.test(fitted, present)
            return _score(scores.p, larger=detector.larger_is_rarer), scores.window

        found: Causes | None = self._asked(name, partial(causes, counted, ask, cut, run.rule.least))
        return found

    def explained(self, rule: str, rise: Rise, cut: float, gone: Absence) -> bool:
        """Whether a rise of a rule would be under its cut, had what is `gone` never been brought, though it
        does not hang on it: see `detection.absence`."""
        run, end = self.runs[rule], rise.at - rise.late
        name, fitted = run.rule.detector, self._fitted.get(run.rule.detector)
        if fitted is None or end < self.now - LATE * cells.IN_HOUR:
            return False
        detector, row = self.detectors[name], self._row(rise.series)
        known = run.known_since(end - max(LENGTHS) * cells.IN_HOUR)
        whole, less = (
            self.board.present([rise.series], [row], end, without, self._scale)
            for without in (known, known | gone.articles)
        )

        def score(learnt: Any, present: Present) -> float:
            found = detector.test(learnt, present)
            return float(_score(found.p, larger=detector.larger_is_rarer)[0])

        def ask() -> bool:
            if score(fitted, replace(whole, negative=less.negative)) < cut:
                return False
            scaled = scale(self.turns, self.first, self._hour, self._hour * cells.IN_HOUR)
            past = absence.without(self._panel(self._hour, self._names), rise.series, gone, scaled)
            return score(detector.fit(past), less) < cut

        return bool(self._asked(name, ask))

    def _anew(self, hour: int) -> None:
        """Fit baselines and find cuts on what is before an hour."""
        self.fit(hour)
        useful = self.useful()
        for run in self.runs.values():
            larger = self.detectors[run.rule.detector].larger_is_rarer
            run.under(run.next_cut(hour, len(self._names), larger=larger, useful=useful))
            self.cuts.append(run.cut)

    # --- testing ------------------------------------------------------------------------------

    def _tested(self, at: datetime, touched: Mapping[int, Mapping[str, None]]) -> list[Opened]:
        kinds = self._kinds
        found: dict[str, list[Rise]] = defaultdict(list)
        for end, series in touched.items():
            names = [name for name in series if rules.kind(name) in kinds]
            if names:
                self._scored(at, end, names, found)
        told: list[Opened] = []
        for name, rises in found.items():
            run = self.runs[name]
            told += [Opened(self.now, name, episode, run.cut) for episode in run.take(self.now, rises)]
        return told

    def _scored(self, at: datetime, end: int, names: Sequence[str], found: dict[str, list[Rise]]) -> None:
        """Add by rule what rises in the windows that end before the cell `end`."""
        rows = [self._row(name) for name in names]
        oldest = end - max(LENGTHS) * cells.IN_HOUR
        scaled = self._scale
        presents: dict[frozenset[int], Present] = {}
        scored: dict[tuple[str, frozenset[int]], Scores | None] = {}
        for run in self.runs.values():
            name = run.rule.detector
            if name not in self._fitted:
                continue
            known = run.known_since(oldest)
            if known not in presents:
                presents[known] = self.board.present(names, rows, end, known, scaled)
            present = presents[known]
            if (name, known) not in scored:
                ask = partial(self.detectors[name].test, self._fitted[name], present)
                scored[name, known] = self._asked(name, ask)
            scores = scored[name, known]
            if scores is None:
                continue
            value = _score(scores.p, larger=self.detectors[name].larger_is_rarer)
            for place, series in enumerate(names):
                if not rules.watched(series, run.rule):
                    continue
                run.tests[-1] = (run.tests[-1][0], run.tests[-1][1] + 1)
                if value[place] >= run.floor:
                    weight = float(present.negative[place, scores.window[place]])
                    one = self._risen(at, end, series, float(value[place]), scores, place, known, weight)
                    found[run.rule.name].append(one)

    def _risen(
        self,
        at: datetime,
        end: int,
        name: str,
        score: float,
        scores: Scores,
        place: int,
        known: frozenset[int],
        weight: float,
    ) -> Rise:
        hours = LENGTHS[int(scores.window[place])]
        found = self.board.evidence(name, end, hours, known)
        return Rise(
            at=self.now,
            series=name,
            score=score,
            stories=frozenset(entry.story_id for entry in found),
            voices=len({(entry.story_id, entry.voice) for entry in found}),
            observed=weight,
            expected=float(scores.expected[place]),
            hours=hours,
            low=float(scores.low[place]),
            high=float(scores.high[place]),
            seen_at=at,
            articles=tuple(entry.article_id for entry in found),
            late=self.now - end,
        )

    # --- going on -----------------------------------------------------------------------------

    def resume(
        self,
        hour: int,
        changes: Iterable[tuple[datetime, Sequence[Change]]],
        cuts: Mapping[str, Sequence[tuple[Cut, int]]],
        rises: Mapping[str, Sequence[Rise]],
        closings: Iterable[Closing],
    ) -> None:
        """Go on where a walk was that had set its `cuts`, with how many tests under each, and kept these
        `rises`.

        The board holds what counted before `hour`, when baselines were fitted last; `changes` are those
        since. Nothing is tested again: what opened follows from the rises.
        """
        self.fit(hour)
        for at, some in changes:
            self.now = max(self.now, cells.cell(at) + 1)
            for change in some:
                self.board.apply(change)
        self._next = following(hour, self.first)
        waiting = sorted(closings, key=lambda one: one.at, reverse=True)
        end = self.now
        for _, tests, name, what in happened(cuts, rises):
            run = self.runs[name]
            if isinstance(what, Cut):
                run.under(what, tests)
                self.cuts.append(what)
                continue
            while waiting and waiting[-1].at <= what[0].when:
                self.close(waiting.pop())
            self.now = what[0].at
            run.take(self.now, what)
        while waiting:
            self.close(waiting.pop())
        self.now = end
        for run in self.runs.values():
            run.episodes.end(end)
            run.new.clear()


def _score(p: NDArray[np.float64], *, larger: bool) -> NDArray[np.float64]:
    return p if larger else -np.log10(p)
