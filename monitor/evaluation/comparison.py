"""Champion and challenger on the same texts: the gate's verdict, and which behaviours each shows.

Enters: two loaded classifiers, a snapshot, and what is known of its gold labels (`evaluation.gold`). Leaves:
what was measured of both, and the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.evaluation import checklist, gate
from monitor.evaluation.measuring import judged
from monitor.evaluation.reuse import Use
from monitor.hookspecs import Classifier, Progress
from monitor.messages import Message
from monitor.news.languages import detect_language
from monitor.records import Snapshot


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
            "gate": self.verdict.told(),
            "behaviour": {**self.after, "champion": self.before},
        }


def compare(
    champion: Classifier,
    challenger: Classifier,
    snapshot: Snapshot,
    now: datetime,
    progress: Progress,
    *,
    max_drop: float,
    level: float,
    use: Use,
    readers: Mapping[str, str],
    error: float = 0.0,
) -> Comparison:
    """Ask both of the gold of `snapshot` and of the check-list, and the gate what it makes of that.

    `max_drop`, `level`, `use` and `error` as in `gate.gate`; `readers` say who labelled a text, where that is
    known.
    """
    gold = snapshot.gold
    before = judged(champion, gold, now, Message("training.stage.gold_champion"), progress)
    after = judged(challenger, gold, now, Message("training.stage.gold_challenger"), progress)
    cases, stage = checklist.shipped(), Message("training.stage.behaviours")
    progress(stage, 0, 2)
    behaved = checklist.check(champion.classify, cases)
    progress(stage, 1, 2)
    behaves = checklist.check(challenger.classify, cases)
    progress(stage, 2, 2)
    verdict = gate.gate(
        before,
        after,
        gold,
        max_drop=max_drop,
        level=level,
        use=use,
        languages=[detect_language(one.text) for one in gold],
        behaviour=(behaved, behaves),
        readers=[readers.get(one.text, "") for one in gold],
        error=error,
    )
    return Comparison(verdict, checklist.rates(behaved), checklist.rates(behaves))
