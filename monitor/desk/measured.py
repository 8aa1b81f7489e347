"""What was measured of the model that serves, at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.desk.seat import Seat
from monitor.evaluation import telling
from monitor.records import Role
from monitor.store import measurements


@dataclass(frozen=True, slots=True)
class MeasuredView:
    """One result of the newest look: `kind` is label or covariate (drift), live, savings or hint; `scope`
    what it is about; `fired` whether it was acted on; `sentence` says it in words, `values` in numbers."""

    at: datetime
    model: str
    kind: str
    scope: str
    fired: bool
    sentence: str
    values: Mapping[str, Any]


class Measured(Seat):
    """Reading takes a viewer."""

    def measured(self) -> list[MeasuredView]:
        """Drift, live accuracy, savings and the hint to stop, as the newest look found them."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            found = measurements.newest(tx)
        return [
            MeasuredView(
                one.at,
                one.model,
                one.kind,
                one.scope,
                one.fired,
                telling.sentence(one.kind, one.scope, one.fired, one.values),
                one.values,
            )
            for one in found
        ]
