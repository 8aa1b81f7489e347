"""Made-up counts for the tests of detectors."""

from __future__ import annotations

import numpy as np

from monitor.detection.panels import LENGTHS, Panel, Present

WEEK = 168
MONDAY = 96 + 2_600 * WEEK
"""An hour with which a week begins, in UTC."""


def week() -> np.ndarray:
    """A week's shape: busy days, quiet nights and weekends."""
    hours = np.arange(WEEK)
    found = (1 + 0.8 * np.sin(2 * np.pi * (hours % 24 - 9) / 24)) * np.where(hours < 120, 1.2, 0.4)
    return found / found.mean()


def drawn(mean: np.ndarray, dispersion: float, rng: np.random.Generator) -> np.ndarray:
    """Negative binomials whose variance is so many times their mean."""
    if dispersion == 1:
        return rng.poisson(mean).astype(float)
    return rng.negative_binomial(np.maximum(mean, 1e-12) / (dispersion - 1), 1 / dispersion).astype(float)


def panel(
    levels: np.ndarray,
    weeks: int,
    rng: np.random.Generator,
    *,
    dispersion: float = 1.5,
    pool: str = "company",
) -> Panel:
    """Series of these voices a day, of which a third is negative, beside 300 others a day."""
    mean = np.resize(week(), weeks * WEEK)
    negative = drawn(np.asarray(levels)[:, None] / 24 * mean, dispersion, rng)
    voices = negative + rng.poisson(np.asarray(levels)[:, None] / 12 * mean)
    return Panel(
        tuple(f"company:{row}" for row in range(len(levels))),
        (pool,) * len(levels),
        MONDAY,
        negative,
        voices,
        voices.sum(axis=0) + rng.poisson(300 / 24 * mean),
        np.ones(weeks * WEEK, dtype=bool),
    )


def cut(past: Panel, hours: int) -> Panel:
    """The first hours of a panel."""
    return Panel(
        past.names,
        past.pools,
        past.start,
        past.negative[:, :hours],
        past.voices[:, :hours],
        past.volume[:hours],
        past.read[:hours],
        past.zone,
        past.holidays,
    )


def present(past: Panel, hour: int, rows: np.ndarray | None = None) -> Present:
    """The windows of a panel that end with so many of its hours."""
    if rows is None:
        rows = np.arange(len(past.names))

    def windows(values: np.ndarray) -> np.ndarray:
        return np.stack([values[..., hour - length : hour].sum(axis=-1) for length in LENGTHS], axis=-1)

    return Present(
        rows,
        (past.start + hour) * 12,
        LENGTHS,
        windows(past.negative[rows]),
        windows(past.voices[rows]),
        np.tile(windows(past.volume), (len(rows), 1)),
    )
