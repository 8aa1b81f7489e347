"""Verdicts: one of each user and alert stands, and what they said before is not lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from monitor.detection import cells
from monitor.records import Article, Verdict, VerdictKind
from monitor.store import Store, alerts, verdicts
from monitor.store.schema import verdicts as table
from tests.alarms import alarm

HOUR = timedelta(hours=1)


def test_the_last_word_of_each_user_stands(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        piece = publish(tx)
        for id in ("a1", "a2"):
            alerts.put(tx, alarm(id, now), [piece.id])
        noise = Verdict("a1", "ann", VerdictKind.NOISE, now, "轮动")
        label = Verdict("a1", "ann", VerdictKind.WRONG_LABEL, now + HOUR, article_id=piece.id)
        same = Verdict("a1", "bo", VerdictKind.DUPLICATE, now + 2 * HOUR, other_id="a2")
        for one in (noise, label, same):
            verdicts.give(tx, one)
        assert verdicts.of(tx, ["a1", "a2"]) == {"a1": [label, same]}
        kept = tx.execute(select(table.c.kind, table.c.superseded_at).order_by(table.c.id)).all()
    assert kept[0] == ("noise", now + HOUR) and [when for _, when in kept[1:]] == [None, None]


def test_articles_of_useful_alerts_are_known_from_the_first_who_said_so(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        one, other, none = (publish(tx).id for _ in range(3))
        alerts.put(tx, alarm("a1", now), [one, other])
        alerts.put(tx, alarm("a2", now), [none])
        useful = Verdict("a1", "ann", VerdictKind.USEFUL, now + HOUR)
        verdicts.give(tx, useful)
        verdicts.give(tx, replace(useful, user="bo", at=now))
        verdicts.give(tx, Verdict("a2", "ann", VerdictKind.NOISE, now))
        since = cells.cell(now) + 1
        assert verdicts.useful(tx) == {one: since, other: since}
        verdicts.give(tx, replace(useful, user="bo", kind=VerdictKind.NOISE, at=now + 2 * HOUR))
        assert set(verdicts.useful(tx).values()) == {cells.cell(now + HOUR) + 1}
