"""Query strategies that ask what a label is worth, and what it costs.

- `balanced`: unsure articles that may be of a class of which few are labelled. An article counts by its
  margin times the mean of 1 / (1 + labels of the class), by its own probabilities; what was taken counts as
  labelled.
- `alert_impact`: the articles whose label could change an alert, by the pool's column `impact`.
- `expected_cost`: uncertainty for every expected second of reading (Settles et al. 2008), by `seconds`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from monitor import SENTIMENTS, Choice, Message, Pool
from monitor_plugins.strategies.ranking import Scores, Turns, chosen, lots, ranked, top_two
from monitor_plugins.strategies.uncertainty import margin, sentiment, unsure_first

LEAST_SECONDS = 1.0


@dataclass
class Balanced:
    """The unsure articles that may be of a class of which few are labelled."""

    kind: ClassVar[str] = "balanced"
    needs: ClassVar[Collection[str]] = ("probabilities", "labels", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """`n` rows, one after the other."""
        probabilities = np.asarray(pool.column("probabilities"), dtype=np.float64)
        n = min(max(n, 0), len(pool))
        labels = np.zeros(0, dtype=np.int64) if pool.labels is None else pool.labels
        counts = np.bincount(labels, minlength=probabilities.shape[1]).astype(np.float64)
        unsure = margin(probabilities)
        drawn, turns = lots(pool, rng), Turns(pool)
        rows: list[int] = []
        scores: list[float] = []
        told: list[Message] = []
        while len(rows) < n:
            worth = unsure_first(unsure * (probabilities @ (1.0 / (1.0 + counts))))
            worth[~turns.free] = -np.inf
            highest = np.flatnonzero(worth == worth.max())
            row = int(highest[drawn[highest].argmax()])
            rows.append(row)
            scores.append(float(worth[row]))
            told.append(self._reason(probabilities[row], counts))
            turns.take(row)
            if np.isfinite(probabilities[row]).all():
                counts += probabilities[row]
        return chosen(np.asarray(rows, dtype=np.int64), np.asarray(scores), told)

    @staticmethod
    def _reason(row: Scores, counts: Scores) -> Message:
        if not np.isfinite(row).all():
            return Message("acquisition.unjudged")
        place = int((row / (1.0 + counts)).argmax()) if len(row) == len(SENTIMENTS) else int(row.argmax())
        return Message(
            "acquisition.rare", sentiment=sentiment(place), share=float(row[place]), count=int(counts[place])
        )


@dataclass
class AlertImpact:
    """The articles whose label could change an alert."""

    kind: ClassVar[str] = "alert_impact"
    needs: ClassVar[Collection[str]] = ("probabilities", "impact", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the highest impact; where none has any, the most unsure."""
        probabilities = pool.column("probabilities")
        impact = np.nan_to_num(np.asarray(pool.column("impact"), dtype=np.float64), nan=0.0)
        unsure = unsure_first(margin(np.asarray(probabilities, dtype=np.float64)))
        # Margins lie in [0, 1]: they order what has no impact, and what has the same.
        scores = np.where(np.isfinite(unsure), impact + _TIE * np.minimum(unsure, 1.0), 1.0 + 2 * _TIE)
        rows = ranked(pool, scores, n, rng)
        told = top_two(probabilities[rows])
        for place, row in enumerate(rows.tolist()):
            if impact[row] > 0 and np.isfinite(probabilities[row]).all():
                told[place] = Message("acquisition.impact", share=float(probabilities[row, 0]))
        return chosen(rows, scores[rows], told)


_TIE = 1e-6


@dataclass
class ExpectedCost:
    """The articles that are most unsure for every second that reading them takes."""

    kind: ClassVar[str] = "expected_cost"
    needs: ClassVar[Collection[str]] = ("probabilities", "seconds", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the highest margin per second."""
        probabilities = pool.column("probabilities")
        seconds = np.asarray(pool.column("seconds"), dtype=np.float64)
        seconds = np.maximum(
            np.nan_to_num(seconds, nan=np.nanmedian(seconds) if len(seconds) else 1.0), LEAST_SECONDS
        )
        scores = unsure_first(margin(np.asarray(probabilities, dtype=np.float64)) / seconds)
        rows = ranked(pool, scores, n, rng)
        told = top_two(probabilities[rows])
        ordered = np.sort(probabilities[rows], axis=1)[:, ::-1]
        for place, row in enumerate(rows.tolist()):
            if np.isfinite(ordered[place]).all():
                first, second = float(ordered[place, 0]), float(ordered[place, 1])
                told[place] = Message(
                    "acquisition.quick", first=first, second=second, seconds=float(seconds[row])
                )
        return chosen(rows, scores[rows], told)
