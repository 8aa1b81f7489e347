"""The counts, counted again: do the cells say what the articles do, and what did they say then?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, delete, or_, select

from monitor.detection import cells, rollups
from monitor.detection.rollups import Sums
from monitor.store import dialect
from monitor.store import rollups as counting
from monitor.store.dialect import Tx
from monitor.store.schema import articles, counted, fine_cells, hour_cells
from monitor.store.told import told


@dataclass(frozen=True, slots=True)
class Drift:
    """A cell that does not say what its articles do."""

    series: str
    begins_at: datetime
    minutes: int  # 5 or 60
    stored: Sums
    right: Sums


def check(tx: Tx, now: datetime) -> list[Drift]:
    """Count everything again: the cells that say something else, by series and time. Fine cells are compared
    for as long as they are kept."""
    right = rollups.summed(_all_parts(tx))
    hours = rollups.summed((name, number // cells.IN_HOUR, one) for (name, number), one in right.items())
    oldest = cells.cell(now - cells.KEPT) + 1
    fine = {key: one for key, one in right.items() if key[1] >= oldest}
    return [
        *_differences(tx, fine_cells, fine, oldest),
        *_differences(tx, hour_cells, hours, 0),
    ]


def rebuild(tx: Tx, at: datetime) -> None:
    """Count everything again, and make cells and entries say what was found."""
    counting.touch_stories(tx, _every_story(tx), at)
    counting.fold(tx)
    parts: list[tuple[str, int, Sums]] = []
    tx.execute(delete(fine_cells))
    tx.execute(delete(hour_cells))
    for stored in tx.scalars(select(counted.c.entries).where(counted.c.superseded_at.is_(None))):
        parts.extend(rollups.changes({}, rollups.decoded(stored)))
    counting.add(tx, parts, at)


def as_of(tx: Tx, at: datetime) -> dict[tuple[str, int], Sums]:
    """What the fine cells said at a moment of the past, by series and cell: nothing that became known
    later is in it."""
    counting.fold(tx)
    then = select(counted.c.entries).where(
        counted.c.since <= at, or_(counted.c.superseded_at.is_(None), counted.c.superseded_at > at)
    )
    return rollups.summed(
        part for stored in tx.scalars(then) for part in rollups.changes({}, rollups.decoded(stored))
    )


def _every_story(tx: Tx) -> set[int]:
    return set(tx.scalars(select(articles.c.story_id).distinct())) | set(
        tx.scalars(select(counted.c.story_id).where(counted.c.superseded_at.is_(None)).distinct())
    )


def _all_parts(tx: Tx) -> Iterable[tuple[str, int, Sums]]:
    for some in dialect.parts(sorted(_every_story(tx))):
        for found in rollups.entries(told(tx, some)).values():
            yield from rollups.changes({}, found)


def _differences(tx: Tx, table: Table, right: Mapping[tuple[str, int], Sums], oldest: int) -> list[Drift]:
    stored = {
        (name, number): Sums(voices, negative, weight)
        for name, number, voices, negative, weight in tx.execute(
            select(table.c.series, table.c.cell, table.c.voices, table.c.negative, table.c.weight).where(
                table.c.cell >= oldest
            )
        )
    }
    size = cells.FINE if table is fine_cells else cells.HOUR
    return [
        Drift(
            key[0],
            cells.begins(key[1], size),
            round(size.total_seconds() / 60),
            stored.get(key, Sums()),
            right.get(key, Sums()),
        )
        for key in sorted(stored.keys() | right.keys())
        if stored.get(key, Sums()) != right.get(key, Sums())
    ]
