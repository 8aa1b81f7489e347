"""What rules read of the past, and so what must be kept for as long: `[retention]` shorter than that is a
mistake.

- Texts, and what the version before said of them, of the `turns.WEEKS` weeks before a promotion: both
versions
  are asked about them, and what comes of it scales every count that rules look at (`detection.turns`).
- Every poll of the last `coverage.KNOWN`: a source's own rhythm, by which it is silent, and which an alert
says
  of itself.

What baselines are fitted on (`refits.PAST` weeks) and cuts are found on (`budget.MOST` weeks of scores, each
against a baseline of its own) are the counts and the hours in which anybody was reading. Of neither does
`[retention]` remove anything, whatever it says: of a poll of long ago its hour stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitor.detection import coverage, turns
from monitor.settings import Settings

DAY = timedelta(days=1)
LONGER = 1
"""Days that must be kept beyond what is read: prunings are a day apart."""


def mistakes(settings: Settings) -> list[str]:
    """What is kept for a shorter time than the enabled rules, or duels, need it: a line for each, which says
    where it stands and what to do."""
    return list(_mistakes(settings))


def _mistakes(settings: Settings) -> Iterator[str]:
    rules = ", ".join(settings.watched)
    weeks = f"after a promotion both versions are asked about the texts of the {turns.WEEKS} weeks before"
    rhythm = f"that a source is silent is told by its polls of {coverage.KNOWN // DAY} days"
    wanted = [
        ("bodies", 7 * turns.WEEKS, f"the rules {rules} need", weeks),
        ("predictions", 7 * turns.WEEKS, f"the rules {rules} need", weeks),
        ("polls", coverage.KNOWN / DAY, f"the rules {rules} need", rhythm),
    ]
    wanted = wanted if rules else []
    wanted.append(
        ("bodies", settings.learning.duel_days, "duels need", "they draw texts of [learning] duel_days")
    )
    told: set[str] = set()
    for kind, days, who, why in sorted(wanted, key=lambda one: -one[1]):
        kept = settings.retention.kept(kind)
        if kept is None or kept >= timedelta(days=days + LONGER) or kind in told:
            continue
        told.add(kind)
        yield (
            f"{settings.where('retention')} {kind}_days: {kept / DAY:g} days are less than the "
            f'{days + LONGER:g} that {who} ({why}); set {days + LONGER:g} or more, or "forever"'
        )
