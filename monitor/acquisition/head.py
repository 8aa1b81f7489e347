"""A head: multinomial logistic regression on kept vectors, fitted in milliseconds.

The model's encoder is taken as it is; what a few labels more would make of its last layer is seen from this.
Minimised is the mean cross-entropy plus |W|^2 / (2 c n), as scikit-learn's `LogisticRegression(C=c)` has it
(the intercept is not penalised), by L-BFGS from the last solution. Vectors are centred and scaled by one
number, so that `c` means the same for every encoder.

OpenBLAS's kernels for a float32 matrix and a vector read lanes that are not theirs, and leave the processor's
flag of an invalid operation where those held junk; the product is right, yet NumPy warns of it
(https://github.com/numpy/numpy/issues/24067). So that flag is not listened to here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.records import SENTIMENTS

Vectors = NDArray[np.floating[Any]]
Probabilities = NDArray[np.float64]

CLASSES = len(SENTIMENTS)
STRENGTH = 0.1
_ROWS = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Weights (d + 1, C), the intercept last, over vectors less `middle`, times `scale`."""

    weights: NDArray[np.float64]
    middle: NDArray[np.float32]
    scale: float

    def scores(self, vectors: Vectors) -> NDArray[np.float64]:
        """Log-odds, up to a constant per row: (N, C); NaN where the vector is."""
        found = np.empty((len(vectors), self.weights.shape[1]))
        inner = self.weights[:-1].astype(np.float32)
        for start in range(0, len(vectors), _ROWS):
            part = (vectors[start : start + _ROWS].astype(np.float32) - self.middle) * np.float32(self.scale)
            with np.errstate(invalid="ignore"):
                found[start : start + _ROWS] = part @ inner
        found += self.weights[-1]
        return found

    def probabilities(self, vectors: Vectors) -> Probabilities:
        """(N, C), each row summing to 1; NaN where the vector is."""
        return softmax(self.scores(vectors))


def softmax(scores: Probabilities) -> Probabilities:
    """Probabilities of log-odds, row by row."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Probabilities = shifted / shifted.sum(axis=1, keepdims=True)
    return found


def scaling(vectors: Vectors) -> tuple[NDArray[np.float32], float]:
    """The mean of the vectors, and 1 / their mean distance from it per dimension."""
    placed = vectors[np.isfinite(vectors).all(axis=1)].astype(np.float32)
    if not len(placed):
        return np.zeros(vectors.shape[1], dtype=np.float32), 1.0
    middle: NDArray[np.float32] = placed.mean(axis=0)
    spread = float(np.sqrt(np.mean((placed - middle) ** 2)))
    return middle, 1.0 / spread if spread > 0 else 1.0


def fit(
    vectors: Vectors,
    labels: NDArray[np.integer[Any]],
    *,
    classes: int = CLASSES,
    weights: NDArray[np.floating[Any]] | None = None,
    strength: float = STRENGTH,
    start: Head | None = None,
    middle: NDArray[np.float32] | None = None,
    scale: float | None = None,
    rounds: int = 100,
) -> Head:
    """A head for `labels`, numbers under `classes` (places in SENTIMENTS), of `vectors`; row i counts
    `weights[i]` times. `start` is where fitting begins, and its scaling is kept, unless `middle` and `scale`
    say another. Without labels all classes are equally probable."""
    from scipy.optimize import minimize

    width = vectors.shape[1]
    if start is not None and middle is None:
        middle, scale = start.middle, start.scale
    if middle is None or scale is None:
        middle, scale = scaling(vectors)
    begin = np.zeros((width + 1, classes)) if start is None else start.weights
    if not len(labels):
        return Head(begin * 0, middle, scale)
    x = np.ones((len(vectors), width + 1), dtype=np.float32)
    x[:, :-1] = (vectors - middle) * np.float32(scale)
    heavy = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    total = heavy.sum()
    share = (heavy / total).astype(np.float32)
    wanted = np.zeros((classes, len(labels)), dtype=np.float32)
    wanted[labels, np.arange(len(labels))] = 1
    penalty = 1.0 / (strength * total)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        # Class by class: a product with so few columns is slower than one with each of them.
        w = flat.reshape(width + 1, classes)
        scores = np.stack([x @ one for one in np.ascontiguousarray(w.T, dtype=np.float32)])
        scores -= scores.max(axis=0)
        shifted = np.exp(scores)
        sums = shifted.sum(axis=0)
        cost = float((share * (np.log(sums) - (scores * wanted).sum(axis=0))).sum())
        slopes = share * (shifted / sums - wanted)
        gradient = np.stack([one @ x for one in slopes], axis=1).astype(np.float64)
        gradient[:-1] += penalty * w[:-1]
        return cost + 0.5 * penalty * float((w[:-1] ** 2).sum()), gradient.ravel()

    options = {"maxiter": rounds, "gtol": 1e-4, "ftol": 1e-7, "maxcor": 10}
    with np.errstate(invalid="ignore"):
        found = minimize(loss, begin.ravel(), jac=True, method="L-BFGS-B", options=options)
    return Head(found.x.reshape(width + 1, classes), middle, scale)
