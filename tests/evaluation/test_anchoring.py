"""The anchoring meter: who follows the model, and who only reads other texts blind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evaluation.anchoring import Answer, meters, risk_difference, stratum

CELLS = st.tuples(st.integers(1, 30), st.integers(1, 30)).flatmap(
    lambda n: st.tuples(st.just(n[0]), st.integers(0, n[0]), st.just(n[1]), st.integers(0, n[1]))
)


def answers(
    rng: np.random.Generator, n: int, *, shown: float, blind: float, user: str = "ann"
) -> list[Answer]:
    """Answers of one stratum; `shown` and `blind` are the shares that agree with the model."""
    return [
        Answer(user, seen, bool(rng.random() < (shown if seen else blind)), "review")
        for seen in rng.random(n) < 0.5
    ]


def test_who_follows_the_model_is_told_so() -> None:
    (found,) = meters(answers(np.random.default_rng(0), 400, shown=0.95, blind=0.7))
    assert found.difference is not None and found.low is not None and found.low > 0
    assert found.difference == pytest.approx(0.25, abs=0.08)
    assert found.verdict.key == "anchoring.anchored" and "more often" in found.verdict
    assert "盲标" in found.verdict.said("zh")


def test_who_contradicts_it_is_told_so() -> None:
    (found,) = meters(answers(np.random.default_rng(0), 400, shown=0.6, blind=0.9))
    assert found.verdict.key == "anchoring.contrary" and found.difference is not None
    assert found.difference < 0 and "less often" in found.verdict and "-" not in found.verdict.split("(")[0]


def test_blind_texts_that_are_easier_are_no_sign() -> None:
    """All audits are blind and the model is right about them; of the reviews, where it is unsure, some are
    blind: over all an analyst agrees more often blind, and that says nothing of them."""
    rng = np.random.default_rng(1)
    easy = [Answer("ann", False, bool(rng.random() < 0.97), stratum("audit", 0.97)) for _ in range(300)]
    hard = [
        Answer("ann", seen, bool(rng.random() < 0.6), stratum("review", 0.55))
        for seen in rng.random(300) < 0.7
    ]
    (found,) = meters([*easy, *hard])
    assert found.verdict.key == "anchoring.none"
    assert found.shown + found.blind == 300, "audits have no shown answer to be compared with"
    (naive,) = meters([Answer(a.user, a.shown, a.agreed) for a in (*easy, *hard)])
    assert naive.verdict.key == "anchoring.contrary"


def test_few_answers_say_nothing() -> None:
    (found,) = meters(answers(np.random.default_rng(0), 30, shown=1.0, blind=0.0))
    assert (found.difference, found.low, found.high) == (None, None, None)
    assert found.verdict.key == "anchoring.few" and "20 of each" in found.verdict
    (never,) = meters([Answer("bo", True, True)] * 500)
    assert (never.shown, never.agree_shown, never.verdict.key) == (0, None, "anchoring.few")
    assert meters([]) == []


def test_it_seldom_accuses_the_innocent() -> None:
    """Of desks of six analysts whom nothing sways, at most 5% have one who is accused (2 standard errors)."""
    rng = np.random.default_rng(4)
    accused = 0
    for _ in range(300):
        desk = [one for user in "abcdef" for one in answers(rng, 120, shown=0.8, blind=0.8, user=user)]
        accused += any(one.verdict.key != "anchoring.none" for one in meters(desk))
    assert accused / 300 <= 0.05 + 2 * (0.05 * 0.95 / 300) ** 0.5


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_the_difference_lies_in_its_interval_and_turns_with_the_sides(
    cells: list[tuple[int, int, int, int]],
) -> None:
    difference, low, high = risk_difference(cells, 0.95)
    assert -1 <= low <= difference + 1e-12 and difference - 1e-12 <= high <= 1
    turned = risk_difference([(c, d, a, b) for a, b, c, d in cells], 0.95)
    assert turned == pytest.approx((-difference, -high, -low))


def test_one_stratum_is_the_plain_difference() -> None:
    """And its variance the usual one: p (1 - p) / n of both sides."""
    difference, low, high = risk_difference([(200, 180, 100, 70)], 0.95)
    assert difference == pytest.approx(0.2)
    plain = 1.959964 * (0.9 * 0.1 / 200 + 0.7 * 0.3 / 100) ** 0.5
    assert (low, high) == pytest.approx((0.2 - plain, 0.2 + plain), abs=1e-3)


def test_strata_without_both_kinds_are_left_out() -> None:
    assert risk_difference([(10, 9, 10, 5), (50, 50, 0, 0), (0, 0, 9, 1)], 0.9) == risk_difference(
        [(10, 9, 10, 5)], 0.9
    )
    with pytest.raises(ValueError, match="both kinds"):
        risk_difference([(3, 1, 0, 0)], 0.95)


def test_strata_are_a_lane_and_a_band_of_confidence() -> None:
    assert stratum("review", 0.61) == stratum("review", 0.69) != stratum("review", 0.71)
    assert stratum("review", 0.61) != stratum("audit", 0.61)
