"""Which earlier story a new one goes on from.

A story is one development; what follows is a story of its own, linked to it: a probe, the fine, the appeal. The link
is for readers and for nothing that is counted, so it asks less than `matching`: the same company or names, and either
vectors that are near for their languages or a kind of event in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from monitor.news.stories import guards
from monitor.news.stories.matching import Told

SAGA = timedelta(days=28)
"""How far back a story is looked for that a new one goes on from."""
NEAR = 0.35
"""Cosine, centred, from which two stories of one company go on from each other."""


def follows(new: Told, earlier: Sequence[tuple[Told, float]]) -> int:
    """The story that `new` goes on from, 0 for none: of those told before it about a company or a name in common,
    with the cosine to each, the nearest, and the younger of equals."""
    best: tuple[float, int, int] = (0.0, 0, 0)
    for one, cosine in earlier:
        if (
            one.story_id == new.story_id
            or not timedelta(0) <= new.at - one.at <= SAGA
            or not related(new, one, cosine)
        ):
            continue
        best = max(best, (cosine, one.article_id, one.story_id))
    return best[2]


def related(new: Told, one: Told, cosine: float) -> bool:
    """Whether two articles are about one matter, whatever each tells of it."""
    if guards.companies(new.companies, one.companies):
        return False
    shared = bool(new.companies & one.companies) or bool(new.facts.names & one.facts.names)
    return shared and (cosine >= NEAR or (cosine > 0 and bool(new.facts.kinds & one.facts.kinds)))
