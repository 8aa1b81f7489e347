"""Who names a company when, and what a story is first told by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor.detection.events import Naming
from monitor.records import Article, Mention, Prediction
from monitor.store import Store, namings

HOUR = timedelta(hours=1)


def test_articles_are_found_by_company_in_order_of_time(
    store: Store, publish: Callable[..., Article], predict: Callable[..., Prediction], now: datetime
) -> None:
    acme, brick = Mention("acme", "Acme", 0, 4), Mention("brick", "Brick", 9, 14)
    bad = {"negative": 0.9, "neutral": 0.1, "positive": 0.0}
    with store.begin() as tx:
        later = publish(tx, mentions=(acme, brick), at=now + HOUR)
        first = publish(tx, mentions=(acme,), at=now)
        made = publish(tx, mentions=(acme,), sample=True)
        predict(
            tx, later.id, companies={"acme": bad, "brick": {"negative": 0.2, "neutral": 0.8, "positive": 0.0}}
        )
    with store.read() as tx:
        found = namings.of(tx, {"acme", "brick", "cargo"})
        assert [one.article_id for one in found["acme"]] == [first.id, later.id]
        assert found["acme"][0] == Naming(now, first.id, 0.0)
        assert [one.negative for one in (found["acme"][1], *found["brick"])] == pytest.approx([0.9, 0.2])
        assert "cargo" not in found and made.id not in [one.article_id for one in found["acme"]]
        assert namings.of(tx, set()) == {}


def test_a_story_is_told_by_its_first_article(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        one, other = publish(tx, content="A mill opens\nIn the north."), publish(tx, content="A mill shuts")
    with store.read() as tx:
        found = namings.firsts(tx, {one.story_id, other.story_id, 999})
        assert found == {one.story_id: (one.id, "A mill opens"), other.story_id: (other.id, "A mill shuts")}
