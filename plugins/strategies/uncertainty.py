"""Query strategies that look at the predicted sentiment alone.

Settles, Active Learning Literature Survey (2009), section 3.1: least confidence (Lewis and Gale 1994),
smallest margin (Scheffer et al. 2001), highest entropy (Shannon 1948). An article whose probabilities are
not numbers comes first. `random` is what every other strategy must beat.

Macro-F1 counts every class alike, however rare, and is highest where a rare class is said at less than even
odds (Lipton, Elkan and Naryanaswamy 2014, arXiv 1402.1892: at half of the F1 that it has then). So the doubt
that matters lies nearer to the frequent class than where two probabilities are equal. `adjusted` is least
confidence there: probabilities are divided by their class's share of the pool to the power `strength` (logit
adjustment, Menon et al. 2021, arXiv 2007.07314). At 0 that is least confidence, which serves accuracy; at 1
all classes are taken for equally frequent, which serves the mean recall; macro-F1, of recall and precision,
lies between, and 0.5 is half way. A model of few labels does not know the shares: they are those it predicts
with PRIOR labels of equal shares beside those it has seen.
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


def adjusted(probabilities: Scores, strength: float, labels: int) -> Scores:
    """The probabilities, had the classes shares of the pool that are nearer to equal: divided by the class's
    share to the power `strength`, from 0 (as they are) to 1. The shares are what the model predicts in the
    mean, believed as much as it has seen `labels` beside PRIOR equal ones."""
    sums = probabilities.sum(axis=0, dtype=np.float64)
    if not np.isfinite(sums).all():
        sums = probabilities[np.isfinite(probabilities).all(axis=1)].sum(axis=0, dtype=np.float64)
    shares = labels * sums / max(sums.sum(), 1e-9) + PRIOR / len(sums)
    found: Scores = probabilities * ((shares / shares.sum()) ** -strength).astype(probabilities.dtype)
    total = found[:, 0].copy()
    for column in found.T[1:]:
        total += column
    found /= np.where(total > 0, total, 1)[:, None]
    return found


PRIOR = 100
"""Labels of equal shares that are counted beside those there are."""


def unsure_first(scores: Scores) -> Scores:
    """Scores in which what is no number comes first."""
    return np.nan_to_num(scores, nan=np.inf, copy=False)


class _Ranked(ABC):
    """Takes the articles of the highest `utility`."""

    needs: ClassVar[Collection[str]] = ("probabilities", "story")

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """The `n` of the highest utility."""
        probabilities = self.seen(pool)
        scores = unsure_first(self.utility(probabilities))
        rows = ranked(pool, scores, n, rng)
        return chosen(rows, scores[rows], self.reasons(probabilities[rows]))

    def seen(self, pool: Pool) -> Scores:
        """The pool's probabilities as this strategy looks at them."""
        return pool.column("probabilities")

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
class Adjusted(_Ranked):
    """The articles whose most probable sentiment is least probable, once rarer sentiments count for more:
    `strength` from 0 (least confidence) to 1 (as if all were equally frequent)."""

    strength: float = 0.5

    kind: ClassVar[str] = "adjusted"
    needs: ClassVar[Collection[str]] = ("probabilities", "labels", "story")

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength: expected a number from 0 to 1, found {self.strength}")

    def seen(self, pool: Pool) -> Scores:
        """The probabilities, had the classes shares that are nearer to equal."""
        labels = 0 if pool.labels is None else len(pool.labels)
        return adjusted(pool.column("probabilities"), self.strength, labels)

    def utility(self, probabilities: Scores) -> Scores:
        """1 less the highest of them."""
        return least_confidence(probabilities)

    def reasons(self, probabilities: Scores) -> Sequence[Message]:
        """The two highest of them, and of what."""
        told = []
        for row in probabilities:
            if np.isfinite(row).all():
                first, second = np.argsort(-row, kind="stable")[:2].tolist()
                shares = {"share": float(row[first]), "rest": float(row[second])}
                names = {"sentiment": sentiment(first), "other": sentiment(second)}
                told.append(Message("acquisition.adjusted", **shares, **names))
            else:
                told.append(Message("acquisition.unjudged"))
        return told


@dataclass
class Random:
    """Articles drawn evenly: what every other strategy must beat."""

    kind: ClassVar[str] = "random"
    needs: ClassVar[Collection[str]] = ("story",)

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """`n` by lot."""
        rows: Rows = ranked(pool, lots(pool, rng), n, rng)
        return chosen(rows, np.zeros(len(rows)), [Message("acquisition.lot")] * len(rows))
