"""How rare a total is: the tail of a negative binomial matched to a mean and a variance.

Totals are sums of probabilities, so they are fractional, and news comes in clusters, so they vary more than a
Poisson total would. The law that is taken is the negative binomial of that mean and variance; as the variance
falls to the mean it becomes the Poisson.

Between whole numbers its tail is interpolated, and it is taken half a voice further than P(X >= x): at a
whole number that is the **mid-p** (Lancaster, Journal of the American Statistical Association 56, 1961,
223-234), the mean of P(X >= x) and P(X > x), whose mean is 1/2 however coarse the counts. It is never 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

SMALLEST = 1e-300
"""No p is smaller."""
_POISSON = 1 + 1e-6  # the ratio of variance and mean under which the law is taken for a Poisson
_FAINT = 1e-12  # no mean is taken for smaller


def upper(total: Floats, mean: Floats, variance: Floats) -> Floats:
    """Mid-p of totals at least this large, in (0, 1]; arrays broadcast.

    Means are > 0 and variances >= means; what is below is taken for equal.
    """
    total, mean, variance = np.broadcast_arrays(total, mean, variance)
    mean = np.maximum(mean, _FAINT)
    ratio = np.maximum(variance / mean, _POISSON)
    size = mean / (ratio - 1)
    share = 1 - 1 / ratio
    beyond = total + 0.5
    whole = np.floor(beyond)
    part = beyond - whole
    # P(X >= whole), and the mass at `whole`, by which P(X >= whole + 1) is less.
    at_least = np.ones(total.shape)
    some = whole > 0
    at_least[some] = special.betainc(whole[some], size[some], share[some])
    mass = np.exp(
        special.gammaln(whole + size)
        - special.gammaln(size)
        - special.gammaln(whole + 1)
        - size * np.log(ratio)
        + whole * np.log(share)
    )
    # Far out the subtraction would lose all digits; there one mass is nearly the whole tail.
    further = np.where(at_least > 2 * mass, at_least - mass, 0.0)
    close = some & (at_least <= 2 * mass)
    further[close] = special.betainc(whole[close] + 1, size[close], share[close])
    return np.clip(at_least * (1 - part) + further * part, SMALLEST, 1.0)


def band(mean: Floats, variance: Floats, mass: float = 0.95) -> tuple[Floats, Floats]:
    """Lowest and highest total of what holds `mass` of the law, by Cornish and Fisher's third moment."""
    mean = np.maximum(mean, _FAINT)
    deviation = np.sqrt(np.maximum(variance, mean))
    ratio = np.maximum(variance / mean, _POISSON)
    skewness = (2 * ratio - 1) / deviation
    z = float(special.ndtri((1 + mass) / 2))
    bend = skewness * (z * z - 1) / 6
    return (
        np.maximum(mean + deviation * (-z + bend), 0.0),
        np.maximum(mean + deviation * (z + bend), mean),
    )
