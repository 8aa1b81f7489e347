"""Linear layers over hashed n-grams (`grams`), beside the encoder (Wide & Deep, Cheng et al. 2016).

An encoder of few layers generalises; set phrases, names and the templates of announcements are
better learnt by heart. A row of weights has one weight per class. Logits are the sum of the rows,
each times its tf-idf, scaled to length 1.

One layer reads the whole text, for its sentiment and its topics; another what is said of a company.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from monitor import SENTIMENTS
from monitor_plugins.transformer.grams import Bags, Joined
from monitor_plugins.transformer.network.hardware import send


def tf(times: NDArray[np.uint16]) -> NDArray[np.float32]:
    """What an n-gram counts in a text that has it so many times: 1 plus the logarithm."""
    return 1 + np.log(times, dtype=np.float32)


class NGrams(nn.Module):
    """Logits from features. Starts at zero: it says nothing until it is fitted."""

    rarity: Tensor

    def __init__(self, buckets: int, classes: int) -> None:
        super().__init__()
        self.buckets = buckets
        self.weight = nn.Parameter(torch.zeros(buckets, classes))
        self.register_buffer("rarity", torch.ones(buckets))

    def count(self, texts: Bags, known: NGrams | None = None) -> None:
        """Take the inverse document frequencies from `texts`, to the 11 bits that are stored; what
        occurs in one counts nothing. Rows that `known` has weights for have its frequencies instead."""
        found = np.bincount(texts.rows, minlength=self.buckets)
        rarity = np.log((1 + len(texts.lengths)) / (1 + found)) + 1
        self.rarity.copy_(torch.from_numpy(np.where(found > 1, rarity, 0).astype(np.float16)))
        if known is not None:
            self.rarity.copy_(torch.where(known.weight.any(1), known.rarity, self.rarity))

    def forward(self, texts: Bags, sparse: bool = False) -> Tensor:
        number = len(texts.lengths)
        rows, weights, starts, owners = (
            send(torch.from_numpy(array), self.weight.device)
            for array in (
                texts.rows.astype(np.int64),
                tf(texts.times),
                np.cumsum(texts.lengths) - texts.lengths,
                np.repeat(np.arange(number), texts.lengths),
            )
        )
        shares = weights * self.rarity[rows]
        squares = torch.zeros(number, device=rows.device).index_add_(0, owners, shares**2)
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

    def forward(self, said: Joined) -> tuple[Tensor, Tensor, Tensor]:
        both, company = self.text(said.texts), self.company(said.companies)
        return both[:, : len(SENTIMENTS)], both[:, len(SENTIMENTS) :], company
