"""Two replays of the same weeks held against each other: what a change of rules opens, and what it loses.

An alert of one is in the other if an alert of the same rule there holds one of its stories while it is open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.detection.replay import Replay, Replayed
from monitor.records import Scope

MOST_TITLES = 5
"""Stories of an alert that are named."""


@dataclass(frozen=True, slots=True)
class Told:
    """A story by its first article."""

    story_id: int
    article_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """An alert as it would have been; `stories` are the first of those it came to hold, `held` how many they
    are in all."""

    rule: str
    severity: str
    scope: Scope
    opened_at: datetime
    resolved_at: datetime | None
    observed: float
    expected: float
    checked: bool
    held: int
    stories: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two would have opened: so many alerts, under a cut (None: it never had one) that was
    checked or not."""

    budget: float
    alerts: int
    alerts_per_week: float
    cut: float | None
    checked: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A rule before and after a change (None: there is no such rule then). `both` alerts stay as they are."""

    rule: str
    before: Side | None
    after: Side | None
    both: int
    only_before: tuple[Sighting, ...]
    only_after: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes, over the `weeks` from `since` to `until`."""

    since: datetime
    until: datetime
    weeks: float
    rules: tuple[Compared, ...]


Share = Callable[[float], None]
"""Told how much of a comparison is done, from 0 to 1."""
Firsts = Mapping[int, tuple[int, str]]
"""By story, its first article and that one's title."""


def compare(before: Replay, after: Replay, firsts: Firsts) -> Comparison:
    """Rule by rule, what two replays of the same time differ in."""
    names = dict.fromkeys(rule.name for rule in (*before.rules, *after.rules))
    rules = tuple(_compared(name, before, after, firsts) for name in names)
    return Comparison(after.since, after.until, round(after.weeks, 3), rules)


def _compared(name: str, before: Replay, after: Replay, firsts: Firsts) -> Compared:
    old, new = (_alerts(one, name) for one in (before, after))
    lost = [one for one in old if not _among(one, new)]
    return Compared(
        name,
        _side(before, name),
        _side(after, name),
        len(old) - len(lost),
        tuple(_sighting(one, firsts) for one in lost),
        tuple(_sighting(one, firsts) for one in new if not _among(one, old)),
    )


def _alerts(found: Replay, name: str) -> list[Replayed]:
    return [one for one in found.alerts if one.rule == name]


def _among(alert: Replayed, others: Sequence[Replayed]) -> bool:
    stories = set(alert.stories)
    return any(
        not stories.isdisjoint(one.stories)
        and (one.resolved_at is None or alert.opened_at <= one.resolved_at)
        and (alert.resolved_at is None or one.opened_at <= alert.resolved_at)
        for one in others
    )


def _side(found: Replay, name: str) -> Side | None:
    rule = next((one for one in found.rules if one.name == name), None)
    if rule is None:
        return None
    cuts = [cut for cut in found.cuts if cut.rule == name]
    value = cuts[-1].value if cuts else float("inf")
    return Side(
        rule.budget,
        len(_alerts(found, name)),
        round(found.a_week(name), 4),
        None if value == float("inf") else round(value, 4),
        bool(cuts) and cuts[-1].checked,
    )


def _sighting(one: Replayed, firsts: Firsts) -> Sighting:
    known = sorted((firsts[story], story) for story in one.stories if story in firsts)
    return Sighting(
        one.rule,
        one.severity,
        one.scope,
        one.opened_at,
        one.resolved_at,
        round(one.observed, 3),
        round(one.expected, 3),
        one.checked,
        len(one.stories),
        tuple(Told(story, article, title) for (article, title), story in known[:MOST_TITLES]),
    )
