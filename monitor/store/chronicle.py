"""Stories in the order in which they came, the newest first: of a company, of a topic, of bad news.

A story is of a company that any of its articles names, and of a topic that any of them has; it is bad news
for a company if any of them is negative about it, whichever came first, and bad news if any of them is
negative. All of it is looked up in the articles first seen since a moment, so what it costs does not grow
with history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from monitor.store.arrangements import negative_for
from monitor.store.dialect import Tx, parts
from monitor.store.facets import has_topic, judges_company, names_company
from monitor.store.schema import articles, mentions, stories
from monitor.store.stories import StoryView, views

NEGATIVE = "negative"


def page(
    tx: Tx,
    since: datetime,
    *,
    company: str = "",
    topic: str = "",
    negative: bool = False,
    limit: int = 50,
    before_id: int = 0,
    include_sample: bool = True,
) -> list[StoryView]:
    """The newest stories of articles first seen since then that meet every condition given; the next page
    starts `before_id` the last."""
    told: list[ColumnElement[bool]] = [articles.c.first_seen_at >= since]
    if company:
        told.append(judges_company(company, NEGATIVE) if negative else names_company(company))
    elif negative:
        told.append(articles.c.sentiment == NEGATIVE)
    if topic:
        told.append(has_topic(topic))
    conditions = [stories.c.reach > 0, stories.c.id.in_(select(articles.c.story_id).where(*told))]
    if not include_sample:
        conditions.append(~stories.c.sample)
    if before_id:
        last = select(stories.c.first_seen_at).where(stories.c.id == before_id).scalar_subquery()
        same = and_(stories.c.first_seen_at == last, stories.c.id < before_id)
        conditions.append(or_(stories.c.first_seen_at < last, same))
    return views(tx, conditions, (stories.c.first_seen_at.desc(), stories.c.id.desc()), limit)


def companies(tx: Tx, story_ids: Collection[int]) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
    """By story, the companies (ids) that its articles name, and those that any of them is negative about."""
    named: dict[int, set[str]] = defaultdict(set)
    for some in parts(sorted(story_ids)):
        rows = tx.execute(
            select(articles.c.story_id, mentions.c.company_id)
            .join(mentions, mentions.c.article_id == articles.c.id)
            .where(articles.c.story_id.in_(some))
            .distinct()
        )
        for story_id, company in rows:
            named[story_id].add(company)
    bad = negative_for(tx, story_ids)
    return {id: (frozenset(named[id]), bad.get(id, frozenset())) for id in story_ids}


def beside(
    tx: Tx, company: str, since: datetime, limit: int, *, include_sample: bool = True
) -> list[tuple[str, int]]:
    """The companies (ids) that articles first seen since then name beside this one, those named in the most
    stories first, with the number of stories."""
    other = mentions.alias("other")
    number = func.count(articles.c.story_id.distinct())
    rows = tx.execute(
        select(other.c.company_id, number)
        .join(mentions, mentions.c.article_id == other.c.article_id)
        .join(articles, articles.c.id == mentions.c.article_id)
        .where(
            mentions.c.company_id == company,
            other.c.company_id != company,
            articles.c.first_seen_at >= since,
            *(() if include_sample else (~articles.c.sample,)),
        )
        .group_by(other.c.company_id)
        .order_by(number.desc(), other.c.company_id)
        .limit(limit)
    )
    return [(id, int(n)) for id, n in rows]
