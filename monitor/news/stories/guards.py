"""Whether what two headlines state can be one development. Every guard is symmetric.

A guard speaks only where both headlines state something of its sort: who leaves a number out contradicts
nobody. What the guards let through need not be one story; what they stop never is.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from monitor.news.stories import numbers, slots
from monitor.news.stories.facts import Facts

Guard = Callable[[Facts, Facts], bool]


def companies(first: Set[str], second: Set[str]) -> bool:
    """Whether both name watched companies (ids) and none in common."""
    return bool(first) and bool(second) and first.isdisjoint(second)


def differ(first: Facts, second: Facts) -> str:
    """The first guard that keeps these apart (a key of GUARDS), "" where none does."""
    for name, guard in GUARDS.items():
        if guard(first, second):
            return name
    return ""


def _numbers(first: Facts, second: Facts) -> bool:
    return numbers.clash(first.numbers, second.numbers)


def _periods(first: Facts, second: Facts) -> bool:
    """Another month, quarter, span, day or year: of each only where both state one."""
    for sort in ("m", "d", "y", "qh9f"):
        mine = {one for one in first.periods if one[0] in sort}
        theirs = {one for one in second.periods if one[0] in sort}
        if mine and theirs and mine.isdisjoint(theirs):
            return True
    return False


def _sides(first: Facts, second: Facts) -> bool:
    return any((axis, -side) in second.sides for axis, side in first.sides)


def _held(first: Facts, second: Facts) -> bool:
    """A rate that is held and one that moves."""
    if "rates" not in first.kinds | second.kinds:
        return False
    held = [("hold", 1) in one.sides for one in (first, second)]
    moved = [any(axis in ("direction", "policy rate") for axis, _ in one.sides) for one in (first, second)]
    return held[0] != held[1] and (moved[1] if held[0] else moved[0])


def _actors(first: Facts, second: Facts) -> bool:
    return bool(first.actors) and bool(second.actors) and first.actors.isdisjoint(second.actors)


OFFICE = frozenset({"appointment", "departure"})
"""Kinds of event in which somebody comes or goes."""


def _posts(first: Facts, second: Facts) -> bool:
    """Somebody comes or goes, and is something else."""
    if not (first.kinds & OFFICE and second.kinds & OFFICE):
        return False
    return bool(first.posts) and bool(second.posts) and first.posts.isdisjoint(second.posts)


def _people(first: Facts, second: Facts) -> bool:
    """Somebody comes or goes, and is somebody else: in one language, names beside those of the company, and
    none of them in the other headline."""
    if first.chinese or second.chinese or not (first.kinds & OFFICE and second.kinds & OFFICE):
        return False
    mine, theirs = first.names - second.names, second.names - first.names
    if not mine or not theirs or mine == first.names:
        return False
    return mine.isdisjoint(second.words) and theirs.isdisjoint(first.words)


WITHIN = {
    "fed": "us",
    "dow": "us",
    "nasdaq": "us",
    "s&p": "us",
    "pboc": "china",
    "shanghai": "china",
    "hang seng": "hong kong",
    "eurozone": "eu",
    "germany": "eu",
    "france": "eu",
    "italy": "eu",
    "spain": "eu",
}
"""Actors that may stand for another: an authority for its country, a country for its union."""
GOODS = frozenset({"oil", "gold", "silver", "copper", "gas", "bitcoin"})
"""Actors that are no place."""


def _places(first: Facts, second: Facts) -> bool:
    """Both tell a place or an authority, and none that may be the other's."""
    mine, theirs = first.actors - GOODS, second.actors - GOODS
    if not mine or not theirs or not mine.isdisjoint(theirs):
        return False
    above, theirs_above = ({WITHIN.get(one, one) for one in some} for some in (mine, theirs))
    return above.isdisjoint(theirs) and mine.isdisjoint(theirs_above)


def _names(first: Facts, second: Facts) -> bool:
    """Names on both sides, in one language, none of which the other writes in any form."""
    if first.chinese != second.chinese or not first.names or not second.names:
        return False
    return not (_written(first.names, second) or _written(second.names, first))


def _written(names: Set[str], other: Facts) -> bool:
    if not names.isdisjoint(other.names) or not names.isdisjoint(other.words):
        return True
    return any(
        one in their or their in one
        for one in names
        for their in other.names
        if len(one) > 1 and len(their) > 1
    )


GUARDS: dict[str, Guard] = {
    "numbers": _numbers,
    "periods": _periods,
    "sides": _sides,
    "held": _held,
    "places": _places,
    "posts": _posts,
    "people": _people,
    "slots": slots.differ,
    "turned": slots.turned,
}
"""What keeps two headlines apart whichever companies they name."""

UNNAMED: dict[str, Guard] = {"actors": _actors, "names": _names}
"""What keeps them apart besides where not both name a watched company."""


def apart(first: Facts, second: Facts, mine: Set[str], theirs: Set[str]) -> str:
    """Why two headlines that name these companies (ids) cannot be one development: a guard's name, or ""."""
    if companies(mine, theirs):
        return "companies"
    why = differ(first, second)
    if why or (mine and theirs):
        return why
    return next((name for name, guard in UNNAMED.items() if guard(first, second)), "")
