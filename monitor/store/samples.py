"""The bundled sample counts while there is nothing else, and in nothing once a real article is stored.

Whoever counts asks `counted` once in the transaction that reads, and leaves the sample out where it says no:
figures, trends, the watch, lists of alerts, the queue and its labels. What the sample brought stays stored,
and can be read by its address or by its source, marked as sample.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, select, true

from monitor.store.dialect import Tx
from monitor.store.schema import alert_articles, alerts, articles

KIND = "sample"
"""The kind of source whose articles are the sample."""


def counted(tx: Tx) -> bool:
    """Whether the sample counts: no article of a real source is stored."""
    return not tx.scalar(select(exists().where(~articles.c.sample)))


def number(tx: Tx) -> int:
    """How many articles of the sample are counted; 0 once it counts no more."""
    if not counted(tx):
        return 0
    return tx.scalar(select(func.count()).select_from(articles).where(articles.c.sample)) or 0


def of_counted(tx: Tx, article_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that the article of this column counts."""
    if counted(tx):
        return true()
    return ~exists().where(articles.c.id == article_id, articles.c.sample)


def alert_of_real() -> ColumnElement[bool]:
    """The condition that an alert has evidence of a real source, or none at all."""
    evidence = exists().where(alert_articles.c.alert_id == alerts.c.id)
    real = evidence.where(alert_articles.c.article_id == articles.c.id, ~articles.c.sample)
    return ~evidence | real
