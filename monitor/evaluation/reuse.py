"""What a set of gold labels may still decide: each use of it is counted, and spends some of the level.

A challenger is fitted by somebody who knows the gate's earlier verdicts, so the same gold labels judge what
they helped to choose: of 50 equal challengers that come one after the other, each tested at 5%, nine in ten
times one passes. As ease.ml/ci does (Renggli et al. 2019, https://arxiv.org/abs/1903.00278, section 3), every
history of verdicts that could lead to a use has its own part of the level, so that all parts together are
the level, whatever the challengers are, as long as they depend on the gold labels by its verdicts alone
(the argument of the Ladder, Blum and Hardt 2015, https://arxiv.org/abs/1502.04585: what is not told cannot be
fitted to). A use that decided nothing tells nothing new; one that decided (for or against) is one of three
branches at one of the earlier uses:

    spent(k, j) = level * FIRST(k) * DECIDED(j) / (C(k - 1, j) * 3^j)

for the k-th use after j that decided. FIRST gives much to the first uses and something to each of a
hundred; DECIDED most to the path on which nothing was decided. Where too little is left the gate decides
nothing and a duel does, whose labels are new.

Figures on gold labels that people read (metrics, intervals) are more than a verdict: who picks the next
challenger by them, by hand, is outside of this promise, and only a duel holds against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Final

EVENLY: Final = 100
"""Uses among which the even part of the level is spread."""


@dataclass(frozen=True, slots=True)
class Use:
    """The `number`-th use of the same gold labels (from 1), `decided` of the earlier ones having decided."""

    number: int = 1
    decided: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.decided < self.number:
            raise ValueError(f"use {self.number} after {self.decided} that decided")

    def spent(self, level: float) -> float:
        """The part of `level` that this use may err with."""
        k, j = self.number, self.decided
        first = 0.7 / (k * (k + 1)) + (0.3 / EVENLY if k <= EVENLY else 0.0)
        decided = 0.8 if j == 0 else 0.2 * 0.5**j
        return float(level * first * decided / (comb(k - 1, j) * 3**j))
