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
MANY = 400
"""Voices above which a share is judged as if there were so many."""
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
    # Far out the subtraction would lose all digits.
    further = np.where(some, at_least - mass, -np.expm1(-size * np.log(ratio)))
    close = some & (at_least <= 2 * mass)
    further[close] = special.betainc(whole[close] + 1, size[close], share[close])
    return np.asarray(np.clip(at_least * (1 - part) + further * part, SMALLEST, 1.0))


def band(mean: Floats, variance: Floats, mass: float = 0.95) -> tuple[Floats, Floats]:
    """Lowest and highest total of what holds `mass` of the law: of the gamma of that mean and variance, by
    its cube root (Wilson and Hilferty, PNAS 17, 1931, 684-688)."""
    mean = np.maximum(mean, _FAINT)
    ninth = np.maximum(variance, mean) / (9 * mean**2)
    reach = float(special.ndtri((1 + mass) / 2)) * np.sqrt(ninth)
    low, high = (mean * np.maximum(1 - ninth + side * reach, 0.0) ** 3 for side in (-1, 1))
    return low, np.maximum(high, mean)


def share_upper(part: Floats, whole: Floats, mean: Floats, alike: Floats) -> Floats:
    """Mid-p of at least so many of `whole` voices, in (0, 1]; arrays broadcast. Where `whole` is 0, 1.

    The law is the beta-binomial of the mean share in (0, 1), two voices being `alike` (the intra-class
    correlation, in [0, 1)); as that falls to 0 it becomes the binomial. Wholes over `MANY` are scaled down to
    it, which only widens the law.
    """
    part, whole, mean, alike = (
        np.array(one, dtype=float).ravel() for one in np.broadcast_arrays(part, whole, mean, alike)
    )
    scale = np.minimum(MANY / np.maximum(whole, 1.0), 1.0)
    part, whole = np.minimum(part, whole) * scale, np.round(whole * scale)
    part = np.minimum(part, whole)
    mean = np.clip(mean, 1e-9, 1 - 1e-9)
    strength = 1 / np.clip(alike, 1e-7, 1 - 1e-7) - 1
    yes, no = mean * strength, (1 - mean) * strength
    beyond = part + 0.5
    least = np.floor(beyond)
    inside = least <= whole
    at = np.where(inside, least, whole)
    mass = np.exp(
        special.gammaln(whole + 1)
        - special.gammaln(at + 1)
        - special.gammaln(whole - at + 1)
        + special.betaln(at + yes, whole - at + no)
        - special.betaln(yes, no)
    )
    first = np.where(inside, mass, 0.0)
    total, term, place = first.copy(), first.copy(), at.copy()
    going = np.flatnonzero((place < whole) & inside)
    while len(going):
        k, n = place[going], whole[going]
        term[going] *= (n - k) * (k + yes[going]) / ((k + 1) * (n - k - 1 + no[going]))
        total[going] += term[going]
        place[going] += 1
        going = going[(place[going] < n) & (term[going] > total[going] * 1e-12)]
    # P(X >= least) and P(X >= least + 1), interpolated.
    at_least = np.where(least <= 0, 1.0, np.minimum(total, 1.0))
    further = np.where(least <= 0, np.minimum(total - first, 1.0), total - first)
    p = at_least * (1 - (beyond - least)) + further * (beyond - least)
    return np.where(whole > 0, np.clip(p, SMALLEST, 1.0), 1.0)


def shared(p: Floats, lengths: tuple[int, ...]) -> Floats:
    """Each window's p, (R, W), corrected over the windows' lengths, in hours; at most 1.

    A longer window is granted more of the error. In a week there is one window of 168 hours and there are 168
    of one hour, so that an error that is the same for all lengths would be spent on the short ones nearly
    alone. In proportion to the length, each length is wrong equally often in a week (multiscale statistics
    do so: Duembgen and Spokoiny, Annals of Statistics 29, 2001, 124-152). The shares add up to 1, so that the
    least of them is a p by Bonferroni's inequality.
    """
    return np.minimum(p * (sum(lengths) / np.array(lengths, dtype=float)), 1.0)
