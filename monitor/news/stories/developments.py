"""Which earlier story a new one goes on from, and which ones go on from it.

A story is one development; what follows is a story of its own, linked to it: a probe, the fine, the appeal. A
link is for readers and for nothing that is counted, so it asks less than `matching`: a company or a name in
common, and either vectors that are near for their languages or a kind of event in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.news.stories import guards
from monitor.news.stories.matching import Told

SAGA = timedelta(days=28)
"""How far apart a story and what goes on from it may be first seen."""
NEAR = 0.35
"""Cosine, centred, from which two stories of one company go on from each other."""
MOST = 5
"""Stories linked on either side, the nearest."""


@dataclass(frozen=True, slots=True)
class Links:
    """Stories (ids) that one goes on from, and that go on from it, the nearest first."""

    earlier: tuple[int, ...] = ()
    later: tuple[int, ...] = ()


def links(one: Told, others: Sequence[tuple[Told, float]]) -> Links:
    """What a story, as its first article tells it, is linked to among others, each with the cosine to it. Of
    stories at one distance the younger is the nearer."""
    found: dict[bool, dict[int, tuple[float, int]]] = {True: {}, False: {}}
    for other, cosine in others:
        apart = other.at - one.at
        if other.story_id == one.story_id or abs(apart) > SAGA or not related(one, other, cosine):
            continue
        side = found[apart <= timedelta(0)]
        side[other.story_id] = max(side.get(other.story_id, (-2.0, 0)), (cosine, other.article_id))
    earlier, later = (
        sorted(side, key=lambda story: side[story], reverse=True)[:MOST]
        for side in (found[True], found[False])
    )
    return Links(tuple(earlier), tuple(later))


def related(one: Told, other: Told, cosine: float) -> bool:
    """Whether two articles are about one matter, whatever each tells of it."""
    if guards.companies(one.companies, other.companies):
        return False
    shared = bool(one.companies & other.companies) or bool(one.facts.names & other.facts.names)
    return shared and (cosine >= NEAR or (cosine > 0 and bool(one.facts.kinds & other.facts.kinds)))
