"""Certify a version from the audits, and watch its certificates: what `monitor.evaluation.groups` decides,
asked of the store and of the classifier.

Audits are judged by the version that is certified, whichever served when they were drawn: what it has said of
them already is taken from the store, the rest is asked now. What it cannot judge is never accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import structlog

from monitor.classification import judging
from monitor.classification.judging import Classify
from monitor.errors import ConflictError, ModelError
from monitor.evaluation import certificate, groups, sequence, standing, temperature
from monitor.evaluation.bounds import Sample
from monitor.evaluation.certificate import Certificate, Reading
from monitor.evaluation.groups import Groups
from monitor.evaluation.standing import Standing
from monitor.messages import Message
from monitor.records import SENTIMENTS, Article, Audit, Prediction, Purpose
from monitor.settings import RoutingSettings
from monitor.store import Store, Tx, audit, audits, models, predictions

SYSTEM = "monitor"
"""The audit's user for what nobody asked for."""
FEWEST = 40
"""Audits for the gate and for calibration whose scores set the thresholds of an attempt."""
FEWEST_OWN = 20
"""Of these in a group, so that they set its thresholds; with fewer, those of all groups do."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What stays from look to look: its number, how many groups share it, from when on audits count, the
    temperature of the scores, and the thresholds with the share of texts that each accepts."""

    number: int
    shared: int
    since: datetime
    temperature: float
    thresholds: Sequence[float]
    coverage: Sequence[float]


@dataclass(frozen=True, slots=True)
class Judged:
    """The audits of the time that labels count, in the order they were settled (the open ones last), and
    what the version says of each, at whatever temperature."""

    audits: tuple[Audit, ...]
    told: tuple[Prediction | None, ...]

    def at(self, temperature: float) -> Judged:
        """The same at a temperature."""
        return replace(self, told=tuple(one and one.tempered(temperature) for one in self.told))


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
        before = groups.from_json(models.get(tx, model_id).certificate)
        drawn = _drawn(tx, now() - timedelta(days=audit_days))
    if not any(_settled(one) for one in drawn):
        return groups.told(before)
    judged = judge(store, model_id, classify, drawn)
    with store.begin() as tx:
        version = models.get(tx, model_id)
        was = groups.from_json(version.certificate)
        after = stands(was, judged, model_id, rules, audit_days, last_attempt(tx), now())
        if after != was:
            models.stands(tx, model_id, groups.to_json(after))
            _log(tx, model_id, was, after, now())
    return groups.told(after)


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
    return groups.to_json(stands(Groups(), judged, model_id, rules, audit_days, attempts, now))


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
    before: Groups,
    judged: Judged,
    model_id: str,
    rules: RoutingSettings,
    audit_days: int,
    attempts: int,
    now: datetime,
) -> Groups:
    """How a version stands after a look at the audits; `attempts` is the last of all versions. Pure."""
    after = groups.regrouped(before, rules.certify_by, rules.certify_companies, _languages(judged))
    parts = {name: standing.current(one, now, audit_days) for name, one in after.parts.items()}
    after = replace(after, parts=parts)
    due = [name for name, one in parts.items() if standing.due(one, now, audit_days)]
    begun: dict[str, Attempt] = {}
    if due and sum(map(_sets, judged.audits)) >= FEWEST:
        if len(due) == len(parts):
            after = replace(after, coming=temperature.next_to(after.temperature, _temperature(judged)))
        begun = _begun(after, due, judged, audit_days, attempts + 1, now)
    scale = standing.scale(np.array([one.share for one in judged.audits]))
    for name, one in after.parts.items():
        if name in begun:
            one = Standing(one.held, None, one.watching, scale)
            after = replace(after, parts={**after.parts, name: one})
        attempt = begun.get(name) or _going_on(one, now, audit_days)
        if attempt is None:
            continue
        made = _certificate(after, name, judged, attempt, model_id, rules, now)
        if one.look is None or made.labels != one.look.labels:
            after = groups.looked(after, name, made, now)
    after = groups.settled(after, now)
    return replace(after, parts={name: _watched(after, name, judged, now) for name in after.parts})


def last_attempt(tx: Tx) -> int:
    """The number of the last attempt to certify any version."""
    return max((groups.last_attempt(groups.from_json(one.certificate)) for one in models.all(tx)), default=0)


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


def _sets(one: Audit) -> bool:
    """Whether an audit sets thresholds and temperature, and so certifies nothing."""
    return one.purpose is not Purpose.CERTIFICATE


def _languages(judged: Judged) -> list[str]:
    """Those that texts enough have of what certifies nothing; none before there are texts enough to tell."""
    found = Counter(one.article.language or "unknown" for one in judged.audits if _sets(one))
    if found.total() < FEWEST:
        return []
    return [name for name, n in found.items() if n >= groups.LEAST_SHARE * found.total()]


def _temperature(judged: Judged) -> float | None:
    """What the calibration audits that were read say of the version: of each story the first."""
    read: dict[int, tuple[Prediction, str, float]] = {}
    for one, told in zip(judged.audits, judged.told, strict=True):
        known = one.purpose is Purpose.CALIBRATION and one.label is not None
        if known and one.label is not None and told is not None and not told.unsupported:
            read.setdefault(one.story_id, (told.tempered(1.0), one.label.sentiment, one.share))
    some = list(read.values())
    shares = np.array([share for _, _, share in some], float)
    return temperature.fitted(
        np.array([[told.sentiment.get(name, 0.0) for name in SENTIMENTS] for told, _, _ in some]),
        np.array([SENTIMENTS.index(label) for _, label, _ in some], np.int64),
        standing.weights(shares, standing.scale(shares)),
    )


def _begun(
    stand: Groups, due: Sequence[str], judged: Judged, audit_days: int, number: int, now: datetime
) -> dict[str, Attempt]:
    """The attempts of these groups that begin together; none where no text has a score."""
    at = judged.at(stand.coming)
    of = [_group(stand, one, told) for one, told in zip(at.audits, at.told, strict=True)]
    rows = [i for i, one in enumerate(at.audits) if _sets(one)]
    scores = {i: _score(of[i], at.audits[i], at.told[i]) for i in rows}
    found: dict[str, Attempt] = {}
    for name in due:
        own = np.array([scores[i] for i in rows if of[i] == name], float)
        every = np.array([*scores.values()], float)
        some = own if len(own) >= FEWEST_OWN and np.isfinite(own).any() else every
        thresholds = sequence.grid(some)
        if not thresholds:
            return {}
        coverage = [float((some >= one).mean()) for one in thresholds]
        since = standing.beginning(stand.parts[name], now, audit_days)
        found[name] = Attempt(number, len(due), since, stand.coming, thresholds, coverage)
    return found


def _going_on(one: Standing, now: datetime, audit_days: int) -> Attempt | None:
    look = one.look
    if look is None or look.since is None or standing.due(one, now, audit_days):
        return None
    steps = [step.threshold for step in look.steps], [step.coverage for step in look.steps]
    return Attempt(look.attempt, look.shared, look.since, look.temperature, *steps)


def _certificate(
    stand: Groups,
    group: str,
    judged: Judged,
    attempt: Attempt,
    model_id: str,
    rules: RoutingSettings,
    now: datetime,
) -> Certificate:
    at = judged.at(attempt.temperature)
    rows = [
        i
        for i in _rows(stand, group, at)
        if at.audits[i].purpose is Purpose.CERTIFICATE and at.audits[i].drawn_at > attempt.since
    ]
    some = [at.audits[row] for row in rows]
    return certificate.running(
        _sample(group, at, rows, stand.parts[group].least),
        attempt.thresholds,
        attempt.coverage,
        alpha=rules.alpha,
        delta=rules.delta,
        attempt=attempt.number,
        since=attempt.since,
        model=model_id,
        made_at=now,
        labels=certificate.digest((str(one.text_id), _read(group, one)) for one in some),
        missing=sum(one.missing for one in some),
        reading=_reading(judged.audits),
        shared=attempt.shared,
        temperature=attempt.temperature,
    )


def _watched(stand: Groups, group: str, judged: Judged, now: datetime) -> Standing:
    """A group after its watch saw what was drawn since it began."""
    one = stand.parts[group]
    if one.watching is None:
        return one
    at = judged.at(stand.temperature)
    rows = [i for i in _rows(stand, group, at) if at.audits[i].drawn_at > one.watching.since]
    return standing.watched(one, _sample(group, at, rows, one.least), now)


def _rows(stand: Groups, group: str, judged: Judged) -> list[int]:
    """The audits of a group that were read, or are missing."""
    return [
        i
        for i, (one, told) in enumerate(zip(judged.audits, judged.told, strict=True))
        if _settled(one) and _group(stand, one, told) == group
    ]


def _group(stand: Groups, one: Audit, told: Prediction | None) -> str:
    return groups.of(stand.by, stand.companies, one.article, told.label if told else "none")


def _sample(group: str, judged: Judged, rows: Sequence[int], least: float) -> Sample:
    some = [(judged.audits[row], judged.told[row]) for row in rows]
    return Sample.of(
        np.array([_score(group, one, told) for one, told in some], float),
        np.array([_wrong(group, one, told) for one, told in some], bool),
        weight=standing.weights(np.array([one.share for one, _ in some], float), least),
        block=np.array([one.story_id for one, _ in some], np.int64),
    )


def _score(group: str, one: Audit, told: Prediction | None) -> float:
    if told is None or told.unsupported:
        return -np.inf
    return groups.least(group, one.article, told)[2]


def _wrong(group: str, one: Audit, told: Prediction | None) -> bool:
    """Whether any judgement that the group is about is not what was read. Of the only company that a text
    names, the reading of the text is one; a company of which nobody was asked is passed over."""
    label = one.label
    if told is None or label is None:
        return True
    said = groups.said(group, one.article, told)
    only = {id: label.sentiment for id in one.article.named} if len(one.article.named) == 1 else {}
    read = {**only, **label.companies, "": label.sentiment}
    return any(judged != read.get(id, judged) for id, judged in said.items())


def _read(group: str, one: Audit) -> str:
    """What was read, as it goes into the hash of the labels."""
    if one.label is None:
        return "missing"
    companies = sorted(one.label.companies.items()) if group == groups.COMPANIES else []
    return "\n".join([one.label.sentiment, *(f"{id} {label}" for id, label in companies)])


def _reading(drawn: Sequence[Audit]) -> Reading:
    twice = [one.labels for one in drawn if len({label.user for label in one.labels}) > 1]
    return Reading.of(len(twice), sum(some[0].sentiment != some[1].sentiment for some in twice))


def _log(tx: Tx, model_id: str, was: Groups, after: Groups, now: datetime) -> None:
    """Write down what changes what is accepted."""
    if was.temperature != after.temperature:
        softened = {"from": was.temperature, "to": after.temperature}
        audit.write(tx, now, SYSTEM, "model.calibrate", model_id, softened)
    before, now_accepted = groups.limits(was, -1.0), groups.limits(after, -1.0)
    for name, one in after.parts.items():
        if before.of(name) == now_accepted.of(name):
            continue
        told = standing.told(one)
        fired = one.watching is not None and one.watching.fired_at is not None
        action = "model.watchdog" if fired else "model.certify"
        threshold = None if one.held is None else one.held.threshold
        detail = {"group": name, "reason": told, "threshold": threshold}
        audit.write(tx, now, SYSTEM, action, model_id, detail)
        log.log(30 if fired else 20, "certificate", model=model_id, group=name, what=str(told))
