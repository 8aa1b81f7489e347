"""Another model, or another watch list, over the same past: as it would have counted then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.detection.rollups import WHOLE
from monitor.news.companies import Linker
from monitor.records import Article, Company, Decision, Mention, Prediction, Route
from monitor.store import Store, arrangements, otherwise, past, predictions
from monitor.store.memberships import MERGE
from monitor.store.past import Moment

Publish = Callable[..., Article]
HOUR = timedelta(hours=1)
ACME = Mention("acme", "Acme", 0, 4)
ACCEPT = Decision(Route.ACCEPT, "")


def likely(negative: float) -> dict[str, float]:
    return {"negative": negative, "neutral": 1 - negative, "positive": 0.0}


def said(negative: float, model: str = "m-1", **towards: float) -> Prediction:
    companies = {company: likely(one) for company, one in towards.items()}
    return Prediction(likely(negative), {"debt": 0.9}, model, companies=companies)


def lived(store: Store, publish: Publish, now: datetime) -> tuple[Article, Article]:
    """Two articles, judged as they came; one judged again by another model later, and both one story in the
    end."""
    with store.begin() as tx:
        one = publish(tx, "Acme Steel defaults", mentions=(ACME,), at=now - 3 * HOUR)
        predictions.put(tx, one.id, said(0.9, acme=0.8), ACCEPT, ["debt"], now - 3 * HOUR)
    with store.begin() as tx:
        other = publish(tx, "Bolt Motors wins", at=now - 2 * HOUR, source="paper")
        predictions.put(tx, other.id, said(0.1), ACCEPT, [], now - 2 * HOUR)
    with store.begin() as tx:
        publish(tx, "made up", at=now - 2 * HOUR, sample=True)
    return one, other


def plain(moments: list[Moment]) -> list[tuple[datetime, int, str, int, bool]]:
    """In one order; whether it is news matters of what begins to count."""
    return [
        (at, one.sign, one.series, one.entry.weight, one.fresh and one.sign > 0)
        for at, some in moments
        for one in sorted(some)
    ]


def test_with_nothing_else_it_is_what_counted(store: Store, publish: Publish, now: datetime) -> None:
    one, other = lived(store, publish, now)
    with store.begin() as tx:
        arrangements.join(tx, one.story_id, other.story_id, MERGE, "ann", now - HOUR)
    with store.read() as tx:
        counted = list(past.changes(tx, now))
        assert plain(otherwise.changes(tx, now, otherwise.as_stored)) == plain(counted)
        assert plain(otherwise.changes(tx, now - HOUR, otherwise.as_stored)) == plain(
            [one for one in counted if one[0] < now - HOUR]
        )
    assert {one[-1] for one in plain(counted)} == {True, False}, "a merge is no news"


def test_another_model_judged_from_the_beginning(store: Store, publish: Publish, now: datetime) -> None:
    one, _ = lived(store, publish, now)
    with store.begin() as tx:
        predictions.put(tx, one.id, replace(said(0.2, "m-2", acme=0.3)), ACCEPT, [], now + HOUR)
    with store.read() as tx:
        assert otherwise.judged(tx, "m-1") == 2 and otherwise.judged(tx, "m-2") == 1
        first = plain(otherwise.changes(tx, now, otherwise.judged_by("m-1")))
        second = plain(otherwise.changes(tx, now, otherwise.judged_by("m-2")))
    at, later = now - 3 * HOUR, now - 2 * HOUR
    assert first == [
        (at, 1, "all", round(0.9 * WHOLE), True),
        (at, 1, "both:debt:acme", round(0.8 * WHOLE), True),
        (at, 1, "company:acme", round(0.8 * WHOLE), True),
        (at, 1, "topic:debt", round(0.9 * WHOLE), True),
        (later, 1, "all", round(0.1 * WHOLE), True),
    ]
    assert second == [
        (at, 1, "all", round(0.2 * WHOLE), True),
        (at, 1, "company:acme", round(0.3 * WHOLE), True),
        (later, 1, "all", 0, True),  # it never judged that one, which was told all the same
    ]


def test_other_companies_are_found_in_what_was_told(store: Store, publish: Publish, now: datetime) -> None:
    lived(store, publish, now)
    linker = Linker([Company("bolt", "Bolt Motors", ()), Company("acme", "Acme Steel", ())])
    with store.read() as tx:
        found = otherwise.changes(tx, now, otherwise.naming(linker))
        alone = otherwise.changes(tx, now, otherwise.naming(Linker([Company("bolt", "Bolt Motors", ())])))
    weights = {series: weight for _, _, series, weight, _ in plain(found)}
    assert weights["company:bolt"] == round(0.1 * WHOLE), "the article lends it what was said of it"
    assert weights["company:acme"] == round(0.8 * WHOLE)
    assert {series for _, _, series, *_ in plain(alone)} == {"all", "topic:debt", "company:bolt"}
