"""Which articles name a company, when they were first seen, and how negative they are towards it: what events
are matched with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import and_, select

from monitor.detection.events import Naming
from monitor.detection.rollups import WHOLE
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import articles, company_sentiments, mentions

BATCH = 1000
"""Companies in one query."""


def of(tx: Tx, companies: Collection[str]) -> dict[str, list[Naming]]:
    """The articles that name each of these companies (ids), in order of time; the sample is left out."""
    towards = and_(
        company_sentiments.c.article_id == mentions.c.article_id,
        company_sentiments.c.company_id == mentions.c.company_id,
    )
    found: dict[str, list[Naming]] = defaultdict(list)
    listed = sorted(companies)
    for begin in range(0, len(listed), BATCH):
        rows = tx.execute(
            select(
                mentions.c.company_id, articles.c.first_seen_at, articles.c.id, company_sentiments.c.negative
            )
            .distinct()
            .join(articles, articles.c.id == mentions.c.article_id)
            .outerjoin(company_sentiments, towards)
            .where(mentions.c.company_id.in_(listed[begin : begin + BATCH]), ~articles.c.sample)
            .order_by(articles.c.first_seen_at, articles.c.id)
        )
        for company, at, id, negative in rows:
            found[company].append(Naming(at, id, (negative or 0) / WHOLE))
    return dict(found)


def firsts(tx: Tx, stories: Collection[int]) -> Mapping[int, tuple[int, str]]:
    """The first article of each of these stories, and the first line of what it says."""
    found: dict[int, tuple[int, str]] = {}
    for some in dialect.parts(sorted(stories)):
        rows = tx.execute(
            select(articles.c.story_id, articles.c.id, articles.c.content)
            .where(articles.c.story_id.in_(some))
            .order_by(articles.c.id.desc())
        )
        for story, id, content in rows:
            found[story] = (id, content.split("\n", 1)[0])
    return found
