"""The archive judged again: read -> classify -> store beside what was said before -> move the counts.

What a version says of an article takes the place of what another one said, which stays with the time it was
superseded. The counts follow as they do wherever something changes (`store.rollups`), from now on: a replay
of the past sees what was known then, and the watch, which tests what comes, opens nothing by it.

What people decided stays: where a label of the text counts, it counts on, and the article keeps its route.
An article that is now sure leaves the queue if nobody has begun its review. One that is now doubtful enters
none: old news is not worth an analyst's time, and what is asked of the live news would drown in it. Articles
that wait for their first judgement, or that no version could judge, are left to those who judge what is new.
Nothing is gathered into other stories.

While another process serves the news, this one computes in a share of the time, and not at all while an
article waits for its judgement.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.classification import judging
from monitor.classification.judging import Judged, accepted, routed
from monitor.errors import ConflictError, ModelError
from monitor.executor import Executor, Watch, Work, cut
from monitor.hookspecs import Progress, silent
from monitor.messages import Message
from monitor.records import Article, Decision, Prediction, Route
from monitor.settings import RoutingSettings
from monitor.store import (
    Store,
    Tx,
    articles,
    judged_later,
    models,
    predictions,
    processes,
    reclassifications,
    texts,
    turns,
    vectors,
)
from monitor.store.reclassifications import Counts, Place, Reclassification

BATCH = judging.BATCH
SLICE = 32 * BATCH
"""Articles that are looked up at a time."""
PATIENCE_SECONDS = 60.0
"""How long a batch waits for articles that wait themselves: what serves may be stuck."""
STEP_SECONDS = 0.25
SERVING = ("run", "worker")
"""The roles of processes that judge what is new."""


class OvertakenError(ConflictError):
    """Another version began to serve meanwhile."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a worker says of a batch, and how long it took."""

    judged: Judged
    seconds: float


@dataclass(slots=True)
class Pace:
    """Keeps bulk work from the news: after each batch so long a pause that computing takes `share` of the
    time, and a longer one while articles wait, as long as `serving` says that somebody serves."""

    store: Store
    share: float
    serving: Callable[[Tx], bool]
    check: Callable[[], None] = lambda: None
    sleep: Callable[[float], None] = time.sleep
    owed: float = field(default=0.0, init=False)

    def spent(self, seconds: float) -> None:
        """A batch took so long."""
        self.owed += seconds * (1.0 / self.share - 1.0)

    def wait(self) -> None:
        """Return when the next batch may begin."""
        owed, self.owed = self.owed, 0.0
        patience = PATIENCE_SECONDS
        while True:
            self.check()
            with self.store.read() as tx:
                serving = self.serving(tx)
                pending = serving and patience > 0 and bool(articles.unclassified(tx, 1))
            if not serving or (owed <= 0 and not pending):
                return
            step = min(owed, STEP_SECONDS) if owed > 0 else STEP_SECONDS
            self.sleep(step)
            owed -= step
            patience -= step


def served_by_others(holder: str) -> Callable[[Tx], bool]:
    """Whether a process that is not `holder` judges what is new."""

    def serving(tx: Tx) -> bool:
        return any(one.holder != holder and one.role.split()[0] in SERVING for one in processes.all(tx))

    return serving


def reclassify(
    store: Store,
    executor: Executor,
    work: Work[Sequence[Article], Said],
    run: Reclassification,
    rules: RoutingSettings,
    pace: Pace,
    *,
    now: Callable[[], datetime],
    keep: timedelta = timedelta.max,
    progress: Progress = silent,
    noted: Callable[[Tx, Reclassification], None] = lambda tx, run: None,
) -> Reclassification:
    """Judge what is left of a run, to its end; the run as it is then, which `noted` is told in the
    transaction that ends it. Vectors of articles first seen longer ago than `keep` are not kept.

    Raises OvertakenError where another version began to serve than when it was asked for, ConflictError where
    the run is not this process's any more, ModelError where the classifier does not work, WorkerError.
    """
    ahead: deque[tuple[list[Article], list[Place]]] = deque()

    def batches() -> Iterator[list[Article]]:
        place = run.place
        while True:
            with store.read() as tx:
                _refuse_overtaken(tx, run)
                places = reclassifications.waiting(tx, run, place, SLICE)
            if not places:
                return
            for some in cut(places, BATCH):
                pace.wait()
                with store.read() as tx:
                    found = articles.get_many(tx, [one.id for one in some])
                ahead.append((found, some))
                yield found
            place = places[-1]

    done = run.done
    progress("reclassify", done, max(run.total, done))
    with executor.map(work, batches(), Watch(check=pace.check)) as results:
        for said in results:
            batch, places = ahead.popleft()
            pace.spent(said.seconds / executor.workers)
            if said.judged.down:
                raise ModelError(Message("reclassify.down", why=said.judged.down))
            with store.begin() as tx:
                _refuse_overtaken(tx, run)
                counts = settle(tx, run, batch, said.judged, rules, now(), keep)
                reclassifications.judged(tx, run, places[-1], counts)
            done += len(places)
            progress("reclassify", done, max(run.total, done))
    with store.begin() as tx:
        _refuse_overtaken(tx, run)
        at = now()
        if run.wanted.whole and run.wanted.model == run.champion:
            turns.past_is_own(tx, at)
        if not reclassifications.end(tx, run.id, "done", "", at, run.holder):
            raise ConflictError(Message("reclassify.lost", id=run.id))
        ended = reclassifications.get(tx, run.id)
        noted(tx, ended)
        return ended


def settle(
    tx: Tx,
    run: Reclassification,
    batch: Sequence[Article],
    judged: Judged,
    rules: RoutingSettings,
    now: datetime,
    keep: timedelta = timedelta.max,
) -> Counts:
    """Store what was said of a batch, in place of what was said before; what became of it."""
    model = run.wanted.model
    still = reclassifications.unchanged(tx, model, {one.id: one.revision for one in batch})
    limits = accepted(tx, [model], rules)[model]
    drawn = texts.draws(tx, [one.id for one in batch])
    before = predictions.of(tx, [one.id for one in batch])
    decided = reclassifications.decided(tx, {one.text_id for one in batch})
    sure: list[int] = []
    kept: dict[int, Prediction] = {}
    number = 0
    for position, prediction in judged.predictions.items():
        article = batch[position]
        if article.id not in still:
            continue
        said, decision = routed(article, prediction, limits, drawn[article.id])
        decision = _standing(article, decision, before[article.id][1], decided)
        predictions.put(tx, article.id, said, decision, said.chosen_topics(), now)
        number += 1
        if decision.route is Route.ACCEPT:
            sure.append(article.id)
        if keep == timedelta.max or article.first_seen_at >= now - keep:
            kept[article.id] = said
    vectors.keep(tx, kept)
    failed = sum(batch[position].id in still for position in judged.failures)
    withdrawn = reclassifications.spare(tx, sure, now)
    return Counts(number, failed, len(batch) - number - failed, withdrawn)


def _standing(article: Article, decision: Decision, before: Decision, decided: set[int]) -> Decision:
    """Where an article goes now: what people decided, and what is history, stays where it is."""
    if article.text_id in decided:
        return before
    return judged_later.DECISION if article.history else decision


def _refuse_overtaken(tx: Tx, run: Reclassification) -> None:
    serving = models.champion(tx)
    if serving is None or serving.id != run.champion:
        named = {"id": run.id, "serving": serving.id if serving else ""}
        raise OvertakenError(Message("reclassify.overtaken", **named, model=run.wanted.model))
