"""Store many new articles at once, with their stories, signatures and mentions.

The same rows as `articles.insert`, `stories.create`, `join` and `remember` write one article at a
time, in a handful of statements per chunk: importing an archive is the one thing the store does
by the hundred thousand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, case, func, insert, select, update

from monitor.acquisition.coins import Coins
from monitor.errors import ConflictError
from monitor.news.stories import corrections
from monitor.records import Article
from monitor.store import dialect, memberships, relatives, rollups, texts
from monitor.store.articles import _content
from monitor.store.dialect import Tx
from monitor.store.memberships import Membership
from monitor.store.mentions import values
from monitor.store.schema import articles, mentions, signatures, stories, story_bands
from monitor.store.schema import memberships as table
from monitor.store.stories import packed


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new article and what was found out about it.

    `article.story_id` is the stored story it joins, and `article.block_id` the block of the text it repeats;
    where these are 0 it joins those of arrival number `follows` of the same call, or founds both (`follows`
    None). `voice` is who says it, that of the text it repeats where it repeats one; `role` what it does to
    its story; `keys` are what it is found by.
    """

    article: Article
    signature: Sequence[int]
    bands: Sequence[str]
    voice: str
    follows: int | None = None
    role: str = corrections.REPORT
    keys: Sequence[str] = ()


def keep(tx: Tx, arrivals: Sequence[Arrival], coins: Coins = texts.TOSSED) -> list[Article]:
    """Store the arrivals and return their articles with ids, texts and stories, in the same order.

    Raises ConflictError where another process stored one of them meanwhile; roll back,
    look which are known, and try again.
    """
    if not arrivals:
        return []
    placed, leads = _placed(tx, arrivals)
    ids = texts.enter(tx, placed, coins)
    placed = [replace(article, text_id=id) for article, id in zip(placed, ids, strict=True)]
    stored = _inserted(tx, placed, leads)
    _entered(tx, stored, arrivals)
    _joined(tx, stored, leads)
    _remembered(tx, stored, arrivals)
    latest = max(article.first_seen_at for article in stored)
    rollups.touch(tx, [article.id for article in stored], latest, fresh=True)
    return stored


def _placed(tx: Tx, arrivals: Sequence[Arrival]) -> tuple[list[Article], list[bool]]:
    """The articles with their stories, and whether each founds its own."""
    leads = [not arrival.article.story_id and arrival.follows is None for arrival in arrivals]
    founders = [arrival for arrival, lead in zip(arrivals, leads, strict=True) if lead]
    rows = [
        {
            "first_seen_at": one.article.first_seen_at,
            "last_seen_at": one.article.first_seen_at,
            "reach": 1,
            "voices": 1,
            "weight": corrections.weight([one.role]),
        }
        for one in founders
    ]
    statement = insert(stories).returning(stories.c.id, sort_by_parameter_order=True)
    founded = iter(tx.scalars(statement, rows).all() if rows else [])
    placed: list[Article] = []
    for arrival, lead in zip(arrivals, leads, strict=True):
        story_id = next(founded) if lead else arrival.article.story_id
        block_id = story_id if lead else arrival.article.block_id or story_id
        if arrival.follows is not None:
            story_id, block_id = placed[arrival.follows].story_id, placed[arrival.follows].block_id
        placed.append(replace(arrival.article, story_id=story_id, block_id=block_id))
    return placed, leads


def _inserted(tx: Tx, placed: Sequence[Article], leads: Sequence[bool]) -> list[Article]:
    rows = [
        {
            "text_id": article.text_id,
            "source": article.source,
            "identity_key": article.identity_key,
            "story_id": article.story_id,
            "block_id": article.block_id,
            "first_seen_at": article.first_seen_at,
            "sample": article.sample,
            "history": article.history,
            "backlog": article.backlog,
            "revision": article.revision,
            **_content(article, article.first_seen_at),
        }
        for article in placed
    ]
    statement = (
        dialect.insert(tx, articles)
        .on_conflict_do_nothing(index_elements=["source", "identity_key"])
        .returning(articles.c.id, articles.c.identity_key)
    )
    ids = {row.identity_key: row.id for row in tx.execute(statement, rows)}
    if len(ids) < len(placed):
        raise ConflictError(f"another process is storing items of {placed[0].source} at the same time")
    stored = [replace(article, id=ids[article.identity_key]) for article in placed]
    # A story counts as its founder.
    founders = [
        {"story": article.story_id, "founder": article.id, "is_sample": article.sample}
        for article, founds in zip(stored, leads, strict=True)
        if founds
    ]
    if founders:
        lead = update(stories).where(stories.c.id == bindparam("story"))
        tx.execute(lead.values(article_id=bindparam("founder"), sample=bindparam("is_sample")), founders)
    return stored


def _entered(tx: Tx, stored: Sequence[Article], arrivals: Sequence[Arrival]) -> None:
    memberships.enter(
        tx,
        (
            Membership(article.id, article.story_id, arrival.voice, arrival.role, article.first_seen_at)
            for article, arrival in zip(stored, arrivals, strict=True)
        ),
    )


def _joined(tx: Tx, stored: Sequence[Article], leads: Sequence[bool]) -> None:
    """Count again the stories that got more than their founder."""
    last_seen: dict[int, datetime] = {}
    for article, lead in zip(stored, leads, strict=True):
        if not lead:
            seen = last_seen.get(article.story_id, article.first_seen_at)
            last_seen[article.story_id] = max(seen, article.first_seen_at)
    if not last_seen:
        return
    # The lock puts two processes that add to one story in line, in one order.
    wanted = sorted(last_seen)
    tx.execute(
        select(stories.c.id)
        .where(stories.c.id.in_(wanted))
        .order_by(stories.c.id)
        .with_for_update(key_share=True)
    )
    reach: Counter[int] = Counter()
    voices: dict[int, int] = defaultdict(int)
    told = (
        select(table.c.story_id, table.c.voice, func.count().label("copies"))
        .where(table.c.story_id.in_(wanted), table.c.superseded_at.is_(None))
        .group_by(table.c.story_id, table.c.voice)
    )
    for row in tx.execute(told):
        reach[row.story_id] += row.copies
        voices[row.story_id] += 1
    roles: dict[int, set[str]] = defaultdict(set)
    parts = select(table.c.story_id, table.c.role).distinct()
    for row in tx.execute(parts.where(table.c.story_id.in_(wanted), table.c.superseded_at.is_(None))):
        roles[row.story_id].add(row.role)
    later = bindparam("seen", type_=stories.c.last_seen_at.type)
    statement = (
        update(stories)
        .where(stories.c.id == bindparam("story"))
        .values(
            reach=bindparam("copies"),
            voices=bindparam("speaking"),
            weight=bindparam("left"),
            last_seen_at=case((stories.c.last_seen_at < later, later), else_=stories.c.last_seen_at),
        )
    )
    tx.execute(
        statement,
        [
            {
                "story": story,
                "copies": reach[story],
                "speaking": voices[story],
                "left": corrections.weight(roles[story]),
                "seen": last_seen[story],
            }
            for story in wanted
        ],
    )


def _remembered(tx: Tx, stored: Sequence[Article], arrivals: Sequence[Arrival]) -> None:
    seen = [(article.id, article.first_seen_at, one) for article, one in zip(stored, arrivals, strict=True)]
    kept = [{"article_id": i, "signature": packed(one.signature), "seen_at": at} for i, at, one in seen]
    tx.execute(insert(signatures), kept)
    relatives.keep_new(tx, (relatives.Kept(i, at, one.keys) for i, at, one in seen))
    bands = [
        {"band": band, "article_id": i, "seen_at": at}
        for i, at, one in seen
        for band in dict.fromkeys(one.bands)
    ]
    if bands:
        tx.execute(insert(story_bands), bands)
    named = [
        values(i, one, arrival.article.first_seen_at)
        for i, _, arrival in seen
        for one in {(each.company_id, each.start): each for each in arrival.article.mentions}.values()
    ]
    if named:
        tx.execute(insert(mentions), named)
