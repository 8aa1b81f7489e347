"""The cut that keeps a rule in its budget: at most N false alerts a week, as far as the past tells.

Until somebody says which alerts were useful, every past opening counts as false. The cut is the lowest score
under which the rule, over the weeks before, would have opened no more than `budget` episodes a week in the
mean, grouping and hysteresis included (`episodes.openings`); only weeks before are looked at, at the scores
that were made then. With resampled weeks the mean is the same, so nothing is resampled here.

With fewer than `ENOUGH` weeks there is too little past. Then the cut is the one at which the tests that are
made in a week, were each alone, would be false as often as the budget says (Bonferroni), and it is called
unchecked. Scores that are no p-values know no such cut: theirs is taken from what weeks there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.detection.episodes import Rise, openings

ENOUGH = 26
"""Weeks from which a cut is taken."""
MOST = 104
"""Weeks that it looks back at most."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A rule's cut on its score from a cell on. `checked`: found on `weeks` weeks, in which it would have
    opened `openings`."""

    rule: str
    since: int
    value: float
    checked: bool
    weeks: float
    openings: int


def find(rises: Sequence[Rise], weeks: float, budget: float, least: int) -> tuple[float, int]:
    """The lowest cut that would have opened at most budget x weeks episodes, and how many it would have.

    `rises` are all that passed the floor in these `weeks`, in order of time. Where even the highest scores
    open fewer, the cut is the lowest score there is. Raises ValueError for a budget that is not above 0.
    """
    if not budget > 0:
        raise ValueError(f"budget: expected a number above 0, found {budget}")
    most = budget * weeks
    scores = sorted({one.score for one in rises if one.voices >= least}, reverse=True)

    def fits(place: int) -> bool:
        return openings(rises, scores[place], least, most) <= most

    # From the highest score down, by doubling: few rises are above a cut that is worth trying.
    last, step = -1, max(int(most), 1)
    while last + step < len(scores) and fits(last + step):
        last, step = last + step, step * 2
    high = min(last + step, len(scores))
    while high - last > 1:
        middle = (last + high) // 2
        if fits(middle):
            last = middle
        else:
            high = middle
    if last < 0:
        return (math.nextafter(scores[0], math.inf) if scores else 0.0), 0
    return scores[last], openings(rises, scores[last], least)


def unchecked(tests_a_week: float, budget: float) -> float:
    """The cut on -log10 p where nothing of the past is known."""
    return max(math.log10(max(tests_a_week, 1.0) / budget), 1.0)
