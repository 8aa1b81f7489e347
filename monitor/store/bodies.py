"""Texts that retention took: of which article, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from monitor.errors import ConflictError
from monitor.messages import Message
from monitor.store.dialect import Tx
from monitor.store.schema import articles


def removed_at(tx: Tx, article_id: int) -> datetime | None:
    """When an article's text was removed; None while it is there."""
    found: datetime | None = tx.scalar(select(articles.c.body_removed_at).where(articles.c.id == article_id))
    return found


def check(tx: Tx, article_id: int) -> None:
    """Raises ConflictError where an article's text was removed: there is nothing to read."""
    at = removed_at(tx, article_id)
    if at is not None:
        raise ConflictError(Message("retention.removed", article=article_id, day=f"{at:%Y-%m-%d}"))
