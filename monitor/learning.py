"""The learn line: labels -> snapshot -> fit -> evaluate against the champion -> gate -> promote.

    ask ──> run ─┬─ begin      the champion loads, there is something to learn from, and room on the disk
                 ├─ freeze     what is learnt from is written to the training's folder, once
                 ├─ fit        with checkpoints there, where the classifier keeps any
                 ├─ compare    challenger and champion, on gold and on the check-list
                 └─ conclude   version, verdict or duel, events, and the training's end, in one transaction

A training is a row (`monitor.store.trainings`) and a folder (`monitor.premises.workrooms`). Whoever runs it
tells the row how far it is, and learns there whether somebody gave it up (`monitor.schedule.reports`). One
runs at a time, on however many machines, and is held while its process lives. One whose process ended is
resumed: on the same frozen data, from the same parent and the last checkpoint. One that ended leaves its
row, and its model where there is a version of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import structlog

from monitor.acquisition import contests
from monitor.acquisition.contests import Contest
from monitor.classification import certifying, champion, manifest
from monitor.classification.champion import Serving, folder_of
from monitor.datasets import frozen, snapshots
from monitor.datasets.frozen import Basis
from monitor.errors import (
    CancelledError,
    ConflictError,
    ModelError,
    MonitorError,
    StoppedError,
    StoreError,
    UserError,
)
from monitor.evaluation import gold as gold_labels
from monitor.evaluation.comparison import compare
from monitor.evaluation.duel import Rule
from monitor.evaluation.gate import Verdict
from monitor.evaluation.measuring import checked
from monitor.evaluation.paired import kept
from monitor.extensions import exits
from monitor.hookspecs import Classifier, Progress, Resumable, Trainable, silent
from monitor.messages import Message
from monitor.premises import workrooms
from monitor.premises.workrooms import Workroom, clean
from monitor.records import (
    ACTIVE,
    Example,
    ModelState,
    ModelVersion,
    Purpose,
    Snapshot,
    Training,
    TrainingState,
)
from monitor.schedule.clocks import Now, Steady, steady
from monitor.schedule.demand import ask, cancel, due, next_open
from monitor.schedule.reports import Report
from monitor.settings import LearningSettings, RoutingSettings
from monitor.store import Store, audit, audits, clock, duels, labels, models, shadows, trainings
from monitor.store.models import SYSTEM
from monitor.store.trainings import Claim

__all__ = [
    "ask",
    "cancel",
    "check",
    "clean",
    "conclude",
    "due",
    "here",
    "next_open",
    "run",
    "take_snapshot",
    "train",
]

ROOM_IN_MODELS = 6
"""Free disk that a training asks for, in sizes of its parent's folder: the model that it writes, and a
checkpoint of weights, the best of them so far, and the optimiser's moments, in full precision."""

UNROUTED = RoutingSettings()
"""The rules of who routes nothing: the settings' own defaults."""
_ENDED = {
    ModelState.CHAMPION: "promoted",
    ModelState.REFUSED: "refused",
    ModelState.CHALLENGER: "challenger",
}
_DONE = {"promoted": "model.promote", "refused": "model.refuse", "challenger": "model.duel"}
log = structlog.get_logger(__name__)


def train(
    store: Store,
    factory: Callable[[], Classifier],
    settings: LearningSettings,
    now: Now,
    progress: Progress,
    data: Sequence[Example] = (),
    gold: Sequence[Example] = (),
    *,
    holder: str,
    user: str = SYSTEM,
    routing: RoutingSettings = UNROUTED,
) -> ModelVersion:
    """Ask for a training and run it here and now: on the labels that may train and on `data`, judged by the
    audits that serve the gate and by the examples declared `gold`; see `ask` and `run`."""
    check(store, factory, data)
    training = ask(store, now(), user=user, data=data, gold=gold, directory=settings.directory)
    return run(store, training.id, factory, settings, now, progress, holder=holder, routing=routing)


def check(store: Store, factory: Callable[[], Classifier], data: Sequence[Example] = ()) -> None:
    """Refuse at once what would be fitted for nothing. Raises UserError where the classifier cannot be
    fitted, or there is neither a label nor `data` to learn from."""
    classifier = factory()
    if not isinstance(classifier, Trainable):
        raise UserError(Message("learning.untrainable", kind=classifier.kind))
    with store.read() as tx:
        if not data and not labels.newest(tx):
            raise UserError(Message("learning.nothing"))


def run(
    store: Store,
    id: str,
    factory: Callable[[], Classifier],
    settings: LearningSettings,
    now: Now,
    progress: Progress = silent,
    *,
    holder: str,
    steady: Steady = steady,
    stopping: Callable[[], bool] = lambda: False,
    routing: RoutingSettings = UNROUTED,
) -> ModelVersion:
    """Run a training that is in line, or resume one that was interrupted: fit a challenger, measure it, and
    let it serve if it passes the gate.

    Returns the version: CHAMPION, REFUSED with the reason, or CHALLENGER where a duel decides. `factory`
    makes classifiers that have loaded nothing; `holder` is the living process that trains. Raises
    ConflictError where the training runs, has ended or has its folder on another machine, UserError where
    there is nothing to learn from or too little room on the disk, ModelError where no champion can be loaded
    to start from, CancelledError, and StoppedError where `stopping` says so, which interrupts it as a store
    that fails does. A training that raises leaves no version. What passes the gate is certified by the
    `routing` rules, and has its certificate from the moment it serves.
    """
    room = Workroom(settings.directory, id)
    with store.read() as tx:
        training = trainings.get(tx, id)
    is_open = training.state in (*ACTIVE, TrainingState.INTERRUPTED)
    if is_open and not here(store, settings.directory, training):
        raise ConflictError(Message("training.elsewhere", training=id, folder=str(room.folder)))
    with workrooms.entered(room):
        try:
            with store.begin() as tx:
                claim = trainings.claim(tx, id, holder, now())
                training = trainings.get(tx, id)
            report = Report(store, claim, now, steady, progress, stopping)
            try:
                with exits.refused(ModelError, "the classifier"):
                    return _made(store, claim, training, room, factory, settings, routing, now, report)
            except BaseException as error:
                _over(store, claim, error, now())
                raise
        finally:
            workrooms.tidy(store, room)


def here(store: Store, directory: Path, training: Training) -> bool:
    """Whether what a training has of its own, if anything, lies beside the models in `directory`: it may
    have begun on another machine."""
    room = Workroom(directory, training.id)
    with store.read() as tx:
        _, files = trainings.options(tx, training.id)
    return room.snapshot.exists() if training.snapshot else room.asked.exists() or not files


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


def conclude(
    store: Store,
    claim: Claim,
    version: ModelVersion,
    verdict: Verdict,
    basis: Basis,
    now: datetime,
    user: str,
    contest: Contest | None,
    rule: Rule,
) -> ModelVersion:
    """Store the version with the gate's verdict, let it serve or not, or let the duel of this `contest`
    decide by its `rule`, and end the training, in one transaction. Raises CancelledError where the training
    was given up, ConflictError where it is another process's by now; then nothing is stored."""
    with store.begin() as tx:
        serving = models.champion(tx)
        sides = {name: some["all"] for name, some in snapshots.counts(basis.snapshot).items()}
        models.snapshot(tx, version.snapshot, sides, basis.label_ids, now)
        models.put(tx, version)
        models.gated(tx, version.id, verdict.reason, now)
        ended, reason = "promoted" if verdict.promote else "refused", verdict.reason
        if contest is not None and serving is not None:
            ended = "challenger"
        if ended != "refused" and serving is not None and serving.id != version.parent:
            ended, reason = "refused", Message("gate.overtaken", serving=serving.id, parent=version.parent)
        done = _DONE[ended]
        if ended == "challenger" and contest is not None and serving is not None:
            both = (serving.id, version.id, contest.judgement)
            duels.begin(tx, *both, contest.share, contest.drawn, rule, now)
        elif ended == "promoted":
            if not shadows.admit(tx, version.id, reason, now):
                done = "model.shadow"
            duels.settle(tx, now)
        else:
            models.refuse(tx, version.id, reason, now)
        audit.write(tx, now, user, done, version.id, {"reason": reason, "parent": version.parent})
        made = models.get(tx, version.id)
        ended = _ENDED[made.state]  # a duel with nothing to ask is over at once
        state = Message(f"learning.state.{made.state}")
        told = Message("learning.made", model=made.id, state=state, reason=reason)
        if not trainings.finish(tx, claim, made.id, ended, told, now):
            if trainings.get(tx, claim.id).state is TrainingState.CANCELLING:
                raise CancelledError(Message("training.cancelled"))
            raise ConflictError(Message("learning.overtaken", model=version.id))
        return made


# --- steps --------------------------------------------------------------------------------


def _made(
    store: Store,
    claim: Claim,
    training: Training,
    room: Workroom,
    factory: Callable[[], Classifier],
    settings: LearningSettings,
    routing: RoutingSettings,
    now: Now,
    report: Report,
) -> ModelVersion:
    """From the claim to the verdict."""
    report.stage("training.stage.champion")
    challenger = factory()
    if not isinstance(challenger, Trainable):
        raise UserError(Message("learning.untrainable", kind=challenger.kind))
    serving = champion.load_champion(store, factory, settings.directory, now())
    parent = folder_of(serving.version, settings.directory)
    if training.parent and training.parent != serving.version.id:
        moved = {"serving": serving.version.id, "parent": training.parent}
        raise ConflictError(Message("training.moved_on", **moved))
    _roomy(room.folder, parent)

    report.stage("training.stage.snapshot")
    basis = _basis(store, claim, training, room, serving, settings, now())
    started, snapshot = training.started_at or now(), basis.snapshot

    report.stage("training.stage.fit")
    workrooms.unplace(room)  # what an attempt before left
    shutil.rmtree(room.model, ignore_errors=True)
    if isinstance(challenger, Resumable):
        room.checkpoints.mkdir(mode=0o700, exist_ok=True)
        challenger.keep(room.checkpoints, settings.checkpoint_minutes)
    fitted = checked(challenger.fit(snapshot, parent, room.model, report), serving.version.kind)
    digest = manifest.seal(room.model)
    challenger.load(room.model, room.id)

    readers, error = gold_labels.readings(store, settings.audit_days, started)
    found = compare(
        serving.classifier,
        challenger,
        snapshot,
        started,
        report,
        max_drop=settings.max_drop * kept(error),
        level=settings.level,
        use=gold_labels.used(store, started - timedelta(days=settings.audit_days)),
        readers=readers,
        error=error,
    )
    contest, rule = None, gold_labels.rule(settings, error)
    if found.verdict.duel:
        # Drawn so that nobody can foresee it.
        since, rng = started - timedelta(days=settings.duel_days), np.random.default_rng()
        both = (serving.classifier, challenger)
        contest = contests.drawn(store, *both, since, rule.most, rng, report)
    report.stage("training.stage.certify")
    certificate = None
    if found.verdict.promote:
        days = settings.audit_days
        certificate = certifying.first(store, room.id, challenger.classify, routing, days, now())
    report.stage("training.stage.conclude")
    version = ModelVersion(
        id=room.id,
        kind=serving.version.kind,
        path=room.id,
        digest=digest,
        state=ModelState.CHALLENGER,
        created_at=started,
        parent=serving.version.id,
        snapshot=snapshot.id,
        metrics={**found.metrics, "examples": snapshots.counts(snapshot), "fit": fitted},
        reason=found.verdict.reason,
        seconds=basis.seconds,
        last_label=basis.last_label,
        shadow_hours=settings.shadow_hours,
        certificate=certificate,
    )
    os.rename(room.model, room.place)
    return conclude(store, claim, version, found.verdict, basis, now(), training.asked_by, contest, rule)


def _basis(
    store: Store,
    claim: Claim,
    training: Training,
    room: Workroom,
    serving: Serving,
    settings: LearningSettings,
    now: datetime,
) -> Basis:
    """What is learnt from: as it was frozen, where it was; else taken now, written down, and said to be."""
    if training.snapshot:
        return frozen.read(room.snapshot)
    data, gold = frozen.read_asked(room.asked) if room.asked.exists() else ((), ())
    with store.read() as tx:
        seconds, last = clock.seconds(tx), labels.newest(tx)
    basis = Basis(*take_snapshot(store, settings.audit_days, now, data, gold), last, seconds)
    if not basis.snapshot.train:
        raise UserError(Message("learning.nothing"))
    frozen.write(room.snapshot, basis)
    with store.begin() as tx:
        if not trainings.freeze(tx, claim, basis.snapshot.id, serving.version.id):
            raise ConflictError(Message("learning.overtaken", model=claim.id))
    return basis


def _roomy(folder: Path, parent: Path) -> None:
    """Raises UserError where the disk has too little room for a training that starts from `parent`."""
    wanted = ROOM_IN_MODELS * sum(file.stat().st_size for file in parent.rglob("*") if file.is_file())
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise UserError(Message("training.no_room", free=free / 1e6, wanted=wanted / 1e6))


def _over(store: Store, claim: Claim, error: BaseException, now: datetime) -> None:
    """Record how a training ended that made no version. Where the store cannot be told, whoever looks next
    does it (`trainings.untold`)."""
    state: TrainingState = TrainingState.FAILED
    outcome: str = Message("learning.broke")
    if isinstance(error, CancelledError):
        state, outcome = TrainingState.CANCELLED, error.told
    elif isinstance(error, StoppedError | StoreError) or not isinstance(error, Exception):
        state, outcome = TrainingState.INTERRUPTED, Message("training.died")
    elif isinstance(error, MonitorError):
        outcome = error.told
    else:
        log.error("training failed", training=claim.id, exc_info=error)
    with suppress(StoreError), store.begin() as tx:
        trainings.end(tx, claim, state, outcome, now)
