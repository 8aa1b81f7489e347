"""The share of texts that is audited, and every change of it: a sample is known by the share it is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from monitor.acquisition.coins import FIRST_SHARE, next_share
from monitor.messages import Message
from monitor.records import Lane, TaskState
from monitor.store.dialect import Tx
from monitor.store.schema import shares, tasks, texts

WEEK = timedelta(days=7)
SAME = 0.1
"""A share that would change by less than this part of itself stays: the fewer changes, the more of the
sample is of one share."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share and since when it is in force; `until` is when a raise ends (None: until the next)."""

    at: datetime
    share: float
    until: datetime | None
    reason: str


def in_force(tx: Tx, now: datetime) -> float:
    """The share of new texts to audit at this moment."""
    usual = _newest(tx, lasting=True)
    share = usual.share if usual else FIRST_SHARE
    raised = _newest(tx, lasting=False)
    if raised and raised.until and raised.until > now:
        share = max(share, raised.share)
    return share


def follow(tx: Tx, audits_per_day: float, now: datetime) -> float:
    """Set the share by what arrived and what the desk finished in the last week, and say why; the share.

    See `monitor.acquisition.coins.next_share`.
    """
    drawn = select(func.count(), func.min(texts.c.drawn_at)).where(
        ~texts.c.sample, texts.c.drawn_at > now - WEEK
    )
    number, first = tx.execute(drawn).one()
    days = max((now - first) / timedelta(days=1), 1.0) if first else 1.0
    started = tx.scalar(select(func.min(tasks.c.created_at)).where(tasks.c.lane == Lane.AUDIT.value))
    finished: float | None = None
    if started is not None and now - started >= WEEK:
        closed = (
            select(func.count())
            .select_from(tasks)
            .where(
                tasks.c.lane == Lane.AUDIT.value,
                tasks.c.state.in_([TaskState.DONE.value, TaskState.SKIPPED.value]),
                tasks.c.closed_at > now - WEEK,
            )
        )
        finished = (tx.scalar(closed) or 0) / 7
    share = next_share(audits_per_day=audits_per_day, texts_per_day=number / days, finished_per_day=finished)
    usual = _newest(tx, lasting=True)
    before = usual.share if usual else FIRST_SHARE
    if abs(share - before) > SAME * before:
        done = Message("shares.no_week") if finished is None else Message("shares.finished", number=finished)
        values = {"share": share, "wanted": audits_per_day, "texts": number / days, "finished": done}
        _add(tx, share, now, None, Message("shares.follows", **values))
        return share
    return before


def raise_share(tx: Tx, factor: float, until: datetime, now: datetime, reason: str) -> float:
    """Audit `factor` times the usual share until then; the share."""
    usual = _newest(tx, lasting=True)
    share = min(1.0, factor * (usual.share if usual else FIRST_SHARE))
    _add(tx, share, now, until, reason)
    return share


def history(tx: Tx, limit: int = 50) -> list[Share]:
    """The newest changes of the share, newest first."""
    rows = tx.execute(select(shares).order_by(shares.c.id.desc()).limit(limit))
    return [Share(row.at, row.share, row.until, row.reason) for row in rows]


def _add(tx: Tx, share: float, now: datetime, until: datetime | None, reason: str) -> None:
    tx.execute(insert(shares).values(at=now, share=share, until=until, reason=reason))


def _newest(tx: Tx, *, lasting: bool) -> Share | None:
    kind = shares.c.until.is_(None) if lasting else shares.c.until.is_not(None)
    row = tx.execute(select(shares).where(kind).order_by(shares.c.id.desc()).limit(1)).first()
    return Share(row.at, row.share, row.until, row.reason) if row else None
