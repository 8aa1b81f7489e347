"""Labels: what analysts answered. An undone label is withdrawn, not deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update

from monitor.records import Article, Label
from monitor.store import articles as articles_
from monitor.store.dialect import Tx
from monitor.store.schema import articles, labels


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """A label with the article it is about, as the article reads now."""

    label: Label
    article: Article


def add(tx: Tx, label: Label) -> Label:
    """Store a label and return it with its id; `tasks.answer` is what calls this."""
    statement = insert(labels).values(
        task_id=label.task_id,
        article_id=label.article_id,
        user=label.user,
        sentiment=label.sentiment,
        topics=None if label.topics is None else list(label.topics),
        gold=label.gold,
        created_at=label.created_at,
    )
    return replace(label, id=tx.execute(statement.returning(labels.c.id)).scalar_one())


def withdraw(tx: Tx, task_id: int, now: datetime) -> None:
    """Withdraw the task's standing label, if it has one."""
    tx.execute(
        update(labels)
        .where(labels.c.task_id == task_id, labels.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )


def current(tx: Tx) -> list[LabelledArticle]:
    """The standing label of each labelled article, in the order they were given."""
    rows = tx.execute(_standing()).all()
    found = {article.id: article for article in articles_.get_many(tx, [row.article_id for row in rows])}
    return [
        LabelledArticle(
            label=Label(
                article_id=row.article_id,
                task_id=row.task_id,
                user=row.user,
                sentiment=row.sentiment,
                topics=None if row.topics is None else tuple(row.topics),
                created_at=row.created_at,
                gold=row.gold,
                id=row.id,
            ),
            article=found[row.article_id],
        )
        for row in rows
    ]


def since(tx: Tx, at: datetime | None) -> int:
    """How many standing labels were given after `at`; all of them where it is None."""
    statement = select(func.count()).select_from(labels).where(labels.c.withdrawn_at.is_(None))
    if at is not None:
        statement = statement.where(labels.c.created_at > at)
    return tx.scalar(statement) or 0


def stats(tx: Tx) -> dict[str, Any]:
    """Counts of standing labels: `labels`, of them `gold`, and `by_user`."""
    by_user: dict[str, int] = {}
    gold = 0
    rows = tx.execute(
        select(labels.c.user, labels.c.gold, func.count().label("n"))
        .where(labels.c.withdrawn_at.is_(None))
        .group_by(labels.c.user, labels.c.gold)
        .order_by(labels.c.user)
    )
    for row in rows:
        by_user[row.user] = by_user.get(row.user, 0) + row.n
        gold += row.n if row.gold else 0
    return {"labels": sum(by_user.values()), "gold": gold, "by_user": by_user}


def export(tx: Tx) -> Iterator[dict[str, Any]]:
    """The standing labels with their texts, as JSON objects a data set can be made of."""
    columns = (articles.c.title, articles.c.content, articles.c.language, articles.c.source, articles.c.url)
    statement = _standing().join(articles, articles.c.id == labels.c.article_id).add_columns(*columns)
    for row in tx.execute(statement.execution_options(yield_per=1000)):
        yield {
            "article_id": row.article_id,
            "text": row.content,
            "label": row.sentiment,
            "topics": row.topics,
            "title": row.title,
            "language": row.language,
            "source": row.source,
            "url": row.url,
            "user": row.user,
            "gold": row.gold,
            "labelled_at": row.created_at.isoformat(),
        }


def _standing() -> Select[Any]:
    newest = (
        select(func.max(labels.c.id)).where(labels.c.withdrawn_at.is_(None)).group_by(labels.c.article_id)
    )
    return select(labels).where(labels.c.id.in_(newest)).order_by(labels.c.id)
