"""The learn line: labels -> snapshot -> fit -> evaluate against the champion -> gate -> promote.

A training leaves nothing behind until its last step: the model is written to a temporary
folder, and one transaction stores the version with its metrics and the gate's reason and
makes it champion or not. The temporary folder stands until that transaction is committed, also
while the model bears its own name already; so what a training that was killed has left is known
for its own, and removed by the next start, and no other folder ever is. One training runs at a
time, on however many machines, by a lease that is held while its process lives; one that lost its
lease promotes nothing.
"""

from __future__ import annotations

import math
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import structlog

from monitor.acquisition import contests
from monitor.acquisition.contests import Contest
from monitor.classification import champion, manifest
from monitor.classification.champion import SYSTEM, folder_of
from monitor.datasets import snapshots
from monitor.errors import ConflictError, StoreError, UserError
from monitor.evaluation import checklist, gate
from monitor.evaluation.duel import Rule
from monitor.evaluation.measuring import checked, judged
from monitor.evaluation.paired import kept
from monitor.evaluation.reuse import Use
from monitor.hookspecs import Classifier, Progress, Trainable
from monitor.messages import Message
from monitor.news.languages import detect_language
from monitor.premises import locks, ownership
from monitor.records import Example, ModelState, ModelVersion, Purpose, Snapshot
from monitor.settings import LearningSettings
from monitor.store import Store, audit, audits, clock, duels, labels, leases, models

LEASE = "train"
TWICE = 20
"""Texts read by two from which on their differences tell the reading error."""
_TEMPORARY = ".training-"
log = structlog.get_logger(__name__)


def train(
    store: Store,
    factory: Callable[[], Classifier],
    settings: LearningSettings,
    now: Callable[[], datetime],
    progress: Progress,
    data: Sequence[Example] = (),
    gold: Sequence[Example] = (),
    *,
    holder: str,
    user: str = SYSTEM,
) -> ModelVersion:
    """Fit a challenger on the labels that may train, and on `data`; let it serve if it passes the gate on
    the audits that serve it and on the examples declared `gold`.

    Returns the version: CHAMPION, REFUSED with the reason, or CHALLENGER where a duel decides. `factory`
    makes classifiers that have loaded nothing; `holder` is the living process that trains. Raises
    ConflictError where a training runs already, UserError where there is nothing to learn from or the
    classifier cannot be fitted, ModelError where no champion can be loaded to start from; a failed training
    leaves no version.
    """
    with _alone(store, holder) as token:
        clean(store, settings.directory)
        serving = champion.load_champion(store, factory, settings.directory, now())
        with store.read() as tx:
            begun, last_label = clock.seconds(tx), labels.newest(tx)
        snapshot, label_ids = take_snapshot(store, settings.audit_days, now(), data, gold)
        if not snapshot.train:
            raise UserError(Message("learning.nothing"))
        challenger = factory()
        if not isinstance(challenger, Trainable):
            raise UserError(Message("learning.untrainable", kind=serving.version.kind))

        cases = checklist.shipped()
        started = now()
        id = f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        with _temporary(store, settings.directory, id) as temporary:
            parent = folder_of(serving.version, settings.directory)
            fitted = checked(challenger.fit(snapshot, parent, temporary, progress), serving.version.kind)
            digest = manifest.seal(temporary)
            challenger.load(temporary, id)

            progress("check behaviours", 0, 2)
            before = checklist.check(serving.classifier.classify, cases)
            progress("check behaviours", 1, 2)
            behaviour = checklist.check(challenger.classify, cases)
            progress("check behaviours", 2, 2)
            readers, error = readings(store, settings.audit_days, started)
            allowed = settings.max_drop * kept(error)
            verdict = gate.gate(
                judged(serving.classifier, snapshot.gold, started, "champion on gold", progress),
                judged(challenger, snapshot.gold, started, "challenger on gold", progress),
                snapshot.gold,
                max_drop=allowed,
                level=settings.level,
                use=used(store, started - timedelta(days=settings.audit_days)),
                languages=[detect_language(one.text) for one in snapshot.gold],
                behaviour=(before, behaviour),
                readers=[readers.get(one.text, "") for one in snapshot.gold],
            )
            contest = None
            if verdict.duel:
                # Drawn so that nobody can foresee it.
                since, rng = started - timedelta(days=settings.duel_days), np.random.default_rng()
                both = (serving.classifier, challenger)
                contest = contests.drawn(store, *both, since, settings.duel_max_labels, rng, progress)
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
                    "gate": verdict.told(),
                    "behaviour": {**checklist.rates(behaviour), "champion": checklist.rates(before)},
                    "examples": counts,
                    "fit": fitted,
                },
                reason=verdict.reason,
                seconds=begun,
                last_label=last_label,
            )
            os.rename(temporary, settings.directory / id)
            return _conclude(
                store,
                version,
                verdict,
                contest,
                rule(settings, allowed),
                counts,
                label_ids,
                token,
                now(),
                user,
            )


def take_snapshot(
    store: Store, audit_days: int, now: datetime, data: Sequence[Example] = (), gold: Sequence[Example] = ()
) -> tuple[Snapshot, list[int]]:
    """What there is to learn from, as a snapshot, and the ids of the labels in it.

    Labels and `data` train, but no text of a story that was audited in the last `audit_days`, whoever
    labelled it: what measures models must not teach them. Gold are the audits of that time that serve the
    gate, and the examples declared `gold`.
    """
    since = now - timedelta(days=audit_days)
    with store.read() as tx:
        standing, held = labels.current(tx), audits.held(tx, since) | duels.held(tx)
        drawn = audits.of(tx, since=since, purpose=Purpose.GATE)
    taught = [(one.label, one.article) for one in standing if one.label.text_id not in held]
    judging = [(one.label, one.article) for one in drawn if one.label is not None]
    # Analysts' labels first: of equal texts the first counts.
    snapshot = snapshots.build(
        [*snapshots.from_labels(taught), *data], [*snapshots.from_labels(judging), *gold]
    )
    return snapshot, [label.id for label, _ in (*taught, *judging)]


def due(store: Store, settings: LearningSettings) -> bool:
    """Whether the schedule wants a training: enough new labels, long enough after the last, and no duel whose
    challenger another one would overtake."""
    with store.read() as tx:
        trained = [one for one in models.all(tx) if not one.id.startswith(champion.SHIPPED)]
        fresh = labels.since(tx, max((one.last_label for one in trained), default=0))
        since = clock.seconds(tx) - max((one.seconds for one in trained), default=-math.inf)
        duelling = duels.running(tx) is not None
    waited = since >= settings.every_hours * 3600
    return settings.enabled and not duelling and waited and fresh >= settings.min_new_labels


def rule(settings: LearningSettings, allowed: float) -> Rule:
    """When a duel is over, whose challenger may lose `allowed` as its labels show it."""
    return Rule(settings.level, allowed, settings.duel_max_labels)


def readings(store: Store, audit_days: int, now: datetime) -> tuple[dict[str, str], float]:
    """Who labelled each audited text of the last `audit_days`, and the reading error: half of how often two
    readers of one text differ on its sentiment; 0 where fewer than TWICE texts say so."""
    with store.read() as tx:
        drawn = audits.of(tx, since=now - timedelta(days=audit_days))
    who = {one.article.content: one.label.user for one in drawn if one.label is not None}
    pairs = [one.labels[:2] for one in drawn if len(one.labels) > 1]
    differ = sum(first.sentiment != second.sentiment for first, second in pairs)
    return who, differ / len(pairs) / 2 if len(pairs) >= TWICE else 0.0


def used(store: Store, since: datetime) -> Use:
    """Which use of the gold labels the next one is, which stand from `since` on."""
    with store.read() as tx:
        gated = [
            one.metrics["gate"] for one in models.all(tx) if "gate" in one.metrics and one.created_at >= since
        ]
    gated = [one for one in gated if one["comparison"].get("n")]
    return Use(1 + len(gated), sum(one["decision"] != "undecided" for one in gated))


def clean(store: Store, directory: Path) -> None:
    """Remove what trainings that were killed left behind; those that run keep theirs, and a folder that
    a version names stays."""
    for marker in directory.glob(f"{_TEMPORARY}*"):
        with suppress(OSError), locks.held(marker):
            _tidy(store, marker)


# --- steps --------------------------------------------------------------------------------


def _conclude(
    store: Store,
    version: ModelVersion,
    verdict: gate.Verdict,
    contest: Contest | None,
    rule: Rule,
    counts: dict[str, dict[str, int]],
    label_ids: Sequence[int],
    token: int,
    now: datetime,
    user: str,
) -> ModelVersion:
    """Store the version and let it serve or not, in one transaction."""
    with store.begin() as tx:
        if not leases.holds(tx, LEASE, token):
            raise ConflictError(Message("learning.overtaken", model=version.id))
        serving = models.champion(tx)
        models.snapshot(
            tx, version.snapshot, {name: some["all"] for name, some in counts.items()}, label_ids, now
        )
        models.put(tx, version)
        may = verdict.promote or contest is not None
        if may and serving is not None and serving.id != version.parent:
            verdict = replace(
                verdict,
                promote=False,
                reason=Message("gate.overtaken", serving=serving.id, parent=version.parent),
            )
        elif contest is not None and serving is not None:
            told = {"reason": verdict.reason, "parent": version.parent}
            audit.write(tx, now, user, "model.duel", version.id, told)
            both = (serving.id, version.id, contest.judgement)
            duels.begin(tx, *both, contest.share, contest.drawn, rule, now)
            return models.get(tx, version.id)
        if verdict.promote:
            models.promote(tx, version.id, verdict.reason, now)
            duels.settle(tx, now)
        else:
            models.refuse(tx, version.id, verdict.reason)
        done = "model.promote" if verdict.promote else "model.refuse"
        audit.write(tx, now, user, done, version.id, {"reason": verdict.reason, "parent": version.parent})
        return models.get(tx, version.id)


@contextmanager
def _temporary(store: Store, directory: Path, id: str) -> Iterator[Path]:
    """A path that ends in `id`, not made yet, in a folder that is removed in the end; and so is what was
    renamed to `id` in `directory`, unless a version names it then."""
    ownership.folder(directory)
    marker = directory / f"{_TEMPORARY}{id}"
    handle = locks.make(marker, None)
    try:
        yield marker / id
    finally:
        _tidy(store, marker)
        os.close(handle)


def _tidy(store: Store, marker: Path) -> None:
    """Remove a training's temporary folder, and its model where no version names it. Where the store
    cannot be asked, both stay for the next time."""
    id = marker.name.removeprefix(_TEMPORARY)
    model = marker.parent / id
    if re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", id) and model.is_dir() and not model.is_symlink():
        try:
            with store.begin() as tx:
                named = models.paths(tx)
        except StoreError as error:
            log.warning("what a training left is removed later", folder=str(marker), error=str(error))
            return
        if id not in named:
            shutil.rmtree(model, ignore_errors=True)
            log.info("removed the model of a training that was not concluded", folder=str(model))
    shutil.rmtree(marker, ignore_errors=True)


@contextmanager
def _alone(store: Store, holder: str) -> Iterator[int]:
    """Hold the training lease, which is ours as long as our process lives; yields its token."""
    with store.begin() as tx:
        token = leases.take(tx, LEASE, holder, anew=True)
        other = "" if token is not None else leases.holder(tx, LEASE)
    if token is None:
        raise ConflictError(Message("learning.running", holder=other))
    try:
        yield token
    finally:
        with store.begin() as tx:
            leases.release(tx, LEASE, holder)
