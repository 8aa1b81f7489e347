"""The outbox: due when due, once with the same id, dead when given up, and sent again on request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.errors import NotFoundError
from monitor.records import Alert, AlertState, Delivery, DeliveryState, Scope
from monitor.store import Store, Tx, alerts, deliveries

MINUTE = timedelta(minutes=1)


@pytest.fixture
def delivery(now: datetime) -> Delivery:
    return Delivery(
        id="d1",
        alert_id="a1",
        notifier="desk",
        event="opened",
        payload={"title": "负面激增", "scope": {"kind": "all"}},
        state=DeliveryState.PENDING,
        attempts=0,
        next_attempt_at=now,
        created_at=now,
    )


@pytest.fixture(autouse=True)
def alert(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        alerts.put(
            tx, Alert("a1", "surge", Scope("all"), AlertState.FIRING, now, now, 9, 1.0, 0.01, now, now)
        )


def due(tx: Tx, at: datetime, **options: float) -> list[str]:
    return [delivery.id for delivery in deliveries.due(tx, at, 9, **options)]


def test_a_delivery_is_stored_once(store: Store, delivery: Delivery) -> None:
    with store.begin() as tx:
        deliveries.add(tx, delivery)
        deliveries.add(tx, replace(delivery, event="resolved"))
        assert deliveries.get(tx, "d1") == delivery
        assert deliveries.all(tx) == deliveries.of_alert(tx, "a1") == [delivery]
        assert deliveries.of_alert(tx, "a2") == []


def test_what_is_due_comes_in_order_of_waiting(store: Store, delivery: Delivery, now: datetime) -> None:
    with store.begin() as tx:
        for number, minute in ((1, 2), (2, 0), (3, 1)):
            deliveries.add(tx, replace(delivery, id=f"d{number}", next_attempt_at=now + minute * MINUTE))
        assert due(tx, now - MINUTE) == []
        assert due(tx, now) == ["d2"]
        assert due(tx, now + 2 * MINUTE) == ["d2", "d3", "d1"]
        assert len(deliveries.due(tx, now + 2 * MINUTE, 2)) == 2


def test_failures_count_up_and_success_ends_them(store: Store, delivery: Delivery, now: datetime) -> None:
    with store.begin() as tx:
        deliveries.add(tx, delivery)
        deliveries.failed(tx, "d1", "503", now, now + MINUTE)
        assert due(tx, now) == []
        assert deliveries.get(tx, "d1") == replace(
            delivery, attempts=1, last_error="503", next_attempt_at=now + MINUTE
        )
        deliveries.delivered(tx, "d1", now + MINUTE)
        assert due(tx, now + 9 * MINUTE) == []
        found = deliveries.get(tx, "d1")
        assert (found.state, found.attempts, found.delivered_at) == (DeliveryState.DELIVERED, 2, now + MINUTE)
        assert found.last_error == ""


def test_a_dead_delivery_is_shown_and_can_be_sent_again(
    store: Store, delivery: Delivery, now: datetime
) -> None:
    with store.begin() as tx:
        deliveries.add(tx, delivery)
        deliveries.add(tx, replace(delivery, id="d2"))
        deliveries.failed(tx, "d1", "410 gone", now, None)
        assert due(tx, now + 9 * MINUTE) == ["d2"]
        [dead] = deliveries.all(tx, [DeliveryState.DEAD], 9)
        assert (dead.id, dead.last_error) == ("d1", "410 gone")
        deliveries.retry(tx, "d1", now + MINUTE)
        again = deliveries.get(tx, "d1")
        assert (again.state, again.attempts, again.next_attempt_at) == (
            DeliveryState.PENDING,
            0,
            now + MINUTE,
        )


def test_a_claimed_delivery_is_not_given_to_another_until_the_claim_ends(
    store: Store, delivery: Delivery, now: datetime
) -> None:
    with store.begin() as tx:
        deliveries.add(tx, delivery)
        assert due(tx, now, claim_seconds=60) == ["d1"]
        assert due(tx, now, claim_seconds=60) == due(tx, now + 0.9 * MINUTE) == []
        assert due(tx, now + MINUTE) == ["d1"]


def test_a_postponed_delivery_waits_without_having_failed(
    store: Store, delivery: Delivery, now: datetime
) -> None:
    with store.begin() as tx:
        deliveries.add(tx, delivery)
        deliveries.postpone(tx, "d1", now + MINUTE)
        assert due(tx, now) == []
        assert deliveries.get(tx, "d1") == replace(delivery, next_attempt_at=now + MINUTE)


def test_an_unknown_delivery_is_named(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for ask in (
            lambda: deliveries.get(tx, "d9"),
            lambda: deliveries.delivered(tx, "d9", now),
            lambda: deliveries.failed(tx, "d9", "503", now, None),
            lambda: deliveries.retry(tx, "d9", now),
            lambda: deliveries.postpone(tx, "d9", now),
        ):
            with pytest.raises(NotFoundError, match="delivery d9"):
                ask()
