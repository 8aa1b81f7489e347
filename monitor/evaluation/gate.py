"""Champion against challenger on the same gold texts: may the new model serve?

Enters: both models' predictions for gold texts that neither was trained on (audits, and files declared
gold), both models' outcomes on the check-list, and how often these gold labels were used. Leaves: a
`Verdict`.

Over all, the sentiment decides, by an exact paired test (`paired`): superior, not inferior by more than
`max_drop`, worse, or undecided. What lets a model serve (superior, not inferior) spends a part of the level,
for gold labels wear (`reuse`); worse is told at the whole level. Undecided is no refusal: a duel decides
(`duel`), also where there are no gold labels at all.

A verdict that promotes may not rest on one reader: where it is not inferior only by the labels of one, who
gave no more than half of them, it is undecided.

Guards (`guards`) refuse what the average hides, where they show harm.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation import metrics
from monitor.evaluation.checklist import Outcome
from monitor.evaluation.duel import DOUBTED
from monitor.evaluation.guards import Guard, block, guarded
from monitor.evaluation.paired import Decision, bounds, firsts, paired
from monitor.evaluation.reuse import Use
from monitor.messages import Message
from monitor.records import Example, Prediction

COLLAPSED: Final = 10
"""Gold texts from which on one sentiment for all of them is a collapse."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to promote, why in words, and what was measured: metrics by task of both
    models (`{"sentiment": {...}, "topics": {...}, "company": {...}}`), their comparison and the guards.
    `decision` is None where nothing was compared."""

    promote: bool
    reason: str
    champion: Mapping[str, Any] = field(default_factory=dict)
    challenger: Mapping[str, Any] = field(default_factory=dict)
    comparison: Mapping[str, Any] = field(default_factory=dict)
    decision: Decision | None = None
    guards: tuple[Guard, ...] = ()

    @property
    def duel(self) -> bool:
        """Whether the gold labels leave it to a duel."""
        return self.decision is Decision.UNDECIDED and all(one.state != "harmed" for one in self.guards)

    def told(self) -> dict[str, Any]:
        """The verdict as JSON has it (metrics apart)."""
        return {
            "decision": self.decision and self.decision.value,
            "promote": self.promote,
            "reason": str(self.reason),
            "comparison": dict(self.comparison),
            "guards": [
                {
                    **{name: getattr(one, name) for name in ("name", "state", "differ")},
                    **{name: round(getattr(one, name), 6) for name in ("before", "after", "p")},
                    "told": str(one.told()),
                }
                for one in self.guards
            ],
        }


def gate(
    champion: Sequence[Prediction] | None,
    challenger: Sequence[Prediction],
    gold: Sequence[Example],
    *,
    max_drop: float,
    level: float = 0.05,
    use: Use | None = None,
    languages: Sequence[str] = (),
    behaviour: tuple[Sequence[Outcome], Sequence[Outcome]] | None = None,
    readers: Sequence[str] = (),
    error: float = 0.0,
    seed: int = 0,
) -> Verdict:
    """The verdict on a challenger, from both models' predictions for the `gold` examples.

    Examples of one `group` are one block. `max_drop` is in [0, 1) (0.02 is two points), `level` in (0, 1);
    `languages` are the gold texts' (() for no guards of them), `readers` who labelled each ("" for nobody
    known; () for no matter who), `error` the share of their labels that is wrong, `behaviour` the champion's
    and the challenger's outcomes on the check-list, case by case. `champion` is None where nothing serves
    yet, or gives no numbers: then only sanity is asked. A challenger that gives no numbers, or one sentiment
    to COLLAPSED texts or more that have several and that the champion tells apart, is refused.
    """
    for name, predictions in (("champion", champion), ("challenger", challenger)):
        if predictions is not None and len(predictions) != len(gold):
            raise ValueError(f"{name}: {len(predictions)} predictions for {len(gold)} gold examples")
    if not all(map(_finite, challenger)):
        return Verdict(False, Message("gate.no_numbers"))
    after = _measure(challenger, gold)
    judged = [row for row, example in enumerate(gold) if example.sentiment is not None]
    truth = [str(gold[row].sentiment) for row in judged]
    new = [challenger[row].label for row in judged]
    if champion is None or not all(map(_finite, champion)):
        if _collapsed(truth, new, truth):
            return Verdict(False, _one_class(new[0]), challenger=after)
        share = after["sentiment"].get("accuracy", 0.0)
        return Verdict(True, Message("gate.alone", share=share, n=len(truth)), challenger=after)
    before = _measure(champion, gold)
    old = [champion[row].label for row in judged]
    if _collapsed(truth, new, old):
        return Verdict(False, _one_class(new[0]), before, after)
    blocks = [block(gold[row]) for row in judged]
    who = [readers[row] for row in judged] if readers else []
    comparison, decision = _compare(truth, old, new, blocks, max_drop, level, use or Use(), seed)
    if decision in (Decision.SUPERIOR, Decision.NOT_INFERIOR) and _rests_on_one(
        truth, old, new, blocks, who, max_drop, comparison["spent"]
    ):
        decision = Decision.UNDECIDED
    guards = guarded(
        champion,
        challenger,
        gold,
        languages,
        behaviour,
        max_drop=max_drop,
        level=level,
        error=error,
        seed=seed,
    )
    reason = _reason(decision, comparison, guards, max_drop)
    passed = decision in (Decision.SUPERIOR, Decision.NOT_INFERIOR)
    harmed = any(one.state == "harmed" for one in guards)
    return Verdict(passed and not harmed, reason, before, after, comparison, decision, guards)


# --- over all --------------------------------------------------------------------------------


def _compare(
    truth: Sequence[str],
    old: Sequence[str],
    new: Sequence[str],
    blocks: Sequence[Hashable],
    max_drop: float,
    level: float,
    use: Use,
    seed: int,
) -> tuple[dict[str, Any], Decision]:
    counts = paired(
        [a == b for a, b in zip(old, truth, strict=True)],
        [a == b for a, b in zip(new, truth, strict=True)],
        blocks,
    )
    spent = use.spent(level)
    low, high = bounds(counts, spent)[0], bounds(counts, level)[1]
    if low > 0:
        decision = Decision.SUPERIOR
    elif high < 0:
        decision = Decision.WORSE
    else:
        decision = Decision.NOT_INFERIOR if low > -max_drop else Decision.UNDECIDED
    rows = firsts(blocks)
    comparison: dict[str, Any] = {
        "judgement": "sentiment",
        "n": counts.n,
        "champion_right": sum(old[i] == truth[i] for i in rows),
        "challenger_right": sum(new[i] == truth[i] for i in rows),
        "only_champion_right": counts.losses,
        "only_challenger_right": counts.wins,
        "difference": counts.difference,
        "interval": [low, high],
        "level": level,
        "spent": spent,
        "use": use.number,
        "decided_before": use.decided,
    }
    if truth:
        comparison |= _macro(truth, old, new, seed)
    return comparison, decision


def _rests_on_one(
    truth: Sequence[str],
    old: Sequence[str],
    new: Sequence[str],
    blocks: Sequence[Hashable],
    readers: Sequence[str],
    max_drop: float,
    level: float,
) -> bool:
    """Whether the challenger is not inferior only by the labels of one reader, who gave DOUBTED of them at
    most: what one person alone could have brought about is no verdict."""
    for reader in sorted(set(readers) - {""}):
        others = [row for row, one in enumerate(readers) if one != reader]
        if len(others) < (1 - DOUBTED) * len(readers):
            continue
        counts = paired(
            [old[row] == truth[row] for row in others],
            [new[row] == truth[row] for row in others],
            [blocks[row] for row in others],
        )
        if bounds(counts, level)[0] <= -max_drop:
            return True
    return False


def _macro(truth: Sequence[str], old: Sequence[str], new: Sequence[str], seed: int) -> dict[str, Any]:
    """The difference of macro-F1 with its percentile interval, which is told and decides nothing."""
    codes = {label: code for code, label in enumerate(sorted({*truth, *old, *new}))}
    wanted, first, second = (np.array([codes[label] for label in labels]) for labels in (truth, old, new))

    def difference(rows: NDArray[np.intp]) -> float:
        return metrics.macro_f1(wanted[rows], second[rows]) - metrics.macro_f1(wanted[rows], first[rows])

    return {
        "macro_f1_difference": difference(np.arange(len(truth))),
        "macro_f1_interval": list(metrics.bootstrap(difference, len(truth), seed=seed)),
    }


def _reason(
    decision: Decision, comparison: Mapping[str, Any], guards: Sequence[Guard], max_drop: float
) -> Message:
    n = comparison["n"]
    low, high = comparison["interval"]
    numbers = Message("gate.no_gold")
    if n:
        numbers = Message(
            "gate.numbers",
            after=comparison["challenger_right"] / n,
            before=comparison["champion_right"] / n,
            n=n,
            gained=comparison["only_challenger_right"],
            lost=comparison["only_champion_right"],
            difference=100 * comparison["difference"],
            low=100 * low,
            high=100 * high,
            **{name: comparison[name] for name in ("spent", "level", "use")},
        )
    harm = [one.told() for one in guards if one.state == "harmed"]
    if harm:
        return Message("gate.harmful", harm=harm, numbers=numbers)
    most = {"most": 100 * max_drop} if decision is Decision.NOT_INFERIOR else {}
    return Message(f"gate.{decision.value}", numbers=numbers, **most)


# --- what is measured -------------------------------------------------------------------------


def _collapsed(truth: Sequence[str], new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether all of `new` is one sentiment although the truth and the other model have several."""
    return len(truth) >= COLLAPSED and len(set(new)) == 1 < min(len(set(truth)), len(set(old)))


def _one_class(name: str) -> Message:
    return Message("gate.one_class", sentiment=Message(f"sentiment.{name}"))


def _measure(predictions: Sequence[Prediction], gold: Sequence[Example]) -> dict[str, Any]:
    pairs = list(zip(gold, predictions, strict=True))
    sentiment = [(example.sentiment, one) for example, one in pairs if example.sentiment is not None]
    topics = [(example.topics, one) for example, one in pairs if example.topics]
    company = [(example.companies, one) for example, one in pairs if example.companies]
    return {
        "sentiment": metrics.evaluate_sentiment([t for t, _ in sentiment], [one for _, one in sentiment]),
        "topics": metrics.evaluate_topics([t for t, _ in topics], [one for _, one in topics]),
        "company": metrics.evaluate_company([t for t, _ in company], [one for _, one in company]),
    }


def _finite(prediction: Prediction) -> bool:
    likely = (prediction.sentiment, prediction.topics, *prediction.companies.values())
    values = [value for each in likely for value in each.values()]
    return all(math.isfinite(value) and -1e-6 <= value <= 1 + 1e-6 for value in values)
