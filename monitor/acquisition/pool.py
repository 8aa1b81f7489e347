"""The pool of a query strategy, from the store.

Only what the strategy `needs` is read: probabilities and stories are cheap, vectors and a committee are not.
Vectors come from whoever keeps them, by a function; where there are none, what rests on them (`vectors`,
`labelled_vectors`, `members`) is None, and a strategy that needs it says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.acquisition import committee, impact, reading, simulate
from monitor.acquisition.reading import Timing
from monitor.detection import cells
from monitor.detection.rollups import scope_of
from monitor.records import SENTIMENTS, Lane
from monitor.selection import Pool
from monitor.store import pools, walked
from monitor.store.dialect import Tx
from monitor.store.pools import Waiting

Vectors = Callable[[Tx, Sequence[int]], NDArray[np.floating[Any]] | None]
"""The kept vectors of these articles, a row for each, NaN where there is none; None where none is kept."""

DAY = timedelta(days=1)
"""So long a series that rose is near an alert."""


def no_vectors(tx: Tx, article_ids: Sequence[int]) -> None:
    """`Vectors` of an installation that keeps none."""


def build(
    tx: Tx,
    needs: Collection[str],
    rng: np.random.Generator,
    *,
    now: datetime,
    vectors: Vectors = no_vectors,
    way: str = "bootstrap",
) -> Pool:
    """The open tasks that a strategy may order, by article id, with the columns that it needs. `way` is how
    a committee comes about (`acquisition.committee`)."""
    needed = set(needs)
    waiting = pools.waiting(tx)
    columns = _told(waiting, now)
    if needed & _OF_LABELS:
        known = pools.labelled(tx)
        columns["labels"] = np.array([SENTIMENTS.index(one.label) for one in known], dtype=np.int64)
        columns["labelled_probabilities"] = _rows([one.sentiment for one in known])
        if needed & _OF_PLACES:
            columns |= _placed("labelled_vectors", vectors(tx, [one.id for one in known]))
    if needed & _OF_VECTORS:
        columns |= _placed("vectors", vectors(tx, [one.id for one in waiting]))
    if "members" in needed and columns.keys() >= {"vectors", "labelled_vectors"}:
        placed = np.isfinite(columns["labelled_vectors"]).all(axis=1)
        known_vectors, labels = columns["labelled_vectors"][placed], columns["labels"][placed]
        columns["members"] = committee.members(columns["vectors"], known_vectors, labels, rng, way=way)
    if "seconds" in needed:
        past = [Timing(*one) for one in pools.taken(tx)]
        columns["seconds"] = reading.expected(past, columns["length"], columns["language"], columns["source"])
    if "asked_by" in needed:
        columns |= _asked(tx)
    if "impact" in needed:
        columns["impact"] = _impact(tx, waiting, now)
    return Pool(**columns).only(needed)


_OF_LABELS = {"labels", "labelled_vectors", "labelled_probabilities", "members"}
_OF_PLACES = {"labelled_vectors", "members"}
_OF_VECTORS = {"vectors", "members"}


def _asked(tx: Tx) -> dict[str, NDArray[Any]]:
    """Which arm each label came by, from the task's reason, and the loss of the model on it; labels of
    audits, which were drawn, are the control, and what no arm brought is left out."""
    found = []
    for one in pools.asked(tx):
        kind, share = simulate.arm(one.reason)
        kind = "audit" if one.lane is Lane.AUDIT else kind
        if kind:
            found.append((kind, share, -math.log(max(one.sentiment[one.label], 1e-6))))
    return {
        "asked_by": np.array([kind for kind, _, _ in found], dtype=np.str_),
        "asked_share": np.array([share for _, share, _ in found], dtype=np.float64),
        "asked_loss": np.array([loss for _, _, loss in found], dtype=np.float64),
    }


def _told(waiting: Sequence[Waiting], now: datetime) -> dict[str, NDArray[Any]]:
    """What stands in the rows themselves."""
    ages = [(now - one.first_seen_at) / timedelta(hours=1) for one in waiting]
    return {
        "ids": np.array([one.id for one in waiting], dtype=np.int64),
        "probabilities": _rows([one.sentiment for one in waiting]),
        "story": np.array([one.story_id for one in waiting], dtype=np.int64),
        "age": np.array(ages, dtype=np.float64),
        "language": np.array([one.language for one in waiting], dtype=np.str_),
        "source": np.array([one.source for one in waiting], dtype=np.str_),
        "length": np.array([one.length for one in waiting], dtype=np.int64),
    }


def _rows(sentiments: Sequence[Mapping[str, float] | None]) -> NDArray[np.float64]:
    """Probabilities in the order of SENTIMENTS; NaN where nothing was said."""
    nothing = dict.fromkeys(SENTIMENTS, math.nan)
    found = [[(one or nothing)[name] for name in SENTIMENTS] for one in sentiments]
    return np.array(found, dtype=np.float64).reshape(len(found), len(SENTIMENTS))


def _placed(name: str, found: NDArray[np.floating[Any]] | None) -> dict[str, NDArray[Any]]:
    return {} if found is None else {name: found}


def _impact(tx: Tx, waiting: Sequence[Waiting], now: datetime) -> NDArray[np.float64]:
    series = pools.series(tx, [one.id for one in waiting])
    found = walked.near(tx, cells.cell(now - DAY))
    near = {scope_of(name): impact.nearness(ratio) for name, ratio in found.items()}
    return impact.impact(_rows([one.sentiment for one in waiting])[:, 0], series, near)
