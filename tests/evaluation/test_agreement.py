"""Krippendorff's alpha against its published example, the package, and its definition."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from monitor.evaluation.agreement import alpha, kappa, measure, pairs
from monitor.evaluation.votes import MISSING, Table, collect

ORACLE = json.loads((Path(__file__).parent / "agreement_oracle.json").read_text(encoding="utf-8"))
"""What the packages `krippendorff` and `cleanlab` say; see `make_oracle` beside it."""

# Krippendorff 2011, example C: four observers, twelve units, five values, missing data.
PUBLISHED = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
SEEDS = st.integers(0, 2**32 - 1)


def published() -> Table:
    rows = [
        [MISSING if one == "." else int(one) - 1 for one in line.split()] for line in PUBLISHED.split("\n")
    ]
    return np.array([row for row in rows if row]).T


def made(seed: int, classes: int = 3, share: float = 0.6) -> Table:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, 40)[:, None]
    table = np.where(rng.random((40, 4)) < 0.7, truth, rng.integers(0, classes, (40, 4)))
    return np.where(rng.random((40, 4)) < share, table, MISSING)


def slowly(table: Table, ordinal: bool) -> float:
    """Alpha pair by pair, as the definition says: within units against across all of them."""
    units = [[v for v in row if v != MISSING] for row in table.tolist()]
    units = [row for row in units if len(row) > 1]
    values = [v for row in units for v in row]
    totals = np.bincount(values, minlength=max(values) + 1)

    def difference(one: int, other: int) -> float:
        if not ordinal:
            return float(one != other)
        low, high = sorted((one, other))
        return float((totals[low : high + 1].sum() - (totals[low] + totals[high]) / 2) ** 2)

    within = sum(
        difference(row[i], row[j]) / (len(row) - 1)
        for row in units
        for i in range(len(row))
        for j in range(len(row))
        if i != j
    )
    across = sum(
        difference(one, other) for i, one in enumerate(values) for j, other in enumerate(values) if i != j
    )
    return 1 - within / (across / (len(values) - 1))


def test_the_published_example() -> None:
    """0.743 nominal and 0.815 ordinal, as Krippendorff (2011) prints them."""
    nominal, ordinal = alpha(published(), 5), alpha(published(), 5, level="ordinal")
    assert nominal is not None and ordinal is not None
    assert (round(nominal, 3), round(ordinal, 3)) == (0.743, 0.815)
    found = measure(published(), 5, np.random.default_rng(0))
    assert (found.units, found.readings) == (11, 40)
    assert found.alpha == nominal
    assert found.low is not None and found.high is not None and found.low < nominal < found.high


@pytest.mark.parametrize("case", ORACLE["alpha"], ids=lambda case: case["name"])
def test_the_package_says_the_same(case: dict[str, object]) -> None:
    table = np.array(case["table"])
    for level in ("nominal", "ordinal"):
        assert alpha(table, 5, level=level) == pytest.approx(case[level], abs=1e-12)  # type: ignore[arg-type]


@settings(max_examples=25)
@given(SEEDS)
def test_its_definition_says_the_same(seed: int) -> None:
    table = made(seed)
    assert alpha(table, 3) == pytest.approx(slowly(table, False))
    assert alpha(table, 3, level="ordinal") == pytest.approx(slowly(table, True))


@settings(max_examples=25)
@given(SEEDS)
def test_neither_order_nor_who_says_it_matters(seed: int) -> None:
    table, rng = made(seed), np.random.default_rng(seed)
    moved = rng.permuted(table[rng.permutation(len(table))], axis=1)
    assert alpha(moved, 3, level="ordinal") == pytest.approx(alpha(table, 3, level="ordinal"))
    renamed = np.where(table == MISSING, MISSING, np.array([2, 0, 1])[table])
    assert alpha(renamed, 3) == pytest.approx(alpha(table, 3))


def test_who_always_agrees_and_who_never_does() -> None:
    truth = np.tile(np.arange(3), 10)[:, None]
    perfect = measure(np.repeat(truth, 2, axis=1), 3, np.random.default_rng(1))
    assert (perfect.alpha, perfect.percent, perfect.low, perfect.high) == (1.0, 1.0, 1.0, 1.0)
    never = measure(np.hstack([truth, (truth + 1) % 3]), 3, np.random.default_rng(1))
    assert never.percent == 0.0 and never.alpha is not None and never.alpha < -0.4


def test_chance_is_no_agreement() -> None:
    table = np.random.default_rng(3).integers(0, 3, (4000, 2))
    found = measure(table, 3, np.random.default_rng(3))
    assert found.alpha is not None and abs(found.alpha) < 0.03
    assert found.percent == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize(
    "table",
    [
        np.empty((0, 0), dtype=int),
        np.full((5, 2), MISSING),
        np.array([[0, MISSING], [MISSING, 1]]),  # nothing was read twice
        np.zeros((9, 3), dtype=int),  # nobody ever said anything else
    ],
)
def test_where_nothing_can_be_said(table: Table) -> None:
    found = measure(table, 3, np.random.default_rng(0))
    assert (found.alpha, found.low, found.high, alpha(table, 3)) == (None, None, None, None)


def test_the_interval_is_the_seed_s_and_holds_the_truth_as_often_as_it_says() -> None:
    """1,000 texts are everything there is; intervals from 80 of them hold the alpha of all."""
    everything = np.concatenate([made(seed, share=0.9) for seed in range(25)])
    truth = alpha(everything, 3)
    assert truth is not None
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(200):
        some = everything[rng.integers(0, len(everything), 80)]
        found = measure(some, 3, np.random.default_rng(1), draws=400)
        assert found == measure(some, 3, np.random.default_rng(1), draws=400)
        assert found.low is not None and found.high is not None
        held += found.low <= truth <= found.high
    assert 0.90 <= held / 200 <= 0.99


@settings(max_examples=25)
@given(SEEDS)
def test_kappa_is_scikit_learn_s(seed: int) -> None:
    first, second = made(seed, share=1.0)[:, :2].T
    assert kappa(first, second, 3) == pytest.approx(cohen_kappa_score(first, second))


def test_pairs_are_of_what_both_read() -> None:
    said = [
        (1, "ann", 0),
        (1, "bo", 0),
        (2, "ann", 1),
        (2, "bo", 2),
        (3, "cy", 1),
        (4, "ann", 1),
        (4, "cy", 1),
    ]
    found = pairs(collect(said, (0, 1, 2)))
    assert [(one.first, one.second, one.units, one.percent) for one in found] == [
        ("ann", "bo", 2, 0.5),
        ("ann", "cy", 1, 1.0),
    ]
    assert found[0].kappa == pytest.approx(1 / 3) and found[1].kappa is None
    assert kappa(np.array([], dtype=int), np.array([], dtype=int), 3) is None
    with pytest.raises(ValueError, match="two of every unit"):
        kappa(np.array([1]), np.array([1, 2]), 3)
