"""The counts of an archive, as they would have moved when its articles were news.

Live, `rollups.fold` moves the counts once at the end of each transaction, and what it did counts from then.
An archive brings hundreds of articles of as many moments in one transaction, and the history of the counts
must not show that: whoever asks for the counts as of a moment of 2008 must find what was known then. So the
entries of every story touched are made anew for each moment at which any of its articles was first seen, or
changed its story, and kept from that moment to the next.

What stood before a moment stays. An article that an archive brings behind a count that stands already (a
second file of the same weeks) counts from when that one began: the past that was told before is not told
anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import bindparam, func, insert, or_, select, update

from monitor.detection import rollups as counting
from monitor.detection.rollups import Entries, Pair, Sums, Told
from monitor.news.stories import corrections
from monitor.store import dialect, rollups
from monitor.store import told as facts
from monitor.store.dialect import Tx
from monitor.store.schema import articles, counted, memberships


@dataclass(frozen=True, slots=True)
class Span:
    """An article in a story from when it was in it and seen until it left. `came`: with it, and from no other
    story."""

    article_id: int
    story_id: int
    voice: str
    role: str
    since: datetime
    until: datetime | None
    came: bool


@dataclass(slots=True)
class Line:
    """What a pair adds and added: `entries` from `since` on, which row `id` says (0: none yet), and `rows`
    of `counted` to store beside."""

    entries: Entries = field(default_factory=dict)
    since: datetime | None = None
    id: int = 0
    ended_at: datetime | None = None  # of row `id`
    rows: list[tuple[Entries, datetime, datetime | None]] = field(default_factory=list)

    def turn(self, entries: Entries, at: datetime) -> None:
        """From `at` on the pair adds these; what began later than that keeps its beginning."""
        if entries == self.entries:
            return
        moment = at if self.since is None else max(at, self.since)
        if self.entries and self.id and self.ended_at is None:
            self.ended_at = moment
        elif self.entries and self.since is not None and self.since < moment:
            self.rows.append((self.entries, self.since, moment))
        self.entries, self.since = entries, moment


def fold(tx: Tx, begins_at: datetime, now: datetime) -> None:
    """Move the counts by what this transaction changed, each change from its own moment on; none of these is
    before `begins_at`. Fine cells are kept as `now` says. Takes the place of `rollups.fold`, which then finds
    nothing to do; nothing becomes late."""
    touched: rollups.Touched | None = tx.info.pop(rollups.TOUCHED, None)
    if touched is None:
        return
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(rollups.LOCK)))
    stories = touched.stories | facts.stories_of(tx, touched.articles)
    there = spans(tx, stories, begins_at)
    told = facts.unweighed(tx, {one.article_id for some in there.values() for one in some})
    lines: dict[Pair, Line] = {}
    for pair, id, entries, since in _standing(tx, stories):
        lines[pair] = Line(entries, since, id)
    before = {pair: line.entries for pair, line in lines.items()}
    for story_id in sorted(stories):
        voices = {pair for pair in lines if pair[0] == story_id}
        for at, found in states(there.get(story_id, ()), told, begins_at):
            voices |= found.keys()
            for pair in voices:
                lines.setdefault(pair, Line()).turn(found.get(pair, {}), at)
    _store(tx, lines)
    moved: list[tuple[str, int, Sums]] = []
    for pair, line in lines.items():
        moved.extend(counting.changes(before.get(pair, {}), line.entries))
    rollups.add(tx, moved, now)


def spans(tx: Tx, story_ids: Collection[int], begins_at: datetime) -> dict[int, list[Span]]:
    """By story, who was in it at any moment from `begins_at` on, or left it then."""
    found: dict[int, list[Span]] = defaultdict(list)
    columns = (memberships.c.article_id, memberships.c.story_id, memberships.c.voice, memberships.c.role)
    times = (memberships.c.since, memberships.c.superseded_at, articles.c.first_seen_at)
    wanted = select(*columns, *times).join(articles, articles.c.id == memberships.c.article_id)
    later = or_(memberships.c.superseded_at.is_(None), memberships.c.superseded_at >= begins_at)
    for some in dialect.parts(sorted(story_ids)):
        for row in tx.execute(wanted.where(memberships.c.story_id.in_(some), later)):
            since = max(row.since, row.first_seen_at)
            if row.superseded_at is None or row.superseded_at > since:
                came = row.since <= row.first_seen_at
                span = Span(row.article_id, row.story_id, row.voice, row.role, since, row.superseded_at, came)
                found[row.story_id].append(span)
    return found


def states(
    spans: Sequence[Span], told: Mapping[int, Told], begins_at: datetime
) -> Iterator[tuple[datetime, dict[Pair, Entries]]]:
    """What the pairs of a story add, from each moment on at which that may change."""
    moments = {max(one.since, begins_at) for one in spans}
    moments |= {one.until for one in spans if one.until is not None}
    for at in sorted(moments):
        there = [one for one in spans if one.since <= at and (one.until is None or one.until > at)]
        weight = corrections.weight(one.role for one in there)
        found = [
            facts.weighed(replace(told[one.article_id], story_id=one.story_id, voice=one.voice), weight)
            for one in there
        ]
        yield at, counting.entries(found)


def _standing(tx: Tx, story_ids: Collection[int]) -> Iterator[tuple[Pair, int, Entries, datetime]]:
    columns = (counted.c.id, counted.c.story_id, counted.c.voice, counted.c.entries, counted.c.since)
    for some in dialect.parts(sorted(story_ids)):
        current = (counted.c.superseded_at.is_(None), counted.c.story_id.in_(some))
        for row in tx.execute(select(*columns).where(*current)):
            yield (row.story_id, row.voice), row.id, counting.decoded(row.entries), row.since


def _store(tx: Tx, lines: Mapping[Pair, Line]) -> None:
    ended = [{"row": one.id, "at": one.ended_at} for one in lines.values() if one.ended_at is not None]
    if ended:
        at = bindparam("at", type_=counted.c.superseded_at.type)
        tx.execute(update(counted).where(counted.c.id == bindparam("row")).values(superseded_at=at), ended)
    rows = []
    for (story, voice), line in sorted(lines.items()):
        begun = list(line.rows)
        if line.entries and line.since is not None and (not line.id or line.ended_at is not None):
            begun.append((line.entries, line.since, None))
        rows += [
            {
                "story_id": story,
                "voice": voice,
                "entries": counting.encoded(entries),
                "fresh": True,  # an archive is what came, and nobody's edits
                "since": since,
                "superseded_at": until,
            }
            for entries, since, until in begun
        ]
    if rows:
        tx.execute(insert(counted), rows)
