"""Doubts about analysts: whose labels wait, since when, on what evidence, and how it ended.

A doubt is begun where what was read twice speaks against an analyst (`monitor.evaluation.doubting`). From
then on none of his labels counts (`standing`), and the texts that nobody else read are asked again: his
audits, his part of a running duel, and what he alone labelled. An administrator ends it, with a reason.
Kept, the labels count again; taken back, they are withdrawn. What was read twice until then is settled by
that: only later readings speak for a doubt again.

Labels that a version was trained on before stay in it: `taught` says how many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, and_, func, insert, or_, select, update

from monitor.errors import NotFoundError
from monitor.evaluation.analysts import Record, Twice
from monitor.messages import Message
from monitor.records import Label, Lane, TaskState
from monitor.store import audit, dialect, duels, predictions, readings, standing
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, doubts, duel_texts, snapshots, tasks, texts
from monitor.store.schema import duels as duels_

SYSTEM = "monitor"
BEGUN, ENDED = "analyst.doubt", "analyst.decide"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt about `user`: of `labels` that were read twice the mean `blame`, the most that an honest one's
    may be (`ceiling`), and the `evidence` (an e-value). `ended_at` is None while his labels wait; then `kept`
    says whether they count again, `ended_by` whose decision that is, and `reason` why."""

    id: int
    user: str
    at: datetime
    labels: int
    blame: float
    ceiling: float
    evidence: float
    ended_at: datetime | None = None
    ended_by: str = ""
    kept: bool = False
    reason: str = ""


def all(tx: Tx) -> list[Doubt]:
    """Every doubt there was, the newest first."""
    return [_record(row) for row in tx.execute(select(doubts).order_by(doubts.c.id.desc())).mappings()]


def waiting(tx: Tx) -> list[Doubt]:
    """The doubts that nobody has decided, by analyst."""
    found = select(doubts).where(doubts.c.ended_at.is_(None)).order_by(doubts.c.user)
    return [_record(row) for row in tx.execute(found).mappings()]


def twice(tx: Tx) -> list[Twice]:
    """The audits that were drawn to be read twice and were, in the order of their second readings: whether
    the two said the same sentiment, and with whom a third reading or a decision sided. What a doubt that has
    ended was about is left out."""
    settled = dict(
        tx.execute(
            select(doubts.c.user, func.max(doubts.c.upto))
            .where(doubts.c.ended_at.is_not(None))
            .group_by(doubts.c.user)
        ).all()
    )
    drawn = set(tx.scalars(select(texts.c.id).where(texts.c.audited, texts.c.twice)))
    read = {id: some for id, some in readings.several(tx, lanes=[Lane.AUDIT]).items() if id in drawn}
    decided = readings.decisions(tx, read)
    found = []
    for id, some in read.items():
        first, second = some[:2]
        if any(one.id <= settled.get(one.user, 0) for one in (first, second)):
            continue
        third = decided.get(id) or (some[2] if len(some) > 2 else None)
        found.append((second.id, _twice(first, second, third)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def begin(tx: Tx, record: Record, now: datetime) -> Doubt:
    """Doubt an analyst: his labels wait from now on, and the texts that nobody else read are open again. The
    audit trail says so. What articles say is settled after (`unsettled`)."""
    figures = {"labels": record.labels, "blame": record.blame, "ceiling": record.ceiling}
    values = {**figures, "user": record.user, "at": now, "evidence": min(record.evidence, 1e300)}
    id = tx.scalar(insert(doubts).values(values).returning(doubts.c.id))
    reopened = _reopen(tx, record.user)
    audit.write(tx, now, SYSTEM, BEGUN, record.user, {**figures, "asked again": reopened})
    duels.recount(tx, now)
    return _get(tx, id or 0)


def end(tx: Tx, user: str, keep: bool, reason: str, by: str, now: datetime) -> Doubt:
    """Decide the doubt about `user`: `keep` his labels, or take them back. What articles say is settled
    after (`unsettled`). Raises NotFoundError where there is none."""
    found = select(doubts).where(doubts.c.user == user, doubts.c.ended_at.is_(None)).with_for_update()
    row = tx.execute(found).mappings().first()
    if row is None:
        raise NotFoundError(Message("doubts.none", user=user))
    newest = tx.scalar(select(func.max(answers.c.id)).where(answers.c.user == user)) or 0
    ended = {"ended_at": now, "ended_by": by, "kept": keep, "reason": reason, "upto": newest}
    tx.execute(update(doubts).where(doubts.c.id == row["id"]).values(**ended, settled=False))
    mine = and_(answers.c.user == user, standing.STANDS)
    if keep:
        _close(tx, user, now)
    else:
        about = list(tx.scalars(select(answers.c.id).where(mine)))
        for part in dialect.parts(about):
            tx.execute(update(answers).where(answers.c.id.in_(part)).values(withdrawn_at=now))
        tx.execute(update(doubts).where(doubts.c.id == row["id"]).values(withdrawn=about))
    duels.recount(tx, now)
    return _get(tx, row["id"])


def unsettled(tx: Tx) -> dict[int, list[int]]:
    """The texts whose articles may still show what counts no more, or not what counts again; by doubt."""
    found = {}
    for row in tx.execute(select(doubts.c.id, doubts.c.user).where(~doubts.c.settled)).all():
        about = select(answers.c.text_id).where(
            answers.c.user == row.user, answers.c.outcome == standing.LABEL
        )
        found[row.id] = list(tx.scalars(about.distinct().order_by(answers.c.text_id)))
    return found


def settle(tx: Tx, text_ids: Sequence[int], now: datetime) -> None:
    """Write down what the articles with these texts say from `now` on."""
    for text_id in text_ids:
        predictions.settle_text(tx, text_id, now)


def is_settled(tx: Tx, id: int) -> None:
    """What articles say is settled after this doubt."""
    tx.execute(update(doubts).where(doubts.c.id == id).values(settled=True))


def held(tx: Tx) -> dict[str, int]:
    """How many standing labels wait, by analyst."""
    rows = (
        select(answers.c.user, func.count().label("n"))
        .where(standing.STANDS, ~standing.TRUSTED)
        .group_by(answers.c.user)
        .order_by(answers.c.user)
    )
    return {row.user: row.n for row in tx.execute(rows)}


def taught(tx: Tx, snapshot_id: str) -> dict[str, int]:
    """How many labels of a snapshot are of an analyst whose labels wait, or were taken back by a decision;
    by analyst."""
    used = tx.scalar(select(snapshots.c.label_ids).where(snapshots.c.id == snapshot_id)) or []
    found: Counter[str] = Counter()
    for user, ids in _doubted(tx).items():
        if n := len(ids.intersection(used)):
            found[user] += n
    return dict(sorted(found.items()))


# --- steps ---------------------------------------------------------------------------------


def _doubted(tx: Tx) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = {}
    for one in tx.execute(select(doubts.c.user, doubts.c.ended_at, doubts.c.withdrawn)).all():
        ids = one.withdrawn
        if one.ended_at is None:
            mine = and_(answers.c.user == one.user, answers.c.outcome == standing.LABEL)
            ids = tx.scalars(select(answers.c.id).where(mine))
        found.setdefault(one.user, set()).update(ids)
    return found


def _twice(first: Label, second: Label, third: Label | None) -> Twice:
    agreed = first.sentiment == second.sentiment
    if agreed or third is None or third.user in (first.user, second.user):
        return Twice(first.user, second.user, agreed)
    sided = {first.sentiment: first.user, second.sentiment: second.user}
    return Twice(first.user, second.user, False, sided.get(third.sentiment, ""), third.user)


def _reopen(tx: Tx, user: str) -> int:
    """Ask again what too few others answered; how many texts. A duel's texts only while it runs."""
    mine = select(answers.c.task_id).where(answers.c.user == user, standing.STANDS)
    others = (
        select(func.count(answers.c.id))
        .where(answers.c.task_id == tasks.c.id, standing.COUNTS)
        .correlate(tasks)
        .scalar_subquery()
    )
    elsewhere = (
        select(answers.c.id)
        .where(answers.c.text_id == tasks.c.text_id, standing.COUNTS)
        .correlate(tasks)
        .exists()
    )
    carried = select(articles.c.id).where(articles.c.text_id == tasks.c.text_id).exists()
    running = select(duel_texts.c.task_id).join(duels_, duels_.c.id == duel_texts.c.duel_id)
    running = running.where(duels_.c.running, duel_texts.c.task_id.is_not(None))
    audit_ = tasks.c.lane == Lane.AUDIT.value
    duel_ = tasks.c.lane == Lane.DUEL.value
    short = or_(
        and_(audit_, others < tasks.c.wanted),
        and_(duel_, others == 0, tasks.c.id.in_(running)),
        and_(~audit_, ~duel_, ~elsewhere),
    )
    done = and_(tasks.c.state == TaskState.DONE.value, tasks.c.id.in_(mine), carried, short)
    again = list(tx.scalars(select(tasks.c.id).where(done)))
    for part in dialect.parts(again):
        opened = {"state": TaskState.OPEN.value, "closed_at": None}
        tx.execute(update(tasks).where(tasks.c.id.in_(part)).values(opened))
    return len(again)


def _close(tx: Tx, user: str, now: datetime) -> None:
    """Close the tasks that were open again because his answers waited."""
    given = (
        select(func.count(answers.c.id))
        .where(answers.c.task_id == tasks.c.id, standing.COUNTS)
        .correlate(tasks)
        .scalar_subquery()
    )
    mine = select(answers.c.task_id).where(answers.c.user == user, standing.STANDS)
    done = and_(tasks.c.state == TaskState.OPEN.value, tasks.c.id.in_(mine), given >= tasks.c.wanted)
    for part in dialect.parts(list(tx.scalars(select(tasks.c.id).where(done)))):
        closed = {"state": TaskState.DONE.value, "closed_at": now}
        tx.execute(update(tasks).where(tasks.c.id.in_(part)).values(closed))


def _get(tx: Tx, id: int) -> Doubt:
    return _record(tx.execute(select(doubts).where(doubts.c.id == id)).mappings().one())


def _record(row: RowMapping) -> Doubt:
    names = ("id", "user", "at", "labels", "blame", "ceiling", "evidence")
    ended = ("ended_at", "ended_by", "kept", "reason")
    return Doubt(**{name: row[name] for name in (*names, *ended)})
