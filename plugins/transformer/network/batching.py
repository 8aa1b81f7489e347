"""Texts cut into batches, and made ready while the one before is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, Self, TypeVar

Item = TypeVar("Item")


class Cut(Protocol):
    """What can be cut in two."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> Self: ...


Items = TypeVar("Items", bound=Cut)


def batches(lengths: Sequence[int], budget: int, counts: Sequence[int] = ()) -> Iterator[list[int]]:
    """Indices in order of length, cut so that rows x longest stays within `budget` (one item always fits).
    An item is one row, or `counts` many as long as its longest."""
    chosen, rows = list[int](), 0
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        more = counts[i] if counts else 1
        if chosen and (rows + more) * lengths[i] > budget:
            yield chosen
            chosen, rows = [], 0
        chosen.append(i)
        rows += more
    if chosen:
        yield chosen


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each made in a thread while the one before is used."""
    with ThreadPoolExecutor(1, "ahead") as pool:
        following = pool.submit(next, items, None)
        while (item := following.result()) is not None:
            following = pool.submit(next, items, None)
            yield item


def halving(compute: Callable[[Items], None], items: Items) -> None:
    """Call `compute` on all items, or where memory does not suffice on halves of them, down to one."""
    try:
        compute(items)
        return
    except (RuntimeError, MemoryError) as error:
        if len(items) == 1 or not _memory(error):
            raise
    # Outside of the handler: the error's traceback would keep the failed attempt's tensors alive.
    middle = len(items) // 2
    halving(compute, items[:middle])
    halving(compute, items[middle:])


def _memory(error: Exception) -> bool:
    # By its name, for reading needs no PyTorch.
    known = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return known or "allocate memory" in str(error)
