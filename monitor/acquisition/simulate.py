"""What a query strategy would have saved: labelled history asked again, batch by batch.

The texts of a file are split by groups of near-duplicates into a pool and a test part, anew for every seed.
From the same few labels, drawn at random, each strategy asks for one batch after the other; after each a
model is fitted and its macro-F1 on the test part noted. That is its learning curve. The ceiling of a seed
is the model fitted on the whole pool. Every strategy of a seed has the same split, start and test part, so
that curves are compared in pairs.

`labels needed` is the first number of labels from which the mean curve over the seeds stays above `share`
(95%) of the mean ceiling. Its interval, and that of what is saved against random, come from drawing seeds
with replacement, all strategies' together (a paired bootstrap). A model that starts above needs no label by
that measure: there the area under the curve, as a share of the ceiling's, tells who is ahead.

Pure: texts are vectors here, and a `Learner` makes probabilities of labels. `head_learner` fits a head on the
vectors; a real fit is passed in from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.acquisition import committee, head, reading
from monitor.hookspecs import Progress, Strategy, silent
from monitor.messages import Message
from monitor.selection import Pool, checked, needed

TEST = 0.3
"""Share of the groups that are tested on."""
SHARE = 0.95
DRAWS = 2000
LATE = 10
"""The round from which on `late_ahead` counts, for what has to learn first."""
MOST_MEMBERS = 2000
"""Labels that a committee is fitted on at most, drawn evenly: what divides it is not better known from
more."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Labelled texts as a simulation takes them: row i of everything is about text i."""

    vectors: NDArray[np.floating[Any]]  # (N, d)
    labels: NDArray[np.int64]  # (N,) places in SENTIMENTS
    groups: NDArray[np.int64]  # (N,) near-duplicates share one, from 1 on
    length: NDArray[np.int64]  # (N,) characters
    language: NDArray[np.str_]  # (N,)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a simulation is run. `batch` labels at a time from `start` drawn ones, up to `most` of a pool."""

    batch: int
    start: int
    most: float = 0.6  # share of the pool
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a fitted model says of all texts: probabilities, and the vectors it says it from."""

    probabilities: NDArray[np.float64]
    vectors: NDArray[np.floating[Any]]


Learner = Callable[[Rows, Said | None], Said]
"""Fits on these rows of the material, after what was said before; called anew for every seed and strategy."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The macro-F1 of one strategy and seed at each number of labels, and who was asked about first."""

    labels: tuple[int, ...]
    scores: tuple[float, ...]
    losses: tuple[float, ...] = ()  # of the model before each batch, on the labels that came


@dataclass
class HeadLearner:
    """A head on the material's own vectors, fitted on from the last one."""

    material: Material
    strength: float = head.STRENGTH
    _last: head.Head | None = field(default=None, init=False)

    def __call__(self, rows: Rows, before: Said | None) -> Said:
        if before is None:
            self._last = None
        material = self.material
        scaling = head.scaling(material.vectors) if self._last is None else (None, None)
        self._last = head.fit(
            material.vectors[rows],
            material.labels[rows],
            start=self._last,
            strength=self.strength,
            middle=scaling[0],
            scale=scaling[1],
        )
        return Said(self._last.probabilities(material.vectors), material.vectors)

    @property
    def last(self) -> head.Head | None:
        """The head that was fitted last."""
        return self._last


def split(material: Material, seed: int, start: int) -> tuple[Rows, Rows, Rows]:
    """(pool, test, start): rows of the material; `start` are rows of the pool, at least one of each class
    there is where that many fit."""
    rng = np.random.default_rng([seed, 0])
    groups = rng.permutation(np.unique(material.groups))
    tested = np.isin(material.groups, groups[: max(1, round(TEST * len(groups)))])
    pool, test = np.flatnonzero(~tested), np.flatnonzero(tested)
    return pool, test, np.sort(rng.permutation(pool)[:start])


def macro_f1(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    """The mean F1 of the classes that the truth has."""
    said = probabilities.argmax(axis=1)
    found = []
    for place in np.unique(truth):
        right = int(((said == place) & (truth == place)).sum())
        found.append(2 * right / max(int((said == place).sum() + (truth == place).sum()), 1))
    return float(np.mean(found))


def curve(
    material: Material, strategy: Strategy, seed: int, plan: Plan, learn: Learner, progress: Progress = silent
) -> Curve:
    """Ask `strategy`, batch by batch. Raises PluginError where it does not answer as it should."""
    pool, test, rows = split(material, seed, plan.start)
    rng = np.random.default_rng([seed, 1])
    most = max(plan.start, int(plan.most * len(pool)))
    labelled = np.zeros(len(material.labels), dtype=bool)
    labelled[rows] = True
    said: Said | None = None
    counts: list[int] = []
    scores: list[float] = []
    losses: list[float] = []
    past: Past = []
    while True:
        known = np.flatnonzero(labelled)
        said = learn(known, said)
        counts.append(len(known))
        scores.append(macro_f1(material.labels[test], said.probabilities[test]))
        progress(strategy.kind, len(known), most)
        left = pool[~labelled[pool]]
        n = min(plan.batch, most - len(known), len(left))
        if n <= 0:
            return Curve(tuple(counts), tuple(scores), tuple(losses))
        some = columns(material, said, left, known, past, needed(strategy), rng)
        choice = checked(strategy.select(some, n, rng), len(some), n)
        asked = left[list(choice.rows)]
        if not len(asked):
            return Curve(tuple(counts), tuple(scores), tuple(losses))
        truth = said.probabilities[asked, material.labels[asked]]
        surprise = -np.log(np.maximum(truth, 1e-6))
        losses.append(float(surprise.mean()))
        past += [(*arm(reason), loss) for reason, loss in zip(choice.reasons, surprise.tolist(), strict=True)]
        labelled[asked] = True


Past = list[tuple[str, float, float]]
"""What each label came by: the arm of a strategy that draws among several, its share, the model's loss."""


def arm(reason: str) -> tuple[str, float]:
    """The arm that a reason names, and the probability it was drawn with; ("", 1) for any other reason."""
    if isinstance(reason, Message) and reason.key == "acquisition.by":
        return str(reason.values["kind"]), float(reason.values["share"])
    return "", 1.0


def columns(
    material: Material,
    said: Said,
    left: Rows,
    known: Rows,
    past: Past,
    needs: frozenset[str],
    rng: np.random.Generator,
) -> Pool:
    """The pool of these rows as a strategy sees it."""
    length, language = material.length[left], material.language[left]
    filled: dict[str, Any] = {
        "ids": left,
        "probabilities": said.probabilities[left],
        "vectors": said.vectors[left],
        "story": material.groups[left],
        "age": np.zeros(len(left)),
        "language": language,
        "source": np.zeros(len(left), dtype="<U1"),
        "length": length,
        "labels": material.labels[known],
        "labelled_vectors": said.vectors[known],
        "labelled_probabilities": said.probabilities[known],
        "asked_by": np.array([kind for kind, _, _ in past], dtype=np.str_),
        "asked_share": np.array([share for _, share, _ in past], dtype=np.float64),
        "asked_loss": np.array([loss for _, _, loss in past], dtype=np.float64),
    }
    if "seconds" in needs:
        filled["seconds"] = reading.expected([], length, language, filled["source"])
    if "impact" in needs:  # no series here: every article's is as near to an alert as any
        negative = said.probabilities[left, 0]
        filled["impact"] = 4 * negative * (1 - negative)
    if "members" in needs:
        some = known if len(known) <= MOST_MEMBERS else rng.choice(known, MOST_MEMBERS, replace=False)
        filled["members"] = committee.members(
            said.vectors[left], said.vectors[some], material.labels[some], rng
        )
    return Pool(**filled).only(needs)


def ceiling(material: Material, seed: int, plan: Plan, learn: Learner) -> float:
    """The macro-F1 of a model fitted on the whole pool of a seed."""
    pool, test, _ = split(material, seed, plan.start)
    return macro_f1(material.labels[test], learn(pool, None).probabilities[test])


# --- what the curves say --------------------------------------------------------------------------


def reached(labels: Sequence[int], mean: NDArray[np.float64], target: float) -> float:
    """The first number of labels from which the curve stays at `target` or above; infinity for none."""
    below = np.flatnonzero(mean < target)
    first = 0 if not len(below) else int(below[-1]) + 1
    return float(labels[first]) if first < len(labels) else np.inf


def area(scores: NDArray[np.float64], ceilings: NDArray[np.float64]) -> NDArray[np.float64]:
    """(seeds,) the mean of each curve (seeds, counts) as a share of its ceiling."""
    found: NDArray[np.float64] = scores.mean(axis=1) / ceilings
    return found


def summary(
    curves: Mapping[str, Sequence[Curve]], ceilings: Sequence[float], pool: int, share: float = SHARE
) -> dict[str, Any]:
    """What the curves of each strategy say, a list of one curve for each seed, in the same order of seeds:
    JSON. What is saved is against ``random``, where that is among them; where random does not arrive, it is
    what is saved at least."""
    top = np.asarray(ceilings)
    scores = {kind: np.array([one.scores for one in some]) for kind, some in curves.items()}
    labels = next(iter(curves.values()))[0].labels
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(top), (DRAWS, len(top)))
    told: dict[str, Any] = {}
    base = _needs(scores["random"], top, labels, drawn, share) if "random" in scores else None
    for kind, some in scores.items():
        point, many = _needs(some, top, labels, drawn, share)
        mean, error = some.mean(axis=0), some.std(axis=0, ddof=min(1, len(top) - 1)) / np.sqrt(len(top))
        told[kind] = {
            "mean": _list(mean),
            "low": _list(mean - 2 * error),
            "high": _list(mean + 2 * error),
            "by_seed": [_list(row) for row in some],
            "labels_needed": _number(point),
            "labels_needed_interval": [_number(value) for value in _interval(many)],
            "share_of_pool": _number(point / pool),
            "area": round(float(area(some, top).mean()), 4),
        }
        if base is not None and kind != "random":
            # Where random does not arrive it needs more than the last number, and more is saved than this.
            saved = 1.0 - many / np.minimum(base[1], labels[-1])
            told[kind]["saved"] = _number(1.0 - point / min(base[0], labels[-1]))
            told[kind]["saved_interval"] = [_number(value) for value in _interval(saved)]
            ahead = area(some, top) - area(scores["random"], top)
            told[kind]["area_ahead"] = round(float(ahead.mean()), 4)
            several = ahead[drawn].mean(axis=1)
            told[kind]["area_ahead_interval"] = [_number(value) for value in _interval(several)]
            late = (some - scores["random"])[:, min(LATE, some.shape[1] - 1) :].mean(axis=1)
            told[kind]["late_ahead"] = round(float(late.mean()), 4)
            told[kind]["late_ahead_interval"] = [
                _number(value) for value in _interval(late[drawn].mean(axis=1))
            ]
    return {
        "labels": list(labels),
        "pool": pool,
        "ceiling": round(float(top.mean()), 4),
        "ceilings": _list(top),
        "target": round(float(share * top.mean()), 4),
        "strategies": told,
    }


def _needs(
    scores: NDArray[np.float64], top: NDArray[np.float64], labels: Sequence[int], drawn: Rows, share: float
) -> tuple[float, NDArray[np.float64]]:
    """The labels needed, and those of seeds drawn anew."""
    point = reached(labels, scores.mean(axis=0), share * float(top.mean()))
    many = [reached(labels, scores[seeds].mean(axis=0), share * float(top[seeds].mean())) for seeds in drawn]
    return point, np.asarray(many)


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95%; what is no number says nothing."""
    sound = np.sort(values[~np.isnan(values)])
    if not len(sound):
        return np.nan, np.nan
    return float(sound[int(0.025 * (len(sound) - 1))]), float(sound[round(0.975 * (len(sound) - 1))])


def _number(value: float) -> float | None:
    """A number as JSON has it: None where the curve does not arrive."""
    return round(float(value), 4) if np.isfinite(value) else None


def _list(values: NDArray[np.float64]) -> list[float]:
    return [round(float(value), 4) for value in values]
