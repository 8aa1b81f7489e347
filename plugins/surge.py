"""Detector `surge`: are this window's negative stories more than the past explains?

Counts of news are over-dispersed, and a baseline is itself an estimate. Both widen the
distribution a new count is compared with:

- A Poisson rate with the Jeffreys prior Gamma(1/2, 0), after S stories in n windows, has
  the posterior Gamma(S + 1/2, n); the next window's count then is negative binomial with
  mean mu = (S + 1/2) / n and variance mu (1 + 1/n) (Gelman et al., Bayesian Data Analysis,
  3rd ed., sections 2.6-2.8). An all-zero past so has a small positive expectation.
- Where the past varies more than a Poisson would, the variance is multiplied by the
  dispersion phi. Its moment estimate is Pearson's X^2 / (n - 1) (McCullagh & Nelder,
  Generalized Linear Models, 2nd ed., section 4.5.2). From few windows it is often too small,
  which means false alarms, so its upper confidence bound X^2 / chi2(1 - confidence; n - 1)
  is taken. Where variance <= mean, phi = 1.

The p-value is P(X >= observed) under the negative binomial of that mean and variance. With
phi = 1 it is the Jeffreys predictive exactly. A gap between baseline and tested window
keeps a surge's own beginning out of its baseline, as in the C2 detector of EARS (Hutwagner
et al., Journal of Urban Health 80, 2003, i89-i96).

It knows nothing of the time of day or week: regular peaks count as dispersion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from monitor import Detector, Signal, Window, hookimpl


@dataclass
class Surge:
    """Over-dispersed count test; see the module's text."""

    gap: int = 2  # windows right before the tested one that are left out of the baseline
    confidence: float = 0.95  # of the dispersion's upper bound; 0.5 is close to the plain estimate

    kind: ClassVar[str] = "surge"

    def __post_init__(self) -> None:
        if self.gap < 0:
            raise ValueError(f"gap: expected 0 or more windows, found {self.gap}")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence: expected a number between 0 and 1, found {self.confidence}")

    def test(self, history: Sequence[Window], window: Window) -> Signal | None:
        """None where nothing is negative, or where fewer than two windows remain as a baseline."""
        baseline = [past.negative for past in history[: max(len(history) - self.gap, 0)]]
        if len(baseline) < 2 or not window.negative:
            return None
        expected, p_value = surprise(baseline, window.negative, self.confidence)
        return Signal(
            window.scope, self.kind, window.negative, expected, p_value, window.start_at, window.end_at
        )


def surprise(baseline: Sequence[int], observed: int, confidence: float) -> tuple[float, float]:
    """Expected count, and P(X >= observed), after a `baseline` of at least two counts."""
    from scipy.special import betainc, gammaincinv

    n = len(baseline)
    expected = (sum(baseline) + 0.5) / n
    mean = sum(baseline) / n
    pearson = sum((count - mean) ** 2 for count in baseline) / mean if mean else 0.0
    dispersion = 1.0
    if pearson > n - 1:
        quantile = 2 * float(gammaincinv((n - 1) / 2, 1 - confidence))  # of chi2 with n - 1 degrees
        dispersion = max(1.0, pearson / quantile)
    ratio = dispersion * (1 + 1 / n)  # variance / mean
    if not observed:
        return expected, 1.0
    # The negative binomial's upper tail; scipy.stats has the same, a hundred times slower.
    return expected, float(betainc(observed, expected / (ratio - 1), 1 - 1 / ratio))


@hookimpl
def register_detectors() -> list[type[Detector]]:
    """The bundled detector."""
    return [Surge]
