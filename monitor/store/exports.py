"""The labels with their texts, as they leave for other tools and are matched when they come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import RowMapping

from monitor.datasets.exchange import Exchanged, of
from monitor.store import articles as articles_
from monitor.store import labels, predictions
from monitor.store.dialect import Tx
from monitor.store.schema import answers

BATCH = 500
"""Labels whose articles are in memory at a time."""


def labelled(tx: Tx) -> Iterator[Exchanged]:
    """Every standing label of every analyst, by text, the newest of each first: who learns from the file
    and takes the first of several learns from the newest."""
    statement = labels.every().order_by(answers.c.text_id, answers.c.id.desc())
    rows = tx.execute(statement.execution_options(yield_per=BATCH)).mappings()
    for some in rows.partitions(BATCH):
        yield from _exchanged(tx, some)


def page(tx: Tx, limit: int, before_id: int = 0) -> list[tuple[int, Exchanged]]:
    """The newest standing labels, each with its id; those before `before_id`, where that is one."""
    statement = labels.every().order_by(answers.c.id.desc()).limit(limit)
    if before_id:
        statement = statement.where(answers.c.id < before_id)
    rows = tx.execute(statement).mappings().all()
    return list(zip((row["id"] for row in rows), _exchanged(tx, rows), strict=True))


def _exchanged(tx: Tx, rows: Sequence[RowMapping]) -> Iterator[Exchanged]:
    ids = list(dict.fromkeys(row["article_id"] for row in rows))
    found = {one.id: one for one in articles_.get_many(tx, ids)}
    said = predictions.of(tx, ids)
    for row in rows:
        article = found[row["article_id"]]
        prediction = said[article.id][0] if article.id in said else None
        yield of(labels.record(row), article, prediction)
