"""Articles as the counts see them: what `detection.rollups` makes entries of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, select

from monitor.detection.rollups import WHOLE, Judgement, Told
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import article_topics, articles, company_sentiments, memberships, mentions, stories


def stories_of(tx: Tx, article_ids: Collection[int]) -> set[int]:
    """The stories that these articles are of."""
    found: set[int] = set()
    for some in dialect.parts(sorted(article_ids)):
        found.update(tx.scalars(select(articles.c.story_id).where(articles.c.id.in_(some))))
    return found


def told(tx: Tx, story_ids: Collection[int]) -> list[Told]:
    """The articles of these stories."""
    found: list[Told] = []
    for some in dialect.parts(sorted(story_ids)):
        found += (weighed(one, weight) for one, weight in _told(tx, articles.c.story_id.in_(some)))
    return found


def unweighed(tx: Tx, article_ids: Collection[int]) -> dict[int, Told]:
    """These articles by id, each as if nothing of its story were taken back."""
    found: dict[int, Told] = {}
    for some in dialect.parts(sorted(article_ids)):
        found.update((one.article_id, one) for one, _ in _told(tx, articles.c.id.in_(some)))
    return found


def weighed(article: Told, weight: int) -> Told:
    """What is left of an article in a story of this weight, in millionths."""
    if weight == WHOLE:
        return article
    companies = {company: _left(judged, weight) for company, judged in article.companies.items()}
    return replace(article, judged=_left(article.judged, weight), companies=companies)


def _told(tx: Tx, within: ColumnElement[bool]) -> list[tuple[Told, int]]:
    topics: dict[int, list[str]] = defaultdict(list)
    chosen = select(article_topics.c.article_id, article_topics.c.topic)
    joined = chosen.join(articles, articles.c.id == article_topics.c.article_id).where(within)
    for article_id, topic in tx.execute(joined.order_by(article_topics.c.topic)):
        topics[article_id].append(topic)
    named: dict[int, dict[str, Judgement]] = defaultdict(dict)
    judged = and_(
        company_sentiments.c.article_id == mentions.c.article_id,
        company_sentiments.c.company_id == mentions.c.company_id,
    )
    rows = tx.execute(
        select(
            mentions.c.article_id,
            mentions.c.company_id,
            company_sentiments.c.sentiment,
            company_sentiments.c.negative,
        )
        .join(articles, articles.c.id == mentions.c.article_id)
        .outerjoin(company_sentiments, judged)
        .where(within)
        .distinct()
    )
    for article_id, company, sentiment, weight in rows:
        named[article_id][company] = Judgement(sentiment or "", weight or 0)
    of_articles = select(
        articles.c.id,
        memberships.c.story_id,
        memberships.c.voice,
        stories.c.weight,
        articles.c.source,
        articles.c.cell,
        articles.c.language,
        articles.c.sample,
        articles.c.backlog,
        articles.c.sentiment,
        articles.c.negative,
    )
    current = (memberships.c.article_id == articles.c.id, memberships.c.superseded_at.is_(None))
    found = (
        of_articles.join(memberships, and_(*current))
        .join(stories, stories.c.id == memberships.c.story_id)
        .where(within)
    )
    return [
        (
            Told(
                article_id=row.id,
                story_id=row.story_id,
                voice=row.voice,
                cell=row.cell,
                source=row.source,
                language=row.language,
                sample=row.sample,
                backlog=row.backlog,
                judged=Judgement(row.sentiment, row.negative),
                topics=tuple(topics.get(row.id, ())),
                companies=dict(named.get(row.id, {})),
            ),
            row.weight,
        )
        for row in tx.execute(found)
    ]


def _left(judged: Judgement, weight: int) -> Judgement:
    """What is left of a judgement in a story of this weight: of one that was taken back, nothing."""
    left = judged.weight * weight // WHOLE
    return Judgement(judged.sentiment if weight else "", left)
