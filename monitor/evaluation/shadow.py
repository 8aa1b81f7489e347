"""What a shadow showed: a version that judged everything beside the champion before it may serve.

Enters: how often which two judgements met on the same articles, and where each would have sent them; the
audits of this time, judged by both. Leaves: figures for people, and whether anything speaks against the
version.

A shadow is no second gate: the gate or a duel found the version fit to serve. It shows what no sample of
labels shows, which is how the version does on the stream as it comes: whether it breaks down on something,
and what it would do to the queue and to the counts that alerts rest on. So it stops a version only where
it is plain: it fails on more than FAILED of the articles, it calls everything the same where the champion
does not, or the audits of this very time say at the level that it is worse (`paired`; an audited text of
each story).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from monitor.evaluation.paired import Paired, bounds, paired
from monitor.messages import Message
from monitor.records import SENTIMENTS

FAILED: Final = 0.02
"""Share of articles that a version may fail on beside a champion that judged them."""
FEWEST: Final = 10
"""Articles from which on failures, or one sentiment for all of them, say something."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two said of an article, and whether it would have been accepted unread."""

    label: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Read:
    """An audited text: what both said, what was read, and its story."""

    champion: str
    challenger: str
    truth: str
    story: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything of a shadow: how often each (champion's, challenger's) judgements met, on how many articles
    the challenger `failed`, and the audits."""

    pairs: Mapping[tuple[Side, Side], int]
    failed: int = 0
    audits: Sequence[Read] = ()

    @property
    def counts(self) -> Paired:
        """Who is right on the audits, one of each story."""
        return paired(
            [one.champion == one.truth for one in self.audits],
            [one.challenger == one.truth for one in self.audits],
            [one.story for one in self.audits],
        )


def told(seen: Seen) -> dict[str, Any]:
    """The figures as JSON has them: `articles` judged by both, `failed`, on how many they `differ`, how many
    each calls `negative` and would have `accepted` (champion, challenger), what `moved` from one sentiment to
    another, and of the `audits` how many the challenger alone (`wins`) and the champion alone (`losses`)
    got right."""
    moved: Counter[str] = Counter()
    negative, accepted = [0, 0], [0, 0]
    for (old, new), n in seen.pairs.items():
        if old.label != new.label:
            moved[f"{old.label} > {new.label}"] += n
        for place, side in enumerate((old, new)):
            negative[place] += n * (side.label == SENTIMENTS[0])
            accepted[place] += n * side.accepted
    counts = seen.counts
    return {
        "articles": sum(seen.pairs.values()),
        "failed": seen.failed,
        "differ": moved.total(),
        "moved": dict(sorted(moved.items())),
        "negative": negative,
        "accepted": accepted,
        "audits": counts.n,
        **{name: value for name, value in asdict(counts).items() if name != "n"},
    }


def against(seen: Seen, level: float) -> Message | None:
    """What speaks against the version, in words; None where nothing does. `level` in (0, 1): the most that
    "worse" errs."""
    judged = sum(seen.pairs.values())
    if judged + seen.failed >= FEWEST and seen.failed > FAILED * (judged + seen.failed):
        return Message("shadow.fails", failed=seen.failed, n=judged + seen.failed)
    old, new = ({pair[place].label for pair in seen.pairs} for place in (0, 1))
    if judged >= FEWEST and len(new) == 1 < len(old):
        return Message("shadow.collapsed", n=judged, sentiment=Message(f"sentiment.{new.pop()}"))
    counts = seen.counts
    if counts.n and bounds(counts, level)[1] < 0:
        return Message("shadow.worse", n=counts.n, wins=counts.wins, losses=counts.losses)
    return None
