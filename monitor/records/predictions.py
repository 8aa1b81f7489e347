"""What a model says of an article, why it says so, and where the article goes from there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from monitor.fields import checked

SENTIMENTS: tuple[str, ...] = ("negative", "neutral", "positive")
"""The sentiment classes, in the order every probability vector uses."""


class Route(StrEnum):
    """Where an article goes after classification."""

    ACCEPT = "accept"  # the prediction stands
    REVIEW = "review"  # the model is unsure: an analyst decides
    AUDIT = "audit"  # drawn at random, whatever the model says, to measure it
    EXPLORE = "explore"  # sure, and drawn at random to learn from


def likeliest(probabilities: Mapping[str, float]) -> str:
    """The most probable class; the first of several."""
    return max(probabilities, key=probabilities.__getitem__)


def softer(probabilities: Mapping[str, float], power: float) -> Mapping[str, float]:
    """Probabilities to a power above 0, summing to 1 again; as they are where they are no probabilities."""
    most = max(probabilities.values(), default=0.0)
    if power == 1.0 or not all(0 <= one <= most for one in probabilities.values()) or not most > 0:
        return probabilities
    raised = {name: (one / most) ** power for name, one in probabilities.items()}
    total = math.fsum(raised.values())
    return {name: one / total for name, one in raised.items()}


@dataclass(frozen=True, slots=True)
@checked
class Prediction:
    """What a model says of one article.

    `sentiment` sums to 1 over SENTIMENTS; each value of `topics` is a probability of its
    own (multi-label). `model` is the model version's id. `unsupported` holds the reason
    why the prediction should not be trusted ("" where it may be): no text, a language the
    model was not trained on, ... `companies` holds the sentiment towards each company that the
    article mentions, by company id, as `sentiment` does; see `towards` for those it leaves out.

    `vector` is the text as numbers: what the model's last layer reads the sentiment from, so that a new last
    layer can be fitted on it without the model. It comes with the prediction, at no second pass, from a
    classifier that has one, in little-endian 16-bit floats (`row.astype("<f2").tobytes()` of a NumPy
    row), of the same length for every text of a version. Two predictions are equal whatever their vectors.
    """

    sentiment: Mapping[str, float]  # negative, neutral, positive
    topics: Mapping[str, float]  # by the topic's name
    model: str  # the version that `load` was given
    unsupported: str = ""  # why it should not be trusted
    companies: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # by the company's id
    vector: bytes = field(default=b"", repr=False, compare=False)  # 16-bit floats; empty: it has none
    temperature: float = 1.0  # what the monitor softened `sentiment` by; a classifier leaves it

    @property
    def label(self) -> str:
        """The most probable sentiment."""
        return likeliest(self.sentiment)

    @property
    def confidence(self) -> float:
        """Calibrated probability of the most probable sentiment."""
        return max(self.sentiment.values())

    def tempered(self, temperature: float) -> Prediction:
        """The same at another `temperature` than its own: above 1 it is less sure of the same sentiment (Guo
        et al. 2017, https://arxiv.org/abs/1706.04599). To any temperature and back it is the same again."""
        if temperature == self.temperature:
            return self
        softened = softer(self.sentiment, self.temperature / temperature)
        return replace(self, sentiment=softened, temperature=temperature)

    def towards(self, company_id: str) -> Mapping[str, float]:
        """The sentiment towards a company: the article's, where the model said nothing of the company."""
        return self.companies.get(company_id, self.sentiment)

    def chosen_topics(self, threshold: float = 0.5) -> tuple[str, ...]:
        """Topics at or above `threshold`, best first; the single best one if none is."""
        ranked = sorted(self.topics, key=self.topics.__getitem__, reverse=True)
        chosen = tuple(name for name in ranked if self.topics[name] >= threshold)
        return chosen or tuple(ranked[:1])


@dataclass(frozen=True, slots=True)
@checked
class Attribution:
    """What one word, at [start, end) of the text explained, adds to a score; negative: takes from it."""

    start: int  # the word's first character
    end: int  # the one after its last
    score: float  # in log-odds


@dataclass(frozen=True, slots=True)
@checked
class Explanation:
    """Why a classifier gives `label` the `probability` it does, word by word.

    `text` is the text as the classifier reads it, which the offsets refer to. The score explained
    is in log-odds; `attributions` hold the words that were read, in order, and sum to `difference`,
    the score of the text less that of a text that says nothing, up to the completeness `error`:
    |sum - difference| as a share of |difference|. `steps` is what the integral was computed
    with (0: it is exact). `target` is what was asked for, `model` the model version's id.
    """

    text: str  # as the classifier reads it
    target: str  # what was asked for
    label: str  # what is explained
    probability: float  # of `label`
    attributions: tuple[Attribution, ...]  # in the text's order, overlapping nowhere
    difference: float  # what the scores sum to
    error: float = 0.0  # |sum - difference|, as a share of |difference|
    steps: int = 0  # of the integral; 0: exact
    model: str = ""  # the version that `load` was given


@dataclass(frozen=True, slots=True)
class Decision:
    """A route and the reason for it, in words an analyst reads.

    `inclusion` is the probability with which the route was drawn; None where nothing was drawn.
    """

    route: Route
    reason: str
    inclusion: float | None = None
