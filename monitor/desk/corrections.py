"""What an analyst says against a judgement: a correction, answered in place, or feedback of another kind.

A correction is a label in a task of its own (lane `request`), with the reason. It counts at once, on pages
and in the next training; it closes no audit and is never gold, for who corrects has seen what the model said
and chose the article because of it. Feedback that brings no label goes where it belongs: a wrong sentiment
or topic opens a task for whoever is next; a wrong company, what is no news and a duplicate are kept for
those who look after aliases, sources and stories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.desk.queue import answered
from monitor.desk.seat import Seat, within
from monitor.errors import ConflictError
from monitor.messages import Message
from monitor.records import Article, Decision, Feedback, Label, Lane, Role, Route, Wrong
from monitor.store import Tx, answers, articles, bodies, feedback, guidelines, tasks
from monitor.store.answers import Circumstances

MOST_NOTE = 2000
"""Characters of a reason."""
MOST_SHOWN = 500
_FIRST = 1.0
"""The priority of what somebody asked for, among those that routing gives."""


class Corrections(Seat):
    """Saying that a judgement is wrong takes an analyst."""

    def correct(
        self,
        article_id: int,
        sentiment: str,
        topics: Sequence[str] | None = None,
        companies: Mapping[str, str] | None = None,
        note: str = "",
        key: str = "",
    ) -> Label:
        """Say what an article really says, and why: a label that counts from now on.

        The same `key` again is the same correction. Raises NotFoundError, UserError for an unknown class or
        topic, ConflictError while the article is judged blind by this user, and where the key was another
        answer's.
        """
        self._may(Role.ANALYST, "correct a judgement")
        within("note", len(note), 0, MOST_NOTE)
        now = self.monitor.now()
        with self.monitor.store.begin() as tx:
            article = self._open(tx, article_id)
            bodies.check(tx, article_id)
            said = answered(self.monitor, article, sentiment, topics, companies)
            again = answers.task_of(tx, self.user.name, key) is not None
            version = guidelines.newest(tx)
            label = answers.on_request(
                tx,
                article_id,
                self.user.name,
                sentiment,
                said.topics,
                now,
                reason=Message("corrections.asked", user=self.user.name),
                priority=_FIRST,
                companies=said.companies,
                how=Circumstances(suggested=True, key=key, note=note, guideline=version),
            )
            if not again:
                detail = {"sentiment": sentiment, "topics": said.topics, "companies": said.companies}
                self._wrote(tx, "article.correct", str(article_id), {**detail, "note": note})
        return label

    def report(self, article_id: int, kind: Wrong, note: str = "") -> Feedback:
        """Say what is wrong with an article without saying what is right. Raises NotFoundError, and
        ConflictError while the article is judged blind by this user."""
        self._may(Role.ANALYST, "correct a judgement")
        within("note", len(note), 0, MOST_NOTE)
        now = self.monitor.now()
        with self.monitor.store.begin() as tx:
            told = reported(tx, self._open(tx, article_id), self.user.name, kind, note, now)
            self._wrote(tx, "article.report", str(article_id), {"kind": kind, "note": note})
        return told

    def feedback(self, *, everything: bool = False, limit: int = 100, before_id: int = 0) -> list[Feedback]:
        """What is to be seen to, newest first; `everything`: what somebody has seen to as well."""
        self._may(Role.ANALYST, "read feedback")
        within("limit", limit, 1, MOST_SHOWN)
        with self.monitor.store.read() as tx:
            return feedback.page(tx, open_only=not everything, limit=limit, before_id=before_id)

    def close_feedback(self, feedback_id: int) -> Feedback:
        """Somebody has seen to it. Raises NotFoundError."""
        self._may(Role.ANALYST, "close feedback")
        with self.monitor.store.begin() as tx:
            closed = feedback.close(tx, feedback_id, self.user.name, self.monitor.now())
            self._wrote(tx, "feedback.close", str(feedback_id))
        return closed

    def _open(self, tx: Tx, article_id: int) -> Article:
        """The article, unless this user is asked about it, or its story, without the model's opinion."""
        article = articles.get(tx, article_id)
        if article.story_id in self._hidden(tx):
            raise ConflictError(Message("queue.blind"))
        return article


def reported(tx: Tx, article: Article, user: str, kind: Wrong, note: str, now: datetime) -> Feedback:
    """Keep what a user says is wrong with an article; a wrong sentiment or topic opens a task for whoever is
    next, unless one waits already."""
    told = feedback.give(tx, article, user, kind, note, now)
    if kind in (Wrong.SENTIMENT, Wrong.TOPIC) and not tasks.requested(tx, article.text_id):
        wrong = Message(f"corrections.wrong.{kind}")
        reason = Message("corrections.doubted", user=user, what=wrong, note=note or "–")
        tasks.ask(tx, article.id, Lane.REQUEST, Decision(Route.REVIEW, reason), _FIRST, now)
    return told
