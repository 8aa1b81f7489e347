"""Stories joined and parted: by the matcher, and by analysts, whose word stands.

A join or a split moves memberships and nothing else: tasks, labels, inclusions and the training split are
about texts, and a text keeps the block it was drawn in (`texts.story_id`). A story that went into another
stays as an empty row that says where to (`stories.joined_id`), so that links to it go on leading to the news.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, bindparam, delete, func, insert, or_, select, update

from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.news.stories import corrections
from monitor.store import dialect, memberships
from monitor.store.dialect import Tx
from monitor.store.schema import articles, company_sentiments, stories, story_partings
from monitor.store.schema import memberships as table

LOCK = 0x61727261
"""PostgreSQL's advisory lock of those who arrange stories."""


@dataclass(frozen=True, slots=True)
class Story:
    """A story as it stands: when its first and its last article were first seen, how many `voices` tell it
    and in how many articles (`reach`), what it counts (`weight`, 0 to 1). `negative_for` are the companies
    (ids) that any of its articles is negative about. `joined_id` is the story that it went into, 0 where it
    stands itself."""

    id: int
    first_seen_at: datetime
    last_seen_at: datetime
    reach: int
    voices: int
    weight: float
    negative_for: tuple[str, ...]
    joined_id: int


def get(tx: Tx, story_id: int, *, negative: bool = True) -> Story:
    """A story; `negative` False leaves out what it is negative about. Raises NotFoundError."""
    row = tx.execute(select(stories).where(stories.c.id == story_id)).first()
    if row is None:
        raise NotFoundError(Message("stories.none", story=story_id))
    return Story(
        row.id,
        row.first_seen_at,
        row.last_seen_at,
        row.reach,
        row.voices,
        row.weight / corrections.WHOLE,
        tuple(sorted(negative_for(tx, [story_id]).get(story_id, ()))) if negative else (),
        row.joined_id or 0,
    )


def standing(tx: Tx, story_id: int) -> int:
    """The story that tells what this one told: itself, or the one it went into. Raises NotFoundError."""
    seen = {story_id}
    while True:
        row = tx.execute(select(stories.c.joined_id).where(stories.c.id == story_id)).first()
        if row is None:
            raise NotFoundError(Message("stories.none", story=story_id))
        if not row.joined_id or row.joined_id in seen:
            return story_id
        story_id = row.joined_id
        seen.add(story_id)


def negative_for(tx: Tx, story_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The companies (ids) that stories are negative about, whichever of their articles is; a story that is
    so for none is left out."""
    found: dict[int, set[str]] = {}
    listed = sorted(story_ids)
    for first in range(0, len(listed), memberships.BATCH):
        wanted = (
            select(table.c.story_id, company_sentiments.c.company_id)
            .join(company_sentiments, company_sentiments.c.article_id == table.c.article_id)
            .where(
                table.c.story_id.in_(listed[first : first + memberships.BATCH]),
                table.c.superseded_at.is_(None),
                company_sentiments.c.sentiment == "negative",
            )
            .distinct()
        )
        for row in tx.execute(wanted):
            found.setdefault(row.story_id, set()).add(row.company_id)
    return {story: frozenset(some) for story, some in found.items()}


def join(tx: Tx, stays: int, goes: int, how: str, user: str, now: datetime) -> None:
    """Put all articles of story `goes` into `stays`; what was kept apart from one is kept apart from both.

    By an analyst (`how` is `memberships.MERGE`), two stories that were parted join again. Raises
    NotFoundError, and ConflictError where one of them went into another already.
    """
    _locked(tx, [stays, goes])
    if how in memberships.ANALYSTS:
        tx.execute(delete(story_partings).where(*_between(stays, goes)))
        _pinned(tx, stays, how, user, now)
    join_all(tx, [(stays, goes)], how, user, now)


def join_all(tx: Tx, pairs: Sequence[tuple[int, int]], how: str, user: str, now: datetime) -> None:
    """Put all articles of the second story of each pair into the first, one pair after the other: a first one
    may go on into another. What is as many statements for a thousand pairs as for one; the stories are
    `lock`ed and stand."""
    if not pairs:
        return
    into = {goes: stays for stays, goes in pairs}
    members = memberships.in_stories(tx, into)
    moved = [
        replace(one, story_id=_end(into, story), since=now, how=how, user=user)
        for story, some in members.items()
        for one in some
    ]
    memberships.move(tx, moved, now)
    kept_apart = {(_end(into, one), _end(into, other)) for one, other in parted(tx, into)}
    part(tx, (pair for pair in kept_apart if pair[0] != pair[1]), user, now)
    joined = update(stories).where(stories.c.id == bindparam("story")).values(joined_id=bindparam("end"))
    tx.execute(joined, [{"story": goes, "end": stays} for goes, stays in into.items()])
    recount(tx, sorted({story for pair in pairs for story in pair}))


def _end(into: Mapping[int, int], story: int) -> int:
    while story in into:
        story = into[story]
    return story


def split(tx: Tx, story_id: int, article_ids: Sequence[int], user: str, now: datetime) -> int:
    """Take articles out of a story into one of their own, for good; the new story's id.

    Raises NotFoundError, and ConflictError where not all are in the story, or nothing would be left in it.
    """
    _locked(tx, [story_id])
    members = memberships.in_story(tx, story_id)
    wanted = set(article_ids)
    missing = sorted(wanted - {one.article_id for one in members})
    if missing or not wanted:
        raise ConflictError(
            Message("stories.not_in", story=story_id, articles=", ".join(map(str, missing)) or "–")
        )
    if len(wanted) == len(members):
        raise ConflictError(Message("stories.whole", story=story_id))
    values = {"first_seen_at": now, "last_seen_at": now, "reach": 0, "voices": 0}
    new = int(tx.execute(insert(stories).values(values).returning(stories.c.id)).scalar_one())
    memberships.move(
        tx,
        [
            replace(one, story_id=new, since=now, how=memberships.SPLIT, user=user)
            for one in members
            if one.article_id in wanted
        ],
        now,
    )
    _pinned(tx, story_id, memberships.SPLIT, user, now)
    part(tx, [(story_id, new)], user, now)
    recount(tx, [story_id, new])
    return new


def part(tx: Tx, pairs: Iterable[tuple[int, int]], user: str, now: datetime) -> None:
    """Remember that stories are not one."""
    rows = [
        {"story_id": min(pair), "other_id": max(pair), "user": user, "at": now} for pair in sorted(set(pairs))
    ]
    if rows:
        keep = dialect.insert(tx, story_partings).on_conflict_do_nothing(
            index_elements=["story_id", "other_id"]
        )
        tx.execute(keep, rows)


def parted(tx: Tx, story_ids: Collection[int]) -> set[tuple[int, int]]:
    """The pairs of stories that an analyst keeps apart, of which one is among these."""
    found: set[tuple[int, int]] = set()
    listed = sorted(story_ids)
    for first in range(0, len(listed), memberships.BATCH):
        some = listed[first : first + memberships.BATCH]
        either = or_(story_partings.c.story_id.in_(some), story_partings.c.other_id.in_(some))
        found.update((row.story_id, row.other_id) for row in tx.execute(select(story_partings).where(either)))
    return found


def arranged(tx: Tx, story_ids: Collection[int]) -> frozenset[int]:
    """Those of these stories that hold an article an analyst put or left there."""
    found: set[int] = set()
    listed = sorted(story_ids)
    for first in range(0, len(listed), memberships.BATCH):
        wanted = (
            table.c.story_id.in_(listed[first : first + memberships.BATCH]),
            table.c.superseded_at.is_(None),
            table.c.how.in_(memberships.ANALYSTS),
        )
        found.update(tx.scalars(select(table.c.story_id).where(*wanted).distinct()))
    return frozenset(found)


def recount(tx: Tx, story_ids: Sequence[int]) -> None:
    """Write down what stories are after their memberships changed: reach, voices, weight, times, and the
    article each counts as: the one first seen first."""
    told: dict[int, list[RowMapping]] = {story_id: [] for story_id in sorted(set(story_ids))}
    columns = (table.c.story_id, table.c.voice, table.c.role, articles.c.id, articles.c.first_seen_at)
    lead = (articles.c.sample, articles.c.sentiment, articles.c.confidence)
    for some in dialect.parts(list(told)):
        wanted = (
            select(*columns, *lead)
            .join(articles, articles.c.id == table.c.article_id)
            .where(table.c.story_id.in_(some), table.c.superseded_at.is_(None))
            .order_by(table.c.story_id, articles.c.first_seen_at, articles.c.id)
        )
        for row in tx.execute(wanted).mappings():
            told[row["story_id"]].append(row)
    # A story without articles counts as nothing, and keeps its times.
    nothing: dict[str, Any] = {"reach": 0, "voices": 0, "article_id": None}
    _write(tx, {story_id: nothing for story_id, rows in told.items() if not rows})
    _write(tx, {story_id: _counted(rows) for story_id, rows in told.items() if rows})


def _write(tx: Tx, values: Mapping[int, Mapping[str, Any]]) -> None:
    """Write the same columns of several stories."""
    if values:
        names = list(next(iter(values.values())))
        changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        rows = [
            {"story": story_id, **{f"new_{name}": one[name] for name in names}}
            for story_id, one in values.items()
        ]
        tx.execute(update(stories).where(stories.c.id == bindparam("story")).values(changed), rows)


def _counted(rows: Sequence[RowMapping]) -> dict[str, Any]:
    """What a story is, of the rows of its articles in the order they were first seen."""
    lead = rows[0]
    return {
        "reach": len(rows),
        "voices": len({row["voice"] for row in rows}),
        "first_seen_at": lead["first_seen_at"],
        "last_seen_at": rows[-1]["first_seen_at"],
        "article_id": lead["id"],
        "sample": lead["sample"],
        "sentiment": lead["sentiment"],
        "confidence": lead["confidence"],
        "weight": corrections.weight(row["role"] for row in rows),
    }


def acts(tx: Tx, article_id: int, role: str, now: datetime) -> None:
    """An edit may make an article a correction of its story, or a report again."""
    before = memberships.of(tx, [article_id]).get(article_id)
    if before is not None and before.role != role:
        how = before.how if before.how in memberships.ANALYSTS else memberships.EDIT
        memberships.move(tx, [replace(before, role=role, since=now, how=how)], now)
        recount(tx, [before.story_id])


def _pinned(tx: Tx, story_id: int, how: str, user: str, now: datetime) -> None:
    """What an analyst left in a story is there by their word, too."""
    moved = [
        replace(one, since=now, how=how, user=user)
        for one in memberships.in_story(tx, story_id)
        if one.how not in memberships.ANALYSTS
    ]
    memberships.move(tx, moved, now)


def _between(first: int, second: int) -> tuple[ColumnElement[bool], ...]:
    return story_partings.c.story_id == min(first, second), story_partings.c.other_id == max(first, second)


def lock(tx: Tx, story_ids: Collection[int]) -> set[int]:
    """Put processes that arrange these stories in line; those that went into no other."""
    return {id for id, joined in _in_line(tx, story_ids).items() if not joined}


def _in_line(tx: Tx, story_ids: Collection[int]) -> dict[int, int | None]:
    """Stories, each with the one that it went into, locked in one order: their articles first, for who judges
    or edits an article has its row when its story's follows. Who arranges goes one after the other
    (PostgreSQL's advisory lock), so that no article joins a story after its articles were locked."""
    wanted = sorted(set(story_ids))
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(LOCK)))
    told = select(articles.c.id).where(articles.c.story_id.in_(wanted)).order_by(articles.c.id)
    tx.execute(told.with_for_update(key_share=True)).all()
    chosen = select(stories.c.id, stories.c.joined_id).where(stories.c.id.in_(wanted)).order_by(stories.c.id)
    return {row.id: row.joined_id for row in tx.execute(chosen.with_for_update(key_share=True))}


def _locked(tx: Tx, story_ids: Sequence[int]) -> None:
    """Put processes that arrange the same stories in line, if they may be arranged."""
    wanted, found = sorted(set(story_ids)), _in_line(tx, story_ids)
    for story_id in wanted:
        if story_id not in found:
            raise NotFoundError(Message("stories.none", story=story_id))
        if found[story_id]:
            raise ConflictError(Message("stories.joined", story=story_id, into=found[story_id]))
    if len(wanted) < len(story_ids):
        raise ConflictError(Message("stories.same", story=wanted[0]))
