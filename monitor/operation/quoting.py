"""Quoting: the sentence that made each story of an open alert negative, found while nobody waits for it."""

from __future__ import annotations

from functools import cached_property

import structlog

from monitor.alerts import quoting
from monitor.alerts.quoting import Asked
from monitor.classification import judging
from monitor.operation.judging import Judging
from monitor.records import Article, Prediction
from monitor.store import alerts, articles, quotes
from monitor.store.quotes import Quote, Shown

SENTENCES = 256
"""Sentences that are asked about in one look, about so many: what is left waits for the next one."""
ALERTS = 200
"""Open alerts that are looked at, the newest."""
log = structlog.get_logger(__name__)


class Quoting(Judging):
    """Asks the classifier sentence by sentence."""

    def quote(self) -> int:
        """Find the sentences that open alerts show and were not asked about yet: of how many articles they
        were found. Where the classifier does not work, alerts show titles until it does."""
        wanted: list[tuple[Article, str, list[Asked]]] = []
        for article, company in self._unquoted():
            wanted.append((article, company, quoting.asked(article, company)))
            if sum(len(asked) for *_, asked in wanted) >= SENTENCES:
                break
        batch = [one.alone for *_, asked in wanted for one in asked]
        judged = judging.judge(self.classifying.classify, batch)
        if judged.down:
            log.warning("sentences were not asked about", reason=judged.down)
            return 0
        said = self.softened(judged.predictions)
        found, place = [], 0
        for article, company, asked in wanted:
            answers = {n: said[place + n] for n in range(len(asked)) if place + n in said}
            place += len(asked)
            found.append(_quote(article, company, asked, answers))
        with self.store.begin() as tx:
            quotes.keep(tx, found)
        return len(found)

    def _unquoted(self) -> list[tuple[Article, str]]:
        """The articles that open alerts show and that have no quote, with the company they are about."""
        found: dict[tuple[int, str], Article] = {}
        with self.store.read() as tx:
            shown = quotes.shown(tx, ALERTS)
            complete = {one.alert_id for one in shown if self._quoted.get(one.alert_id) == one}
            for one in shown:
                if one.alert_id in complete:
                    continue
                missing = quotes.missing(tx, alerts.evidence(tx, one.alert_id), one.company_id)
                if not missing:
                    complete.add(one.alert_id)
                for article in articles.get_many(tx, missing):
                    found.setdefault((article.text_id, one.company_id), article)
        self._quoted.clear()
        self._quoted.update((one.alert_id, one) for one in shown if one.alert_id in complete)
        return [(article, company) for (_, company), article in found.items()]

    @cached_property
    def _quoted(self) -> dict[str, Shown]:
        """The open alerts, by id, that had all their quotes, as they stood then: until something moves, there
        is nothing to ask."""
        return {}


def _quote(article: Article, company: str, asked: list[Asked], said: dict[int, Prediction]) -> Quote:
    """What is quoted of an article; an empty place where there is no sentence, or no answer about any."""
    if not said:
        return Quote(article.text_id, company, 0, 0, 0.0, "")
    places = sorted(said)
    towards = company if company in asked[places[0]].alone.named else ""
    best, negative = quoting.chosen([said[place] for place in places], towards)
    one = asked[places[best]]
    return Quote(article.text_id, company, one.start, one.end, negative, said[places[best]].model)
