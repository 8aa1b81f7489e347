"""What holds of every bundled strategy, whatever it looks at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import Pool, Strategy
from monitor.messages import said
from monitor.selection import checked, needed
from monitor.testing import check_strategy, make_pool
from monitor_plugins.strategies import register_strategies

EVERY: list[Any] = [cls() for cls in register_strategies()]
named = pytest.mark.parametrize("strategy", EVERY, ids=lambda one: one.kind)


def select(strategy: Strategy, pool: Pool, n: int, seed: int = 1) -> Any:
    some = pool.only(needed(strategy))
    return checked(strategy.select(some, n, np.random.default_rng(seed)), len(pool), n)


def turned(pool: Pool, order: np.ndarray[Any, Any]) -> Pool:
    """The same articles in another order."""
    columns = pool.columns()
    for name in list(columns):
        if name.startswith(("label", "asked")):
            del columns[name]
    moved = {
        name: column[:, order] if name == "members" else column[order] for name, column in columns.items()
    }
    return replace(pool, **moved)  # type: ignore[arg-type]


@named
def test_the_contract(strategy: Strategy) -> None:
    assert len(check_strategy(strategy).rows) == 10


@named
def test_every_row_is_told_why_in_both_languages(strategy: Strategy) -> None:
    for reason in select(strategy, make_pool(), 60).reasons:
        assert said(reason, "zh") != said(reason, "en") == reason


@named
def test_all_rows_come_once_where_all_are_asked_for(strategy: Strategy) -> None:
    assert sorted(select(strategy, make_pool(), 1000).rows) == list(range(60))


@named
def test_one_of_each_story_comes_before_a_second_of_any(strategy: Strategy) -> None:
    pool = make_pool(60, story=np.arange(60) // 4 + 1)
    rows = select(strategy, pool, 60).rows
    assert pool.story is not None
    assert len(set(pool.story[rows[:15]].tolist())) == 15


@named
def test_the_order_of_the_pool_does_not_matter(strategy: Strategy) -> None:
    pool = make_pool()
    other = turned(pool, np.random.default_rng(3).permutation(60))
    first, second = (select(strategy, some, 12) for some in (pool, other))
    assert pool.ids[first.rows].tolist() == other.ids[second.rows].tolist()


@named
def test_many_that_are_the_same_are_drawn_by_lot_and_repeatably(strategy: Strategy) -> None:
    one = np.zeros(40, dtype=np.int64)
    pool = turned(make_pool(), one)
    pool = replace(pool, ids=np.arange(40), story=one)
    draws = [tuple(select(strategy, pool, 5, seed).rows) for seed in range(12)]
    assert draws == [tuple(select(strategy, pool, 5, seed).rows) for seed in range(12)]
    assert len(set(draws)) > 8 and all(len(set(rows)) == 5 for rows in draws)


@named
def test_rows_of_no_numbers_are_no_error(strategy: Strategy) -> None:
    pool = make_pool()
    columns = {name: column.copy() for name, column in pool.columns().items()}
    for name in ("probabilities", "vectors", "age", "seconds", "impact"):
        columns[name][::3] = np.nan
    columns["members"][:, ::3] = np.nan
    columns["labelled_vectors"][::2] = np.nan
    columns["labelled_probabilities"][::2] = np.nan
    some = Pool(**columns)
    assert sorted(select(strategy, some, 60).rows) == list(range(60))
    for name in ("probabilities", "vectors", "members"):
        columns[name][...] = np.nan
    assert len(select(strategy, Pool(**columns), 7).rows) == 7


@named
def test_without_a_labelled_set_there_is_a_choice(strategy: Strategy) -> None:
    nothing = {
        "labels": np.zeros(0, dtype=np.int64),
        "labelled_vectors": np.zeros((0, 8), dtype=np.float32),
        "labelled_probabilities": np.zeros((0, 3)),
    }
    assert len(select(strategy, make_pool(**nothing), 9).rows) == 9


@named
def test_a_labelled_set_of_one_class_is_one(strategy: Strategy) -> None:
    assert len(select(strategy, make_pool(labels=np.zeros(12, dtype=np.int64)), 9).rows) == 9


@named
@given(rows=st.integers(0, 25), n=st.integers(0, 30), seed=st.integers(0, 99), kinds=st.integers(1, 4))
@settings(deadline=None, max_examples=20)
def test_any_pool_gives_a_choice(strategy: Strategy, rows: int, n: int, seed: int, kinds: int) -> None:
    """Small pools, with duplicates: at most n distinct rows, as many as there can be."""
    rng = np.random.default_rng(seed)
    pool = turned(make_pool(kinds), rng.integers(0, kinds, rows))
    pool = replace(pool, ids=np.arange(rows), story=rng.integers(0, 4, rows))
    assert len(select(strategy, pool, n, seed).rows) == min(n, rows)


@named
def test_half_precision_is_enough(strategy: Strategy) -> None:
    pool = make_pool()
    assert pool.vectors is not None and pool.labelled_vectors is not None
    vectors = {"vectors": pool.vectors.astype(np.float16)}
    vectors["labelled_vectors"] = pool.labelled_vectors.astype(np.float16)
    assert len(select(strategy, make_pool(**vectors), 10).rows) == 10
