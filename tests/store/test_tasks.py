"""The queue: one task per article, handed to as many analysts as it wants answers of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from monitor.errors import NotFoundError
from monitor.records import Article, Decision, Lane, Route, Task, TaskState
from monitor.store import Store, Tx, answers, stories, tasks
from monitor.store.tasks import CLAIM_SECONDS
from tests.clocks import pass_time

REVIEW = Decision(Route.REVIEW, "unsure")
AUDIT = Decision(Route.AUDIT, "drawn at random")
Publish = Callable[..., Article]


@pytest.fixture
def queue(store: Store, publish: Publish, now: datetime) -> list[Task]:
    """Five open tasks, the first served first; that one is an audit."""
    with store.begin() as tx:
        opened = [
            tasks.open_task(tx, publish(tx).id, REVIEW if place else AUDIT, 0.9 - place / 10, now)
            for place in range(5)
        ]
    return [task for task in opened if task]


def handed(tx: Tx, user: str, n: int, now: datetime) -> list[int]:
    return [task.id for task in tasks.next_tasks(tx, user, n, now)]


def test_an_article_is_queued_once(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        article_id = publish(tx).id
        task = tasks.open_task(tx, article_id, REVIEW, 0.5, now)
        assert task == Task(task.id, article_id, Lane.REVIEW, "unsure", 0.5, TaskState.OPEN, now)
        assert tasks.open_task(tx, article_id, AUDIT, 0.9, now) is None
        answers.answer(tx, task.id, "ann", "neutral", None, now)
        assert tasks.open_task(tx, article_id, AUDIT, 0.9, now) is None
        found = tasks.of(tx, article_id)
        assert found is not None and found.id == task.id
        assert tasks.of(tx, 99) is None


def test_tasks_are_served_by_priority_and_to_one_analyst(
    store: Store, queue: list[Task], now: datetime
) -> None:
    served = [task.id for task in queue]
    with store.begin() as tx:
        assert handed(tx, "ann", 2, now) == served[:2]
        assert handed(tx, "bob", 2, now) == served[2:4]
        assert handed(tx, "ann", 9, now) == [*served[:2], served[4]]
        assert handed(tx, "eve", 9, now) == []
        assert handed(tx, "ann", 1, now) == served[:1]
        assert handed(tx, "ann", 0, now) == []


def test_an_abandoned_claim_is_free_again(store: Store, queue: list[Task], now: datetime) -> None:
    served = [task.id for task in queue]
    with store.begin() as tx:
        assert handed(tx, "ann", 9, now) == served
        pass_time(tx, CLAIM_SECONDS - 60)
        assert handed(tx, "bob", 9, now) == []
        pass_time(tx, 60)
        assert handed(tx, "bob", 3, now) == served[:3]
        pass_time(tx, 60)
        # ann comes back: hers are the two that nobody took
        assert handed(tx, "ann", 9, now) == served[3:]


@pytest.mark.parametrize("year", [1990, 2036])
def test_no_wrong_date_keeps_a_claim_or_ends_it(
    store: Store, queue: list[Task], now: datetime, year: int
) -> None:
    with store.begin() as tx:
        assert len(handed(tx, "ann", 9, now.replace(year=year))) == 5
        assert handed(tx, "bob", 9, now) == [], "she has them on the screen, whatever her clock said"
        pass_time(tx, CLAIM_SECONDS)
        assert len(handed(tx, "bob", 9, now)) == 5


def test_asking_again_keeps_a_claim(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        handed(tx, "ann", 5, now)
        for _ in range(3):
            pass_time(tx, CLAIM_SECONDS - 60)
            assert len(handed(tx, "ann", 5, now)) == 5
        assert handed(tx, "bob", 5, now) == []


def test_a_task_given_back_is_free_at_once(store: Store, queue: list[Task], now: datetime) -> None:
    served = [task.id for task in queue]
    with store.begin() as tx:
        handed(tx, "ann", 5, now)
        tasks.release(tx, "bob", served)  # not his to give
        assert handed(tx, "bob", 5, now) == []
        tasks.release(tx, "ann", served[1:3])
        assert handed(tx, "bob", 5, now) == served[1:3]


def test_a_task_that_wants_two_answers_is_handed_to_two(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        task = tasks.open_task(tx, publish(tx).id, AUDIT, 0.5, now, wanted=2)
        assert task is not None and task.wanted == 2
        assert handed(tx, "ann", 1, now) == handed(tx, "bob", 1, now) == [task.id]
        assert handed(tx, "eve", 1, now) == []
        answers.answer(tx, task.id, "ann", "negative", None, now)
        assert tasks.get(tx, task.id).state is TaskState.OPEN
        assert handed(tx, "ann", 1, now) == [], "nobody answers twice"
        assert handed(tx, "eve", 1, now) == [] and handed(tx, "bob", 1, now) == [task.id]
        pass_time(tx, CLAIM_SECONDS)
        assert handed(tx, "eve", 1, now) == [task.id], "bob left"


# --- blind --------------------------------------------------------------------------------------


def test_what_was_drawn_to_check_the_model_is_asked_blind(
    store: Store, queue: list[Task], now: datetime
) -> None:
    with store.begin() as tx:
        assert [task.blind for task in tasks.next_tasks(tx, "ann", 5, now)] == [True, *[False] * 4]


def test_who_asks_for_blind_tasks_has_them_blind_until_answered(
    store: Store, queue: list[Task], now: datetime
) -> None:
    with store.begin() as tx:
        assert all(task.blind for task in tasks.next_tasks(tx, "ann", 2, now, blind=True))
        again = tasks.next_tasks(tx, "ann", 3, now)
        assert [task.blind for task in again] == [True, True, False], "what was blind stays it"
        assert [task.blind for task in tasks.next_tasks(tx, "ann", 3, now, blind=True)] == [True] * 3


def test_the_stories_judged_blind_are_known_while_they_are(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        story = stories.create(tx, now)
        seen = [publish(tx, story_id=story), publish(tx)]
        first, second = (tasks.open_task(tx, one.id, REVIEW, 0.5, now) for one in seen)
        assert first is not None and second is not None
        tasks.next_tasks(tx, "ann", 1, now, blind=True)
        tasks.next_tasks(tx, "bob", 1, now)
        assert tasks.blinded(tx, "ann") == {story} and tasks.blinded(tx, "bob") == set()
        answers.answer(tx, first.id, "ann", "neutral", None, now)
        assert tasks.blinded(tx, "ann") == set()
        tasks.release(tx, "bob", [second.id])
        tasks.next_tasks(tx, "ann", 1, now, blind=True)
        assert tasks.blinded(tx, "ann") == {seen[1].story_id}
        pass_time(tx, CLAIM_SECONDS)
        assert tasks.blinded(tx, "ann") == set(), "it is off the screen"


# --- order and counts ----------------------------------------------------------------------------


def test_an_unknown_task_is_named(store: Store) -> None:
    with store.begin() as tx, pytest.raises(NotFoundError, match="task 41"):
        tasks.get(tx, 41)


def test_an_order_given_is_served_first(store: Store, queue: list[Task], now: datetime) -> None:
    a, b, c, d, e = (task.article_id for task in queue)

    def order() -> list[int]:
        with store.begin() as tx:
            served = [task.article_id for task in tasks.next_tasks(tx, "ann", 9, now)]
            tx.rollback()
        return served

    with store.begin() as tx:
        tasks.reprioritise(tx, [d, 99, b])
    assert order() == [d, b, a, c, e]
    with store.read() as tx:
        assert tasks.waiting(tx) == [d, b, a, c, e]
    with store.begin() as tx:
        tasks.reprioritise(tx, [e])
    assert order()[0] == e
    with store.begin() as tx:
        answers.skip(tx, queue[0].id, "ann", now)
        tasks.reprioritise(tx, [a])
        assert tasks.waiting(tx) == [b, d, e, c]  # of the orders before, only that they came first
        assert tasks.get(tx, queue[0].id).state is TaskState.SKIPPED


def test_stats_count_everything_once(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        answers.answer(tx, queue[1].id, "ann", "negative", None, now, gold=True)
        answers.answer(tx, queue[2].id, "bob", "negative", None, now)
        answers.skip(tx, queue[3].id, "bob", now)
        assert tasks.stats(tx) == {
            "open": 2,
            "review": 1,
            "audit": 1,
            "explore": 0,
            "duel": 0,
            "request": 0,
            "done": 2,
            "skipped": 1,
            "labels": 2,
            "gold": 1,
            "by_user": {"ann": 1, "bob": 1},
        }
        answers.undo(tx, "bob", now)
        assert tasks.stats(tx)["open"] == 3


def test_an_empty_queue_has_stats(store: Store) -> None:
    with store.read() as tx:
        stats = tasks.stats(tx)
    counted = {"open", "done", "skipped", "labels", "gold", "by_user", *Lane}
    assert set(stats) == counted
    assert not any(stats.values())
