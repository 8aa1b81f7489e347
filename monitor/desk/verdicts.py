"""What people say of an alert, and what becomes of it: each kind goes to the place where it mends something.

| kind | where it goes |
|---|---|
| useful | its articles leave the null: what rises on them is no false alert when cuts are found |
| noise | the budget: what smaller ones would have spared is shown (`spared`) |
| wrong_company | the aliases: whoever edits the watch list previews and mends the name that was found |
| duplicate | the stories: the leading story of this alert goes into that of the one it repeats |
| wrong_label | the labelling queue: a task about the article, lane `request` |
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.desk import cards
from monitor.desk.corrections import MOST_NOTE, reported
from monitor.desk.seat import Seat, within
from monitor.detection import cells, sparing
from monitor.detection.sparing import Spared
from monitor.errors import ConflictError, NotFoundError
from monitor.messages import Message
from monitor.records import Alert, Role, Verdict, VerdictKind, Wrong
from monitor.store import Tx, alerts, arrangements, articles, memberships, verdicts, walked


class Verdicts(Seat):
    """Saying something of an alert takes an analyst, seeing what it would do a viewer."""

    def judge_alert(
        self, alert_id: str, kind: VerdictKind, note: str = "", *, other: str = "", article: int = 0
    ) -> Verdict:
        """Say what an alert was, in place of what this user said before. A duplicate names the `other` alert
        that it repeats, a wrong label the `article` of the alert whose judgement is wrong.

        Raises NotFoundError, UserError for a note that is too long, and ConflictError where what is to be
        named is not, where stories cannot be joined, or the article is judged blind by this user.
        """
        self._may(Role.ANALYST, "judge alerts")
        within("note", len(note), 0, MOST_NOTE)
        now = self.monitor.now()
        other = other if kind is VerdictKind.DUPLICATE else ""
        article = article if kind is VerdictKind.WRONG_LABEL else 0
        said = Verdict(alert_id, self.user.name, kind, now, note.strip(), other, article)
        with self.monitor.store.begin() as tx:
            alert = alerts.get(tx, alert_id)
            if kind is VerdictKind.DUPLICATE:
                self._joined(tx, alert, other)
            elif kind is VerdictKind.WRONG_LABEL:
                self._doubted(tx, alert, said)
            verdicts.give(tx, said)
            told = Message(f"alerting.verdict.{kind}")
            about = Message("alerting.verdict", kind=told, note=said.note) if said.note else told
            alerts.event(tx, alert_id, now, self.user.name, "feedback", about)
            detail = {"kind": kind, "note": said.note, "other": other, "article": article}
            self._wrote(tx, "alert.feedback", alert_id, detail)
        return said

    def spared(self, alert_id: str) -> Sequence[Spared]:
        """What would have become of an alert under parts of its rule's budget. Raises NotFoundError, also
        where its rule is none of today's or had no cut."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            alert = alerts.get(tx, alert_id)
            rule = next((one for one in self.monitor.rules if one.name == alert.rule), None)
            cuts = walked.cuts_of(tx, alert.rule, cells.cell(alert.opened_at) + 1)
            if rule is None or not cuts or cuts[-1].value == float("inf"):
                raise NotFoundError(Message("verdicts.no_rule", alert=alert_id))
            rises = walked.kept_rises(tx, [alert.rule])[alert.rule]
        larger = self.monitor.detectors[rule.detector].larger_is_rarer
        return sparing.spared(alert.score, cuts[-1], rises, rule, larger=larger)

    def _joined(self, tx: Tx, alert: Alert, other: str) -> None:
        """Put the leading story of an alert into that of the one that it repeats."""
        if not other or other == alert.id:
            raise ConflictError(Message("verdicts.other", alert=alert.id))
        found = []
        for one in (alerts.get(tx, other), alert):
            story = cards.leading_story(cards.card(tx, one, self._hidden(tx)))
            if story is None:
                raise ConflictError(Message("verdicts.empty", alert=one.id))
            found.append(story.id)
        stays, goes = found
        if stays != goes:
            now = self.monitor.now()
            arrangements.join(tx, stays, goes, memberships.MERGE, self.user.name, now)
            self._wrote(tx, "story.merge", str(stays), {"story": goes})

    def _doubted(self, tx: Tx, alert: Alert, said: Verdict) -> None:
        """Ask about the article whose label is said to be wrong."""
        if said.article_id not in alert.article_ids:
            raise ConflictError(Message("verdicts.article", article=said.article_id))
        article = articles.get(tx, said.article_id)
        if article.story_id in self._hidden(tx):
            raise ConflictError(Message("queue.blind"))
        reported(tx, article, said.user, Wrong.SENTIMENT, said.note, said.at)
