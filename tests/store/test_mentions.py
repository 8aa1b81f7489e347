"""Mentions: which companies an article names, and what it says of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.records import Article, Mention, Part, Prediction
from monitor.store import Store, articles, mentions
from monitor.store.mentions import Towards

UNKNOWN = Towards("", 0.0)


def test_mentions_are_replaced_as_a_whole(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    acme, globex = Mention("acme", "Acme", 10, 14), Mention("globex", "环球", 0, 2)
    with store.begin() as tx:
        one, other, none = publish(tx), publish(tx), publish(tx)
        mentions.replace(tx, one.id, [acme, globex, acme], now)
        mentions.replace(tx, other.id, [acme], now)
        assert mentions.of(tx, [one.id, other.id, none.id]) == {one.id: (globex, acme), other.id: (acme,)}
        assert mentions.companies(tx, [one.id, other.id, none.id]) == {
            one.id: {"acme": UNKNOWN, "globex": UNKNOWN},
            other.id: {"acme": UNKNOWN},
        }
        assert list(mentions.companies(tx, [one.id])[one.id]) == ["acme", "globex"]
        mentions.replace(tx, one.id, [], now)
        assert mentions.of(tx, [one.id, other.id]) == {other.id: (acme,)}


def test_two_companies_may_share_a_name(store: Store, publish: Callable[..., Article], now: datetime) -> None:
    same = (Mention("acme-cn", "Acme", 0, 4), Mention("acme-us", "Acme", 0, 4))
    with store.begin() as tx:
        stored = publish(tx)
        mentions.replace(tx, stored.id, same, now)
        assert mentions.of(tx, [stored.id]) == {stored.id: same}


def test_an_article_is_stored_and_read_with_its_mentions(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    acme, globex = Mention("acme", "Acme", 10, 14), Mention("globex", "环球", 0, 2)
    with store.begin() as tx:
        stored = publish(tx, "环球 outbids Acme", mentions=(globex, acme))
        assert articles.get(tx, stored.id) == stored and stored.mentions == (globex, acme)
        assert stored.named == {"globex": "环球", "acme": "Acme"}
        assert articles.unclassified(tx, 9) == articles.get_many(tx, [stored.id]) == [stored]
        assert articles.views(tx, [stored.id])[0].article == stored
        edited = articles.revise(tx, replace(stored, content="Acme", mentions=(acme,)), now)
        assert edited.mentions == (acme,) == articles.get(tx, stored.id).mentions


def test_what_is_known_follows_the_mentions(
    store: Store, publish: Callable[..., Article], predict: Callable[..., Prediction], now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        predict(tx, stored.id, companies={"acme": {"negative": 0.1, "neutral": 0.2, "positive": 0.7}})
        assert mentions.companies(tx, [stored.id]) == {}
        mentions.replace(tx, stored.id, [Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 9, 13)], now)
        assert mentions.companies(tx, [stored.id])[stored.id] == {
            "acme": Towards("positive", 0.7),
            "bolt": Towards("negative", 0.8),
        }


def test_what_an_article_named_is_read_as_it_was(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    acme, bolt = Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 9, 13)
    by_the_way = replace(acme, role=Part.BYSTANDER)
    hour = timedelta(hours=1)
    with store.begin() as tx:
        stored = publish(tx, mentions=(acme,))
        mentions.replace(tx, stored.id, [acme, bolt], now + hour)
        mentions.replace(tx, stored.id, [by_the_way], now + 2 * hour)
        mentions.replace(tx, stored.id, [], now + 3 * hour)
        for hours, named in ((-1, None), (0, (acme,)), (1, (acme, bolt)), (2, (by_the_way,)), (3, None)):
            told = mentions.as_of(tx, [stored.id], now + hours * hour)
            assert told == ({stored.id: named} if named else {}), hours
        assert mentions.of(tx, [stored.id]) == {}


NAMED = st.lists(
    st.builds(
        Mention,
        st.sampled_from(["acme", "bolt"]),
        st.sampled_from(["A", "B"]),
        st.integers(0, 2),
        st.just(5),
        st.sampled_from(Part),
    ),
    max_size=4,
    unique_by=lambda one: (one.company_id, one.start),
)


@given(st.lists(NAMED, min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_every_moment_keeps_its_mentions(
    store: Store, publish: Callable[..., Article], now: datetime, steps: list[list[Mention]]
) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        for step, found in enumerate(steps):
            mentions.replace(tx, stored.id, found, now + timedelta(minutes=step))
        for step, found in enumerate(steps):
            told = mentions.as_of(tx, [stored.id], now + timedelta(minutes=step)).get(stored.id, ())
            assert set(told) == set(found)
        assert mentions.as_of(tx, [stored.id], now + timedelta(days=9)) == mentions.of(tx, [stored.id])
