"""How long an article takes to read and answer, learned from how long others took.

The logarithm of the seconds is regressed, with a ridge, on the logarithm of the length, on the language and
on the source: times are skewed, and an article twice as long takes less than twice as long. A language or
source with few answers stays close to the mean of all. With fewer than LEAST answers a plain rule stands
in: a second to look, and READ characters a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = 30
READ = 25.0
"""Characters a second: 240 words a minute (Brysbaert 2019, doi 10.1016/j.jml.2019.104047); of Chinese a
third."""
LONGEST = 600.0
"""Seconds; who took longer was away."""
_RIDGE = 5.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one answer took."""

    length: int
    language: str
    source: str
    seconds: float


def expected(
    past: Sequence[Timing],
    length: NDArray[np.int64],
    language: NDArray[np.str_],
    source: NDArray[np.str_],
) -> NDArray[np.float64]:
    """The seconds that each article is expected to take."""
    counted = [one for one in past if 0 < one.seconds <= LONGEST]
    if len(counted) < LEAST:
        rate = np.where(np.char.startswith(language, "zh"), READ / 3, READ)
        return np.minimum(1.0 + length / rate, LONGEST)
    known = {
        "length": np.array([one.length for one in counted]),
        "language": np.array([one.language for one in counted]),
        "source": np.array([one.source for one in counted]),
    }
    languages, sources = np.unique(known["language"]), np.unique(known["source"])
    x = _design(known["length"], known["language"], known["source"], languages, sources)
    y = np.log([one.seconds for one in counted])
    middle = y.mean()
    ridge = _RIDGE * np.eye(x.shape[1])
    ridge[0, 0] = 1e-6  # the length's own slope is not held back
    centre = x[:, 0].mean()
    x[:, 0] -= centre
    slopes = np.linalg.solve(x.T @ x + ridge, x.T @ (y - middle))
    wanted = _design(length, language, source, languages, sources)
    wanted[:, 0] -= centre
    found: NDArray[np.float64] = np.clip(np.exp(middle + wanted @ slopes), 0.5, LONGEST)
    return found


def _design(length: Any, language: Any, source: Any, languages: Any, sources: Any) -> NDArray[np.float64]:
    return np.column_stack(
        [
            np.log1p(np.asarray(length, dtype=np.float64)),
            np.asarray(language)[:, None] == languages[None, :],
            np.asarray(source)[:, None] == sources[None, :],
        ]
    ).astype(np.float64)
