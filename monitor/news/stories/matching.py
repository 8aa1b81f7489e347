"""Wire variants of one event and the same news in the other language, by vectors within company and time.

Text shows only reprints. Two newsrooms that write up one event share few words, and none across languages;
the vectors that come with predictions tell them alike. No cosine is a cut by itself: the same event in two
languages measures less than two events of one company in one language. So a pair is looked at only where
both articles were first seen within WINDOW and share a key (a company, a name, an actor's event), only the
NEAREST in each language are looked at, the guards speak, and what is left is weighed:

    evidence = sum of weights x (cosine, numbers shared, kinds of event, company, names, words, sides)

in log-odds, with weights per kind of pair (one language, two languages) fitted by logistic regression on the
tuned half of the labelled set (`benchmarks/stories.py`) and rounded; vectors of the shipped model and of its
base gave the same ones. Cosines are of vectors centred on their language's mean, which takes out what is of
the language and not of the news (Mu and Viswanath 2018, "All-but-the-top"). The best pair joins first, and
two stories only if no guard keeps any two of their headlines apart, so that a chain of likenesses cannot
join opposites.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.news.stories import corrections, facts, guards, numbers
from monitor.news.stories.facts import Facts

WINDOW = timedelta(hours=48)
"""Articles of one development that are first seen further apart stay two stories."""
NEAREST = 6
"""Candidates of each language that are weighed, by cosine."""
ATTACHED = -2.5
"""Evidence from which a denial, a correction or a retraction attaches to the story of a report: it names the
news to take it back, and shares less of its words."""
COMPANY = "company "
"""What the key of a company begins with."""
KEY = 100
"""Characters of a key."""
LEAST = 64
"""Vectors of a language from which its mean is known well enough to centre on."""
MEMBERS = 12
"""Headlines of a story that the guards look at, the newest."""
CACHED = 50_000
"""Headlines whose facts are remembered, the last ones looked at: about 100 MB."""
"""Headlines whose facts are remembered, about 100 MB: those of the articles that others are compared with."""

ONE = {
    "cosine": 6.0,
    "numbers": 2.0,
    "kinds": 1.85,
    "company": 1.0,
    "names": 1.4,
    "words": 4.6,
    "sides": 2.6,
    "": -8.6,
}
"""Weights of a pair in one language; "" is the intercept."""
TWO = {
    "cosine": 3.5,
    "numbers": 1.15,
    "kinds": 2.9,
    "company": 3.75,
    "names": 3.2,
    "words": 0.0,
    "sides": 2.4,
    "": -5.4,
}
"""Weights of a Chinese-English pair."""


@dataclass(frozen=True, slots=True)
class Told:
    """An article as it is weighed: its story, its headline, the companies (ids) that it names.

    `chinese` is the language of its vector's centre, `role` what it does to its story
    (`corrections.ROLES`)."""

    article_id: int
    story_id: int
    at: datetime
    line: str
    companies: frozenset[str]
    chinese: bool
    role: str = corrections.REPORT

    @property
    def facts(self) -> Facts:
        """What its headline states."""
        return stated(self.line)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles that may tell one development, and the log-odds that they do."""

    first: Told
    second: Told
    evidence: float


@lru_cache(maxsize=CACHED)
def stated(line: str) -> Facts:
    """What a headline states, remembered for those looked at last."""
    return facts.read(line)


def keys(line: str, companies: frozenset[str]) -> list[str]:
    """What an article is found by: its companies, alone and each with a kind of event; the names in its
    headline; its actors, and where it names no company its quarter or month, each with a kind of event.
    Articles that share none are not compared."""
    said = stated(line)
    kinds = sorted(said.kinds)
    found = [f"{COMPANY}{one}" for one in sorted(companies)]
    found += [f"{COMPANY}{one} {kind}" for one in sorted(companies) for kind in kinds]
    found += [f"name {one}" for one in sorted(said.names)]
    found += [f"{actor} {kind}" for actor in sorted(said.actors) for kind in kinds]
    if not companies:
        periods = sorted(period for period in said.periods if period[0] in "qm")
        found += [f"{period} {kind}" for period in periods for kind in kinds]
    return [one[:KEY] for one in found]


def asked(keys: Iterable[str]) -> list[str]:
    """Under which of its keys an article looks for others: its companies' where it names any, else all."""
    listed = list(keys)
    return [key for key in listed if key.startswith(COMPANY)] or listed


def centred(
    vectors: NDArray[np.float32],
    chinese: Sequence[bool] | NDArray[np.bool_],
    centres: Mapping[bool, NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Vectors (N x d) of length 1 around the centre of their language; a zero row where it has none."""
    rows = vectors / _lengths(vectors)
    spoken = np.asarray(chinese, dtype=bool)
    for language in (True, False):
        its = (spoken == language)[:, None]
        if language in centres:
            np.subtract(rows, centres[language], out=rows, where=its)
        else:
            np.copyto(rows, 0, where=its)
    rows /= _lengths(rows)
    return rows


def _lengths(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The length of each row, as a column; never quite nothing."""
    squares: NDArray[np.float32] = np.einsum("ij,ij->i", rows, rows)[:, None]
    return np.maximum(np.sqrt(squares), np.float32(1e-12))


def centre(vectors: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The mean of a language's vectors, each of length 1; None where there are fewer than LEAST."""
    if len(vectors) < LEAST:
        return None
    mean: NDArray[np.float32] = (
        vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    ).mean(axis=0)
    return mean


def evidence(first: Told, second: Told, cosine: float) -> float:
    """The log-odds that two articles tell one development, which no guard keeps apart; symmetric."""
    mine, theirs = first.facts, second.facts
    weights = TWO if first.chinese != second.chinese else ONE
    common = len(mine.words & theirs.words) / max(1, min(len(mine.words), len(theirs.words)))
    return (
        weights[""]
        + weights["cosine"] * cosine
        + weights["numbers"] * min(2, _shared(mine, theirs))
        + weights["kinds"] * _overlap(mine.kinds, theirs.kinds)
        + weights["company"] * _companies(first.companies, second.companies)
        + weights["names"] * bool(mine.names & theirs.names or mine.actors & theirs.actors)
        + weights["words"] * common
        + weights["sides"] * (bool(mine.sides & theirs.sides) and _overlap(mine.kinds, theirs.kinds) >= 0)
    )


def _shared(mine: Facts, theirs: Facts) -> int:
    return min(numbers.shared(mine.numbers, theirs.numbers), numbers.shared(theirs.numbers, mine.numbers))


def _overlap(mine: frozenset[str], theirs: frozenset[str]) -> int:
    """1 where both name a kind in common, -1 where both name kinds and none in common, else 0."""
    return 1 if mine & theirs else -1 if mine and theirs else 0


def _companies(mine: frozenset[str], theirs: frozenset[str]) -> int:
    """1 for a company in common, -1 where only one names any, else 0."""
    return 1 if mine & theirs else -1 if bool(mine) != bool(theirs) else 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of many articles before any is read, as columns: story, seconds when first seen, whether
    in Chinese, and the `centred` vector."""

    stories: NDArray[np.int64]
    seconds: NDArray[np.float64]
    chinese: NDArray[np.bool_]
    vectors: NDArray[np.float32]


def cosines(vectors: NDArray[np.float32], one: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of centred vectors (N, d), each of length 1, with one of them: (N,)."""
    with np.errstate(invalid="ignore"):  # a flag that means nothing: monitor/acquisition/head.py
        return vectors @ one


def nearest(known: Known, row: int, found: NDArray[np.int64]) -> list[tuple[int, float]]:
    """Of the rows `found` for article `row`, those worth weighing, each with the cosine: first seen within
    WINDOW, of another story, and the NEAREST in each language."""
    near = np.abs(known.seconds[found] - known.seconds[row]) <= WINDOW.total_seconds()
    wanted = found[near & (known.stories[found] != known.stories[row])]
    alike = cosines(known.vectors[wanted], known.vectors[row])
    chosen: list[tuple[int, float]] = []
    for language in (True, False):
        some = np.flatnonzero(known.chinese[wanted] == language)
        if len(some) > NEAREST:
            some = some[np.argpartition(-alike[some], NEAREST)[:NEAREST]]
        chosen += [(int(wanted[place]), float(alike[place])) for place in some]
    return chosen


def weigh(new: Told, others: Iterable[tuple[Told, float]]) -> list[Pair]:
    """The pairs of an article with others, each with the cosine to it, that speak for one development."""
    chosen = []
    for other, cosine in others:
        if not guards.apart(new.facts, other.facts, new.companies, other.companies):
            weight = evidence(new, other, cosine)
            if weight > (0 if new.role == other.role else ATTACHED):
                chosen.append(Pair(new, other, weight))
    return chosen


def ranked(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs with the strongest first."""
    return sorted(pairs, key=lambda pair: (-pair.evidence, pair.first.article_id, pair.second.article_id))


def gather(
    ranked: Iterable[Pair],
    members: Mapping[int, Sequence[Told]],
    apart: Iterable[tuple[int, int]] = (),
    settled: frozenset[int] = frozenset(),
) -> list[tuple[int, int]]:
    """Which stories become one: (the one that stays, the one that goes into it), in order.

    `ranked` is the strongest pair first. `members` holds each story's articles. Two stories join unless a
    guard keeps any two of their headlines apart, or an analyst did (`apart`, pairs of story ids); of two
    stories the older one stays, and one that an analyst arranged (`settled`) always stays.
    """
    groups: dict[int, int] = {}
    told: dict[int, list[Told]] = {story: _newest(some) for story, some in members.items()}
    parted: dict[int, set[int]] = defaultdict(set)
    for one, other in apart:
        parted[one].add(other)
        parted[other].add(one)
    merged = []
    for pair in ranked:
        first, second = _root(groups, pair.first.story_id), _root(groups, pair.second.story_id)
        if first == second or second in parted[first] or (first in settled and second in settled):
            continue
        stays, goes = (first, second) if _stays(first, second, settled) else (second, first)
        if not fits(told.get(stays, ()), told.get(goes, ())):
            continue
        groups[goes] = stays
        told[stays] = _newest([*told.get(stays, ()), *told.get(goes, ())])
        parted[stays] |= parted[goes]
        for other in parted[goes]:
            parted[other].add(stays)
        merged.append((stays, goes))
    return merged


def fits(first: Sequence[Told], second: Sequence[Told]) -> bool:
    """Whether no guard keeps any headline of one story apart from any of the other."""
    return not any(
        guards.apart(one.facts, other.facts, one.companies, other.companies)
        for one in first
        for other in second
    )


def _stays(first: int, second: int, settled: frozenset[int]) -> bool:
    if (first in settled) != (second in settled):
        return first in settled
    return first < second


def _newest(some: Sequence[Told]) -> list[Told]:
    """One article for each headline, the newest MEMBERS."""
    return sorted({one.line: one for one in some}.values(), key=lambda one: one.article_id)[-MEMBERS:]


def _root(groups: Mapping[int, int], story: int) -> int:
    while story in groups:
        story = groups[story]
    return story
