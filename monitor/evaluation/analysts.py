"""Which analyst's answers are wrong more often than reading errors explain?

Enters: texts that two analysts read blind, whether they agreed, and with whom a third reading sided where
there was one. Leaves: for each analyst how much speaks against him, and whether he is flagged.

Two readers of a disagreement are alike until it is read a third time; then one of them is overruled. So a
double reading blames an analyst by

    0     they agree, or the third reading sides with him
    1     the third reading sides with the other
    1/2   they differ, and nobody has read it a third time, or the third differs from both

For honest readers with error e the mean blame is about e, either way: half of the 2e in which two of them
differ, or the share in which one is overruled. What an honest analyst's blame may be, his `ceiling`, comes
from the readings in which he had no part, so that who errs does not hide in his own average: an upper bound
of their mean blame, at POOLED. Against that runs an e-process by betting (Waudby-Smith and
Ramdas 2024, as in `duel`): an analyst who flips a share f of his answers is blamed f (1 - e) more, and the
gambler who gains most on him stakes f; STAKES are mixed. For an honest one the wealth reaches 1 / level with
probability at most `level` however often one looks. Who is flagged is also estimated to flip FLIPPED or more.

Where fewer than OTHERS texts were read by two others nobody is flagged: between two people who differ, only
a third can say who errs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

LEVEL: Final = 0.01
POOLED: Final = 0.3
"""How often the upper bound of the others' mean blame may be too low."""
FLIPPED: Final = 0.08
"""Estimated share of flipped answers below which nobody is flagged."""
OTHERS: Final = 20
STAKES: Final = (
    (0.1, 1.0),
    (0.15, 2.0),
    (0.2, 3.0),
    (0.25, 2.0),
    (0.3, 2.0),
    (0.4, 1.0),
    (0.5, 0.5),
    (0.6, 0.5),
)
"""Shares of the wealth that are staked, and their weights."""
_U, _WEIGHTS = np.array(STAKES).T


@dataclass(frozen=True, slots=True)
class Twice:
    """A text read blind by two analysts. `third`: with whom the third reading sided ("" for neither),
    None where nobody has read it a third time; `judge` read it so ("" where that is not known)."""

    first: str
    second: str
    agreed: bool
    third: str | None = None
    judge: str = ""

    def blame(self, user: str) -> float:
        if self.agreed or self.third == user:
            return 0.0
        return 1.0 if self.third in {self.first, self.second} - {user} else 0.5


@dataclass(frozen=True, slots=True)
class Record:
    """What an analyst's double-read labels say: how many, the mean blame, the most that an honest one's
    may be (None where too little is known of the others), and the evidence against him (an e-value).
    `flagged` once it reached 1 / level."""

    user: str
    labels: int
    blame: float
    ceiling: float | None
    evidence: float
    flagged: bool


def record(readings: Sequence[Twice], user: str, level: float = LEVEL) -> Record:
    """What the `readings` (oldest first) say of one analyst."""
    own = [one.blame(user) for one in readings if user in (one.first, one.second)]
    others = [one for one in readings if user not in (one.first, one.second)]
    blame = float(np.mean(own)) if own else 0.0
    most = ceiling(len(others), sum(not one.agreed for one in others))
    if most is None or not own:
        return Record(user, len(own), blame, most, 1.0, False)
    logs = evidence(own, most)
    return Record(
        user, len(own), blame, most, float(np.exp(min(logs[-1], 700))), bool(flags(own, most, level))
    )


def records(readings: Sequence[Twice], users: Sequence[str], level: float = LEVEL) -> list[Record]:
    """The records of `users`, in their order. What a flagged one read with another speaks neither for nor
    against the other, and his third readings side with nobody: the one with the most evidence is flagged
    first, and the rest are judged without him."""
    rest, found = list(readings), {user: record(readings, user, level) for user in users}
    left = dict(found)
    while left:
        worst = max(left.values(), key=lambda one: (one.flagged, one.evidence))
        if not worst.flagged:
            break
        rest = without(rest, worst.user)
        left = {user: record(rest, user, level) for user in left if user != worst.user}
        found |= left
    return [found[user] for user in users]


def without(readings: Sequence[Twice], user: str) -> list[Twice]:
    """The readings of others, and of no third reading of his."""
    others = (one for one in readings if user not in (one.first, one.second))
    return [replace(one, third=None, judge="") if one.judge == user else one for one in others]


def ceiling(read: int, differ: int) -> float | None:
    """The most that an honest analyst's mean blame may be, where two others read `read` texts and
    differed on `differ` of them, each of which blames its two readers 1 in all; None where these are
    too few."""
    if read < OTHERS:
        return None
    return min(float(stats.beta.isf(POOLED, differ + 1, 2 * read - differ)), 0.5)


def flags(blames: ArrayLike, most: float, level: float = LEVEL) -> NDArray[np.bool_]:
    """Whether labels with these blames (in [0, 1], oldest first, along the last axis) flag their author."""
    each = np.asarray(blames, float)
    mean = np.cumsum(each, axis=-1) / np.arange(1, each.shape[-1] + 1)
    flipped = (mean - most) / (1 - most)
    return np.asarray(((evidence(each, most) >= -np.log(level)) & (flipped >= FLIPPED)).any(axis=-1))


def evidence(blames: ArrayLike, most: float) -> NDArray[np.float64]:
    """log of the e-value after each label, against a mean blame (in [0, 1], along the last axis) of at
    most `most` (in (0, 1))."""
    each = np.asarray(blames, float)[..., None]
    logs = np.cumsum(np.log(1 - _U + _U * each / most), axis=-2) + np.log(_WEIGHTS / _WEIGHTS.sum())
    top = logs.max(axis=-1)
    return np.asarray(top + np.log(np.exp(logs - top[..., None]).sum(axis=-1)))
