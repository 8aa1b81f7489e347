"""Counts kept while articles come and change, so that reading them costs the same for ever.

Whatever changes what counts (`predictions.settle`, an edit, a label, a company's name, a merge of stories)
says so with `touch`, and does nothing else. At the end of the transaction `Store.begin` calls `fold` once:
it makes the entries of the stories touched anew (`detection.rollups`), compares them with those that counted,
keeps those with the time they were superseded, and moves the cells by the difference. So the cells are the
present view of `counted`, and `counted` as of a moment is what the counts were then.

Transactions fold one after the other: PostgreSQL's advisory lock is taken first and held until the commit,
which follows at once, and whoever holds it waits for nothing (SQLite has one writer anyway). So four writers
on one hour cannot wait for each other in a circle, and none counts what another is about to change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from monitor.detection import cells, rollups
from monitor.detection.rollups import Entries, Pair, Sums
from monitor.store import dialect
from monitor.store import told as facts
from monitor.store.dialect import Tx
from monitor.store.schema import counted, fine_cells, hour_cells

TOUCHED = "monitor_touched"
"""What a transaction changed, in its `info`, until `fold`."""
LOCK = 0x726F6C6C
"""PostgreSQL's advisory lock of those who fold."""


@dataclass(slots=True)
class Touched:
    """What a transaction changed: articles by number, stories by number (those that an article left among
    them), when, and which articles came or were judged just now."""

    at: datetime
    articles: set[int] = field(default_factory=set)
    stories: set[int] = field(default_factory=set)
    fresh: set[int] = field(default_factory=set)


def touch(tx: Tx, article_ids: Iterable[int], at: datetime, *, fresh: bool = False) -> None:
    """These articles may count otherwise from `at` on. `fresh`: they came, or were judged, just now."""
    touched = _touched(tx, at)
    found = set(article_ids)
    touched.articles |= found
    if fresh:
        touched.fresh |= found


def touch_stories(tx: Tx, story_ids: Iterable[int], at: datetime) -> None:
    """These stories may be told by other articles from `at` on."""
    _touched(tx, at).stories.update(story_ids)


def begin(tx: Tx) -> None:
    """Forget what a transaction before, on the same connection, touched and rolled back."""
    tx.info.pop(TOUCHED, None)


def fold(tx: Tx) -> None:
    """Move the counts by what this transaction changed so far. `Store.begin` calls it last; who reads counts
    in a transaction that changed them calls it first."""
    touched: Touched | None = tx.info.pop(TOUCHED, None)
    if touched is None:
        return
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(LOCK)))
    stories = touched.stories | facts.stories_of(tx, touched.articles)
    after = rollups.entries(facts.told(tx, stories))
    moved: list[tuple[str, int, Sums]] = []
    ended: list[int] = []
    before: dict[Pair, Entries] = {}
    for row in standing(tx, stories):
        pair = (row.story_id, row.voice)
        before[pair] = rollups.decoded(row.entries)
        if after.get(pair) != before[pair]:
            ended.append(row.id)
    begun = {pair: found for pair, found in after.items() if found != before.get(pair)}
    for pair in before.keys() | begun.keys():
        moved.extend(rollups.changes(before.get(pair, {}), after.get(pair, {})))
    for some in dialect.parts(ended):
        tx.execute(update(counted).where(counted.c.id.in_(some)).values(superseded_at=touched.at))
    if begun:
        rows = [
            {
                "story_id": story,
                "voice": voice,
                "entries": rollups.encoded(found),
                "fresh": any(one.article_id in touched.fresh for one in found.values()),
                "since": touched.at,
            }
            for (story, voice), found in sorted(begun.items())
        ]
        tx.execute(insert(counted), rows)
    add(tx, moved, touched.at)


def prune(tx: Tx, now: datetime) -> None:
    """Forget the fine cells of more than `cells.KEPT` ago."""
    tx.execute(delete(fine_cells).where(fine_cells.c.cell < cells.cell(now - cells.KEPT)))


def _touched(tx: Tx, at: datetime) -> Touched:
    touched: Touched = tx.info.setdefault(TOUCHED, Touched(at))
    touched.at = max(touched.at, at)
    return touched


def standing(tx: Tx, story_ids: Collection[int]) -> list[Any]:
    """The rows of `counted` that count now for these stories."""
    found: list[Any] = []
    for some in dialect.parts(sorted(story_ids)):
        found += tx.execute(
            select(counted.c.id, counted.c.story_id, counted.c.voice, counted.c.entries).where(
                counted.c.superseded_at.is_(None), counted.c.story_id.in_(some)
            )
        )
    return found


def add(tx: Tx, parts: Iterable[tuple[str, int, Sums]], at: datetime) -> None:
    """Add to the cells of both sizes, in one order; fine ones where they are still kept `at` this time."""
    found = rollups.summed(parts)
    hours = rollups.summed((name, number // cells.IN_HOUR, one) for (name, number), one in found.items())
    oldest = cells.cell(at - cells.KEPT)
    fine = {key: one for key, one in found.items() if key[1] >= oldest}
    for table, moved in ((fine_cells, fine), (hour_cells, hours)):
        if not moved:
            continue
        statement = dialect.insert(tx, table)
        added = {
            column: table.c[column] + statement.excluded[column]
            for column in ("voices", "negative", "weight")
        }
        tx.execute(
            statement.on_conflict_do_update(index_elements=["series", "cell"], set_=added),
            [
                {
                    "series": name,
                    "cell": number,
                    "voices": one.voices,
                    "negative": one.negative,
                    "weight": one.weight,
                }
                for (name, number), one in moved.items()
            ],
        )
