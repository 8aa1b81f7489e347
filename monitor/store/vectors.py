"""Vectors: what models read their judgements from, kept for a while.

A vector comes with a prediction (`monitor.records.Prediction.vector`) and is stored in its transaction.
A new last layer is fitted on vectors within a second, without the model: query strategies, the watch
over drift and the savings meter all do that. Vectors of two versions mean different things, so whoever
reads says of which version. A row is little more than the vector's bytes, and the key begins with the
version: all vectors of one are read by one scan, into one array.

They are working data: kept for `[retention] vectors_days` on the store's clock, and then removed
(`store.expired`).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, delete, func, select

from monitor.records import Prediction
from monitor.store import clock, dialect
from monitor.store.dialect import Tx
from monitor.store.schema import vectors

BATCH = 1000
"""Ids in one query."""

MOST_BYTES = 1 << 15
"""A longer vector is none that a row should hold: 16,384 numbers."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Size:
    """How many vectors of a version are kept, and what they hold."""

    model: str
    vectors: int
    bytes: int


def keep(tx: Tx, predictions: Mapping[int, Prediction]) -> int:
    """Store the vectors of predictions, by article, in place of earlier ones of the same version; how many.

    A vector that is none (no 16-bit floats, not finite, too long) is left out, and told to the log: it comes
    from a plugin, and costs nobody the prediction.
    """
    if not predictions:
        return 0
    sound, unsound = {}, 0
    bare: dict[str, list[int]] = {}
    for article_id, prediction in predictions.items():
        if _sound(prediction.vector):
            sound[article_id] = prediction
            continue
        unsound += bool(prediction.vector)
        bare.setdefault(prediction.model, []).append(article_id)
    if unsound:
        log.warning("vectors that are none were left out", extra={"vectors": unsound})
    for model, ids in bare.items():  # what was read before reads otherwise now
        for start in range(0, len(ids), BATCH):
            tx.execute(delete(vectors).where(_among(model, ids[start : start + BATCH])))
    if sound:
        seconds = clock.seconds(tx)
        rows = [
            {"model": one.model, "article_id": article_id, "seconds": seconds, "data": one.vector}
            for article_id, one in sorted(sound.items())
        ]
        statement = dialect.insert(tx, vectors)
        latest = {"seconds": statement.excluded.seconds, "data": statement.excluded.data}
        tx.execute(statement.on_conflict_do_update(index_elements=["model", "article_id"], set_=latest), rows)
    return len(sound)


def of(
    tx: Tx, model: str, article_ids: Sequence[int] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Vectors of a version: article ids, ascending, and one row for each (N x d).

    `article_ids` None: of all articles. Articles without a vector are left out, as is one whose vector
    has another length than most.
    """
    wanted = select(vectors.c.article_id, vectors.c.data).order_by(vectors.c.article_id)
    if article_ids is None:
        rows = [(row.article_id, row.data) for row in tx.execute(wanted.where(vectors.c.model == model))]
    else:
        some = dialect.among(tx, vectors.c.article_id, set(article_ids))
        found = tx.execute(wanted.where(vectors.c.model == model, some))
        rows = [(id, data) for id, data in found.all()]
    alike, array = table([data for _, data in rows])
    return np.array([rows[place][0] for place in alike], np.int64), array


def table(stored: Sequence[bytes]) -> tuple[list[int], NDArray[np.float32]]:
    """Vectors as they are stored, as rows (N x d), and the place of each: one that has another length than
    most is left out."""
    if not stored:
        return [], np.zeros((0, 0), np.float32)
    [(length, number)] = Counter(map(len, stored)).most_common(1)
    alike = list(range(len(stored)))
    if number < len(stored):
        alike = [place for place in alike if len(stored[place]) == length]
    array = np.frombuffer(b"".join(stored[place] for place in alike), "<f2").reshape(len(alike), -1)
    return alike, array.astype(np.float32)


def aligned(tx: Tx, model: str, article_ids: Sequence[int]) -> NDArray[np.float32] | None:
    """Vectors of a version, a row for each of these articles in their order, NaN where none is kept; None
    where none of them has one."""
    ids, found = of(tx, model, article_ids)
    if not len(ids):
        return None
    rows = np.full((len(article_ids), found.shape[1]), np.nan, np.float32)
    places = {int(id): place for place, id in enumerate(ids)}
    for row, id in enumerate(article_ids):
        if id in places:
            rows[row] = found[places[id]]
    return rows


def sizes(tx: Tx) -> list[Size]:
    """What is kept of each version, by its id. Counts an index; of the vectors it reads one each."""
    counts = select(vectors.c.model, func.count().label("number")).group_by(vectors.c.model)
    found = []
    for model, number in sorted((row.model, row.number) for row in tx.execute(counts)):
        one = select(func.length(vectors.c.data)).where(vectors.c.model == model).limit(1)
        found.append(Size(model, number, number * (tx.scalar(one) or 0)))
    return found


def _among(model: str, ids: Sequence[int]) -> ColumnElement[bool]:
    return (vectors.c.model == model) & vectors.c.article_id.in_(ids)


def _sound(data: bytes) -> bool:
    if not 0 < len(data) <= MOST_BYTES or len(data) % 2:
        return False
    return bool(np.isfinite(np.frombuffer(data, "<f2")).all())
