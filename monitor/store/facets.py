"""Conditions on articles: what they are about, and how it is judged."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from monitor.store.schema import article_topics, articles, company_sentiments, mentions


def has_topic(topic: str) -> ColumnElement[bool]:
    """The condition that an article has `topic`."""
    return articles.c.id.in_(select(article_topics.c.article_id).where(article_topics.c.topic == topic))


def names_company(company_id: str) -> ColumnElement[bool]:
    """The condition that an article names a company."""
    return articles.c.id.in_(select(mentions.c.article_id).where(mentions.c.company_id == company_id))


def judges_company(company_id: str, sentiment: str) -> ColumnElement[bool]:
    """The condition that what counts as an article's sentiment towards a company is `sentiment`."""
    return articles.c.id.in_(
        select(company_sentiments.c.article_id).where(
            company_sentiments.c.company_id == company_id, company_sentiments.c.sentiment == sentiment
        )
    )
