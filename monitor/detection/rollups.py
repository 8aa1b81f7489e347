"""What articles add to the counts: the arithmetic of roll-ups, without a store.

What is counted is a **pair**: a story and an independent voice that tells it. However often a voice reprints
or updates a story, the pair counts once in every series that any of its articles is of.

A **series** is a name: all news, a topic, a company, a topic of a company, a source, a language. An article
is of several. In each of them a pair has one `Entry`: that of its first article that is negative there, for
a voice tells bad news when it first tells it; where none is, that of its first article. For a company an
article is negative where it is so towards that company, whatever it says of others. So a story is negative
for every company that it is negative about, whichever article came first.

The **weight** is the calibrated probability that the article is negative, 0 or 1 where an analyst said so,
in whole millionths: sums of whole numbers are equal however they are added up, so a recount is equal, not
near.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.records import Scope

WHOLE = 1_000_000
"""The weight of what is negative for sure."""
NEGATIVE = "negative"
SAMPLE = "~"
"""Series of the bundled sample begin with it: they are counted beside the others."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What counts as a sentiment: its name ("" where nothing is known), and its weight in millionths."""

    sentiment: str = ""
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One article as the counts see it. `cell` is the five minutes that it counts in; `companies` are those
    it names, with what it says of each."""

    article_id: int
    story_id: int
    voice: str
    cell: int
    source: str
    language: str
    sample: bool
    judged: Judgement
    topics: tuple[str, ...]
    companies: Mapping[str, Judgement]
    backlog: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What a pair adds to one series: one voice, in this cell, by this article. What is of a `backlog` is
    counted and never tested."""

    cell: int
    article_id: int
    negative: bool
    weight: int
    backlog: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """Pairs of a series in a cell: how many, how many negative, and their weight in millionths."""

    voices: int = 0
    negative: int = 0
    weight: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.voices + other.voices, self.negative + other.negative, self.weight + other.weight)


Pair = tuple[int, str]
"""A story's id and a voice."""
Entries = dict[str, Entry]
"""By series."""


def series(scope: Scope, *, sample: bool = False) -> str:
    """The series that counts what is of `scope`. Raises ValueError for a kind that nothing counts."""
    if scope.kind not in ("all", "topic", "company", "both", "source", "language"):
        raise ValueError(f"scope {scope}: kind must be all, topic, company or both")
    return f"{SAMPLE if sample else ''}{scope}"


def scope_of(name: str) -> Scope:
    """The scope of a series' name."""
    kind, _, rest = name.removeprefix(SAMPLE).partition(":")
    return Scope(kind, rest)


def topic_of_company(topic: str, company: str) -> str:
    """The series of what is of a topic and names a company; topics' names hold no colon."""
    return f"both:{topic}:{company}"


def entries(articles: Iterable[Told]) -> dict[Pair, Entries]:
    """What every pair of these articles adds, by series; they must be all articles of their stories."""
    found: dict[Pair, Entries] = {}
    for article in sorted(articles, key=lambda one: (one.cell, one.article_id)):
        pair = found.setdefault((article.story_id, article.voice), {})
        for name, judged in _series(article):
            negative = judged.sentiment == NEGATIVE
            known = pair.get(name)
            if known is None or (negative and not known.negative):
                pair[name] = Entry(article.cell, article.article_id, negative, judged.weight, article.backlog)
    return found


def changes(before: Entries, after: Entries) -> Iterator[tuple[str, int, Sums]]:
    """What to add to which series and cell where a pair's entries `before` become those `after`."""
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is not None:
            yield name, old.cell, Sums(-1, -int(old.negative), -old.weight)
        if new is not None:
            yield name, new.cell, Sums(1, int(new.negative), new.weight)


def summed(parts: Iterable[tuple[str, int, Sums]]) -> dict[tuple[str, int], Sums]:
    """By series and cell, in that order; what adds up to nothing is left out."""
    found: dict[tuple[str, int], Sums] = {}
    for name, number, sums in parts:
        found[name, number] = found.get((name, number), Sums()) + sums
    return {key: found[key] for key in sorted(found) if found[key] != Sums()}


def _series(article: Told) -> Iterator[tuple[str, Judgement]]:
    mark = SAMPLE if article.sample else ""
    yield f"{mark}all", article.judged
    yield f"{mark}source:{article.source}", article.judged
    yield f"{mark}language:{article.language}", article.judged
    for topic in article.topics:
        yield f"{mark}topic:{topic}", article.judged
    for company, judged in article.companies.items():
        yield f"{mark}company:{company}", judged
        for topic in article.topics:
            yield f"{mark}{topic_of_company(topic, company)}", judged


def encoded(found: Entries) -> dict[str, list[int]]:
    """Entries as they are stored."""
    return {
        name: [one.cell, one.article_id, int(one.negative), one.weight, *([1] if one.backlog else ())]
        for name, one in sorted(found.items())
    }


def decoded(stored: Mapping[str, Sequence[int]]) -> Entries:
    """What `encoded` made, read back."""
    return {
        name: Entry(number, article_id, bool(negative), weight, bool(backlog))
        for name, (number, article_id, negative, weight, *backlog) in stored.items()
    }
