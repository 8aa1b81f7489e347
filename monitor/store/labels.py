"""Labels: the answers (`monitor.store.answers`) that say something. An undone one is kept, withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, and_, func, select

from monitor.datasets import exports
from monitor.records import Article, Label
from monitor.store import articles as articles_
from monitor.store import samples
from monitor.store.dialect import Tx
from monitor.store.schema import answers

LABEL = "label"
"""The outcome of an answer that is one."""

EXPORTED = 500
"""Labels whose articles are in memory at a time while all are exported."""

_STANDS = and_(answers.c.outcome == LABEL, answers.c.withdrawn_at.is_(None))


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """A label with the article it is about, as the article reads now."""

    label: Label
    article: Article


def record(row: RowMapping) -> Label:
    """A row of `answers` that is a label."""
    return Label(
        article_id=row["article_id"],
        task_id=row["task_id"],
        user=row["user"],
        sentiment=row["sentiment"],
        topics=None if row["topics"] is None else tuple(row["topics"]),
        created_at=row["created_at"],
        gold=row["gold"],
        id=row["id"],
        companies=row["companies"],
        suggested=row["suggested"],
        seconds=row["seconds"],
    )


def current(tx: Tx) -> list[LabelledArticle]:
    """The standing label of each labelled article, in the order they were given."""
    return _with_articles(tx, tx.execute(_standing()).mappings().all())


def newest(tx: Tx) -> int:
    """The newest answer there is: what `since` counts from."""
    return tx.scalar(select(func.max(answers.c.id))) or 0


def since(tx: Tx, answer_id: int = 0) -> int:
    """How many standing labels were given after this answer: by number, since a time may be wrong."""
    given = select(func.count()).select_from(answers).where(_STANDS, answers.c.id > answer_id)
    given = given.where(samples.of_counted(tx, answers.c.article_id))
    return tx.scalar(given) or 0


def stats(tx: Tx) -> dict[str, Any]:
    """Counts of standing labels: `labels`, of them `gold`, and `by_user`."""
    by_user: dict[str, int] = {}
    gold = 0
    rows = tx.execute(
        select(answers.c.user, answers.c.gold, func.count().label("n"))
        .where(_STANDS, samples.of_counted(tx, answers.c.article_id))
        .group_by(answers.c.user, answers.c.gold)
        .order_by(answers.c.user)
    )
    for row in rows:
        by_user[row.user] = by_user.get(row.user, 0) + row.n
        gold += row.n if row.gold else 0
    return {"labels": sum(by_user.values()), "gold": gold, "by_user": by_user}


def export(tx: Tx) -> Iterator[dict[str, Any]]:
    """The standing labels with their texts, as JSON objects a data set can be made of."""
    rows = tx.execute(_standing().execution_options(yield_per=EXPORTED)).mappings()
    for some in rows.partitions(EXPORTED):
        for one in _with_articles(tx, some):
            yield exports.row(one.label, one.article)


def _with_articles(tx: Tx, rows: Sequence[RowMapping]) -> list[LabelledArticle]:
    found = {one.id: one for one in articles_.get_many(tx, [row["article_id"] for row in rows])}
    return [LabelledArticle(record(row), found[row["article_id"]]) for row in rows]


def _standing() -> Select[Any]:
    newest = select(func.max(answers.c.id)).where(_STANDS).group_by(answers.c.article_id)
    return select(answers).where(answers.c.id.in_(newest)).order_by(answers.c.id)
