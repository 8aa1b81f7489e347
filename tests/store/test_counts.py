"""Counts: each story once for every voice, in the window in which that voice first told it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.records import Article, Decision, Mention, Prediction, Route, Scope, Window
from monitor.store import Store, answers, counts, mentions, tasks

NEGATIVE = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
POSITIVE = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
REVIEW = Decision(Route.REVIEW, "confidence 0.80 under 0.90")
Publish = Callable[..., Article]
Predict = Callable[..., Prediction]
HOUR, MINUTE, TICK = timedelta(hours=1), timedelta(minutes=1), timedelta(microseconds=1)
ALL = Scope("all")


def numbers(windows: list[Window]) -> list[tuple[int, int]]:
    return [(window.stories, window.negative) for window in windows]


def test_windows_are_half_open_and_count_a_story_once_a_voice(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    edges = [now, now + HOUR, now + 2 * HOUR]
    with store.begin() as tx:
        publish(tx, "too early", at=now - TICK)
        first = publish(tx, "at the edge", at=now)
        publish(tx, "a reprint by the same voice", at=now + HOUR, story_id=first.story_id)
        publish(
            tx, "another voice in the next window", at=now + HOUR, story_id=first.story_id, source="paper"
        )
        publish(tx, "the last moment", at=now + HOUR - TICK)
        publish(tx, "at the next edge", at=now + HOUR)
        publish(tx, "too late", at=now + 2 * HOUR)
        predict(tx, first.id, NEGATIVE)
        found = counts.windows(tx, ALL, edges)
    assert found == [
        Window(ALL, edges[0], edges[1], stories=2, negative=1, weight=0.8),
        Window(ALL, edges[1], edges[2], stories=2, negative=0, weight=0.0),
    ]
    with store.read() as tx:
        assert counts.windows(tx, ALL, edges) == found, "the same once it is committed"


def test_an_article_counts_when_it_was_published_however_late_it_is_seen(
    store: Store, publish: Publish, now: datetime
) -> None:
    edges = [now - 49 * HOUR + HOUR * k for k in range(51)]
    with store.begin() as tx:
        publish(tx, at=now, published_at=now - 3 * HOUR)
        publish(tx, at=now, published_at=now - 30 * 24 * HOUR)  # back numbers
        publish(tx, at=now, published_at=now + 5 * HOUR)  # a clock that is ahead
        found = counts.windows(tx, ALL, edges)
    assert [window.start_at - now for window in found if window.stories] == [-48 * HOUR, -3 * HOUR, 0 * HOUR]


def test_a_voice_counts_with_its_first_negative_article(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        first = publish(tx)
        update = publish(tx, story_id=first.story_id, at=now + HOUR)
        predict(tx, first.id, POSITIVE, topics=("stocks",))
        predict(tx, update.id, NEGATIVE, topics=("macro",))
        edges = [now, now + HOUR, now + 2 * HOUR]
        assert numbers(counts.windows(tx, ALL, edges)) == [(0, 0), (1, 1)]
        assert numbers(counts.windows(tx, Scope("topic", "stocks"), edges)) == [(1, 0), (0, 0)]
        assert numbers(counts.windows(tx, Scope("topic", "macro"), edges)) == [(0, 0), (1, 1)]
        assert counts.evidence(tx, ALL, now, now + 2 * HOUR) == [update.id]


def test_edges_lie_on_cells(store: Store, now: datetime) -> None:
    with store.read() as tx:
        with pytest.raises(ValueError, match="on five minutes"):
            counts.windows(tx, ALL, [now, now + MINUTE])
        with pytest.raises(ValueError, match="lie on hours"):
            counts.windows(tx, ALL, [now + 5 * MINUTE, now + 9 * 24 * HOUR])
        assert counts.windows(tx, ALL, [now]) == []


def test_hours_and_five_minutes_add_up_to_the_same(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    with store.begin() as tx:
        for minute in (0, 4, 5, 59, 60, 119):
            predict(tx, publish(tx, at=now + minute * MINUTE).id)
    with store.read() as tx:
        hours = counts.windows(tx, ALL, [now, now + HOUR, now + 2 * HOUR])
        fine = counts.windows(tx, ALL, [now + 5 * k * MINUTE for k in range(25)])
    assert numbers(hours) == [(4, 4), (2, 2)]
    assert [sum(one.negative for one in fine[k : k + 12]) for k in (0, 12)] == [4, 2]


def test_scopes_narrow_counts(store: Store, publish: Publish, predict: Predict, now: datetime) -> None:
    edges = [now, now + HOUR]
    with store.begin() as tx:
        a, b, c = publish(tx), publish(tx), publish(tx)
        predict(tx, a.id, NEGATIVE, topics=("stocks", "macro"))
        predict(tx, b.id, POSITIVE, topics=("stocks",))
        # named twice, counted once
        mentions.replace(tx, a.id, [Mention("acme", "Acme", 0, 4), Mention("acme", "Acme", 9, 13)], now)
        mentions.replace(tx, c.id, [Mention("acme", "Acme", 0, 4)], now)

        def count(scope: Scope) -> tuple[int, int]:
            return numbers(counts.windows(tx, scope, edges))[0]

        assert count(ALL) == (3, 1)
        assert count(Scope("topic", "stocks")) == (2, 1)
        assert count(Scope("topic", "macro")) == (1, 1)
        assert count(Scope("company", "acme")) == (2, 1)
        assert count(Scope("company", "none")) == (0, 0)
        with pytest.raises(ValueError, match="galaxy:far: kind must be"):
            count(Scope("galaxy", "far"))
        assert counts.scopes(tx, now, ["all", "topic", "company"]) == [
            ALL,
            Scope("topic", "macro"),
            Scope("topic", "stocks"),
            Scope("company", "acme"),
        ]
        assert counts.scopes(tx, now, ["company"]) == [Scope("company", "acme")]
        assert counts.scopes(tx, now + 5 * MINUTE, ["all", "topic", "company"]) == []


def test_a_story_is_negative_for_the_companies_it_is_negative_about(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    acme, bolt = Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 9, 13)
    with store.begin() as tx:
        rivals, plain, waiting = (publish(tx, mentions=(acme, acme, bolt)) for _ in range(3))
        surer = publish(tx, mentions=(acme,))
        predict(tx, rivals.id, POSITIVE, ("stocks",), companies={"acme": NEGATIVE, "bolt": POSITIVE})
        predict(tx, plain.id, NEGATIVE, companies={"bolt": POSITIVE})
        predict(tx, surer.id, POSITIVE, companies={"acme": {"negative": 0.9, "neutral": 0.1, "positive": 0}})

        def count(scope: Scope) -> tuple[int, int]:
            return numbers(counts.windows(tx, scope, [now, now + HOUR]))[0]

        assert count(ALL) == (4, 1) and count(Scope("topic", "stocks")) == (1, 0)
        assert count(Scope("company", "acme")) == (4, 3)
        assert count(Scope("company", "bolt")) == (3, 0)
        assert counts.evidence(tx, Scope("company", "acme"), now, now + HOUR) == [
            surer.id,
            rivals.id,
            plain.id,
        ]
        assert counts.evidence(tx, Scope("company", "acme"), now, now + HOUR, 1) == [surer.id]
        assert counts.evidence(tx, Scope("company", "bolt"), now, now + HOUR) == []
        assert counts.evidence(tx, Scope("both", "stocks:acme"), now, now + HOUR) == [rivals.id]
        assert counts.evidence(tx, Scope("topic", "stocks"), now, now + HOUR) == []
        predict(tx, waiting.id, POSITIVE, companies={"bolt": NEGATIVE})
        assert count(Scope("company", "bolt")) == (3, 1)


def test_the_sample_counts_only_on_request(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    edges = [now, now + HOUR]
    with store.begin() as tx:
        demo = publish(tx, sample=True)
        predict(tx, demo.id, NEGATIVE, topics=("stocks",))
        assert numbers(counts.windows(tx, ALL, edges)) == [(0, 0)]
        assert numbers(counts.windows(tx, ALL, edges, include_sample=True)) == [(1, 1)]
        assert counts.scopes(tx, now, ["all", "topic"]) == []
        assert counts.scopes(tx, now, ["all", "topic"], include_sample=True) == [
            ALL,
            Scope("topic", "stocks"),
        ]
        assert counts.evidence(tx, ALL, now, now + HOUR) == []
        assert counts.evidence(tx, ALL, now, now + HOUR, include_sample=True) == [demo.id]


def test_a_label_decides_what_counts(store: Store, publish: Publish, predict: Predict, now: datetime) -> None:
    edges = [now, now + HOUR]
    with store.begin() as tx:
        stored = publish(tx)
        predict(tx, stored.id, POSITIVE, topics=("stocks",))
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", ["macro"], now)
        assert numbers(counts.windows(tx, ALL, edges)) == [(1, 1)]
        assert numbers(counts.windows(tx, Scope("topic", "stocks"), edges)) == [(0, 0)]
        assert numbers(counts.windows(tx, Scope("topic", "macro"), edges)) == [(1, 1)]
        answers.undo(tx, "ann", now)
        assert numbers(counts.windows(tx, ALL, edges)) == [(1, 0)]


def test_evidence_is_what_was_counted_negative_most_certain_first(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    def negative(p: float) -> dict[str, float]:
        return {"negative": p, "neutral": 1 - p, "positive": 0.0}

    with store.begin() as tx:
        unsure, sure, positive, labelled, late = (publish(tx) for _ in range(5))
        outside = publish(tx, at=now + HOUR)
        for stored, p in ((unsure, 0.6), (sure, 0.9), (labelled, 0.2), (late, 0.7), (outside, 0.99)):
            predict(tx, stored.id, negative(p), topics=("stocks",))
        predict(tx, positive.id, POSITIVE, topics=("stocks",))
        task = tasks.open_task(tx, labelled.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", None, now)
        expected = [labelled.id, sure.id, late.id, unsure.id]
        assert counts.evidence(tx, ALL, now, now + HOUR) == expected
        assert counts.evidence(tx, Scope("topic", "stocks"), now, now + HOUR, 2) == expected[:2]
        assert counts.windows(tx, ALL, [now, now + HOUR])[0].negative == len(expected)


def test_a_trend_is_cut_at_its_end(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        publish(tx, at=now + 95 * MINUTE)
        found = counts.trend(tx, now, now + 100 * MINUTE, 30, ALL)
        assert [(window.start_at - now, window.end_at - now) for window in found] == [
            (0 * MINUTE, 30 * MINUTE),
            (30 * MINUTE, 60 * MINUTE),
            (60 * MINUTE, 90 * MINUTE),
            (90 * MINUTE, 100 * MINUTE),
        ]
        assert [window.stories for window in found] == [0, 0, 0, 1]
        assert counts.trend(tx, now, now, 30, ALL) == []
        with pytest.raises(ValueError, match="at least one minute"):
            counts.trend(tx, now, now + HOUR, 0, ALL)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seen=st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=12),
    fives=st.lists(st.integers(0, 12), min_size=2, max_size=8, unique=True).map(sorted),
)
def test_windows_add_up(
    sqlite_store: Store,
    publish: Publish,
    predict: Predict,
    now: datetime,
    seen: list[tuple[int, bool]],
    fives: list[int],
) -> None:
    """However the time is cut, every story between the first and last edge is in one window."""
    with sqlite_store.begin() as tx:
        for minute, negative in seen:
            stored = publish(tx, at=now + minute * MINUTE)
            if negative:
                predict(tx, stored.id, NEGATIVE)
        found = counts.windows(tx, ALL, [now + five * 5 * MINUTE for five in fives])
        tx.rollback()
    assert numbers(found) == [
        (
            sum(low * 5 <= minute < high * 5 for minute, _ in seen),
            sum(low * 5 <= minute < high * 5 and negative for minute, negative in seen),
        )
        for low, high in itertools.pairwise(fives)
    ]


def test_totals_are_what_all_windows_add_up_to(
    store: Store, publish: Publish, predict: Predict, now: datetime
) -> None:
    company, other = Scope("company", "acme"), Scope("company", "nobody")
    with store.begin() as tx:
        assert counts.begins(tx, ALL) is None
        for hours in (1, 2, 2, 5, 30):
            named = (Mention("acme", "acme", 0, 4),)
            made = publish(tx, "acme falls", at=now - hours * HOUR, mentions=named, sample=hours == 5)
            predict(tx, made.id, NEGATIVE if hours % 2 else POSITIVE)
        for start, middle in ((now - 48 * HOUR, now - 3 * HOUR), (now - 2 * HOUR - 5 * MINUTE, now - HOUR)):
            edges = [start, middle, now]
            for sample in (True, False):
                found = counts.totals(tx, [ALL, company, other], edges, include_sample=sample)
                assert found == counts.many(tx, [ALL, company, other], edges, include_sample=sample)
        assert counts.begins(tx, company) == now - 30 * HOUR
        assert counts.begins(tx, other) is None and counts.totals(tx, [], edges) == {}
