"""Detector `surge`: are these more negative voices than the past explains, in any of the windows?

Every window's total is held against the negative binomial of its mean and variance (`baselines`), in two
ways:

- the **evidence** (`evidence`) that there is some times as much news, averaged over sizes and windows: it
  finds surges best;
- the **rarity** of the rarest window (`tails`), which also sees what is no surge of the usual kind: ten
  voices in one hour where there never were two. It is granted a tenth of the error.

Windows of two and of five days are put between those that are counted (`reaches`), so that no surge is much
shorter or longer than the window that fits it best. A longer window weighs more, for in a week there is one
of 168 hours and there are 168 of one hour: its p is granted error in proportion to its length, and its
evidence weighs by the square root of it (of no, half and full proportion, half found most of drawn surges).

The p of the look is conservative, as what is averaged and what is divided up is. The budget's cut is on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitor.detection import baselines, evidence, tails
from monitor.detection.baselines import Baseline
from monitor.detection.panels import Panel, Present, Scores
from monitor.detection.reaches import Reach

Floats = NDArray[np.float64]

BETWEEN = (48, 120)
"""Hours of the windows that are tested beside those given."""
RARITY = 0.1
"""The part of the error that the rarest window has."""
MARKOV = 10.0
"""How many times rarer an average of evidence is than Markov's inequality says (benchmarks.surges_power and
the tests draw it): at most a thousandth of looks at calm counts have evidence of a hundred."""
_WEEK = 168


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What `fit` found."""

    baseline: Baseline
    reach: Reach


@dataclass
class Surge:
    """More negative voices than expected; see the module's text."""

    half_life_weeks: float = 26.0  # in which the level forgets half of the past

    kind: ClassVar[str] = "surge"
    larger_is_rarer: ClassVar[bool] = False

    def __post_init__(self) -> None:
        baselines.check_half_life(self.half_life_weeks)

    def fit(self, past: Panel) -> Known:
        """Level, dispersion and shape of every series, and the last week."""
        return Known(baselines.fit(past, self.half_life_weeks), Reach.of(past, _WEEK))

    def test(self, fitted: Known, present: Present) -> Scores:
        """The p of the look; the window that says most of it decides. Of one that is not among those given,
        the shortest of those that hold it is named."""
        seen = fitted.reach.lengthened(present, BETWEEN)
        mean, variance = fitted.baseline.expect(seen)
        said, rare = self._looked(fitted.baseline, seen, mean, variance)
        averaged = special.logsumexp(said, axis=1) + np.log(MARKOV)
        evident = np.exp(-np.clip(averaged, 0.0, -np.log(tails.SMALLEST)))
        p = np.minimum(evident, rare.min(axis=1) / RARITY)
        decided = np.where(p < evident, np.argmin(rare, axis=1), np.argmax(said, axis=1))
        holds = np.searchsorted(present.lengths, seen.lengths)
        named = np.searchsorted(seen.lengths, np.array(present.lengths)[holds[decided]])
        row = np.arange(len(decided))
        due, spread = mean[row, named], variance[row, named]
        return Scores(np.clip(p, tails.SMALLEST, 1.0), holds[decided], due, *tails.band(due, spread))

    def _looked(
        self, baseline: Baseline, seen: Present, mean: Floats, variance: Floats
    ) -> tuple[Floats, Floats]:
        """Logarithm of each window's weighted evidence, and its p corrected; (R, W) each. What is not
        a deviation above its mean is no evidence, and not rare."""
        unit = np.broadcast_to(baseline.unit(seen.rows), mean.shape)
        weight = np.sqrt(seen.lengths) / np.sqrt(seen.lengths).sum()
        known = baseline.sure(seen)
        said, rare = np.full(mean.shape, -np.inf), np.ones(mean.shape)
        rows, windows = np.nonzero(seen.negative > mean + np.sqrt(variance))
        one = unit[rows, windows]
        total, due = seen.negative[rows, windows] / one, mean[rows, windows] / one
        spread = variance[rows, windows] / one**2
        sure = known[rows, windows]
        ratio = evidence.ratios(total, due, spread / due - due / sure, sure)
        said[rows, windows] = ratio + np.log(weight[windows])
        rare[rows, windows] = tails.upper(total, due, spread)
        return said, tails.shared(rare, seen.lengths)
