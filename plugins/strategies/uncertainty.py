"""Query strategies that look at the predicted sentiment alone.

Settles, Active Learning Literature Survey (2009), section 3.1: least confidence (Lewis and Gale 1994),
smallest margin (Scheffer et al. 2001), highest entropy (Shannon 1948). An article whose probabilities are
not numbers comes first. `random` is what every other strategy must beat.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from monitor import SENTIMENTS, Choice, Message, Pool
from monitor_plugins.strategies.ranking import Rows, Scores, chosen, lots, ranked, top_two


def sentiment(place: int) -> Message:
    """The name of a class."""
    return Message(f"sentiment.{SENTIMENTS[place]}")


def least_confidence(probabilities: Scores) -> Scores:
    """1 less the highest probability."""
    confidence: Scores = probabilities[:, 0].copy()
    for column in probabilities.T[1:]:
        np.maximum(confidence, column, out=confidence)
    return 1.0 - confidence


def margin(probabilities: Scores) -> Scores:
    """1 less what the highest probability has before the second."""
    first = probabilities[:, 0].copy()
    second = np.full_like(first, -np.inf)
    for column in probabilities.T[1:]:
        np.maximum(second, np.minimum(first, column), out=second)
        np.maximum(first, column, out=first)
    return 1.0 - (first - second)


def entropy(probabilities: Scores) -> Scores:
    """Shannon's entropy, in nats."""
    total = np.zeros(len(probabilities), dtype=probabilities.dtype)
    for column in probabilities.T:
        total -= column * np.log(np.where(column > 0, column, 1))
    return total


def unsure_first(scores: Scores) -> Scores:
    """Scores in which what is no number comes first."""
    return np.nan_to_num(scores, nan=np.inf, copy=False)


class _Ranked(ABC):
    """Takes the articles of the highest `utility`."""

    needs: ClassVar[Collection[str]] = ("probabilities", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the highest utility."""
        probabilities = pool.column("probabilities")
        scores = unsure_first(self.utility(probabilities))
        rows = ranked(pool, scores, n, rng)
        return chosen(rows, scores[rows], self.reasons(probabilities[rows]))

    @abstractmethod
    def utility(self, probabilities: Scores) -> Scores:
        """How much a label would tell, per article."""

    def reasons(self, probabilities: Scores) -> Sequence[Message]:
        """Why, for the chosen ones."""
        return top_two(probabilities)


@dataclass
class LeastConfidence(_Ranked):
    """The articles whose most probable sentiment is least probable."""

    kind: ClassVar[str] = "least_confidence"

    def utility(self, probabilities: Scores) -> Scores:
        """1 less the highest probability."""
        return least_confidence(probabilities)

    def reasons(self, probabilities: Scores) -> Sequence[Message]:
        """The highest probability, and of what."""
        if not np.isfinite(probabilities).all():
            return top_two(probabilities)
        return [
            Message("acquisition.least", share=float(row.max()), sentiment=sentiment(int(row.argmax())))
            for row in probabilities
        ]


@dataclass
class Margin(_Ranked):
    """The articles whose two most probable sentiments are closest."""

    kind: ClassVar[str] = "margin"

    def utility(self, probabilities: Scores) -> Scores:
        """1 less the difference of the two highest probabilities."""
        return margin(probabilities)


@dataclass
class Entropy(_Ranked):
    """The articles whose sentiment distribution has the highest entropy (in nats)."""

    kind: ClassVar[str] = "entropy"

    def utility(self, probabilities: Scores) -> Scores:
        """The entropy."""
        return entropy(probabilities)

    def reasons(self, probabilities: Scores) -> Sequence[Message]:
        """All probabilities, the highest first."""
        if not np.isfinite(probabilities).all():
            return top_two(probabilities)
        return [
            Message("acquisition.spread", shares=" / ".join(f"{share:.2f}" for share in row))
            for row in np.sort(probabilities, axis=1)[:, ::-1].tolist()
        ]


@dataclass
class Random:
    """Articles drawn evenly: what every other strategy must beat."""

    kind: ClassVar[str] = "random"
    needs: ClassVar[Collection[str]] = ("story",)

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """`n` by lot."""
        rows: Rows = ranked(pool, lots(pool, rng), n, rng)
        return chosen(rows, np.zeros(len(rows)), [Message("acquisition.lot")] * len(rows))
