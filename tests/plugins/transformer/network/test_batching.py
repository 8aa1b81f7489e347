"""Texts cut into batches, halved where memory does not suffice, made while others are used."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_plugins.transformer.network.batching import ahead, batches, halving


@given(st.lists(st.integers(1, 200), max_size=80), st.integers(1, 600))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = list(batches(lengths, budget))
    assert sorted(i for chosen in found for i in chosen) == list(range(len(lengths)))
    for chosen in found:
        assert len(chosen) == 1 or len(chosen) * max(lengths[i] for i in chosen) <= budget


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 9)), max_size=80), st.integers(1, 600))
def test_items_of_several_rows_are_counted_with_all_of_them(
    items: list[tuple[int, int]], budget: int
) -> None:
    lengths, counts = [length for length, _ in items], [count for _, count in items]
    found = list(batches(lengths, budget, counts))
    assert sorted(i for chosen in found for i in chosen) == list(range(len(items)))
    for chosen in found:
        rows, longest = sum(counts[i] for i in chosen), max(lengths[i] for i in chosen)
        assert len(chosen) == 1 or rows * longest <= budget


def test_halving_ends_at_one_and_leaves_other_errors_alone() -> None:
    done: list[int] = []

    def compute(some: Sequence[int]) -> None:
        if 3 in some:
            raise MemoryError
        done.extend(some)

    with pytest.raises(MemoryError):
        halving(compute, range(8))
    assert done == [0, 1, 2]

    def broken(some: Sequence[int]) -> None:
        done.append(len(some))
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape"):
        halving(broken, range(8))
    assert done[3:] == [8]


def test_the_next_item_is_made_while_one_is_used() -> None:
    made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        made.set()
        yield 2

    found = ahead(items())
    assert next(found) == 1
    assert made.wait(10), "the second was made before it was asked for"
    assert list(found) == [2]
    assert list(ahead(iter(()))) == []


def test_an_error_while_making_an_item_reaches_the_user() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("tokenizer")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="tokenizer"):
        next(found)
