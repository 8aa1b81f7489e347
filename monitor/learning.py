"""The learn line: labels -> snapshot -> fit -> evaluate against the champion -> gate -> promote.

A training leaves nothing behind until its last step: the model is written to a temporary
folder, and one transaction stores the version with its metrics and the gate's reason and
makes it champion or not. One training runs at a time, on however many machines, by a lease
that a heartbeat renews; one that lost its lease promotes nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from monitor.classification import manifest
from monitor.classification.champion import (
    SHIPPED,
    SYSTEM,
    Serving,
    folder_of,
    load_champion,
    promote,
    register_shipped,
    rollback,
)
from monitor.datasets import snapshots
from monitor.errors import ConflictError, MonitorError, PluginError, UserError
from monitor.evaluation import checklist, gate
from monitor.evaluation import metrics as measures
from monitor.hookspecs import Classifier, Progress, Strategy, Trainable
from monitor.records import Article, Example, Mention, ModelState, ModelVersion, Prediction, Snapshot
from monitor.settings import LearningSettings
from monitor.store import Store, audit, jobs, labels, models, predictions, tasks

__all__ = [
    "SHIPPED",
    "Serving",
    "checked",
    "clean",
    "evaluate",
    "folder_of",
    "load_champion",
    "prioritise",
    "promote",
    "register_shipped",
    "rollback",
    "take_snapshot",
    "train",
]

LEASE = "train"
LEASE_SECONDS = 120
EXPLORE = 0.1
"""Share of the queue's places given to articles drawn at random, so that labels also come
from where the model is wrongly sure (Attenberg and Provost, KDD 2010)."""
BATCH = 128
_TEMPORARY = ".training-"


def train(
    store: Store,
    factory: Callable[[], Classifier],
    settings: LearningSettings,
    now: Callable[[], datetime],
    progress: Progress,
    data: Sequence[Example] = (),
    *,
    user: str = SYSTEM,
) -> ModelVersion:
    """Fit a challenger on every label, and on `data`; let it serve if it passes the gate.

    Returns the version: CHAMPION, or REFUSED with the reason. `factory` makes classifiers
    that have loaded nothing. Raises ConflictError where a training runs already, UserError
    where there is nothing to learn from or the classifier cannot be fitted, ModelError
    where no champion can be loaded to start from; a failed training leaves no version.
    """
    with _alone(store, now) as holder:
        clean(settings.directory)
        serving = load_champion(store, factory, settings.directory, now())
        snapshot, label_ids = take_snapshot(store, settings.gold_share, data)
        if not snapshot.train:
            raise UserError("nothing to learn from: label tasks in the queue, or give a file with --data")
        challenger = factory()
        if not isinstance(challenger, Trainable):
            raise UserError(
                f"the classifier {serving.version.kind!r} cannot be trained: configure another kind"
            )

        cases = checklist.shipped()
        started = now()
        id = f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        with _temporary(settings.directory, id) as temporary:
            parent = folder_of(serving.version, settings.directory)
            fitted = checked(challenger.fit(snapshot, parent, temporary, progress), serving.version.kind)
            digest = manifest.seal(temporary)
            challenger.load(temporary, id)

            verdict = gate.gate(
                _judge(serving.classifier, snapshot.gold, started, "champion on gold", progress),
                _judge(challenger, snapshot.gold, started, "challenger on gold", progress),
                snapshot.gold,
                min_gold=settings.min_gold,
                max_drop=settings.max_drop,
            )
            progress("check behaviours", 0, 2)
            before = checklist.rates(checklist.check(serving.classifier.classify, cases))
            progress("check behaviours", 1, 2)
            behaviour = checklist.rates(checklist.check(challenger.classify, cases))
            progress("check behaviours", 2, 2)
            verdict = gate.behaved(verdict, before, behaviour, settings.max_behaviour_drop)
            counts = snapshots.counts(snapshot)
            version = ModelVersion(
                id=id,
                kind=serving.version.kind,
                path=id,
                digest=digest,
                state=ModelState.CHALLENGER,
                created_at=started,
                parent=serving.version.id,
                snapshot=snapshot.id,
                metrics={
                    **verdict.challenger,
                    "champion": verdict.champion,
                    "comparison": verdict.comparison,
                    "behaviour": {**behaviour, "champion": before},
                    "examples": counts,
                    "fit": fitted,
                },
                reason=verdict.reason,
            )
            os.rename(temporary, settings.directory / id)
        return _conclude(store, version, verdict, counts, label_ids, holder, now(), user)


def take_snapshot(
    store: Store, gold_share: float, data: Sequence[Example] = ()
) -> tuple[Snapshot, list[int]]:
    """The standing labels and `data` as a snapshot, and the ids of the labels in it."""
    with store.read() as tx:
        standing = labels.current(tx)
    judged = snapshots.from_labels((one.label, one.article) for one in standing)
    # Analysts' labels first: of equal texts the first counts.
    return snapshots.build([*judged, *data], gold_share=gold_share), [one.label.id for one in standing]


def evaluate(
    classifier: Classifier, examples: Sequence[Example], task: str, now: datetime, progress: Progress
) -> dict[str, Any]:
    """Metrics of a loaded classifier on the `examples` that have a label for `task`
    ("sentiment", "topics" or "company"; see `monitor.evaluation.metrics`), with `texts_per_second`."""
    known: Mapping[str, Callable[[Example], object]] = {
        "sentiment": lambda example: example.sentiment,
        "topics": lambda example: example.topics,
        "company": lambda example: example.companies,
    }
    asked = [example for example in examples if known[task](example)]
    started = time.perf_counter()
    judged = _judge(classifier, asked, now, "classify", progress)
    seconds = time.perf_counter() - started
    if task == "topics":
        measured = measures.evaluate_topics([example.topics or () for example in asked], judged)
    elif task == "company":
        measured = measures.evaluate_company([example.companies for example in asked], judged)
    else:
        measured = measures.evaluate_sentiment([example.sentiment or "" for example in asked], judged)
    return {**measured, "texts_per_second": round(len(asked) / max(seconds, 1e-9), 1)}


def prioritise(store: Store, strategy: Strategy, n: int, rng: np.random.Generator) -> list[int]:
    """Put the `n` open tasks that `strategy` wants most first in the queue, EXPLORE of the
    places drawn at random; their article ids in order. Raises PluginError where the
    strategy returns what is not in the queue."""
    with store.read() as tx:
        waiting = tasks.waiting(tx)
        pool = {id: prediction for id, (prediction, _) in predictions.of(tx, waiting).items()}
        labelled = [one.article.id for one in labels.current(tx)]
    chosen = list(strategy.select(pool, labelled, n, rng))
    if len(set(chosen)) != len(chosen) or not set(chosen) <= set(pool) or len(chosen) > n:
        raise PluginError(f"strategy {strategy.kind!r}: expected at most {n} distinct ids of the queue")
    order = _explore(chosen, sorted(pool), min(n, len(chosen)), rng)
    with store.begin() as tx:
        tasks.reprioritise(tx, order)
    return order


def clean(directory: Path) -> None:
    """Remove what trainings that were killed left behind; those that run keep theirs."""
    for leftover in directory.glob(f"{_TEMPORARY}*"):
        with suppress(OSError), _locked(leftover):
            shutil.rmtree(leftover)


# --- steps --------------------------------------------------------------------------------


def _conclude(
    store: Store,
    version: ModelVersion,
    verdict: gate.Verdict,
    counts: dict[str, dict[str, int]],
    label_ids: Sequence[int],
    holder: str,
    now: datetime,
    user: str,
) -> ModelVersion:
    """Store the version and let it serve or not, in one transaction."""
    with store.begin() as tx:
        if jobs.lease(tx, LEASE, holder, now, LEASE_SECONDS) is None:
            raise ConflictError(f"another training took over; {version.id} was not stored")
        serving = models.champion(tx)
        models.snapshot(
            tx, version.snapshot, {name: some["all"] for name, some in counts.items()}, label_ids, now
        )
        models.put(tx, version)
        if verdict.promote and serving is not None and serving.id != version.parent:
            verdict = replace(
                verdict,
                promote=False,
                reason=f"{serving.id} was promoted meanwhile; compared with {version.parent}",
            )
        if verdict.promote:
            models.promote(tx, version.id, verdict.reason, now)
        else:
            models.refuse(tx, version.id, verdict.reason)
        done = "model.promote" if verdict.promote else "model.refuse"
        audit.write(tx, now, user, done, version.id, {"reason": verdict.reason, "parent": version.parent})
        return models.get(tx, version.id)


def _judge(
    classifier: Classifier, examples: Sequence[Example], now: datetime, what: str, progress: Progress
) -> list[Prediction]:
    judged: list[Prediction] = []
    for start in range(0, len(examples), BATCH):
        batch = [_article(example, now) for example in examples[start : start + BATCH]]
        found = classifier.classify(batch)
        if len(found) != len(batch):
            raise PluginError(f"{classifier.kind!r} gave {len(found)} predictions for {len(batch)} articles")
        judged.extend(found)
        progress(what, len(judged), len(examples))
    return judged


def _article(example: Example, now: datetime) -> Article:
    """The example as an article that mentions its companies, whose ids are the names in the text."""
    starts = {name: max(0, example.text.find(name)) for name, _ in example.companies}
    return Article.unstored(
        example.text,
        now,
        source=example.origin,
        mentions=tuple(Mention(name, name, start, start + len(name)) for name, start in starts.items()),
    )


def _explore(chosen: Sequence[int], pool: Sequence[int], n: int, rng: np.random.Generator) -> list[int]:
    """The first `n` places: the `chosen` in order, but a random one of the `pool` at EXPLORE
    of the places; nothing twice."""
    ranked, drawn = deque(chosen), deque(rng.permutation(np.array(pool, dtype=np.int64)).tolist())
    order: dict[int, None] = {}
    while len(order) < n and (ranked or drawn):
        source = drawn if not ranked or (drawn and rng.random() < EXPLORE) else ranked
        order[source.popleft()] = None
    return list(order)


def checked(metrics: object, kind: str) -> Any:
    """Metrics as JSON knows them. Raises PluginError, naming the classifier, for what it does not."""
    try:
        return json.loads(json.dumps(metrics, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise PluginError(f"classifier {kind!r}: it returned metrics that are not JSON: {error}") from error


@contextmanager
def _temporary(directory: Path, id: str) -> Iterator[Path]:
    """A path that ends in `id`, not made yet, in a folder that is removed in the end."""
    folder = directory / f"{_TEMPORARY}{id}"
    folder.mkdir(parents=True)
    try:
        with _locked(folder):
            yield folder / id
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system drops when the process dies. Raises OSError
    where another process holds it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


@contextmanager
def _alone(store: Store, now: Callable[[], datetime]) -> Iterator[str]:
    """Hold the training lease and keep renewing it; yields the holder's name."""
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def renew() -> bool:
        with store.begin() as tx:
            return jobs.lease(tx, LEASE, holder, now(), LEASE_SECONDS) is not None

    def beat() -> None:
        while not over.wait(LEASE_SECONDS / 4):
            try:
                renew()
            except MonitorError:  # a busy store: the next beat comes before the lease runs out
                continue

    if not renew():
        raise ConflictError(
            "a training is running already: wait for it, or for its lease to run out (2 minutes)"
        )
    over = threading.Event()
    heart = threading.Thread(target=beat, name="training-lease", daemon=True)
    heart.start()
    try:
        yield holder
    finally:
        over.set()
        heart.join()
        with store.begin() as tx:
            jobs.release(tx, LEASE, holder)
