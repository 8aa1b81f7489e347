"""The order of the queue: a strategy's wishes, with some places drawn at random."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from monitor.errors import PluginError
from monitor.hookspecs import Strategy
from monitor.store import Store, labels, predictions, tasks

EXPLORE = 0.1
"""Share of the queue's places given to articles drawn at random, so that labels also come
from where the model is wrongly sure (Attenberg and Provost, KDD 2010)."""


def prioritise(store: Store, strategy: Strategy, n: int, rng: np.random.Generator) -> list[int]:
    """Put the `n` open tasks that `strategy` wants most first in the queue, EXPLORE of the
    places drawn at random; their article ids in order. Raises PluginError where the
    strategy returns what is not in the queue."""
    with store.read() as tx:
        waiting = tasks.waiting(tx)
        pool = {id: prediction for id, (prediction, _) in predictions.of(tx, waiting).items()}
        labelled = [one.article.id for one in labels.current(tx)]
    chosen = list(strategy.select(pool, labelled, n, rng))
    if len(set(chosen)) != len(chosen) or not set(chosen) <= set(pool) or len(chosen) > n:
        raise PluginError(f"strategy {strategy.kind!r}: expected at most {n} distinct ids of the queue")
    order = _explore(chosen, sorted(pool), min(n, len(chosen)), rng)
    with store.begin() as tx:
        tasks.reprioritise(tx, order)
    return order


def _explore(chosen: Sequence[int], pool: Sequence[int], n: int, rng: np.random.Generator) -> list[int]:
    """The first `n` places: the `chosen` in order, but a random one of the `pool` at EXPLORE
    of the places; nothing twice."""
    ranked, drawn = deque(chosen), deque(rng.permutation(np.array(pool, dtype=np.int64)).tolist())
    order: dict[int, None] = {}
    while len(order) < n and (ranked or drawn):
        source = drawn if not ranked or (drawn and rng.random() < EXPLORE) else ranked
        order[source.popleft()] = None
    return list(order)
