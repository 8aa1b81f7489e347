"""Doubts from end to end: who flips is doubted once, his labels wait, and an administrator decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from monitor.acquisition.coins import Coins
from monitor.errors import NotFoundError
from monitor.evaluation import doubting, gold
from monitor.evaluation.duel import Judgement, Rule, Share
from monitor.records import (
    Article,
    Decision,
    Lane,
    ModelState,
    ModelVersion,
    Role,
    Route,
    Task,
    TaskState,
)
from monitor.store import (
    Store,
    Tx,
    answers,
    articles,
    audit,
    audits,
    doubts,
    duels,
    labels,
    models,
    predictions,
    stories,
    tasks,
    users,
)
from monitor.store.duels import Disagreement
from monitor.store.schema import answers as answers_
from monitor.store.schema import articles as articles_
from monitor.store.schema import shares as shares_
from monitor.store.schema import texts as texts_
from monitor.testing import make_prediction

TEAM = ("ann", "bo", "cy", "di", "eve")
AUDITED = Decision(Route.AUDIT, "drawn at random", 1.0)
REVIEW = Decision(Route.REVIEW, "unsure")
COINS = Coins(key=b"k", audits_per_day=100_000)
Publish = Callable[..., Article]


@pytest.fixture
def publish(article: Callable[..., Article], now: datetime) -> Publish:
    """Stores a text in a story of its own, which the model calls neutral."""

    def publish(tx: Tx, text: str, *, coins: Coins | None = None) -> Article:
        made = article(text, first_seen_at=now, story_id=stories.create(tx, now))
        stored = articles.insert(tx, made, coins) if coins else articles.insert(tx, made)
        predictions.put(tx, stored.id, make_prediction(0.1, 0.8, 0.1), REVIEW, (), now)
        return stored

    return publish


@pytest.fixture
def desk(store: Store, now: datetime) -> Store:
    with store.begin() as tx:
        tx.execute(shares_.insert().values(at=now, share=1.0, reason="a test"))
        for name in TEAM:
            users.add(tx, name, "none", Role.ANALYST, now)
    return store


def audited(tx: Tx, publish: Publish, number: int, now: datetime) -> Task:
    """An audit that two are to read."""
    stored = publish(tx, f"a text that is audited, number {number}", coins=COINS)
    tx.execute(update(texts_).where(texts_.c.id == stored.text_id).values(twice=True))
    task = tasks.open_task(tx, stored.id, AUDITED, 0.5, now)
    assert task is not None and task.wanted == 2
    return task


def fill(tx: Tx, publish: Publish, now: datetime, n: int = 60, flips: str = "eve") -> None:
    """Audits that all say negative, read by two, and by a third where the two differ; `flips` turns all."""
    rng = np.random.default_rng(1)
    for number in range(n):
        task = audited(tx, publish, number, now)
        for user in rng.permutation(TEAM).tolist():
            if tasks.get(tx, task.id).state is TaskState.OPEN:
                answers.answer(tx, task.id, user, "positive" if user == flips else "negative", [], now)


def shown(tx: Tx, article: Article) -> str:
    """The sentiment that counts for an article."""
    return str(tx.scalar(select(articles_.c.sentiment).where(articles_.c.id == article.id)))


def given(tx: Tx, user: str) -> int:
    stands = (answers_.c.user == user, answers_.c.withdrawn_at.is_(None))
    return len(tx.execute(select(answers_.c.id).where(*stands)).all())


def test_a_disagreement_is_read_a_third_time_and_two_of_three_count(
    desk: Store, publish: Publish, now: datetime
) -> None:
    with desk.begin() as tx:
        apart, alike = audited(tx, publish, 1, now), audited(tx, publish, 2, now)
        for task, said in ((apart, ("positive", "negative", "negative")), (alike, ("neutral", "neutral"))):
            for user, sentiment in zip(TEAM, said, strict=False):
                answers.answer(tx, task.id, user, sentiment, [], now)
        assert tasks.get(tx, apart.id).wanted == 3 and tasks.get(tx, alike.id).wanted == 2
        assert {tasks.get(tx, one.id).state for one in (apart, alike)} == {TaskState.DONE}
        first, second = audits.of(tx)
        assert first.label is not None and first.label.user == "bo", "the first of the two that agree"
        assert second.label is not None and second.label.sentiment == "neutral"
        differed, agreed = doubts.twice(tx)  # in order of the second readings
    assert (agreed.first, agreed.second, agreed.agreed) == ("ann", "bo", True)
    assert (differed.third, differed.judge, differed.agreed) == ("bo", "cy", False)


def test_nobody_else_no_third_reading(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        tx.execute(shares_.insert().values(at=now, share=1.0, reason="a test"))
        for name in ("ann", "bo"):
            users.add(tx, name, "none", Role.ANALYST, now)
        users.add(tx, "vi", "none", Role.VIEWER, now)
        task = audited(tx, publish, 1, now)
        answers.answer(tx, task.id, "ann", "positive", [], now)
        answers.answer(tx, task.id, "bo", "negative", [], now)
        assert tasks.get(tx, task.id).state is TaskState.DONE
        assert doubts.twice(tx)[0].third is None


def test_who_flips_is_doubted_once_and_waits(desk: Store, publish: Publish, now: datetime) -> None:
    with desk.begin() as tx:
        fill(tx, publish, now)
        alone = publish(tx, "what she alone labelled")
        task = tasks.open_task(tx, alone.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "eve", "positive", [], now)
        assert shown(tx, alone) == "positive"
        before = labels.since(tx)
    (doubt,) = doubting.look(desk, now)
    assert doubt.user == "eve" and doubt.blame > 0.9 > 0.2 > doubt.ceiling and doubt.ended_at is None
    assert doubting.look(desk, now) == [], "once"
    with desk.begin() as tx:
        entry = audit.page(tx)[0]
        assert (entry.user, entry.action, entry.target) == ("monitor", "analyst.doubt", "eve")
        assert doubts.held(tx) == {"eve": given(tx, "eve")}
        assert {one.label.user for one in labels.current(tx)}.isdisjoint({"eve"})
        assert labels.since(tx) == before - 1, "the audits never train"
        assert all(one.user != "eve" for drawn in audits.of(tx) for one in drawn.labels)
        assert shown(tx, alone) == "neutral", "what the model says"
        again = tasks.get(tx, task.id)
        assert again.state is TaskState.OPEN, "asked again"
        assert [one.id for one in tasks.next_tasks(tx, "ann", 1, now, blind_share=0)] == [task.id]
        assert "eve" not in doubts.held(tx) or not tasks.next_tasks(tx, "eve", 5, now), "not of her"
        who, error = gold.readings(desk, 30, now)
        assert "eve" not in who.values() and error == 0.0
        (first, *_, last) = doubting.records(tx)
        assert not first.flagged and last.user == "eve" and last.flagged


def test_her_answers_close_nothing_while_they_wait(desk: Store, publish: Publish, now: datetime) -> None:
    with desk.begin() as tx:
        fill(tx, publish, now)
    doubting.look(desk, now)
    with desk.begin() as tx:
        stored = publish(tx, "a new text")
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "eve", "positive", [], now)
        assert tasks.get(tx, task.id).state is TaskState.OPEN
        answers.answer(tx, task.id, "ann", "negative", [], now)
        assert tasks.get(tx, task.id).state is TaskState.DONE
        assert shown(tx, stored) == "negative"


@pytest.mark.parametrize("keep", [True, False])
def test_an_administrator_decides(desk: Store, publish: Publish, now: datetime, keep: bool) -> None:
    with desk.begin() as tx:
        fill(tx, publish, now)
        alone = publish(tx, "what she alone labelled")
        task = tasks.open_task(tx, alone.id, REVIEW, 0.5, now)
        assert task is not None
        mine = answers.answer(tx, task.id, "eve", "positive", [], now)
        models.snapshot(tx, "s", {"train": 2}, [mine.id], now)
        number = given(tx, "eve")
        assert doubts.taught(tx, "s") == {}
    doubting.look(desk, now)
    with desk.begin() as tx:
        assert doubts.taught(tx, "s") == {"eve": 1}
        ended = doubts.end(tx, "eve", keep, "she said why", "root", now)
        assert (ended.kept, ended.reason, ended.ended_by) == (keep, "she said why", "root")
    doubting.settle(desk, now)
    with desk.begin() as tx:
        assert given(tx, "eve") == (number if keep else 0)
        assert shown(tx, alone) == ("positive" if keep else "neutral")
        assert tasks.get(tx, task.id).state is (TaskState.DONE if keep else TaskState.OPEN)
        assert doubts.taught(tx, "s") == ({} if keep else {"eve": 1})
        assert doubts.waiting(tx) == [] and doubts.all(tx) == [ended]
        with pytest.raises(NotFoundError):
            doubts.end(tx, "eve", keep, "twice", "root", now)
    assert doubting.look(desk, now) == [], "what was decided is no evidence again"


def test_a_duel_is_walked_again_without_her(desk: Store, publish: Publish, now: datetime) -> None:
    with desk.begin() as tx:
        fill(tx, publish, now)
        for id, state in (("old", ModelState.CHAMPION), ("new", ModelState.CHALLENGER)):
            models.put(tx, ModelVersion(id, "fake", id, "0" * 64, state, now))
        drawn = [Disagreement(publish(tx, f"in the duel {n}").id, "positive", "negative") for n in range(30)]
        duels.begin(tx, "old", "new", Judgement.SENTIMENT, Share(2000, 100), drawn, Rule(most=30), now)
        asked = [one for one in tasks.next_tasks(tx, "eve", 40, now) if one.lane is Lane.DUEL]
        for one in asked[:4]:
            answers.answer(tx, one.id, "eve", "positive", [], now)
        tasks.release(tx, "eve", [one.id for one in asked[4:]])
        answers.answer(tx, asked[4].id, "ann", "negative", [], now)
        assert _standing(tx) == {"wins": 1, "losses": 4}
    doubting.look(desk, now)
    with desk.begin() as tx:
        assert _standing(tx) == {"wins": 1, "losses": 0}
        assert {tasks.get(tx, one.id).state for one in asked[:4]} == {TaskState.OPEN}
        answers.answer(tx, asked[0].id, "bo", "negative", [], now)
        assert _standing(tx) == {"wins": 2, "losses": 0}
        doubts.end(tx, "eve", True, "kept", "root", now)
        assert _standing(tx) == {"wins": 2, "losses": 4}


def _standing(tx: Tx) -> dict[str, Any]:
    duel = duels.running(tx)
    assert duel is not None
    return {name: duel.standing[name] for name in ("wins", "losses")}
