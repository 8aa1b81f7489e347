"""Look at what was read twice, and doubt the analysts against whom it speaks.

In: the audits that two analysts read blind, with their third readings (`store.doubts.twice`). Out: each
analyst's `Record`; where one is flagged, a doubt, once, with an entry in the audit trail and a line in the
log. What articles show is settled after, part by part, so that others write in between; what a process that
ended left over is settled by the next look.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from monitor.evaluation import analysts
from monitor.evaluation.analysts import Record
from monitor.store import Store, Tx, doubts
from monitor.store.doubts import Doubt

BATCH = 50
"""Texts whose articles are settled in one transaction."""
log = structlog.get_logger(__name__)


def records(tx: Tx) -> list[Record]:
    """What was read twice says of each analyst who read any of it, by name. What was read with one whose
    labels wait says nothing of the other."""
    readings = doubts.twice(tx)
    users = sorted({user for one in readings for user in (one.first, one.second)})
    doubted = {one.user for one in doubts.waiting(tx)}
    honest = readings
    for user in doubted:
        honest = analysts.without(honest, user)
    others = {
        one.user: one for one in analysts.records(honest, [user for user in users if user not in doubted])
    }
    return [others.get(user) or analysts.record(readings, user) for user in users]


def look(store: Store, now: datetime) -> list[Doubt]:
    """Doubt whom the readings flag and nobody doubts yet; the doubts that began."""
    with store.read() as tx:
        flagged = [one for one in records(tx) if one.flagged]
        known = {one.user for one in doubts.waiting(tx)}
    begun = []
    for record in flagged:
        if record.user in known:
            continue
        with store.begin() as tx:
            if record.user not in {one.user for one in doubts.waiting(tx)}:
                begun.append(doubts.begin(tx, record, now))
        log.warning(
            "analyst flagged: the labels wait", user=record.user, labels=record.labels, blame=record.blame
        )
    settle(store, now)
    return begun


def settle(store: Store, now: datetime) -> None:
    """Write down what articles say since a doubt began or ended."""
    with store.read() as tx:
        left = doubts.unsettled(tx)
    for id, texts in left.items():
        for first in range(0, len(texts), BATCH):
            with store.begin() as tx:
                doubts.settle(tx, texts[first : first + BATCH], now)
        with store.begin() as tx:
            doubts.is_settled(tx, id)
