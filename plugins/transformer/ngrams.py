"""Linear layers over hashed n-grams, beside the encoder (Wide & Deep, Cheng et al. 2016).

An encoder of few layers generalises; set phrases, names and the templates of announcements are
better learnt by heart. An n-gram is one or two words, or up to three Chinese characters; its
hash names a row of weights, one weight per class (feature hashing, Weinberger et al. 2009). Logits
are the sum of the rows, each times its tf-idf, scaled to length 1.

One layer reads the whole text, for its sentiment and its topics. Another reads what is said of a
company: the clauses that name it, and the words before and after its name, told apart ("X sues" and
"sues X" are not the same to X). The name itself is not read, for a company is not to be judged by
what is usually said of it, nor by which others happen to be watched.
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
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from monitor import SENTIMENTS
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
    """The distinct rows that a text's n-grams name, and 1 + the logarithm of how often each does."""

    rows: NDArray[np.int64]
    counts: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Grams:
    """What both layers read of a text: of all of it, and about each company asked about."""

    text: Features
    companies: tuple[Features, ...] = ()


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
    places = [i for i, unit in enumerate(units) if unit == NAME]
    ends = [0, *(i for i, unit in enumerate(units) if unit in _ENDS), len(units)]
    parts = [
        ("", start, end)
        for start, end in itertools.pairwise(ends)
        if not places or any(start <= place < end for place in places)
    ]
    for place in places[:NAMED]:
        parts += [("<", max(0, place - SIDE), place + 1), (">", place, place + SIDE + 1)]
    return [
        (mark + gram, start + i, count)
        for mark, start, end in parts
        for gram, i, count in grams(units[start:end])
    ]


def row(gram: str, buckets: int) -> int:
    """The row that an n-gram names."""
    return zlib.crc32(gram.encode()) % buckets


def gather(found: Sequence[Gram], buckets: int) -> Features:
    """The rows that n-grams name."""
    times = Counter(row(gram, buckets) for gram, _, _ in found)
    counts = 1 + np.log(np.fromiter(times.values(), dtype=np.float32, count=len(times)))
    return Features(np.fromiter(times, dtype=np.int64, count=len(times)), counts.astype(np.float32))


def read(text: str, names: Sequence[str], buckets: int) -> Grams:
    """Of a cleaned text and the companies asked about in it. Case is ignored, and so is which number a
    number is."""
    whole = plain(text)
    units = [unit for unit, _, _ in split(whole)]
    near = [about([unit for unit, _, _ in split(whole, plain(clean(name)))]) for name in names]
    return Grams(gather(grams(units), buckets), tuple(gather(one, buckets) for one in near))


class NGrams(nn.Module):
    """Logits from features. Starts at zero: it says nothing until it is fitted."""

    rarity: Tensor

    def __init__(self, buckets: int, classes: int) -> None:
        super().__init__()
        self.buckets = buckets
        self.weight = nn.Parameter(torch.zeros(buckets, classes))
        self.register_buffer("rarity", torch.ones(buckets))

    def count(self, texts: Sequence[Features]) -> None:
        """Take the inverse document frequencies from `texts`, to the 11 bits that are stored; what
        occurs in one counts nothing."""
        found = np.bincount(_joined([one.rows for one in texts], np.int64), minlength=self.buckets)
        rarity = np.log((1 + len(texts)) / (1 + found)) + 1
        self.rarity.copy_(torch.from_numpy(np.where(found > 1, rarity, 0).astype(np.float16)))

    def forward(self, texts: Sequence[Features], sparse: bool = False) -> Tensor:
        lengths = np.array([len(one.rows) for one in texts], dtype=np.int64)
        rows, counts, starts, owners = (
            torch.from_numpy(array).to(self.weight.device)
            for array in (
                _joined([one.rows for one in texts], np.int64),
                _joined([one.counts for one in texts], np.float32),
                np.cumsum(lengths) - lengths,
                np.repeat(np.arange(len(texts)), lengths),
            )
        )
        shares = counts * self.rarity[rows]
        squares = torch.zeros(len(texts), device=rows.device).index_add_(0, owners, shares**2)
        shares = shares / squares.clamp(min=1e-12).sqrt()[owners]
        result: Tensor = nn.functional.embedding_bag(
            rows, self.weight, starts, mode="sum", sparse=sparse, per_sample_weights=shares
        )
        return result

    def widen(self, classes: int) -> NGrams:
        """The same with `classes` more classes, of which it says nothing."""
        wider = NGrams(self.buckets, self.weight.shape[1] + classes)
        wider.rarity.copy_(self.rarity)
        with torch.no_grad():
            wider.weight[:, : self.weight.shape[1]] = self.weight
        return wider


class Wide(nn.Module):
    """Both layers: `text` for the sentiment and so many `topics`, `company` for the sentiment towards
    one."""

    def __init__(self, buckets: int, topics: int) -> None:
        super().__init__()
        self.buckets = buckets
        self.text = NGrams(buckets, len(SENTIMENTS) + topics)
        self.company = NGrams(buckets, len(SENTIMENTS))

    def forward(self, texts: Sequence[Grams]) -> tuple[Tensor, Tensor, Tensor]:
        both = self.text([one.text for one in texts])
        company: Tensor = self.company([near for one in texts for near in one.companies])
        return both[:, : len(SENTIMENTS)], both[:, len(SENTIMENTS) :], company


def _joined(arrays: Sequence[NDArray[np.generic]], kind: type[np.generic]) -> NDArray[np.generic]:
    return np.concatenate([*arrays, np.zeros(0, kind)])
