"""Polls: which source was read when, and what it brought. Kept, so that the past knows who was reading."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from monitor.store.dialect import Tx
from monitor.store.schema import polls


def note(tx: Tx, source: str, at: datetime, *, read: bool, new: int = 0) -> None:
    """A source was asked; `read` says that it answered, and `new` how many articles it brought."""
    tx.execute(insert(polls).values(source=source, at=at, read=read, new=new))


def read_at(tx: Tx, since: datetime, until: datetime) -> list[datetime]:
    """When any source answered, in [since, until), in order."""
    within = (polls.c.read, polls.c.at >= since, polls.c.at < until)
    return list(tx.scalars(select(polls.c.at).where(*within).order_by(polls.c.at, polls.c.id)))


def prune(tx: Tx, before: datetime) -> None:
    """Forget the polls before then."""
    tx.execute(delete(polls).where(polls.c.at < before))
