"""Under which smaller budget an alert would not have been told: what calling it noise would cost.

    rises of the past before the alert's cut → cuts under a half, a quarter, a tenth of the budget → the score

Nothing is estimated: the cut of a smaller budget is found on the same weeks, in the same way, as the cut that
held when the alert opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.detection import budget, cells
from monitor.detection.budget import Cut
from monitor.detection.episodes import Rise
from monitor.detection.refits import WEEK
from monitor.detection.rules import Rule

SHARES = (1.0, 0.5, 0.25, 0.1)
"""Parts of the budget that are tried, the whole first."""


@dataclass(frozen=True, slots=True)
class Spared:
    """The cut of a rule under a budget (false alerts a week), and whether the alert's score reaches it. On
    the weeks that it was found on it would have opened `openings`; None where it is unchecked."""

    budget: float
    cut: float
    told: bool
    openings: int | None


def spared(score: float, cut: Cut, rises: Sequence[Rise], rule: Rule, *, larger: bool) -> list[Spared]:
    """What would have become of an alert of this score, whose rule had this `cut` when it opened, under parts
    of the rule's budget. `rises` are the rule's, in order of time; those the cut was found on are taken.
    `larger`: scores are no p-values."""
    oldest = cut.since - budget.MOST * WEEK * cells.IN_HOUR
    past = [one for one in rises if oldest <= one.at < cut.since]
    found = []
    for share in SHARES:
        allowed = share * rule.budget
        value, openings = cut.value, cut.openings
        if cut.checked or larger:
            if share < 1:
                value, openings = budget.find(past, cut.weeks, allowed, rule.least)
            found.append(Spared(allowed, value, score >= value, openings))
        else:  # the tests that it was made of are those that make it
            value = budget.unchecked(rule.budget * 10**cut.value, allowed)
            found.append(Spared(allowed, value, score >= value, None))
    return found
