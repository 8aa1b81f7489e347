"""Stories newest first, by company, topic and bad news; companies named beside each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.records import Article, Mention, Prediction
from monitor.store import Store, chronicle

NEGATIVE = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
HOUR = timedelta(hours=1)
Publish = Callable[..., Article]
Predict = Callable[..., Prediction]


def named(*ids: str) -> tuple[Mention, ...]:
    return tuple(Mention(id, id, 3 * place, 3 * place + 2) for place, id in enumerate(ids))


def test_stories_come_newest_first_a_page_at_a_time(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        made = [publish(tx, f"story {k}", at=now - k // 2 * HOUR).story_id for k in range(6)]
        newest = chronicle.page(tx, now - 9 * HOUR, limit=4)
        rest = chronicle.page(tx, now - 9 * HOUR, before_id=newest[-1].id)
        assert sorted(one.id for one in (*newest, *rest)) == sorted(made)
        times = [one.first_seen_at for one in (*newest, *rest)]
        assert times == sorted(times, reverse=True) and len(rest) == 2
        assert {one.id for one in chronicle.page(tx, now - HOUR)} == set(made[:4])


def test_a_story_is_of_what_any_of_its_articles_is(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        first = publish(tx, "aa bb", mentions=named("aa", "bb"))
        later = publish(tx, "bb", mentions=named("bb"), story_id=first.story_id, source="paper")
        other = publish(tx, "cc", mentions=named("cc"))
        predict(tx, later.id, NEGATIVE, topics=("legal",))
        ids = {
            name: [one.id for one in chronicle.page(tx, now - HOUR, **asked)]
            for name, asked in {
                "aa": {"company": "aa"},
                "bad for aa": {"company": "aa", "negative": True},
                "bad for bb": {"company": "bb", "negative": True},
                "bad": {"negative": True},
                "legal": {"topic": "legal"},
                "cc": {"company": "cc"},
            }.items()
        }
        about = chronicle.companies(tx, [first.story_id, other.story_id])
        beside = chronicle.beside(tx, "bb", now - HOUR, 9)
    of = [first.story_id]
    assert ids == {
        "aa": of,
        "bad for aa": [],
        "bad for bb": of,
        "bad": of,
        "legal": of,
        "cc": [other.story_id],
    }
    assert about[first.story_id] == ({"aa", "bb"}, {"bb"})
    assert about[other.story_id] == ({"cc"}, frozenset())
    assert beside == [("aa", 1)]


def test_the_sample_is_left_out_on_request(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        publish(tx, "aa bb", mentions=named("aa", "bb"), sample=True)
        assert chronicle.page(tx, now - HOUR) and chronicle.beside(tx, "aa", now - HOUR, 9)
        assert not chronicle.page(tx, now - HOUR, include_sample=False)
        assert not chronicle.beside(tx, "aa", now - HOUR, 9, include_sample=False)
