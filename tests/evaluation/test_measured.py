"""A look reads its columns right, stores what it found, and acts on a drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from monitor.acquisition.coins import Coins
from monitor.errors import ModelError
from monitor.evaluation import measured
from monitor.messages import Message
from monitor.records import SENTIMENTS, Article, Decision, Lane, Prediction, Route
from monitor.settings import DriftSettings
from monitor.store import (
    Store,
    Tx,
    answers,
    articles,
    audit,
    judged,
    measurements,
    predictions,
    shares,
    stories,
    tasks,
    vectors,
)
from monitor.store.schema import shares as shares_table
from monitor.testing import make_article

COINS = Coins(key=b"k", audits_per_day=10_000)
DRIFT = DriftSettings(present_days=7)
DAY = timedelta(days=1)


def said(label: str, *, model: str = "m1", vector: Sequence[float] = (0.0, 1.0)) -> Prediction:
    sentiment = {name: 0.8 if name == label else 0.1 for name in SENTIMENTS}
    return Prediction(sentiment, {}, model, vector=np.array(vector, "<f2").tobytes())


def publish(
    tx: Tx, number: int, prediction: Prediction, at: datetime, *, answer: str = "", lane: Lane = Lane.AUDIT
) -> Article:
    """A text with its prediction, its vector, and, where there is an `answer`, a label of this lane."""
    if lane is Lane.AUDIT and answer:
        tx.execute(shares_table.insert().values(at=at, share=1.0, reason="a test"))
    else:
        tx.execute(shares_table.insert().values(at=at, share=0.0, reason="a test"))
    one = make_article(f"text number {number}", first_seen_at=at)
    one = articles.insert(tx, replace(one, story_id=stories.create(tx, at)), COINS)
    predictions.put(tx, one.id, prediction, Decision(Route.ACCEPT, ""), (), at)
    vectors.keep(tx, {one.id: prediction})
    if answer:
        route = Route.AUDIT if lane is Lane.AUDIT else Route.REVIEW
        task = tasks.open_task(tx, one.id, Decision(route, ""), 0.5, at)
        assert task is not None
        answers.answer(tx, task.id, "ann", answer, None, at)
    return one


def look(store: Store, now: datetime) -> measured.Inputs:
    with store.read() as tx:
        return measured.read(tx, "m1", now, days=30, audit_days=90)


def test_labels_go_where_they_belong(sqlite_store: Store, now: datetime) -> None:
    with sqlite_store.begin() as tx:
        publish(tx, 1, said("negative", vector=(1, 0)), now - DAY, answer="negative")
        publish(tx, 2, said("negative", vector=(2, 0)), now - 100 * DAY, answer="neutral")
        publish(tx, 3, said("neutral", vector=(3, 0)), now - DAY, answer="positive", lane=Lane.REVIEW)
        publish(tx, 4, said("neutral", model="m2"), now - DAY, answer="positive", lane=Lane.REVIEW)
        publish(tx, 5, said("neutral"), now - DAY)
    found = look(sqlite_store, now)
    assert [one.label and one.label.sentiment for one in found.audits] == ["negative"]
    assert (found.expired.vectors.tolist(), found.expired.labels.tolist()) == ([[2, 0]], [1])
    assert (found.spent.vectors.tolist(), found.spent.labels.tolist()) == ([[3, 0]], [2])
    assert len(found.texts) == 3 and found.vectors.tolist() == [[1, 0], [3, 0], [0, 1]]
    with sqlite_store.read() as tx:
        assert [one.content for one in measured.bare(tx, "m1")] == ["text number 4"]


def test_a_drift_raises_the_share_of_audits_and_is_on_record(sqlite_store: Store, now: datetime) -> None:
    rng = np.random.default_rng(0)
    with sqlite_store.begin() as tx:
        for number in range(160):
            early = number < 90
            label = str(rng.choice(SENTIMENTS, p=(0.1, 0.6, 0.3) if early else (0.9, 0.05, 0.05)))
            vector = rng.normal(size=3) + (0 if early else 3)
            answer = label if number % 3 == 0 else ""
            at = now - (20 if early else 2) * DAY
            publish(tx, number, said(label, vector=tuple(vector)), at, answer=answer)
        tx.execute(shares_table.insert().values(at=now - DAY, share=0.05, reason="a test"))
    found = measured.measure(look(sqlite_store, now), DRIFT, now, looks=90, rng=rng)
    assert {(one.kind, one.scope) for one in found if one.fired} == {("label", "all"), ("covariate", "all")}
    [live] = [one for one in found if one.kind == "live"]
    assert live.values["accuracy"]["value"] == pytest.approx(1.0)
    assert live.values["accuracy"]["labels"] == 54
    with sqlite_store.begin() as tx:
        assert len(measured.record(tx, found, DRIFT, now)) == 2
        assert shares.in_force(tx, now) == pytest.approx(0.15)
        assert shares.in_force(tx, now + 8 * DAY) == pytest.approx(0.05)
        told = shares.history(tx)[0].reason
        assert isinstance(told, Message) and "label all" in told
        assert [one.action for one in audit.all(tx)][-1] == "drift"
        assert [one.kind for one in measurements.newest(tx)] == ["label", "covariate", "live"]
        assert measured.wants_training(tx) is False, "there is nothing new to learn from"
        publish(tx, 999, said("neutral"), now, answer="negative", lane=Lane.REVIEW)
        assert measured.wants_training(tx)


def test_where_there_is_nothing_nothing_is_found(sqlite_store: Store, now: datetime) -> None:
    rng = np.random.default_rng(0)
    assert measured.measure(look(sqlite_store, now), DRIFT, now, looks=90, rng=rng) == []
    with sqlite_store.begin() as tx:
        assert measured.record(tx, [], DRIFT, now) == []
        assert shares.history(tx) == []


def test_texts_judged_by_another_version_get_their_vectors(sqlite_store: Store, now: datetime) -> None:
    with sqlite_store.begin() as tx:
        publish(tx, 1, said("neutral", model="m0"), now, answer="negative", lane=Lane.REVIEW)
        waiting = measured.bare(tx, "m1")
    classify = lambda batch: [said("positive", vector=(4, 4)) for _ in batch]  # noqa: E731
    other = lambda batch: [said("positive", model="m2") for _ in batch]  # noqa: E731
    assert measured.fill(sqlite_store, other, "m1", waiting) == 0
    assert measured.fill(sqlite_store, classify, "m1", waiting) == 1
    with sqlite_store.read() as tx:
        assert vectors.of(tx, "m1")[1].tolist() == [[4, 4]]
        assert measured.bare(tx, "m1") == []
        assert len(judged.since(tx, "m1", now - DAY)) == 0, "what it said otherwise stands"

    def down(batch: Sequence[Article]) -> list[Prediction]:
        raise ModelError("gone")

    with pytest.raises(ModelError, match="gone"):
        measured.fill(sqlite_store, down, "m1", waiting)
