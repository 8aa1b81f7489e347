"""The watchdog: whether a certificate still holds, asked after every audit label.

It bets against "the error among accepted texts is at most alpha" (Waudby-Smith and Ramdas, as in `bounds`):
where that is true, its wealth reaches 100 with a chance of at most 1%, however long it watches, whenever
one looks and whatever the inclusion of the audits. Its stakes are those that would be best if the error
were 2, 5 or 12 times alpha, so it is nearly as fast as a test that knows by how much the error rose.

A coin that was staked on the first label has lost most of its worth when things go wrong after a good year.
So half of the coin is staked at once and the rest a little after every label (mixing over the time of the
change, as Shiryaev 1963 and Roberts 1966 do; Shin, Ramdas and Rinaldo 2024, E-detectors,
https://arxiv.org/abs/2203.03532): this keeps the chance of a false alarm over all time, and costs a factor
of two at most where the change was there from the beginning. No test can be as fast for a change of which
it does not know when it comes as one that knows: it has to be unlikely to fire at any other time
(benchmarks/certificates.py has both).

Waiting changes nothing: the wealth moves by labels alone, and it is computed from all of them since the
certificate was made. Once it has fired it has fired; only a certificate from audits drawn afterwards ends
that. Then acceptance goes to the next stricter threshold that the certificate holds for and against which
nothing speaks (its own wealth is at most 1), and where there is none it is suspended.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation.bounds import Floats, Sample

LEVEL = 0.01
"""The chance that it ever fires although the error is at most alpha."""
MULTIPLES = (2.0, 5.0, 12.0)
"""Errors, as multiples of alpha, that its stakes are best for."""
SHARES = (0.45, 0.3, 0.25)
"""Of the coin, by stake."""
AT_ONCE = 0.5
"""The share of the coin that is staked on the first label."""
MOST = 1e100
"""Wealth is not counted beyond this: it would overflow."""
PACE = 300.0
"""Labels after which half of the rest is staked."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a watch over one threshold has found: how many accepted labels it saw, how many were wrong, its
    wealth (it begins at 1), and after how many labels it fired, None where it has not."""

    threshold: float
    labels: int
    errors: int
    wealth: float
    fired: int | None

    @property
    def level(self) -> float:
        """How much of the way to firing is gone, 0 to 1, in orders of magnitude."""
        return min(1.0, max(0.0, math.log(max(self.wealth, 1.0)) / -math.log(LEVEL)))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a watch over a certificate says: `threshold` may serve, None where acceptance is suspended.
    `watches` are those over the thresholds that served and fired, and over the one that serves."""

    threshold: float | None
    fired: bool
    watches: tuple[Watch, ...]


def wealth(wrong: NDArray[np.generic], weight: Floats, alpha: float) -> Floats:
    """The watchdog's wealth after each label (last axis: labels): whether it was wrong, and its weight in
    (0, 1], as in `bounds`. It fires where this reaches 1 / LEVEL."""
    gain = np.asarray(weight, float) * (np.asarray(wrong, float) - alpha)
    stakes = np.array([(min(q * alpha, 1.0) - alpha) / (alpha * (1 - alpha)) for q in MULTIPLES])
    shares = np.array(SHARES)
    running = np.zeros((*gain.shape[:-1], len(stakes)))
    found = np.empty_like(gain)
    rest = 1.0
    for i in range(gain.shape[-1]):
        left = (1 - AT_ONCE) / (1 + math.log2(1 + i / PACE))
        running = np.minimum((running + (rest - left)) * (1 + stakes * gain[..., i, None]), MOST)
        rest = left
        found[..., i] = (running * shares).sum(-1) + rest
    return found


def watch(sample: Sample, threshold: float, alpha: float, level: float = LEVEL) -> Watch:
    """The watch over what is accepted at a threshold; readings stand in the order in which they came in. It
    fires where its wealth reaches 1 / `level`."""
    kept = sample.accepted(threshold, first=True)
    had = wealth(kept.wrong, kept.weight, alpha)
    reached = np.flatnonzero(had >= 1 / level)
    return Watch(
        threshold,
        len(kept),
        int(kept.wrong.sum()),
        float(had[-1]) if len(had) else 1.0,
        int(reached[0]) + 1 if len(reached) else None,
    )


def find(sample: Sample, ladder: Sequence[float], alpha: float, level: float = LEVEL) -> Finding:
    """What becomes of a certificate whose thresholds that passed are `ladder`, strictest first, of which the
    last served; from every audit since it was made."""
    watches = [watch(sample, threshold, alpha, level) for threshold in reversed(ladder)]
    if not watches:
        return Finding(None, False, ())
    if watches[0].fired is None:
        return Finding(watches[0].threshold, False, (watches[0],))
    for place, one in enumerate(watches[1:], 1):
        if one.fired is None and one.wealth <= 1:
            return Finding(one.threshold, True, (*watches[:place], one))
    return Finding(None, True, tuple(watches))
