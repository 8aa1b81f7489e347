"""Certify a version from the audits, and watch its certificate: what `monitor.evaluation.standing` decides,
asked of the store and of the classifier.

Audits are judged by the version that is certified, whichever served when they were drawn: what it has said of
them already is taken from the store, the rest is asked now. What it cannot judge is never accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import structlog

from monitor.classification import judging
from monitor.classification.judging import Classify
from monitor.errors import ConflictError, ModelError
from monitor.evaluation import certificate, sequence, standing
from monitor.evaluation.bounds import Sample
from monitor.evaluation.certificate import Certificate, Reading
from monitor.evaluation.standing import Standing
from monitor.messages import Message
from monitor.records import Article, Audit, Prediction, Purpose
from monitor.settings import RoutingSettings
from monitor.store import Store, Tx, audit, audits, models, predictions

SYSTEM = "monitor"
"""The audit's user for what nobody asked for."""
FEWEST = 40
"""Audits for the gate and for calibration whose scores set the thresholds of an attempt."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What stays from look to look: its number, from when on audits count, and the thresholds with the share
    of texts that each accepts."""

    number: int
    since: datetime
    thresholds: Sequence[float]
    coverage: Sequence[float]


@dataclass(frozen=True, slots=True)
class Judged:
    """The audits of the time that labels count, in the order they were settled (the open ones last), and
    what the version says of each."""

    audits: tuple[Audit, ...]
    told: tuple[Prediction | None, ...]


def look(
    store: Store,
    model_id: str,
    classify: Classify,
    rules: RoutingSettings,
    audit_days: int,
    now: Callable[[], datetime],
) -> str:
    """Look at what the audits certify of a version and whether they break what was certified; what came of
    it. Changes are in the audit log. Raises NotFoundError; ModelError and ConflictError as `judge` does."""
    with store.read() as tx:
        before = standing.from_json(models.get(tx, model_id).certificate)
        drawn = _drawn(tx, now() - timedelta(days=audit_days))
    if not any(_settled(one) for one in drawn):
        return standing.told(before)
    judged = judge(store, model_id, classify, drawn)
    with store.begin() as tx:
        version = models.get(tx, model_id)
        was = standing.from_json(version.certificate)
        after = stands(was, judged, model_id, rules, audit_days, last_attempt(tx), now())
        if after != was:
            models.stands(tx, model_id, standing.to_json(after))
            _log(tx, model_id, was, after, now())
    return standing.told(after)


def first(
    store: Store,
    model_id: str,
    classify: Classify,
    rules: RoutingSettings,
    audit_days: int,
    now: datetime,
) -> dict[str, Any] | None:
    """How a version stands that is about to be promoted, to be stored with it (`ModelVersion.certificate`) in
    the transaction that promotes it; None where no audit was read. It spends an attempt: ask it only of what
    passed the gate. Raises what `judge` raises."""
    with store.read() as tx:
        drawn, attempts = _drawn(tx, now - timedelta(days=audit_days)), last_attempt(tx)
    if not any(_settled(one) for one in drawn):
        return None
    judged = judge(store, model_id, classify, drawn)
    return standing.to_json(stands(Standing(), judged, model_id, rules, audit_days, attempts, now))


def judge(store: Store, model_id: str, classify: Classify, drawn: Sequence[Audit]) -> Judged:
    """What the version says of the audits. Raises ModelError where the classifier does not work, and
    ConflictError where it is of another version by now."""
    with store.read() as tx:
        known = predictions.by(tx, [one.article.id for one in drawn], model_id)
    asked = [one.article for one in drawn if one.article.id not in known]
    for start in range(0, len(asked), judging.BATCH):
        known |= _asked(classify, asked[start : start + judging.BATCH])
    if any(one.model != model_id for one in known.values()):
        raise ConflictError(Message("certificate.exchanged", model=model_id))
    return Judged(tuple(drawn), tuple(known.get(one.article.id) for one in drawn))


def stands(
    before: Standing,
    judged: Judged,
    model_id: str,
    rules: RoutingSettings,
    audit_days: int,
    attempts: int,
    now: datetime,
) -> Standing:
    """How a version stands after a look at the audits; `attempts` is the last of all versions. Pure."""
    before = after = standing.current(before, now, audit_days)
    attempt = None
    if standing.due(before, now, audit_days):
        since = standing.beginning(before, now, audit_days)
        scores = np.array(
            [
                _score(told)
                for one, told in zip(judged.audits, judged.told, strict=True)
                if one.purpose is not Purpose.CERTIFICATE
            ]
        )
        thresholds = sequence.grid(scores)
        if len(scores) >= FEWEST and thresholds:
            coverage = [float((scores >= one).mean()) for one in thresholds]
            shares = np.array([one.share for one in judged.audits])
            after = Standing(before.held, None, before.watching, standing.scale(shares))
            attempt = Attempt(attempts + 1, since, thresholds, coverage)
    elif before.look is not None and before.look.since is not None:
        steps = before.look.steps
        asked = [step.threshold for step in steps], [step.coverage for step in steps]
        attempt = Attempt(before.look.attempt, before.look.since, *asked)
    if attempt is not None:
        made = _certificate(judged, after.least, attempt, model_id, rules, now)
        if after.look is None or made.labels != after.look.labels:
            after = standing.looked(after, made, now)
    if after.watching is not None:
        since = after.watching.since
        rows = [i for i, one in enumerate(judged.audits) if _settled(one) and one.drawn_at > since]
        after = standing.watched(after, _sample(judged, rows, after.least), now)
    return after


def last_attempt(tx: Tx) -> int:
    """The number of the last attempt to certify any version."""
    stand = [standing.from_json(one.certificate) for one in models.all(tx)]
    made = [one for each in stand for one in (each.held, each.look) if one is not None]
    return max((one.attempt for one in made), default=0)


# --- steps --------------------------------------------------------------------------------


def _drawn(tx: Tx, since: datetime) -> list[Audit]:
    found = audits.of(tx, since=since)
    return sorted(found, key=lambda one: (not _settled(one), one.settled_at or one.drawn_at, one.text_id))


def _settled(one: Audit) -> bool:
    return one.missing or bool(one.labels)


def _asked(classify: Classify, batch: Sequence[Article]) -> dict[int, Prediction]:
    judged = judging.judge(classify, batch)
    if judged.down:
        raise ModelError(Message("classifier.down", n=len(batch), why=judged.down))
    return {batch[position].id: one for position, one in judged.predictions.items()}


def _certificate(
    judged: Judged,
    least: float,
    attempt: Attempt,
    model_id: str,
    rules: RoutingSettings,
    now: datetime,
) -> Certificate:
    rows = [
        i
        for i, one in enumerate(judged.audits)
        if one.purpose is Purpose.CERTIFICATE and _settled(one) and one.drawn_at > attempt.since
    ]
    some = [judged.audits[row] for row in rows]
    given = [judged.told[row] for row in rows]
    return certificate.running(
        _sample(judged, rows, least),
        attempt.thresholds,
        attempt.coverage,
        alpha=rules.alpha,
        delta=rules.delta,
        attempt=attempt.number,
        since=attempt.since,
        model=model_id,
        made_at=now,
        labels=certificate.digest((str(one.text_id), _read(one) or "missing") for one in some),
        missing=sum(one.missing for one in some),
        groups={
            "language": [one.article.language or "unknown" for one in some],
            "class": [told.label if told else "none" for told in given],
        },
        reading=_reading(judged.audits),
    )


def _sample(judged: Judged, rows: Sequence[int], least: float) -> Sample:
    some = [(judged.audits[row], judged.told[row]) for row in rows]
    return Sample.of(
        np.array([_score(told) for _, told in some], float),
        np.array([told is None or told.label != _read(one) for one, told in some], bool),
        weight=standing.weights(np.array([one.share for one, _ in some], float), least),
        block=np.array([one.story_id for one, _ in some], np.int64),
    )


def _score(told: Prediction | None) -> float:
    return -np.inf if told is None or told.unsupported else told.confidence


def _read(one: Audit) -> str | None:
    """What was read; None of one that is missing, which no judgement agrees with."""
    return None if one.label is None else one.label.sentiment


def _reading(drawn: Sequence[Audit]) -> Reading:
    twice = [one.labels for one in drawn if len({label.user for label in one.labels}) > 1]
    return Reading.of(len(twice), sum(some[0].sentiment != some[1].sentiment for some in twice))


def _log(tx: Tx, model_id: str, was: Standing, after: Standing, now: datetime) -> None:
    """Write down what changes what is accepted."""
    if standing.acceptance(was, -1.0) == standing.acceptance(after, -1.0):
        return
    told = standing.told(after)
    fired = after.watching is not None and after.watching.fired_at is not None
    action = "model.watchdog" if fired else "model.certify"
    held = after.held
    detail = {"reason": told, "threshold": None if held is None else held.threshold}
    audit.write(tx, now, SYSTEM, action, model_id, detail)
    log.log(30 if fired else 20, "certificate", model=model_id, what=str(told))
