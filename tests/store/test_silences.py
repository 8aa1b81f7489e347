"""Silences are listed until they are over, end once, and are never removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from monitor.alerts.silencing import Silence
from monitor.errors import NotFoundError
from monitor.store import Store, silences
from monitor.store.schema import silences as table

HOUR = timedelta(hours=1)


def test_they_come_back_as_they_were_written_until_they_are_over(store: Store, now: datetime) -> None:
    blank = Silence(0, "surge", "acme", "debt", "critical", now, now + 2 * HOUR, True, "ann", "a known case")
    with store.begin() as tx:
        long = silences.add(tx, blank)
        short = silences.add(tx, replace(blank, ends_at=now + HOUR, until_worse=False))
        later = silences.add(tx, replace(blank, begins_at=now + 5 * HOUR, ends_at=now + 6 * HOUR))
    assert long == replace(blank, id=long.id) and len({long.id, short.id, later.id}) == 3
    with store.read() as tx:
        assert silences.active(tx, now) == [short, long, later]
        assert silences.active(tx, now + HOUR) == [long, later]
        assert silences.active(tx, now + 6 * HOUR) == []


def test_one_that_is_ended_is_over_at_once_and_only_once(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        made = silences.add(tx, Silence(0, "surge", "", "", "", now, now + HOUR, False, "ann"))
        assert silences.end(tx, made.id, now + HOUR / 2) == replace(made, ends_at=now + HOUR / 2)
        assert silences.active(tx, now + HOUR / 2) == []
        with pytest.raises(NotFoundError, match="there is none of this number"):
            silences.end(tx, made.id, now + HOUR / 2)
        assert tx.scalar(select(func.count()).select_from(table)) == 1
