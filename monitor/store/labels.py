"""Labels: the answers (`monitor.store.answers`) that say something. An undone one is kept, withdrawn.

A label is about a text. One whose text no article carries any more (the source changed it) counts for
nothing, until an article says the same again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, and_, func, select

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import MEASURING, Article, Label, Lane
from monitor.store import articles as articles_
from monitor.store import samples
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, tasks, texts
from monitor.store.standing import COUNTS, LABEL, STANDS

_SELECTED = select(answers, tasks.c.lane, tasks.c.inclusion).join(tasks, tasks.c.id == answers.c.task_id)


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """A label with the article it is about, as the article reads now."""

    label: Label
    article: Article


def record(row: RowMapping) -> Label:
    """A row of `_SELECTED` that is a label."""
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
        text_id=row["text_id"],
        lane=Lane(row["lane"]),
        inclusion=row["inclusion"],
        guideline=row["guideline"],
        note=row["note"],
    )


def get(tx: Tx, answer_id: int) -> Label:
    """The label with this id, withdrawn or not. Raises NotFoundError."""
    row = tx.execute(_SELECTED.where(answers.c.id == answer_id)).mappings().first()
    if row is None or row["outcome"] != LABEL:
        raise NotFoundError(Message("labels.absent", label=answer_id))
    return record(row)


def of_text(tx: Tx, text_id: int) -> list[Label]:
    """The standing labels of a text, of every analyst, oldest first."""
    found = _SELECTED.where(STANDS, answers.c.text_id == text_id).order_by(answers.c.id)
    return [record(row) for row in tx.execute(found).mappings()]


def every() -> Select[Any]:
    """The standing labels of every analyst; each row is a `record`."""
    return _SELECTED.where(STANDS)


def counting(lane: Lane) -> Select[Any]:
    """The labels that count and were given in this lane, oldest first; each row is a `record`."""
    return _SELECTED.where(COUNTS, tasks.c.lane == lane.value).order_by(answers.c.id)


def current(tx: Tx) -> list[LabelledArticle]:
    """The label that counts of each labelled text that an article carries, in the order they were given.

    The one that was decided between several counts, else the newest; none that waits (`standing`). The
    sample's do not: made-up texts teach nothing and judge nothing.
    """
    return _with_articles(tx, tx.execute(_standing()).mappings().all())


def newest(tx: Tx) -> int:
    """The newest answer there is: what `since` counts from."""
    return tx.scalar(select(func.max(answers.c.id))) or 0


def since(tx: Tx, answer_id: int = 0) -> int:
    """How many labels that count and may train were given after this answer: by number, since a time may
    be wrong."""
    given = (
        select(func.count())
        .select_from(answers.join(tasks, tasks.c.id == answers.c.task_id))
        .join(texts, texts.c.id == answers.c.text_id)
        .where(COUNTS, answers.c.id > answer_id, ~texts.c.sample)
        .where(tasks.c.lane.not_in([lane.value for lane in MEASURING]))
    )
    return tx.scalar(given) or 0


def stats(tx: Tx) -> dict[str, Any]:
    """Counts of standing labels: `labels`, of them `gold`, and `by_user`."""
    by_user: dict[str, int] = {}
    gold = 0
    rows = tx.execute(
        select(answers.c.user, answers.c.gold, func.count().label("n"))
        .where(STANDS, samples.of_counted(tx, answers.c.article_id))
        .group_by(answers.c.user, answers.c.gold)
        .order_by(answers.c.user)
    )
    for row in rows:
        by_user[row.user] = by_user.get(row.user, 0) + row.n
        gold += row.n if row.gold else 0
    return {"labels": sum(by_user.values()), "gold": gold, "by_user": by_user}


def _with_articles(tx: Tx, rows: Sequence[RowMapping]) -> list[LabelledArticle]:
    found = {one.id: one for one in articles_.get_many(tx, [row["carrier"] for row in rows])}
    return [LabelledArticle(record(row), found[row["carrier"]]) for row in rows]


def _standing() -> Select[Any]:
    """The label that counts for each text, with the oldest article that carries it now."""
    rank = func.row_number().over(
        partition_by=answers.c.text_id, order_by=(answers.c.gold.desc(), answers.c.id.desc())
    )
    ranked = select(answers.c.id, rank.label("rank")).where(COUNTS).subquery()
    carrier = (
        select(func.min(articles.c.id))
        .where(articles.c.text_id == answers.c.text_id, ~articles.c.sample)
        .scalar_subquery()
    )
    return (
        _SELECTED.add_columns(carrier.label("carrier"))
        .join(ranked, and_(ranked.c.id == answers.c.id, ranked.c.rank == 1))
        .where(carrier.is_not(None))
        .order_by(answers.c.id)
    )
