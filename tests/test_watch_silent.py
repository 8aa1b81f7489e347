"""What the silence of a source explains is stored and told nobody; what is news is told as ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

import numpy as np
import pytest

from monitor.detection import cells
from monitor.detection.panels import Panel, Present, Scores
from monitor.detection.rules import Rule
from monitor.messages import Message
from monitor.records import OPEN, Alert, Article
from monitor.store import Store, alerts, brought
from tests.test_watch import HOUR, MINUTE, Newsroom


@dataclass
class Part:
    """Scores by how much of all news of six hours is negative here, beside how much is usual."""

    kind: ClassVar[str] = "part"
    larger_is_rarer: ClassVar[bool] = False

    def fit(self, past: Panel) -> object:
        return (past.negative.sum(axis=1) + 0.1) / (past.volume.sum() + 1)

    def test(self, fitted: object, present: Present) -> Scores:
        usual, six = np.asarray(fitted)[present.rows], present.lengths.index(6)
        found = present.negative[:, six] / np.maximum(present.volume[:, six], 1) / usual
        return Scores(10.0 ** -(2 * found), np.full(len(found), six), usual, usual * 0, usual * 2)


@pytest.fixture
def room(sqlite_store: Store, article: Callable[..., Article], now: datetime) -> Newsroom:
    """The wire tells three calm stories an hour, and none for six hours; the paper one negative one."""
    room = Newsroom(sqlite_store, article, rules=(Rule("part", "part", scopes=("company",)),))
    room.detectors = {"part": Part()}
    for back in range(34, 0, -1):
        at = now - back * HOUR + MINUTE
        with sqlite_store.begin() as tx:
            for _ in range(3 if back > 6 else 0):
                room.put(tx, at, False, "other", {"source": "wire"})
            room.put(tx, at, True, "acme", {"source": "paper"})
    return room


def looked(room: Newsroom, now: datetime, *silent: str) -> Alert:
    room.watch(now - 7 * HOUR)
    assert room.going is not None
    room.going.silent = lambda tx, at: silent
    [alert] = room.watch(now)
    assert str(alert.scope) == "company:acme"
    return alert


@pytest.mark.parametrize("silent", [("wire",), ("nobody", "wire")])
def test_what_the_silence_explains_is_kept_and_told_nobody(
    room: Newsroom, now: datetime, silent: tuple[str, ...]
) -> None:
    alert = looked(room, now, *silent)
    assert alert.notified_at is None and room.outbox() == []
    with room.store.read() as tx:
        [event] = alerts.events(tx, alert.id)
    assert event.event == "opened" and isinstance(event.note, Message)
    assert event.note.endswith("nobody was told: explained by the silence of wire")
    assert event.note.said("zh").endswith("可由 wire 的静默解释")


@pytest.mark.parametrize("silent", [(), ("paper",), ("nobody",)])
def test_where_no_silence_explains_it_people_are_told(
    room: Newsroom, now: datetime, silent: tuple[str, ...]
) -> None:
    alert = looked(room, now, *silent)
    assert alert.notified_at is not None and len(room.outbox()) == 2


def test_an_alert_that_gathers_is_asked_about_when_people_would_hear(room: Newsroom, now: datetime) -> None:
    """Not at every look until then: a question fits baselines anew."""
    everybody, asked, wait = room.everybody, [], 9 * HOUR
    room.tree = replace(everybody, root=replace(everybody.root, wait=wait))
    room.watch(now - 7 * HOUR)
    assert room.going is not None
    room.going.silent = lambda tx, at: asked.append(at) or ("wire",)
    looks = [now + place * HOUR / 2 for place in range(12)]
    for at in looks:
        room.watch(at)
    with room.store.read() as tx:
        [alert] = alerts.page(tx, OPEN)
    told = next(at for at in looks if at >= alert.opened_at + wait)
    assert looks[0] < told and asked == [looks[0], told] and room.outbox() == []


def test_what_a_source_brought_is_what_it_told(room: Newsroom, now: datetime) -> None:
    since, end = cells.hour(now - 100 * HOUR), cells.cell(now)
    room.publish(now - 20 * HOUR, 3, source="wire", backlog=True)
    room.publish(now - 20 * HOUR, 1, source="wire", company="other")
    with room.store.read() as tx:
        of_all, of_other, of_acme = (
            brought.absence(tx, ["wire"], name, since, end)
            for name in ("all", "both:debt:other", "company:acme")
        )
        of_both = brought.absence(tx, ["wire", "paper"], "topic:debt", since, end)
    assert sum(number for number, _ in of_all.news.values()) == 3 * 28 + 1
    assert of_other.own == of_all.own == of_all.news and of_acme.own == {}
    assert sum(weight for _, weight in of_all.news.values()) == 3 * 28 * 100_000 + 900_000
    assert sum(number for number, _ in of_both.own.values()) == 3 * 28 + 1 + 34
    assert len(of_all.articles) == 3 * 28 + 4
