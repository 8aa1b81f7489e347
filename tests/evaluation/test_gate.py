"""The gate: what it lets through, what it refuses, what it leaves to a duel, and that it says why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.evaluation.gate import gate
from monitor.evaluation.paired import Decision
from monitor.evaluation.reuse import Use
from monitor.messages import said
from monitor.records import SENTIMENTS, Example, Prediction
from monitor.testing import make_prediction


def says(label: str, **fields: object) -> Prediction:
    return make_prediction(**{name: 0.8 if name == label else 0.1 for name in SENTIMENTS}, **fields)


def golds(*labels: str) -> list[Example]:
    return [Example(f"text {i}", label) for i, label in enumerate(labels)]


TRUTH = ["negative", "neutral", "positive"] * 200
GOLD = golds(*TRUTH)
PERFECT = [says(label) for label in TRUTH]
NEXT = dict(zip(SENTIMENTS, [*SENTIMENTS[1:], SENTIMENTS[0]], strict=True))


def wrong(rows: Iterable[int]) -> list[Prediction]:
    """Perfect but for these rows, which are called the next sentiment."""
    some = set(rows)
    return [says(NEXT[label]) if row in some else says(label) for row, label in enumerate(TRUTH)]


def test_a_better_challenger_is_promoted_with_the_numbers() -> None:
    verdict = gate(wrong(range(60)), wrong(range(30)), GOLD, max_drop=0.02)
    assert verdict.promote and not verdict.duel
    assert verdict.decision is Decision.SUPERIOR
    assert verdict.reason.startswith(
        "better than the champion: right on 95.0% of 600 gold texts, the champion on 90.0% "
        "(30 gained, 0 lost); difference +5.0 points, between +"
    )
    assert verdict.reason.endswith("use 1 of these labels)")
    assert "优于现任模型：在 600 条评测文本上判对 95.0%" in said(verdict.reason, "zh")
    assert verdict.champion["sentiment"]["accuracy"] == 0.9
    assert verdict.challenger["sentiment"]["accuracy"] == 0.95
    low, high = verdict.comparison["interval"]
    assert verdict.comparison["difference"] == pytest.approx(0.05)
    assert 0 < low <= 0.05 <= high


def test_an_equal_challenger_is_not_inferior_with_an_interval_that_says_so() -> None:
    verdict = gate(wrong(range(8)), wrong(range(8, 16)), GOLD, max_drop=0.02)
    assert verdict.promote and verdict.decision is Decision.NOT_INFERIOR
    assert verdict.reason.startswith("not inferior to the champion by more than 2.0 points: ")
    assert -0.02 < verdict.comparison["interval"][0] < 0


def test_a_worse_challenger_is_refused() -> None:
    verdict = gate(wrong(range(3)), wrong(range(20)), GOLD, max_drop=0.03)
    assert not verdict.promote and not verdict.duel
    assert verdict.decision is Decision.WORSE and verdict.reason.startswith("worse than the champion: ")


def test_a_point_estimate_decides_nothing() -> None:
    """Two more or two fewer of thirty are a toss of coins: a duel decides."""
    for old, new in ((2, 0), (0, 2), (0, 0)):
        truth = TRUTH[:30]
        verdict = gate(wrong(range(old))[:30], wrong(range(new))[:30], golds(*truth), max_drop=0.02)
        assert not verdict.promote and verdict.duel, (old, new)
        assert verdict.reason.startswith("the gold labels do not say which model is better: ")


@pytest.mark.parametrize("gold", [[], [Example("t", topics=("legal",))] * 3])
def test_no_gold_labels_are_no_refusal_but_a_duel(gold: list[Example]) -> None:
    predictions = [says("neutral")] * len(gold)
    verdict = gate(predictions, predictions, gold, max_drop=0.02)
    assert verdict.duel and not verdict.promote
    assert verdict.reason == (
        "the gold labels do not say which model is better: there are no gold labels yet"
    )


def test_texts_of_one_group_count_once() -> None:
    grouped = [replace(one, group="copies" if row < 60 else "") for row, one in enumerate(GOLD)]
    verdict = gate(wrong(range(60)), PERFECT, grouped, max_drop=0.02)
    assert verdict.comparison["n"] == 541
    assert verdict.comparison["only_challenger_right"] == 1
    assert verdict.decision is not Decision.SUPERIOR


def test_no_promotion_rests_on_one_reader() -> None:
    """Of four readers one sees the challenger win what the others do not."""
    readers = [f"user {row % 4}" for row in range(600)]
    old, new = wrong(range(0, 160, 4)), wrong(range(1, 25, 8))
    assert gate(old, new, GOLD, max_drop=0.02).decision is Decision.SUPERIOR
    found = gate(old, new, GOLD, max_drop=0.02, readers=readers)
    assert found.decision is Decision.UNDECIDED and found.duel
    assert gate(old, new, GOLD, max_drop=0.02, readers=[""] * 600).promote
    assert gate(old, new, GOLD, max_drop=0.02, readers=["ann"] * 600).promote, "a desk of one"
    assert gate(wrong(range(60)), PERFECT, GOLD, max_drop=0.02, readers=readers).promote


def test_gold_wears_with_use() -> None:
    old, new = wrong(range(10)), PERFECT
    first, late = (gate(old, new, GOLD, max_drop=0.0, use=use) for use in (Use(), Use(60, 2)))
    assert first.decision is Decision.SUPERIOR and late.decision is Decision.UNDECIDED
    assert late.comparison["spent"] < first.comparison["spent"] < 0.05
    assert "use 60 of these labels" in late.reason
    refused = gate(PERFECT, wrong(range(10)), GOLD, max_drop=0.0, use=Use(60, 2))
    assert refused.decision is Decision.WORSE, "what refuses needs no budget"


def test_a_challenger_that_knows_one_class_is_refused_whatever_may_be_lost() -> None:
    collapsed = [says("neutral")] * len(TRUTH)
    verdict = gate(PERFECT, collapsed, GOLD, max_drop=0.9)
    assert not verdict.promote and not verdict.duel
    assert verdict.reason == "it calls every gold text neutral"


def test_one_class_is_no_collapse_where_the_truth_has_one() -> None:
    gold = golds(*["negative"] * 400)
    assert gate([says("negative")] * 400, [says("negative")] * 400, gold, max_drop=0.02).promote


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.5, 1.5])
def test_probabilities_that_are_none_are_refused(value: float) -> None:
    broken = [*PERFECT[:-1], replace(PERFECT[-1], sentiment={**PERFECT[-1].sentiment, "neutral": value})]
    verdict = gate(PERFECT, broken, GOLD, max_drop=0.9)
    assert not verdict.promote and not verdict.duel and "not numbers in [0, 1]" in verdict.reason


def test_a_probability_towards_a_company_that_is_none_is_refused() -> None:
    broken = replace(PERFECT[0], companies={"acme": dict.fromkeys(SENTIMENTS, float("nan"))})
    verdict = gate(PERFECT, [broken, *PERFECT[1:]], GOLD, max_drop=0.9)
    assert not verdict.promote and "not numbers in [0, 1]" in verdict.reason


def test_a_champion_without_numbers_does_not_block_its_successor() -> None:
    broken = [replace(one, sentiment=dict.fromkeys(SENTIMENTS, float("nan"))) for one in PERFECT]
    assert gate(broken, PERFECT, GOLD, max_drop=0.0).promote


def test_the_first_model_needs_sense_only() -> None:
    verdict = gate(None, wrong(range(60)), GOLD, max_drop=0.0)
    assert verdict.promote and not verdict.duel
    assert verdict.reason == "no champion to compare with; right on 90.0% of 600 gold texts"
    assert not gate(None, [says("positive")] * 600, GOLD, max_drop=0.0).promote


def test_harm_to_one_sentiment_refuses_a_model_that_is_better_over_all() -> None:
    champion = wrong(row for row, label in enumerate(TRUTH) if label == "neutral" and row < 400)
    challenger = wrong(row for row, label in enumerate(TRUTH) if label == "negative" and row < 60)
    verdict = gate(champion, challenger, GOLD, max_drop=0.02)
    assert verdict.decision is Decision.SUPERIOR
    assert not verdict.promote and not verdict.duel
    assert verdict.reason.startswith("it does harm: recall of negative falls from 100.0% to 90.0% (p = ")


def test_predictions_must_be_of_the_gold_examples() -> None:
    with pytest.raises(ValueError, match="champion: 599 predictions for 600 gold examples"):
        gate(PERFECT[:-1], PERFECT, GOLD, max_drop=0.0)


def test_a_verdict_goes_to_json() -> None:
    told = gate(wrong(range(60)), PERFECT, GOLD, max_drop=0.02, languages=["en"] * 600).told()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["decision"] == "superior" and told["promote"] is True
    assert {one["name"] for one in told["guards"]} == {
        "language:en", "calibration", *(f"recall:{one}" for one in SENTIMENTS)
    }  # fmt: skip


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_a_promoted_challenger_is_within_what_may_be_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def some() -> Sequence[Prediction]:
        return wrong(rng.choice(600, int(rng.integers(0, 30)), replace=False).tolist())

    old, new = some(), some()
    verdict = gate(old, new, GOLD, max_drop=0.02)
    assert verdict == gate(old, new, GOLD, max_drop=0.02)
    if verdict.promote:
        assert verdict.comparison["difference"] > -0.02
