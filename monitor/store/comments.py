"""Comments: what people say to each other about an article. A removed one leaves no words, and its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.store.dialect import Tx
from monitor.store.schema import comments


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said about an article."""

    id: int
    article_id: int
    user: str
    at: datetime
    text: str


def of(tx: Tx, article_id: int) -> list[Comment]:
    """The comments on an article, oldest first, without those that were removed."""
    found = select(comments).where(comments.c.article_id == article_id, comments.c.removed_at.is_(None))
    rows = tx.execute(found.order_by(comments.c.id))
    return [Comment(row.id, row.article_id, row.user, row.at, row.text) for row in rows]


def add(tx: Tx, article_id: int, user: str, text: str, now: datetime) -> Comment:
    """A new comment on an article that exists."""
    values = {"article_id": article_id, "user": user, "at": now, "text": text}
    row = tx.execute(insert(comments).values(values).returning(comments)).one()
    return Comment(row.id, row.article_id, row.user, row.at, row.text)


def get(tx: Tx, comment_id: int) -> Comment:
    """A comment that was not removed. Raises NotFoundError."""
    found = select(comments).where(comments.c.id == comment_id, comments.c.removed_at.is_(None))
    row = tx.execute(found).first()
    if row is None:
        raise NotFoundError(Message("comments.none", comment=comment_id))
    return Comment(row.id, row.article_id, row.user, row.at, row.text)


def remove(tx: Tx, comment_id: int, now: datetime) -> None:
    """Take its words away."""
    tx.execute(update(comments).where(comments.c.id == comment_id).values(text="", removed_at=now))
