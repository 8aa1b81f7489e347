"""The watchdog: how often it fires without a cause, and how soon with one, beside Wald's test."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.looks import ALPHA, Judged, median_of, once
from benchmarks.machine import rounded
from monitor import SENTIMENTS
from monitor.evaluation import watchdog
from monitor.evaluation.bounds import Sample


def _fired(wrong: NDArray[np.bool_], alpha: float = ALPHA) -> NDArray[np.float64]:
    reached = watchdog.wealth(wrong, np.ones(wrong.shape), alpha) >= 1 / watchdog.LEVEL
    return np.where(reached.any(1), reached.argmax(1) + 1.0, np.inf)


def _wald(wrong: NDArray[np.bool_], rate: float, alpha: float = ALPHA) -> NDArray[np.float64]:
    """Labels until Wald's one-sided test of alpha against `rate` decides, at the watchdog's level."""
    step = np.where(wrong, math.log(rate / alpha), math.log((1 - min(rate, 1 - 1e-9)) / (1 - alpha)))
    reached = np.cumsum(step, 1) >= -math.log(watchdog.LEVEL)
    return np.where(reached.any(1), reached.argmax(1) + 1.0, np.inf)


def quiet(rate: float, runs: int, rng: np.random.Generator, n: int = 5000) -> dict[str, Any]:
    """The share of runs of so many labels in which it fires although the error is `rate`, at most alpha."""
    return {
        "error": rate,
        "labels": n,
        "fired": rounded(np.isfinite(_fired(rng.random((runs, n)) < rate)).mean()),
    }


def speed(rate: float, runs: int, rng: np.random.Generator, alpha: float = ALPHA) -> dict[str, Any]:
    """Mean labels until it fires, where the error is `rate` from the first label, beside Wald's test."""
    n = 3000 if rate < 3 * alpha else 500
    wrong = rng.random((runs, n)) < rate
    mine, walds = np.minimum(_fired(wrong, alpha), n).mean(), np.minimum(_wald(wrong, rate, alpha), n).mean()
    return {
        "error": rounded(rate),
        "watchdog": rounded(mine),
        "knows the shift": rounded(walds),
        "ratio": rounded(mine / walds),
    }


def late(after: int, runs: int, rng: np.random.Generator) -> dict[str, Any]:
    """Median labels from a change to 2 alpha that comes after so many labels at 2%: of the watchdog, of
    Wald's test that ran all along, and of one that begins at the change because it knows when that is."""
    wrong = np.concatenate([rng.random((runs, after)) < 0.02, rng.random((runs, 3000)) < 2 * ALPHA], 1)
    return {
        "after": after,
        "watchdog": median_of(_fired(wrong) - after),
        "knows the shift": median_of(_wald(wrong, 2 * ALPHA) - after),
        "knows the moment too": median_of(_wald(wrong[:, after:], 2 * ALPHA)),
    }


def shifts(sets: dict[str, Judged], runs: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """A certificate made on a set, and then other texts: those of another set, of a source whose labels are
    the other way round, of other shares of the sentiments. Told for all, fast or quiet as it should be."""
    found = []
    for name in ("tfns", "finfe", "headlines", "sentfin"):
        score, wrong, truth = sets[name]
        rows = rng.integers(0, len(score), 1000)
        threshold = once(Sample.of(score[rows], wrong[rows]), ALPHA).threshold
        if threshold is None:
            continue
        streams = {f"other set: {other}": sets[other][:2] for other in sets if other != name}
        for share in (0.1, 0.3, 1.0):
            flipped = wrong ^ ((rng.random(len(wrong)) < share) & (truth != SENTIMENTS.index("neutral")))
            streams[f"{share:.0%} from a flipped source"] = (score, flipped)
        for label in SENTIMENTS:
            chosen = (truth == SENTIMENTS.index(label)) | (rng.random(len(truth)) < 0.1)
            streams[f"label shift to {label}"] = (score[chosen], wrong[chosen])
        for what, (scores, errors) in streams.items():
            accepted = errors[scores >= threshold]
            if len(accepted) < 50:
                continue
            rate = float(accepted.mean())
            one: dict[str, Any] = {"set": name, "shift": what, "accepted error": rounded(rate)}
            if rate >= 2 * ALPHA:
                one |= {key: value for key, value in speed(rate, runs, rng).items() if key != "error"}
            elif rate <= ALPHA:
                one |= {"fired": quiet(rate, runs, rng)["fired"]}
            found.append(one)
    return found
