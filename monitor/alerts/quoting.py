"""Which sentence of an article is quoted in an alert: the one that is most probably negative.

    article → sentences, each as an article of its own → classifier → the most probable one

Of an alert about a company, only sentences that name it are asked about, and how negative each is towards it;
where none does, how negative each is by itself. What is quoted is a place in the stored text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.news import sentences
from monitor.records import Article, Prediction

MOST = 30
"""Sentences of an article that are asked about: its first ones, for news says the worst first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A sentence at [start, end) of an article's content, and the article that it would be alone."""

    start: int
    end: int
    alone: Article


def asked(article: Article, company: str) -> list[Asked]:
    """The sentences of an article that are asked about, in order."""
    found = [
        Asked(start, end, _alone(article, start, end)) for start, end in sentences.spans(article.content)
    ]
    naming = [one for one in found if company and company in one.alone.named]
    return (naming or found)[:MOST]


def chosen(said: Sequence[Prediction], company: str) -> tuple[int, float]:
    """The place of the sentence that is most probably negative, towards the company if it is not "", and how
    probably; of equals the first. Raises ValueError where nothing was said."""
    negative = [one.towards(company)["negative"] for one in said]
    most = max(negative)
    return negative.index(most), most


def _alone(article: Article, start: int, end: int) -> Article:
    mentions = tuple(
        replace(one, start=one.start - start, end=one.end - start)
        for one in article.mentions
        if start <= one.start and one.end <= end
    )
    content = article.content[start:end]
    return Article.unstored(
        content,
        article.published_at,
        source=article.source,
        language=article.language,
        mentions=mentions,
    )
