"""N-grams of texts, and the rows of weights that they name. No PyTorch: processes that only read use it.

An n-gram is one or two words, or up to three Chinese characters; its hash names a row of weights
(feature hashing, Weinberger et al. 2009).

A whole text is read for its sentiment and its topics. Of a company the clauses that name it are read, and
the words before and after its name, told apart ("X sues" and "sues X" are not the same to X). The name
itself is not read, for a company is not to be judged by what is usually said of it, nor by which others
happen to be watched.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor_plugins.transformer.names import clean, find

LONGEST = 600  # characters of a text that are read
UNIT = re.compile(r"[㐀-鿿]|[$#@]?[a-z]+|\d+|[^\s\w]")
NAME = "NAME"  # the unit that stands for the company; no other has capitals
SIDE = 12  # units read on either side of a name
NAMED = 4  # places whose sides are read
_CHINESE = re.compile("[㐀-鿿]{3}")
_ENDS = frozenset(",.;!?，。；！？、")  # of a clause

Gram = tuple[str, int, int]
"""An n-gram, the first unit it covers, and how many."""


@dataclass(frozen=True, slots=True)
class Features:
    """The distinct rows that a text's n-grams name, and how often each is named."""

    rows: NDArray[np.int32]
    times: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Grams:
    """What both layers read of a text: of all of it, and about each company asked about."""

    text: Features
    companies: tuple[Features, ...] = ()


@dataclass(frozen=True, slots=True)
class Bags:
    """Features laid end to end, and how many rows each has."""

    rows: NDArray[np.int32]
    times: NDArray[np.uint16]
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, some: Sequence[Features]) -> Bags:
        return cls(
            np.concatenate([*(one.rows for one in some), np.zeros(0, np.int32)]),
            np.concatenate([*(one.times for one in some), np.zeros(0, np.uint16)]),
            np.array([len(one.rows) for one in some], dtype=np.int64),
        )

    def part(self, start: int, stop: int) -> Bags:
        """The features from `start` up to `stop`."""
        first, last = self.lengths[:start].sum(), self.lengths[:stop].sum()
        return Bags(self.rows[first:last], self.times[first:last], self.lengths[start:stop])

    @classmethod
    def joined(cls, parts: Sequence[Bags]) -> Bags:
        """The features of all parts, one part after the other."""
        return cls(
            np.concatenate([one.rows for one in parts]),
            np.concatenate([one.times for one in parts]),
            np.concatenate([one.lengths for one in parts]),
        )


@dataclass(frozen=True, slots=True)
class Joined:
    """Several texts' grams: of all texts, and about all companies, the texts' in order."""

    texts: Bags
    companies: Bags

    @classmethod
    def of(cls, some: Sequence[Grams]) -> Joined:
        near = [one for grams in some for one in grams.companies]
        return cls(Bags.of([grams.text for grams in some]), Bags.of(near))

    @classmethod
    def joined(cls, parts: Sequence[Joined]) -> Joined:
        """The grams of all parts, one part after the other."""
        return cls(Bags.joined([one.texts for one in parts]), Bags.joined([one.companies for one in parts]))


def plain(text: str) -> str:
    """What is read of a cleaned text: case and the width of characters are ignored."""
    return unicodedata.normalize("NFKC", text[:LONGEST]).lower()


def split(whole: str, name: str = "") -> list[tuple[str, int, int]]:
    """The units of a `plain` text and where they start and end; the company of that `name`, where it
    stands, is one unit."""
    found, last = [], 0
    for start, end in [*find(whole, name), (len(whole), len(whole))]:
        found += [(match.group(), *match.span()) for match in UNIT.finditer(whole, last, start)]
        if start < end:
            found.append((NAME, start, end))
        last = end
    return found


def grams(units: Sequence[str]) -> list[Gram]:
    """Every n-gram of a text's units."""
    same = ["0" if unit.isdigit() else unit for unit in units]
    found = [(unit, i, 1) for i, unit in enumerate(same)]
    found += [(f"{a} {b}", i, 2) for i, (a, b) in enumerate(itertools.pairwise(same))]
    for i, three in enumerate(zip(same, same[1:], same[2:], strict=False)):
        if _CHINESE.fullmatch("".join(three)):
            found.append((" ".join(three), i, 3))
    return found


def about(units: Sequence[str]) -> list[Gram]:
    """The n-grams about the company that is the unit NAME: of the clauses it stands in (of all, if it
    stands nowhere), and of the words before and after it, each marked by where it is from."""
    return [
        (mark + gram, start + i, count)
        for mark, start, end in _parts(units)
        for gram, i, count in grams(units[start:end])
    ]


def _parts(units: Sequence[str]) -> list[tuple[str, int, int]]:
    """What is read about the company that is the unit NAME: marks, first units, and those after the last."""
    places = [i for i, unit in enumerate(units) if unit == NAME]
    ends = [0, *(i for i, unit in enumerate(units) if unit in _ENDS), len(units)]
    parts = [
        ("", start, end)
        for start, end in itertools.pairwise(ends)
        if not places or any(start <= place < end for place in places)
    ]
    for place in places[:NAMED]:
        parts += [("<", max(0, place - SIDE), place + 1), (">", place, place + SIDE + 1)]
    return parts


def sums(units: Sequence[str], mark: str = "") -> list[int]:
    """The checksums of what `grams` spells, each after the mark. Without spelling it, for a checksum goes on
    from that of what it begins with: reading n-grams took longer than tokenising."""
    spelt = [b"0" if unit.isdigit() else unit.encode() for unit in units]
    after = [b" " + one for one in spelt]
    begun = zlib.crc32(mark.encode())
    ones = [zlib.crc32(one, begun) for one in spelt]
    twos = list(map(zlib.crc32, after[1:], ones))
    chinese = ["\u3400" <= unit <= "\u9fff" for unit in units]
    threes = [
        zlib.crc32(after[i + 2], twos[i])
        for i in range(len(units) - 2)
        if chinese[i] and chinese[i + 1] and chinese[i + 2]
    ]
    return ones + twos + threes


def row(gram: str, buckets: int) -> int:
    """The row that an n-gram names."""
    return zlib.crc32(gram.encode()) % buckets


def gather(found: Sequence[Gram], buckets: int) -> Features:
    """The rows that n-grams name."""
    return _features([row(gram, buckets) for gram, _, _ in found], buckets)


def _features(found: Sequence[int], buckets: int) -> Features:
    """Of checksums."""
    times = Counter([one % buckets for one in found])
    return Features(
        np.fromiter(times, dtype=np.int32, count=len(times)),
        np.fromiter(times.values(), dtype=np.uint16, count=len(times)),
    )


def read(text: str, names: Sequence[str], buckets: int) -> Grams:
    """Of a cleaned text and the companies asked about in it. Case is ignored, and so is which number a
    number is."""
    whole = plain(text)
    near = []
    for name in names:
        units = [unit for unit, _, _ in split(whole, plain(clean(name)))]
        found = [one for mark, start, end in _parts(units) for one in sums(units[start:end], mark)]
        near.append(_features(found, buckets))
    return Grams(_features(sums(UNIT.findall(whole)), buckets), tuple(near))
