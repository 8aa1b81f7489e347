"""The line in which tasks wait: its order, and how long it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, select, update

from monitor.records import Lane, TaskState
from monitor.store import labels, samples
from monitor.store.dialect import Tx
from monitor.store.schema import tasks
from monitor.store.tasks.rows import MEASURES, OPEN


def waiting(tx: Tx, limit: int | None = None) -> list[int]:
    """The articles of the open tasks that a strategy orders, claimed or not, in the order they will be
    served; the first `limit`."""
    counts = samples.of_counted(tx, tasks.c.article_id)
    statement = select(tasks.c.article_id).where(OPEN, ~MEASURES, counts)
    return list(tx.scalars(statement.order_by(tasks.c.priority.desc(), tasks.c.id).limit(limit)))


def open_count(tx: Tx) -> int:
    """How many tasks wait. The sample's count as `samples` says, here and in what follows."""
    counts = samples.of_counted(tx, tasks.c.article_id)
    return tx.scalar(select(func.count()).select_from(tasks).where(OPEN, counts)) or 0


def stats(tx: Tx) -> dict[str, Any]:
    """Counts of tasks: open, and the open ones by lane; done, skipped, withdrawn; `lanes`, which holds all of
    these for each lane with the smallest and largest `inclusion`; of labels: labels, gold, by_user."""
    counted: dict[str, Any] = {state.value: 0 for state in TaskState} | {lane.value: 0 for lane in Lane}
    lanes: dict[str, dict[str, Any]] = {
        lane.value: {**{state.value: 0 for state in TaskState}, "inclusion": None} for lane in Lane
    }
    for row in tx.execute(
        select(
            tasks.c.state,
            tasks.c.lane,
            func.count().label("n"),
            func.min(tasks.c.inclusion).label("least"),
            func.max(tasks.c.inclusion).label("most"),
        )
        .where(samples.of_counted(tx, tasks.c.article_id))
        .group_by(tasks.c.state, tasks.c.lane)
    ):
        counted[row.state] += row.n
        lane = lanes[row.lane]
        lane[row.state] += row.n
        if row.least is not None:
            least, most = lane["inclusion"] or (row.least, row.most)
            lane["inclusion"] = [min(least, row.least), max(most, row.most)]
        if row.state == TaskState.OPEN.value:
            counted[row.lane] += row.n
    return {**counted, "lanes": lanes, **labels.stats(tx)}


def reprioritise(
    tx: Tx, ordered_article_ids: Sequence[int], reasons: Mapping[int, str] | None = None
) -> None:
    """Serve the open tasks of these articles in this order, before all others that a strategy orders, and
    tell why by `reasons`, by article; what routing said of it stays with the prediction.

    Other tasks keep the order they have among themselves; those that measure keep the place drawn for them.
    """
    waiting = and_(OPEN, ~MEASURES)
    # Priorities that routing gives lie in [0, 1]; an order given lies above them, and an older
    # one returns to below it.
    tx.execute(update(tasks).where(waiting, tasks.c.priority > 1).values(priority=1.0))
    for place, article_id in enumerate(ordered_article_ids):
        tx.execute(
            update(tasks)
            .where(tasks.c.article_id == article_id, waiting)
            .values(
                priority=float(1 + len(ordered_article_ids) - place),
                **({"reason": reasons[article_id]} if reasons and article_id in reasons else {}),
            )
        )
