"""The outbox: messages stored with what caused them, and kept until delivered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, case, delete, func, select, update

from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.records import Delivery, DeliveryState
from monitor.store import clock, dialect, processes
from monitor.store.dialect import Tx
from monitor.store.schema import deliveries


def add(tx: Tx, delivery: Delivery) -> None:
    """Store a message, due at once, in the transaction that changes its alert, which keeps the places
    of its messages apart. A known id changes nothing."""
    place = 0
    if delivery.alert_id:
        before = select(func.count()).where(
            deliveries.c.alert_id == delivery.alert_id, deliveries.c.notifier == delivery.notifier
        )
        place = tx.scalar(before) or 0
    seconds = clock.seconds(tx)
    statement = dialect.insert(tx, deliveries).values(
        id=delivery.id,
        alert_id=delivery.alert_id or None,
        notifier=delivery.notifier,
        place=place,
        event=delivery.event,
        payload=dict(delivery.payload),
        state=delivery.state.value,
        attempts=delivery.attempts,
        next_attempt=seconds,
        created=seconds,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
        last_error=delivery.last_error,
    )
    tx.execute(statement.on_conflict_do_nothing(index_elements=["id"]))


def due(tx: Tx, limit: int, *, holder: str = "") -> list[Delivery]:
    """Messages whose next attempt is due and that no living process sends, the longest waiting first.

    With `holder` (in a write transaction) they are claimed by that process, until it is done with each
    or dies (`processes.bury`).
    """
    statement = (
        select(deliveries)
        .where(
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.next_attempt <= clock.seconds(tx),
            deliveries.c.claimed_by.not_in(processes.living()),
        )
        .order_by(deliveries.c.next_attempt, deliveries.c.created, deliveries.c.place, deliveries.c.id)
        .limit(limit)
    )
    if holder:
        statement = statement.with_for_update(skip_locked=True, key_share=True)
    found = [_record(row) for row in tx.execute(statement).mappings()]
    if holder:
        ids = [delivery.id for delivery in found]
        tx.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(claimed_by=holder))
    return found


def unclaim(tx: Tx, holder: str, delivery_ids: Collection[str]) -> None:
    """Give claimed messages back as they are."""
    ours = (deliveries.c.id.in_(delivery_ids), deliveries.c.claimed_by == holder)
    tx.execute(update(deliveries).where(*ours).values(claimed_by=""))


def delivered(tx: Tx, delivery_id: str, now: datetime) -> None:
    """The receiver has the message. Raises NotFoundError."""
    _update(
        tx,
        delivery_id,
        state=DeliveryState.DELIVERED.value,
        delivered_at=now,
        attempts=deliveries.c.attempts + 1,
        last_error="",
    )


def failed(tx: Tx, delivery_id: str, error: str, wait_seconds: float | None) -> None:
    """An attempt failed; the next is due after `wait_seconds`, None gives up. Raises NotFoundError."""
    state = DeliveryState.DEAD if wait_seconds is None else DeliveryState.PENDING
    _update(
        tx,
        delivery_id,
        state=state.value,
        attempts=deliveries.c.attempts + 1,
        next_attempt=clock.seconds(tx) + (wait_seconds or 0.0),
        last_error=error,
    )


def postpone(tx: Tx, delivery_id: str, wait_seconds: float) -> None:
    """Do not attempt the message for so long; this is no failed attempt. Raises NotFoundError."""
    _update(tx, delivery_id, next_attempt=clock.seconds(tx) + wait_seconds)


def retry(tx: Tx, delivery_id: str) -> None:
    """Send a dead message again from now on, with all its attempts.

    Raises NotFoundError, and ConflictError for one that is not dead, or after which another one about the
    same alert arrived: nothing is sent twice, or out of order."""
    found = get(tx, delivery_id)
    if found.state is not DeliveryState.DEAD:
        raise ConflictError(Message(_NOT_DEAD[found.state], delivery=delivery_id))
    if any(_after(one, found) for one in arrived(tx, found)):
        raise ConflictError(Message("delivery.overtaken", delivery=delivery_id))
    _again(tx, delivery_id)


def retry_all(tx: Tx, notifier: str) -> int:
    """Send what is dead of a receiver again: of each alert the newest alone, and nothing where something
    newer has arrived or waits. How many messages that is."""
    dead = [one for one in all(tx, (DeliveryState.DEAD,), MANY) if one.notifier == notifier]
    sent = 0
    for one in sorted(dead, key=lambda one: (one.created, one.place), reverse=True):
        newer = [other for other in _of(tx, one) if _after(other, one)]
        heir = next((other for other in newer if other.state in _LIVELY), None)
        if heir is not None:
            fold(tx, one.id, heir.id)
        else:
            _again(tx, one.id)
            sent += 1
    return sent


def arrived(tx: Tx, delivery: Delivery) -> list[Delivery]:
    """What a receiver has of the alert that a message is about."""
    return [one for one in _of(tx, delivery) if one.state is DeliveryState.DELIVERED]


def fold(tx: Tx, delivery_id: str, into: str) -> None:
    """A message is not sent any more, for another one stands for it. Raises NotFoundError."""
    error = Message("delivery.folded", delivery=into)
    _update(tx, delivery_id, state=DeliveryState.FOLDED.value, last_error=error)


def rewrite(tx: Tx, delivery_id: str, payload: Mapping[str, Any]) -> None:
    """Let a message that was never tried say something else. Raises NotFoundError."""
    _update(tx, delivery_id, payload=dict(payload))


def piled(tx: Tx, older_than: float) -> list[list[Delivery]]:
    """Messages that wait and that nobody sends now, of one alert to one receiver and oldest first, where
    there are several and the oldest waits for more than so many seconds."""
    free = (
        deliveries.c.state == DeliveryState.PENDING.value,
        deliveries.c.alert_id.is_not(None),
        deliveries.c.claimed_by.not_in(processes.living()),
    )
    place = (deliveries.c.alert_id, deliveries.c.notifier)
    several = func.count() > 1
    old = func.min(deliveries.c.created) < clock.seconds(tx) - older_than
    found = []
    for pair in tx.execute(select(*place).where(*free).group_by(*place).having(several, old)).all():
        one = (deliveries.c.alert_id == pair.alert_id, deliveries.c.notifier == pair.notifier)
        rows = tx.execute(
            select(deliveries)
            .where(*free, *one)
            .order_by(deliveries.c.created, deliveries.c.place)
            .with_for_update(skip_locked=True, key_share=True)
        )
        found.append([_record(row) for row in rows.mappings()])
    return [pile for pile in found if len(pile) > 1]


def waiting(tx: Tx, notifier: str, event: str) -> list[Delivery]:
    """A receiver's messages of this event that wait."""
    wanted = select(deliveries).where(
        deliveries.c.state == DeliveryState.PENDING.value,
        deliveries.c.notifier == notifier,
        deliveries.c.event == event,
        deliveries.c.claimed_by.not_in(processes.living()),
    )
    return [_record(row) for row in tx.execute(wanted).mappings()]


@dataclass(frozen=True, slots=True)
class Queue:
    """What becomes of one receiver's messages: how many wait and are dead, since when the oldest waits, when
    the last one arrived, and what was last wrong with one that waits or is dead."""

    waiting: int = 0
    dead: int = 0
    oldest_at: datetime | None = None
    delivered_at: datetime | None = None
    last_error: str = ""


def queues(tx: Tx) -> dict[str, Queue]:
    """Every receiver's messages, by its name."""
    state, pending, dead = deliveries.c.state, DeliveryState.PENDING.value, DeliveryState.DEAD.value
    rows = tx.execute(
        select(
            deliveries.c.notifier,
            func.sum(case((state == pending, 1), else_=0)).label("waiting"),
            func.sum(case((state == dead, 1), else_=0)).label("dead"),
            func.min(case((state == pending, deliveries.c.created_at))).label("oldest_at"),
            func.max(deliveries.c.delivered_at).label("delivered_at"),
        ).group_by(deliveries.c.notifier)
    ).all()
    found = {}
    for row in rows:
        wrong = (
            select(deliveries.c.last_error)
            .where(deliveries.c.notifier == row.notifier, state.in_((pending, dead)))
            .where(deliveries.c.attempts > 0)
            .order_by(deliveries.c.next_attempt.desc())
            .limit(1)
        )
        found[row.notifier] = Queue(
            int(row.waiting), int(row.dead), row.oldest_at, row.delivered_at, tx.scalar(wrong) or ""
        )
    return found


def forget(tx: Tx, event: str, before: datetime) -> None:
    """Remove what arrived, or was stood for, of an event that tells nothing of an alert."""
    over = (DeliveryState.DELIVERED.value, DeliveryState.FOLDED.value)
    tx.execute(
        delete(deliveries).where(
            deliveries.c.alert_id.is_(None),
            deliveries.c.event == event,
            deliveries.c.state.in_(over),
            deliveries.c.created_at < before,
        )
    )


def get(tx: Tx, delivery_id: str) -> Delivery:
    """The message with this id. Raises NotFoundError."""
    row = tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).mappings().first()
    if row is None:
        raise NotFoundError(Message("delivery.unknown", delivery=delivery_id))
    return _record(row)


def all(tx: Tx, states: Sequence[DeliveryState] = (), limit: int = 100) -> list[Delivery]:
    """Messages in any of `states` (all where empty), newest first."""
    newest = (deliveries.c.created.desc(), deliveries.c.created_at.desc(), deliveries.c.id)
    statement = select(deliveries).order_by(*newest).limit(limit)
    if states:
        statement = statement.where(deliveries.c.state.in_([DeliveryState(state).value for state in states]))
    return [_record(row) for row in tx.execute(statement).mappings()]


def of_alert(tx: Tx, alert_id: str) -> list[Delivery]:
    """An alert's messages, oldest first."""
    statement = select(deliveries).where(deliveries.c.alert_id == alert_id)
    order = (deliveries.c.created, deliveries.c.place, deliveries.c.notifier)
    return [_record(row) for row in tx.execute(statement.order_by(*order)).mappings()]


MANY = 100_000
"""More messages than are ever dead."""

_LIVELY = (DeliveryState.DELIVERED, DeliveryState.PENDING)
_NOT_DEAD = {
    DeliveryState.DELIVERED: "delivery.arrived",
    DeliveryState.PENDING: "delivery.waits",
    DeliveryState.FOLDED: "delivery.stood_for",
}


def _of(tx: Tx, delivery: Delivery) -> list[Delivery]:
    """The messages of the same alert to the same receiver, oldest first; itself alone where it is of none."""
    if not delivery.alert_id:
        return [delivery]
    return [one for one in of_alert(tx, delivery.alert_id) if one.notifier == delivery.notifier]


def _after(one: Delivery, other: Delivery) -> bool:
    return (one.created, one.place) > (other.created, other.place)


def _again(tx: Tx, delivery_id: str) -> None:
    pending = DeliveryState.PENDING.value
    _update(tx, delivery_id, state=pending, attempts=0, next_attempt=clock.seconds(tx), delivered_at=None)


def _update(tx: Tx, delivery_id: str, **values: object) -> None:
    values = {**values, "claimed_by": ""}
    if not tx.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values)).rowcount:
        raise NotFoundError(Message("delivery.unknown", delivery=delivery_id))


def _record(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        alert_id=row["alert_id"] or "",
        notifier=row["notifier"],
        event=row["event"],
        payload=row["payload"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        next_attempt=row["next_attempt"],
        created=row["created"],
        place=row["place"],
        last_error=row["last_error"],
        delivered_at=row["delivered_at"],
    )
