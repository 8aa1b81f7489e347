"""Audits: the texts that were drawn at random, with their blind readings. What every guarantee is made of.

Nothing about the model enters here: whichever version served when a text was drawn, it is judged again by
the version that a figure is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select

from monitor.records import Audit, Label, Lane, Purpose, TaskState
from monitor.store import articles as articles_
from monitor.store import labels, shares
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, tasks, texts
from monitor.store.standing import COUNTS

BATCH = 1000
"""Ids in one query."""


def of(tx: Tx, *, since: datetime | None = None, purpose: Purpose | None = None) -> list[Audit]:
    """The audited texts that an article still carries, drawn from `since` on, in the order they were drawn.

    A text that changed before it was read is no part of the sample, for what it said is news no more.
    """
    carrier = (
        select(func.min(articles.c.id))
        .where(articles.c.text_id == texts.c.id)
        .scalar_subquery()
        .label("carrier")
    )
    asked = and_(tasks.c.text_id == texts.c.id, tasks.c.lane == Lane.AUDIT.value)
    statement = (
        select(texts, carrier, tasks.c.state.label("task_state"), tasks.c.closed_at)
        .join(tasks, asked, isouter=True)
        .where(texts.c.audited, ~texts.c.sample, carrier.is_not(None))
        .order_by(texts.c.drawn_at, texts.c.id)
    )
    if since is not None:
        statement = statement.where(texts.c.drawn_at >= since)
    if purpose is not None:
        statement = statement.where(texts.c.purpose == purpose.value)
    rows = tx.execute(statement).all()
    shown = {one.id: one for one in articles_.get_many(tx, [row.carrier for row in rows])}
    read = _readings(tx, [row.id for row in rows])
    return [
        Audit(
            text_id=row.id,
            article=shown[row.carrier],
            story_id=row.story_id,
            u=row.u,
            share=row.share,
            purpose=Purpose(row.purpose),
            drawn_at=row.drawn_at,
            missing=row.task_state == TaskState.SKIPPED.value,
            labels=tuple(read.get(row.id, ())),
            settled_at=read[row.id][0].created_at if read.get(row.id) else row.closed_at,
        )
        for row in rows
    ]


def held(tx: Tx, since: datetime) -> set[int]:
    """The texts of the stories that have one which was audited from `since` on: none of them may train, for
    what measures a model must not have taught it, not in other words either."""
    drawn = select(texts.c.story_id).where(texts.c.audited, ~texts.c.sample, texts.c.drawn_at >= since)
    return set(tx.scalars(select(texts.c.id).where(texts.c.story_id.in_(drawn))))


def stats(tx: Tx, now: datetime, days: int) -> dict[str, Any]:
    """The sample of the last `days`: the `share` in force; how many texts were `drawn`, are `read`,
    `missing` and `open`; how many are read twice and of these `differ`; all by `purpose`; and the
    smallest share it was drawn with (`least_share`), under which it is a sample of one share."""
    asked = and_(tasks.c.text_id == texts.c.id, tasks.c.lane == Lane.AUDIT.value)
    read = and_(answers.c.task_id == tasks.c.id, COUNTS)
    carried = select(articles.c.id).where(articles.c.text_id == texts.c.id).exists()
    statement = (
        select(
            texts.c.purpose,
            texts.c.share,
            tasks.c.state,
            func.count(answers.c.id).label("readings"),
            func.count(answers.c.sentiment.distinct()).label("opinions"),
        )
        .select_from(texts)
        .join(tasks, asked, isouter=True)
        .join(answers, read, isouter=True)
        .where(texts.c.audited, ~texts.c.sample, texts.c.drawn_at >= now - timedelta(days=days), carried)
        .group_by(texts.c.id, texts.c.purpose, texts.c.share, tasks.c.state)
    )
    found = [_Drawn(**row) for row in tx.execute(statement).mappings()]
    return {
        "share": shares.in_force(tx, now),
        "least_share": min((one.share for one in found), default=None),
        **_counts(found),
        "read_twice": sum(one.readings > 1 for one in found),
        "differ": sum(one.opinions > 1 for one in found),
        "purpose": {each.value: _counts([one for one in found if one.purpose == each]) for each in Purpose},
    }


@dataclass(frozen=True, slots=True)
class _Drawn:
    purpose: str
    share: float
    state: str | None
    readings: int
    opinions: int


def _counts(found: Sequence[_Drawn]) -> dict[str, int]:
    missing = sum(one.state == TaskState.SKIPPED.value for one in found)
    read = sum(one.readings > 0 for one in found)
    return {"drawn": len(found), "read": read, "missing": missing, "open": len(found) - read - missing}


def _readings(tx: Tx, text_ids: Sequence[int]) -> dict[int, list[Label]]:
    found: dict[int, list[Label]] = defaultdict(list)
    for first in range(0, len(text_ids), BATCH):
        statement = labels.counting(Lane.AUDIT).where(answers.c.text_id.in_(text_ids[first : first + BATCH]))
        for row in tx.execute(statement).mappings():
            found[row["text_id"]].append(labels.record(row))
    return found
