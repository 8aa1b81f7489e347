"""Feedback: what people say is wrong with an article beside its judgement, until somebody has seen to it.

A wrong sentiment, company or topic comes with a label, which answers a task of its own (lane `request`);
the feedback tells what it is about. What is no news, or a duplicate, is for whoever keeps the sources and
the stories.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, select, update

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import Article, Feedback, Wrong
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import feedback


def give(tx: Tx, article: Article, user: str, kind: Wrong, note: str, now: datetime) -> Feedback:
    """Keep what `user` says of an article; said again, the note and the time are the newer ones."""
    values = {"article_id": article.id, "note": note, "created_at": now, "closed_at": None, "closed_by": ""}
    statement = dialect.insert(tx, feedback).values(
        text_id=article.text_id, user=user, kind=kind.value, **values
    )
    statement = statement.on_conflict_do_update(index_elements=["text_id", "user", "kind"], set_=values)
    row = tx.execute(statement.returning(*feedback.c)).one()
    return _record(row)


def page(tx: Tx, *, open_only: bool = True, limit: int = 100, before_id: int = 0) -> list[Feedback]:
    """The newest feedback; the next page starts `before_id` the last."""
    statement = select(feedback).order_by(feedback.c.id.desc()).limit(limit)
    if open_only:
        statement = statement.where(feedback.c.closed_at.is_(None))
    if before_id:
        statement = statement.where(feedback.c.id < before_id)
    return [_record(row) for row in tx.execute(statement)]


def close(tx: Tx, feedback_id: int, user: str, now: datetime) -> Feedback:
    """Somebody has seen to it. Raises NotFoundError."""
    statement = update(feedback).where(feedback.c.id == feedback_id).values(closed_at=now, closed_by=user)
    row = tx.execute(statement.returning(*feedback.c)).first()
    if row is None:
        raise NotFoundError(Message("corrections.none", feedback=feedback_id))
    return _record(row)


def _record(row: Row[tuple[object, ...]]) -> Feedback:
    values = row._mapping
    return Feedback(**{**values, "kind": Wrong(values["kind"])})
