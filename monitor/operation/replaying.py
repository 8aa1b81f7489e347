"""Replaying rules over what the store remembers: nothing is written, and nobody is told.

A replay is one walk, and no bulk work that an executor could share out: what opens at a moment depends on the
baselines, cuts and episodes of all moments before, and a cut is found over all series together. Cut by time,
each part would begin without a past; cut by rule, each part would read the same past again, which is most of
what it costs.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.datasets.tables import open_table
from monitor.detection import coverage, events, rules, telling
from monitor.detection.events import Outcome
from monitor.detection.lines import Change
from monitor.detection.replay import Past, Progress, Replay, replay
from monitor.detection.rules import Rule
from monitor.errors import UserError
from monitor.messages import Message
from monitor.news.companies import Linker
from monitor.operation.alerting import Alerting
from monitor.records import Company
from monitor.store import Tx, alerts, aliases, namings, otherwise, past, polls, prunings, turns, verdicts


class Replaying(Alerting):
    """What the rules would have done."""

    def replay(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        rules: Sequence[Rule] = (),
        companies: Sequence[Company] = (),
        progress: Progress = lambda at: None,
        *,
        model: str = "",
    ) -> Replay:
        """What `rules` (those of the settings, if none) would have opened from `since` to `until`, as it
        became known then, about `companies` (all that were watched then, if none). Without `since` it begins
        with what is stored, without `until` it ends now.

        With `model` it is as if that version had judged all the time, and nobody had labelled. Companies that
        were not watched then, or under other names, are looked for in what was told, as if each had been.

        Where it reads texts, or what versions said that serve no more, of which retention took the oldest, it
        begins after those.

        Raises UserError where nothing is stored, the time is empty, the model judged nothing, or `since` lies
        in what retention took and this replay would read; ConfigError
        for a rule of an unknown detector, PluginError for one of a detector that fails.
        """
        rules = tuple(rules) or self.rules
        detectors = self.instances.detectors(rules)
        with self.store.read() as tx:
            first = past.begins(tx)
            if first is None:
                raise UserError(Message("replay.nothing"))
            asked = since
            since, until = max(since or first, first), min(until or self.now(), self.now())
            then = _watched(tx, since, until) if since < until else []
            named = {one.id: set(one.every_name) for one in then}
            new = [one for one in companies if set(one.every_name) != named.get(one.id)]
            first = max(first, _readable(tx, asked, texts=bool(new), versions=bool(model)) or first)
            since = max(since, first)
            if since >= until:
                between = {"since": f"{since:%Y-%m-%d}", "until": f"{until:%Y-%m-%d}"}
                raise UserError(Message("replay.empty", **between))
            watched = [one.id for one in companies or then]
            changes = _told(tx, until, model, new, watched)
            told = self._past(tx, changes, first, until, watched)
            if model:  # one version judged all of it
                told = replace(told, turns=())
            return replay(told, rules, detectors, since, until, progress)

    def _past(
        self,
        tx: Tx,
        changes: Iterable[past.Moment],
        begins: datetime,
        until: datetime,
        watched: Collection[str],
    ) -> Past:
        """What a replay of these changes from `begins` on goes over, about these companies."""
        return Past(
            changes,
            past.whole(begins),
            self.expected(watched),
            coverage.Polls(polls.read_at(tx, begins, until)),
            [replace(one, articles=None) for one in alerts.closings(tx, begins)],
            verdicts.useful(tx),
            self.market,
            turns.all(tx),
        )

    def watched_in(self, since: datetime, until: datetime) -> list[Company]:
        """The companies that were watched at the beginning or at the end of a time."""
        with self.store.read() as tx:
            return _watched(tx, since, until)

    def outcomes(self, found: Replay, path: Path, companies: Sequence[Company]) -> list[Outcome]:
        """What became of the events of a file in a replay about these companies: of those that began in its
        time. Raises DataError for a file that is none."""
        with open_table(path) as opened:
            read = events.read(opened.rows(), companies, str(path))
        listed = [event for event in read if found.since <= event.begins_at < found.until]
        with self.store.read() as tx:
            named = namings.of(tx, {event.company for event in listed if event.company})
        return events.match(listed, named, telling.raised(found))

    def firsts(self, found: Replay) -> telling.Firsts:
        """The first article of every story that alerts hold."""
        with self.store.read() as tx:
            return namings.firsts(tx, {story for alert in found.alerts for story in alert.stories})

    def check_rules(self, rules: Sequence[Rule], file: str = "") -> None:
        """Raises ConfigError for a rule that cannot be run; `file` is where the rules stand, the settings'
        if empty."""
        self.instances.detectors(rules, file)


def _watched(tx: Tx, since: datetime, until: datetime) -> list[Company]:
    """Those watched at either end; of a company with two lists of names, the later."""
    found = {one.id: one for at in (since, until) for one in aliases.companies(tx, at)}
    return [found[id] for id in sorted(found)]


def _readable(tx: Tx, since: datetime | None, *, texts: bool, versions: bool) -> datetime | None:
    """From when on a replay can read `texts`, and what `versions` said; None: of all times. Raises UserError
    where it is to begin before that."""
    found: datetime | None = None
    for kind in [*(["bodies"] if texts else []), *(["predictions"] if versions else [])]:
        gone = prunings.of(tx, kind)
        if gone is None or gone.since_at is None or gone.until_at is None:
            continue
        if since is not None and since < gone.until_at:
            between = {"since": f"{gone.since_at:%Y-%m-%d}", "until": f"{_after(gone.until_at):%Y-%m-%d}"}
            what = Message(f"retention.{kind}")
            raise UserError(Message("retention.replay", what=what, kind=kind, **between))
        found = max(found or gone.until_at, gone.until_at)
    return found


def _after(at: datetime) -> datetime:
    """The first day that begins after a moment, or with it: what a command can be told."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day if day == at else day + timedelta(days=1)


def _told(
    tx: Tx, until: datetime, model: str, new: Sequence[Company], watched: Collection[str]
) -> Iterator[past.Moment]:
    """What counted of these companies, or would have with this model and these `new` companies."""
    said: otherwise.Facts = otherwise.as_stored
    if model:
        if not otherwise.judged(tx, model):
            known = ", ".join(otherwise.models(tx)) or "–"
            raise UserError(Message("replay.model", model=model, known=known))
        said = otherwise.judged_by(model)
    old = set(watched) - {one.id for one in new}
    counted = otherwise.changes(tx, until, said) if model else past.changes(tx, until)
    yield from _merged(about(counted, {"", *old}), _found(tx, until, said, new))


def _found(tx: Tx, until: datetime, said: otherwise.Facts, new: Sequence[Company]) -> Iterator[past.Moment]:
    """What would have counted of companies that nobody watched."""
    if new:
        named = otherwise.changes(tx, until, otherwise.naming(Linker(new), said))
        yield from about(named, {one.id for one in new})


def _merged(*streams: Iterable[past.Moment]) -> Iterator[past.Moment]:
    """Streams of moments as one, those of one moment together."""
    for at, some in itertools.groupby(heapq.merge(*streams, key=_at), key=_at):
        yield at, [change for _, changes in some for change in changes]


def _at(moment: past.Moment) -> datetime:
    return moment[0]


def about(
    found: Iterable[tuple[datetime, list[Change]]], watched: Collection[str]
) -> Iterator[tuple[datetime, list[Change]]]:
    """The changes without those of other companies than these; "" stands for what is of none."""
    for at, changes in found:
        yield at, [one for one in changes if rules.company(one.series) in watched]
