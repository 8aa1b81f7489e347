"""How a model version errs and how sure it is, as pages draw it: confusion, calibration, figures. Pure.

Two sources, never mixed, each called by its name:

    audits  texts drawn at random after the version was made, read blind, as the version judged them when
            they came in: it cannot have learnt from them, nor was it chosen by them
    gold    the gold labels of the version's gate, as it was measured there; its `champion` is the version
            that served then, on the same texts

Audits count by 1 / inclusion, and texts of one story are one block: shares are weighted means, and their
intervals are those of as many independent texts as the blocks are worth (Kish, Survey Sampling 1965, 8.2:
`(sum w)^2 / sum w^2`, a block's weight being that of its texts together). Counts are of texts, as they are.
A text that two analysts skipped is in no picture, since nobody knows what it says; how many there are stands
beside (`missing`), and the figures count them as errors, as certificates do.

The bins of confidence are those of the expected calibration error (`metrics.BINS`), whose 95% intervals are
Wilson's (Journal of the American Statistical Association 22, 1927): they keep their level on few texts, where
the normal interval does not. Figures are `live`'s, from the labels alone; of gold, whose texts are not kept
one by one, each text is a block of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from monitor.evaluation import live, metrics
from monitor.evaluation.live import CLASSES, Floats, Interval, Read
from monitor.records import SENTIMENTS

LEVEL = 0.95
AUDITS = "audits"
GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts whose confidence lies in (low, high]: how many, how sure the model is of them on average, and
    the share that is right, with its interval."""

    low: float
    high: float
    texts: int
    confidence: float
    right: Interval


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is known of a version from one `source`. Of `texts` counts are in `confusion`: a row for each true
    class, a column for each that the version says, in the order of SENTIMENTS; `shares` are the rows'
    shares, empty for a class that no text has. `figures` by name are those of `live.figures`; the `ece` is
    the mean distance between confidence and what is right, over the `bins`."""

    source: str
    texts: int
    missing: int
    confusion: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    bins: tuple[Bin, ...]
    ece: float
    figures: Mapping[str, Interval] = field(default_factory=dict)


def of_audits(read: Read) -> Portrait | None:
    """The portrait of a version from audits that it judged; None where none of them was read."""
    known = read.labels >= 0
    if not known.any():
        return None
    weights = 1.0 / read.inclusion
    called = read.probabilities.argmax(axis=1)
    table = _table(read.labels[known], called[known])
    weighed = _table(read.labels[known], called[known], weights[known])
    sure = read.probabilities.max(axis=1)[known]
    right = (called == read.labels)[known]
    bins, ece = _bins(sure, right, weights[known], read.blocks[known])
    figures = live.figures(read, np.zeros((0, CLASSES)), level=LEVEL)
    return Portrait(
        AUDITS,
        int(known.sum()),
        int((~known).sum()),
        _counts(table),
        _shares(weighed),
        bins,
        ece,
        {name: one.plain for name, one in figures.items()},
    )


def of_gold(measured: object) -> Portrait | None:
    """The portrait in what `metrics.evaluate_sentiment` measured; None where that has no counts."""
    if not isinstance(measured, Mapping) or not measured.get("confusion"):
        return None
    table = np.array(measured["confusion"], np.int64)
    truth, called = (np.repeat(side.ravel(), table.ravel()) for side in np.indices(table.shape))
    number = len(truth)
    rows = Read(_one_hot(called), truth.astype(np.int64), np.ones(number), np.arange(number))
    figures = live.figures(rows, np.zeros((0, CLASSES)), level=LEVEL)
    bins = tuple(
        Bin(one["low"], one["high"], one["n"], one["confidence"], wilson(one["right"] / one["n"], one["n"]))
        for one in measured["reliability"]
    )
    return Portrait(
        GOLD,
        number,
        0,
        _counts(table),
        _shares(table.astype(np.float64)),
        bins,
        measured["ece"],
        {name: one.plain for name, one in figures.items()},
    )


def wilson(share: float, number: float, level: float = LEVEL) -> Interval:
    """The interval of a `share` of so many independent texts; a share of texts that weigh unequally has the
    `number` that they are worth, which may be no whole one. Raises ValueError for none."""
    if number <= 0:
        raise ValueError("an interval takes at least one text")
    z = float(norm.ppf((1 + level) / 2))
    centre = (share + z * z / (2 * number)) / (1 + z * z / number)
    reach = z / (1 + z * z / number) * sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    return Interval(share, max(0.0, centre - reach), min(1.0, centre + reach))


def told(found: Portrait | None) -> dict[str, Any] | None:
    """A portrait as JSON has it."""
    if found is None:
        return None
    return {
        "source": found.source,
        "texts": found.texts,
        "missing": found.missing,
        "classes": list(SENTIMENTS),
        "confusion": [list(row) for row in found.confusion],
        "shares": [list(row) for row in found.shares],
        "ece": found.ece,
        "bins": [
            {
                **{name: getattr(one, name) for name in ("low", "high", "texts", "confidence")},
                "right": one.right.value,
                "right_low": one.right.low,
                "right_high": one.right.high,
            }
            for one in found.bins
        ],
        "figures": {
            name: {"value": one.value, "low": one.low, "high": one.high}
            for name, one in found.figures.items()
        },
    }


def _bins(
    sure: Floats, right: NDArray[np.bool_], weights: Floats, blocks: NDArray[np.int64]
) -> tuple[tuple[Bin, ...], float]:
    found, gap = [], 0.0
    each = metrics.place(sure)
    for number in np.unique(each).tolist():
        rows = each == number
        some = weights[rows]
        confidence = float(some @ sure[rows] / some.sum())
        share = float(some @ right[rows] / some.sum())
        gap += abs(confidence - share) * float(some.sum())
        interval = wilson(share, _worth(some, blocks[rows]))
        found.append(
            Bin(number / metrics.BINS, (number + 1) / metrics.BINS, int(rows.sum()), confidence, interval)
        )
    return tuple(found), gap / float(weights.sum())


def _worth(weights: Floats, blocks: NDArray[np.int64]) -> float:
    """How many independent texts these are worth."""
    _, places = np.unique(blocks, return_inverse=True)
    sums = np.bincount(places, weights)
    return float(weights.sum() ** 2 / (sums @ sums))


def _table(truth: NDArray[np.int64], called: NDArray[np.intp], weights: Floats | None = None) -> Floats:
    cells = np.bincount(truth * CLASSES + called, weights, CLASSES * CLASSES)
    return cells.reshape(CLASSES, CLASSES).astype(np.float64)


def _counts(table: NDArray[Any]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(cell) for cell in row) for row in table.tolist())


def _shares(table: Floats) -> tuple[tuple[float, ...], ...]:
    rows: Sequence[Sequence[float]] = table.tolist()
    return tuple(tuple(cell / sum(row) for cell in row) if sum(row) else () for row in rows)


def _one_hot(places: NDArray[np.integer[Any]]) -> Floats:
    return np.asarray(places[:, None] == np.arange(CLASSES), dtype=np.float64)
