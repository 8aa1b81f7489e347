"""What a walk through the past is given adds up, at every moment, to what the counts were then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.detection import cells
from monitor.detection.boards import Board
from monitor.detection.rollups import WHOLE
from monitor.records import Article, Decision, Mention, Prediction, Route
from monitor.store import Store, answers, past, predictions, recounts, tasks

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


def test_the_sample_is_left_out_or_alone(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        made, real = publish(tx, sample=True), publish(tx)
        for stored in (made, real):
            predictions.put(tx, stored.id, Prediction(likely(0.9), {}, "m"), REVIEW, [], now)
    with store.read() as tx:
        for sample, wanted in ((False, real), (True, made)):
            found = [one for _, some in past.changes(tx, now + HOUR, sample=sample) for one in some]
            assert {one.entry.article_id for one in found} == {wanted.id}
            assert not any(one.series.startswith("~") for one in found)
