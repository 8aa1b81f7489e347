"""What a model says of new articles of an archive: stored as if it had been said when they were news.

The same rows as `predictions.put` writes one article at a time, in a handful of statements, for articles
that this transaction stored. `created_at` is when the article was first seen, so that whoever reads a moment
of the past finds what was said of it then; `later_at` says when it was said in truth. There is no route but
to accept, and no task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from monitor.messages import Message
from monitor.records import Article, Decision, Prediction, Route, likeliest
from monitor.store import dialect
from monitor.store import predictions as stored
from monitor.store.dialect import Tx
from monitor.store.schema import (
    answers,
    article_topics,
    articles,
    company_sentiments,
    predictions,
    stories,
)

DECISION = Decision(Route.ACCEPT, Message("history.judged"))
"""Where all of them go."""


def keep(tx: Tx, said: Sequence[tuple[Article, Prediction]], now: datetime) -> None:
    """Store these predictions, made `now`, and settle what counts of their articles; those whose text an
    analyst has labelled count as labelled. The counts are left to `relived.fold`."""
    if not said:
        return
    rows: dict[str, list[dict[str, Any]]] = {"predictions": [], "articles": [], "topics": [], "companies": []}
    for article, one in said:
        chosen = one.chosen_topics()
        about = {"article_id": article.id, "model": one.model, "current": True, "later_at": now}
        rows["predictions"].append({**about, **stored.row(one, DECISION, chosen, article.first_seen_at)})
        rows["articles"].append(
            {
                "article": article.id,
                "settled": one.label,
                "sure": one.confidence,
                "weight": stored.millionths(one.sentiment),
            }
        )
        rows["topics"] += [{"article_id": article.id, "topic": topic} for topic in chosen]
        rows["companies"] += (_towards(article, id, one.towards(id)) for id in article.named)
    tx.execute(insert(predictions), rows["predictions"])
    of_article = update(articles).where(articles.c.id == bindparam("article"))
    values: dict[str, Any] = {"sentiment": bindparam("settled"), "confidence": bindparam("sure")}
    tx.execute(of_article.values(**values, negative=bindparam("weight"), pending=False), rows["articles"])
    leads = [{name: row[name] for name in ("article", "settled", "sure")} for row in rows["articles"]]
    tx.execute(update(stories).where(stories.c.article_id == bindparam("article")).values(**values), leads)
    if rows["topics"]:
        tx.execute(insert(article_topics), rows["topics"])
    if rows["companies"]:
        tx.execute(insert(company_sentiments), rows["companies"])
    for article in _labelled(tx, [article for article, _ in said]):
        stored.settle(tx, article.id, article.first_seen_at)


def _towards(article: Article, company_id: str, likely: Mapping[str, float]) -> dict[str, Any]:
    best = likeliest(likely)
    return {
        "article_id": article.id,
        "company_id": company_id,
        "sentiment": best,
        "confidence": likely[best],
        "negative": stored.millionths(likely),
    }


def _labelled(tx: Tx, some: Sequence[Article]) -> list[Article]:
    """Those whose text has an answer."""
    known: set[int] = set()
    for ids in dialect.parts([article.text_id for article in some]):
        known.update(tx.scalars(select(answers.c.text_id).where(answers.c.text_id.in_(ids))))
    return [article for article in some if article.text_id in known]
