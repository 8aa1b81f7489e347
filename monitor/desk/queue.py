"""The labelling queue at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.desk.seat import Seat, within
from monitor.desk.views import TaskView
from monitor.errors import UserError
from monitor.records import SENTIMENTS, Label, Role, Task
from monitor.store import Tx, articles, predictions, tasks


class Queue(Seat):
    """Labelling takes an analyst."""

    def tasks(self, n: int = 1) -> list[TaskView]:
        """The next `n` tasks, claimed for this user for a while."""
        self._may(Role.ANALYST, "take tasks")
        within("n", n, 1, 100)
        with self.monitor.store.begin() as tx:
            claimed = tasks.next_tasks(tx, self.user.name, n, self.monitor.now())
            return [self._task(tx, task) for task in claimed]

    def label(self, task_id: int, sentiment: str, topics: Sequence[str] | None = None) -> Label:
        """Answer a task. Raises NotFoundError, ConflictError, and UserError for an unknown class."""
        self._may(Role.ANALYST, "label")
        if sentiment not in SENTIMENTS:
            raise UserError(f"sentiment {sentiment!r}: expected one of {', '.join(SENTIMENTS)}")
        known = {topic.name for topic in self.monitor.settings.taxonomy}
        for name in topics or ():
            if name not in known:
                raise UserError(f"topic {name!r}: expected one of {', '.join(sorted(known))}")
        chosen = None if topics is None else tuple(dict.fromkeys(topics))
        with self.monitor.store.begin() as tx:
            label = tasks.answer(tx, task_id, self.user.name, sentiment, chosen, self.monitor.now())
            self._wrote(tx, "task.label", str(task_id), {"sentiment": sentiment, "topics": chosen})
        return label

    def skip(self, task_id: int) -> None:
        """Leave a task unanswered. Raises NotFoundError, ConflictError."""
        self._may(Role.ANALYST, "skip tasks")
        with self.monitor.store.begin() as tx:
            tasks.skip(tx, task_id, self.user.name, self.monitor.now())
            self._wrote(tx, "task.skip", str(task_id))

    def undo(self) -> TaskView | None:
        """Take this user's last answer or skip back: the reopened task, or None where there is none."""
        self._may(Role.ANALYST, "label")
        with self.monitor.store.begin() as tx:
            task = tasks.undo(tx, self.user.name, self.monitor.now())
            if task is None:
                return None
            self._wrote(tx, "task.undo", str(task.id))
            return self._task(tx, task)

    def queue_stats(self) -> Mapping[str, Any]:
        """Counts of tasks and labels, as `store.tasks.stats` gives them."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return tasks.stats(tx)

    def _task(self, tx: Tx, task: Task) -> TaskView:
        current = predictions.current(tx, task.article_id)
        return TaskView(task, articles.get(tx, task.article_id), current[0] if current else None)
