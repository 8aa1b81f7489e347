"""The archive line: a file of the past, taken in as if it had been read and judged when it was news.

    bring ─ read ─ sort ─┬─ prepare     pure, as the ingest line does it; first seen at their own times
                         ├─ recognise   which are stored already: nothing is judged twice
                         ├─ judge       the model, on the new ones (no transaction)
                         └─ keep        articles, predictions, stories and counts, each from its own moment
                                        on, and the hours that the source was read in (one transaction)

What is history asks, teaches, warns and tells nobody: it opens no task and tosses no coin, no training,
shadow or watch over drift reads it (`Article.history`), and what it changes of the counts is never late. It
is there for pages, search and replay. The watch list counts from the first row on, and the source as read
from the first row to the last, but for gaps that its own rhythm does not explain (`detection.rhythm`).

Chunks are stored oldest first, so that a crash anywhere leaves a whole past up to some moment, and the same
command goes on from there. The rows are held in memory to be put in order: some 2 KB each.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from monitor.classification.judging import Judged, accepted, judge
from monitor.detection import cells, rhythm
from monitor.errors import ConflictError, DataError, ModelError
from monitor.messages import Message
from monitor.news import gathering, normalize
from monitor.news.dates import DateReader
from monitor.news.recognition import Entry, Verdict, recognise
from monitor.pipeline import ATTEMPTS, Intake, arrive, prepare
from monitor.records import Article, Company, Item, Prediction
from monitor.store import (
    Store,
    Tx,
    aliases,
    articles,
    judged_later,
    memberships,
    polls,
    relived,
    sources,
    texts,
    vectors,
)

CHUNK = 128
"""Articles stored in one transaction."""

Told = Callable[[int, int, float], None]
"""Called with the rows done, all rows, and the minutes left (infinite while nothing was judged)."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of an archive of `source`. Of `rows` that could be read, `new` are stored, `known` were
    stored before (`changed` of them with another text), `undated` state no time of their own and were
    refused; `unjudged` of the new ones made the classifier fail. It reaches from `first_at` to `last_at`,
    and of the `hours` between, the source counts as read in all but `unread`."""

    source: str
    rows: int = 0
    new: int = 0
    known: int = 0
    changed: int = 0
    undated: int = 0
    unjudged: int = 0
    malformed: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    hours: int = 0
    unread: int = 0

    def warnings(self) -> list[str]:
        """What the operator should know of it."""
        told = (
            ("history.undated", self.undated),
            ("history.changed", self.changed),
            ("history.unjudged", self.unjudged),
        )
        return [Message(key, number=number) for key, number in told if number]


@dataclass(frozen=True, slots=True)
class Past:
    """The rows of a file that have a time of their own, in order, with when each was first seen, and the
    hours that count as read with how many rows each has."""

    rows: Sequence[tuple[datetime, Item]]
    hours: dict[int, int]
    undated: int

    @classmethod
    def of(cls, items: Iterable[Item], reader: DateReader) -> Past:
        """Put them in order. Raises DataError where none has a time."""
        rows: list[tuple[datetime, Item]] = []
        undated = 0
        for item in items:
            stated = reader.read(item.published_at)
            at = _seen(stated, reader)
            if at is None:
                undated += 1
            else:
                rows.append((at, replace(item, published_at=stated)))
        if undated and not rows:
            raise DataError(Message("history.empty", number=undated))
        rows.sort(key=lambda row: row[0])
        seen = Counter(cells.hour(at) for at, _ in rows)
        return cls(rows, {int(hour): seen[int(hour)] for hour in rhythm.read(list(seen))}, undated)


def bring(
    store: Store,
    items: Iterable[Item],
    intake: Intake,
    companies: Sequence[Company],
    *,
    told: Told = lambda done, total, minutes: None,
    clock: Callable[[], float] = time.monotonic,
) -> Brought:
    """Take in the items of an archive of any length as the history of `intake.source`; again, and all are
    known. `companies` are those that `intake.linker` finds.

    Raises DataError where no row has a time of its own, ModelError where the classifier does not work,
    StoreError; what was stored before stays, and the next call goes on from there.
    """
    now = intake.now()
    intake = replace(intake, history=True)
    reader = DateReader(intake.dates, now, earliest=normalize.EARLIEST, latest=now)
    past = Past.of(items, reader)
    if not past.rows:
        return Brought(intake.source, undated=past.undated)
    first, last = past.rows[0][0], past.rows[-1][0]
    with store.begin() as tx:
        aliases.reach(tx, companies, first, now)
        sources.held(tx, intake.source, cells.begins(cells.hour(first), cells.HOUR))
    hours = cells.hour(last) - cells.hour(first) + 1
    total = len(past.rows)
    found = Brought(
        *(intake.source, total + past.undated),
        undated=past.undated,
        first_at=first,
        last_at=last,
        hours=hours,
        unread=hours - len(past.hours),
    )
    began, judged, done, held = clock(), 0, 0, cells.hour(first)
    while done < total:
        some = past.rows[done : done + CHUNK]
        edge = cells.hour(some[-1][0]) + 1
        read = {hour: number for hour, number in past.hours.items() if held <= hour < edge}
        try:
            became = _chunk(store, [item for _, item in some], intake, reader, read)
        except ModelError as error:
            raise ModelError(Message("history.down", done=done, total=total, why=error.told)) from error
        held, done, judged = edge, done + len(some), judged + became.new
        found = replace(
            found,
            new=found.new + became.new,
            known=found.known + became.known,
            changed=found.changed + became.changed,
            unjudged=found.unjudged + became.unjudged,
        )
        minutes = (clock() - began) / judged * (total - done) / 60 if judged else math.inf
        told(done, total, minutes)
    return found


def _seen(stated: datetime | date | None, reader: DateReader) -> datetime | None:
    """When a row was first seen; None where it says nothing that has come yet."""
    return None if stated is None else normalize.first_seen(stated, reader.dates, reader.now)


def _chunk(
    store: Store, items: Sequence[Item], intake: Intake, reader: DateReader, read: dict[int, int]
) -> Brought:
    """Judge and store the next rows. Raises ModelError, StoreError, ConflictError."""
    entries = sorted(prepare(items, intake, reader), key=lambda one: one.article.first_seen_at)
    with store.read() as tx:
        verdicts = recognise(tx, entries, set())
    wanted = [place for place, one in enumerate(verdicts) if one.article is not None and one.old is None]
    judged = Judged()
    if intake.classify is not None:
        judged = judge(intake.classify, [entries[place].article for place in wanted])
    if judged.down:
        raise ModelError(judged.down)
    said = {wanted[row]: one for row, one in judged.predictions.items()}
    failed = {wanted[row]: one for row, one in judged.failures.items()}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with store.begin() as tx:
                new = _keep(tx, entries, intake, said, failed)
                moments = {cells.begins(hour, cells.HOUR): number for hour, number in read.items()}
                polls.hold(tx, intake.source, moments)
            break
        except ConflictError:  # nothing was stored, and by now the other process is done
            if attempt == ATTEMPTS:
                raise
    changed = sum(one.article is not None and one.old is not None for one in verdicts)
    return Brought("", new=new, known=len(items) - new, changed=changed, unjudged=len(failed))


def _keep(
    tx: Tx,
    entries: Sequence[Entry],
    intake: Intake,
    said: dict[int, Prediction],
    failed: dict[int, str],
) -> int:
    """Store what is new of a chunk; how many articles that are."""
    now = intake.now()
    new: list[tuple[int, Verdict]] = []
    for place, verdict in enumerate(recognise(tx, entries, set())):
        if verdict.article is not None and verdict.old is None:
            new.append((place, verdict))
    if not new:
        return 0
    stored = arrive(tx, [(verdict, entries[place]) for place, verdict in new], texts.TOSSED)
    limits = accepted(tx, [one.model for one in said.values()], intake.rules)
    judged: list[tuple[Article, Prediction]] = []
    for (place, _), article in zip(new, stored, strict=True):
        if place in said:
            judged.append((article, said[place].tempered(limits[said[place].model].temperature)))
        else:  # tried again by nobody: a worker would judge it as news
            articles.failed(tx, article.id, failed.get(place, ""), max_attempts=1)
    judged_later.keep(tx, judged, now)
    vectors.keep(tx, {article.id: one for article, one in judged})
    by_model: dict[str, list[Article]] = {}
    for article, one in judged:
        if one.vector:
            by_model.setdefault(one.model, []).append(article)
    for model, some in sorted(by_model.items()):
        gathering.relive(tx, model, some)
    memberships.arrived(tx, {article.id: article.first_seen_at for article in stored})
    relived.fold(tx, stored[0].first_seen_at, now)
    return len(stored)
