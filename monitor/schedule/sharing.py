"""Which worker polls which sources: shares that are as even as they can be, and change as little as they can.

    hosts ──► groups ─► share_out ─► who should hold each group

A source's host is asked by one worker at a time: sources that share a host are one group, and a group goes
to one worker whole. Who holds what already is where sharing out begins (as in the sticky assignment of
Kafka's consumer groups, KIP-54, https://cwiki.apache.org/confluence/display/KAFKA/KIP-54): what nobody holds
goes to the worker with the least to do, the heaviest first, and a group moves only where that makes two
workers' loads more alike. Every worker reckons the same from the same rows of the store, so nobody is in
charge, and whoever joins is given its share by the others. Pure.
"""

from __future__ import annotations

import sys
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_LAST = chr(sys.maxunicode)
"""Sorts after every key."""


@dataclass(frozen=True, slots=True)
class Group:
    """Sources that are polled by one worker, since they share hosts. `weight` is how many polls a day."""

    key: str
    sources: tuple[str, ...]
    hosts: tuple[str, ...]
    weight: int


def hosts(options: Mapping[str, Any]) -> frozenset[str]:
    """The hosts of the web addresses among a source's options, however deep; none for one that has none."""
    return frozenset(_hosts(options))


def _hosts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if value[:8].lower().startswith(("http://", "https://")):
            try:
                host = urlsplit(value).hostname
            except ValueError:  # no address: the source will say so
                return
            if host:
                yield host.rstrip(".")
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _hosts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _hosts(one)


def groups(asked: Mapping[str, Collection[str]], polls: Mapping[str, int]) -> list[Group]:
    """Sources that share a host, straight or by way of another source, together; in order of their keys.

    `asked` are the hosts of each source, `polls` how often it is polled a day (at least once).
    """
    root: dict[str, str] = {}

    def find(node: str) -> str:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for name, some in asked.items():
        for host in some:
            one, other = sorted((find(f"source:{name}"), find(f"host:{host}")))
            root[other] = one  # the least of them is the group's key: hosts come before sources
    members: dict[str, list[str]] = defaultdict(list)
    for name in sorted(asked):
        members[find(f"source:{name}")].append(name)
    return [
        Group(
            key,
            tuple(names),
            tuple(sorted({host for name in names for host in asked[name]})),
            sum(max(polls[name], 1) for name in names),
        )
        for key, names in sorted(members.items())
    ]


def share_out(
    weights: Mapping[str, int], members: Collection[str], holders: Mapping[str, str]
) -> dict[str, str]:
    """Who should hold each group: everybody of `members` about as much as the others.

    `holders` are those who hold groups now; a group of somebody who is no member is nobody's. No group could
    move from one member to another and make their loads (sums of weights) more alike. Of groups that weigh
    the same, nobody has two more than another; whoever joins is all that groups move to, and when somebody
    leaves no other group moves. {} where there is no member.
    """
    if not members:
        return {}
    held: dict[str, list[tuple[int, str]]] = {member: [] for member in sorted(members)}
    load = dict.fromkeys(held, 0)
    free = []
    for key, weight in weights.items():
        holder = holders.get(key, "")
        if holder in held:
            insort(held[holder], (weight, key))
            load[holder] += weight
        else:
            free.append((weight, key))
    for weight, key in sorted(free, key=lambda one: (-one[0], one[1])):
        poor = min(held, key=lambda member: (load[member], member))
        insort(held[poor], (weight, key))
        load[poor] += weight
    while (move := _move(held, load)) is not None:
        rich, poor, place = move
        weight, key = held[rich].pop(place)
        insort(held[poor], (weight, key))
        load[rich] -= weight
        load[poor] += weight
    return {key: member for member, some in held.items() for _, key in some}


def _move(
    held: Mapping[str, Sequence[tuple[int, str]]], load: Mapping[str, int]
) -> tuple[str, str, int] | None:
    """From whom to whom which group (its place) goes next; None where no move evens anything out."""
    poor = min(held, key=lambda member: (load[member], member))
    for rich in sorted(held, key=lambda member: (-load[member], member)):
        gap, line = load[rich] - load[poor], held[rich]
        if gap <= 0:
            return None
        place = max(bisect_right(line, (gap // 2, _LAST)) - 1, 0)  # the heaviest that does not overshoot
        if line and line[place][0] < gap:
            return rich, poor, place
    return None
