"""What is known of texts, and how far a model's logits are from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from monitor import SENTIMENTS, Example
from monitor_plugins.transformer.network.encoder import Logits

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Targets:
    """What is known of each text. `allowed` are the sentiments its label leaves possible (all
    of them where it has none); `judged` are the topics its annotators could choose; `company` is
    `allowed` for each company of each text, the texts' in order, and `owners` says whose it is.
    `taught` are a teacher's logits, where there are some, and `trust` is how much they count: 0 leaves the
    labels alone, 1 the teacher alone.
    """

    allowed: Tensor
    topics: Tensor
    judged: Tensor
    weight: Tensor
    company: Tensor
    owners: Tensor
    taught: Logits | None = None
    trust: float = 0.5

    @classmethod
    def of(
        cls, examples: Sequence[Example], topics: Sequence[str], judged: Mapping[str, frozenset[str]]
    ) -> Targets:
        has = torch.zeros(len(examples), len(topics))
        could = torch.zeros(len(examples), len(topics))
        columns = {name: i for i, name in enumerate(topics)}
        for row, example in enumerate(examples):
            if example.topics is not None:
                for name in judged.get(example.origin, columns):
                    could[row, columns[name]] = 1.0
                for name in example.topics:
                    has[row, columns[name]] = 1.0
        return cls(
            _allowed([example.sentiment for example in examples]),
            has,
            could,
            torch.tensor([example.weight for example in examples], dtype=torch.float32),
            _allowed([label for example in examples for _, label in example.companies]),
            torch.tensor([i for i, e in enumerate(examples) for _ in e.companies], dtype=torch.long),
        )

    def __getitem__(self, rows: Tensor) -> Targets:
        """Those of the texts in `rows`, in that order."""
        chosen, owners = picked(self.owners, rows)
        return Targets(
            self.allowed[rows],
            self.topics[rows],
            self.judged[rows],
            self.weight[rows],
            self.company[chosen],
            owners,
            self.taught
            and Logits(self.taught.sentiment[rows], self.taught.topics[rows], self.taught.company[chosen]),
            self.trust,
        )

    def to(self, device: torch.device) -> Targets:
        moved: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            moved[one.name] = value.to(device) if isinstance(value, Tensor | Logits) else value
        return Targets(**moved)


def picked(owners: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Where, among companies whose texts are the `owners`, in order, those of the texts in `rows` are, and
    which of these each is of."""
    starts = torch.searchsorted(owners, rows)
    counts = torch.searchsorted(owners, rows, right=True) - starts
    new = torch.repeat_interleave(torch.arange(len(rows)), counts)
    within = torch.arange(len(new)) - (counts.cumsum(0) - counts)[new]
    return starts[new] + within, new


def loss(logits: Logits, known: Targets) -> Tensor:
    """Mean over the texts of all tasks' negative log-likelihoods.

    Sentiment, of the text and towards each company: of the classes the label leaves possible,
    together. Topics: of each judged topic on its own and, where a text has exactly one, of
    that one among the judged. Where a teacher's logits are known, how far the logits are from the
    teacher's (`distance`) takes `trust` of it.
    """
    first = unlikely(logits.sentiment, known.allowed)
    each = functional.binary_cross_entropy_with_logits(logits.topics, known.topics, reduction="none")
    second = (each * known.judged).sum(1)
    among = logits.topics.masked_fill(known.judged == 0, -1e4).log_softmax(1)
    single = (known.topics * known.judged).sum(1) == 1
    third = -(among * known.topics * known.judged).sum(1) * single
    fourth = torch.zeros_like(first).index_add(0, known.owners, unlikely(logits.company, known.company))
    told = ((first + second + third + fourth) * known.weight).mean()
    if known.taught is None:
        return told
    return (1 - known.trust) * told + known.trust * distance(logits, known.taught)


def distance(logits: Logits, taught: Logits) -> Tensor:
    """The Kullback-Leibler divergence of the teacher's probabilities from the logits', per text and
    summed over the heads (for topics, over each topic's Bernoulli distribution); Hinton et al. 2015,
    Distilling the knowledge in a neural network."""
    total = torch.zeros((), device=logits.sentiment.device)
    for mine, theirs in ((logits.sentiment, taught.sentiment), (logits.company, taught.company)):
        mine, theirs = mine.log_softmax(1), theirs.log_softmax(1)
        total = total + (theirs.exp() * (theirs - mine)).sum()
    chances = taught.topics.sigmoid()
    both = functional.binary_cross_entropy_with_logits
    least = both(taught.topics, chances, reduction="sum")
    total = total + both(logits.topics, chances, reduction="sum") - least
    return total / len(logits.sentiment)


def unlikely(logits: Tensor, allowed: Tensor) -> Tensor:
    """Per row the negative log-likelihood of the classes that are `allowed`, together."""
    possible = logits.masked_fill(~allowed, -torch.inf).logsumexp(1)
    return logits.logsumexp(1) - possible


def score(
    sentiment: Array, topics: Array, company: Array, examples: Sequence[Example], wanted: Targets
) -> dict[str, float]:
    """Per set (`origin`): macro-F1 of the sentiments, how often the best judged topic is right,
    and how often the sentiment towards a company is."""
    found: dict[str, float] = {}
    origins = np.array([example.origin for example in examples])
    owners = wanted.owners.numpy()
    for origin in sorted(set(origins)):
        prefix = f"{origin}." if origin else ""
        allowed = wanted.allowed.numpy()
        rows = np.flatnonzero((origins == origin) & ~allowed.all(1))
        if len(rows):
            truth, guesses = _classes(allowed[rows], sentiment[rows])
            found[f"{prefix}sentiment"] = round(macro_f1(truth, guesses), 5)
        judged = wanted.judged.numpy()
        rows = np.flatnonzero((origins == origin) & (judged.sum(1) > 0))
        if len(rows):
            guesses = np.where(judged[rows] > 0, topics[rows], -np.inf).argmax(1)
            right = wanted.topics.numpy()[rows, guesses]
            found[f"{prefix}topics"] = round(float(right.mean()), 5)
        rows = np.flatnonzero(origins[owners] == origin) if len(owners) else owners
        if len(rows):
            truth, guesses = _classes(wanted.company.numpy()[rows], company[rows])
            found[f"{prefix}company"] = round(float((truth == guesses).mean()), 5)
    return found


def macro_f1(truth: Array, guesses: Array) -> float:
    """Mean over the classes that occur in `truth` of the harmonic mean of precision and recall."""
    each = []
    for label in np.unique(truth):
        hits = np.sum((truth == label) & (guesses == label))
        each.append(2 * hits / (np.sum(truth == label) + np.sum(guesses == label)))
    return float(np.mean(each))


def _allowed(labels: Sequence[str | None]) -> Tensor:
    """labels x sentiments: those each label leaves possible; ``!negative`` is anything but negative."""
    allowed = torch.ones(len(labels), len(SENTIMENTS), dtype=torch.bool)
    for row, label in enumerate(labels):
        if label is not None:
            negated = label.startswith("!")
            allowed[row] = negated
            allowed[row, SENTIMENTS.index(label.removeprefix("!"))] = not negated
    return allowed


def _classes(allowed: Array, logits: Array) -> tuple[Array, Array]:
    """Right and guessed class numbers; where some labels only tell negative from the rest, of those two."""
    truth, guesses = allowed.argmax(1), logits.argmax(1)
    if (allowed.sum(1) > 1).any():
        return np.minimum(truth, 1), np.minimum(guesses, 1)
    return truth, guesses
