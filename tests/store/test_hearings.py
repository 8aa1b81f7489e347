"""What receivers know of alerts is kept, and what is held back is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts.hearings import Known
from monitor.store import Store, alerts, hearings
from tests.alarms import alarm


def test_what_a_receiver_knows_is_what_was_stored_last(store: Store, now: datetime) -> None:
    first = Known(now, now, 12, 1, held_at=now, held_by="mute nights")
    with store.begin() as tx:
        alerts.put(tx, alarm("a1", now))
        assert hearings.of_alert(tx, "a1") == {}
        hearings.put(tx, "a1", "desk", first)
        hearings.put(tx, "a1", "净", Known())
        assert hearings.of_alert(tx, "a1") == {"desk": first, "净": Known()}
        later = replace(first, told_at=now + timedelta(hours=1), over=True, held_at=None, held_by="")
        hearings.put(tx, "a1", "desk", later)
        assert hearings.of_alert(tx, "a1")["desk"] == later


def test_what_is_held_back_comes_the_longest_first(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for number in range(3):
            alerts.put(tx, alarm(f"a{number}", now))
            at = now - number * timedelta(hours=1)
            hearings.put(tx, f"a{number}", "desk", Known(held_at=at, held_by="mute nights"))
        hearings.put(tx, "a1", "phone", Known(now, now, 3))
        assert [(id, name) for id, name, _ in hearings.held(tx)] == [
            ("a2", "desk"),
            ("a1", "desk"),
            ("a0", "desk"),
        ]
