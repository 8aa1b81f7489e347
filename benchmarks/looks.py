"""Certificates of a sample, by one look and by any number: what benchmarks of certificates share."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation import certificate
from monitor.evaluation.bounds import Sample

ALPHA, DELTA = 0.05, 0.05
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Judged = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int8]]
"""Of every text: the score, whether it is wrong, and its label's number among SENTIMENTS."""


def once(sample: Sample, alpha: float) -> certificate.Certificate:
    """What is certified by one look at the whole sample."""
    return certificate.once(sample, alpha=alpha, delta=DELTA, model="", made_at=NOW)


def by_looks(
    sample: Sample, thresholds: tuple[float, ...], coverage: list[float], alpha: float, shared: int = 1
) -> certificate.Certificate:
    """What is certified at the end is what was at any look, for nothing is taken back."""
    return certificate.running(
        sample,
        thresholds,
        coverage,
        alpha=alpha,
        delta=DELTA,
        attempt=1,
        since=NOW,
        model="",
        made_at=NOW,
        shared=shared,
    )


def median_of(labels: NDArray[np.float64]) -> int | None:
    """The number of labels after which half of the runs are done; None where half never are."""
    middle = float(np.quantile(labels, 0.5, method="higher"))
    return int(middle) if math.isfinite(middle) else None
