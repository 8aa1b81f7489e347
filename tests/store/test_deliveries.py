"""The outbox: due when due, once with the same id, dead when given up, and sent again on request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.records import Delivery, DeliveryState
from monitor.store import Store, Tx, alerts, deliveries, processes
from monitor.store.processes import Process
from tests.alarms import alarm
from tests.clocks import pass_time

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
        created_at=now,
    )


@pytest.fixture(autouse=True)
def alert(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        alerts.put(tx, alarm("a1", now))


def due(tx: Tx, holder: str = "") -> list[str]:
    return [delivery.id for delivery in deliveries.due(tx, 9, holder=holder)]


def test_a_delivery_is_stored_once(store: Store, delivery: Delivery) -> None:
    with store.begin() as tx:
        pass_time(tx, 100.0)
        deliveries.add(tx, delivery)
        deliveries.add(tx, replace(delivery, event="resolved"))
        stored = replace(delivery, next_attempt=100.0, created=100.0)
        assert deliveries.get(tx, "d1") == stored
        assert deliveries.all(tx) == deliveries.of_alert(tx, "a1") == [stored]
        assert deliveries.of_alert(tx, "a2") == []


def test_an_alert_s_messages_keep_their_order_whatever_their_dates(
    store: Store, delivery: Delivery, now: datetime
) -> None:
    with store.begin() as tx:
        for number in range(3):
            deliveries.add(tx, replace(delivery, id=f"d{9 - number}", created_at=now - number * MINUTE))
        deliveries.add(tx, replace(delivery, id="other", notifier="night"))
        assert [one.place for one in deliveries.of_alert(tx, "a1") if one.notifier == "desk"] == [0, 1, 2]
        assert due(tx) == ["d9", "other", "d8", "d7"]


def test_what_is_due_comes_in_order_of_waiting(store: Store, delivery: Delivery) -> None:
    with store.begin() as tx:
        for number, wait in ((1, 120.0), (2, 0.0), (3, 60.0)):
            deliveries.add(tx, replace(delivery, id=f"d{number}"))
            deliveries.postpone(tx, f"d{number}", wait)
        assert due(tx) == ["d2"]
        pass_time(tx, 59.0)
        assert due(tx) == ["d2"]
        pass_time(tx, 61.0)
        assert due(tx) == ["d2", "d3", "d1"]
        assert len(deliveries.due(tx, 2)) == 2


def test_failures_count_up_and_success_ends_them(store: Store, delivery: Delivery, now: datetime) -> None:
    with store.begin() as tx:
        deliveries.add(tx, delivery)
        deliveries.failed(tx, "d1", Message("delivery.unknown", delivery="x"), 60.0)
        assert due(tx) == []
        failed = deliveries.get(tx, "d1")
        assert (failed.attempts, failed.next_attempt) == (1, 60.0)
        assert isinstance(failed.last_error, Message), "it is said in every language"
        deliveries.delivered(tx, "d1", now + MINUTE)
        pass_time(tx, 999.0)
        assert due(tx) == []
        found = deliveries.get(tx, "d1")
        assert (found.state, found.attempts, found.delivered_at) == (DeliveryState.DELIVERED, 2, now + MINUTE)
        assert found.last_error == ""


def test_a_dead_delivery_is_shown_and_can_be_sent_again(store: Store, delivery: Delivery) -> None:
    with store.begin() as tx:
        deliveries.add(tx, delivery)
        deliveries.add(tx, replace(delivery, id="d2"))
        deliveries.failed(tx, "d1", "410 gone", None)
        pass_time(tx, 999.0)
        assert due(tx) == ["d2"]
        [dead] = deliveries.all(tx, [DeliveryState.DEAD], 9)
        assert (dead.id, dead.last_error) == ("d1", "410 gone")
        deliveries.retry(tx, "d1")
        again = deliveries.get(tx, "d1")
        assert (again.state, again.attempts, again.next_attempt) == (DeliveryState.PENDING, 0, 999.0)


def test_a_claimed_delivery_is_its_sender_s_while_that_lives(
    store: Store, delivery: Delivery, now: datetime
) -> None:
    with store.begin() as tx:
        for holder in ("one", "two"):
            processes.enter(tx, Process(holder, "desk", "worker", "", 1, 1, 0, now, now))
        deliveries.add(tx, delivery)
        assert due(tx, "one") == ["d1"]
        pass_time(tx, 1e6)
        assert due(tx, "two") == due(tx) == [], "however long it takes"
        processes.leave(tx, "one", now)
        assert due(tx, "two") == ["d1"]
        deliveries.failed(tx, "d1", "503", 0.0)
        assert due(tx, "two") == ["d1"], "what was tried is free for the next round"
        deliveries.unclaim(tx, "two", ["d1"])
        assert due(tx) == ["d1"]


def test_a_postponed_delivery_waits_without_having_failed(store: Store, delivery: Delivery) -> None:
    with store.begin() as tx:
        deliveries.add(tx, delivery)
        deliveries.postpone(tx, "d1", 60.0)
        assert due(tx) == []
        assert deliveries.get(tx, "d1") == replace(delivery, next_attempt=60.0)


def test_an_unknown_delivery_is_named(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for ask in (
            lambda: deliveries.get(tx, "d9"),
            lambda: deliveries.delivered(tx, "d9", now),
            lambda: deliveries.failed(tx, "d9", "503", None),
            lambda: deliveries.retry(tx, "d9"),
            lambda: deliveries.postpone(tx, "d9", 1.0),
        ):
            with pytest.raises(NotFoundError, match="delivery d9"):
                ask()


def test_only_what_is_dead_and_not_overtaken_is_sent_again(
    store: Store, delivery: Delivery, now: datetime
) -> None:
    with store.begin() as tx:
        for number in (1, 2, 3):
            deliveries.add(tx, replace(delivery, id=f"d{number}"))
        with pytest.raises(ConflictError, match="delivery d1: it waits"):
            deliveries.retry(tx, "d1")
        deliveries.failed(tx, "d1", "410 gone", None)
        deliveries.delivered(tx, "d2", now)
        with pytest.raises(ConflictError, match="delivery d2: it has arrived"):
            deliveries.retry(tx, "d2")
        with pytest.raises(ConflictError, match="what came after it about the same alert has arrived"):
            deliveries.retry(tx, "d1")
        deliveries.failed(tx, "d3", "410 gone", None)
        deliveries.retry(tx, "d3")
        deliveries.fold(tx, "d1", "d3")
        with pytest.raises(ConflictError, match="a newer message stands for it"):
            deliveries.retry(tx, "d1")
        assert due(tx) == ["d3"]


def test_of_what_is_dead_the_newest_of_each_alert_is_sent_again(
    store: Store, delivery: Delivery, now: datetime
) -> None:
    """And nothing where something newer has arrived, or waits."""
    with store.begin() as tx:
        for alert in ("a2", "a3", "a4"):
            alerts.put(tx, alarm(alert, now))
        rows = [
            ("d1", "a2"),
            ("d2", "a2"),
            ("d3", "a3"),
            ("d4", "a3"),
            ("d5", "a4"),
            ("d6", "a4"),
            ("d7", ""),
        ]
        for id, alert in rows:
            deliveries.add(tx, replace(delivery, id=id, alert_id=alert))
            deliveries.failed(tx, id, "503", None)
        deliveries.add(tx, replace(delivery, id="other", alert_id="a2", notifier="phone"))
        deliveries.failed(tx, "other", "503", None)
        deliveries.delivered(tx, "d4", now)
        deliveries.retry(tx, "d6")
        assert deliveries.retry_all(tx, "desk") == 2
        states = {one.id: one.state.value for one in deliveries.all(tx)}
        assert states == {
            **dict.fromkeys(("d1", "d3", "d5"), "folded"),
            **dict.fromkeys(("d2", "d6", "d7"), "pending"),
            **{"d4": "delivered", "other": "dead"},
        }
        assert deliveries.retry_all(tx, "desk") == 0


def test_a_receivers_queue_is_told(store: Store, delivery: Delivery, now: datetime) -> None:
    with store.begin() as tx:
        assert deliveries.queues(tx) == {}
        for number, at in enumerate((now, now + MINUTE, now + 2 * MINUTE), 1):
            deliveries.add(tx, replace(delivery, id=f"d{number}", created_at=at))
        deliveries.failed(tx, "d1", Message("delivery.unknown", delivery="x"), None)
        deliveries.failed(tx, "d2", "503", 5.0)
        assert deliveries.queues(tx)["desk"] == deliveries.Queue(2, 1, now + MINUTE, None, "503")
        deliveries.delivered(tx, "d2", now + 3 * MINUTE)
        found = deliveries.queues(tx)["desk"]
        assert (found.waiting, found.dead, found.oldest_at) == (1, 1, now + 2 * MINUTE)
        assert found.delivered_at == now + 3 * MINUTE and isinstance(found.last_error, Message)
