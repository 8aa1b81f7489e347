"""An alert as a rule opens one, for tests of who keeps, sends and shows alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from monitor.records import Alert, AlertState, Scope


def made_alert(at: datetime, id: str = "a1", **fields: Any) -> Alert:
    """An alert of all news that fires since `at`, with other fields where they are given."""
    hour = timedelta(hours=1)
    given: dict[str, Any] = {
        "rule": "surge",
        "scope": Scope("all"),
        "state": AlertState.FIRING,
        "opened_at": at,
        "updated_at": at,
        "observed": 8.5,
        "expected": 1.25,
        "p_value": 1e-7,
        "start_at": at - hour,
        "end_at": at,
        "voices": 9,
        "score": 7.0,
        "cut": 3.5,
        "checked": True,
        "last_at": at,
    }
    return Alert(id=id, **given | fields)
