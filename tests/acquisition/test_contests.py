"""Contests: the share of disagreements of all that was judged, and texts drawn among these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from monitor.acquisition import contests
from monitor.evaluation.duel import Judgement, Share
from monitor.hookspecs import silent
from monitor.records import Article, Mention, Prediction
from monitor.store import Store, articles, stories
from monitor.testing import make_prediction

Make = Callable[..., Article]


class Says:
    """Calls every text this; but those with "odd" in them that."""

    kind = "says"

    def __init__(self, usual: Prediction, odd: Prediction | None = None) -> None:
        self.usual, self.odd = usual, odd or usual
        self.asked: list[int] = []

    def classify(self, some: Sequence[Article]) -> list[Prediction]:
        self.asked += [article.id for article in some]
        return [self.odd if "odd" in article.content else self.usual for article in some]


UP, DOWN = make_prediction(positive=0.9), make_prediction(negative=0.9)


def entered(store: Store, article: Make, now: datetime, n: int = 40, **fields: object) -> None:
    with store.begin() as tx:
        for number in range(n):
            text = f"{'odd' if number % 4 == 0 else 'even'} text {number} of the day"
            story = stories.create(tx, now)
            articles.insert(tx, article(text, first_seen_at=now, story_id=story, **fields))


def contest(
    store: Store, now: datetime, old: Says, new: Says, most: int = 200, seed: int = 0
) -> contests.Contest:
    rng = np.random.default_rng(seed)
    return contests.drawn(store, old, new, now - timedelta(days=1), most, rng, silent)  # type: ignore[arg-type]


def test_the_share_is_of_all_that_both_judged(store: Store, article: Make, now: datetime) -> None:
    entered(store, article, now)
    old, new = Says(UP), Says(UP, DOWN)
    found = contest(store, now, old, new)
    assert found.judgement is Judgement.SENTIMENT and found.share == Share(40, 10)
    assert sorted(old.asked) == sorted(new.asked) and len(set(old.asked)) == 40
    assert {(one.champion, one.challenger) for one in found.drawn} == {("positive", "negative")}
    assert len({one.article_id for one in found.drawn}) == 10


def test_the_order_is_drawn(store: Store, article: Make, now: datetime) -> None:
    entered(store, article, now)
    orders = [[one.article_id for one in contest(store, now, Says(UP), Says(UP, DOWN), seed=seed).drawn]
              for seed in (0, 0, 1)]  # fmt: skip
    assert orders[0] == orders[1] != orders[2] and sorted(orders[0]) == sorted(orders[2])
    assert len(contest(store, now, Says(UP), Says(UP, DOWN), most=2).drawn) == 2 * contests.SPARE


def test_one_text_of_each_story(store: Store, article: Make, now: datetime) -> None:
    with store.begin() as tx:
        story = stories.create(tx, now)
        for number in range(5):
            articles.insert(tx, article(f"odd text {number}", first_seen_at=now, story_id=story))
    assert contest(store, now, Says(UP), Says(UP, DOWN)).share == Share(1, 1)


def test_it_is_about_what_they_disagree_on(store: Store, article: Make, now: datetime) -> None:
    entered(store, article, now, mentions=(Mention("acme", "text", 4, 8),))
    legal, deal = (replace(UP, topics={"legal": one, "deal": 1 - one}) for one in (0.9, 0.1))
    assert contest(store, now, Says(legal), Says(legal, deal)).judgement is Judgement.TOPIC
    towards = replace(UP, companies={"acme": DOWN.sentiment})
    found = contest(store, now, Says(UP), Says(UP, towards))
    assert found.judgement is Judgement.COMPANY and found.drawn[0].company == "acme"
    alike = contest(store, now, Says(UP), Says(UP))
    assert alike.share == Share(40, 0) and alike.drawn == ()
