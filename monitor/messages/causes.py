"""Texts that tell of one cause: the same outage met in many places is told once, with the places.

Two messages have a cause in common where they say the same of different places: their key is one, and so are
their values, but for those that name a place (a host, an address, a file). Other texts have, where they are
equal.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from monitor.messages.message import Message

PLACES = frozenset({"address", "file", "folder", "host", "place", "path", "target", "url"})
"""Values of messages that say where, and not what."""

NAMED = 3
"""Places of one cause that are named; of more, how many there are is known by the names."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What is the matter (`what`), and the names of those that it is the matter with, in order."""

    names: tuple[str, ...]
    what: str


def by_cause(told: Iterable[tuple[str, str]]) -> list[Cause]:
    """Pairs of a name and what is the matter with it, as one cause each, in the order of the first."""
    found: dict[Hashable, list[tuple[str, str]]] = {}
    for name, what in told:
        found.setdefault(_kind(what), []).append((name, what))
    return [
        Cause(tuple(name for name, _ in some), _joined([what for _, what in some])) for some in found.values()
    ]


def _kind(what: str) -> Hashable:
    if not isinstance(what, Message):
        return str(what)
    same = sorted((name, repr(value)) for name, value in what.values.items() if name not in PLACES)
    return what.key, tuple(same)


def _joined(texts: list[str]) -> str:
    """One text for all: a message names the first few places."""
    first = texts[0]
    if not isinstance(first, Message) or len(texts) == 1:
        return first
    values = dict(first.values)
    for name in PLACES & values.keys():
        places = list(dict.fromkeys(str(one.values[name]) for one in texts if isinstance(one, Message)))
        more = ["…"] if len(places) > NAMED else []
        values[name] = [*places[:NAMED], *more] if len(places) > 1 else values[name]
    try:
        return Message(first.key, **values)
    except (TypeError, ValueError):  # a sentence that formats its place as something else than text
        return first
