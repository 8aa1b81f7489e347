"""How much likelier a total is where there is some times as much news: evidence, averaged over what may be.

A surge of size k is k times as much news of the same kind: the mean is k times as large and clusters are as
large as ever, so that the law is the negative binomial whose dispersion stays. The ratio of its likelihood to
that of no surge is the evidence for size k in one window. Nobody knows the size or which window fits, so the
ratios are averaged, each size and each window with a weight laid down beforehand (Robbins' method of
mixtures, Annals of Mathematical Statistics 41, 1970, 1397-1409). The mean of such an average is 1 where
nothing surges, whatever the windows share, so that one over it is a p by Markov's inequality (Vovk and Wang,
Annals of Statistics 49, 2021, 1736-1754).

Beside the rarity of the rarest window this has two merits. A single voice about a company that nobody writes
about is rare in an hour, and is little evidence of anything. And windows that agree add up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

SIZES = ((2.0, 0.45), (3.0, 0.3), (5.0, 0.15), (10.0, 0.07), (30.0, 0.03))
"""How many times as much there may be, and the weight of that; the weights add up to 1."""
_LEAST = 1 + 1e-4  # variance over mean under which the law is a Poisson for all that is seen


def ratios(total: Floats, mean: Floats, dispersion: Floats, known: Floats) -> Floats:
    """Logarithm of the evidence in each window, averaged over SIZES; 1-D arrays of one length, > 0.

    `known` is the shape of the gamma that the mean is known by: how little is known widens both laws.
    """

    def likelihood(times: Floats) -> Floats:
        due = times * mean
        ratio = np.maximum(dispersion + due / known, _LEAST)
        size = due / (ratio - 1)
        return np.asarray(
            special.gammaln(total + size)
            - special.gammaln(size)
            - size * np.log(ratio)
            + total * np.log1p(-1 / ratio)
        )

    times, weights = np.array(SIZES).T[:, :, None]
    risen = likelihood(times) - likelihood(np.ones((1, 1)))
    return np.asarray(special.logsumexp(risen + np.log(weights), axis=0))
