"""Which labelled texts are worth a second reading more than a new text is worth its first. Pure.

Enters: the readings of texts that no draw measures models by, each with what the model said of the text
before anybody had labelled it (a model that learnt from a label says it again), and what it says of the texts
that wait. Leaves: of the texts that one analyst has read, those whose second label ranks among the `n` labels
worth most (ActiveLab: `monitor.evaluation.consensus.worth`), the most urgent first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation import votes
from monitor.evaluation.consensus import consensus, worth
from monitor.evaluation.votes import MISSING
from monitor.records import SENTIMENTS


@dataclass(frozen=True, slots=True)
class Read:
    """A standing label: of which text, whose, and what the model said of it before."""

    text_id: int
    user: str
    label: str
    sentiment: Mapping[str, float]


def worth_again(read: Sequence[Read], unread: NDArray[np.float64], n: int) -> list[int]:
    """The texts to have read again among the `n` labels worth most; `unread` (N x C) is what the model says
    of the texts that wait. A text of which it says no numbers is left out."""
    first: dict[int, Mapping[str, float]] = {}
    for one in read:
        first.setdefault(one.text_id, one.sentiment)
    said = {text: [told.get(name, np.nan) for name in SENTIMENTS] for text, told in first.items()}
    known = {text for text, row in said.items() if np.isfinite(row).all()}
    found = votes.collect(
        [(one.text_id, one.user, one.label) for one in read if one.text_id in known], SENTIMENTS
    )
    if not found.units:
        return []
    texts = [text for text in found.units if isinstance(text, int)]
    agreed = consensus(found.table, np.array([said[text] for text in texts]))
    ranked = worth(agreed, found.table, unread[np.isfinite(unread).all(axis=1)])
    alone = (found.table != MISSING).sum(axis=1) == 1
    return [texts[row] for again, row in ranked.next(n) if again and alone[row]]
