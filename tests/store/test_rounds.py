"""When a receiver last got what it gets regularly."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.schedule.timetable import Last
from monitor.store import Store, rounds


def test_the_last_one_of_each_kind_is_known(store: Store, now: datetime) -> None:
    served = datetime(2026, 3, 29, 2, 30)
    with store.begin() as tx:
        assert rounds.last(tx, "desk", "heartbeat") is None
        rounds.put(tx, "desk", "heartbeat", Last(12.5), now)
        rounds.put(tx, "desk", "digest 0 8 * * *", Last(1.0, served), now)
        assert rounds.last(tx, "desk", "heartbeat") == (Last(12.5), now)
        assert rounds.last(tx, "desk", "digest 0 8 * * *") == (Last(1.0, served), now)
        rounds.put(tx, "desk", "heartbeat", Last(13.5), now + timedelta(hours=1))
        assert rounds.last(tx, "desk", "heartbeat") == (Last(13.5), now + timedelta(hours=1))
        assert rounds.last(tx, "phone", "heartbeat") is None
