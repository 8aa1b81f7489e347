"""Does seeing the model's opinion change what an analyst answers? One meter per analyst.

Enters: for each answer, whether the model's opinion was in view, whether the answer agreed with it, and a
stratum. Leaves: how often the analyst agrees with the model when it is shown and when it is not, the
difference with its interval, and a verdict in words.

Which texts are blind is not chance alone: audits always are, and the model is sure of them; reviews mostly
are not, and it is unsure. So only answers of the same stratum (the lane, and how sure the model was) are set
against each other: the difference is the Mantel-Haenszel risk difference over strata (Greenland and Robins,
Estimation of a Common Effect Parameter from Sparse Follow-Up Data, Biometrics 41, 1985), whose variance holds
for few large and for many small strata (Sato, On the Variance Estimator for the Mantel-Haenszel Risk
Difference, Biometrics 45, 1989). A stratum that has one kind of answer only says nothing. With several
analysts the level of each interval is that of all together (Bonferroni). Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from monitor.messages import Message

LEAST = 20
"""Answers of each kind, in strata that have both, before anything is said."""

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Where the model's confidence is cut into strata."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as the meter reads it."""

    user: str
    shown: bool  # the model's opinion was in view
    agreed: bool  # the answer is the model's
    stratum: Hashable = ""  # only answers of the same one are set against each other


@dataclass(frozen=True, slots=True)
class Meter:
    """One analyst's agreement with the model, over the strata that have answers of both kinds.

    `difference` is by how much more often they agree where its opinion was in view (0.1: ten of a hundred
    answers more), at equal texts; None, like its interval, where there are too few answers to tell.
    """

    user: str
    shown: int  # answers with the opinion in view
    blind: int  # answers without
    agree_shown: float | None  # share of these
    agree_blind: float | None
    difference: float | None
    low: float | None
    high: float | None
    verdict: str  # a Message


def stratum(lane: str, confidence: float) -> tuple[str, int]:
    """Answers are compared within a lane and a band of the model's confidence."""
    return lane, sum(confidence >= cut for cut in CONFIDENCES)


def meters(answers: Iterable[Answer], *, level: float = 0.95, least: int = LEAST) -> list[Meter]:
    """A meter for each analyst, by name. `level` is of all intervals together."""
    by_user: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_user[answer.user].append(answer)
    measurable = sum(_comparable(some)[2] >= least for some in by_user.values())
    each = 1 - (1 - level) / max(1, measurable)
    return [_meter(user, by_user[user], each, least) for user in sorted(by_user)]


Cell = tuple[int, int, int, int]
"""Of one stratum: shown, of these agreeing, blind, of these agreeing."""


def risk_difference(cells: Iterable[Cell], level: float) -> tuple[float, float, float]:
    """The Mantel-Haenszel difference of the shares, shown less blind, and its interval, within [-1, 1].

    Raises ValueError where no stratum has answers of both kinds.
    """
    weight = total = up = down = 0.0
    for shown, yes_shown, blind, yes_blind in cells:
        n = shown + blind
        if not shown or not blind:
            continue
        weight += shown * blind / n
        total += (yes_shown * blind - yes_blind * shown) / n
        up += (shown**2 * yes_blind - blind**2 * yes_shown + shown * blind * (blind - shown) / 2) / n**2
        down += (yes_shown * (blind - yes_blind) + yes_blind * (shown - yes_shown)) / (2 * n)
    if not weight:
        raise ValueError("no stratum has answers of both kinds")
    difference = total / weight
    # Sato's variance is an estimate and may fall a little below 0 where all agree.
    spread = sqrt(max(0.0, difference * up + down)) / weight
    reach = NormalDist().inv_cdf((1 + level) / 2) * spread
    return difference, max(-1.0, difference - reach), min(1.0, difference + reach)


def _comparable(answers: Iterable[Answer]) -> tuple[list[Cell], Cell, int]:
    """The strata that have both kinds, their sum, and how many answers the rarer kind has in them."""
    cells: dict[Hashable, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for answer in answers:
        cell = cells[answer.stratum]
        cell[0 if answer.shown else 2] += 1
        cell[1 if answer.shown else 3] += answer.agreed
    both = [(a, b, c, d) for a, b, c, d in cells.values() if a and c]
    a, b, c, d = (sum(cell[place] for cell in both) for place in range(4))
    return both, (a, b, c, d), min(a, c)


def _meter(user: str, answers: list[Answer], level: float, least: int) -> Meter:
    cells, (shown, yes_shown, blind, yes_blind), rarer = _comparable(answers)
    shares = (yes_shown / shown if shown else None, yes_blind / blind if blind else None)
    if rarer < least:
        verdict = Message("anchoring.few", shown=shown, blind=blind, least=least)
        return Meter(user, shown, blind, *shares, None, None, None, verdict)
    difference, low, high = risk_difference(cells, level)
    points = {"points": abs(100 * difference), "low": 100 * low, "high": 100 * high}
    if low > 0:
        verdict = Message("anchoring.anchored", **points)
    elif high < 0:
        verdict = Message("anchoring.contrary", **points)
    else:
        verdict = Message("anchoring.none", low=points["low"], high=points["high"])
    return Meter(user, shown, blind, *shares, difference, low, high, verdict)
