"""The outbox: messages stored with what caused them, and kept until delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select, update

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import Delivery, DeliveryState
from monitor.store import dialect
from monitor.store.dialect import Tx
from monitor.store.schema import deliveries


def add(tx: Tx, delivery: Delivery) -> None:
    """Store a message, in the transaction that changes its alert. A known id changes nothing."""
    statement = dialect.insert(tx, deliveries).values(
        id=delivery.id,
        alert_id=delivery.alert_id,
        notifier=delivery.notifier,
        event=delivery.event,
        payload=dict(delivery.payload),
        state=delivery.state.value,
        attempts=delivery.attempts,
        next_attempt_at=delivery.next_attempt_at,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
        last_error=delivery.last_error,
    )
    tx.execute(statement.on_conflict_do_nothing(index_elements=["id"]))


def due(tx: Tx, now: datetime, limit: int, *, claim_seconds: float = 0) -> list[Delivery]:
    """Messages whose next attempt is due, the longest waiting first.

    With `claim_seconds` (in a write transaction) no other process gets them for that long, so
    that it does not send them too; a process that dies over them leaves them due again after.
    """
    statement = (
        select(deliveries)
        .where(deliveries.c.state == DeliveryState.PENDING.value, deliveries.c.next_attempt_at <= now)
        .order_by(deliveries.c.next_attempt_at, deliveries.c.created_at, deliveries.c.id)
        .limit(limit)
    )
    if claim_seconds:
        statement = statement.with_for_update(skip_locked=True, key_share=True)
    found = [_record(row) for row in tx.execute(statement).mappings()]
    if claim_seconds:
        tx.execute(
            update(deliveries)
            .where(deliveries.c.id.in_([delivery.id for delivery in found]))
            .values(next_attempt_at=now + timedelta(seconds=claim_seconds))
        )
    return found


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


def failed(tx: Tx, delivery_id: str, error: str, now: datetime, next_attempt_at: datetime | None) -> None:
    """An attempt at `now` failed; the next is at `next_attempt_at`, None gives up.

    Raises NotFoundError.
    """
    state = DeliveryState.DEAD if next_attempt_at is None else DeliveryState.PENDING
    _update(
        tx,
        delivery_id,
        state=state.value,
        attempts=deliveries.c.attempts + 1,
        next_attempt_at=next_attempt_at or now,
        last_error=error,
    )


def postpone(tx: Tx, delivery_id: str, until: datetime) -> None:
    """Do not attempt the message before `until`; this is no failed attempt. Raises NotFoundError."""
    _update(tx, delivery_id, next_attempt_at=until)


def retry(tx: Tx, delivery_id: str, now: datetime) -> None:
    """Send a message again from `now`, with all its attempts. Raises NotFoundError."""
    _update(
        tx, delivery_id, state=DeliveryState.PENDING.value, attempts=0, next_attempt_at=now, delivered_at=None
    )


def get(tx: Tx, delivery_id: str) -> Delivery:
    """The message with this id. Raises NotFoundError."""
    row = tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).mappings().first()
    if row is None:
        raise NotFoundError(Message("deliveries.none", delivery=delivery_id))
    return _record(row)


def all(tx: Tx, states: Sequence[DeliveryState] = (), limit: int = 100) -> list[Delivery]:
    """Messages in any of `states` (all where empty), newest first."""
    statement = select(deliveries).order_by(deliveries.c.created_at.desc(), deliveries.c.id).limit(limit)
    if states:
        statement = statement.where(deliveries.c.state.in_([DeliveryState(state).value for state in states]))
    return [_record(row) for row in tx.execute(statement).mappings()]


def of_alert(tx: Tx, alert_id: str) -> list[Delivery]:
    """An alert's messages, oldest first."""
    statement = select(deliveries).where(deliveries.c.alert_id == alert_id)
    rows = tx.execute(statement.order_by(deliveries.c.created_at, deliveries.c.id)).mappings()
    return [_record(row) for row in rows]


def _update(tx: Tx, delivery_id: str, **values: object) -> None:
    if not tx.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values)).rowcount:
        raise NotFoundError(Message("deliveries.none", delivery=delivery_id))


def _record(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        alert_id=row["alert_id"],
        notifier=row["notifier"],
        event=row["event"],
        payload=row["payload"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        created_at=row["created_at"],
        last_error=row["last_error"],
        delivered_at=row["delivered_at"],
    )
