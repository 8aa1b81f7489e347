"""A version's figures and pictures at the desk, the learning curve, and the policies that were trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.acquisition import policies
from monitor.desk.seat import Seat
from monitor.evaluation import figures
from monitor.evaluation.curve import Point
from monitor.evaluation.figures import Figures as Drawn
from monitor.messages import Message
from monitor.records import Role

POLICY, RIVAL = "policy", "margin"
"""The kind of a learned strategy, and the one that serves where it is not better."""


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A learned query strategy and how it fared against its `rival`: the mean area under its learning curve
    less the rival's, on `held` episodes that it had not learnt from, with its 95% interval. `serves` is the
    kind that chooses where it is named; `named` whether `[learning] strategy` names it. `verdict` says it in
    words; a damaged one has no figures."""

    id: str
    made_at: str
    better: bool
    serves: str
    named: bool
    verdict: str
    rival: str = ""
    held: int = 0
    ahead: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """What orders the queue: the configured `strategy` and its `kind`, what `serves` of it (a policy that is
    not better leaves it to its rival), and the policies there are, the newest first."""

    strategy: str
    kind: str
    serves: str
    policies: Sequence[PolicyView]


class Figures(Seat):
    """Reading takes a viewer."""

    def figures(self, model_id: str) -> Drawn:
        """The figures of a version, and those to compare them with. Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return figures.of(tx, model_id)

    def learning_curve(self) -> list[Point]:
        """How good each version is by the number of texts it was taught, in the order they were made."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return figures.curve(tx)

    def asking(self) -> Asking:
        """What orders the queue, and what became of the policies that were trained."""
        self._may(Role.VIEWER, "read")
        settings = self.monitor.settings
        name = settings.learning.strategy
        table = settings.strategies.get(name)
        kind = table.kind if table is not None else name
        folder = str(table.options.get("model") or "") if table is not None and kind == POLICY else ""
        found = [_view(one, Path(folder).name) for one in policies.show(settings.learning.directory)]
        named = next((one for one in found if one.named), None)
        rests = kind == POLICY and not (named is not None and named.better)
        return Asking(name, kind, RIVAL if rests else kind, found)


def _view(one: Mapping[str, Any], named: str) -> PolicyView:
    id, made_at = str(one["id"]), str(one["made_at"])
    if one["damaged"]:
        broken = Message("acquisition.policy_broken", rival=RIVAL)
        return PolicyView(id, made_at, False, RIVAL, named == id, broken)
    rival, held, ahead = str(one["rival"]), int(one["held_episodes"]), float(one["ahead"])
    low, high = map(float, one["ahead_interval"])
    better = bool(one["better"])
    key = "acquisition.policy_better" if better else "acquisition.policy_not_better"
    verdict = Message(key, rival=rival, held=held, ahead=ahead, low=low, high=high)
    serves = str(one["serves"])
    return PolicyView(id, made_at, better, serves, named == id, verdict, rival, held, ahead, low, high)
