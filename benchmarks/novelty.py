"""Would a rule of novelty tell events? Beside one that draws lots.

    python -m benchmarks.novelty --data ../shared/data/streams/reuters_2006_2010.parquet --store FILE
        [--out FILE]

The score of a negative story about a watched company is its distance to the nearest story about that company
in the 28 days before: 1 less the cosine of their vectors, each around the centre of its language (as stories
are joined, `news.stories.matching`). They are the shipped model's, kept in the store FILE with the archive
(`benchmarks.surges` makes it). The rule has one cut for all companies, found each Monday on the weeks before,
as every rule's is whose score is no p-value (`detection.budget`), and is grouped as they are
(`detection.episodes`). What it opens from 2006 to 2010 is held against the listed events.

A company of which little was told has a large distance to whatever is told next, so the rule is tried over
companies with at least 1, 5 and 20 stories in the 28 days too. Beside each stands the mean of rules that draw
their scores, over the same stories at the same budget: what is above them is what the distance knows.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from benchmarks import surges_data
from benchmarks.machine import command, describe, hand_over, rounded
from benchmarks.surges import FORWARD, Known, listed_events, settled
from monitor.detection import budget, cells, events, refits, rules
from monitor.detection.episodes import Episodes, Rise
from monitor.detection.events import Event, Naming, Raised
from monitor.news.stories import matching
from monitor.store import namings, open_store, past, vectors
from monitor.store.schema import vectors as kept_vectors

Floats = NDArray[np.float64]

SPAN = timedelta(days=28)
BUDGETS = (0.5, 1.0)
PAST = (1, 5, 20)
"""Stories about a company in the 28 days before, without which nothing is scored."""
LOTS = 10
"""Rules that draw lots."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A negative story about a company (its series), which was told of `past` times in the 28 days before."""

    at: datetime
    series: str
    story: int
    article: int
    past: int
    distance: float


def distances(changes: Sequence[Known], centred: NDArray[np.float32], ids: Sequence[int]) -> Iterator[Seen]:
    """How far every negative story is from the nearest of its company before it; `centred` are vectors of
    length 1 of the articles `ids`. One of a company of which nothing was told is left out, and one without a
    vector."""
    place = {int(one): row for row, one in enumerate(ids)}
    before: dict[str, deque[tuple[datetime, int]]] = defaultdict(deque)
    for at, (_, series, entry, _) in changes:
        row = place.get(entry.article_id)
        if row is None or rules.kind(series) != "company":
            continue
        told = before[series]
        while told and told[0][0] < at - SPAN:
            told.popleft()
        if entry.negative and told:
            nearest = float((centred[[one for _, one in told]] @ centred[row]).max())
            yield Seen(at, series, entry.story_id, entry.article_id, len(told), 1 - nearest)
        told.append((at, row))


def opened(seen: Sequence[Seen], scores: Floats, first: int, allowed: float) -> list[Raised]:
    """What a rule of these scores opens under a budget, its cut found anew each week from the fourth on."""
    episodes, rises, cut = Episodes(1), list[Rise](), math.inf
    found: list[Raised] = []
    following = refits.monday(first) + refits.SETTLED * refits.WEEK
    for one, score in zip(seen, scores.tolist(), strict=True):
        now = cells.cell(one.at) + 1
        while following * cells.IN_HOUR <= now:
            weeks = min((following - first) / refits.WEEK, budget.MOST)
            oldest = (following - budget.MOST * refits.WEEK) * cells.IN_HOUR
            rises = [rise for rise in rises if rise.at >= oldest]
            cut, _ = budget.find(rises, weeks, allowed, 1)
            following += refits.WEEK
        rise = Rise(now, one.series, score, frozenset({one.story}), 1, 1.0, 0.0, 1, articles=(one.article,))
        rises.append(rise)
        if episodes.rise(now, [rise], cut):
            about = frozenset({rules.company(one.series)})
            found.append(Raised(str(len(found)), one.at, about))
    return found


def told(
    raised: Sequence[Raised], listed: Sequence[Event], named: dict[str, list[Naming]]
) -> dict[str, float | int]:
    """What these alerts told."""
    outcomes = events.match(listed, named, raised)
    late = sum(FORWARD[0] <= one.opened_at < FORWARD[1] for one in raised)
    return {
        "alerts": len(raised),
        "a_week": rounded(late / ((FORWARD[1] - FORWARD[0]) / timedelta(weeks=1))),
        "precision": rounded(events.precision(outcomes, raised).value),
        "events": int(events.recall(outcomes).part),
        "recall": rounded(events.recall(outcomes).value),
    }


def main() -> int:
    parser = surges_data.asking("novelty", __doc__ or "")
    arguments = parser.parse_args()
    listed = listed_events(surges_data.watched(arguments.data))
    with open_store(f"sqlite:///{arguments.store}").read() as tx:
        first = past.first(tx)
        assert first is not None
        changes = settled(list(past.changes(tx, FORWARD[1])))
        ids, rows = vectors.of(tx, tx.scalars(select(kept_vectors.c.model).limit(1)).one())
        named = namings.of(tx, {event.company for event in listed if event.company})
    centre = matching.centre(rows)
    assert centre is not None
    english = matching.centred(rows, [False] * len(rows), {False: centre})
    seen = list(distances(changes, english, ids.tolist()))
    rng = np.random.default_rng(6)
    tried: list[dict[str, Any]] = []
    for least in PAST:
        some = [one for one in seen if one.past >= least]
        scores = np.array([one.distance for one in some])
        for allowed in BUDGETS:
            lots = [
                told(opened(some, rng.random(len(some)), first, allowed), listed, named) for _ in range(LOTS)
            ]
            mean = {key: rounded(np.mean([one[key] for one in lots])) for key in lots[0]}
            found = told(opened(some, scores, first, allowed), listed, named)
            tried.append({"past": least, "budget": allowed, "novelty": found, "lots": mean})
    result = {
        "benchmark": "novelty",
        "command": command(parser, arguments),
        **describe("numpy", "sqlalchemy"),
        "stories": len(seen),
        "distances": [
            rounded(one) for one in np.quantile([one.distance for one in seen], (0.1, 0.25, 0.5, 0.75, 0.9))
        ],
        "listed": len(listed),
        "lots": LOTS,
        "tried": tried,
    }
    hand_over(result, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
