"""How many of the alerts at least as rare as one would be false: its q-value.

Benjamini and Hochberg (1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x), by SciPy, over all tests
that a rule made under one cut, a week's or a day's. Of the tests whose p is high nobody keeps more than their
number, so they are taken for certain chance: the q-value is an upper bound. It orders and explains; the
budget alone decides what opens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats


def q_value(score: float, scores: Sequence[float], tests: int) -> float:
    """The q-value of a test that scored -log10 p = `score`, among `tests` of which these `scores` are known
    (its own, or a lower one of its series, may be among them)."""
    known = np.array([score, *(one for one in scores if one != score)])
    p = np.ones(max(tests, len(known)))
    p[: len(known)] = np.minimum(10.0**-known, 1.0)
    return float(stats.false_discovery_control(p)[0])
