"""A linear layer over hashed n-grams, beside the encoder (Wide & Deep, Cheng et al. 2016).

An encoder of few layers generalises; set phrases, names and the templates of announcements are
better learnt by heart. An n-gram is one or two words, or up to three Chinese characters; its
hash names a row of weights, one weight per class of both heads (feature hashing, Weinberger et
al. 2009). A text's logits are the sum of its rows, each times its tf-idf, scaled to length 1.
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

LONGEST = 600  # characters of a text that are read
UNIT = re.compile(r"[㐀-鿿]|[$#@]?[a-z]+|\d+|[^\s\w]")
_CHINESE = re.compile("[㐀-鿿]{3}")


@dataclass(frozen=True, slots=True)
class Features:
    """The distinct rows that a text's n-grams name, and 1 + the logarithm of how often each does."""

    rows: NDArray[np.int64]
    counts: NDArray[np.float32]


def plain(text: str) -> str:
    """What is read of a cleaned text: case and the width of characters are ignored."""
    return unicodedata.normalize("NFKC", text[:LONGEST]).lower()


def grams(units: Sequence[str]) -> list[tuple[str, int, int]]:
    """Every n-gram of a text's units (matches of UNIT), the first unit it covers, and how many."""
    same = ["0" if unit.isdigit() else unit for unit in units]
    found = [(unit, i, 1) for i, unit in enumerate(same)]
    found += [(f"{a} {b}", i, 2) for i, (a, b) in enumerate(itertools.pairwise(same))]
    for i, three in enumerate(zip(same, same[1:], same[2:], strict=False)):
        if _CHINESE.fullmatch("".join(three)):
            found.append((" ".join(three), i, 3))
    return found


def row(gram: str, buckets: int) -> int:
    """The row that an n-gram names."""
    return zlib.crc32(gram.encode()) % buckets


def features(text: str, buckets: int) -> Features:
    """Of a cleaned text. Case is ignored, and so is which number a number is."""
    found = Counter(row(gram, buckets) for gram, _, _ in grams(UNIT.findall(plain(text))))
    counts = 1 + np.log(np.fromiter(found.values(), dtype=np.float32, count=len(found)))
    return Features(np.fromiter(found, dtype=np.int64, count=len(found)), counts.astype(np.float32))


class NGrams(nn.Module):
    """Logits of both heads from features. Starts at zero: it says nothing until it is fitted."""

    rarity: Tensor

    def __init__(self, buckets: int, classes: int) -> None:
        super().__init__()
        self.buckets = buckets
        self.weight = nn.Parameter(torch.zeros(buckets, classes))
        self.register_buffer("rarity", torch.ones(buckets))

    def count(self, texts: Sequence[Features]) -> None:
        """Take the inverse document frequencies from `texts`; what occurs in one counts nothing."""
        found = np.bincount(_joined([one.rows for one in texts], np.int64), minlength=self.buckets)
        rarity = np.log((1 + len(texts)) / (1 + found)) + 1
        self.rarity.copy_(torch.from_numpy(np.where(found > 1, rarity, 0)))

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


def _joined(arrays: Sequence[NDArray[np.generic]], kind: type[np.generic]) -> NDArray[np.generic]:
    return np.concatenate([*arrays, np.zeros(0, kind)])
