"""A duel: two models judged on the texts on which they disagree, label by label, until the labels decide.

Where two models agree neither gains, so

    gain = (share of texts on which they disagree) x (mean of +1 win, -1 loss, 0 tie on those)

is the difference of the shares that they get right, and one label says as much as 1 / share random ones.
Enters: the share, counted on unlabelled texts; and the outcome of each label in order, of texts drawn at
random among the disagreements, one of each story. Leaves: where the duel stands.

The mean has a confidence sequence by betting (Waudby-Smith and Ramdas 2024, JRSS B 86:1-27,
https://doi.org/10.1093/jrsssb/qkad009): under a mean of at most m no gambler who stakes a share u of his
wealth on each outcome gets richer on the average, so the wealth of a mixture of gamblers,

    E(m) = mean over u of product (1 - u + u (1 + outcome) / (1 + m)),

exceeds 1 / level with probability at most `level` *however long one looks and whenever one stops* (Ville
1939). Every e-value for a bounded mean is of this form, ties need no model, and at m = 0 they cost nothing:
wins and losses are then tossed coins. The stakes are mixed by STAKES, whose weight lies where 200 labels
can decide; a test that knew the truth would need few labels less (`benchmarks/duels.py`).

The share has an exact binomial interval (Clopper and Pearson 1934); SHARED of the level is spent on it.
Each bound of the gain is wrong in at most `level`, so each of the verdicts is:

    superior      the lower bound is over 0
    worse         the upper bound is under 0
    not inferior  the lower bound is over -max_drop
    undecided     none of these after `most` labels, or when no text is left: the champion stays

No verdict that promotes rests on one reader: it must be not inferior, and not worse, without the labels of
any one of them, too, as long as he gave no more than half. Then one who answers to let a model pass, or by
mistake reads everything the wrong way round, does not decide; his labels count as any others.

Not inferior is not told at once: as long as the labels to come would make it superior or worse, were they
only a standard error better or worse than those so far, they go on (so that a better model is called better,
and a slow decline, a little at each promotion, is seen). Once reached it is not lost again, for the lower
bound held at every time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from monitor.evaluation.paired import Decision, kept

SHARED: Final = 0.05
"""Part of the level that is spent on the share of texts on which they disagree."""
LEAST: Final = 20
"""Labels before a duel is called not inferior, where there are so many texts."""
STRETCHED: Final = 2
"""How many times as many labels a duel may take where readers err."""
DOUBTED: Final = 0.5
"""Share of the labels up to which one reader's may be left out."""
_STEPS = 50
_U = (np.arange(_STEPS) + 0.5) / _STEPS
STAKES: Final[NDArray[np.float64]] = _U * np.exp(-0.5 * (_U / 0.25) ** 2)
"""Weights of the stakes 0.01, 0.03 ... 0.99; not yet divided by their sum."""
_LOG_WEIGHTS = np.log(STAKES / STAKES.sum())

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Judgement(StrEnum):
    """What a duel is about."""

    SENTIMENT = "sentiment"
    TOPIC = "topic"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a duel is over. `level` in (0, 1): the most that any verdict errs; `max_drop` in [0, 1): what a
    challenger may lose and be called not inferior; `most` labels at most."""

    level: float = 0.05
    max_drop: float = 0.02
    most: int = 200

    def __post_init__(self) -> None:
        if not (0 < self.level < 1 and 0 <= self.max_drop < 1 and self.most >= 1):
            raise ValueError(f"no such rule: {self}")


def stretched(most: int, error: float) -> int:
    """The labels that say as much as `most` of which none is wrong, where a share `error` (in [0, 1)) is:
    what they say of a difference shrinks to `kept`, so it takes 1 / kept^2 as many. STRETCHED times `most`
    at the most. A duel may end at any number of labels, so any limit that stands beforehand is sound."""
    left = kept(error) ** 2
    return min(STRETCHED * most, math.ceil(most / left)) if left > 0 else STRETCHED * most


@dataclass(frozen=True, slots=True)
class Share:
    """Unlabelled texts that both models judged, one of each story, and on how many they disagree."""

    texts: int
    disagreements: int

    def __post_init__(self) -> None:
        if not 0 <= self.disagreements <= self.texts:
            raise ValueError(f"{self.disagreements} disagreements of {self.texts} texts")

    def bounds(self, level: float) -> tuple[float, float]:
        """An exact interval of the share; outside it with probability at most `level`."""
        n, k = self.texts, self.disagreements
        low = float(stats.beta.ppf(level / 2, k, n - k + 1)) if k else 0.0
        high = float(stats.beta.isf(level / 2, k + 1, n - k)) if k < n else 1.0
        return low, high


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a duel stands: outcomes so far, the estimated gain and its interval (each end wrong in at most
    the level, at any time), how likely each verdict's opposite has become (e-values: the larger the
    surer; it is decided at 1 / level), and the verdict, None while it goes on."""

    wins: int
    losses: int
    ties: int
    gain: float
    interval: tuple[float, float]
    superior: float
    not_inferior: float
    worse: float
    verdict: Decision | None

    @property
    def labels(self) -> int:
        return self.wins + self.losses + self.ties


def outcome(truth: object, champion: object, challenger: object) -> int:
    """+1 where the challenger alone is right, -1 where the champion alone is, else 0. `truth` is a label,
    or a collection of those that are right."""
    right = truth if isinstance(truth, tuple | list | set | frozenset) else (truth,)
    return int(challenger in right) - int(champion in right)


def standing(
    share: Share,
    outcomes: Sequence[int],
    rule: Rule,
    left: int | None = None,
    readers: Sequence[str] = (),
) -> Standing:
    """Where a duel with these `outcomes` (+1, 0, -1, in the order of the labels) stands. `left`: texts that
    can still be drawn (None: enough); `readers`: who gave each label (() for no matter who)."""
    if not set(outcomes) <= {-1, 0, 1}:
        raise ValueError(f"outcomes are +1, 0 and -1, not {sorted(set(outcomes) - {-1, 0, 1})}")
    if outcomes and not share.disagreements:
        raise ValueError(f"{len(outcomes)} labels of texts on which two models disagree, and there is none")
    if len(outcomes) > rule.most:
        raise ValueError(f"{len(outcomes)} labels, and {rule.most} at most are a duel's")
    most = rule.most if left is None else min(rule.most, len(outcomes) + left)
    values = np.array([0, *outcomes])
    wins, losses, ties = (np.cumsum(values == one) for one in (1, -1, 0))
    ties -= 1
    walk = Walk.of(share, wins, losses, ties, rule)
    doubted = Walk.without_any(share, outcomes, readers, rule)
    verdict = walk.verdict(most, doubted)[-1]
    n = len(outcomes)
    mean = (wins[-1] - losses[-1]) / n if n else 0.0
    measured = share.disagreements / share.texts if share.texts else 1.0
    superior, not_inferior, worse = (
        float(np.exp(min(one[-1], 700.0))) for one in (walk.superior, walk.not_inferior, walk.worse)
    )
    return Standing(
        wins=int(wins[-1]),
        losses=int(losses[-1]),
        ties=int(ties[-1]),
        gain=float(mean * measured),
        interval=walk.interval(),
        superior=superior,
        not_inferior=not_inferior,
        worse=worse,
        verdict=DECISIONS[verdict] if verdict >= 0 else None,
    )


DECISIONS: Final = (Decision.SUPERIOR, Decision.WORSE, Decision.NOT_INFERIOR, Decision.UNDECIDED)


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A duel from its beginning, or many at once: counts after 0, 1, 2 ... labels along the last axis, and
    the logarithms of the e-values at each."""

    share: Share
    rule: Rule
    wins: Floats
    losses: Floats
    ties: Floats
    superior: Floats
    not_inferior: Floats
    worse: Floats

    @staticmethod
    def of(share: Share, wins: ArrayLike, losses: ArrayLike, ties: ArrayLike, rule: Rule) -> Walk:
        won, lost, tied = (np.asarray(one, float) for one in (wins, losses, ties))
        return Walk(share, rule, won, lost, tied, *_evidence(share, won, lost, tied, rule))

    @staticmethod
    def without_any(
        share: Share, outcomes: Sequence[int], readers: Sequence[str], rule: Rule
    ) -> Flags | None:
        """At each time, whether not inferior rests on one reader: it does not hold without the labels of
        somebody who gave DOUBTED of them at most. None where no reader is known."""
        values, who = np.array([0, *outcomes]), np.array(["", *readers])
        if len(who) != len(values):
            return None
        rests = np.zeros(len(values), bool)
        for reader in set(readers):
            gave = np.cumsum(who == reader) / np.maximum(np.arange(len(values)), 1)
            others = who != reader
            wins, losses, ties = (np.cumsum(others & (values == one)) for one in (1, -1, 0))
            rest = Walk.of(share, wins, losses, ties - 1, rule)
            held = np.logical_or.accumulate(rest.not_inferior >= _threshold(rule))
            rests |= (gave > 0) & (gave <= DOUBTED) & (~held | (rest.worse >= _threshold(rule)))
        return rests

    def verdict(self, most: int, doubted: Flags | None = None) -> NDArray[np.int64]:
        """The place in DECISIONS of the verdict at each time, -1 while there is none; what was decided
        once stays. `most` labels end it; nothing is promoted where it is `doubted`."""
        sure = _threshold(self.rule)
        labels = self.wins + self.losses + self.ties
        better, worse = self.superior >= sure, self.worse >= sure
        firm = True if doubted is None else ~doubted
        safe = np.logical_or.accumulate(self.not_inferior >= sure, axis=-1)
        going = (labels < min(LEAST, most)) | (self._hoped(most) >= sure)
        over = labels >= most
        found = np.select(
            [better & firm, worse, safe & firm & (~going | over), over], [0, 1, 2, 3], default=-1
        )
        first = np.argmax(found >= 0, axis=-1)[..., None]
        decided = np.take_along_axis(found, first, axis=-1)
        return np.where(np.arange(found.shape[-1]) >= first, decided, found)

    def _hoped(self, most: int) -> Floats:
        """The larger of the evidence for superior and for worse that `most` labels would give, if those to
        come were a standard error better, or worse, than those so far."""
        n = np.maximum(self.wins + self.losses + self.ties, 1)
        decisive, mean = (self.wins + self.losses) / n, (self.wins - self.losses) / n
        error = np.sqrt((decisive - mean**2 + 1 / n) / n)
        found = []
        for ahead, behind, sign in ((self.wins, self.losses, 1), (self.losses, self.wins, -1)):
            share = np.clip(
                (1 + np.clip((sign * mean + error) / np.maximum(decisive, 1 / n), -1, 1)) / 2, 0, 1
            )
            more = np.maximum(most - n, 0) * decisive
            found.append(log_evidence(ahead + more * share, behind + more * (1 - share), 0, 0.0))
        return np.maximum(*found)

    def interval(self) -> tuple[float, float]:
        """The gain's interval at the end of one duel: the narrowest that held so far."""
        low = max(_lowest(self.wins, self.losses, self.ties, self.rule))
        high = -max(_lowest(self.losses, self.wins, self.ties, self.rule))
        few, many = self.share.bounds(SHARED * self.rule.level)
        return low * (few if low > 0 else many), high * (few if high < 0 else many)


def _threshold(rule: Rule) -> float:
    return float(-np.log((1 - SHARED) * rule.level))


def _evidence(
    share: Share, wins: Floats, losses: Floats, ties: Floats, rule: Rule
) -> tuple[Floats, Floats, Floats]:
    """Logarithms of the e-values against "not superior", "inferior by max_drop" and "not worse"."""
    most = share.bounds(SHARED * rule.level)[1]
    allowed = rule.max_drop / most if most else np.inf
    # Where they disagree more seldom than it may lose, it cannot lose as much.
    never = allowed >= 1
    safe = np.full(np.shape(wins), np.inf) if never else log_evidence(wins, losses, ties, -allowed)
    return log_evidence(wins, losses, ties, 0.0), safe, log_evidence(losses, wins, ties, 0.0)


def log_evidence(wins: ArrayLike, losses: ArrayLike, ties: ArrayLike, mean: ArrayLike) -> Floats:
    """log E(mean): how much speaks against the mean of the outcomes being `mean` (in (-1, 1)) or less."""
    won, lost, tied, most = (np.asarray(one, float)[..., None] for one in (wins, losses, ties, mean))
    logs = (
        won * np.log(1 - _U + 2 * _U / (1 + most))
        + lost * np.log(1 - _U)
        + tied * np.log(1 - _U + _U / (1 + most))
        + _LOG_WEIGHTS
    )
    top = logs.max(axis=-1)
    return np.asarray(top + np.log(np.exp(logs - top[..., None]).sum(axis=-1)))


def _lowest(wins: Floats, losses: Floats, ties: Floats, rule: Rule) -> list[float]:
    """The lower bound of the mean outcome at each time; E(m) falls as m rises, so it is bisected."""
    low, high = np.full(len(wins), -1.0), np.full(len(wins), 1.0)
    sure: Any = _threshold(rule)
    for _ in range(20):
        middle = (low + high) / 2
        each = log_evidence(wins, losses, ties, middle)
        low, high = np.where(each >= sure, middle, low), np.where(each >= sure, high, middle)
    return [float(one) for one in low]
