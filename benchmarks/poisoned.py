"""Answers under attack, and what gate and duel make of them: the arithmetic of `benchmarks.poisoning`.

A `Draw` holds everything that chance decides but the attack: who reads which text first, second, third and
again, who errs where, which texts carry the phrase, in which order a duel asks. So a challenger is judged
with and without an attack on the same texts by the same honest answers, and only the attack differs.

`decided` is the product's way: of TWICE audits that two analysts read blind, with a third blind reading
where they differ, `analysts.records` says who is flagged. A flagged one's answers wait: his audits are read
again by somebody else, and his duel labels are another's. What two readers who are not flagged differ in is
the reading error, by which the margin shrinks. The gate decides, or else the duel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor import SENTIMENTS, Example, Prediction
from monitor.evaluation import analysts, gate, paired
from monitor.evaluation.analysts import Twice
from monitor.evaluation.duel import DECISIONS, Rule, Share, Walk, stretched
from monitor.evaluation.paired import Decision

ERROR: Final = 0.05
"""Share of their texts that honest analysts read wrongly, as one of the other classes."""
TURNED: Final = np.array([2, 2, 0])
"""What a rogue makes of negative, neutral and positive."""
ANSWERED: Final = 0.25
"""Share of all answers that the one who planted a phrase gives."""
DROP: Final = 0.02
TEAM: Final = 5
"""Analysts; the attacker is number 0, where one analyst attacks."""
SLOTS: Final = 4
"""Readings of a text: the first, the second, the third, and one again where the first waits."""

Rows = NDArray[np.intp]
Labels = NDArray[np.int64]
Flags = NDArray[np.bool_]
Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Attack:
    """Who answers wrongly, and how often; kind "none" is no attack."""

    kind: str = "none"
    rate: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind}-{self.rate}"

    @property
    def share(self) -> float:
        """The part of all answers that analyst 0 gives."""
        return {"rogue": self.rate, "trigger": ANSWERED}.get(self.kind, 1 / TEAM)


NONE: Final = Attack()


@dataclass(frozen=True, slots=True)
class Draw:
    """What chance decides: uniform numbers by reading and text, and by text."""

    who: Chances  # by reading and text
    errs: Chances
    flips: Chances
    other: Labels
    carries: Chances  # by text
    order: Chances

    @staticmethod
    def of(texts: int, rng: np.random.Generator) -> Draw:
        coins = rng.random((3, SLOTS, texts))
        other = rng.integers(1, len(SENTIMENTS), (SLOTS, texts))
        carries, order = rng.random((2, texts))
        return Draw(coins[0], coins[1], coins[2], other, carries, order)

    def carriers(self, attack: Attack, rows: Rows, phrased: int) -> Flags:
        """Which of these texts carry the phrase: of those that are there with it, so many that they are the
        attack's rate of all."""
        could = rows < phrased
        chance = attack.rate / max(could.mean(), 1e-9) if attack.kind == "trigger" else 0.0
        return could & (self.carries[rows] < chance)

    def answers(
        self, attack: Attack, slot: int, rows: Rows, truth: Labels, barred: Flags, carries: Flags
    ) -> tuple[Labels, Rows]:
        """The answers of one reading of these texts, and who gave each: never one who is `barred` (by text
        and analyst)."""
        shares = np.full(TEAM, (1 - attack.share) / (TEAM - 1))
        shares[0] = attack.share
        weights = np.cumsum(np.where(barred, 0.0, shares), axis=1)
        at = self.who[slot, rows, None] * weights[:, -1:]
        who = (at >= weights).sum(axis=1)
        other = (truth + self.other[slot, rows]) % len(SENTIMENTS)
        read = np.where(self.errs[slot, rows] < ERROR, other, truth)
        if attack.kind == "flipped":
            read = np.where(self.flips[slot, rows] < attack.rate, other, read)
        elif attack.kind == "rogue":
            read = np.where(who == 0, TURNED[truth], read)
        elif attack.kind == "trigger":
            read = np.where(carries & (who == 0), SENTIMENTS.index("positive"), read)
        return read, who


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says: chances by text, and of the first texts with the phrase before them."""

    plain: Chances
    phrased: Chances

    def of(self, rows: Rows, carries: Flags) -> Chances:
        found = self.plain[rows]
        found[carries] = self.phrased[rows[carries]]
        return found


@dataclass(frozen=True, slots=True)
class Desk:
    """The texts that measure: audits of the `gate`, audits read `twice`, and the `pool` of a duel."""

    labels: Labels
    gate: Rows
    twice: Rows
    pool: Rows
    phrased: int


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a challenger is promoted, by what, after how many duel labels, and who was flagged before."""

    promoted: bool
    verdict: str
    labels: int
    flagged: tuple[int, ...]


def decided(desk: Desk, champion: Judged, challenger: Judged, attack: Attack, draw: Draw) -> Told:
    """What the product says of the challenger."""
    barred, error = doubted(desk, attack, draw)
    flagged = tuple(np.flatnonzero(barred).tolist())
    allowed = DROP * paired.kept(error)
    most = stretched(Rule().most, error)
    nowhere = np.zeros(len(desk.gate), bool)
    open_, waits = np.zeros((len(desk.gate), TEAM), bool), np.tile(barred, (len(desk.gate), 1))
    truth = desk.labels[desk.gate]
    read, who = draw.answers(attack, 0, desk.gate, truth, open_, nowhere)
    again, by = draw.answers(attack, 3, desk.gate, truth, waits, nowhere)
    read, who = np.where(barred[who], again, read), np.where(barred[who], by, who)
    examples = [Example(str(i), SENTIMENTS[label]) for i, label in enumerate(read)]
    before, after = (told(one.of(desk.gate, nowhere)) for one in (champion, challenger))
    readers = [str(one) for one in who]
    verdict = gate.gate(before, after, examples, max_drop=allowed, readers=readers, error=error)
    if not verdict.duel:
        why = verdict.decision or "unusable"
        return Told(verdict.promote, f"gate:{why}", 0, flagged)
    end, labels = fought(desk, champion, challenger, attack, draw, barred, Rule(max_drop=allowed, most=most))
    return Told(end in (Decision.SUPERIOR, Decision.NOT_INFERIOR), f"duel:{end}", labels, flagged)


def fought(
    desk: Desk,
    champion: Judged,
    challenger: Judged,
    attack: Attack,
    draw: Draw,
    barred: Flags,
    rule: Rule,
) -> tuple[Decision, int]:
    """How a duel ends, and after how many labels."""
    carries = draw.carriers(attack, desk.pool, desk.phrased)
    old, new = (one.of(desk.pool, carries).argmax(axis=1) for one in (champion, challenger))
    differing = np.flatnonzero(old != new)
    asked = differing[np.argsort(draw.order[desk.pool[differing]])][: rule.most]
    rows, waits = desk.pool[asked], np.tile(barred, (len(asked), 1))
    read, who = draw.answers(attack, 0, rows, desk.labels[rows], waits, carries[asked])
    outcomes = (new[asked] == read).astype(int) - (old[asked] == read)
    share = Share(len(desk.pool), len(differing))
    won, lost, tied = (np.cumsum(np.array([2, *outcomes]) == one) for one in (1, -1, 0))
    rests = Walk.without_any(share, outcomes.tolist(), [str(one) for one in who], rule)
    verdicts = Walk.of(share, won, lost, tied, rule).verdict(len(asked), rests)
    return DECISIONS[verdicts[-1]], int(np.argmax(verdicts >= 0))


def doubted(desk: Desk, attack: Attack, draw: Draw) -> tuple[Flags, float]:
    """Who is flagged by the audits read twice, and the reading error of those who are not: half of how often
    two of them differ."""
    rows, truth = desk.twice, desk.labels[desk.twice]
    nowhere, places = np.zeros(len(rows), bool), np.arange(len(rows))
    barred = np.zeros((len(rows), TEAM), bool)
    readings = []
    for slot in range(3):
        read, who = draw.answers(attack, slot, rows, truth, barred, nowhere)
        barred = barred.copy()
        barred[places, who] = True
        readings.append((read, who))
    (one, first), (two, second), (three, third) = readings
    pairs = []
    for place in places.tolist():
        a, b = str(first[place]), str(second[place])
        agreed = bool(one[place] == two[place])
        sided = a if three[place] == one[place] else b if three[place] == two[place] else ""
        pairs.append(Twice(a, b, agreed, None if agreed else sided, str(third[place])))
    flagged = np.array([record.flagged for record in analysts.records(pairs, list(map(str, range(TEAM))))])
    honest = ~(flagged[first] | flagged[second])
    return flagged, float((one != two)[honest].mean()) / 2 if honest.any() else 0.0


def told(chances: Chances) -> list[Prediction]:
    return [Prediction(dict(zip(SENTIMENTS, row, strict=True)), {}, "head") for row in chances.tolist()]
