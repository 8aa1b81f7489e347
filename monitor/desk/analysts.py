"""Analysts at the desk: how far they agree, how good their answers are, and one's own history.

How far all agree is everybody's to see, and nobody's in particular; how good one analyst is and whether they
follow the model is for administrators, who use it to hand out work and not to judge from a handful of texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from monitor.desk.seat import MAX_PAGE, Seat, within
from monitor.errors import ConflictError, UserError
from monitor.evaluation import agreement, anchoring, consensus, doubting
from monitor.evaluation.agreement import Agreement, Pair
from monitor.evaluation.analysts import Record
from monitor.evaluation.anchoring import Meter
from monitor.evaluation.votes import Votes, collect
from monitor.messages import Message
from monitor.records import MEASURING, SENTIMENTS, Label, Role
from monitor.store import Tx, answers, doubts, predictions, readings, users
from monitor.store.doubts import Doubt
from monitor.store.readings import Given
from monitor.store.users import Skills

LEAST_SHARED = 20
"""Texts that an analyst and another read, before anything is said of their quality."""
ANCHORING_DAYS = 90
MOST_REASON = 2000
SEED = 0
"""Of the bootstrap: the same readings give the same interval."""


@dataclass(frozen=True, slots=True)
class TeamAgreement:
    """How far analysts agree: on audits, which are read twice by a random draw and blind, and on every text
    that several read. Topics agree where the sets are the same."""

    audits: Agreement  # the sentiment, as three names
    audits_ordered: Agreement  # the sentiment, as an order: negative and positive are further apart
    sentiment: Agreement
    sentiment_ordered: Agreement
    topics: Agreement


@dataclass(frozen=True, slots=True)
class Analyst:
    """One analyst: their answers that others read too, what a consensus says of them, and their meter.
    `quality` is CROWDLAB's, None where fewer than LEAST_SHARED texts were shared. `record` is what audits say
    that were read twice, None where none of theirs was; `doubt` the one for which their labels wait, and
    `waiting` how many do."""

    user: str
    shared: int  # texts that another read too
    agreeing: float | None  # of these, the share that has the consensus's sentiment
    quality: float | None
    anchoring: Meter | None
    skills: Skills
    record: Record | None = None
    doubt: Doubt | None = None
    waiting: int = 0

    def told(self) -> Message:
        """What was read twice says of them, as a sentence."""
        if self.doubt is not None:
            figures = {name: getattr(self.doubt, name) for name in ("labels", "blame", "ceiling")}
            return Message("doubts.waits", user=self.user, waiting=self.waiting, **figures)
        if self.record is None or self.record.ceiling is None:
            return Message("doubts.few", n=self.record.labels if self.record else 0)
        one = self.record
        return Message("doubts.record", n=one.labels, blame=one.blame, ceiling=one.ceiling)


class Analysts(Seat):
    """See the module: a viewer reads the team's figures, an administrator those of each; everybody who
    labels has a history."""

    def agreement(self) -> TeamAgreement:
        """How far analysts agree."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return team_agreement(tx)

    def agreeing_pairs(self) -> list[Pair]:
        """How far every two analysts agree about the sentiment of what both read."""
        self._may(Role.ADMIN, "see how analysts do")
        with self.monitor.store.read() as tx:
            return agreement.pairs(_sentiments(readings.several(tx)))

    def analysts(self) -> list[Analyst]:
        """Every analyst who has labelled, and every user who may."""
        self._may(Role.ADMIN, "see how analysts do")
        since = self.monitor.now() - timedelta(days=ANCHORING_DAYS)
        with self.monitor.store.read() as tx:
            table, found = self._consensus(tx, readings.several(tx))
            seen = readings.beside_the_model(tx, since)
            names = {
                user.name for user in users.all(tx) if user.role is not Role.VIEWER and not user.disabled
            }
            names |= {*table.readers, *(one.user for one in seen)}
            records = {one.user: one for one in doubting.records(tx)}
            doubted, waiting = {one.user: one for one in doubts.waiting(tx)}, doubts.held(tx)
            names |= {*records, *doubted}
            skills = {name: users.skills(tx, name) for name in names}
        meters = {
            meter.user: meter
            for meter in anchoring.meters(
                anchoring.Answer(
                    one.user,
                    one.shown,
                    one.sentiment == one.said,
                    anchoring.stratum(one.lane, one.confidence),
                )
                for one in seen
            )
        }
        every = [_analyst(name, table, found, meters.get(name), skills[name]) for name in sorted(names)]
        return [
            replace(
                one,
                record=records.get(one.user),
                doubt=doubted.get(one.user),
                waiting=waiting.get(one.user, 0),
            )
            for one in every
        ]

    def doubts(self) -> list[Doubt]:
        """Every doubt about an analyst that there was, the newest first."""
        self._may(Role.ADMIN, "see how analysts do")
        with self.monitor.store.read() as tx:
            return doubts.all(tx)

    def decide_doubt(self, user: str, keep: bool, reason: str) -> Doubt:
        """Decide about an analyst whose labels wait: `keep` them, or take them back, all that stand; and why.

        Raises NotFoundError where no doubt waits, ConflictError where it is about this administrator, and
        UserError without a reason.
        """
        self._may(Role.ADMIN, "decide about analysts")
        within("reason", len(reason), 0, MOST_REASON)
        if not reason.strip():
            raise UserError(Message("doubts.reason"))
        if user == self.user.name:
            raise ConflictError(Message("doubts.yours"))
        with self.monitor.store.begin() as tx:
            ended = doubts.end(tx, user, keep, reason.strip(), self.user.name, self.monitor.now())
            self._wrote(tx, doubts.ENDED, user, {"keep": keep, "reason": reason.strip()})
        doubting.settle(self.monitor.store, self.monitor.now())
        return ended

    def set_skills(self, user: str, languages: Sequence[str], topics: Sequence[str]) -> Skills:
        """What a user is asked about from now on: texts in these languages alone (none: in all), those of
        these topics first. Raises NotFoundError, UserError for an unknown language or topic."""
        self._may(Role.ADMIN, "set the skills of analysts")
        known = sorted(topic.name for topic in self.monitor.settings.taxonomy)
        for topic in topics:
            if topic not in known:
                raise UserError(Message("analysts.topic", topic=topic, known=known))
        for language in languages:
            if not (
                language.isascii() and language.isalpha() and language.islower() and 2 <= len(language) <= 3
            ):
                raise UserError(Message("analysts.language", language=language))
        chosen = Skills(tuple(dict.fromkeys(languages)), tuple(dict.fromkeys(topics)))
        with self.monitor.store.begin() as tx:
            users.set_skills(tx, user, chosen)
            detail = {"languages": list(chosen.languages), "topics": list(chosen.topics)}
            self._wrote(tx, "user.skills", user, detail)
        return chosen

    def history(self, limit: int = 50, before_id: int = 0) -> list[Given]:
        """One's own answers, taken back or not, the newest first, each with the model versions that learnt
        from it; the next page is `before_id` the last."""
        self._may(Role.ANALYST, "label")
        within("limit", limit, 1, MAX_PAGE)
        with self.monitor.store.read() as tx:
            return readings.of_user(tx, self.user.name, limit, before_id)

    def take_back(self, answer_id: int) -> None:
        """Take one of one's own answers back, however long ago it was given: its task is open again, and on
        one's own screen first. The models that learnt from it stay as they are. Raises NotFoundError."""
        self._may(Role.ANALYST, "label")
        with self.monitor.store.begin() as tx:
            task = answers.undo(tx, self.user.name, self.monitor.now(), answer_id=answer_id)
            assert task is not None  # there is such an answer
            self._wrote(tx, "task.undo", str(task.id), {"id": answer_id})

    def _consensus(self, tx: Tx, several: dict[int, list[Label]]) -> tuple[Votes, consensus.Consensus | None]:
        """The readings of texts that a model judged, and what most likely is right of them."""
        said = predictions.of(tx, [some[0].article_id for some in several.values()])
        judged = {text: some for text, some in several.items() if some[0].article_id in said}
        table = _sentiments(judged)
        if not judged:
            return table, None
        probabilities = np.array(
            [
                [said[judged[int(str(text))][0].article_id][0].sentiment[name] for name in SENTIMENTS]
                for text in table.units
            ]
        )
        return table, consensus.consensus(table.table, probabilities)


def team_agreement(tx: Tx) -> TeamAgreement:
    """How far the analysts of a store agree."""
    audits = readings.several(tx, lanes=MEASURING)
    every = readings.several(tx)
    return TeamAgreement(
        audits=_measured(_sentiments(audits), "nominal"),
        audits_ordered=_measured(_sentiments(audits), "ordinal"),
        sentiment=_measured(_sentiments(every), "nominal"),
        sentiment_ordered=_measured(_sentiments(every), "ordinal"),
        topics=_measured(_topics(every), "nominal"),
    )


def _sentiments(several: dict[int, list[Label]]) -> Votes:
    said = ((text, one.user, one.sentiment) for text, some in several.items() for one in some)
    return collect(said, SENTIMENTS)


def _topics(several: dict[int, list[Label]]) -> Votes:
    said = (
        (text, one.user, tuple(sorted(one.topics)))
        for text, some in several.items()
        for one in some
        if one.topics is not None
    )
    return collect(said)


def _measured(found: Votes, level: agreement.Level) -> Agreement:
    rng = np.random.default_rng(SEED)
    return agreement.measure(found.table, len(found.values), rng, level=level)


def _analyst(
    name: str,
    table: Votes,
    found: consensus.Consensus | None,
    meter: Meter | None,
    skills: Skills,
) -> Analyst:
    if found is None or name not in table.readers:
        return Analyst(name, 0, None, None, meter, skills)
    column = table.readers.index(name)
    own = table.given[:, column]
    shared = int(own.sum())
    enough = shared >= LEAST_SHARED
    agreeing = float((table.table[own, column] == found.labels[own]).mean()) if enough else None
    quality = float(found.reader_quality[column]) if enough else None
    return Analyst(name, shared, agreeing, quality, meter, skills)
