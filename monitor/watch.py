"""The watch line: counts -> walk -> alert life cycle -> outbox.

    changes ─walk→ episodes ─outbox→ alerts + events + deliveries

The watch is a walk (`detection.walk`) that goes on with every look, over what changed since the last one, in
the order in which it became known: the same walk that a replay takes over the same past, with the same
openings. What it needs to go on after a start is stored (`store.walked`); where a rule is new, another one,
or an archive came, the whole past is walked through again.

Each change of an alert commits together with its history and its deliveries (`outbox`). How far the watch has
looked is stored last, and an alert's id follows from what opened it: so a crash repeats a look and loses no
message.

Three things look like a surge and are none: what a new source brings at first, what had piled up while nobody
was reading (both are backlog, which is never tested: `detection.coverage`), and what an archive brings. An
episode of nothing but history is an alert only once something else rises with it.

What somebody closed an alert on is known: it is left out of the counts of its rule, and whatever else comes
may open the next alert at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitor.alerts.lifecycle import Seen, waited
from monitor.alerts.notice import Titles
from monitor.alerts.routing import Tree
from monitor.detection import budget, cells, coverage
from monitor.detection.boards import LENGTHS
from monitor.detection.causes import of_rise
from monitor.detection.episodes import Episode, Rise, alert_id
from monitor.detection.markets import UTC, Market
from monitor.detection.panels import Detector
from monitor.detection.refits import PAST, WEEK, fitted_at, settled
from monitor.detection.rules import Rule
from monitor.detection.runs import Closing
from monitor.detection.walk import Walk
from monitor.errors import PluginError
from monitor.messages import Message
from monitor.notifying import ALL
from monitor.outbox import advance
from monitor.records import OPEN, Alert, AlertState
from monitor.settings import AlertSettings
from monitor.store import Store, Tx, alerts, articles, brought, past, polls, samples, turns, verdicts, walked

HEARD = timedelta(days=8)
"""What somebody closed so long before the last look was heard of then."""

Report = Callable[[str, str], None]
"""Told what a detector (its name) fails with, or "" where it works."""


@dataclass
class Watch:
    """What watches a store by `rules`, each stored as `said`; `known` are the series to expect, `market` is
    whose week the news have, and `silent` says which sources are at a moment."""

    store: Store
    rules: Sequence[Rule]
    said: Mapping[str, Mapping[str, Any]]
    detectors: Mapping[str, Detector]
    settings: AlertSettings
    known: Sequence[str] = ()
    report: Report = lambda name, error: None
    market: Market = UTC
    silent: Callable[[Tx, datetime], Collection[str]] = lambda tx, now: ()
    _walk: Walk | None = None
    _place: past.Place | None = None
    _sample: bool = False
    _heard: set[str] = field(default_factory=set)
    _closed: dict[str, frozenset[int]] = field(default_factory=dict)
    _failures: dict[str, str] = field(default_factory=dict)
    _asked: dict[str, Rise] = field(default_factory=dict)  # by alert, the rise of which its causes are
    _anew: bool = False
    _moved: bool = False  # anything that is not stored yet
    _cuts: int = 0  # that are stored
    _kept: int = 0  # the newest cut that is stored

    def look(self, now: datetime, tree: Tree, titles: Titles | None = None) -> list[Alert]:
        """Go on until `now`: the alerts that something happened to, or of which somebody was told.

        `tree` says who hears of them, `titles` the names messages give to scopes. Looking again
        with the same `now` changes nothing. Raises PluginError where a detector fails, once what the others
        say is stored.
        """
        self._failures = {}
        with self.store.read() as tx:
            try:
                self._walked(tx, now)
            except BaseException:  # it stopped somewhere on the way: the next look begins where this one did
                self._walk, self._place = None, None
                raise
            found = alerts.page(tx, OPEN, limit=ALL)
            open_now = {alert.id: alert for alert in found if not alert.operational}
            pending = self._pending(tx, open_now)
            explained = self._explained(tx, pending, open_now, tree, now)
        changed = []
        for id, seen in pending:
            silent = explained.get(id, "")
            alert = advance(self.store, id, seen, self.settings, tree, now, titles=titles, silent=silent)
            changed += [] if alert is None else [alert]
        for _, seen in pending:  # once everybody is told of everything: no message waits for it
            if seen is not None and seen.episode.ended_at is None:
                self._hangs_on(seen)
        if not self._sample and self._walk is not None and (self._moved or len(self._walk.cuts) > self._cuts):
            self._keep(now)
        self._tell_failures()
        return changed

    # --- walking ------------------------------------------------------------------------------

    def _walked(self, tx: Tx, now: datetime) -> None:
        """Walk on until `now`, over the sample while there is nothing else."""
        sample = self.settings.include_sample and samples.counted(tx)
        if sample is not self._sample:
            self._walk, self._place, self._sample = None, None, sample
        if sample:
            self._of_sample(tx)
        else:
            self._follow(tx, now)
        if self._walk is not None:
            self._walk.step(now)

    def _follow(self, tx: Tx, now: datetime) -> None:
        """Walk over what changed since the last look."""
        if self._walk is None or self._place is None:
            self._begin(tx, now)
            return
        since = self._place.at
        try:
            moments, self._place = past.news(tx, self._place, now)
        except LookupError:
            self._begin(tx, now, again=True)
            return
        self._walk.known = self.known
        self._walk.gaps, self._walk.turns = _gaps(tx), turns.all(tx)
        self._walk.retry()
        self._through(tx, self._walk, moments, since, now)

    def _begin(self, tx: Tx, now: datetime, *, again: bool = False) -> None:
        """Go on where the watch before this one was, or from the beginning."""
        first = past.first(tx)
        if first is None:
            return
        walk = Walk(self.rules, self.detectors, first, self.known, _gaps(tx), self._failed)
        walk.useful, walk.market, walk.turns = self._useful, self.market, turns.all(tx)
        self._heard, self._kept, self._cuts, self._moved = set(), 0, 0, True
        looked = None if again else walked.looked_at(tx)
        if looked is not None and not self._resumed(tx, walk, looked):
            looked = None
        self._anew = looked is None
        moments = past.changes(tx, now, looked)
        self._walk, self._place = walk, past.place(tx, now)
        self._through(tx, walk, moments, looked or past.EVER, now)

    def _resumed(self, tx: Tx, walk: Walk, looked: datetime) -> bool:
        hour = fitted_at(walk.first, looked)
        if hour is None:
            return False
        kept = walked.kept_cuts(tx, self.said, hour * cells.IN_HOUR)
        if kept is None:
            return False
        # The change that set the cuts was the first of the last five minutes before the hour, or a later one.
        edge = cells.begins(hour * cells.IN_HOUR - 1)
        oldest = cells.begins(hour - (PAST + 2) * WEEK, cells.HOUR)
        late = settled(hour, max(LENGTHS))
        settled_at = max(cells.begins(late, cells.HOUR), oldest)
        walk.board.begin(past.hourly(tx, edge, oldest, settled_at), late * cells.IN_HOUR)
        for change in past.standing(tx, edge, settled_at):
            walk.board.apply(change)
        closed = [one for one in alerts.closings(tx, oldest) if one.at <= looked]
        self._heard |= {one.alert_id for one in closed}
        rises = walked.kept_rises(tx, self.said)
        walk.resume(hour, past.changes(tx, looked, edge), kept, rises, closed)
        self._kept = hour * cells.IN_HOUR
        return True

    def _through(self, tx: Tx, walk: Walk, moments: Any, since: datetime, now: datetime) -> None:
        """Step through moments since the last look, with what somebody closed between them."""
        closed = [
            one
            for one in alerts.closings(tx, since - HEARD)
            if one.alert_id not in self._heard and one.at <= now
        ]
        closed.reverse()
        self._moved = self._moved or bool(closed)
        for at, changes in moments:
            self._moved = True
            while closed and closed[-1].at <= at:
                self._close(walk, closed.pop())
            walk.step(at, changes)
        while closed:
            self._close(walk, closed.pop())

    def _close(self, walk: Walk, closing: Closing) -> None:
        self._closed[closing.alert_id] = walk.close(closing)
        self._heard.add(closing.alert_id)

    def _of_sample(self, tx: Tx) -> None:
        """The sample is walked through as if it had been read all the time, and anew when it changes."""
        place = past.place(tx, _FAR)
        if place == self._place and self._walk is not None:
            return
        moments = past.sample(tx)
        self._place, self._walk = place, None
        if moments:
            first = cells.hour(moments[0][0])
            self._walk = Walk(self.rules, self.detectors, first, self.known, failed=self._failed)
            self._heard, self._anew = set(), True
            self._through(tx, self._walk, moments, past.EVER, _FAR)

    def _useful(self) -> Mapping[int, int]:
        with self.store.read() as tx:
            return verdicts.useful(tx)

    def _failed(self, name: str, error: Exception) -> None:
        self._failures[name] = f"{type(error).__name__}: {error}"

    def _tell_failures(self) -> None:
        for name in dict.fromkeys(rule.detector for rule in self.rules):
            self.report(name, self._failures.get(name, ""))
        if self._failures:
            told = "; ".join(f"{name}: {why}" for name, why in sorted(self._failures.items()))
            raise PluginError(Message("alerting.detector_failed", why=told))

    def _keep(self, now: datetime) -> None:
        """Store how far this has come."""
        walk = self._walk
        assert walk is not None
        found = []
        for name, run in walk.runs.items():
            tests = dict(run.tests)
            # Under the newest of those that are stored, more was tested since.
            cuts = [one for one in walk.cuts if one.rule == name and one.since >= self._kept]
            found += [(cut, tests[cut.since]) for cut in cuts if cut.since in tests]
        rose = {name: list(run.new) for name, run in walk.runs.items()}
        oldest = walk.now - (budget.MOST + 1) * WEEK * cells.IN_HOUR
        with self.store.begin() as tx:
            if self._anew:
                walked.forget(tx)
            walked.keep(tx, now, self.said, found, rose, oldest)
            for id, known in self._closed.items():
                alerts.close(tx, id, known)
        self._closed.clear()
        self._anew = self._moved = False
        self._cuts = len(walk.cuts)
        self._kept = max((cut.since for cut in walk.cuts), default=0)
        for run in walk.runs.values():
            run.new.clear()

    # --- alerts -------------------------------------------------------------------------------

    def _hangs_on(self, seen: Seen) -> None:
        """Write down what an open alert hangs on, once for each highest rise of it."""
        rise = seen.episode.highest
        known = self._asked.get(seen.alert_id)
        if self._walk is None or known == rise:
            return
        with self.store.read() as tx:
            alert = alerts.find(tx, seen.alert_id)
            before = alerts.causes(tx, seen.alert_id)
        if alert is None or alert.state is AlertState.RESOLVED:
            return
        if known is not None or before is None or not of_rise(before, rise):
            found = self._walk.causes(seen.rule.name, rise, alert.cut)
            if found is None:
                return
            with self.store.begin() as tx:
                alerts.hang_on(tx, alert.id, found)
        self._asked[alert.id] = rise

    def _explained(
        self,
        tx: Tx,
        pending: Sequence[tuple[str, Seen | None]],
        open_now: Mapping[str, Alert],
        tree: Tree,
        now: datetime,
    ) -> dict[str, str]:
        """Of the alerts of which people would hear now for the first time, those that the silence of sources
        explains, with their names: of one where that suffices, else of all that are silent."""
        new = [
            (id, seen)
            for id, seen in pending
            if seen is not None and (id not in open_now or _fires(open_now[id], tree, now))
        ]
        walk = self._walk
        if not new or walk is None or self._sample:
            return {}
        sources = sorted(self.silent(tx, now))
        tried = [[one] for one in sources] + ([sources] if len(sources) > 1 else [])
        found: dict[str, str] = {}
        for id, seen in new:
            rise = seen.episode.highest
            for some in tried:
                gone = brought.absence(tx, some, rise.series, walk.since, rise.at - rise.late)
                if gone.news and walk.explained(seen.rule.name, rise, seen.cut.value, gone):
                    found[id] = ", ".join(some)
                    break
        return found

    def _pending(self, tx: Tx, open_now: Mapping[str, Alert]) -> list[tuple[str, Seen | None]]:
        """Every alert that something may have happened to, with the episode that it is."""
        found: dict[str, Seen | None] = dict.fromkeys(open_now)
        for name, run in self._walk.runs.items() if self._walk is not None else ():
            larger = self.detectors[run.rule.detector].larger_is_rarer
            for episode in (*run.episodes.past, *run.episodes.open):
                id = alert_id(name, episode)
                if id in found or (episode.ended_at is None and self._opens(tx, id, episode)):
                    found[id] = Seen(id, run.rule, episode, run.cut, larger)
        # What opened first tells people of what opened beside it.
        return sorted(
            found.items(), key=lambda one: past.EVER if one[1] is None else one[1].episode.first.when
        )

    def _opens(self, tx: Tx, id: str, episode: Episode) -> bool:
        """Whether an episode that is no open alert may become one: nobody closed it, and it is not of history
        alone."""
        if alerts.find(tx, id) is not None:
            return False
        return any(not one.history for one in articles.get_many(tx, sorted(episode.articles)))


def _fires(alert: Alert, tree: Tree, now: datetime) -> bool:
    """Whether people hear of an alert now that gathered until now."""
    return alert.state is AlertState.PENDING and waited(alert.opened_at, now, tree.wait(alert))


_FAR = datetime(9999, 1, 1, tzinfo=past.EVER.tzinfo)


def _gaps(tx: Tx) -> Callable[[int, int], Sequence[tuple[int, int]]]:
    """In which hours nobody was reading, as polls tell."""

    def found(start: int, end: int) -> Sequence[tuple[int, int]]:
        begins, ends = cells.begins(start, cells.HOUR), cells.begins(end, cells.HOUR)
        return coverage.Polls(polls.read_at(tx, begins, ends))(start, end)

    return found


def ready_at(tx: Tx, settings: AlertSettings) -> datetime | None:
    """From when on an alert can open; None where nothing has come yet."""
    if settings.include_sample and samples.counted(tx):
        found = past.sample(tx)
        first = cells.hour(found[0][0]) if found else None
    else:
        first = past.first(tx)
    return None if first is None else Walk((), {}, first).ready_at
