"""Measure the model that serves, on a schedule, and act on what changed.

In: what it said of the texts of the last `days` (`store.judged`), the vectors kept of them, and the audits
that were read. Out: rows of `store.measurements`, which pages show. Each of the four is pure (`drift`,
`live`, `savings`); this module reads their columns and writes their results.

Acting: a drift raises the share of texts that are audited for a while (`store.shares`), because only readings
tell whether the model is worse for it; and, where `[drift] train` says so, makes a training due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor.classification.judging import BATCH, Classify, judge
from monitor.errors import ModelError
from monitor.evaluation import drift, live, savings
from monitor.evaluation.drift import Finding, Known, Texts
from monitor.evaluation.savings import Labelled
from monitor.messages import Message
from monitor.records import MEASURING, SENTIMENTS, Article, Audit
from monitor.settings import DriftSettings
from monitor.store import Store, Tx, audit, audits, judged, labels, measurements, models, shares, vectors
from monitor.store.judged import Judged
from monitor.store.measurements import Measurement

SYSTEM = "monitor"
"""The audit's user for what nobody asked for."""


MOST_FILLED = 2000
"""Labelled texts that one look has judged again for their vectors: half a minute on two cores."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one look reads: texts of the window, the audits of it that were read or are missing, audits that
    are too old to measure (they may train), and labels that were not drawn at random."""

    model: str
    texts: Judged
    audits: Sequence[Audit]
    expired: Labelled
    spent: Labelled
    vectors: NDArray[np.float32]  # of `texts`; NaN where there is none


def bare(tx: Tx, model: str) -> list[Article]:
    """Articles of labelled texts of which no vector of `model` is kept, the newest first, at most
    `MOST_FILLED`: another version judged them, or they are too old."""
    ids, _ = vectors.of(tx, model)
    there = set(ids.tolist())
    labelled = [one.article for one in labels.current(tx) if one.article.id not in there]
    return labelled[::-1][:MOST_FILLED]


def fill(store: Store, classify: Classify, model: str, articles: Sequence[Article]) -> int:
    """Keep the vectors of these articles, where `model` is what still judges; how many there are. What is
    said of them otherwise stays as it was. Raises ModelError."""
    kept = 0
    for start in range(0, len(articles), BATCH):
        some = articles[start : start + BATCH]
        told = judge(classify, some)
        if told.down:
            raise ModelError(told.down)
        found = {
            some[place].id: one
            for place, one in told.predictions.items()
            if one.vector and one.model == model
        }
        with store.begin() as tx:
            kept += vectors.keep(tx, found)
    return kept


def read(tx: Tx, model: str, now: datetime, *, days: float, audit_days: float) -> Inputs:
    """What `measure` needs, in one transaction that reads."""
    told = judged.since(tx, model, now - timedelta(days=days))
    ids, array = vectors.of(tx, model)
    aged = now - timedelta(days=audit_days)
    drawn = [one for one in audits.of(tx) if one.label or one.missing]
    measuring = [one for one in drawn if one.drawn_at >= aged]
    old = [one for one in drawn if one.drawn_at < aged and one.label]
    random = {one.text_id for one in (*measuring, *old)}
    picked = [
        (one.article.id, one.label.sentiment, one.article.story_id)
        for one in labels.current(tx)
        if one.label.lane not in MEASURING and one.label.text_id not in random
    ]
    expired = [(one.article.id, one.label.sentiment, one.story_id) for one in old if one.label]
    return Inputs(
        model,
        told,
        measuring,
        _labelled(expired, ids, array),
        _labelled(picked, ids, array),
        _placed(told.article_ids, ids, array),
    )


def measure(
    inputs: Inputs,
    settings: DriftSettings,
    now: datetime,
    *,
    looks: float,
    rng: np.random.Generator,
) -> list[Measurement]:
    """Every result of a look. `looks` is how many there are in a period. Takes seconds, and no
    transaction."""
    found = [
        Measurement(now, inputs.model, one.kind, one.group, one.fired, _values(one))
        for one in drifts(inputs, settings, now, looks=looks, rng=rng)
    ]
    figures = live.figures(*_live(inputs))
    if figures:
        found.append(Measurement(now, inputs.model, "live", "all", False, live.table(figures)))
    saved = savings.savings(inputs.spent, inputs.expired, rng)
    if saved is not None:
        found.append(Measurement(now, inputs.model, "savings", "all", False, asdict(saved)))
    hint = savings.hint(inputs.spent, inputs.expired, rng)
    if hint is not None:
        values = {**asdict(hint), "stop": hint.stop}
        found.append(Measurement(now, inputs.model, "hint", "all", False, values))
    return found


def drifts(
    inputs: Inputs, settings: DriftSettings, now: datetime, *, looks: float, rng: np.random.Generator
) -> list[Finding]:
    """The present window against the rest, one text for each story."""
    told = inputs.texts
    _, first = np.unique(told.story_ids, return_index=True)
    rows = np.sort(first)
    start = now - timedelta(days=settings.present_days)
    said = told.probabilities.argmax(axis=1) if len(told) else np.zeros(0, np.int64)
    columns = Texts(
        np.array([told.seen_at[row] >= start for row in rows], bool),
        [told.languages[row] for row in rows],
        [told.sources[row] for row in rows],
        said[rows],
        inputs.vectors[rows],
    )
    places = told.places
    known = [
        (said[places[one.text_id]], SENTIMENTS.index(one.label.sentiment), 1 / one.share)
        for one in inputs.audits
        if one.label and one.text_id in places
    ]
    calls, truth, weights = (np.array(column) for column in zip(*known, strict=True)) if known else _NONE
    audited = Known(calls.astype(np.int64), truth.astype(np.int64), weights.astype(np.float64))
    return drift.examine(columns, audited, alpha=settings.alpha, looks=looks, rng=rng)


def record(tx: Tx, found: Sequence[Measurement], settings: DriftSettings, now: datetime) -> list[Measurement]:
    """Store a look, and where something fired raise the share of audits; what fired."""
    measurements.put(tx, found)
    fired = [one for one in found if one.fired]
    if fired:
        scopes = ", ".join(dict.fromkeys(f"{one.kind} {one.scope}" for one in fired))
        until = now + timedelta(days=settings.raise_days)
        if settings.raise_factor > 1:
            shares.raise_share(tx, settings.raise_factor, until, now, Message("drift.raised", what=scopes))
        audit.write(tx, now, SYSTEM, "drift", fired[0].model, {"what": scopes})
    return fired


def wants_training(tx: Tx) -> bool:
    """Whether something fired since the newest training began, and there are labels that it has not seen."""
    trained = [one for one in models.all(tx) if one.last_label or one.parent]
    since = max((one.seconds for one in trained), default=-1.0)
    fresh = labels.since(tx, max((one.last_label for one in trained), default=0))
    return fresh > 0 and measurements.fired_since(tx, since)


_NONE = (np.zeros(0), np.zeros(0), np.zeros(0))


def _live(inputs: Inputs) -> tuple[live.Read, NDArray[np.float64]]:
    """Audits that the version judged, and what it says of all other texts."""
    told, places = inputs.texts, inputs.texts.places
    read = [one for one in inputs.audits if one.text_id in places]
    rows = np.array([places[one.text_id] for one in read], np.int64)
    rest = np.ones(len(told), bool)
    rest[rows] = False
    sample = live.Read(
        told.probabilities[rows],
        np.array([SENTIMENTS.index(one.label.sentiment) if one.label else -1 for one in read], np.int64),
        np.array([one.share for one in read], np.float64),
        np.array([one.story_id for one in read], np.int64),
    )
    return sample, told.probabilities[rest]


def _values(found: Finding) -> dict[str, object]:
    kept = asdict(found)
    return {name: kept[name] for name in ("before", "now", "p_value", "level", "shares", "auc")}


def _placed(
    article_ids: NDArray[np.int64], ids: NDArray[np.int64], array: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Rows of `array` by article; NaN where there is none."""
    found = np.full((len(article_ids), array.shape[1]), np.nan, np.float32)
    if len(ids):
        places = np.searchsorted(ids, article_ids).clip(max=len(ids) - 1)
        there = ids[places] == article_ids
        found[there] = array[places[there]]
    return found


def _labelled(
    known: Iterable[tuple[int, str, int]], ids: NDArray[np.int64], array: NDArray[np.float32]
) -> Labelled:
    """Labels (article, sentiment, story) whose vectors are kept."""
    rows: Mapping[int, int] = {id: row for row, id in enumerate(ids.tolist())}
    kept = [(rows[id], SENTIMENTS.index(label), story) for id, label, story in known if id in rows]
    places, places_of_labels, stories = (
        np.array([one[column] for one in kept], np.int64) for column in range(3)
    )
    return Labelled(array[places], places_of_labels, stories)
