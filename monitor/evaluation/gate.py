"""Champion against challenger: may the new model serve?

Both judge the same gold examples, which neither was trained on. The rule is
non-inferiority on the point estimate; the paired interval of the difference (percentile
bootstrap) and McNemar's exact test (McNemar 1947; Dietterich 1998) are reported beside it,
so that people see how much a decision on few labels is worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from monitor.evaluation import metrics
from monitor.messages import Message
from monitor.records import Example, Prediction

RECALL_DROP = 0.15
"""How far the recall of one sentiment may fall, whatever the average does."""
RECALL_SUPPORT = 10
"""Gold examples a sentiment needs before its recall is held to RECALL_DROP."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to promote, why in words, and what was measured: metrics by task of both
    models (`{"sentiment": {...}, "topics": {...}, "company": {...}}`), and their comparison."""

    promote: bool
    reason: str
    champion: Mapping[str, Any] = field(default_factory=dict)
    challenger: Mapping[str, Any] = field(default_factory=dict)
    comparison: Mapping[str, Any] = field(default_factory=dict)


def gate(
    champion: Sequence[Prediction] | None,
    challenger: Sequence[Prediction],
    gold: Sequence[Example],
    *,
    min_gold: int,
    max_drop: float,
    seed: int = 0,
) -> Verdict:
    """The verdict on a challenger, from both models' predictions for the `gold` examples.

    It is refused, in this order, when fewer than `min_gold` examples have a sentiment;
    when a probability is not a number; when it gives every text one sentiment although the
    truth holds several and the champion tells them apart; when its macro-F1 is more than
    `max_drop` under the champion's; when the recall of a sentiment with RECALL_SUPPORT
    examples falls by more than RECALL_DROP; when, with `min_gold` examples that have
    topics, its topic accuracy is more than `max_drop` under the champion's; when, with
    `min_gold` sentiments towards companies, its accuracy in these is.

    `champion` is None where nothing serves yet: then only sanity is asked.
    """
    for name, predictions in (("champion", champion), ("challenger", challenger)):
        if predictions is not None and len(predictions) != len(gold):
            raise ValueError(f"{name}: {len(predictions)} predictions for {len(gold)} gold examples")
    judged = [row for row, example in enumerate(gold) if example.sentiment is not None]
    if len(judged) < min_gold:
        return Verdict(False, Message("gate.few", n=len(judged), least=min_gold))
    if not all(map(_finite, challenger)):
        return Verdict(False, Message("gate.no_numbers"))
    measured = _measure(challenger, gold)
    truth = [str(gold[row].sentiment) for row in judged]
    new = [challenger[row].label for row in judged]
    if champion is None or not all(map(_finite, champion)):
        if len(set(new)) == 1 < len(set(truth)):
            return Verdict(False, _one_class(new[0]), challenger=measured)
        score = measured["sentiment"]["macro_f1"]
        return Verdict(True, Message("gate.alone", score=score, n=len(truth)), challenger=measured)
    old = [champion[row].label for row in judged]
    before = _measure(champion, gold)
    comparison = _compare(truth, old, new, seed)
    problem = _problem(truth, old, new, before, measured, min_gold, max_drop)
    numbers = _numbers(before, measured, comparison)
    passed = Message("gate.passed", numbers=numbers)
    reason = Message("gate.refused", problem=problem, numbers=numbers) if problem else passed
    return Verdict(not problem, reason, before, measured, comparison)


def behaved(
    verdict: Verdict, before: Mapping[str, Any], after: Mapping[str, Any], max_drop: float | None
) -> Verdict:
    """`verdict`, refused where the challenger passes a share of the check-list that is more than
    `max_drop` under the champion's (None: whatever it passes); both as `checklist.rates` has them."""
    if max_drop is None or not verdict.promote or not _fell(before["passed"], after["passed"], max_drop):
        return verdict
    passed = {"after": after["passed"], "before": before["passed"], "cases": after["cases"]}
    reason = Message("gate.behaviour", **passed, most=max_drop)
    return replace(verdict, promote=False, reason=reason)


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided exact p-value of McNemar's test: of the texts that exactly one of two models
    gets right, the first gets `only_first` and the second `only_second`."""
    n, k = only_first + only_second, min(only_first, only_second)
    term = tail = 1
    for i in range(k):
        term = term * (n - i) // (i + 1)
        tail += term
    return min(1.0, 2 * tail / (1 << n))


def _problem(
    truth: Sequence[str],
    old: Sequence[str],
    new: Sequence[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    min_gold: int,
    max_drop: float,
) -> Message | None:
    """Why the challenger is refused; None where it is not."""
    if len(set(new)) == 1 < min(len(set(truth)), len(set(old))):
        return _one_class(new[0])
    if _fell(before["sentiment"]["macro_f1"], after["sentiment"]["macro_f1"], max_drop):
        return Message("gate.f1", most=max_drop)
    for name, scores in before["sentiment"]["per_class"].items():
        recall = after["sentiment"]["per_class"][name]["recall"]
        if scores["support"] >= RECALL_SUPPORT and _fell(scores["recall"], recall, RECALL_DROP):
            fell = {"before": scores["recall"], "after": recall}
            return Message("gate.recall", sentiment=Message(f"sentiment.{name}"), **fell)
    for task in ("topics", "company"):
        if after[task]["n"] < max(min_gold, 1):
            continue
        old_share, new_share = before[task]["accuracy"], after[task]["accuracy"]
        if _fell(old_share, new_share, max_drop):
            what = Message(f"gate.what.{task}")
            return Message("gate.falls", what=what, before=old_share, after=new_share)
    return None


def _one_class(name: str) -> Message:
    return Message("gate.one_class", sentiment=Message(f"sentiment.{name}"))


def _fell(before: float, after: float, allowed: float) -> bool:
    return before - after > allowed + 1e-9


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


def _compare(truth: Sequence[str], old: Sequence[str], new: Sequence[str], seed: int) -> dict[str, Any]:
    codes = {label: code for code, label in enumerate(sorted({*truth, *old, *new}))}
    wanted, first, second = (np.array([codes[label] for label in labels]) for labels in (truth, old, new))

    def difference(rows: np.ndarray[Any, np.dtype[np.intp]]) -> float:
        return metrics.macro_f1(wanted[rows], second[rows]) - metrics.macro_f1(wanted[rows], first[rows])

    low, high = metrics.bootstrap(difference, len(truth), seed=seed)
    only_old = int(((first == wanted) & (second != wanted)).sum())
    only_new = int(((first != wanted) & (second == wanted)).sum())
    return {
        "macro_f1_difference": difference(np.arange(len(truth))),
        "interval": [low, high],
        "only_champion_right": only_old,
        "only_challenger_right": only_new,
        "mcnemar_p": mcnemar(only_old, only_new),
    }


def _numbers(before: Mapping[str, Any], after: Mapping[str, Any], comparison: Mapping[str, Any]) -> Message:
    low, high = comparison["interval"]
    return Message(
        "gate.numbers",
        after=after["sentiment"]["macro_f1"],
        before=before["sentiment"]["macro_f1"],
        n=after["sentiment"]["n"],
        difference=comparison["macro_f1_difference"],
        low=low,
        high=high,
        gained=comparison["only_challenger_right"],
        lost=comparison["only_champion_right"],
    )


def _finite(prediction: Prediction) -> bool:
    likely = (prediction.sentiment, prediction.topics, *prediction.companies.values())
    values = [value for each in likely for value in each.values()]
    return all(math.isfinite(value) and -1e-6 <= value <= 1 + 1e-6 for value in values)
