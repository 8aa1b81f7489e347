"""The queue: one task per article, handed to as many analysts as it wants answers of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import NotFoundError, TakenError
from monitor.records import Article, Decision, Lane, Route, Task, TaskState
from monitor.store import Store, Tx, answers, articles, stories, tasks
from monitor.store.tasks import CLAIM_SECONDS
from tests.clocks import pass_time

REVIEW = Decision(Route.REVIEW, "unsure")
AUDIT = Decision(Route.AUDIT, "drawn at random", 0.05)
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
        assert task == Task(
            task.id, article_id, Lane.REVIEW, "unsure", 0.5, TaskState.OPEN, now, text_id=task.text_id
        )
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


def test_who_holds_a_task_keeps_it_beyond_the_lease_and_who_does_not_loses_it(
    store: Store, queue: list[Task], now: datetime
) -> None:
    first, second, *_ = (task.id for task in queue)
    with store.begin() as tx:
        assert handed(tx, "ann", 2, now) == [first, second]
    for _ in range(3):
        with store.begin() as tx:
            pass_time(tx, CLAIM_SECONDS - 1)
            assert tasks.hold(tx, "ann", [first]) == [first], "and what is not asked for is not held"
    with store.begin() as tx:
        assert handed(tx, "bob", 1, now) == [second]
        answers.answer(tx, first, "ann", "neutral", [], now)
        assert tasks.hold(tx, "ann", [first, second, 10**6]) == [], "answered, another's, unknown"


def test_a_claim_that_ran_out_goes_on_where_nobody_took_the_task(
    store: Store, queue: list[Task], now: datetime
) -> None:
    first, second, *_ = (task.id for task in queue)
    with store.begin() as tx:
        handed(tx, "ann", 2, now)
        pass_time(tx, CLAIM_SECONDS + 1)
        assert handed(tx, "bob", 1, now) == [first]
        assert tasks.hold(tx, "ann", [first, second]) == [second]
        assert tasks.hold(tx, "eve", [second]) == [], "a claim is no one else's to hold"
        assert handed(tx, "bob", 9, now)[:2] == [first, queue[2].id]


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
        tasks.reprioritise(tx, [d, 99, a, b])
    assert [one for one in order() if one != a] == [d, b, c, e]
    with store.read() as tx:
        assert tasks.waiting(tx) == [d, b, c, e], "an audit is in nobody's order"
    with store.begin() as tx:
        tasks.reprioritise(tx, [e])
    assert next(one for one in order() if one != a) == e
    with store.begin() as tx:
        answers.skip(tx, queue[2].id, "ann", now)
        tasks.reprioritise(tx, [c])
        assert tasks.waiting(tx) == [b, d, e]  # of the orders before, only that they came first
        assert tasks.get(tx, queue[2].id).state is TaskState.SKIPPED


# --- what measures -------------------------------------------------------------------------------


@given(st.text(max_size=8), st.floats(0, 1), st.lists(st.integers(0, 7), max_size=12))
def test_of_what_is_handed_out_the_share_measures_however_it_is_asked_for(
    user: str, share: float, asked: list[int]
) -> None:
    places: list[bool] = []
    for n in asked:
        places += tasks.measuring_places(user, len(places), n, share)
    for first in range(len(places)):
        for last in range(first, len(places) + 1):
            assert abs(sum(places[first:last]) - share * (last - first)) < 1 + 1e-9


def test_audits_are_served_at_their_share_and_in_the_order_that_was_drawn(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        ids = [publish(tx).id for _ in range(130)]
        audits = [tasks.open_task(tx, one, AUDIT, 0.9, now) for one in ids[:30]]
        for one in ids[30:]:
            tasks.open_task(tx, one, REVIEW, 0.5, now)
        tasks.reprioritise(tx, ids[30:])
        served: list[Task] = []
        while some := tasks.next_tasks(tx, "ann", 7, now):
            served += some
            for task in some:
                answers.answer(tx, task.id, "ann", "neutral", None, now)
    lanes = [task.lane for task in served]
    assert len(served) == 130
    for first in range(0, 100, 10):
        assert lanes[first : first + 10].count(Lane.AUDIT) == 2, "one in five, from the first ten on"
    drawn = [task.id for task in served if task.lane is Lane.AUDIT]
    given = [task.id for task in audits if task is not None]
    assert sorted(drawn) == given and drawn != given
    assert all(task.blind for task in served if task.lane is Lane.AUDIT)


def test_one_question_is_not_repeated_for_a_copy_nor_for_another_lane(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        first, copy = publish(tx, "the same words"), publish(tx, "The same words.", source="other")
        assert first.text_id == copy.text_id
        task = tasks.open_task(tx, first.id, REVIEW, 0.5, now)
        assert task is not None
        assert tasks.open_task(tx, copy.id, REVIEW, 0.5, now) is None
        assert tasks.open_task(tx, copy.id, AUDIT, 0.5, now) is None
        asked = [tasks.ask(tx, copy.id, Lane.REQUEST, REVIEW, 1.0, now) for _ in range(2)]
        assert all(asked), "who corrects is heard as often as they like"
        assert tasks.of(tx, first.id) == asked[1]


def test_an_audit_is_not_asked_of_who_has_said_what_they_think_of_the_text(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        audit = tasks.open_task(tx, stored.id, AUDIT, 0.5, now)
        request = tasks.ask(tx, stored.id, Lane.REQUEST, Decision(Route.REVIEW, "wrong"), 1.0, now)
        assert audit is not None and request is not None
        answers.answer(tx, request.id, "ann", "negative", None, now)
        assert tasks.get(tx, audit.id).state is TaskState.OPEN, "a correction closes no audit"
        assert handed(tx, "ann", 9, now) == []
        with pytest.raises(TakenError, match="you have said what you think of its text"):
            answers.answer(tx, audit.id, "ann", "negative", None, now)
        assert handed(tx, "bob", 9, now) == [audit.id]


def test_a_task_about_a_text_that_is_gone_is_withdrawn_and_says_so(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        stored, copy = publish(tx, "as it was"), publish(tx, "as it was", source="other")
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        handed(tx, "ann", 1, now)
        articles.revise(tx, replace(stored, text="new", content="new"), now)
        assert tasks.outdated(tx, stored.text_id, now) == 0, "another article still says it"
        articles.revise(tx, replace(copy, text="new", content="new"), now)
        assert tasks.outdated(tx, stored.text_id, now) == 1
        assert tasks.get(tx, task.id).state is TaskState.WITHDRAWN and handed(tx, "ann", 1, now) == []
        with pytest.raises(TakenError, match="its source changed the text meanwhile"):
            answers.answer(tx, task.id, "ann", "neutral", None, now)


def test_stats_count_everything_once(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        answers.answer(tx, queue[1].id, "ann", "negative", None, now, gold=True)
        answers.answer(tx, queue[2].id, "bob", "negative", None, now)
        answers.skip(tx, queue[3].id, "bob", now)
        stats = tasks.stats(tx)
        lanes = stats.pop("lanes")
        assert lanes["audit"] == {
            "open": 1,
            "done": 0,
            "skipped": 0,
            "withdrawn": 0,
            "inclusion": [0.05, 0.05],
        }
        assert lanes["review"] == {"open": 1, "done": 2, "skipped": 1, "withdrawn": 0, "inclusion": None}
        assert stats == {
            "open": 2,
            "review": 1,
            "audit": 1,
            "explore": 0,
            "duel": 0,
            "request": 0,
            "done": 2,
            "skipped": 1,
            "withdrawn": 0,
            "labels": 2,
            "gold": 1,
            "by_user": {"ann": 1, "bob": 1},
        }
        answers.undo(tx, "bob", now)
        assert tasks.stats(tx)["open"] == 3


def test_an_empty_queue_has_stats(store: Store) -> None:
    with store.read() as tx:
        stats = tasks.stats(tx)
    lanes = stats.pop("lanes")
    assert set(lanes) == set(Lane) and not any(any(one.values()) for one in lanes.values())
    counted = {"open", "done", "skipped", "withdrawn", "labels", "gold", "by_user", *Lane}
    assert set(stats) == counted
    assert not any(stats.values())
