"""A committee over kept vectors: members that agree with the labels and may differ elsewhere.

Members are heads (`acquisition.head`). By ``bootstrap`` each is fitted on a bootstrap of the labels
(Breiman 1996; query by bagging, Abe and Mamitsuka 1998): every label counts Exp(1) times, the Bayesian
bootstrap (Rubin 1981), so that no class is lost from a small set. By ``dropout`` each is one head with a
share of the vector's dimensions set to 0 (Gal and Ghahramani 2016): Monte-Carlo dropout before the last
layer, at no second pass through the encoder.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.acquisition import head
from monitor.acquisition.head import Head, Vectors

MEMBERS = 5
DROPPED = 0.1
WAYS = ("bootstrap", "dropout")


def members(
    vectors: Vectors,
    known: Vectors,
    labels: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    number: int = MEMBERS,
    way: str = "bootstrap",
    start: Head | None = None,
) -> NDArray[np.float32]:
    """(M, N, C) what each member says of `vectors`, having seen `labels` of `known`."""
    if way not in WAYS:
        raise ValueError(f"way: expected one of {', '.join(WAYS)}, found {way!r}")
    found: NDArray[Any] = np.empty((number, len(vectors), head.CLASSES), dtype=np.float32)
    middle, scale = head.scaling(known) if start is None else (start.middle, start.scale)
    whole = start
    if way == "dropout" and whole is None:
        whole = head.fit(known, labels, middle=middle, scale=scale)
    for one in range(number):
        if way == "bootstrap" or whole is None:
            heavy = rng.exponential(size=len(labels))
            member = head.fit(known, labels, weights=heavy, start=start, middle=middle, scale=scale)
        else:
            kept = np.ones((len(whole.weights), 1))
            kept[:-1, 0] = (rng.random(len(kept) - 1) >= DROPPED) / (1.0 - DROPPED)
            member = Head(whole.weights * kept, middle, scale)
        found[one] = member.probabilities(vectors)
    return found
