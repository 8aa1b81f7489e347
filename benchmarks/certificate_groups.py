"""Groups of texts with thresholds of their own: how often any is certified wrongly, and what that covers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.looks import ALPHA, Judged, by_looks
from benchmarks.machine import rounded
from monitor.evaluation import sequence, watchdog
from monitor.evaluation.bounds import Sample

GROUPS = {
    "every group just above alpha": (1.01, 1.01, 1.01),
    "one just above alpha, one far above": (0.1, 1.01, 4.0),
    "a small one that is bad": (0.2, 0.2, 3.0),
    "every group good": (0.1, 0.1, 0.1),
}
"""Errors of three groups, as multiples of alpha, at every threshold."""
SHARES = (0.5, 0.3, 0.2)
"""Of the texts, that the groups have."""


def made_up_groups(runs: int, n: int = 900) -> list[dict[str, Any]]:
    """Certificates of three groups after however many looks at `n` labels, beside one of all texts; and how
    often the watchdog of any group fires in 5,000 labels at these errors, where they are at most alpha."""
    rng, found = np.random.default_rng(1), []
    thresholds = sequence.grid(rng.random(20_000))
    coverage = [(i + 1) / sequence.STEPS for i in range(sequence.STEPS)]
    for shape, multiples in GROUPS.items():
        rates = ALPHA * np.array(multiples)
        counts: dict[str, list[float]] = {
            "wrong": [],
            "coverage": [],
            "wrong of all": [],
            "coverage of all": [],
        }
        for _ in range(runs):
            group, score = rng.choice(len(SHARES), n, p=SHARES), rng.random(n)
            sample = Sample.of(score, rng.random(n) < rates[group])
            parts = [
                by_looks(sample.where(group == one), thresholds, coverage, ALPHA, len(SHARES))
                for one in range(len(SHARES))
            ]
            whole = by_looks(sample, thresholds, coverage, ALPHA).certified
            counts["wrong"].append(
                any(one.certified for one, rate in zip(parts, rates, strict=True) if rate > ALPHA)
            )
            counts["coverage"].append(
                sum(one.coverage * share for one, share in zip(parts, SHARES, strict=True))
            )
            counts["wrong of all"].append(whole and bool((rates > ALPHA).any()))
            counts["coverage of all"].append(whole)
        one = {
            "groups": shape,
            "labels": n,
            **{name: rounded(np.mean(some)) for name, some in counts.items()},
        }
        if (rates <= ALPHA).all():
            one["fired"] = _any_fires(rates, runs, rng)
        found.append(one)
    found.append({"groups": "every group at alpha", "fired": _any_fires(np.full(3, ALPHA), runs, rng)})
    return found


def _any_fires(rates: NDArray[np.float64], runs: int, rng: np.random.Generator, n: int = 5000) -> float:
    """The share of runs in which the watchdog of any group fires, of `n` labels in all."""
    fired = np.zeros(runs, bool)
    for rate, share in zip(rates, SHARES, strict=True):
        wrong = rng.random((runs, int(n * share))) < rate
        wealth = watchdog.wealth(wrong, np.ones(wrong.shape), ALPHA)
        fired |= (wealth >= len(SHARES) / watchdog.LEVEL).any(1)
    return rounded(fired.mean())


def languages(
    sets: dict[str, Judged], runs: int, rng: np.random.Generator, n: int = 1000
) -> list[dict[str, Any]]:
    """Pairs of an English and a Chinese set as one stream, half of each, certified language by language."""
    found = []
    for pair in (("tfns", "finfe"), ("tfns", "headlines"), ("fpb", "headlines")):
        wrong, covered = 0, 0.0
        for _ in range(runs):
            exceeded = False
            for name in pair:
                score, errors, _ = sets[name]
                rows = rng.integers(0, len(score), n // 2)
                thresholds = sequence.grid(score)
                coverage = [float((score >= one).mean()) for one in thresholds]
                sample = Sample.of(score[rows], errors[rows])
                made = by_looks(sample, thresholds, coverage, ALPHA, len(pair))
                covered += made.coverage / len(pair)
                if made.threshold is not None:
                    exceeded |= float(errors[score >= made.threshold].mean()) > ALPHA
            wrong += exceeded
        found.append(
            {"sets": pair, "labels": n, "wrong": rounded(wrong / runs), "coverage": rounded(covered / runs)}
        )
    return found
