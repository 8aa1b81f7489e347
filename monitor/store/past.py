"""What counted when, in the order in which it became known: what a walk through the past is given.

`counted` keeps every entry with the time it began to count and the time it was superseded. Read in order of
these times it is a stream of changes, from which the counts of any moment come out as they were then; nothing
that became known later is among those before.
"""

from __future__ import annotations

import heapq
import itertools
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Result, RowMapping, Select, func, or_, select

from monitor.detection import cells, rollups
from monitor.detection.lines import Change, Entry, Hours
from monitor.detection.rules import SCOPES
from monitor.store import dialect
from monitor.store import rollups as counting
from monitor.store.dialect import Tx
from monitor.store.schema import counted, stories

EVER = cells.begins(0)
"""Before anything."""
BATCH = 2000
"""Rows read at a time."""
BACK = timedelta(days=1)
"""What is written with an earlier time than this before the last look is of another past."""
SERIES = tuple(scope if scope == "all" else f"{scope}:" for scope in SCOPES)
"""How the names of series begin that a rule may watch: others are only counted."""
SAMPLED = tuple(f"{rollups.SAMPLE}{name}" for name in SERIES)
COLUMNS = (
    *(counted.c.id, counted.c.story_id, counted.c.voice, counted.c.entries, counted.c.fresh),
    *(counted.c.since, counted.c.superseded_at),
)
Moment = tuple[datetime, list[Change]]
"""A moment, and what changed in it."""
Written = tuple[datetime, int, int, RowMapping]
"""When a row began (sign 1) or ceased (0) to count: the moment, the sign, its id, and the row."""


def first(tx: Tx) -> int | None:
    """The first whole hour in which anything counted that is not of the sample; None where nothing ever
    did."""
    found = begins(tx)
    return None if found is None else whole(found)


def whole(at: datetime) -> int:
    """The first hour that begins after a moment."""
    return cells.hour(at) + 1


def begins(tx: Tx) -> datetime | None:
    """When the first thing counted that is not of the sample; None where nothing ever did."""
    # By the index on time, and no further than to the first that is real: a page asks for it.
    real = select(counted.c.since).join(stories, stories.c.id == counted.c.story_id).where(~stories.c.sample)
    found: datetime | None = tx.scalar(real.order_by(counted.c.since).limit(1))
    return found


def size(tx: Tx) -> int:
    """About how much began to count ever."""
    return tx.scalar(select(func.max(counted.c.id))) or 0


def changes(tx: Tx, until: datetime, since: datetime | None = None) -> Iterator[Moment]:
    """Every change from `since` on (all, where none is given) and before `until`, those of one moment
    together, in order. Neither the sample's series nor what is backlog is among them."""
    counting.fold(tx)
    came = _rows(tx, counted.c.since, since, until, 1)
    went = _rows(tx, counted.c.superseded_at, since, until, 0)
    yield from _moments(heapq.merge(came, went, key=lambda one: one[:3]))


def standing(tx: Tx, at: datetime, since: datetime) -> Iterator[Change]:
    """What counted at a moment of what began to count from `since` on, each as a change that adds it."""
    for row in _standing(tx, COLUMNS, at, since, at).mappings():
        yield from _changes(row, 1)


def hourly(tx: Tx, at: datetime, since: datetime, until: datetime) -> dict[str, Hours]:
    """By series and hour, what counted at a moment of what began to count from `since` on and before
    `until`."""
    found: dict[str, dict[int, list[int]]] = defaultdict(dict)
    for (entries,) in _standing(tx, (counted.c.entries,), at, since, until):
        for name, (number, _, _, weight, *backlog) in entries.items():
            if backlog or not name.startswith(SERIES):
                continue
            hours = found[name]
            known = hours.get(number // cells.IN_HOUR)
            if known is None:
                hours[number // cells.IN_HOUR] = [1, weight]
            else:
                known[0] += 1
                known[1] += weight
    return {name: _in_order(hours) for name, hours in found.items()}


def _in_order(by_hour: dict[int, list[int]]) -> Hours:
    hours = sorted(by_hour)
    numbers, weights = (array("q", (by_hour[hour][place] for hour in hours)) for place in (0, 1))
    return Hours(array("q", hours), numbers, weights)


def _standing(
    tx: Tx, columns: Sequence[Column[Any]], at: datetime, since: datetime, until: datetime
) -> Result[Any]:
    """Columns of what counted at a moment, of what began to count from `since` on and before `until`."""
    counting.fold(tx)
    wanted = select(*columns).where(
        counted.c.since < until,
        counted.c.since >= since,
        or_(counted.c.superseded_at.is_(None), counted.c.superseded_at >= at),
    )
    return tx.execution_options(yield_per=BATCH).execute(wanted.order_by(counted.c.since, counted.c.id))


@dataclass(frozen=True, slots=True)
class Place:
    """How far changes were read: up to the row `newest` of `counted`, and what ceased to count of late."""

    newest: int
    at: datetime
    ceased: frozenset[int] = frozenset()


def place(tx: Tx, at: datetime) -> Place:
    """The place of who has read every change before `at`."""
    counting.fold(tx)
    newest = tx.scalar(select(func.max(counted.c.id)).where(counted.c.since < at)) or 0
    return Place(newest, at, frozenset(tx.scalars(_ceased(at - BACK, at))))


def news(tx: Tx, read: Place, until: datetime) -> tuple[list[Moment], Place]:
    """What changed since a place, by moments, and the place after it.

    What was written meanwhile with an earlier time, as where a clock stepped back, is of the place's time.
    Raises LookupError where it is older than `BACK`: an archive came, and the past is another one.
    """
    counting.fold(tx)
    rows: list[Written] = []
    newest = read.newest
    for row in tx.execute(select(*COLUMNS).where(counted.c.id > read.newest)).mappings():
        newest = max(newest, row["id"])
        if row["since"] < read.at - BACK:
            raise LookupError("an archive came")
        if row["superseded_at"] is None or row["superseded_at"] > row["since"]:
            rows.append((min(max(row["since"], read.at), until), 1, row["id"], row))
    ceased = frozenset(tx.scalars(_ceased(read.at - BACK, until)))
    for some in dialect.parts(sorted(ceased - read.ceased)):
        for row in tx.execute(select(*COLUMNS).where(counted.c.id.in_(some))).mappings():
            if row["superseded_at"] > row["since"]:
                rows.append((min(max(row["superseded_at"], read.at), until), 0, row["id"], row))
    rows.sort(key=lambda one: one[:3])
    return list(_moments(rows)), Place(newest, until, ceased)


def sample(tx: Tx) -> list[Moment]:
    """The sample, as if it had been read when it says that it was published: by five minutes, in order."""
    counting.fold(tx)
    found: dict[int, list[Change]] = defaultdict(list)
    now = select(*COLUMNS).where(counted.c.superseded_at.is_(None)).order_by(counted.c.id)
    for row in tx.execute(now).mappings():
        for one in _changes(row, 1, sample=True):
            found[one.entry.cell].append(one)
    return [(cells.begins(number), found[number]) for number in sorted(found)]


def _ceased(since: datetime, until: datetime) -> Select[int]:
    return select(counted.c.id).where(counted.c.superseded_at >= since, counted.c.superseded_at < until)


def _rows(
    tx: Tx, at: Column[datetime], since: datetime | None, until: datetime, sign: int
) -> Iterator[Written]:
    """Rows as they began or ceased to count, in order; of one moment what ceases comes first. What ceased in
    the moment in which it began never counted."""
    lasted = or_(counted.c.superseded_at.is_(None), counted.c.superseded_at > counted.c.since)
    wanted = select(*COLUMNS).where(at < until, lasted).order_by(at, counted.c.id)
    if since is not None:
        wanted = wanted.where(at >= since)
    rows = tx.execution_options(yield_per=BATCH).execute(wanted)
    for row in rows.mappings():
        yield row[at.name], sign, row["id"], row


def _moments(rows: Iterable[Written]) -> Iterator[Moment]:
    """Rows that are in order, those of one moment together."""
    for at, together in itertools.groupby(rows, key=lambda one: one[0]):
        group = _moved(change for _, sign, _, row in together for change in _changes(row, sign))
        if group:
            yield at, group


def _moved(group: Iterable[Change]) -> list[Change]:
    """Changes of one moment without the entries that ceased and began again as they were: a pair is written
    as a whole, though another article may move but one of its series."""
    found = list(group)
    gone = {(one.series, one.entry) for one in found if one.sign < 0}
    again = {(one.series, one.entry) for one in found if one.sign > 0} & gone
    return [one for one in found if (one.series, one.entry) not in again] if again else found


def _changes(row: RowMapping, sign: int, *, sample: bool = False) -> Iterator[Change]:
    sign = sign or -1
    story_id, voice, fresh = row["story_id"], row["voice"], row["fresh"]
    names = SAMPLED if sample else SERIES
    for name, (number, article_id, negative, weight, *backlog) in row["entries"].items():
        if backlog or not name.startswith(names):
            continue
        entry = Entry(number, story_id, voice, article_id, bool(negative), weight)
        yield Change(sign, name.removeprefix(rollups.SAMPLE), entry, fresh)
