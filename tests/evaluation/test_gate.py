"""The gate: what it lets through, what it refuses, and that it says why in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from monitor.evaluation.gate import gate, mcnemar
from monitor.records import SENTIMENTS, Example, Prediction
from monitor.testing import make_prediction


def says(label: str, **fields: object) -> Prediction:
    return make_prediction(**{name: 0.8 if name == label else 0.1 for name in SENTIMENTS}, **fields)


def golds(*labels: str) -> list[Example]:
    return [Example(f"text {i}", label) for i, label in enumerate(labels)]


TRUTH = ["negative", "neutral", "positive"] * 10
GOLD = golds(*TRUTH)
PERFECT = [says(label) for label in TRUTH]


def wrong(rows: Sequence[int]) -> list[Prediction]:
    """Perfect but for these rows, which are called the next sentiment."""
    following = dict(zip(SENTIMENTS, [*SENTIMENTS[1:], SENTIMENTS[0]], strict=True))
    return [says(following[label]) if row in rows else says(label) for row, label in enumerate(TRUTH)]


def test_a_better_challenger_is_promoted_with_the_numbers() -> None:
    verdict = gate(wrong([0, 1, 2]), PERFECT, GOLD, min_gold=20, max_drop=0.0)
    assert verdict.promote
    assert verdict.reason.startswith(
        "not worse than the champion: macro-F1 1.000 against the champion's 0.900 on 30 gold labels "
        "(difference +0.100, 95% interval "
    )
    assert verdict.reason.endswith("3 texts gained, 0 lost)")
    assert verdict.champion["sentiment"]["accuracy"] == 0.9
    assert verdict.challenger["sentiment"]["accuracy"] == 1.0
    low, high = verdict.comparison["interval"]
    assert low <= verdict.comparison["macro_f1_difference"] <= high


def test_an_equal_challenger_is_promoted() -> None:
    assert gate(PERFECT, PERFECT, GOLD, min_gold=20, max_drop=0.0).promote


def test_a_worse_challenger_is_refused() -> None:
    verdict = gate(PERFECT, wrong([4]), GOLD, min_gold=20, max_drop=0.0)
    assert not verdict.promote
    assert verdict.reason.startswith("macro-F1 may fall by 0.000 at most: macro-F1 0.967 against")


def test_max_drop_is_what_may_be_lost() -> None:
    assert gate(PERFECT, wrong([4]), GOLD, min_gold=20, max_drop=0.05).promote
    assert not gate(PERFECT, wrong([4, 5, 6]), GOLD, min_gold=20, max_drop=0.05).promote


def test_too_few_gold_labels_refuse_and_say_what_to_do() -> None:
    verdict = gate(PERFECT, PERFECT, GOLD, min_gold=31, max_drop=0.0)
    assert not verdict.promote
    assert verdict.reason == (
        "only 30 gold labels and 31 are needed to tell the models apart: "
        "label more articles, or lower [learning] min_gold"
    )


def test_gold_without_a_sentiment_does_not_count() -> None:
    gold = [*GOLD, *(Example("t", topics=("legal",)) for _ in range(9))]
    verdict = gate([*PERFECT, *[says("neutral")] * 9], [*PERFECT, *[says("neutral")] * 9], gold, min_gold=31,
                   max_drop=0.0)  # fmt: skip
    assert "only 30 gold labels" in verdict.reason


def test_no_gold_at_all_is_refused() -> None:
    assert not gate([], [], [], min_gold=1, max_drop=0.0).promote


def test_a_challenger_that_knows_one_class_is_refused_whatever_may_be_lost() -> None:
    collapsed = [says("neutral")] * len(TRUTH)
    verdict = gate(PERFECT, collapsed, GOLD, min_gold=20, max_drop=1.0)
    assert not verdict.promote
    assert verdict.reason.startswith("it calls every gold text neutral: macro-F1")


def test_one_class_is_no_collapse_where_the_truth_has_one() -> None:
    gold = golds(*["negative"] * 20)
    assert gate([says("negative")] * 20, [says("negative")] * 20, gold, min_gold=20, max_drop=0.0).promote


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.5, 1.5])
def test_probabilities_that_are_none_are_refused(value: float) -> None:
    broken = [*PERFECT[:-1], replace(PERFECT[-1], sentiment={**PERFECT[-1].sentiment, "neutral": value})]
    verdict = gate(PERFECT, broken, GOLD, min_gold=20, max_drop=1.0)
    assert not verdict.promote and "not numbers in [0, 1]" in verdict.reason


def test_a_champion_without_numbers_does_not_block_its_successor() -> None:
    broken = [replace(one, sentiment=dict.fromkeys(SENTIMENTS, float("nan"))) for one in PERFECT]
    assert gate(broken, PERFECT, GOLD, min_gold=20, max_drop=0.0).promote


def test_the_recall_of_one_sentiment_may_not_be_sold_for_the_others() -> None:
    champion = wrong([row for row, label in enumerate(TRUTH) if label == "neutral"][:5])
    challenger = wrong([row for row, label in enumerate(TRUTH) if label == "negative"][:2])
    verdict = gate(champion, challenger, GOLD, min_gold=20, max_drop=0.0)
    assert verdict.challenger["sentiment"]["macro_f1"] > verdict.champion["sentiment"]["macro_f1"]
    assert not verdict.promote
    assert verdict.reason.startswith("recall of negative falls from 1.000 to 0.800: ")


def test_a_recall_on_few_examples_is_not_judged() -> None:
    truth = ["negative"] * 4 + ["neutral"] * 16
    champion = [says(label) for label in truth[:4]] + [says("positive")] * 6 + [says("neutral")] * 10
    challenger = [says("neutral"), *(says(label) for label in truth[1:])]
    assert gate(champion, challenger, golds(*truth), min_gold=20, max_drop=0.0).promote


def test_topics_may_not_fall_either_where_there_is_enough_to_tell() -> None:
    gold = [replace(one, topics=("legal",)) for one in GOLD] + [Example("t", topics=("deal",))]
    good = [replace(one, topics={"legal": 0.9, "deal": 0.1}) for one in [*PERFECT, says("neutral")]]
    bad = [replace(one, topics={"legal": 0.1, "deal": 0.9}) for one in [*PERFECT, says("neutral")]]
    verdict = gate(good, bad, gold, min_gold=20, max_drop=0.0)
    assert not verdict.promote
    assert verdict.reason.startswith("topic accuracy falls from 0.968 to 0.032: ")
    few = [replace(one, topics=None) for one in gold[5:]] + gold[:5]
    assert gate(good[5:] + good[:5], bad[5:] + bad[:5], few, min_gold=20, max_drop=0.0).promote


def test_companies_may_not_fare_worse_either_where_there_is_enough_to_tell() -> None:
    pairs = (("acme", "positive"), ("bolt", "negative"))
    gold = [replace(one, companies=pairs) for one in GOLD]
    right = {name: says(label).sentiment for name, label in pairs}
    good = [replace(one, companies=right) for one in PERFECT]
    verdict = gate(good, PERFECT, gold, min_gold=20, max_drop=0.0)  # which says nothing of companies
    assert not verdict.promote
    assert verdict.reason.startswith("accuracy towards companies falls from 1.000 to 0.333: ")
    assert verdict.challenger["company"]["n"] == 60
    assert gate(PERFECT, good, gold, min_gold=20, max_drop=0.0).promote
    few = [*gold[:5], *GOLD[5:]]
    assert gate(good, PERFECT, few, min_gold=20, max_drop=0.0).promote


def test_a_probability_towards_a_company_that_is_none_is_refused() -> None:
    broken = replace(PERFECT[0], companies={"acme": dict.fromkeys(SENTIMENTS, float("nan"))})
    verdict = gate(PERFECT, [broken, *PERFECT[1:]], GOLD, min_gold=20, max_drop=1.0)
    assert not verdict.promote and "not numbers in [0, 1]" in verdict.reason


def test_the_first_model_needs_sense_only() -> None:
    verdict = gate(None, wrong([0, 1, 2]), GOLD, min_gold=20, max_drop=0.0)
    assert verdict.promote
    assert verdict.reason == "no champion to compare with; macro-F1 0.900 on 30 gold labels"
    assert not gate(None, [says("positive")] * 30, GOLD, min_gold=20, max_drop=0.0).promote


def test_predictions_must_be_of_the_gold_examples() -> None:
    with pytest.raises(ValueError, match="champion: 29 predictions for 30 gold examples"):
        gate(PERFECT[:-1], PERFECT, GOLD, min_gold=20, max_drop=0.0)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_a_promoted_challenger_is_never_below_the_champion(seed: int) -> None:
    rng = np.random.default_rng(seed)
    old, new = (wrong(rng.choice(30, int(rng.integers(0, 12)), replace=False).tolist()) for _ in range(2))
    verdict = gate(old, new, GOLD, min_gold=20, max_drop=0.02)
    if verdict.promote:
        before, after = (one["sentiment"]["macro_f1"] for one in (verdict.champion, verdict.challenger))
        assert after >= before - 0.02 - 1e-9
    assert verdict == gate(old, new, GOLD, min_gold=20, max_drop=0.02)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int) -> None:
    expected = binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected)


def test_mcnemar_of_many_texts_does_not_overflow() -> None:
    assert mcnemar(3000, 3000) == 1.0
    assert mcnemar(2000, 4000) < 1e-100
