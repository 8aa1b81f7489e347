"""What counted when, in the order in which it became known: what a walk through the past is given.

`counted` keeps every entry with the time it began to count and the time it was superseded. Read in order of
these times it is a stream of changes, from which the counts of any moment come out as they were then; nothing
that became known later is among those before.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Column, RowMapping, func, or_, select

from monitor.detection import cells, rollups
from monitor.detection.boards import Change, Entry
from monitor.store import rollups as counting
from monitor.store.dialect import Tx
from monitor.store.schema import counted

BATCH = 2000
"""Rows read at a time."""


def begins(tx: Tx) -> datetime | None:
    """When the first thing counted; None where nothing ever did."""
    found: datetime | None = tx.scalar(select(func.min(counted.c.since)))
    return found


def changes(tx: Tx, until: datetime, *, sample: bool = False) -> Iterator[tuple[int, list[Change]]]:
    """Every change before `until`, those of one moment together, with the five-minute cell that was first
    to end after it.

    The sample's series are left out, or with `sample` they alone come, under their plain names.
    """
    counting.fold(tx)
    came = _rows(tx, counted.c.since, until, 1)
    went = _rows(tx, counted.c.superseded_at, until, 0)
    for at, rows in itertools.groupby(heapq.merge(came, went), key=lambda one: one[0]):
        known = cells.cell(at) + 1
        group = [change for _, sign, _, row in rows for change in _changes(row, known, sign, sample=sample)]
        if group:
            yield known, group


def _rows(
    tx: Tx, at: Column[datetime], until: datetime, sign: int
) -> Iterator[tuple[datetime, int, int, RowMapping]]:
    """Rows as they began or ceased to count, in order; of one moment what ceases comes first. What ceased in
    the moment in which it began never counted."""
    lasted = or_(counted.c.superseded_at.is_(None), counted.c.superseded_at > counted.c.since)
    wanted = (
        select(counted.c.id, counted.c.story_id, counted.c.voice, counted.c.entries, counted.c.fresh, at)
        .where(at < until, lasted)
        .order_by(at, counted.c.id)
    )
    rows = tx.execution_options(yield_per=BATCH).execute(wanted)
    for row in rows.mappings():
        yield row[at.name], sign, row["id"], row


def _changes(row: RowMapping, known: int, sign: int, *, sample: bool) -> Iterator[Change]:
    for name, one in rollups.decoded(row["entries"]).items():
        if name.startswith(rollups.SAMPLE) is not sample:
            continue
        entry = Entry(one.cell, row["story_id"], row["voice"], one.article_id, one.negative, one.weight)
        yield Change(known, sign or -1, name.removeprefix(rollups.SAMPLE), entry, row["fresh"])
