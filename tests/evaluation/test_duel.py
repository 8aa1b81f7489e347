"""Duels: each verdict within its level whenever one looks, and early where models differ clearly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.evaluation.duel import (
    LEAST,
    Rule,
    Share,
    Standing,
    Walk,
    log_evidence,
    outcome,
    standing,
    stretched,
)
from monitor.evaluation.paired import Decision

SHARE = Share(5000, 250)
OUTCOMES = st.lists(st.sampled_from([1, 1, 0, -1]), max_size=60)


def first_verdict(share: Share, outcomes: Sequence[int], rule: Rule) -> Standing:
    for n in range(len(outcomes) + 1):
        found = standing(share, outcomes[:n], rule)
        if found.verdict:
            return found
    return found


@pytest.mark.parametrize(
    ("truth", "champion", "challenger", "expected"),
    [
        ("negative", "neutral", "negative", 1),
        ("negative", "negative", "neutral", -1),
        ("negative", "neutral", "positive", 0),
        (("deal", "legal"), "deal", "legal", 0),
        (("deal", "legal"), "credit", "legal", 1),
        ((), "credit", "legal", 0),
    ],
)
def test_outcomes(truth: object, champion: str, challenger: str, expected: int) -> None:
    assert outcome(truth, champion, challenger) == expected


def test_a_clearly_better_one_wins_early() -> None:
    found = first_verdict(SHARE, [1] * 40, Rule())
    assert found.verdict is Decision.SUPERIOR and found.labels <= 12
    assert found.interval[0] > 0 and found.superior >= 1 / 0.05


def test_a_clearly_worse_one_loses_as_early() -> None:
    won, lost = (first_verdict(SHARE, [one] * 40, Rule()) for one in (1, -1))
    assert lost.verdict is Decision.WORSE and lost.labels == won.labels
    assert lost.interval == pytest.approx((-won.interval[1], -won.interval[0]))
    assert (lost.worse, lost.superior) == (won.superior, won.worse)


def test_equal_ones_are_not_inferior_where_they_seldom_disagree() -> None:
    found = first_verdict(SHARE, [1, -1, -1, 1] * 50, Rule())
    assert found.verdict is Decision.NOT_INFERIOR and LEAST <= found.labels <= 100
    assert -0.02 < found.interval[0] < 0 < found.interval[1]


def test_a_share_too_small_to_lose_it_asks_few_labels_still() -> None:
    """With one text in a hundred nothing over a point can be lost; a decline is looked for all the same."""
    rare = Share(5000, 50)
    assert standing(rare, [], Rule()).verdict is None
    assert first_verdict(rare, [1, -1] * 100, Rule()).verdict is Decision.NOT_INFERIOR
    assert first_verdict(rare, [-1, -1, 0, -1, 1] * 40, Rule()).verdict is Decision.WORSE


def test_undecided_is_a_verdict_at_the_end() -> None:
    many = Share(5000, 1000)
    outcomes = [1, -1, 0, -1, 1] * 40
    assert standing(many, outcomes[:199], Rule()).verdict is None
    assert standing(many, outcomes, Rule()).verdict is Decision.UNDECIDED
    assert standing(many, outcomes[:7], Rule(), left=0).verdict is Decision.UNDECIDED
    assert standing(SHARE, outcomes[:10], Rule(most=10)).verdict is Decision.UNDECIDED


def test_models_that_never_disagree_are_not_inferior() -> None:
    assert standing(Share(1000, 0), [], Rule(), left=0).verdict is Decision.NOT_INFERIOR
    assert standing(Share(50, 0), [], Rule(), left=0).verdict is Decision.UNDECIDED, "50 texts prove little"
    assert standing(Share(0, 0), [], Rule(), left=0).verdict is Decision.UNDECIDED


def test_what_was_decided_stays() -> None:
    early = [1] * 15 + [-1] * 60
    assert standing(SHARE, early, Rule()).verdict is Decision.SUPERIOR
    assert standing(SHARE, early[::-1], Rule()).verdict is not Decision.SUPERIOR


def test_no_promotion_rests_on_one_reader() -> None:
    """The others see the challenger lose what the first sees it win."""
    assert standing(SHARE, [1, 1, -1, 1] * 20, Rule()).verdict is Decision.SUPERIOR
    fair = [("eve", 1), ("ann", -1), ("bob", -1), ("cy", 1), ("eve", 1)] * 12
    outcomes, readers = [one for _, one in fair], [user for user, _ in fair]
    found = standing(SHARE, outcomes, Rule(most=60), readers=readers)
    assert standing(SHARE, outcomes, Rule(most=60)).verdict is Decision.NOT_INFERIOR
    assert found.verdict is Decision.UNDECIDED, "without eve the challenger is no better than the champion"
    honest = [("ann", 1), ("bob", 1), ("cy", -1), ("eve", 1)] * 20
    outcomes, readers = [one for _, one in honest], [user for user, _ in honest]
    assert standing(SHARE, outcomes, Rule(), readers=readers).verdict is Decision.SUPERIOR
    assert standing(SHARE, [1] * 20, Rule(), readers=["ann"] * 20).verdict is Decision.SUPERIOR, (
        "a desk of one"
    )


def test_without_a_drop_only_better_is_promoted() -> None:
    found = first_verdict(SHARE, [1, -1, -1, 1] * 50, Rule(max_drop=0.0))
    assert found.verdict is Decision.UNDECIDED and found.labels == 200


@example([1] * 9, 0)
@given(OUTCOMES, st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_a_standing_is_of_one_piece(outcomes: list[int], disagreements: int) -> None:
    share = Share(2000, disagreements)
    if outcomes and not disagreements:
        with pytest.raises(ValueError, match="and there is none"):
            standing(share, outcomes, Rule())
        return
    found = standing(share, outcomes, Rule())
    assert found.labels == len(outcomes)
    assert (found.wins, found.losses) == (outcomes.count(1), outcomes.count(-1))
    low, high = found.interval
    assert -1 <= low <= high <= 1
    assert found == standing(share, outcomes, Rule())
    if found.verdict is Decision.SUPERIOR:
        assert low > 0
    if found.verdict is Decision.WORSE:
        assert high < 0
    if found.verdict is Decision.NOT_INFERIOR:
        assert low > -0.02


@given(st.floats(-0.95, 0.95), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_bet_against_a_true_mean_gains_nothing(mean: float, ties: float) -> None:
    """The wealth after one label, on the average: 1 at the mean, and no more under any smaller."""
    tied = ties * (1 - abs(mean))
    chances = np.array([(1 - tied + mean) / 2, (1 - tied - mean) / 2, tied])
    wealth = np.exp(log_evidence([1, 0, 0], [0, 1, 0], [0, 0, 1], mean))
    assert chances @ wealth == pytest.approx(1.0)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
@settings(deadline=None)
def test_evidence_falls_as_the_mean_rises(wins: int, losses: int, ties: int) -> None:
    values = [float(log_evidence(wins, losses, ties, mean)) for mean in (-0.5, -0.1, 0.0, 0.2, 0.7)]
    assert values == sorted(values, reverse=True)


def test_ties_cost_nothing_where_the_sign_is_asked() -> None:
    assert log_evidence(9, 3, 0, 0.0) == pytest.approx(log_evidence(9, 3, 70, 0.0))


@pytest.mark.parametrize(("share", "gain"), [(0.05, 0.0), (0.1, 0.0), (0.05, -0.02), (0.1, -0.02)])
def test_few_equal_or_worse_ones_are_promoted_as_better(share: float, gain: float) -> None:
    """A small form of benchmarks/duels.py: the false verdict within its level and three standard errors."""
    rng = np.random.default_rng(3)
    mean = gain / share
    outcomes = rng.choice([1, -1, 0], p=[(0.88 + mean) / 2, (0.88 - mean) / 2, 0.12], size=(300, 200))
    counts = [np.pad(np.cumsum(outcomes == one, axis=1), ((0, 0), (1, 0))) for one in (1, -1, 0)]
    ends = Walk.of(Share(5000, int(5000 * share)), *counts, Rule()).verdict(200)[:, -1]
    wrong = (ends == 0) if gain == 0 else (ends == 0) | (ends == 2)
    assert wrong.mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


@pytest.mark.parametrize(
    ("error", "expected"), [(0.0, 200), (0.05, 234), (0.1, 277), (0.2, 400), (0.7, 400), (0.9, 400)]
)
def test_where_readers_err_a_duel_takes_more_labels(error: float, expected: int) -> None:
    assert stretched(200, error) == expected


def test_what_cannot_be_is_refused() -> None:
    for bad in ({"level": 0}, {"max_drop": 1}, {"most": 0}, {"max_drop": -0.1}):
        with pytest.raises(ValueError, match="no such rule"):
            Rule(**bad)
    with pytest.raises(ValueError, match="disagreements of"):
        Share(3, 4)
    with pytest.raises(ValueError, match=r"outcomes are \+1, 0 and -1"):
        standing(SHARE, [1, 2], Rule())
    with pytest.raises(ValueError, match="201 labels, and 200 at most"):
        standing(SHARE, [0] * 201, Rule())
