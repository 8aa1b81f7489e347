"""Query strategy `adaptive`: a bandit over the others, which learns from what their choices taught.

EXP4 (Auer et al. 2002) with strategies for advisers, each sure of its next article; ALBL (Hsu and Lin, AAAI
2015) is the same over batches. Every place of a batch is drawn among the `arms` by their shares, and the
article that the arm wants next gets it. What an arm's label was worth is the loss of the model that served,
less the mean loss on labels drawn at random (audits, and the arm `random`), squashed to [0, 1]: a label
that surprises teaches. It counts 1 / the share that its arm was drawn with (importance weighting), so that
no arm is judged by how often it was asked. A share of `explore` is spread evenly, so that no arm is ever
given up, and only the newest `memory` labels count, because models change.

It keeps nothing: which arm brought a label, and by what share, stands in the task's reason, and the shares
are worked out from that record anew every time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from monitor import Choice, Message, Pool
from monitor_plugins.strategies.committee import Committee
from monitor_plugins.strategies.coverage import CoreSet, Dense
from monitor_plugins.strategies.gradients import Badge, GradientLength
from monitor_plugins.strategies.neighbours import Contrastive
from monitor_plugins.strategies.ranking import Turns, chosen
from monitor_plugins.strategies.uncertainty import Entropy, LeastConfidence, Margin, Random
from monitor_plugins.strategies.worth import Balanced

ARMS: Mapping[str, type[Any]] = {
    one.kind: one
    for one in (
        *(Random, LeastConfidence, Margin, Entropy, Balanced),
        *(Badge, GradientLength, CoreSet, Dense, Contrastive, Committee),
    )
}
CONTROL = ("audit", "random")
SPAN = 2.0
"""Nats: a loss so much above the control's is worth 1, so much below it 0."""
_MOST = 0.3


@dataclass
class Adaptive:
    """A bandit over `arms`; `explore` is the share drawn evenly, `memory` how many labels count."""

    arms: Sequence[str] = ("random", "margin", "entropy", "balanced")
    explore: float = 0.2
    memory: int = 600

    kind: ClassVar[str] = "adaptive"
    needs: ClassVar[Collection[str]] = ()

    def __post_init__(self) -> None:
        unknown = [arm for arm in self.arms if arm not in ARMS]
        if unknown or not self.arms:
            raise ValueError(f"arms: expected some of {', '.join(ARMS)}, found {list(self.arms)}")
        if not 0 < self.explore <= 1:
            raise ValueError(f"explore: expected more than 0 and at most 1, found {self.explore}")
        if self.memory < 1:
            raise ValueError(f"memory: expected 1 or more, found {self.memory}")
        self._arms = [ARMS[arm]() for arm in self.arms]
        own = {name for arm in self._arms for name in arm.needs}
        self.needs = sorted(own | {"story", "asked_by", "asked_share", "asked_loss"})  # type: ignore[misc]

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """`n` rows, each wanted by an arm that was drawn for it."""
        n = min(max(n, 0), len(pool))
        shares = self.shares(pool)
        wishes = [
            arm.select(pool.only(arm.needs), n, np.random.default_rng(seed))
            for arm, seed in zip(self._arms, rng.integers(2**62, size=len(self._arms)).tolist(), strict=True)
        ]
        turns = Turns(pool)
        taken: dict[int, Message] = {}
        for place in rng.choice(len(wishes), size=n, p=shares).tolist():
            # Where an arm has no article left that may be taken, the next one has its turn.
            for arm in (place, *range(place), *range(place + 1, len(wishes))):
                rows = np.asarray(wishes[arm].rows, dtype=np.int64)
                left = np.flatnonzero(turns.free[rows])
                if len(left):
                    row, reason = int(rows[left[0]]), wishes[arm].reasons[left[0]]
                    told = {"kind": self.arms[arm], "share": float(shares[arm]), "reason": reason}
                    taken[row] = Message("acquisition.by", **told)
                    turns.take(row)
                    break
        return chosen(
            np.array(list(taken), dtype=np.int64),
            np.arange(len(taken), 0, -1, dtype=np.float64),
            list(taken.values()),
        )

    def shares(self, pool: Pool) -> NDArray[np.float64]:
        """The probability of each arm, by the labels so far."""
        number = len(self.arms)
        even = np.full(number, 1.0 / number)
        if pool.asked_by is None or pool.asked_loss is None or pool.asked_share is None:
            return even
        by, loss = (
            pool.asked_by[-self.memory :],
            np.asarray(pool.asked_loss[-self.memory :], dtype=np.float64),
        )
        share = np.asarray(pool.asked_share[-self.memory :], dtype=np.float64)
        sound = np.isfinite(loss) & (share > 0)
        by, loss, share = by[sound], loss[sound], share[sound]
        control = np.isin(by, CONTROL)
        if not np.isin(by, self.arms).any() or not control.any():
            return even
        worth = np.clip(0.5 + (loss - loss[control].mean()) / (2 * SPAN), 0.0, 1.0)
        gains = np.array([(worth[by == arm] / share[by == arm]).sum() for arm in self.arms])
        rounds = max(int(np.isin(by, self.arms).sum()), 1)
        rate = min(_MOST, math.sqrt(math.log(max(number, 2)) / (number * rounds)))
        weights = np.exp(rate * (gains - gains.max()))
        found: NDArray[np.float64] = (1 - self.explore) * weights / weights.sum() + self.explore * even
        found /= found.sum()
        return found
