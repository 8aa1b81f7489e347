"""A last layer on kept vectors: softmax regression, fitted in well under a second. Pure.

The encoder stays as it is. What more labels would be worth, and whether two sets of texts can be told apart,
shows in a head as it does in the whole model, at a thousandth of the cost (frozen representations in the
loop: https://arxiv.org/abs/2402.15613). Minimised is the weighted mean cross-entropy plus |W|^2 / (2 strength
n), as scikit-learn's `LogisticRegression(C=strength)` has it, on vectors that are centred and scaled by one
number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.floating[Any]]
Whole = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Weights (d + 1) x C, the intercept last, over vectors less `middle`, divided by `spread`."""

    weights: NDArray[np.float64]
    middle: NDArray[np.float32]
    spread: float

    def scores(self, vectors: Floats) -> NDArray[np.float64]:
        """Log-odds, up to a constant per row: N x C."""
        inner = (vectors - self.middle) / np.float32(self.spread)
        found: NDArray[np.float64] = inner @ self.weights[:-1] + self.weights[-1]
        return found


def fit(vectors: Floats, labels: Whole, classes: int, *, strength: float = 1.0, rounds: int = 60) -> Head:
    """A head that tells `classes` classes apart; `labels` are numbers under `classes`, one for each row.

    Raises ValueError where there is no row.
    """
    number, width = vectors.shape
    if not number:
        raise ValueError("a head needs at least one labelled vector")
    middle = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = (vectors - middle).astype(np.float32)
    spread = float(np.sqrt(np.mean(centred**2))) or 1.0
    inputs = np.ones((number, width + 1), np.float32)
    inputs[:, :-1] = centred / spread
    wanted = np.zeros((number, classes), np.float32)
    wanted[np.arange(number), labels] = 1
    penalty = 1.0 / (strength * number)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(width + 1, classes)
        scores = inputs @ weights.astype(np.float32)
        scores -= scores.max(axis=1, keepdims=True)
        grown = np.exp(scores)
        sums = grown.sum(axis=1, keepdims=True)
        cost = float((np.log(sums[:, 0]) - (scores * wanted).sum(axis=1)).mean())
        slope = (inputs.T @ (grown / sums - wanted) / number).astype(np.float64)
        slope[:-1] += penalty * weights[:-1]
        return cost + 0.5 * penalty * float((weights[:-1] ** 2).sum()), slope.ravel()

    options = {"maxiter": rounds, "gtol": 1e-4, "ftol": 1e-7}
    begin = np.zeros((width + 1) * classes)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options=options)
    return Head(found.x.reshape(width + 1, classes), middle, spread)


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
