"""Answers: one of each analyst, stored once however often it is sent, and a way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from monitor.errors import ConflictError, NotFoundError, TakenError
from monitor.messages import Message
from monitor.records import Article, Decision, Label, Mention, Route, Task, TaskState
from monitor.store import Store, Tx, answers, articles, labels, mentions, open_store, predictions, tasks
from monitor.store.answers import Circumstances
from monitor.store.mentions import Towards
from monitor.store.tasks import CLAIM_SECONDS
from tests.clocks import pass_time

REVIEW = Decision(Route.REVIEW, "unsure")
AUDIT = Decision(Route.AUDIT, "drawn at random")
Publish = Callable[..., Article]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue(store: Store, publish: Publish, now: datetime) -> list[Task]:
    """Five open tasks, the first served first."""
    with store.begin() as tx:
        opened = [tasks.open_task(tx, publish(tx).id, REVIEW, 0.9 - place / 10, now) for place in range(5)]
    return [task for task in opened if task]


def given(tx: Tx) -> list[tuple[str, str]]:
    return [(found.label.user, found.label.sentiment) for found in labels.current(tx)]


def test_an_answer_closes_the_task_and_is_the_label(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        tasks.next_tasks(tx, "ann", 1, now)
        how = Circumstances(suggested=True, seconds=2.5)
        label = answers.answer(
            tx,
            queue[0].id,
            "ann",
            "negative",
            ["macro"],
            now,
            gold=True,
            companies={"acme": "neutral"},
            how=how,
        )
        assert label == Label(
            article_id=queue[0].article_id,
            task_id=queue[0].id,
            user="ann",
            sentiment="negative",
            topics=("macro",),
            created_at=now,
            gold=True,
            id=label.id,
            companies={"acme": "neutral"},
            suggested=True,
            seconds=2.5,
            text_id=queue[0].text_id,
            lane=queue[0].lane,
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
        answers.answer(tx, queue[0].id, "ann", "negative", None, now)
        with pytest.raises(ConflictError, match="ann labelled it negative before") as caught:
            if way == "answer":
                answers.answer(tx, queue[0].id, second, "positive", None, now)
            else:
                answers.skip(tx, queue[0].id, second, now)
        assert isinstance(caught.value.told, Message) and "负面" in caught.value.told.said("zh")
        assert given(tx) == [("ann", "negative")]
        answers.skip(tx, queue[1].id, "ann", now)
        with pytest.raises(ConflictError, match="ann skipped it before"):
            answers.answer(tx, queue[1].id, second, "positive", None, now)


def test_a_task_on_another_screen_is_left_alone(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        tasks.next_tasks(tx, "ann", 1, now)
        with pytest.raises(ConflictError, match="ann is working on it"):
            answers.answer(tx, queue[0].id, "bob", "positive", None, now)
        with pytest.raises(ConflictError, match="ann is working on it"):
            answers.skip(tx, queue[0].id, "bob", now)
        pass_time(tx, CLAIM_SECONDS)
        answers.answer(tx, queue[0].id, "bob", "positive", None, now)  # she left
        with pytest.raises(ConflictError, match="bob labelled it positive before"):
            answers.answer(tx, queue[0].id, "ann", "negative", None, now)


def test_who_was_first_is_told_and_what_they_said(store: Store, queue: list[Task], now: datetime) -> None:
    def said(task: Task, user: str) -> tuple[str, str, str]:
        with pytest.raises(TakenError) as caught:
            answers.answer(tx, task.id, user, "neutral", None, now)
        return caught.value.user, caught.value.outcome, caught.value.sentiment

    with store.begin() as tx:
        answers.answer(tx, queue[0].id, "ann", "negative", None, now)
        answers.skip(tx, queue[1].id, "ann", now)
        tasks.next_tasks(tx, "ann", 1, now)
        assert said(queue[0], "bob") == said(queue[0], "ann") == ("ann", "label", "negative")
        assert said(queue[1], "bob") == ("ann", "skip", "")
        assert said(queue[2], "bob") == ("ann", "held", "")


def test_an_unknown_task_is_named(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        for ask in (
            lambda: answers.answer(tx, 41, "ann", "neutral", None, now),
            lambda: answers.skip(tx, 41, "ann", now),
        ):
            with pytest.raises(NotFoundError, match="task 41"):
                ask()


# --- several answers to one task ----------------------------------------------------------------


def test_a_task_that_wants_two_answers_closes_with_the_second(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        task = tasks.open_task(tx, publish(tx).id, REVIEW, 0.5, now, wanted=2)
        assert task is not None
        answers.skip(tx, task.id, "ann", now)
        with pytest.raises(ConflictError, match="you answered it already"):
            answers.answer(tx, task.id, "ann", "negative", None, now)
        answers.answer(tx, task.id, "bob", "positive", None, now)
        assert tasks.get(tx, task.id).state is TaskState.DONE
        with pytest.raises(ConflictError, match="bob labelled it positive before"):
            answers.answer(tx, task.id, "eve", "negative", None, now)
        answers.undo(tx, "ann", now)
        assert tasks.get(tx, task.id).state is TaskState.OPEN
        answers.answer(tx, task.id, "ann", "negative", None, now)
        assert given(tx) == [("ann", "negative")], "of a text's labels the newest counts"


@pytest.mark.parametrize("wanted", [1, 2])
def test_a_skipped_audit_goes_to_another_and_is_missing_only_skipped_twice(
    store: Store, publish: Publish, now: datetime, wanted: int
) -> None:
    with store.begin() as tx:
        task = tasks.open_task(tx, publish(tx).id, AUDIT, 0.5, now, wanted=wanted)
        assert task is not None
        answers.skip(tx, task.id, "ann", now)
        assert tasks.get(tx, task.id).state is TaskState.OPEN
        assert tasks.next_tasks(tx, "ann", 1, now) == [], "whoever left it is not asked again"
        [served] = tasks.next_tasks(tx, "bob", 1, now)
        assert served.id == task.id
        answers.skip(tx, task.id, "bob", now)
        assert tasks.get(tx, task.id).state is TaskState.SKIPPED
        assert answers.undo(tx, "bob", now) is not None
        answers.answer(tx, task.id, "bob", "neutral", None, now)
        state = TaskState.DONE if wanted == 1 else TaskState.OPEN
        assert tasks.get(tx, task.id).state is state


def test_a_label_is_of_every_article_with_its_text(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        copies = [publish(tx, "Profit “falls”"), publish(tx, 'profit  "falls".', source="other")]
        task = tasks.open_task(tx, copies[0].id, REVIEW, 0.5, now)
        assert task is not None and tasks.open_task(tx, copies[1].id, REVIEW, 0.5, now) is None
        answers.answer(tx, task.id, "ann", "negative", ["macro"], now)
        views = articles.views(tx, [one.id for one in copies])
        assert [(one.sentiment, one.topics, one.labelled) for one in views] == [
            ("negative", ("macro",), True)
        ] * 2
        later = publish(tx, "profit 'falls'".replace("'", '"'), source="third")
        predictions.settle(tx, later.id, now)
        assert articles.views(tx, [later.id])[0].labelled, "what arrives later is labelled already"
        answers.undo(tx, "ann", now)
        assert not any(one.labelled for one in articles.views(tx, [one.id for one in copies]))


def test_what_was_decided_between_readings_counts_whatever_comes_later(
    store: Store, publish: Publish, now: datetime
) -> None:
    with store.begin() as tx:
        stored = publish(tx)
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now, wanted=3)
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", None, now)
        answers.answer(tx, task.id, "eve", "neutral", None, now, gold=True)
        answers.answer(tx, task.id, "bob", "positive", None, now)
        assert given(tx) == [("eve", "neutral")]
        assert articles.views(tx, [stored.id])[0].sentiment == "neutral"


# --- sent again ------------------------------------------------------------------------------------


def test_an_answer_sent_again_is_the_same_answer(store: Store, queue: list[Task], now: datetime) -> None:
    how = Circumstances(key="k1")
    with store.begin() as tx:
        first = answers.answer(tx, queue[0].id, "ann", "negative", ["macro"], now, how=how)
        again = answers.answer(tx, queue[0].id, "ann", "negative", ["macro"], now + MINUTE, how=how)
        assert again == first and given(tx) == [("ann", "negative")]
        answers.skip(tx, queue[1].id, "ann", now, how=Circumstances(key="k2"))
        answers.skip(tx, queue[1].id, "ann", now, how=Circumstances(key="k2"))
        # another analyst's keys are their own
        answers.answer(tx, queue[2].id, "bob", "neutral", None, now, how=how)
        assert tasks.stats(tx)["by_user"] == {"ann": 1, "bob": 1}


@pytest.mark.parametrize("other", ["sentiment", "task", "skip", "topics", "companies"])
def test_a_key_is_good_for_one_answer(store: Store, queue: list[Task], now: datetime, other: str) -> None:
    how = Circumstances(key="k1")
    with store.begin() as tx:
        answers.answer(tx, queue[0].id, "ann", "negative", None, now, how=how)
        with pytest.raises(ConflictError, match="k1 was used for another answer"):
            if other == "skip":
                answers.skip(tx, queue[0].id, "ann", now, how=how)
            else:
                answers.answer(
                    tx,
                    queue[1 if other == "task" else 0].id,
                    "ann",
                    "positive" if other == "sentiment" else "negative",
                    ["macro"] if other == "topics" else None,
                    now,
                    companies={"acme": "neutral"} if other == "companies" else None,
                    how=how,
                )
        assert given(tx) == [("ann", "negative")]


def test_an_answer_taken_back_is_not_given_by_sending_it_again(
    store: Store, queue: list[Task], now: datetime
) -> None:
    how = Circumstances(key="k1")
    with store.begin() as tx:
        answers.answer(tx, queue[0].id, "ann", "negative", None, now, how=how)
        answers.undo(tx, "ann", now)
        answers.answer(tx, queue[0].id, "ann", "negative", None, now, how=how)  # the first one, late
        assert given(tx) == [] and tasks.get(tx, queue[0].id).state is TaskState.OPEN


def test_an_undo_sent_again_goes_no_further_back(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        for task in queue[:3]:
            answers.answer(tx, task.id, "ann", "negative", None, now)
        for _ in range(3):
            undone = answers.undo(tx, "ann", now, key="u1")
            assert undone is not None and undone.id == queue[2].id
        assert len(given(tx)) == 2
        undone = answers.undo(tx, "ann", now, key="u2")
        assert undone is not None and undone.id == queue[1].id


def test_an_undo_may_name_the_answer(store: Store, queue: list[Task], now: datetime) -> None:
    with store.begin() as tx:
        for place, task in enumerate(queue[:3]):
            how = Circumstances(key=f"k{place}")
            answers.answer(tx, task.id, "ann", "negative", None, now, how=how)
        for _ in range(2):
            undone = answers.undo(tx, "ann", now, "u1", of="k1")
            assert undone is not None and (undone.id, undone.state) == (queue[1].id, TaskState.OPEN)
        assert not answers.withdrawn(tx, "ann", "k0") and answers.withdrawn(tx, "ann", "k1")
        assert [found.label.task_id for found in labels.current(tx)] == [queue[0].id, queue[2].id]
        # another undo of it, of another tab, takes nothing else back
        answers.answer(tx, queue[1].id, "ann", "positive", None, now, how=Circumstances(key="k4"))
        again = answers.undo(tx, "ann", now, "u2", of="k1")
        assert again is not None and (again.id, again.state) == (queue[1].id, TaskState.DONE)
        assert given(tx) == [("ann", "negative"), ("ann", "negative"), ("ann", "positive")]
        for user, key in (("ann", "k9"), ("bob", "k0")):
            with pytest.raises(NotFoundError, match=f"no answer of yours has the key {key}"):
                answers.undo(tx, user, now, of=key)


# --- how it came about ----------------------------------------------------------------------------


def test_a_blind_answer_never_says_that_it_saw_a_suggestion(
    store: Store, publish: Publish, now: datetime
) -> None:
    saw = Circumstances(suggested=True)
    with store.begin() as tx:
        audit = tasks.open_task(tx, publish(tx).id, AUDIT, 0.9, now)
        hidden = tasks.open_task(tx, publish(tx).id, REVIEW, 0.8, now)
        shown = tasks.open_task(tx, publish(tx).id, REVIEW, 0.7, now)
        assert audit and hidden and shown
        tasks.next_tasks(tx, "ann", 2, now, blind=True)
        tasks.next_tasks(tx, "ann", 3, now)
        told = [
            answers.answer(tx, task.id, "ann", "neutral", None, now, how=saw).suggested
            for task in (audit, hidden, shown)
        ]
    assert told == [False, False, True]


def test_a_suggestion_that_was_sent_stays_known_when_the_task_is_made_blind(
    store: Store, queue: list[Task], now: datetime
) -> None:
    saw = Circumstances(suggested=True)
    with store.begin() as tx:
        tasks.next_tasks(tx, "ann", 1, now)  # with its suggestion
        handed = tasks.next_tasks(tx, "ann", 2, now, blind=True)
        assert [task.blind for task in handed] == [True, True], "nothing more is sent"
        told = [
            answers.answer(tx, task.id, "ann", "neutral", None, now, how=saw).suggested for task in handed
        ]
        assert told == [True, False]


def test_an_answer_without_the_suggestion_is_reopened_without_it(
    store: Store, queue: list[Task], now: datetime
) -> None:
    with store.begin() as tx:
        tasks.next_tasks(tx, "ann", 1, now, blind=True)
        answers.answer(tx, queue[0].id, "ann", "neutral", None, now)
        undone = answers.undo(tx, "ann", now)
        assert undone is not None and undone.blind
        tasks.next_tasks(tx, "ann", 2, now)
        answers.answer(tx, queue[1].id, "ann", "neutral", None, now, how=Circumstances(suggested=True))
        undone = answers.undo(tx, "ann", now)
        assert undone is not None and not undone.blind


def test_companies_are_judged_by_themselves(store: Store, publish: Publish, now: datetime) -> None:
    with store.begin() as tx:
        stored = publish(tx, "Acme beats Bolt")
        mentions.replace(tx, stored.id, [Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 11, 15)], now)
        task = tasks.open_task(tx, stored.id, REVIEW, 0.5, now)
        assert task is not None
        answers.answer(tx, task.id, "ann", "neutral", None, now, companies={"bolt": "negative"})
        assert mentions.companies(tx, [stored.id])[stored.id] == {
            "acme": Towards("neutral", 1.0),
            "bolt": Towards("negative", 1.0),
        }
        [found] = labels.current(tx)
        assert found.label.companies == {"bolt": "negative"}


# --- the way back --------------------------------------------------------------------------------


def test_undo_goes_back_through_ones_own_answers(store: Store, queue: list[Task], now: datetime) -> None:
    first, second, third, theirs, _ = (task.id for task in queue)
    with store.begin() as tx:
        answers.answer(tx, first, "ann", "negative", None, now)
        answers.skip(tx, second, "ann", now + MINUTE)
        answers.answer(tx, third, "ann", "positive", None, now - MINUTE)  # the clock was set back
        answers.answer(tx, theirs, "bob", "neutral", None, now + 2 * MINUTE)
        for expected in (third, second, first):
            reopened = answers.undo(tx, "ann", now + 3 * MINUTE)
            assert reopened is not None
            assert (reopened.id, reopened.state) == (expected, TaskState.OPEN)
            assert tasks.claimant(tx, expected, "bob") == "ann", "it is on her screen again"
        assert answers.undo(tx, "ann", now) is None
        assert given(tx) == [("bob", "neutral")]
        # a reopened task takes a new answer, and that one can be undone too
        again = answers.answer(tx, first, "ann", "positive", None, now + 4 * MINUTE)
        assert again.id > 0
        undone = answers.undo(tx, "ann", now + 5 * MINUTE)
        assert undone is not None and undone.id == first


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
        self.holder: dict[int, str] = {}  # who has it on the screen
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
                answers.skip(self.tx, task_id, user, self.now)
            else:
                answers.answer(self.tx, task_id, user, sentiment, None, self.now)
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
        task = answers.undo(self.tx, user, self.now)
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
