"""Which story each article tells, in whose voice and in what role, now and at any past moment.

A membership is never changed: the next one supersedes it, with the moment and with what decided it. So what
was counted then can be counted again. `articles.story_id` is a copy of the current one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, delete, insert, or_, select, update

from monitor.store import rollups
from monitor.store.dialect import Tx
from monitor.store.schema import articles, memberships

BATCH = 1000
"""Ids in one query."""

ARRIVAL, VECTORS, EDIT, MERGE, SPLIT = "arrival", "vectors", "edit", "merge", "split"
"""What decides a membership: the article's text as it arrived, its vector, an edit of it, an analyst."""
ANALYSTS = (MERGE, SPLIT)
"""Decisions that nothing but another analyst's undoes."""


@dataclass(frozen=True, slots=True)
class Membership:
    """An article in a story from `since` until `superseded_at` (None: still).

    `voice` is who says it (`monitor.news.stories.voices`), `role` what it does to the story
    (`corrections.ROLES`),
    """

    article_id: int
    story_id: int
    voice: str
    role: str
    since: datetime
    how: str = ARRIVAL
    user: str = ""
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A pair of a story and a voice, which counts once: the voice's first article in the story and when that
    was first seen; `copies` are all its articles in it."""

    story_id: int
    voice: str
    article_id: int
    first_seen_at: datetime
    copies: int


def enter(tx: Tx, entered: Iterable[Membership]) -> None:
    """Store the first memberships of new articles."""
    rows = [_row(one) for one in entered]
    if rows:
        tx.execute(insert(memberships), rows)


def of(tx: Tx, article_ids: Sequence[int], at: datetime | None = None) -> dict[int, Membership]:
    """The memberships of articles, by article: the current ones, or those that held `at` a moment. Articles
    that were in no story then are left out."""
    found: dict[int, Membership] = {}
    for some in _batches(article_ids):
        rows = tx.execute(select(memberships).where(memberships.c.article_id.in_(some), holds(at)))
        found.update((row["article_id"], _record(row)) for row in rows.mappings())
    return found


def in_story(tx: Tx, story_id: int, at: datetime | None = None) -> list[Membership]:
    """A story's memberships, now or as they held `at` a moment, by article."""
    return in_stories(tx, [story_id], at).get(story_id, [])


def in_stories(tx: Tx, story_ids: Collection[int], at: datetime | None = None) -> dict[int, list[Membership]]:
    """The memberships of several stories, by story; a story without one is left out."""
    found: dict[int, list[Membership]] = defaultdict(list)
    for some in _batches(sorted(set(story_ids))):
        wanted = select(memberships).where(memberships.c.story_id.in_(some), holds(at))
        for row in tx.execute(wanted.order_by(memberships.c.article_id)).mappings():
            found[row["story_id"]].append(_record(row))
    return dict(found)


def history(tx: Tx, article_id: int) -> list[Membership]:
    """Every membership an article ever had, in order."""
    wanted = select(memberships).where(memberships.c.article_id == article_id).order_by(memberships.c.id)
    return [_record(row) for row in tx.execute(wanted).mappings()]


def told(tx: Tx, story_ids: Collection[int], at: datetime | None = None) -> list[Told]:
    """The pairs of these stories and their voices, now or as they held `at` a moment, by story and voice.

    The first article of a pair is the one first seen first, of equals the one stored first.
    """
    pairs: dict[tuple[int, str], list[tuple[datetime, int]]] = defaultdict(list)
    for some in _batches(sorted(set(story_ids))):
        wanted = select(memberships.c.story_id, memberships.c.voice, articles.c.id, articles.c.first_seen_at)
        joined = wanted.join(articles, articles.c.id == memberships.c.article_id)
        for row in tx.execute(joined.where(memberships.c.story_id.in_(some), holds(at))):
            pairs[row.story_id, row.voice].append((row.first_seen_at, row.id))
    return [
        Told(story, voice, min(some)[1], min(some)[0], len(some))
        for (story, voice), some in sorted(pairs.items())
    ]


def first(tx: Tx, story_id: int) -> int:
    """A story's first article: the one first seen first, of equals the one stored first; 0 where it has
    none."""
    joined = select(articles.c.id).join(memberships, memberships.c.article_id == articles.c.id)
    wanted = joined.where(memberships.c.story_id == story_id, holds(None))
    return tx.scalar(wanted.order_by(articles.c.first_seen_at, articles.c.id).limit(1)) or 0


def move(tx: Tx, moved: Sequence[Membership], now: datetime) -> None:
    """Put articles elsewhere, or into another voice or role: each current membership is superseded `now` by
    the one given. What would change nothing is left out."""
    current = of(tx, [one.article_id for one in moved])
    changed = [one for one in moved if _differs(current.get(one.article_id), one)]
    left = {current[one.article_id].story_id for one in changed if one.article_id in current}
    rollups.touch_stories(tx, left | {one.story_id for one in changed}, now)
    for some in _batches([one.article_id for one in changed]):
        past = update(memberships).where(memberships.c.article_id.in_(some), holds(None))
        tx.execute(past.values(superseded_at=now))
    enter(tx, changed)
    if changed:
        held = update(articles).where(articles.c.id == bindparam("article"))
        rows = [{"article": one.article_id, "story": one.story_id} for one in changed]
        tx.execute(held.values(story_id=bindparam("story")), rows)


def arrived(tx: Tx, first_seen_at: Mapping[int, datetime]) -> None:
    """Take what became of articles before they were first seen for how they arrived. In the transaction that
    stores a chunk of an archive: stories may have joined in it after an article was put into one of them,
    and before it was there to be seen."""
    for some in _batches(sorted(first_seen_at)):
        early: dict[int, bool] = {}
        rows = tx.execute(
            select(memberships).where(memberships.c.article_id.in_(some)).order_by(memberships.c.id)
        )
        for row in rows.all():
            seen, this = first_seen_at[row.article_id], memberships.c.id == row.id
            if row.superseded_at is not None and row.superseded_at < seen:
                tx.execute(delete(memberships).where(this))
                early[row.article_id] = True
            elif early.pop(row.article_id, False):
                tx.execute(update(memberships).where(this).values(since=seen, how=ARRIVAL))


def holds(at: datetime | None) -> ColumnElement[bool]:
    """The condition that a membership is current (None), or held `at` a moment."""
    if at is None:
        return memberships.c.superseded_at.is_(None)
    later = or_(memberships.c.superseded_at.is_(None), memberships.c.superseded_at > at)
    return and_(memberships.c.since <= at, later)


def _differs(before: Membership | None, after: Membership) -> bool:
    if before is None:
        return True
    return (before.story_id, before.voice, before.role) != (after.story_id, after.voice, after.role) or (
        after.how in ANALYSTS and before.how not in ANALYSTS
    )


def _row(one: Membership) -> dict[str, Any]:
    return {
        "article_id": one.article_id,
        "story_id": one.story_id,
        "voice": one.voice,
        "role": one.role,
        "since": one.since,
        "how": one.how,
        "user": one.user,
        "superseded_at": one.superseded_at,
    }


def _record(row: RowMapping) -> Membership:
    return Membership(
        row["article_id"],
        row["story_id"],
        row["voice"],
        row["role"],
        row["since"],
        row["how"],
        row["user"],
        row["superseded_at"],
    )


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), BATCH):
        yield ids[first : first + BATCH]
