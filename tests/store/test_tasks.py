"""The queue: one task per article, one analyst per task, one answer, and a way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from monitor.errors import ConflictError, NotFoundError
from monitor.records import Article, Decision, Label, Route, Task, TaskState
from monitor.store import Store, labels, open_store, tasks

REVIEW = Decision(Route.REVIEW, "unsure")
AUDIT = Decision(Route.AUDIT, "drawn at random")
Publish = Callable[..., Article]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue(store: Store, publish: Publish, now: datetime) -> list[Task]:
    """Five open tasks, the first served first."""
    with store.begin() as tx:
        opened = [
            tasks.open_task(tx, publish(tx).id, REVIEW if place else AUDIT, 0.9 - place / 10, now)
            for place in range(5)
        ]
    return [task for task in opened if task]


def test_an_article_is_queued_once(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        article_id = publish(tx).id
        task = tasks.open_task(tx, article_id, REVIEW, 0.5, now)
        assert task == Task(task.id, article_id, Route.REVIEW, "unsure", 0.5, TaskState.OPEN, now)
        assert tasks.open_task(tx, article_id, AUDIT, 0.9, now) is None
        tasks.answer(tx, task.id, "ann", "neutral", None, now)
        assert tasks.open_task(tx, article_id, AUDIT, 0.9, now) is None
        found = tasks.of(tx, article_id)
        assert found is not None and found.id == task.id
        assert tasks.of(tx, 99) is None


def test_tasks_are_served_by_priority_and_to_one_analyst(
    store: Store, queue: list[Task], now: datetime
) -> None:
    served = [task.id for task in queue]
    with store.begin() as tx:
        mine = tasks.next_tasks(tx, "ann", 2, now)
        assert [task.id for task in mine] == served[:2]
        assert {(task.claimed_by, task.claimed_at) for task in mine} == {("ann", now)}
        assert [task.id for task in tasks.next_tasks(tx, "bob", 2, now)] == served[2:4]
        assert [task.id for task in tasks.next_tasks(tx, "ann", 9, now)] == [*served[:2], served[4]]
        assert tasks.next_tasks(tx, "eve", 9, now) == []
        assert [task.id for task in tasks.next_tasks(tx, "ann", 1, now)] == served[:1]
        assert tasks.next_tasks(tx, "ann", 0, now) == []


def test_an_abandoned_claim_is_free_again(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        assert len(tasks.next_tasks(tx, "ann", 9, now)) == 5
        assert tasks.next_tasks(tx, "bob", 9, now + 14 * MINUTE) == []
        assert len(tasks.next_tasks(tx, "bob", 3, now + 15 * MINUTE)) == 3
        # ann comes back: hers are the two that nobody took
        assert [task.id for task in tasks.next_tasks(tx, "ann", 9, now + 16 * MINUTE)] == [
            task.id for task in queue[3:]
        ]


def test_an_answer_closes_the_task_and_is_the_label(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        label = tasks.answer(tx, queue[0].id, "ann", "negative", ["macro"], now, gold=True)
        assert label == Label(
            queue[0].article_id, queue[0].id, "ann", "negative", ("macro",), now, gold=True, id=label.id
        )
        assert [found.label for found in labels.current(tx)] == [label]
        assert tasks.get(tx, queue[0].id).state is TaskState.DONE
        assert tasks.open_count(tx) == 4
        assert queue[0].id not in {task.id for task in tasks.next_tasks(tx, "ann", 9, now)}


@pytest.mark.parametrize("second", ["ann", "bob"])
@pytest.mark.parametrize("way", ["answer", "skip"])
def test_a_closed_task_takes_no_second_answer(
    store: Store, queue: list[Task], now: datetime, second: str, way: str
) -> None:
    with store.begin() as tx:
        tasks.answer(tx, queue[0].id, "ann", "negative", None, now)
        with pytest.raises(ConflictError, match=r"ann closed it already \(done\)"):
            if way == "answer":
                tasks.answer(tx, queue[0].id, second, "positive", None, now)
            else:
                tasks.skip(tx, queue[0].id, second, now)
        assert [found.label.sentiment for found in labels.current(tx)] == ["negative"]


def test_a_task_on_another_screen_is_left_alone(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        tasks.next_tasks(tx, "ann", 1, now)
        with pytest.raises(ConflictError, match="ann is working on it"):
            tasks.answer(tx, queue[0].id, "bob", "positive", None, now)
        with pytest.raises(ConflictError, match="ann is working on it"):
            tasks.skip(tx, queue[0].id, "bob", now)
        tasks.answer(tx, queue[0].id, "bob", "positive", None, now + 15 * MINUTE)  # she left


def test_an_unknown_task_is_named(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for ask in (
            lambda: tasks.get(tx, 41),
            lambda: tasks.answer(tx, 41, "ann", "neutral", None, now),
            lambda: tasks.skip(tx, 41, "ann", now),
        ):
            with pytest.raises(NotFoundError, match="task 41"):
                ask()


def test_undo_goes_back_through_ones_own_answers(store: Store, queue: list[Task], now: datetime) -> None:
    first, second, third, theirs, _ = (task.id for task in queue)
    with store.begin() as tx:
        tasks.answer(tx, first, "ann", "negative", None, now)
        tasks.skip(tx, second, "ann", now + MINUTE)
        tasks.answer(tx, third, "ann", "positive", None, now + MINUTE)
        tasks.answer(tx, theirs, "bob", "neutral", None, now + 2 * MINUTE)
        for expected in (third, second, first):
            reopened = tasks.undo(tx, "ann", now + 3 * MINUTE)
            assert reopened is not None
            assert (reopened.id, reopened.state) == (expected, TaskState.OPEN)
            assert (reopened.claimed_by, reopened.claimed_at) == ("ann", now + 3 * MINUTE)
        assert tasks.undo(tx, "ann", now) is None
        assert [found.label.user for found in labels.current(tx)] == ["bob"]
        # a reopened task takes a new answer, and that one can be undone too
        again = tasks.answer(tx, first, "ann", "positive", None, now + 4 * MINUTE)
        assert again.id > 0
        undone = tasks.undo(tx, "ann", now + 5 * MINUTE)
        assert undone is not None and undone.id == first


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
        tasks.skip(tx, queue[0].id, "ann", now)
        tasks.reprioritise(tx, [a])
        assert tasks.waiting(tx) == [b, d, e, c]  # of the orders before, only that they came first
        assert tasks.get(tx, queue[0].id).state is TaskState.SKIPPED


def test_stats_count_everything_once(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        tasks.answer(tx, queue[1].id, "ann", "negative", None, now, gold=True)
        tasks.answer(tx, queue[2].id, "bob", "negative", None, now)
        tasks.skip(tx, queue[3].id, "bob", now)
        assert tasks.stats(tx) == {
            "open": 2,
            "review": 1,
            "audit": 1,
            "done": 2,
            "skipped": 1,
            "labels": 2,
            "gold": 1,
            "by_user": {"ann": 1, "bob": 1},
        }
        tasks.undo(tx, "bob", now)
        assert tasks.stats(tx)["open"] == 3


def test_an_empty_queue_has_stats(store: Store) -> None:
    with store.read() as tx:
        stats = tasks.stats(tx)
    assert set(stats) == {"open", "review", "audit", "done", "skipped", "labels", "gold", "by_user"}
    assert not any(stats.values())


class Queue(RuleBasedStateMachine):
    """Three analysts do anything in any order; a model in Python says what must come of it."""

    publish: Publish
    url: str
    now: datetime
    users = st.sampled_from(["ann", "bob", "eve"])

    def __init__(self) -> None:
        super().__init__()
        self.store = open_store(self.url)
        self.context = self.store.begin()
        self.tx = self.context.__enter__()
        self.holder: dict[int, str] = {}
        self.closed: dict[int, tuple[str, str | None]] = {}  # by whom, and the sentiment
        self.done: dict[str, list[int]] = {"ann": [], "bob": [], "eve": []}

    @initialize(n=st.integers(1, 5))
    def fill(self, n: int) -> None:
        opened = [tasks.open_task(self.tx, self.publish(self.tx).id, REVIEW, 0.5, self.now) for _ in range(n)]
        self.ids = [task.id for task in opened if task]

    @rule(user=users, n=st.integers(1, 3))
    def claim(self, user: str, n: int) -> None:
        self.now += timedelta(seconds=1)
        for task in tasks.next_tasks(self.tx, user, n, self.now):
            assert task.id not in self.closed
            assert self.holder.setdefault(task.id, user) == user

    @rule(user=users, place=st.integers(0, 4), sentiment=st.sampled_from([None, "negative", "positive"]))
    def close(self, user: str, place: int, sentiment: str | None) -> None:
        self.now += timedelta(seconds=1)
        task_id = self.ids[place % len(self.ids)]
        free = task_id not in self.closed and self.holder.get(task_id, user) == user
        try:
            if sentiment is None:
                tasks.skip(self.tx, task_id, user, self.now)
            else:
                tasks.answer(self.tx, task_id, user, sentiment, None, self.now)
        except ConflictError:
            assert not free
        else:
            assert free
            self.holder.pop(task_id, None)
            self.closed[task_id] = (user, sentiment)
            self.done[user].append(task_id)

    @rule(user=users)
    def undo(self, user: str) -> None:
        self.now += timedelta(seconds=1)
        task = tasks.undo(self.tx, user, self.now)
        expected = self.done[user].pop() if self.done[user] else None
        assert (task.id if task else None) == expected
        if expected is not None:
            del self.closed[expected]
            self.holder[expected] = user

    @invariant()
    def labels_are_the_answers(self) -> None:
        standing = {
            found.label.task_id: (found.label.user, found.label.sentiment)
            for found in labels.current(self.tx)
        }
        assert standing == {task_id: closed for task_id, closed in self.closed.items() if closed[1]}

    def teardown(self) -> None:
        self.tx.rollback()
        self.context.__exit__(None, None, None)
        self.store.close()


def test_any_order_of_work_keeps_the_queue_right(sqlite_url: str, publish: Publish, now: datetime) -> None:
    machine = type("Machine", (Queue,), {"publish": staticmethod(publish), "url": sqlite_url, "now": now})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
