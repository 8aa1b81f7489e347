"""Have the news, or what is said of them, changed since the model was measured? Pure.

Two windows of texts that one model version judged, the present one and the ones before it, are compared in
two ways, for every language and every source with enough texts:

**Label shift**: there is more of one sentiment. Under it the texts of a class stay as they are, and what the
model says changes just where the shares of the classes do (black-box shift estimation: Lipton, Wang and
Smola, ICML 2018, https://arxiv.org/abs/1802.03916). Tested is, for each class, whether the model says it more
or less often, exactly (Fisher 1935), times the number of classes. The audits' confusion matrix turns what the
model says into the shares of the classes themselves, with a percentile interval over stories.

**Covariate shift**: the texts are of another kind. A head that learns to tell present vectors from earlier
ones cannot tell held-out ones where there is no difference (classifier two-sample test: Lopez-Paz and Oquab,
ICLR 2017, https://arxiv.org/abs/1610.06545). Each half is scored by a head fitted on the other, and the ranks
of the scores are compared (Mann and Whitney 1947), which needs no threshold; the lesser of the two p-values,
doubled, holds whatever the halves have to do with each other.

False alarms: every p-value is held to `alpha` shared out evenly among all looks of a period and all
tests of a look (a union bound, so windows may overlap and groups may share texts): the probability that
anything fires within a period in which nothing changes is at most alpha. Only texts of different stories may
be given, one for each: copies are no evidence. What fires is a change of the news; whether the model is worse
for it, only audits tell, so a drift raises their share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom, mannwhitneyu

from monitor.evaluation import heads
from monitor.records import SENTIMENTS

Whole = NDArray[np.integer[Any]]
CLASSES = len(SENTIMENTS)

LEAST = 60
"""Texts of a group in either window under which it is not tested."""
MOST = 1500
"""Texts of a group in either window that are compared, drawn at random: more cost time and tell little."""
DRAWS = 400
"""Of the bootstrap of the shares of classes."""
WORST_CONDITION = 30.0
"""Of the confusion matrix: beyond it what the model says does not tell the classes apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Columns, one row for each text, of different stories: whether it is of the present window, its language
    and source, what the model called it (places in SENTIMENTS), and its vector (NaN where there is none)."""

    present: NDArray[np.bool_]
    language: Sequence[str]
    source: Sequence[str]
    said: Whole
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Audits: what the model called each, what it is (places in SENTIMENTS), and the weight it counts
    with."""

    said: Whole
    truth: Whole
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """A class: its share among what the model says before and now, and, where the audits tell, its share
    among the texts now with an interval of 95%."""

    before: float
    now: float
    true: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One test of one group. `kind` is label or covariate; it fired where `p_value` is at most `level`.
    `auc`: how well texts of the two windows are told apart, 0.5 where not at all."""

    group: str  # all, language:zh, source:NAME
    kind: str
    before: int  # texts compared
    now: int
    p_value: float
    level: float
    shares: Mapping[str, Share] = field(default_factory=dict)  # of a label shift, by class
    auc: float | None = None  # of a covariate shift

    @property
    def fired(self) -> bool:
        return self.p_value <= self.level


def level(alpha: float, looks: float, tests: int) -> float:
    """The level of one of `tests` tests, in one of the `looks` of a period, so that anything fires in it with
    probability at most `alpha` where nothing changes."""
    return alpha / (max(looks, 1.0) * max(tests, 1))


def examine(
    texts: Texts, known: Known, *, alpha: float, looks: float, rng: np.random.Generator
) -> list[Finding]:
    """Every group with enough texts, tested for both shifts, at levels that share `alpha` among `looks`."""
    groups = list(_groups(texts))
    placed = np.isfinite(texts.vectors).all(axis=1) if texts.vectors.size else np.zeros(len(texts.said), bool)
    covariate = [
        (name, rows) for name, rows in groups if min(_numbers(texts.present[rows & placed])) >= LEAST
    ]
    one = level(alpha, looks, len(groups) + len(covariate))
    found = []
    for name, rows in groups:
        now, before = (_drawn(rows & side, rng) for side in (texts.present, ~texts.present))
        p_value = label_test(texts.said[before], texts.said[now])
        shares = _shares(known, texts.said[before], texts.said[now], rng)
        found.append(Finding(name, "label", len(before), len(now), p_value, one, shares))
    for name, rows in covariate:
        now, before = (_drawn(rows & placed & side, rng) for side in (texts.present, ~texts.present))
        p_value, auc = covariate_test(texts.vectors[before], texts.vectors[now], rng)
        found.append(Finding(name, "covariate", len(before), len(now), p_value, one, auc=auc))
    return found


def label_test(before: Whole, now: Whole) -> float:
    """The p-value of "the model says every class as often as before"."""
    if not len(before) or not len(now):
        return 1.0
    least = 1.0
    for c in range(CLASSES):
        here, all_of_it = int((now == c).sum()), int((now == c).sum() + (before == c).sum())
        chance = hypergeom(len(before) + len(now), all_of_it, len(now))
        least = min(least, 2 * float(chance.cdf(here)), 2 * float(chance.sf(here - 1)))
    return min(1.0, CLASSES * least)


def prior(known: Known, now: Whole, rng: np.random.Generator) -> NDArray[np.float64] | None:
    """The shares of the classes among texts that the model calls `now`: rows value, low and high (95%) for
    each class; None where the audits do not tell them. Assumes label shift."""
    if not len(now) or len(np.unique(known.truth)) < CLASSES:
        return None
    cells = known.said * CLASSES + known.truth
    said = np.bincount(now, minlength=CLASSES) / len(now)
    value = _solved(_confusion(cells, known.weights)[None], said[None])
    if value is None:
        return None
    drawn = rng.multinomial(len(cells), np.full(len(cells), 1 / len(cells)), DRAWS)
    tables = np.zeros((DRAWS, CLASSES**2))
    for cell in np.unique(cells):
        rows = cells == cell
        tables[:, cell] = drawn[:, rows] @ known.weights[rows]
    others = _solved(
        tables.reshape(DRAWS, CLASSES, CLASSES), rng.multinomial(len(now), said, DRAWS) / len(now)
    )
    if others is None:
        return None
    low, high = np.percentile(others, (2.5, 97.5), axis=0)
    return np.stack([value[0], np.minimum(low, value[0]), np.maximum(high, value[0])])


def covariate_test(
    before: NDArray[np.float32], now: NDArray[np.float32], rng: np.random.Generator
) -> tuple[float, float]:
    """The p-value of "these vectors are of one kind", and how well a head tells them apart (AUC)."""
    vectors = np.concatenate([before, now])
    labels = np.repeat((0, 1), (len(before), len(now)))
    p_values, areas = [], []
    # Halves of each window, so that neither is without one.
    half = np.concatenate([rng.permutation(len(part)) % 2 for part in (before, now)])
    for side in (0, 1):
        fitted, held = half != side, half == side
        head = heads.fit(vectors[fitted], labels[fitted], 2, strength=0.1)
        scores = head.scores(vectors[held])
        apart = scores[:, 1] - scores[:, 0]
        theirs, ours = apart[labels[held] == 1], apart[labels[held] == 0]
        ranked = mannwhitneyu(theirs, ours, alternative="greater", method="asymptotic")
        p_values.append(float(ranked.pvalue))
        areas.append(float(ranked.statistic) / (len(theirs) * len(ours)))
    return min(1.0, 2 * min(p_values)), float(np.mean(areas))


def _groups(texts: Texts) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """All texts, those of a language, those of a source: with enough in both windows, and no group twice."""
    seen: set[bytes] = set()
    columns = (("language", np.array(texts.language)), ("source", np.array(texts.source)))
    everything = [("all", np.ones(len(texts.said), bool))]
    some = [
        (f"{kind}:{value}", column == value)
        for kind, column in columns
        for value in sorted(set(column.tolist()))
        if value
    ]
    for name, rows in everything + some:
        key = rows.tobytes()
        if key not in seen and min(_numbers(texts.present[rows])) >= LEAST:
            seen.add(key)
            yield name, rows


def _numbers(present: NDArray[np.bool_]) -> tuple[int, int]:
    now = int(present.sum())
    return len(present) - now, now


def _drawn(rows: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.intp]:
    places = np.flatnonzero(rows)
    return places if len(places) <= MOST else np.sort(rng.choice(places, MOST, replace=False))


def _shares(known: Known, before: Whole, now: Whole, rng: np.random.Generator) -> dict[str, Share]:
    true = prior(known, now, rng)
    found = {}
    for c, name in enumerate(SENTIMENTS):
        interval = (None, None, None) if true is None else tuple(map(float, true[:, c]))
        found[name] = Share(float((before == c).mean()), float((now == c).mean()), *interval)
    return found


def _confusion(cells: Whole, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(cells, weights, CLASSES**2), np.float64).reshape(CLASSES, CLASSES)


def _solved(tables: NDArray[np.float64], said: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The shares of the classes for confusion matrices (said x true) and what is said now; a matrix that
    tells nothing is left out, and None is left where most do not."""
    totals = tables.sum(axis=1, keepdims=True)
    whole = (totals > 0).all(axis=(1, 2))
    given = tables / np.where(totals > 0, totals, 1.0)  # what is said of each class
    whole &= np.linalg.cond(given) <= WORST_CONDITION
    if whole.mean() < 0.5:
        return None
    solved = np.linalg.solve(given[whole], said[whole][..., None])[..., 0].clip(min=0.0)
    return np.asarray(solved / solved.sum(axis=1, keepdims=True))
