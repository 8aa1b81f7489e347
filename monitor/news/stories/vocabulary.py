"""The words that turn one notice into another, in both languages.

They ship as `defaults/vocabulary.toml` and are read by one automaton (Aho and Corasick 1975), so that a
headline is read once:

    sides    pairs of opposites: the two sides of an axis are never one development
    kinds    kinds of event: two headlines of one development mostly share one
    actors   places, authorities and goods that stand where no watched company does
    posts    what somebody is who comes or goes
    acts     what one does to another: who does it is part of the news
    alike    words that may stand for each other where two headlines are otherwise written alike

The longest term wins where terms overlap, so that "falls short" is no fall and 解除质押 no pledge. A Latin
term ending in "~" stands for its regular forms: raise~ is raise, raises, raised, raising.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

import ahocorasick

_TABLES = tomllib.loads(resources.files("monitor").joinpath("defaults", "vocabulary.toml").read_text("utf-8"))

SIDES: dict[str, dict[str, list[str]]] = _TABLES["sides"]
"""Axis -> the terms of its two sides, plus and minus."""
AXES: tuple[str, ...] = (*SIDES, "hold")
"""The axes, in the order in which signatures number them."""


def forms(term: str) -> Iterator[str]:
    """The forms a term is written in: itself, and where it ends in "~" a regular verb's others."""
    if not term.endswith("~"):
        yield term
        return
    stem = term[:-1]
    yield stem
    if stem.endswith("e"):
        yield from (stem + "s", stem + "d", stem[:-1] + "ing")
    elif stem.endswith(("s", "sh", "ch", "x", "z")):
        yield from (stem + "es", stem + "ed", stem + "ing")
    else:
        yield from (stem + "s", stem + "ed", stem + "ing")


Mark = tuple[str, str, int]
"""What a term stands for: table, name, and the side of an axis (1 or -1; 0 elsewhere)."""


def _marks() -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = {}

    def add(terms: list[str], mark: Mark) -> None:
        for form in (form for term in terms for form in forms(term)):
            held = found.setdefault(form, [])
            if mark not in held:
                held.append(mark)

    for axis, sides in SIDES.items():
        add(sides["plus"], ("side", axis, 1))
        add(sides["minus"], ("side", axis, -1))
    add(_TABLES["hold"], ("side", "hold", 1))
    add(_TABLES["denied"], ("denied", "", 0))
    for phrase in _TABLES["empty"]:
        found.setdefault(phrase, [])
    for table, name in (("kinds", "kind"), ("actors", "actor"), ("posts", "post"), ("acts", "act")):
        for one, terms in _TABLES[table].items():
            add(terms, (name, one, 0))
    return found


def _alike() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, terms in enumerate(_TABLES["alike"]):
        for form in (form for term in terms for form in forms(term)):
            found.setdefault(form, set()).add(number)
    return {term: frozenset(numbers) for term, numbers in found.items()}


ALIKE = _alike()
"""Term -> the groups of `alike` that it is in."""


def _automaton() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for term, marks in _marks().items():
        automaton.add_word(term, (len(term), tuple(marks)))
    automaton.make_automaton()
    return automaton


AUTOMATON = _automaton()
READ = 4_096
"""Texts whose terms are remembered: some 5 MB."""


@lru_cache(maxsize=READ)
def read(folded: str) -> tuple[tuple[int, int, tuple[Mark, ...]], ...]:
    """The terms in a lower-case text as (start, end, marks), in reading order.

    Latin terms stand alone, as words do. A term inside a longer one tells nothing. What was read last is
    remembered, since a headline is read for its signature and for what it states.
    """
    hits = []
    for last, (length, marks) in AUTOMATON.iter(folded):
        start, end = last + 1 - length, last + 1
        if folded[start].isascii() and folded[start].isalnum() and start and _latin(folded[start - 1]):
            continue
        if folded[last].isascii() and folded[last].isalnum() and end < len(folded) and _latin(folded[end]):
            continue
        hits.append((start, end, marks))
    hits.sort(key=lambda hit: (hit[0] - hit[1], hit[0]))
    covered = bytearray(len(folded))
    chosen = []
    for start, end, marks in hits:
        if not any(covered[start:end]):
            covered[start:end] = b"\x01" * (end - start)
            chosen.append((start, end, marks))
    chosen.sort()
    return tuple(chosen)


def meant(written: str) -> frozenset[Mark]:
    """What a lower-case word or phrase stands for, as marks: two that share one may mean the same. A phrase
    means what it means as a whole, and what its words do."""
    found = {mark for _, _, marks in read(written) for mark in marks if mark[0] != "denied"}
    for term in (written, *written.split()):
        found.update(("alike", str(number), 0) for number in ALIKE.get(term, ()))
    return frozenset(found)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
