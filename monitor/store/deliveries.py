"""The outbox: messages stored with what caused them, and kept until delivered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, select, update

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import Delivery, DeliveryState
from monitor.store import clock, dialect, processes
from monitor.store.dialect import Tx
from monitor.store.schema import deliveries


def add(tx: Tx, delivery: Delivery) -> None:
    """Store a message, due at once, in the transaction that changes its alert, which keeps the places
    of its messages apart. A known id changes nothing."""
    before = select(func.count()).where(
        deliveries.c.alert_id == delivery.alert_id, deliveries.c.notifier == delivery.notifier
    )
    seconds = clock.seconds(tx)
    statement = dialect.insert(tx, deliveries).values(
        id=delivery.id,
        alert_id=delivery.alert_id,
        notifier=delivery.notifier,
        place=tx.scalar(before) or 0,
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
    """Send a message again from now on, with all its attempts. Raises NotFoundError."""
    _update(
        tx,
        delivery_id,
        state=DeliveryState.PENDING.value,
        attempts=0,
        next_attempt=clock.seconds(tx),
        delivered_at=None,
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


def _update(tx: Tx, delivery_id: str, **values: object) -> None:
    values = {**values, "claimed_by": ""}
    if not tx.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values)).rowcount:
        raise NotFoundError(Message("delivery.unknown", delivery=delivery_id))


def _record(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        alert_id=row["alert_id"],
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
