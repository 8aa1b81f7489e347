"""Which thresholds pass: tests in an order that was fixed before a label was seen.

Learn then Test (Angelopoulos, Bates, Candes, Jordan and Lei, Annals of Applied Statistics 19(2), 2025,
https://arxiv.org/abs/2110.01052) asks of each threshold of a grid whether its error is shown to be at most
alpha, and keeps the chance that any answer is a false yes at most delta. The grid is made of scores alone.
From the strictest threshold to the loosest, each is tested at the whole of what may be spent until one
fails: what was tested before costs the next one nothing (fixed sequence; Bauer 1991, Statistics in Medicine
10).

One look begins at the strictest threshold that accepts enough labels to be able to pass at all. Who looks
again and again may not choose the beginning anew each time: the risk is divided among a few beginnings that
stand from the first day, and what one has spent well passes on to the next looser threshold (the fallback
procedure: Wiens 2003, Pharmaceutical Statistics 2; Bretz et al. 2009, Statistics in Medicine 28).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from monitor.evaluation.bounds import Floats

STEPS = 20
"""Thresholds of a grid: they accept a twentieth more each."""
STARTS = (0.15, 0.35, 0.55, 0.8)
"""Shares of texts accepted at the beginnings of who looks again and again; each has a quarter of the risk."""


def grid(scores: Floats, steps: int = STEPS) -> tuple[float, ...]:
    """Thresholds, strictest first, that accept 1/steps, 2/steps, ... of the texts with these scores. Fewer
    where scores are equal; none where there is no score. Scores that are not numbers are never accepted."""
    known = np.sort(scores[np.isfinite(scores)])[::-1]
    if not len(known):
        return ()
    ranks = np.unique(np.ceil(np.arange(1, steps + 1) / steps * len(known)).astype(int))
    return tuple(dict.fromkeys(float(known[rank - 1]) for rank in ranks))


def fixed(p_values: Sequence[float], start: int, delta: float) -> list[bool]:
    """Which tests pass, in their order, beginning with number `start`: all up to the first that fails."""
    passed = [False] * len(p_values)
    for i in range(start, len(p_values)):
        if p_values[i] > delta:
            break
        passed[i] = True
    return passed


def fallback(p_values: Sequence[float], shares: Sequence[float], delta: float) -> list[bool]:
    """Which tests pass where each has its share of `delta`, and what passes hands its own to the next."""
    passed, handed = [], 0.0
    for p, share in zip(p_values, shares, strict=True):
        level = share * delta + handed
        passed.append(level > 0 and p <= level)
        handed = level if passed[-1] else 0.0
    return passed


def beginnings(coverage: Sequence[float], starts: Sequence[float] = STARTS) -> list[float]:
    """The share of the risk that each threshold has from the beginning: equal ones at those that first accept
    the `starts`, by the coverage of the thresholds, which rises."""
    shares = [0.0] * len(coverage)
    for start in starts if shares else ():
        place = next((i for i, one in enumerate(coverage) if one >= start - 1e-9), len(shares) - 1)
        shares[place] += 1 / len(starts)
    return shares


def spent(delta: float, attempt: int) -> float:
    """What attempt number `attempt`, from 1, may spend of `delta`: delta / (attempt x (attempt + 1)), so that
    all attempts that ever are spend `delta` together. One is begun for every version that is to be certified,
    and when the labels of the last have become too old; looks within one are free."""
    return delta / (attempt * (attempt + 1))
