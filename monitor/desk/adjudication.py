"""Texts of which analysts said different things, and several texts at once.

Who decides sees what was said side by side and not who said it, nor what the model says; what they decide is
the gold label of the text, and then the names are told. A reader of the text does not decide between
themselves and another. A story is labelled at once on request: that closes no audit and is never gold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.desk.queue import answered
from monitor.desk.seat import MAX_PAGE, Seat, within
from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.records import Article, Label, Role
from monitor.store import Tx, answers, articles, guidelines, labels, readings, tasks
from monitor.store.answers import Circumstances

MOST_NOTE = 2000
THIRD_DAYS = 3
"""A third reading that did not come for so long keeps nothing from those who decide."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody said of a text; `user` is "" until it is decided."""

    sentiment: str
    topics: tuple[str, ...] | None
    companies: Mapping[str, str]
    note: str
    suggested: bool  # the model's opinion was in view
    user: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A text of which analysts said different things, as one of its articles."""

    text_id: int
    article: Article
    answers: tuple[Answered, ...]  # in an order that says nothing of who or when


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, and who had said what."""

    label: Label
    answers: tuple[Answered, ...]


class Adjudication(Seat):
    """Deciding takes an analyst who has not read the text."""

    def disputes(self, limit: int = 50) -> list[Dispute]:
        """The texts whose readings differ, undecided, the latest first, without those that this user read."""
        self._may(Role.ANALYST, "decide between readings")
        within("limit", limit, 1, MAX_PAGE)
        with self.monitor.store.read() as tx:
            hidden = self._hidden(tx)
            found = self._differing(tx)
            shown: list[Dispute] = []
            for text_id in sorted(found, reverse=True):
                some = found[text_id]
                if self.user.name in {one.user for one in some}:
                    continue
                about = articles.get(tx, some[0].article_id)
                if about.story_id not in hidden and len(shown) < limit:
                    shown.append(Dispute(text_id, about, _shuffled(text_id, some)))
            return shown

    def decide(
        self,
        text_id: int,
        sentiment: str,
        topics: Sequence[str] | None = None,
        companies: Mapping[str, str] | None = None,
        note: str = "",
        key: str = "",
    ) -> Decided:
        """Say what a disputed text really says: its gold label from now on. The same `key` again is the same
        decision.

        Raises NotFoundError where the text's readings do not differ, ConflictError where somebody has decided
        or this user read it, UserError.
        """
        self._may(Role.ANALYST, "decide between readings")
        within("note", len(note), 0, MOST_NOTE)
        now = self.monitor.now()
        with self.monitor.store.begin() as tx:
            given = [one for one in labels.of_text(tx, text_id) if not one.gold]
            again = answers.task_of(tx, self.user.name, key) is not None
            if not again:
                self._may_decide(tx, text_id, given)
            about = articles.get(tx, given[0].article_id)
            said = answered(self.monitor, about, sentiment, topics, companies)
            label = answers.on_request(
                tx,
                about.id,
                self.user.name,
                sentiment,
                said.topics,
                now,
                reason=Message("adjudication.asked", user=self.user.name),
                companies=said.companies,
                gold=True,
                how=Circumstances(key=key, note=note, guideline=guidelines.newest(tx)),
            )
            if not again:
                tasks.need_no_third(tx, text_id, now)
                detail = {"sentiment": sentiment, "topics": said.topics, "companies": said.companies}
                self._wrote(tx, "text.decide", str(text_id), {**detail, "note": note})
        return Decided(label, tuple(_answered(one, named=True) for one in given))

    def label_story(
        self, story_id: int, sentiment: str, topics: Sequence[str] | None = None, note: str = ""
    ) -> int:
        """Give every text of a story the same label; how many texts were labelled.

        Those that this user labelled before keep their answer. Raises NotFoundError, and ConflictError while
        this user judges the story blind.
        """
        self._may(Role.ANALYST, "label")
        within("note", len(note), 0, MOST_NOTE)
        now, number = self.monitor.now(), 0
        with self.monitor.store.begin() as tx:
            if story_id in self._hidden(tx):
                raise ConflictError(Message("queue.blind"))
            about = articles.in_story(tx, story_id)
            if not about:
                raise NotFoundError(Message("adjudication.no_story", story=story_id))
            how = Circumstances(suggested=True, note=note, guideline=guidelines.newest(tx))
            for article in {one.text_id: one for one in reversed(about)}.values():
                said = answered(self.monitor, article, sentiment, topics, None)
                if any(one.user == self.user.name for one in labels.of_text(tx, article.text_id)):
                    continue
                reason = Message("adjudication.story", user=self.user.name)
                about_it = (article.id, self.user.name, sentiment, said.topics, now)
                answers.on_request(tx, *about_it, reason=reason, how=how)
                number += 1
            detail = {"sentiment": sentiment, "topics": topics, "number": number}
            self._wrote(tx, "story.label", str(story_id), detail)
        return number

    def _differing(self, tx: Tx) -> dict[int, list[Label]]:
        found = {
            text: some
            for text, some in readings.several(tx).items()
            if readings.differ(some) and not readings.outvoted(some)
        }
        since = self.monitor.now() - timedelta(days=THIRD_DAYS)
        done = {*readings.decisions(tx, found), *tasks.awaiting_third(tx, found, since)}
        return {text: some for text, some in found.items() if text not in done}

    def _may_decide(self, tx: Tx, text_id: int, given: Sequence[Label]) -> None:
        if readings.decisions(tx, [text_id]):
            raise ConflictError(Message("adjudication.decided", text=text_id))
        if not readings.differ(given):
            raise NotFoundError(Message("adjudication.none", text=text_id))
        if self.user.name in {one.user for one in given}:
            raise ConflictError(Message("adjudication.yours", text=text_id))


def _shuffled(text_id: int, some: Sequence[Label]) -> tuple[Answered, ...]:
    """The answers in an order that says neither who was first nor whose is whose on another text."""

    def place(label: Label) -> bytes:
        return hashlib.sha256(f"{text_id}:{label.id}".encode()).digest()

    return tuple(_answered(one) for one in sorted(some, key=place))


def _answered(label: Label, *, named: bool = False) -> Answered:
    user = label.user if named else ""
    return Answered(label.sentiment, label.topics, label.companies, label.note, label.suggested, user)
