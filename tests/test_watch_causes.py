"""What an alert hangs on is stored with it, once for each highest rise, and changes nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from monitor.detection.causes import Causes
from monitor.detection.walk import Walk
from monitor.records import OPEN, Alert, Article, Verdict, VerdictKind
from monitor.store import Store, alerts, verdicts
from tests.test_watch import MINUTE, Newsroom


def causes(room: Newsroom, alert: Alert) -> Causes | None:
    with room.store.read() as tx:
        return alerts.causes(tx, alert.id)


@pytest.fixture
def room(sqlite_store: Store, article: Callable[..., Article]) -> Newsroom:
    return Newsroom(sqlite_store, article)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The scores of the rises that the walk was asked about."""
    found: list[float] = []
    ask = Walk.causes

    def noted(walk: Walk, rule: str, rise: Any, cut: float) -> Causes | None:
        found.append(rise.score)
        return ask(walk, rule, rise, cut)

    monkeypatch.setattr(Walk, "causes", noted)
    return found


def test_an_alert_knows_what_it_hangs_on_from_its_opening_and_again_when_it_rises_higher(
    room: Newsroom, now: datetime, asked: list[float]
) -> None:
    room.ordinary(now, 26)
    room.watch(now)
    room.publish(now + MINUTE, 6, publisher="Reuters")
    room.publish(now + MINUTE, 2)
    [alert] = room.watch(now + 2 * MINUTE)
    found = causes(room, alert)
    assert found is not None and found.fires
    assert (found.rose, found.cut) == (alert.score, alert.cut) and found.score == pytest.approx(alert.score)
    assert sum(one.weight for one in found.publishers) == pytest.approx(0.9 * alert.voices)
    assert len(found.stories) == len(set(found.stories))
    assert asked == [alert.score]
    room.watch(now + 3 * MINUTE)
    room.restart()
    room.watch(now + 4 * MINUTE)
    assert asked == [alert.score] and causes(room, alert) == found, "nothing rose since"
    room.publish(now + 5 * MINUTE, 8)
    room.watch(now + 6 * MINUTE)
    with room.store.read() as tx:
        higher = alerts.get(tx, alert.id)
    after = causes(room, alert)
    assert higher.score > alert.score and asked == [alert.score, higher.score]
    assert after is not None and after.rose == higher.score and room.history(alert)[0] == "opened"


def test_the_watch_knows_what_somebody_called_useful(room: Newsroom, now: datetime) -> None:
    room.ordinary(now, 26)
    room.watch(now)
    ids = room.publish(now + MINUTE, 12)
    [alert] = room.watch(now + 2 * MINUTE)
    with room.store.begin() as tx:
        verdicts.give(tx, Verdict(alert.id, "ann", VerdictKind.USEFUL, now + 3 * MINUTE))
    for _ in ("going on", "after a start"):
        room.watch(now + 4 * MINUTE)
        assert room.going is not None and room.going._walk is not None
        assert set(ids) <= set(room.going._walk.useful())
        room.restart()


def test_of_an_alert_that_is_closed_nothing_is_asked(
    room: Newsroom, now: datetime, asked: list[float]
) -> None:
    with room.store.read() as tx:
        assert alerts.causes(tx, "none") is None
    room.ordinary(now, 26)
    room.publish(now - MINUTE, 12)
    first = room.watch(now)
    count = len(asked)
    assert count == len(first)
    room.restart()
    room.watch(now)
    assert len(asked) == count


def test_a_crash_while_it_is_asked_holds_back_no_message_and_it_is_asked_after_the_start(
    room: Newsroom, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.ordinary(now, 26)
    room.watch(now)
    room.publish(now + MINUTE, 12)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Walk, "causes", crash)
        with pytest.raises(KeyboardInterrupt):
            room.watch(now + 2 * MINUTE)
    with room.store.read() as tx:
        opened = alerts.page(tx, OPEN)
    assert opened and all(room.history(one)[0] == "opened" and causes(room, one) is None for one in opened)
    room.restart()
    room.watch(now + 3 * MINUTE)
    for one in opened:
        found = causes(room, one)
        assert found is not None and found.rose == one.score
