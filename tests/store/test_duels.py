"""Duels in the store: asked blind and a few at a time, decided by the label that decides, ended for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from monitor.errors import TakenError
from monitor.evaluation.duel import Judgement, Rule, Share
from monitor.messages import said
from monitor.records import Article, Decision, Lane, ModelState, ModelVersion, Route, Task, TaskState
from monitor.store import Store, Tx, answers, articles, audit, duels, models, stories, tasks
from monitor.store.duels import AHEAD, Disagreement, Duel
from monitor.store.schema import tasks as tasks_table

RULE = Rule(most=40)
SHARE = Share(2000, 100)
Make = Callable[..., Article]


def version(id: str, state: ModelState, now: datetime) -> ModelVersion:
    return ModelVersion(id, "fake", id, "0" * 64, state, now, snapshot="s")


@pytest.fixture
def begun(store: Store, article: Make, now: datetime) -> Store:
    """`old` serves, `new` challenges it on 60 texts: where the truth is negative, `new` is right."""
    with store.begin() as tx:
        models.put(tx, version("old", ModelState.CHAMPION, now))
        models.put(tx, version("new", ModelState.CHALLENGER, now))
        drawn = [Disagreement(enter(tx, article, now).id, "positive", "negative") for _ in range(60)]
        duels.begin(tx, "old", "new", Judgement.SENTIMENT, SHARE, drawn, RULE, now)
    return store


def enter(tx: Tx, article: Make, now: datetime, **fields: object) -> Article:
    return articles.insert(tx, article(first_seen_at=now, story_id=stories.create(tx, now), **fields))


def running(tx: Tx) -> Duel:
    found = duels.running(tx)
    assert found is not None
    return found


def asked(tx: Tx) -> list[Task]:
    """Its open tasks."""
    return [
        tasks.get(tx, id)
        for id in tx.scalars(
            tasks_table.select()
            .with_only_columns(tasks_table.c.id)
            .where(tasks_table.c.lane == "duel", tasks_table.c.state == "open")
            .order_by(tasks_table.c.id)
        )
    ]


def answer(store: Store, now: datetime, sentiments: Sequence[str], user: str = "ann") -> list[int]:
    """Answers, each in a transaction of its own; the tasks that were answered."""
    done = []
    for sentiment in sentiments:
        with store.begin() as tx:
            task = asked(tx)[0]
            answers.answer(tx, task.id, user, sentiment, [], now)
            done.append(task.id)
    return done


def test_a_few_are_asked_at_a_time_and_blind(begun: Store, now: datetime) -> None:
    with begun.begin() as tx:
        first = asked(tx)
        assert len(first) == AHEAD and all(task.blind and task.lane is Lane.DUEL for task in first)
        assert first[0].inclusion == 0.4, "forty of a hundred disagreements may be asked"
        assert said(first[0].reason, "zh").startswith("两个模型对它的判断不同")
        assert duels.told(running(tx))["state"] == "running"
    answer(begun, now, ["negative", "positive"])
    with begun.begin() as tx:
        assert len(asked(tx)) == AHEAD
        assert {"labels": 2, "wins": 1, "losses": 1}.items() <= running(tx).standing.items()


def test_the_label_that_decides_promotes_in_its_own_transaction(begun: Store, now: datetime) -> None:
    number = 0
    while True:
        with begun.read() as tx:
            if duels.running(tx) is None:
                break
        answer(begun, now, ["negative"])
        number += 1
    assert number < 20
    with begun.begin() as tx:
        duel = duels.of(tx, "new")
        assert duel is not None and duel.verdict == "superior" and duel.ended_at == now
        assert models.get(tx, "new").state is ModelState.CHAMPION
        assert models.get(tx, "old").state is ModelState.RETIRED
        entry = audit.page(tx)[0]
        assert (entry.user, entry.action, entry.target) == ("monitor", "model.promote", "new")
        assert entry.detail["data"] == "s" and entry.detail["parent"] == "old"
        assert asked(tx) == [], "what is left is not asked for nothing"
        assert duel.reason.startswith(
            f"better than the champion in the duel: of {number} texts on which they disagree about the "
            f"sentiment it won {number}, lost 0 and tied 0; they disagree on 5.0% of 2000 texts; gain +5.0"
        )
        told = duels.told(duel)
    assert (told["state"], told["verdict"], told["labels"]) == ("ended", "superior", number)
    assert told["interval"][0] > 0 and told["evidence"]["superior"] > 20


def test_a_worse_challenger_is_refused(begun: Store, now: datetime) -> None:
    while True:
        with begun.read() as tx:
            if duels.running(tx) is None:
                break
        answer(begun, now, ["positive"])
    with begun.read() as tx:
        assert models.get(tx, "new").state is ModelState.REFUSED
        assert models.get(tx, "old").state is ModelState.CHAMPION
        assert audit.page(tx)[0].action == "model.refuse"


def test_undecided_after_its_labels_the_champion_stays(store: Store, article: Make, now: datetime) -> None:
    with store.begin() as tx:
        models.put(tx, version("old", ModelState.CHAMPION, now))
        models.put(tx, version("new", ModelState.CHALLENGER, now))
        drawn = [Disagreement(enter(tx, article, now).id, "positive", "negative") for _ in range(9)]
        share = Share(100, 40)
        duels.begin(tx, "old", "new", Judgement.SENTIMENT, share, drawn, Rule(most=6), now)
    answer(store, now, ["positive", "negative", "neutral"] * 2)
    with store.read() as tx:
        duel = duels.of(tx, "new")
        assert duel is not None and duel.verdict == "undecided"
        assert duel.reason.startswith("undecided after the duel, so the champion stays: of 6 texts ")
        assert models.get(tx, "new").state is ModelState.REFUSED
        assert models.champion(tx) == models.get(tx, "old")


def test_a_label_taken_back_is_no_outcome(begun: Store, now: datetime) -> None:
    (task,) = answer(begun, now, ["negative"])
    with begun.begin() as tx:
        assert running(tx).standing["wins"] == 1
        assert answers.undo(tx, "ann", now) is not None
        assert running(tx).standing["wins"] == 0
        answers.answer(tx, task, "ann", "positive", [], now)
        assert {"wins": 0, "losses": 1}.items() <= running(tx).standing.items()


def test_a_text_that_two_skip_is_followed_by_the_next(begun: Store, now: datetime) -> None:
    with begun.begin() as tx:
        first = asked(tx)[0]
        answers.skip(tx, first.id, "ann", now)
        answers.skip(tx, first.id, "bob", now)
        assert tasks.get(tx, first.id).state is TaskState.SKIPPED
        assert len(asked(tx)) == AHEAD and first.id not in {task.id for task in asked(tx)}
        assert running(tx).standing["labels"] == 0


def test_when_all_are_skipped_it_is_undecided(store: Store, article: Make, now: datetime) -> None:
    with store.begin() as tx:
        models.put(tx, version("old", ModelState.CHAMPION, now))
        models.put(tx, version("new", ModelState.CHALLENGER, now))
        drawn = [Disagreement(enter(tx, article, now).id, "positive", "negative")]
        duels.begin(tx, "old", "new", Judgement.SENTIMENT, Share(100, 40), drawn, RULE, now)
        (task,) = asked(tx)
        for user in ("ann", "bob"):
            answers.skip(tx, task.id, user, now)
        duel = duels.of(tx, "new")
        assert duel is not None and duel.verdict == "undecided"


def test_its_labels_train_only_after_it_ended(begun: Store, now: datetime) -> None:
    (task,) = answer(begun, now, ["negative"])
    with begun.begin() as tx:
        text_id = tasks.get(tx, task).text_id
        assert text_id in duels.held(tx)
        models.promote(tx, "old", "still", now)
        models.refuse(tx, "new", "by hand", now)
        duels.settle(tx, now)
        assert duels.held(tx) == set()
        assert duels.running(tx) is None


def test_who_serves_meanwhile_overtakes_it(begun: Store, now: datetime) -> None:
    with begun.begin() as tx:
        waiting = asked(tx)[0]
        models.put(tx, version("third", ModelState.CHALLENGER, now))
        models.promote(tx, "third", "by hand", now)
        duels.settle(tx, now)
        duel = duels.of(tx, "new")
        assert duel is not None and duel.verdict == "overtaken"
        assert models.get(tx, "new").state is ModelState.REFUSED
        with pytest.raises(TakenError):
            answers.answer(tx, waiting.id, "ann", "negative", [], now)


def test_one_duel_runs_at_a_time(begun: Store, article: Make, now: datetime) -> None:
    with begun.begin() as tx:
        models.put(tx, version("newer", ModelState.CHALLENGER, now))
        drawn = [Disagreement(enter(tx, article, now).id, "positive", "negative") for _ in range(5)]
        duels.begin(tx, "old", "newer", Judgement.SENTIMENT, SHARE, drawn, RULE, now)
        first = duels.of(tx, "new")
        assert first is not None and first.verdict == "overtaken"
        assert running(tx).challenger == "newer"
        assert models.get(tx, "new").state is ModelState.REFUSED


def test_topics_and_companies_are_judged_by_what_it_is_about(
    store: Store, article: Make, now: datetime
) -> None:
    with store.begin() as tx:
        models.put(tx, version("old", ModelState.CHAMPION, now))
        models.put(tx, version("new", ModelState.CHALLENGER, now))
        drawn = [Disagreement(enter(tx, article, now).id, "legal", "deal") for _ in range(3)]
        duels.begin(tx, "old", "new", Judgement.TOPIC, SHARE, drawn, RULE, now)
        for task, topics in zip(asked(tx), (["deal"], ["legal", "deal"], ["other"]), strict=True):
            answers.answer(tx, task.id, "ann", "neutral", topics, now)
        duel = duels.of(tx, "new")
        assert duel is not None
        assert {"wins": 1, "losses": 0, "ties": 2}.items() <= duel.standing.items()

        models.put(tx, version("newer", ModelState.CHALLENGER, now))
        drawn = [Disagreement(enter(tx, article, now).id, "negative", "positive", "acme") for _ in range(3)]
        duels.begin(tx, "old", "newer", Judgement.COMPANY, SHARE, drawn, RULE, now)
        for task, towards in zip(asked(tx), ({"acme": "positive"}, {"bolt": "negative"}), strict=False):
            answers.answer(tx, task.id, "ann", "neutral", [], now, companies=towards)
        duel = duels.of(tx, "newer")
        assert duel is not None and duel.standing["labels"] == 1, "the other says nothing of acme"


def test_candidates_taught_and_measured_nobody(store: Store, article: Make, now: datetime) -> None:
    with store.begin() as tx:
        fresh = enter(tx, article, now)
        enter(tx, article, now - timedelta(days=30))
        enter(tx, article, now, sample=True)
        labelled = enter(tx, article, now)
        task = tasks.open_task(tx, labelled.id, Decision(Route.REVIEW, "unsure"), 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", None, now)
        found = duels.candidates(tx, now - timedelta(days=14))
    assert found == [(fresh.story_id, fresh.id)]
