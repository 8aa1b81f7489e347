"""Champion and challenger on the same texts: the gate's verdict, and which behaviours each shows.

Enters: two loaded classifiers and a snapshot. Leaves: what was measured of both, and the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.evaluation import checklist, gate
from monitor.evaluation.measuring import judged
from monitor.hookspecs import Classifier, Progress
from monitor.messages import Message
from monitor.records import Snapshot
from monitor.settings import LearningSettings


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict, and the pass rates of the check-list as `checklist.rates` has them."""

    verdict: gate.Verdict
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def metrics(self) -> dict[str, Any]:
        """What a model version keeps of it."""
        return {
            **self.verdict.challenger,
            "champion": self.verdict.champion,
            "comparison": self.verdict.comparison,
            "behaviour": {**self.after, "champion": self.before},
        }


def compare(
    champion: Classifier,
    challenger: Classifier,
    snapshot: Snapshot,
    settings: LearningSettings,
    now: datetime,
    progress: Progress,
) -> Comparison:
    """Ask both of the gold of `snapshot` and of the check-list, and the gate what it makes of that."""
    verdict = gate.gate(
        judged(champion, snapshot.gold, now, Message("training.stage.gold_champion"), progress),
        judged(challenger, snapshot.gold, now, Message("training.stage.gold_challenger"), progress),
        snapshot.gold,
        min_gold=settings.min_gold,
        max_drop=settings.max_drop,
    )
    cases, stage = checklist.shipped(), Message("training.stage.behaviours")
    progress(stage, 0, 2)
    before = checklist.rates(checklist.check(champion.classify, cases))
    progress(stage, 1, 2)
    after = checklist.rates(checklist.check(challenger.classify, cases))
    progress(stage, 2, 2)
    return Comparison(gate.behaved(verdict, before, after, settings.max_behaviour_drop), before, after)
