"""What a walk through the past is given adds up, at every moment, to what the counts were then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from monitor.detection import cells
from monitor.detection.boards import Board
from monitor.detection.rollups import WHOLE
from monitor.records import Article, Decision, Mention, Prediction, Route, Scope
from monitor.store import Store, Tx, answers, counts, past, predictions, recounts, tasks
from monitor.store.schema import counted

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REVIEW = Decision(Route.REVIEW, "")
Publish = Callable[..., Article]


def likely(negative: float) -> dict[str, float]:
    return {"negative": negative, "neutral": 1 - negative, "positive": 0.0}


def lived(store: Store, publish: Publish, now: datetime) -> list[datetime]:
    """Articles that come, are judged, judged again and labelled; when something changed."""
    acme = Mention("acme", "Acme", 0, 4)
    with store.begin() as tx:
        one, other = publish(tx, mentions=(acme,)), publish(tx, at=now - 3 * HOUR)
        for stored, negative in ((one, 0.9), (other, 0.2)):
            said = Prediction(likely(negative), {"debt": 0.9}, "m-1", companies={"acme": likely(0.8)})
            predictions.put(tx, stored.id, said, REVIEW, ["debt"], now)
    with store.begin() as tx:
        said = Prediction(likely(0.6), {}, "m-2", companies={"acme": likely(0.1)})
        predictions.put(tx, one.id, said, REVIEW, [], now + HOUR)
    with store.begin() as tx:
        task = tasks.open_task(tx, other.id, REVIEW, 0.5, now + 2 * HOUR)
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", None, now + 2 * HOUR)
    return [now, now + HOUR, now + 2 * HOUR]


def test_changes_add_up_to_the_counts_of_every_moment(store: Store, publish: Publish, now: datetime) -> None:
    moments = lived(store, publish, now)
    with store.read() as tx:
        for moment in moments:
            board = Board()
            for _, found in past.changes(tx, moment + MINUTE):
                for change in found:
                    board.apply(change)
            totals = {}
            for (name, cell), sums in recounts.as_of(tx, moment).items():
                if name.startswith(("source:", "language:")):
                    continue  # counted, and watched by no rule
                voices, weight = totals.get(name, (0, 0))
                totals[name] = (voices + sums.voices, weight + sums.weight)
                present = board.present([name], [0], cell + 1)
                assert present.voices[0, -1] >= sums.voices
            end = cells.cell(moment) + 1
            for name, (voices, weight) in totals.items():
                present = board.present([name], [0], end)
                assert present.voices[0, -1] == voices
                assert round(present.negative[0, -1] * WHOLE) == weight


def test_what_came_is_fresh_and_what_was_labelled_is_not(
    store: Store, publish: Publish, now: datetime
) -> None:
    lived(store, publish, now)
    with store.read() as tx:
        groups = list(past.changes(tx, now + 10 * HOUR))
        assert past.begins(tx) == now
    assert [known for known, _ in groups] == sorted(known for known, _ in groups)
    came, labelled = groups[0][1], groups[-1][1]
    assert {change.fresh for change in came if change.sign > 0} == {True}
    assert {change.fresh for change in labelled if change.sign > 0} == {False}
    assert any(change.entry.negative for change in labelled if change.sign > 0)


def test_a_past_without_anything_begins_nowhere(store: Store, now: datetime) -> None:
    with store.read() as tx:
        assert past.begins(tx) is None and list(past.changes(tx, now)) == []


def said(negative: float, *topics: str) -> Prediction:
    return Prediction(likely(negative), dict.fromkeys(topics, 0.9), "m")


def come(tx: Tx, publish: Publish, at: datetime, negative: float = 0.9, **fields: object) -> Article:
    """An article that comes and is judged at a moment."""
    stored = publish(tx, at=at, **fields)
    predictions.put(tx, stored.id, said(negative), REVIEW, [], at)
    return stored


def moments(found: Iterable[past.Moment]) -> list[tuple[datetime, int, set[int]]]:
    """When, how much more counted in all news than before, and by which articles."""
    return [
        (
            at,
            sum(one.sign for one in some if one.series == "all"),
            {one.entry.article_id for one in some},
        )
        for at, some in found
    ]


def test_the_sample_is_left_out_and_told_alone_as_it_was_published(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        real = come(tx, publish, now)
        late, early = (publish(tx, sample=True, published_at=now - hours * HOUR) for hours in (1, 5))
        for stored in (late, early):
            predictions.put(tx, stored.id, said(0.9), REVIEW, [], now)
    with store.read() as tx:
        assert moments(past.changes(tx, now + HOUR)) == [(now, 1, {real.id})]
        found = past.sample(tx)
        assert moments(found) == [
            (cells.begins(cells.cell(now - hours * HOUR)), 1, {id})
            for hours, id in ((5, early.id), (1, late.id))
        ]
        assert not any(one.series.startswith("~") for _, some in found for one in some)
        assert past.first(tx) == cells.hour(now) + 1


def test_without_anything_real_nothing_began(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        come(tx, publish, now, sample=True)
    with store.read() as tx:
        assert past.first(tx) is None and past.begins(tx) is None
        assert list(past.changes(tx, now + HOUR)) == [] and past.sample(tx)


def test_what_had_piled_up_is_counted_and_never_among_the_changes(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        come(tx, publish, now, backlog=True)
        news = come(tx, publish, now)
    with store.read() as tx:
        [(_, number, ids)] = moments(past.changes(tx, now + HOUR))
        assert (number, ids) == (1, {news.id})
        assert {one.entry.article_id for one in past.standing(tx, now + HOUR, now - HOUR)} == {news.id}
        moved, _ = past.news(tx, past.Place(0, now - HOUR), now + HOUR)
        assert moments(moved) == [(now, 1, {news.id})]
        [window] = counts.windows(tx, Scope("all"), [now - HOUR, now + HOUR])
        assert window.stories == 2


def test_parts_of_the_past_make_the_whole(store: Store, publish: Publish, now: datetime) -> None:
    lived(store, publish, now)
    with store.read() as tx:
        whole = list(past.changes(tx, now + 9 * HOUR))
        for edge in (now, now + MINUTE, now + HOUR, now + 2 * HOUR, now + 3 * HOUR):
            before, after = list(past.changes(tx, edge)), list(past.changes(tx, now + 9 * HOUR, edge))
            assert before + after == whole
            assert all(at < edge for at, _ in before) and all(at >= edge for at, _ in after)


def test_what_stood_at_a_moment_is_what_changes_until_then_add_up_to(
    store: Store, publish: Publish, now: datetime
) -> None:
    lived(store, publish, now)
    with store.read() as tx:
        for edge in (now, now + MINUTE, now + HOUR, now + 90 * MINUTE, now + 9 * HOUR):
            left: list[object] = []
            for _, some in past.changes(tx, edge):
                for one in some:
                    key = (one.series, one.entry)
                    left.append(key) if one.sign > 0 else left.remove(key)
            found = list(past.standing(tx, edge, now - 9 * HOUR))
            assert sorted((one.series, one.entry) for one in found) == sorted(left)
            assert all(one.sign == 1 for one in found)
        assert list(past.standing(tx, now + 9 * HOUR, now + 3 * HOUR)) == [], "of what began to count since"


def test_news_are_the_changes_since_the_last_look(store: Store, publish: Publish, now: datetime) -> None:
    steps = [now + n * HOUR for n in range(4)]
    with store.read() as tx:
        place = past.place(tx, now - HOUR)
    lived(store, publish, now)
    found: list[past.Moment] = []
    for step in steps:
        with store.read() as tx:
            moved, place = past.news(tx, place, step)
            assert past.news(tx, place, step) == ([], place), "and looking again brings nothing"
        found += moved
    with store.read() as tx:
        whole = list(past.changes(tx, now + 9 * HOUR))
        # All of it was there at the first look, which is told everything that began to count.
        assert sum(len(some) for _, some in found) >= sum(
            1 for _, some in whole for one in some if one.sign > 0
        )
        assert totals(found) == totals(whole)
        assert [at for at, _ in found] == sorted(at for at, _ in found)


def totals(found: Iterable[past.Moment]) -> dict[str, int]:
    weights: dict[str, int] = {}
    for _, some in found:
        for one in some:
            weights[one.series] = weights.get(one.series, 0) + one.sign * one.entry.weight
    return weights


def test_news_come_when_they_came(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        first = come(tx, publish, now, 0.9)
    with store.read() as tx:
        place = past.place(tx, now + MINUTE)
    with store.begin() as tx:
        second = come(tx, publish, now + 2 * MINUTE, 0.9)
    with store.begin() as tx:
        predictions.put(tx, first.id, said(0.5), REVIEW, [], now + 3 * MINUTE)
    with store.read() as tx:
        moved, place = past.news(tx, place, now + 5 * MINUTE)
        assert moments(moved) == [(now + 2 * MINUTE, 1, {second.id}), (now + 3 * MINUTE, 0, {first.id})]
        assert [one.sign for one in moved[1][1]] == [-1, 1], "what ceases comes first"
        assert moved == list(past.changes(tx, now + HOUR, now + MINUTE))
        assert past.news(tx, place, now + 9 * MINUTE)[0] == []


def test_what_a_clock_that_stepped_back_wrote_is_of_the_last_look(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.read() as tx:
        place = past.place(tx, now)
    with store.begin() as tx:
        stored = come(tx, publish, now - HOUR)
    with store.read() as tx:
        moved, place = past.news(tx, place, now + MINUTE)
        assert moments(moved) == [(now, 1, {stored.id})]
        assert past.news(tx, place, now + 2 * MINUTE)[0] == [], "and once"


def test_an_archive_that_came_meanwhile_makes_another_past(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.read() as tx:
        place = past.place(tx, now)
    with store.begin() as tx:
        come(tx, publish, now - past.BACK)
    with store.read() as tx:
        assert len(past.news(tx, place, now)[0]) == 1
    with store.begin() as tx:
        come(tx, publish, now - past.BACK - MINUTE)
    with store.read() as tx, pytest.raises(LookupError):
        past.news(tx, place, now)


def test_what_came_and_went_between_two_looks_never_counted(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.read() as tx:
        place = past.place(tx, now - HOUR)
    with store.begin() as tx:
        stored = come(tx, publish, now, 0.9)
    with store.begin() as tx:  # in the same moment
        predictions.put(tx, stored.id, said(0.4), REVIEW, [], now)
    with store.read() as tx:
        moved, _ = past.news(tx, place, now + HOUR)
        assert [one.sign for _, some in moved for one in some] == [1]
        assert moved == list(past.changes(tx, now + HOUR))


def test_by_hour_it_is_the_same_as_one_by_one(store: Store, publish: Publish, now: datetime) -> None:
    *_, last = lived(store, publish, now)
    with store.read() as tx:
        edge = cells.hour(now) * cells.IN_HOUR
        one_by_one, by_hour = Board(), Board()
        for change in past.standing(tx, last + MINUTE, now - 9 * HOUR):
            one_by_one.apply(change)
        by_hour.begin(past.hourly(tx, last + MINUTE, now - 9 * HOUR, last + MINUTE), edge)
        names = one_by_one.names(0)
        assert names == by_hour.names(0) and "company:acme" in names
        start, end = cells.hour(now) - 9, cells.hour(last) + 1
        read = np.ones(end - start, np.bool_)
        found, expected = (board.panel(names, start, end, read) for board in (by_hour, one_by_one))
    assert found.negative.tolist() == expected.negative.tolist() and found.negative.sum() > 0
    assert found.voices.tolist() == expected.voices.tolist()


def test_what_began_again_as_it_was_is_no_change(store: Store, publish: Publish, now: datetime) -> None:
    """A second article of a pair moves what it moves, and the rest of the pair is not told again."""
    acme = Mention("acme", "Acme", 0, 4)
    with store.begin() as tx:
        one = come(tx, publish, now)
    with store.begin() as tx:
        voice = tx.execute(select(counted.c.voice)).scalar_one()
        second = publish(tx, at=now + HOUR, story_id=one.story_id, mentions=(acme,), source=one.source)
        towards = Prediction(likely(0.9), {}, "m", companies={"acme": likely(0.9)})
        predictions.put(tx, second.id, towards, REVIEW, [], now + HOUR)
    with store.read() as tx:
        assert {row.voice for row in tx.execute(select(counted.c.voice))} == {voice}
        *_, (at, moved) = past.changes(tx, now + 2 * HOUR)
    assert at == now + HOUR
    assert [(one.sign, one.series) for one in moved] == [(1, "company:acme")]
