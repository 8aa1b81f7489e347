"""Heads (`acquisition.head`) that measure: what labels would be worth, and whether two sets of texts can be
told apart. Pure.

Both show in a head as they do in the whole model, at a thousandth of the cost (frozen representations in the
loop: https://arxiv.org/abs/2402.15613).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.acquisition import head
from monitor.acquisition.head import Head, Vectors

Whole = NDArray[np.integer[Any]]


def fit(vectors: Vectors, labels: Whole, classes: int, *, strength: float = 1.0, rounds: int = 60) -> Head:
    """A head that tells `classes` classes apart; `labels` are numbers under `classes`, one for each row.

    Raises ValueError where there is no row.
    """
    if not len(vectors):
        raise ValueError("a head needs at least one labelled vector")
    return head.fit(vectors, labels, classes=classes, strength=strength, rounds=rounds)


def folds(
    blocks: Whole, number: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows to fit on and rows held out, `number` times, every row held out once; rows of one block (a
    story, say) are never on two sides."""
    _, of = np.unique(blocks, return_inverse=True)
    side = rng.permutation(int(of.max(initial=-1)) + 1) % number
    for fold in range(number):
        held = side[of] == fold
        yield np.flatnonzero(~held), np.flatnonzero(held)
