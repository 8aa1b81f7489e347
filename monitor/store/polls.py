"""Polls: which source was read when, and what it brought. Kept, so that the past knows who was reading:
of long ago by the hour (`store.expired`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select

from monitor.store.dialect import Tx
from monitor.store.schema import polls


def note(tx: Tx, source: str, at: datetime, *, read: bool, new: int = 0) -> None:
    """A source was asked; `read` says that it answered, and `new` how many articles it brought."""
    tx.execute(insert(polls).values(source=source, at=at, read=read, new=new))


def newest(tx: Tx, source: str) -> int:
    """How many articles the last poll of a source brought; 0 where it was never polled."""
    last = select(polls.c.new).where(polls.c.source == source, ~polls.c.held).order_by(polls.c.id.desc())
    return tx.scalar(last.limit(1)) or 0


def read_at(tx: Tx, since: datetime, until: datetime) -> list[datetime]:
    """When any source answered, in [since, until), in order."""
    within = (polls.c.read, polls.c.at >= since, polls.c.at < until)
    return list(tx.scalars(select(polls.c.at).where(*within).order_by(polls.c.at, polls.c.id)))


def arrivals(tx: Tx, since: datetime) -> dict[str, list[datetime]]:
    """By source, when it was asked from then on and brought something new, in order."""
    brought = (polls.c.read, ~polls.c.held, polls.c.new > 0, polls.c.at >= since)
    found: dict[str, list[datetime]] = defaultdict(list)
    for source, at in tx.execute(select(polls.c.source, polls.c.at).where(*brought).order_by(polls.c.at)):
        found[source].append(at)
    return found


def hold(tx: Tx, source: str, moments: Mapping[datetime, int]) -> None:
    """Hold a source as read at these moments, each with how many articles it brought then; those that it is
    held at already stay as they are."""
    if not moments:
        return
    within = (polls.c.source == source, polls.c.held, polls.c.at.between(min(moments), max(moments)))
    known = set(tx.scalars(select(polls.c.at).where(*within)))
    rows = [
        {"source": source, "at": at, "read": True, "new": new, "held": True}
        for at, new in sorted(moments.items())
        if at not in known
    ]
    if rows:
        tx.execute(insert(polls), rows)
