"""The labelling queue at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from monitor.desk.seat import Seat, within
from monitor.desk.views import Named, TaskView
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.messages import LANGUAGES, Message, said
from monitor.news import marks
from monitor.records import MEASURING, SENTIMENTS, Article, Label, Role, Task
from monitor.store import Tx, answers, articles, audits, guidelines, predictions, tasks
from monitor.store.answers import Circumstances

if TYPE_CHECKING:
    from monitor.app import Monitor

MOST_TASKS = 100
MOST_SECONDS = 86_400.0
MOST_NOTE = 2000
"""Characters of a reason."""


class Queue(Seat):
    """Labelling takes an analyst."""

    def tasks(self, n: int = 1, *, blind: bool = False) -> list[TaskView]:
        """The next `n` tasks, claimed for this user for a while; those already theirs come first.

        With `blind`, or where a task is, it comes without the model's opinion, which is then shown to
        this user nowhere until they have answered.
        """
        self._may(Role.ANALYST, "take tasks")
        within("n", n, 1, MOST_TASKS)
        now, share = self.monitor.now(), self.monitor.settings.queue.blind_share
        with self.monitor.store.begin() as tx:
            handed = tasks.next_tasks(tx, self.user.name, n, now, blind=blind, blind_share=share)
            return self._views(tx, handed)

    def hold(self, task_ids: Sequence[int]) -> list[int]:
        """Keep claimed tasks for this user for longer: who reads on sends this now and then. Those that are
        still theirs; the others were closed, or somebody else has them."""
        self._may(Role.ANALYST, "take tasks")
        within("tasks", len(task_ids), 0, MOST_TASKS)
        with self.monitor.store.begin() as tx:
            return tasks.hold(tx, self.user.name, task_ids)

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
        *,
        article: str = "",
    ) -> Label:
        """Answer a task. `companies` holds the sentiment towards each company that is judged by itself;
        `article` is the identity key of the article that the sender saw ("" where they do not say).

        Raises NotFoundError, also for a company that the article does not name, UserError for an unknown
        class or topic and where an answer that measures models leaves something out, TakenError where
        somebody else was first, and ConflictError where the key was another answer's, or the task is about
        another article than the one seen (a backup restored meanwhile gives numbers out again).
        """
        self._may(Role.ANALYST, "label")
        with self.monitor.store.begin() as tx:
            again = how is not None and answers.known(tx, self.user.name, how.key)
            task = tasks.get(tx, task_id)
            seen = articles.get(tx, task.article_id)
            said = answered(self.monitor, seen, sentiment, topics, companies)
            _same(task_id, article, seen.identity_key)
            if task.lane in MEASURING:
                _whole(task_id, seen, said)
            label = answers.answer(
                tx,
                task_id,
                self.user.name,
                sentiment,
                said.topics,
                self.monitor.now(),
                companies=said.companies,
                how=replace(_checked(how), guideline=guidelines.newest(tx)),
            )
            if not again:
                detail = {"sentiment": sentiment, "topics": said.topics, "companies": said.companies}
                self._wrote(tx, "task.label", str(task_id), detail)
        return label

    def skip(self, task_id: int, how: Circumstances | None = None, *, article: str = "") -> None:
        """Leave a task unanswered, `how.note` says why; `article` as for `label`.

        Raises NotFoundError, TakenError, ConflictError, UserError for a note that is too long.
        """
        self._may(Role.ANALYST, "skip tasks")
        within("note", len(how.note) if how else 0, 0, MOST_NOTE)
        with self.monitor.store.begin() as tx:
            again = how is not None and answers.known(tx, self.user.name, how.key)
            if article:
                _same(task_id, article, articles.get(tx, tasks.get(tx, task_id).article_id).identity_key)
            answers.skip(tx, task_id, self.user.name, self.monitor.now(), how=_checked(how))
            if not again:
                self._wrote(tx, "task.skip", str(task_id), {"note": how.note} if how and how.note else None)

    def undo(self, key: str = "", of: str = "") -> TaskView | None:
        """Take this user's last answer or skip back, or the one given under the key `of`: the reopened
        task, or None where there is none.

        The same `key` again takes nothing further back. Raises NotFoundError where there is no answer `of`.
        """
        self._may(Role.ANALYST, "label")
        with self.monitor.store.begin() as tx:
            again = answers.known(tx, self.user.name, key) or answers.withdrawn(tx, self.user.name, of)
            task = answers.undo(tx, self.user.name, self.monitor.now(), key, of=of)
            if task is None:
                return None
            if not again:
                self._wrote(tx, "task.undo", str(task.id))
            (view,) = self._views(tx, [task])
            return view

    def min_seen_ms(self) -> int:
        """How long an article must have been on the screen before it takes a key (milliseconds)."""
        self._may(Role.VIEWER, "read")
        return self.monitor.settings.queue.min_seen_ms

    def queue_stats(self) -> Mapping[str, Any]:
        """Counts of tasks and labels, as `store.tasks.stats` gives them, and `audits` as `store.audits.stats`
        gives them."""
        self._may(Role.VIEWER, "read")
        days = self.monitor.settings.learning.audit_days
        with self.monitor.store.read() as tx:
            return {**tasks.stats(tx), "audits": audits.stats(tx, self.monitor.now(), days)}

    def _views(self, tx: Tx, handed: Sequence[Task]) -> list[TaskView]:
        hidden = self._hidden(tx)
        names = {company.id: company.name for company in self.monitor.companies}
        views = []
        for task in handed:
            article = articles.get(tx, task.article_id)
            prediction = None
            if task.blind or article.story_id in hidden:
                # Why it is asked says what the model thinks, and so does its place; and what it thinks of
                # another article of a story that is judged blind says what it thinks of that story.
                task = replace(task, reason="", priority=0.0)
            elif current := predictions.current(tx, task.article_id):
                prediction = current[0]
            source = self.monitor.settings.sources.get(article.source)
            view = TaskView(
                task,
                article,
                prediction,
                reason={language: said(task.reason, language) for language in LANGUAGES},
                source=source.title if source and source.title else article.source,
                companies=[Named(id, names.get(id, alias), alias) for id, alias in article.named.items()],
                title_marks=marks.spans(article.title, article.mentions),
                text_marks=marks.spans(article.text, article.mentions),
            )
            views.append(view)
        return views


@dataclass(frozen=True, slots=True)
class Said:
    """What an analyst says beside the sentiment, once each and known."""

    topics: tuple[str, ...] | None
    companies: Mapping[str, str]


def answered(
    monitor: Monitor,
    article: Article,
    sentiment: str,
    topics: Sequence[str] | None,
    companies: Mapping[str, str] | None,
) -> Said:
    """What an analyst says of `article`. Raises UserError for an unknown class or topic, NotFoundError for a
    company that the article does not name."""
    _known("sentiment", sentiment, SENTIMENTS)
    names = sorted(topic.name for topic in monitor.settings.taxonomy)
    for name in topics or ():
        _known("topic", name, names)
    towards = dict(companies or {})
    named = sorted(article.named)
    for company, judged in towards.items():
        _known("sentiment", judged, SENTIMENTS)
        if company not in named:
            raise NotFoundError(_unknown("company", company, named))
    return Said(None if topics is None else tuple(dict.fromkeys(topics)), towards)


def _whole(task_id: int, article: Article, said: Said) -> None:
    """What measures models asks of all that they say. Of the only company of an article, its sentiment is
    the answer."""
    named = article.named
    left = [name for id, name in named.items() if id not in said.companies] if len(named) > 1 else []
    if said.topics is None or left:
        missing = [Message("queue.topics"), *left] if said.topics is None else left
        raise UserError(Message("queue.whole", task=task_id, missing=missing))


def _known(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise UserError(_unknown(what, value, known))


def _unknown(what: str, value: str, known: Sequence[str]) -> Message:
    return Message("queue.unknown", what=Message(f"queue.{what}"), value=value, known=known)


def _same(task_id: int, seen: str, asked: str) -> None:
    if seen and seen != asked:
        raise ConflictError(Message("queue.other_article", task=task_id))


def _checked(how: Circumstances | None) -> Circumstances:
    """What the sender says of an answer, within reason."""
    if how is None:
        return Circumstances()
    seconds = how.seconds
    if seconds is not None and not 0 <= seconds <= MOST_SECONDS:
        raise UserError(Message("queue.seconds", seconds=seconds, most=MOST_SECONDS))
    return how
