"""Classify and route: what the model says of articles, and who looks at them next.

A model call takes seconds and may fail, so it never happens inside a write transaction.
Articles whose classification fails are stored all the same and tried again; one that
fails alone three times is quarantined, so that it cannot stop the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monitor.classification import routing
from monitor.classification.routing import UNDRAWN, Draw, Judgement
from monitor.errors import BusyError, ModelError
from monitor.evaluation import groups
from monitor.evaluation.groups import Groups, Limits
from monitor.extensions import exits
from monitor.hookspecs import Progress, silent
from monitor.messages import Message
from monitor.news import gathering
from monitor.records import Article, Decision, Prediction, Route
from monitor.settings import RoutingSettings
from monitor.store import Store, Tx, articles, models, predictions, tasks, texts, vectors
from monitor.store import judging as claimed

Classify = Callable[[Sequence[Article]], Sequence[Prediction]]

BATCH = 64
MAX_ATTEMPTS = 3
log = logging.getLogger(__name__)

_PROBE = Article.unstored(
    "The company reported its results on Monday.",
    datetime(2000, 1, 1, tzinfo=UTC),
    source="probe",
    language="en",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a batch, by position: predictions, and failures of single articles.

    `down` says why nothing more could be classified ("" where the classifier works).
    """

    predictions: dict[int, Prediction] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    down: str = ""

    def of(self, kept: Collection[int], ids: Sequence[int]) -> Judged:
        """What became of those articles of the batch (their ids in order) that are among `kept`."""
        return Judged(
            {place: said for place, said in self.predictions.items() if ids[place] in kept},
            {place: why for place, why in self.failures.items() if ids[place] in kept},
        )


def judge(classify: Classify, batch: Sequence[Article]) -> Judged:
    """Classify a batch; halve it around an article that makes the classifier fail.

    A classifier that also fails on a plain sentence is down, as is one that is too busy, and no
    article is blamed.
    """
    if not batch:
        return Judged()
    try:
        told = _attempt(classify, batch)
        if not isinstance(told, str):
            return Judged(dict(enumerate(told)))
        probe = _attempt(classify, [_PROBE])
        if isinstance(probe, str):
            return Judged(down=probe)
        judged = Judged()
        _halve(classify, batch, 0, told, judged)
    except BusyError as error:
        return Judged(down=error.told)
    return judged


def _halve(classify: Classify, batch: Sequence[Article], offset: int, reason: str, judged: Judged) -> None:
    """Classify a batch that fails as a whole, `offset` into the first one, part by part."""
    if len(batch) == 1:
        judged.failures[offset] = reason
        return
    middle = len(batch) // 2
    for start, part in ((0, batch[:middle]), (middle, batch[middle:])):
        told = _attempt(classify, part)
        if isinstance(told, str):
            _halve(classify, part, offset + start, told, judged)
        else:
            judged.predictions.update((offset + start + i, one) for i, one in enumerate(told))


def _attempt(classify: Classify, batch: Sequence[Article]) -> list[Prediction] | str:
    """Predictions, or in words why there are none. A classifier is a plugin: it may raise anything."""
    try:
        with exits.refused(ModelError, "the classifier"):
            told = list(classify(batch))
    except BusyError:
        raise
    except ModelError as error:
        return error.told
    except Exception as error:
        log.warning("the classifier raised", extra={"texts": len(batch)}, exc_info=error)
        return Message("classifier.raised", kind=type(error).__name__)
    if len(told) != len(batch) or not all(isinstance(one, Prediction) for one in told):
        return Message("classifier.count", found=len(told), wanted=len(batch))
    return told


def settle(tx: Tx, batch: Sequence[Article], judged: Judged, rules: RoutingSettings, now: datetime) -> None:
    """Store what `judge` found of stored articles: predictions, their vectors, routes, tasks, failures.

    However long the queue is, every task is stored: the strategy's order decides which are served first. Of
    an archive's articles nothing is asked.
    """
    limits = accepted(tx, [one.model for one in judged.predictions.values()], rules)
    drawn = texts.draws(tx, [batch[position].id for position in judged.predictions])
    for position, prediction in judged.predictions.items():
        article = batch[position]
        said, decision = routed(article, prediction, limits[prediction.model], drawn[article.id])
        predictions.put(tx, article.id, said, decision, said.chosen_topics(), now)
        if decision.route is not Route.ACCEPT and not article.history:
            tasks.open_task(tx, article.id, decision, 1.0 - said.confidence, now)
    vectors.keep(tx, {batch[position].id: said for position, said in judged.predictions.items()})
    gathering.expect(tx, [(batch[position], said) for position, said in judged.predictions.items()])
    for position, reason in judged.failures.items():
        articles.failed(tx, batch[position].id, reason, max_attempts=MAX_ATTEMPTS)


def routed(
    article: Article, prediction: Prediction, limits: Limits, draw: Draw = UNDRAWN
) -> tuple[Prediction, Decision]:
    """What counts as said of an article, and where it goes. This is the one place where what a version says
    is softened by its temperature, so that whatever is stored, shown and read afterwards is."""
    said = prediction.tempered(limits.temperature)
    group = groups.of(limits.by, limits.companies, article, said.label)
    limit = limits.of(group)
    company, label, confidence = groups.least(group, article, said)
    decision = routing.decide(
        said,
        draw,
        threshold=limit.threshold,
        certified=limit.certified,
        group=groups.title(limits, group),
        least=Judgement(label, confidence, article.named.get(company, "")),
    )
    return said, decision


def accepted(tx: Tx, model_ids: Sequence[str], rules: RoutingSettings) -> dict[str, Limits]:
    """From which score on the articles that each of these versions judges are accepted: what its
    certificates say, and `rules` where it has none."""
    stand = models.standing(tx, set(model_ids))
    unseen = Groups(rules.certify_by, rules.certify_companies)  # nobody looked at it yet
    return {
        id: groups.limits(groups.from_json(found) if (found := stand.get(id)) else unseen, rules.threshold)
        for id in set(model_ids)
    }


def classify_pending(
    store: Store,
    classify: Classify,
    *,
    rules: RoutingSettings,
    now: Callable[[], datetime],
    holder: str = "",
    progress: Progress = silent,
) -> int:
    """Classify the stored articles that have no prediction; how many were.

    Each is tried once, and by one process at a time: it is claimed under `holder`, which others respect as
    long as that is the name of a process that lives (`store.judging`). Raises ModelError where the
    classifier itself does not work.
    """
    done = 0
    tried: set[int] = set()
    while True:
        batch = _claimed(store, holder, tried)
        if not batch:
            return done
        ids = [article.id for article in batch]
        tried.update(ids)
        judged = judge(classify, batch)
        if judged.down:
            with store.begin() as tx:
                claimed.give_back(tx, holder, ids)
            raise ModelError(Message("classifier.down", n=len(batch), why=judged.down))
        with store.begin() as tx:
            judged = judged.of(claimed.give_back(tx, holder, ids), ids)
            settle(tx, batch, judged, rules, now())
        gathering.work(store, now)
        done += len(judged.predictions)
        progress("classify", done, 0)


def _claimed(store: Store, holder: str, tried: Collection[int]) -> list[Article]:
    """The next batch, which nobody else judges until it is given back; none where all that is left was
    tried, or is others' work."""
    with store.begin() as tx:
        ids = claimed.take(tx, holder, BATCH)
        again = [id for id in ids if id in tried]
        if again:
            claimed.give_back(tx, holder, again)
        return articles.get_many(tx, [id for id in ids if id not in tried])
