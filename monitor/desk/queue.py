"""The labelling queue at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitor.desk.seat import Seat, within
from monitor.desk.views import TaskView
from monitor.errors import NotFoundError, UserError
from monitor.messages import Message
from monitor.records import SENTIMENTS, Label, Role, Task
from monitor.store import Tx, answers, articles, predictions, tasks
from monitor.store.answers import Circumstances

MOST_TASKS = 100
MOST_SECONDS = 86_400.0


class Queue(Seat):
    """Labelling takes an analyst."""

    def tasks(self, n: int = 1, *, blind: bool = False) -> list[TaskView]:
        """The next `n` tasks, claimed for this user for a while; those already theirs come first.

        With `blind`, or where a task is, it comes without the model's opinion, which is then shown to
        this user nowhere until they have answered.
        """
        self._may(Role.ANALYST, "take tasks")
        within("n", n, 1, MOST_TASKS)
        with self.monitor.store.begin() as tx:
            handed = tasks.next_tasks(tx, self.user.name, n, self.monitor.now(), blind=blind)
            return [self._task(tx, task) for task in handed]

    def release(self, task_ids: Sequence[int]) -> None:
        """Give claimed tasks back, for others to take."""
        self._may(Role.ANALYST, "take tasks")
        within("tasks", len(task_ids), 0, MOST_TASKS)
        with self.monitor.store.begin() as tx:
            tasks.release(tx, self.user.name, task_ids)

    def label(
        self,
        task_id: int,
        sentiment: str,
        topics: Sequence[str] | None = None,
        companies: Mapping[str, str] | None = None,
        how: Circumstances | None = None,
    ) -> Label:
        """Answer a task. `companies` holds the sentiment towards each company that is judged by itself.

        Raises NotFoundError, also for a company that the article does not name, ConflictError, and
        UserError for an unknown class or topic.
        """
        self._may(Role.ANALYST, "label")
        _known("sentiment", sentiment, SENTIMENTS)
        names = sorted(topic.name for topic in self.monitor.settings.taxonomy)
        for name in topics or ():
            _known("topic", name, names)
        chosen = None if topics is None else tuple(dict.fromkeys(topics))
        towards = dict(companies or {})
        for judged in towards.values():
            _known("sentiment", judged, SENTIMENTS)
        detail = {"sentiment": sentiment, "topics": chosen, "companies": towards}
        with self.monitor.store.begin() as tx:
            again = how is not None and answers.known(tx, self.user.name, how.key)
            if towards:
                named = sorted(articles.get(tx, tasks.get(tx, task_id).article_id).named)
                for company in towards:
                    if company not in named:
                        raise NotFoundError(_unknown("company", company, named))
            label = answers.answer(
                tx,
                task_id,
                self.user.name,
                sentiment,
                chosen,
                self.monitor.now(),
                companies=towards,
                how=_checked(how),
            )
            if not again:
                self._wrote(tx, "task.label", str(task_id), detail)
        return label

    def skip(self, task_id: int, how: Circumstances | None = None) -> None:
        """Leave a task unanswered. Raises NotFoundError, ConflictError."""
        self._may(Role.ANALYST, "skip tasks")
        with self.monitor.store.begin() as tx:
            again = how is not None and answers.known(tx, self.user.name, how.key)
            answers.skip(tx, task_id, self.user.name, self.monitor.now(), how=_checked(how))
            if not again:
                self._wrote(tx, "task.skip", str(task_id))

    def undo(self, key: str = "") -> TaskView | None:
        """Take this user's last answer or skip back: the reopened task, or None where there is none.

        The same `key` again takes nothing further back.
        """
        self._may(Role.ANALYST, "label")
        with self.monitor.store.begin() as tx:
            again = answers.known(tx, self.user.name, key)
            task = answers.undo(tx, self.user.name, self.monitor.now(), key)
            if task is None:
                return None
            if not again:
                self._wrote(tx, "task.undo", str(task.id))
            return self._task(tx, task)

    def queue_stats(self) -> Mapping[str, Any]:
        """Counts of tasks and labels, as `store.tasks.stats` gives them."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return tasks.stats(tx)

    def _task(self, tx: Tx, task: Task) -> TaskView:
        article = articles.get(tx, task.article_id)
        if task.blind:  # why it is asked says what the model thinks, and so does its place
            return TaskView(replace(task, reason="", priority=0.0), article, None)
        current = predictions.current(tx, task.article_id)
        return TaskView(task, article, current[0] if current else None)


def _known(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise UserError(_unknown(what, value, known))


def _unknown(what: str, value: str, known: Sequence[str]) -> Message:
    return Message("queue.unknown", what=Message(f"queue.{what}"), value=value, known=known)


def _checked(how: Circumstances | None) -> Circumstances:
    """What the sender says of an answer, within reason."""
    if how is None:
        return Circumstances()
    seconds = how.seconds
    if seconds is not None and not 0 <= seconds <= MOST_SECONDS:
        raise UserError(Message("queue.seconds", seconds=seconds, most=MOST_SECONDS))
    return how
