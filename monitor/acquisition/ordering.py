"""The order of the queue: a strategy's wishes, with some places drawn at random.

Only the lanes review and explore are ordered: what was drawn (audits, duels) is served in the order of the
draw. A strategy is asked for what analysts may reach before it is asked again, MOST tasks; the others keep
their order. Where asked for, a part of the places goes to texts that one analyst has read and whose second
label is worth more than a new text's first (`relabelling`). Of each story one task comes before a second of
any, whatever the strategy says; and every task that is put in order is told why, in words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from math import floor

import numpy as np

from monitor.acquisition import pool as pools
from monitor.acquisition.pool import Vectors, no_vectors
from monitor.acquisition.relabelling import Read, worth_again
from monitor.hookspecs import Strategy
from monitor.messages import Message
from monitor.selection import Choice, Pool, checked, needed
from monitor.store import Store, Tx, tasks, users
from monitor.store import pools as pools_

EXPLORE = 0.1
"""Share of the queue's places given to articles drawn at random, so that labels also come
from where the model is wrongly sure (Attenberg and Provost, KDD 2010)."""

MOST = 500
"""Tasks that are put in order at a time."""


def prioritise(
    store: Store,
    strategy: Strategy,
    n: int,
    rng: np.random.Generator,
    *,
    now: datetime,
    vectors: Vectors = no_vectors,
    second_share: float = 0.0,
) -> list[int]:
    """Put the `n` open tasks that `strategy` wants most, at most MOST, first in the queue, EXPLORE of the
    places drawn at random; their article ids in order, with at most `second_share` as many among them that
    are read once more. Raises PluginError where the strategy does not return a choice."""
    names = needed(strategy) | {"story", "probabilities"}
    with store.read() as tx:
        pool = pools.build(tx, names, rng, now=now, vectors=vectors)
    n = min(n, MOST, len(pool))
    if not n:
        return []
    choice = checked(strategy.select(pool.only(needed(strategy)), n, rng), len(pool), n)
    order, reasons = _explore(_spread(choice, pool), pool, rng)
    with store.begin() as tx:
        told = dict(zip(order, reasons, strict=True))
        again = _again(tx, pool, n, floor(second_share * n))
        told |= dict.fromkeys(again, Message("acquisition.second"))
        order = _between(order, again)
        tasks.reprioritise(tx, order, told)
    return order


def _again(tx: Tx, pool: Pool, n: int, most: int) -> list[int]:
    """The articles to be read once more, at most so many with those that wait for it already: where there
    is somebody else to read them."""
    waiting = pools_.second(tx)
    if most <= len(waiting) or users.readers(tx) < 2:
        return waiting[:most]
    read = pools_.readings(tx)
    shown = {one.text_id: one.article_id for one in read if one.again}
    given = [Read(one.text_id, one.user, one.label, one.sentiment) for one in read]
    wanted = [shown[text] for text in worth_again(given, pool.column("probabilities"), n) if text in shown]
    fresh = [id for id in dict.fromkeys(wanted) if id not in waiting][: most - len(waiting)]
    if fresh:
        tasks.ask_again(tx, fresh)
    return [*waiting, *fresh]


def _between(order: Sequence[int], again: Sequence[int]) -> list[int]:
    """Both in their orders, those of `again` spread evenly."""
    places = [(place + 1.0, id) for place, id in enumerate(order)]
    step = (len(order) + 1) / (len(again) + 1)
    places += [((place + 1) * step - 0.5, id) for place, id in enumerate(again)]
    return [id for _, id in sorted(places, key=lambda one: one[0])]


def _spread(choice: Choice, pool: Pool) -> list[tuple[int, str]]:
    """The articles chosen, with the reasons, in their order, but of each story one before a second of any."""
    seen: set[int] = set()
    first: list[tuple[int, str]] = []
    later: list[tuple[int, str]] = []
    for row, reason in zip(choice.rows, choice.reasons, strict=True):
        story = int(pool.story[row]) if pool.story is not None else 0
        (later if story and story in seen else first).append((int(pool.ids[row]), reason))
        seen.add(story)
    return first + later


def _explore(
    chosen: Sequence[tuple[int, str]], pool: Pool, rng: np.random.Generator
) -> tuple[list[int], list[str]]:
    """As many places as were `chosen`, in their order, but a random article of the pool at EXPLORE of the
    places; nothing twice."""
    ranked = deque(chosen)
    drawn = deque((id, Message("acquisition.lot")) for id in rng.permutation(np.sort(pool.ids)).tolist())
    order: dict[int, str] = {}
    while len(order) < len(chosen) and (ranked or drawn):
        source = drawn if not ranked or (drawn and rng.random() < EXPLORE) else ranked
        id, reason = source.popleft()
        order.setdefault(id, reason)
    return list(order), list(order.values())
