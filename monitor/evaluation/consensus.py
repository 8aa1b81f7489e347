"""What a text's label most likely is, how good each analyst is, and what to have read next.

Several analysts and a model judged the same texts. CROWDLAB takes for each text the weighted mean of what the
model says and of what each reader's label makes likely: the weights are how much better than always guessing
the commonest class each of them is, readers by how often they agree with other readers, the model by how
often it is right about texts that were read twice. The most probable class of that mean is the consensus, its
probability the consensus's quality. Goh, Tkachenko and Mueller, CROWDLAB: Supervised learning to infer
consensus labels and quality scores for data with multiple annotators (2022), https://arxiv.org/abs/2210.06812.

ActiveLab asks which label is worth most: another one of a text that has some, or the first of a new text. A
text's score is its consensus's quality, shrunk towards a guess by as much as one average label more would
move it; the lowest score is read next. Goh and Mueller, ActiveLab: Active Learning with Re-Labeling by
Multiple Annotators (2023), https://arxiv.org/abs/2301.11856.

The package cleanlab has both. It is the oracle of the tests and no dependency: it breaks ties by NumPy's
global random state, prints, refuses where one reader reads alone, and brings scikit-learn; this is pure and
in matrices. Probabilities are calibrated where they come from, so that no temperature is fitted here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation.votes import MISSING, Table, counts

Floats = NDArray[np.float64]

LEAST = 1e-6
"""Weights are clipped from below, so that who is no better than guessing counts next to nothing."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """For each unit its label (a class's number), the probability that it is right, and that of each class;
    for each reader their quality in [0, 1], NaN where nobody else read what they read, and their weight."""

    labels: NDArray[np.intp]
    quality: Floats
    posterior: Floats  # units by classes
    reader_quality: Floats
    reader_weights: Floats
    model_weight: float


@dataclass(frozen=True, slots=True)
class Worth:
    """How settled each text's label is; the lowest of all is worth the next label."""

    again: Floats  # of the texts that have labels
    new: Floats  # of those that have none

    def next(self, n: int) -> list[tuple[bool, int]]:
        """The `n` labels worth most: whether it is of a text that has some, and the text's row. Of equal
        scores the new text is first, then the earlier row."""
        scores = np.concatenate([self.new, self.again])
        order = np.argsort(scores, kind="stable")[:n].tolist()
        fresh = len(self.new)
        return [(row >= fresh, row - fresh if row >= fresh else row) for row in order]


def consensus(table: Table, probabilities: Floats) -> Consensus:
    """CROWDLAB over readings (units by readers; see `votes`) and the model's `probabilities` (units by
    classes), which must not have been fitted on these labels.

    Where no unit was read twice, readers and model weigh alike and a unit's quality is the model's
    probability of its label. Raises ValueError for a unit that nobody read, and for probabilities of another
    shape or that are not numbers.
    """
    probabilities = _checked(probabilities)
    units, classes = probabilities.shape
    if len(table) != units:
        raise ValueError(f"{len(table)} units were read and {units} have probabilities: expected the same")
    each = counts(table, classes)
    number = each.sum(axis=1)
    if units and number.min() == 0:
        raise ValueError(f"unit {int(number.argmin())} has no reading: expected one or more of each")
    majority = _majority(table, each, probabilities)
    if not (number > 1).any():
        readers = table.shape[1] if table.ndim == 2 else 0
        quality = probabilities[np.arange(units), majority]
        alone = np.full(readers, np.nan)
        return Consensus(majority, quality, probabilities, alone, np.ones(readers), 1.0)
    posterior, _, _ = _posterior(table, each, probabilities, majority)
    best = posterior.argmax(axis=1)
    tied = (posterior == posterior.max(axis=1, keepdims=True)).sum(axis=1) > 1
    labels = np.where(tied, majority, best)
    posterior, weights, model_weight = _posterior(table, each, probabilities, labels)
    return Consensus(
        labels=labels,
        quality=posterior[np.arange(units), labels],
        posterior=posterior,
        reader_quality=_reader_quality(table, number, labels, posterior, weights, model_weight),
        reader_weights=weights,
        model_weight=model_weight,
    )


def worth(found: Consensus, table: Table, unread: Floats) -> Worth:
    """ActiveLab: how settled the texts are whose consensus was `found`, and those of which there are only the
    model's probabilities, `unread` (texts by classes)."""
    unread = _checked(unread)
    classes = (unread if len(unread) else found.posterior).shape[1]
    average = float(found.reader_weights.mean()) if len(found.reader_weights) else 1.0
    had = (table != MISSING) @ found.reader_weights + found.model_weight
    again = (found.quality * had + average / classes) / (had + average)
    best = unread.max(axis=1) if len(unread) else np.empty(0)
    new = (best * found.model_weight + average / classes) / (found.model_weight + average)
    return Worth(again, new)


def _checked(probabilities: Floats) -> Floats:
    probabilities = np.asarray(probabilities, dtype=float)
    if probabilities.ndim != 2 or probabilities.shape[1] < 2:
        raise ValueError(f"probabilities have the shape {probabilities.shape}: expected units by classes")
    if not np.isfinite(probabilities).all():
        raise ValueError("a probability is not a number")
    return probabilities


def _majority(table: Table, each: NDArray[np.int64], probabilities: Floats) -> NDArray[np.intp]:
    """The commonest label of each unit. Of several, what the model finds likeliest; then the class that is
    rarer over all; then what the readers say who agree with the others most; then the first."""
    top = each == each.max(axis=1, keepdims=True)
    found: NDArray[np.intp] = top.argmax(axis=1)
    tied = np.flatnonzero(top.sum(axis=1) > 1)
    if not len(tied):
        return found
    clear = np.setdiff1d(np.arange(len(table)), tied)
    agreeing = _shares((table[clear] == found[clear, None]), table[clear] != MISSING)
    agreeing = np.where(np.isnan(agreeing), _mean(agreeing), agreeing)
    often = each.sum(axis=0)
    for unit in tied:
        left = np.flatnonzero(top[unit])
        heard = np.array([agreeing[table[unit] == value].mean() for value in left])
        # Sorted by the last key first: https://numpy.org/doc/stable/reference/generated/numpy.lexsort.html
        found[unit] = left[np.lexsort((left, -heard, often[left], -probabilities[unit, left]))[0]]
    return found


def _posterior(
    table: Table, each: NDArray[np.int64], probabilities: Floats, labels: NDArray[np.intp]
) -> tuple[Floats, Floats, float]:
    """The weighted mean of model and readers, given consensus labels; the weights of both."""
    units, classes = probabilities.shape
    number = each.sum(axis=1)
    twice = number > 1
    right = (each[np.arange(units), labels] / number)[twice].mean()
    wrong = (1.0 - right) / (classes - 1)
    commonest = np.bincount(labels[twice], minlength=classes).argmax()
    guessing = max(float((labels[twice] != commonest).mean()), LEAST)
    weights = np.maximum(1.0 - (1.0 - _with_others(table, each)) / guessing, LEAST)
    errors = float((probabilities[twice].argmax(axis=1) != labels[twice]).mean())
    model_weight = max(1.0 - errors / guessing, LEAST) * float(np.sqrt(number.mean()))
    given = table != MISSING
    heard = given @ weights
    found = probabilities * model_weight + wrong * heard[:, None]
    rows, readers = np.nonzero(given)
    np.add.at(found, (rows, table[rows, readers]), weights[readers] * (right - wrong))
    return found / (heard + model_weight)[:, None], weights, model_weight


def _with_others(table: Table, each: NDArray[np.int64]) -> Floats:
    """How often each reader agrees with other readers of the same units; the mean of the others for one who
    reads alone."""
    given = table != MISSING
    others = each.sum(axis=1) - 1
    alike = np.where(given, np.take_along_axis(each, np.where(given, table, 0), axis=1) - 1, 0)
    pairs = np.where(given, others[:, None], 0).sum(axis=0)
    found = np.divide(alike.sum(axis=0), pairs, out=np.full(table.shape[1], np.nan), where=pairs > 0)
    return np.where(np.isnan(found), _mean(found), found)


def _reader_quality(
    table: Table,
    number: NDArray[np.int64],
    labels: NDArray[np.intp],
    posterior: Floats,
    weights: Floats,
    model_weight: float,
) -> Floats:
    """What the mean says of each reader's labels, and how often the consensus is theirs where others read
    too, weighted as model and readers are."""
    given = table != MISSING
    likely = np.where(given, np.take_along_axis(posterior, np.where(given, table, 0), axis=1), 0.0)
    of_labels = _shares(likely, given)
    twice = number > 1
    agreeing = _shares((table == labels[:, None])[twice], given[twice])
    heard = float(weights.sum()) * float(number.mean()) / table.shape[1]
    share = model_weight / (model_weight + heard)
    quality: Floats = share * of_labels + (1 - share) * agreeing
    return quality


def _shares(values: NDArray[np.generic], given: NDArray[np.bool_]) -> Floats:
    """The mean of each column over what is given; NaN for none."""
    total = np.where(given, values, 0).sum(axis=0).astype(float)
    n = given.sum(axis=0)
    shares: Floats = np.divide(total, n, out=np.full(given.shape[1], np.nan), where=n > 0)
    return shares


def _mean(values: Floats) -> float:
    """The mean of what is a number; 0 for none."""
    some = values[~np.isnan(values)]
    return float(some.mean()) if len(some) else 0.0
